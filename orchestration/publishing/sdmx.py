"""Indices by area and the figures of reports as SDMX-CSV 2.0, with their structure as SDMX-JSON 2.0.

In: facts. Out: a folder of three files, byte for byte equal for equal rows. Source: SDMX 3.0, by pysdmx.
Not here: CSV and Parquet of the marts (package.py).

OBS_STATUS says of each value whether it is missing, corrected or made up; what is made up says nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pysdmx.io.csv.sdmx20.writer import write as write_csv
from pysdmx.io.json.sdmxjson2.writer.v2_0.structure import write as write_structure
from pysdmx.io.pd import PandasDataset
from pysdmx.model import (
    Agency,
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    DataStructureDefinition,
    DataType,
    Role,
)
from pysdmx.model.message import Header

from orchestration.publishing.facts import Facts
from orchestration.publishing.facts import Row as Fact
from orchestration.publishing.product import ALWAYS_NEW, Product
from orchestration.publishing.sheet import NO_DATE
from orchestration.sentence import Sentence

FOLDER = "sdmx"
AGENCY = Agency("PARWAREHOUSE")
# Halves of a year are S in SDMX; a report of the year is of the whole year.
PERIODS = {"FY": "{year}-A1", "H1": "{year}-S1", "Q1": "{year}-Q1", "Q3": "{year}-Q3"}
CONCEPTS = "CS_PAR"
CONCEPT_NAMES = {
    "REF_AREA": "Province",
    "INDEX": "Index",
    "AREA": "Area of the index",
    "INDICATOR": "Indicator",
    "TIME_PERIOD": "Year or reporting period",
    "OBS_VALUE": "Value: percent of the maximum, or the figure in the unit of its indicator",
    "OBS_STATUS": "Status of the value",
}
STATUSES = {
    "A": "Normal value",
    "M": "Missing value: the report left the row blank",
    "C": "Corrected value: a correction with a reason stands in for what was printed",
    "S": "Simulated value: made up, not a real figure",
}


def product(facts: Facts) -> Product:
    """The folder `sdmx/`."""
    title = Sentence(
        "Chỉ số theo lĩnh vực và số liệu chỉ tiêu dạng SDMX-CSV, kèm cấu trúc.",
        "Indices by area and the figures of reports as SDMX-CSV, with their structure.",
    )

    def write(path: Path) -> None:
        path.mkdir()
        areas, figures = area_rows(facts), figure_rows(facts)
        dsds = [structure("PAR_AREA", ("REF_AREA", "INDEX", "AREA"), areas, facts)]
        dsds += [structure("PAR_INDICATOR", ("REF_AREA", "INDICATOR"), figures, facts)]
        for dsd, rows in zip(dsds, (areas, figures), strict=True):
            frame = pd.DataFrame(rows, columns=[component.id for component in dsd.components])
            dataset = PandasDataset(structure=dsd.to_schema(), data=frame)
            text = write_csv([dataset])
            (path / f"{dsd.id.lower()}.csv").write_text(text or "", encoding="utf-8", newline="")
        codelists = [component.local_codes for dsd in dsds for component in dsd.components if component.local_codes]
        unique = {codelist.id: codelist for codelist in codelists}
        concepts = ConceptScheme(CONCEPTS, name="Concepts", agency=AGENCY, items=[*map(_concept, CONCEPT_NAMES)])
        text = write_structure([concepts, *unique.values(), *dsds], header=_header(facts.newest_date))
        (path / "structure.json").write_text(text or "", encoding="utf-8", newline="")

    is_simulated = any(row["is_simulated"] for row in (*facts.areas, *facts.reports))
    return Product(FOLDER, title, is_simulated, ALWAYS_NEW, write)


def area_rows(facts: Facts) -> list[dict[str, Any]]:
    """One row per index, year, province and area: its index in percent of the maximum."""
    return [
        {
            "REF_AREA": _code(row["province_key"]),
            "INDEX": row["index_code"],
            "AREA": row["area_code"],
            "TIME_PERIOD": str(row["report_year"]),
            "OBS_VALUE": _number(row["area_index_pct"]),
            "OBS_STATUS": "S" if row["is_simulated"] else "M" if row["area_index_pct"] is None else "A",
        }
        for row in facts.areas
    ]


def figure_rows(facts: Facts) -> list[dict[str, Any]]:
    """One row per province, period and indicator that was reported as a number or left blank."""
    return [
        {
            "REF_AREA": _code(row["province_key"]),
            "INDICATOR": row["indicator_key"],
            "TIME_PERIOD": PERIODS[row["period_kind"]].format(year=row["report_year"]),
            "OBS_VALUE": _number(row["value"]),
            "OBS_STATUS": _status(row),
        }
        for row in facts.reported_values
    ]


def _status(row: Fact) -> str:
    if row["is_simulated"]:
        return "S"
    return "M" if row["is_missing"] else "C" if row["is_corrected"] else "A"


def _code(key: str) -> str:
    """A code of SDMX has no points: `01.1` → `01_1`."""
    return key.replace(".", "_")


def _number(value: Any) -> str:
    """In full; nothing where there is none."""
    return "" if value is None else format(value.normalize(), "f")


def structure(
    name: str, dimensions: Sequence[str], rows: Sequence[dict[str, Any]], facts: Facts
) -> DataStructureDefinition:
    """Dimensions with the codes that occur, time, value and status."""
    names = {
        "REF_AREA": {_code(row["province_key"]): row["province_name"] for row in facts.provinces},
        "INDICATOR": {row["indicator_key"]: row["indicator_name"] for row in facts.reported_values},
        "AREA": {},
        "INDEX": {},
    }
    components = [
        _component(dimension, Role.DIMENSION, _codelist(f"CL_{name}_{dimension}", dimension, rows, names[dimension]))
        for dimension in dimensions
    ]
    status = Codelist(
        "CL_STATUS",
        name="Status of a value",
        agency=AGENCY,
        items=[Code(key, name=text) for key, text in STATUSES.items()],
    )
    components += [
        _component("TIME_PERIOD", Role.DIMENSION, None, DataType.PERIOD),
        _component("OBS_VALUE", Role.MEASURE, None, DataType.DOUBLE),
        _component("OBS_STATUS", Role.ATTRIBUTE, status),
    ]
    return DataStructureDefinition(name, name=name, agency=AGENCY, components=Components(components))


def _component(name: str, role: Role, codes: Codelist | None, dtype: DataType = DataType.STRING) -> Component:
    level = "O" if role is Role.ATTRIBUTE else None
    is_required = role is not Role.MEASURE
    return Component(name, is_required, role, _concept(name), dtype, local_codes=codes, attachment_level=level)


def _concept(name: str) -> Concept:
    urn = f"urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept={AGENCY.id}:{CONCEPTS}(1.0).{name}"
    return Concept(name, name=CONCEPT_NAMES[name], urn=urn)


def _codelist(name: str, dimension: str, rows: Sequence[dict[str, Any]], names: dict[str, str]) -> Codelist:
    codes = sorted({row[dimension] for row in rows})
    return Codelist(
        name, name=dimension, agency=AGENCY, items=[Code(code, name=names.get(code, code)) for code in codes]
    )


def _header(newest: date | None) -> Header:
    # Without them it would carry the clock and a number drawn by lot.
    prepared = datetime.combine(newest or NO_DATE, datetime.min.time(), UTC)
    return Header(id="PAR", test=False, prepared=prepared, sender=AGENCY)
