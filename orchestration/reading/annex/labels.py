"""Whether a printed label is that of a row of a form: alike as a whole, and in the words that carry the meaning."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.catalogue import FormRow
from orchestration.reading.knowledge.vietnamese import fold

# A label that is this close to the catalogue's, both folded, is the same label.
SAME_LABEL = 80.0
# Without a printed code the label alone must carry the identification.
SURE_LABEL = 88.0
SURE_LABEL_OCR = 70.0
# OCR reads marks and letters wrong but keeps order, so codes and order may carry more.
SAME_LABEL_OCR = 55.0
# Fewer letters than this begin many labels.
_LEAST_CUT = 8
# Share of the known words that an abbreviated label stands for, at least.
_MOST_WORDS = 0.6

_BEFORE_WORDS = re.compile(r"^[\s+•–-]*(?:\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+)?")
_DATED = re.compile(r"\s*\([^()]*\b\d{1,2}[/.]\d{1,2}[/.]\d{4}[^()]*\)\s*$")


@lru_cache
def known_labels() -> frozenset[str]:
    """The labels of all forms, as `comparable` writes them."""
    return frozenset(row.text for form in catalogue.forms() for row in form.rows)


def comparable(label: str) -> str:
    """A label as it is compared: folded, abbreviations written out; without its code said again, and the day of a
    stock in brackets behind it."""
    return catalogue.expanded(_DATED.sub("", _BEFORE_WORDS.sub("", label)))


def likeness(text: str, target: str) -> float:
    """0 to 100: how alike two labels are, marks and abbreviations aside."""
    return fuzz.ratio(catalogue.expanded(text), target) if text else 0.0


def is_cut(label: str, target: FormRow) -> bool:
    """Whether a label is the beginning of the known one, as a narrow cell cuts it; too short a one says nothing."""
    for printed, known in ((comparable(label), target.text), (fold(label), fold(target.label))):
        letters = printed.replace(" ", "")
        if len(letters) >= _LEAST_CUT and known.replace(" ", "").startswith(letters):
            return True
    return False


def is_abbreviated(label: str, target: FormRow) -> bool:
    """Whether a label is the known one with words cut or drawn together to their initials: `SL phiếu k.sát`.

    Every word of it must stand for some of the known one, in their order, one at least for others than itself; together
    for most of them, and no word that turns it round may be left out.
    """
    printed, known = re.findall(r"\w+", comparable(label)), target.text.split()
    if set(printed) <= set(known) or len(printed) > len(known):
        return False
    covered = _covered(tuple(printed), tuple(known))
    left_out = {word for at, word in enumerate(known) if at not in covered}
    return len(covered) >= _MOST_WORDS * len(known) and not _NEGATIONS & left_out


@lru_cache(maxsize=65536)
def _covered(printed: tuple[str, ...], known: tuple[str, ...], start: int = 0) -> frozenset[int]:
    """Which known words the printed ones stand for, as many as can be; none where one of them stands for nothing."""
    if not printed:
        return frozenset()
    word, rest = printed[0], printed[1:]
    best: frozenset[int] = frozenset()
    for at in range(start, len(known)):
        initials = "".join(other[0] for other in known[at : at + len(word)])
        for length in {1 if known[at].startswith(word) else 0, len(word) if len(word) > 1 and initials == word else 0}:
            after = _covered(rest, known, at + length) if length else frozenset()
            if length and (after or not rest) and length + len(after) > len(best):
                best = frozenset(range(at, at + length)) | after
    return best


@dataclass(frozen=True)
class _Difference:
    """Words of meaning in which a printed label departs from a known one, slips of the pen aside."""

    added: tuple[str, ...]
    missing: tuple[str, ...]
    known_added: int

    @property
    def is_none(self) -> bool:
        return not (self.added or self.missing)

    @property
    def number(self) -> bool:
        return any(character.isdigit() for word in self.added + self.missing for character in word)


# Words that may come or go without changing what is counted.
_FILLERS = frozenset(
    (
        "cac",
        "cua",
        "da",
        "duoc",
        "do",
        "la",
        "nhung",
        "o",
        "so",
        "tai",
        "theo",
        "thi",
        "tong",
        "trong",
        "tren",
        "va",
        "ve",
        "voi",
    )
)
# Words that turn a statement round.
_NEGATIONS = frozenset(("chua", "khong", "ngoai", "qua", "tru"))


@lru_cache(maxsize=65536)
def difference_of(printed: str, known: str) -> _Difference:
    """A word that no form uses and that is nearly the known one is a slip; a word that forms use is another word."""
    vocabulary = _vocabulary()
    missing = list((Counter(known.split()) - Counter(printed.split())).elements())
    added = []
    for word in (Counter(printed.split()) - Counter(known.split())).elements():
        slip = None
        if word not in vocabulary and not any(character.isdigit() for character in word):
            near = (other for other in missing if Levenshtein.distance(word, other) <= max(1, len(other) // 3))
            slip = next(near, None)
        if slip:
            missing.remove(slip)
        else:
            added.append(word)
    if printed.replace(" ", "") == known.replace(" ", ""):
        added, missing = [], []  # words run together or pulled apart by the scan
    added = [word for word in added if word not in _FILLERS]
    missing = [word for word in missing if word not in _FILLERS]
    return _Difference(tuple(added), tuple(missing), sum(word in vocabulary for word in added))


@lru_cache
def _vocabulary() -> frozenset[str]:
    return frozenset(word for label in known_labels() for word in label.split())


def says_the_same(label: str, target: FormRow, fuzzy: bool) -> bool:
    """Whether a printed label can be the catalogue's: alike as a whole, with words left out or added but none put in
    the place of another, and not the label of another row.

    Of an OCR text only well-read words count against it: a misread word is no word of any form.
    """
    if not label:
        return True
    printed = comparable(label)
    if printed == target.text:
        return True
    if printed in known_labels():
        return False
    alike = fuzz.ratio(printed, target.text)
    difference = difference_of(printed, target.text)
    if fuzzy:
        return alike >= SAME_LABEL_OCR and not (difference.known_added >= 2 and len(difference.missing) >= 2)
    odd = difference.added + difference.missing
    return (
        alike >= SAME_LABEL
        and not difference.number
        and not (difference.added and difference.missing)
        and not _NEGATIONS & set(odd)
        and len(odd) <= max(1, len(target.text.split()) // 4)
    )
