"""The picture of an index over the years: mean, lowest, highest, and the years in which a new count begins.

In: figures of marts. Out: SVG, drawn by Vega-Lite when the page is made; colours and words are the page's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import vl_convert
from markupsafe import Markup

# Colours that the stylesheet replaces by those of the reader's scheme.
LINE, BAND, RULE, INK = "#111111", "#222222", "#333333", "#444444"


def trend_picture(years: Iterable[tuple[int, Decimal, Decimal, Decimal]], breaks: Sequence[int]) -> Markup:
    """years: year, lowest, mean, highest in percent. breaks: years that cannot be compared with the year before."""
    # A line ends where the count changes.
    values = [
        {
            "year": str(year),
            "low": float(low),
            "mean": float(mean),
            "high": float(high),
            "stretch": sum(year >= one for one in breaks),
        }
        for year, low, mean, high in sorted(years)
    ]
    height = {"type": "quantitative", "axis": {"title": None}, "scale": {"zero": False}}
    spec: dict[str, Any] = {
        "width": 620,
        "height": 220,
        "data": {"values": values},
        "encoding": {
            "x": {"field": "year", "type": "ordinal", "axis": {"title": None, "labelAngle": 0}},
            "detail": {"field": "stretch"},
        },
        "layer": [
            {
                "mark": {"type": "area", "color": BAND, "opacity": 1},
                "encoding": {"y": {"field": "low", **height}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "rule", "color": BAND, "opacity": 1, "strokeWidth": 6},
                "encoding": {"y": {"field": "low", **height}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "color": LINE, "point": {"color": LINE, "size": 40}},
                "encoding": {"y": {"field": "mean", **height}},
            },
            {
                "transform": [{"filter": {"field": "year", "oneOf": [str(year) for year in breaks]}}],
                "mark": {
                    "type": "rule",
                    "color": RULE,
                    "strokeDash": [4, 3],
                    "xOffset": -620 / max(len(values), 1) / 2,
                },
            },
        ],
        "config": {
            "background": None,
            "view": {"stroke": None},
            "axis": {"labelColor": INK, "tickColor": INK, "domainColor": INK, "gridColor": RULE, "labelFontSize": 12},
        },
    }
    return Markup(vl_convert.vegalite_to_svg(spec))
