"""Text into HTML: both languages side by side, figures that the script can turn, nothing that a document could run.

In: what a mart or a document says. Out: escaped text. Not here: what stands on which page (pages.py, templates/).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from orchestration.publishing.site import addresses, wording
from orchestration.publishing.words import DASH, date_vi, number_vi, without_controls
from orchestration.sentence import Sentence

TEMPLATES = Path(__file__).parent / "templates"
# Longer texts are cut: what a document holds in full is in csv/.
LONGEST = 600


def environment() -> Environment:
    """Templates that escape all they are given; a name that nobody gave is an error, not nothing."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "number": number_vi,
        "date": date_vi,
        "words": both,
        "place": place,
        "figure": figure,
        "raw": raw,
    }
    templates.globals |= {"say": say, "address": addresses, "wording": wording}
    return templates


def plain(value: Any) -> Any:
    """A text without controls and turns of direction, of bounded length; everything else, and markup, as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return DASH if value is None else value
    text = value if value.isprintable() else without_controls(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… (còn nữa, xem csv/)"


def say(vi: str, en: str | None) -> Markup:
    """Both languages, of which the reader sees one; Vietnamese alone where there is no other or they are equal."""
    first, second = escape(plain(vi)), escape(plain(en or vi))
    if first == second:
        return first
    return Markup(f"<v-n>{first}</v-n><e-n>{second}</e-n>")


def both(sentence: Sentence | tuple[str, str]) -> Markup:
    """A sentence in both languages."""
    return say(sentence.vi, sentence.en) if isinstance(sentence, Sentence) else say(*sentence)


def figure(value: Decimal) -> str:
    """A figure of a report with as many decimals as it has: `1.921`, `7,03`."""
    return number_vi(value, max(0, -int(value.normalize().as_tuple().exponent)))


def raw(value: Decimal | int | None) -> str:
    """A value for the script to sort by, unrounded; nothing where there is none."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


def place(value: Decimal, low: Decimal, high: Decimal) -> int:
    """Where a value stands between two others, in whole hundredths of the way."""
    return 50 if high == low else round(100 * min(max((value - low) / (high - low), Decimal(0)), Decimal(1)))
