"""The pictures of docs/method.md, drawn from a warehouse: `python docs/pictures/method.py warehouse/par.duckdb`.

In: a published warehouse with the sample. Out: three PNG files beside this one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb
import vl_convert

HERE = Path(__file__).parent
INTERVALS = """
    select province_name as province, sure.rank as rank, rank_low, rank_high
    from marts.mart_rank_interval as sure inner join marts.dim_province using (province_key)
    where index_code = 'PAR' and report_year = 2024 and area_code = 'total' order by sure.rank limit 30
"""
BRIDGE = """
    unpivot (
        select
            province_name as province, index_change_pct, performance_pct as 'tự làm', survey_pct as 'khảo sát',
            edition_pct as 'bộ tiêu chí', coverage_pct as 'bao phủ'
        from marts.mart_index_bridge inner join marts.dim_province using (province_key)
        where index_code = 'PAR' and from_year = 2023 and report_year = 2024 order by index_change_pct desc limit 15
    ) on 'tự làm', 'khảo sát', 'bộ tiêu chí', 'bao phủ' into name part value points
"""
AREAS = """
    select area_code as one, other_area_code as other, area_correlation as correlation
    from marts.mart_area_correlation where index_code = 'PAR' and report_year = 2024
"""


def axis(field: str, kind: str, title: str, **more: Any) -> dict[str, Any]:
    return {"field": field, "type": kind, "title": title, **more}


def main(database: str) -> None:
    by_rank = {"field": "rank"}
    province = axis("province", "nominal", "", sort=by_rank)
    rank = {"zero": False, "reverse": True}
    pictures: dict[str, tuple[str, dict[str, Any]]] = {
        "intervals": (
            INTERVALS,
            {
                "title": "SỐ LIỆU MÔ PHỎNG: hạng và khoảng hạng 90 %, PAR 2024, 30 tỉnh đầu",
                "encoding": {"y": province},
                "layer": [
                    {
                        "mark": {"type": "bar", "height": 5, "color": "#9db8d2"},
                        "encoding": {
                            "x": axis("rank_low", "quantitative", "hạng", scale=rank),
                            "x2": {"field": "rank_high"},
                        },
                    },
                    {
                        "mark": {"type": "point", "filled": True, "color": "#10355c"},
                        "encoding": {"x": {"field": "rank", "type": "quantitative"}},
                    },
                ],
            },
        ),
        "bridge": (
            BRIDGE,
            {
                "title": "SỐ LIỆU MÔ PHỎNG: chỉ số đổi vì đâu, PAR 2023 → 2024, 15 tỉnh tăng nhiều nhất",
                "mark": "bar",
                "encoding": {
                    "y": axis("province", "nominal", "", sort="-x"),
                    "x": axis("points", "quantitative", "điểm phần trăm"),
                    "color": axis("part", "nominal", "phần"),
                },
            },
        ),
        "areas": (
            AREAS,
            {
                "title": "SỐ LIỆU MÔ PHỎNG: lĩnh vực nào đi cùng nhau, PAR 2024",
                "mark": "rect",
                "encoding": {
                    "y": axis("one", "nominal", "lĩnh vực"),
                    "x": axis("other", "nominal", "lĩnh vực"),
                    "color": axis(
                        "correlation", "quantitative", "tương quan", scale={"scheme": "blueorange", "domain": [-1, 1]}
                    ),
                },
            },
        ),
    }
    with duckdb.connect(database, read_only=True) as connection:
        for name, (query, spec) in pictures.items():
            found = connection.execute(query)
            names = [column[0] for column in found.description]
            rows = [
                {
                    key: value if isinstance(value, str | int | None) else float(value)
                    for key, value in zip(names, row, strict=True)
                }
                for row in found.fetchall()
            ]
            whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": rows}, **spec}
            (HERE / f"{name}.png").write_bytes(vl_convert.vegalite_to_png(whole, scale=1.5))


if __name__ == "__main__":
    main(sys.argv[1])
