"""For catalogues and for statisticians: DCAT as JSON-LD, and the tables iMeta and iData of composite indicators.

In: facts and the published tables. Out: Product records. Sources: W3C DCAT 3; COINr, «Building coins».
Not here: SDMX (sdmx.py), the data package (package.py).
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestration.publishing.facts import Facts
from orchestration.publishing.facts import Row as Fact
from orchestration.publishing.package import CSV, PARQUET
from orchestration.publishing.product import ALWAYS_NEW, Product
from orchestration.publishing.table import SIMULATED_MARK, Method, PublishedTable
from orchestration.publishing.words import slug
from orchestration.reading.simulated import FILE_PREFIX
from orchestration.sentence import Sentence

CATALOGUE, COIN = "dcat.jsonld", "coin"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
META = ("iCode", "iName", "Type", "Level", "Parent", "Direction", "Weight", "Unit")


def products(facts: Facts, tables: Sequence[PublishedTable], method: Method, digest: str) -> list[Product]:
    """The catalogue and, of each newest ranking, iMeta and iData."""
    title = Sentence("Mô tả bộ số liệu cho danh mục dữ liệu mở (DCAT).", "For catalogues of open data (DCAT).")

    def write(path: Path) -> None:
        text = json.dumps(catalogue(facts, tables, method, digest), ensure_ascii=False, indent=2) + "\n"
        path.write_text(text, encoding="utf-8", newline="")

    is_simulated = any(standing["is_simulated"] for standing in facts.standings)
    made = [Product(CATALOGUE, title, is_simulated, ALWAYS_NEW, write)]
    for standing in facts.newest_standings:
        made += _coin_products(facts, standing)
    return made


def catalogue(facts: Facts, tables: Sequence[PublishedTable], method: Method, digest: str) -> dict[str, Any]:
    """One dataset with a distribution for each CSV and Parquet file, addressed from the folder itself."""
    is_simulated = any(standing["is_simulated"] for standing in facts.standings)
    mark = f"{SIMULATED_MARK}: " if is_simulated else ""
    newest = facts.newest_date
    day = {"@value": newest.isoformat(), "@type": "xsd:date"} if newest else None
    dataset = {
        "@context": CONTEXT,
        "@type": "dcat:Dataset",
        "@id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "dct:title": [{"@value": mark + method.title, "@language": "vi"}],
        "dct:description": [
            {"@value": method.text_vi, "@language": "vi"},
            {"@value": method.text_en, "@language": "en"},
        ],
        "dcat:keyword": list(method.keywords),
        "dct:modified": day,
        "dct:language": ["vi", "en"],
        "dcat:distribution": [
            distribution
            for table in tables
            for distribution in (
                _distribution(table, f"{CSV}/{table.name}.csv", "text/csv"),
                _distribution(table, f"{PARQUET}/{table.name}.parquet", "application/vnd.apache.parquet"),
            )
        ],
    }
    return {key: value for key, value in dataset.items() if value}


def _distribution(table: PublishedTable, path: str, media_type: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dct:title": table.name,
        "dct:description": [
            {"@value": table.description_vi, "@language": "vi"},
            {"@value": table.description_en, "@language": "en"},
        ],
        "dcat:downloadURL": {"@id": path},
        "dcat:mediaType": media_type,
    }


def _coin_products(facts: Facts, standing: Fact) -> list[Product]:
    index, year, simulated = standing["index_code"], standing["report_year"], standing["is_simulated"]
    name = f"{index} {year}" + (" (mô phỏng / simulated)" if simulated else "")
    made = {
        "imeta": (i_meta, Sentence(f"{name}: cấu trúc chỉ số (iMeta).", f"{name}: structure of the index (iMeta).")),
        "idata": (
            i_data,
            Sentence(f"{name}: điểm từng tiêu chí (iData).", f"{name}: points by criterion (iData)."),
        ),
    }

    def product(kind: str) -> Product:
        rows, title = made[kind]

        def write(path: Path) -> None:
            text = io.StringIO(newline="")
            csv.writer(text).writerows(rows(facts, standing))
            path.write_text(text.getvalue(), encoding="utf-8", newline="")

        path = f"{COIN}/{FILE_PREFIX if simulated else ''}{slug(index)}_{year}_{kind}.csv"
        return Product(path, title, simulated, ALWAYS_NEW, write)

    return [product(kind) for kind in made]


def i_meta(facts: Facts, standing: Fact) -> list[tuple[object, ...]]:
    """A row a criterion that has points (level 1), an area (2) and the index (3); its maximum is its weight."""
    index, most = standing["index_code"], standing["max_points"]
    rows: list[tuple[object, ...]] = [META]
    for row in _criteria(facts, standing):
        level, parent = (2, index) if row["level"] == "area" else (1, _code(row["area_code"]))
        kind = "Aggregate" if level == 2 else "Indicator"
        name = row["criterion_name"]
        rows.append((_code(row["criterion_code"]), name, kind, level, parent, 1, _number(row["max_points"]), "points"))
    return [*rows, (index, index, "Aggregate", 3, "", 1, _number(most), "points")]


def i_data(facts: Facts, standing: Fact) -> list[tuple[object, ...]]:
    """A row a province, a column a criterion: the points that count, empty where none were given."""
    codes = [row["criterion_code"] for row in _criteria(facts, standing) if row["level"] != "area"]
    names = {row["province_key"]: row["province_name"] for row in facts.provinces}
    made_up = {
        (row["province_key"]): row["is_simulated"]
        for row in facts.ranking
        if (row["index_code"], row["report_year"]) == (standing["index_code"], standing["report_year"])
    }
    rows: list[tuple[object, ...]] = [("uCode", "uName", *map(_code, codes))]
    for key, criteria in facts.criteria_of(standing["index_code"], standing["report_year"]).items():
        if made_up[key] == standing["is_simulated"]:
            points = {row["criterion_code"]: row["points"] for row in criteria}
            rows.append((key, names[key], *(_number(points.get(code)) for code in codes)))
    return rows


def _criteria(facts: Facts, standing: Fact) -> list[Fact]:
    """Areas and the criteria below them that have points of their own."""
    edition = (standing["index_code"], standing["edition_code"])
    own = [row for row in facts.criteria if (row["index_code"], row["edition_code"]) == edition]
    return [row for row in own if row["level"] == "area" or row["is_leaf"]]


def _code(code: str) -> str:
    """A name that R takes: `1.2.1` → `C1.2.1`."""
    return f"C{code}"


def _number(value: Any) -> str:
    return "" if value is None else format(value.normalize(), "f")
