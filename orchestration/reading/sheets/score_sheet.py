"""Which input of an index a file is, and its rows: points claimed, accepted or published, statistics, results.

In: a Document with a table whose columns are known. Out: a Sheet, or None for a file that is no such input.
Everything stays as printed; year, province and index are settled here, as identity. Not here: surveys and editions row
by row (`survey.py`, `edition.py`), which points count (dbt).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import PurePath

from orchestration.reading.document import Document
from orchestration.reading.knowledge import catalogue, marks
from orchestration.reading.knowledge.identity import Claim, province_names
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.refusal import Refused
from orchestration.reading.sheets import appraisal
from orchestration.reading.sheets.appraisal import Step
from orchestration.reading.sheets.decision import DECISION, DecisionRow, decision_rows
from orchestration.reading.sheets.edition import EDITION, EditionRow, edition_rows
from orchestration.reading.sheets.named_table import NamedRow, NamedTable, named_tables
from orchestration.reading.sheets.published import PublishedRow, published_row
from orchestration.reading.sheets.survey import LEADERSHIP, SIPAS, SurveyRow, survey_row

SELF, VERIFIED, SOCIOECONOMIC = "self_assessment", "verified_points", "socioeconomic"
APPRAISAL, VARIABLES = "appraisal", "variables"
PUBLISHED_SCORES, PUBLISHED_RESULT = "published_scores", "published_result"
PUBLISHED_FIGURES = "published_figures"

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
# The year of a day is not the year of the results: an appraisal is held, and its minutes are signed, in the next one.
_TITLE_YEAR = re.compile(r"(\bthang \d{1,2} )?\bnam (20\d\d)\b")
_EDITION_LINE = re.compile(r"bộ tiêu chí\s*:\s*(\S.*)$", re.IGNORECASE)
_STATISTICS = ("previous", "plan", "current", "points")
_OF_ONE_PROVINCE = (SELF, APPRAISAL, VARIABLES)
_APPRAISED = frozenset(("verified", *appraisal.ROUNDS))
_RESULTS = {
    "index_pct": ("official_total", ""),
    "rank": ("official_rank", ""),
    "verified": ("official_part", "verified"),
    "part_survey": ("official_part", "survey"),
    "part_sipas": ("official_part", "sipas"),
    "part_socioeconomic": ("official_part", "socioeconomic"),
}


@dataclass(frozen=True)
class ScoreRow:
    """One figure: of a criterion (measure self, verified, published, …) or of a published result (official_…).

    criterion_code: empty for the total of a sheet. An explanation has words and no figure (see `appraisal.Step`).
    """

    sheet_kind: str
    index_code: str | None
    edition_code: str | None
    report_year: int
    province_key: str | None
    province_code: str | None
    province_printed: str | None
    criterion_code: str | None
    parent_code: str | None
    level: str | None
    criterion_name: str | None
    criterion_name_en: str | None
    measure: str
    value_raw: str | None
    value_typed: str | None
    table: int
    row: int
    note: str | None = None
    appraisal_round: str | None = None
    evidence: str | None = None
    evidence_page: str | None = None
    explanation_asked: str | None = None
    appraising_unit: str | None = None
    appraised_by: str | None = None
    appraised_on: str | None = None
    variable_code: str | None = None
    variable_name: str | None = None


@dataclass(frozen=True)
class Sheet:
    """kind: what the file is.  province_key: of a sheet of one province."""

    kind: str
    scores: tuple[ScoreRow, ...] = ()
    surveys: tuple[SurveyRow, ...] = ()
    editions: tuple[EditionRow, ...] = ()
    decisions: tuple[DecisionRow, ...] = ()
    published: tuple[PublishedRow, ...] = ()
    province_key: str | None = None


def kind_of(fields: frozenset[str]) -> str | None:
    """What a table with these columns is; None if it is no input of an index."""
    by_province = bool(fields & {"province_code", "province_name"})
    if not by_province and {"criterion_code", "max_points"} <= fields and fields & {"scored_by", "rule_kind"}:
        return EDITION
    if "criterion_code" in fields and fields & {"variable_code", "variable_name"}:
        return VARIABLES
    if not by_province:
        if "criterion_code" not in fields:
            return None
        return SELF if "self" in fields else APPRAISAL if fields & _APPRAISED else None
    if "criterion_code" not in fields:
        if {"component", "score"} <= fields:
            return PUBLISHED_FIGURES
        if "sipas_pct" in fields:
            return SIPAS
        return PUBLISHED_RESULT if fields & {"index_pct", "rank"} and len(fields) >= 4 else None
    for field, kind in (
        ("mean", LEADERSHIP),
        ("verified", VERIFIED),
        ("verified_1", VERIFIED),
        ("verified_2", VERIFIED),
        ("current", SOCIOECONOMIC),
        ("score", PUBLISHED_SCORES),
    ):
        if field in fields:
            return kind
    return SOCIOECONOMIC if "points" in fields else None


def read_sheet(document: Document, path: PurePath, claim: Claim) -> Sheet | None:
    """The Sheet that a file holds.

    Raises Refused: sheet_year, sheet_index, unknown_province, province_contradiction, period_contradiction,
    decision_unknown, decision_incomplete.
    """
    # What a person decided is taken to the letter.
    if decisions := decision_rows(document):
        return Sheet(DECISION, decisions=decisions)
    tables = [(kind, table) for table in named_tables(marks.clean(document)) if (kind := kind_of(table.fields))]
    if not tables:
        return None
    kind = next((kind for kind, _ in tables if kind != VARIABLES), VARIABLES)
    of_the_sheet = {kind, VARIABLES} if kind in (SELF, APPRAISAL, VERIFIED) else {kind}
    tables = [(other, table) for other, table in tables if other in of_the_sheet]
    if kind == EDITION:
        return Sheet(kind, editions=tuple(edition_rows(row for _, table in tables for row in table.rows)))
    return _read_scores(kind, tables, path, claim)


def _read_scores(kind: str, tables: list[tuple[str, NamedTable]], path: PurePath, claim: Claim) -> Sheet:
    rows = [(table_kind, table, row) for table_kind, table in tables for row in table.rows]
    title = next(table for table_kind, table in tables if table_kind == kind).title
    stated = _title_year(title, path, claim)
    edition = _edition(title)
    index = _index(title, path, edition, [row for _, _, row in rows], kind)
    by_province = any(table.fields & {"province_code", "province_name"} for _, table in tables)
    sender = _sender(title, claim, stated) if kind in _OF_ONE_PROVINCE and not by_province else None
    filled = frozenset(field for _, _, row in rows for field in row.cells if row.text(field) or _mark(row))
    if kind == SELF and filled & _APPRAISED:
        kind = APPRAISAL
    scores: list[ScoreRow] = []
    surveys: list[SurveyRow] = []
    published: list[PublishedRow] = []
    for table_kind, table, row in rows:
        printed_year = _YEAR.search(row.stored("year") or "")
        year = int(printed_year.group(1)) if printed_year else stated
        if year is None:
            raise Refused("sheet_year")
        code, name = _code(row.stored("province_code")), row.text("province_name")
        key = sender or _province_key(code, name, year)
        if kind in (LEADERSHIP, SIPAS):
            surveys.append(
                survey_row(
                    kind,
                    row,
                    index=index,
                    edition=edition,
                    year=year,
                    province_key=key,
                    province_code=code,
                    province_printed=name,
                )
            )
            continue
        if kind == PUBLISHED_FIGURES:
            published.append(published_row(row, index=index, year=year, province_key=key, province_code=code))
            continue
        for criterion, step in _steps(table_kind, table, row, filled):
            said = asdict(step)
            field = said.pop("field")
            scores.append(
                ScoreRow(
                    sheet_kind=kind,
                    index_code=row.text("index_code") or index,
                    edition_code=edition,
                    report_year=year,
                    province_key=key,
                    province_code=code,
                    province_printed=name,
                    criterion_code=criterion,
                    parent_code=_criterion(row.stored("parent_code")),
                    level=row.text("level"),
                    criterion_name=row.text("criterion_name"),
                    criterion_name_en=row.text("criterion_name_en"),
                    value_raw=(row.text(field) or _mark(row)) if field else None,
                    value_typed=row.typed(field) if field else None,
                    table=row.table,
                    row=row.row,
                    **said,
                )
            )
    return Sheet(kind, tuple(scores), tuple(surveys), published=tuple(published), province_key=sender)


def _steps(kind: str, table: NamedTable, row: NamedRow, filled: frozenset[str]) -> Iterator[tuple[str | None, Step]]:
    """(criterion, step) of every figure of a row; a blank cell under a known column is a figure too."""
    criterion = _criterion(row.stored("criterion_code"))
    if kind == PUBLISHED_RESULT:
        yield from _announced(row)
    elif kind == PUBLISHED_SCORES:
        yield from _published(criterion, row)
    elif kind == SOCIOECONOMIC:
        for field in _STATISTICS:
            if field in table.fields:
                yield criterion, Step(field, field, note=row.text("verified_note"))
    elif kind == VARIABLES:
        yield from ((criterion, step) for step in appraisal.variables(row, filled))
    else:
        yield from _of_the_appraisal(kind, criterion, table, row, filled)


def _announced(row: NamedRow) -> Iterator[tuple[str, Step]]:
    for field in row.cells:
        if field in _RESULTS:
            measure, part = _RESULTS[field]
            yield part, Step(measure, field)
        elif field.startswith("area_"):
            yield field.removeprefix("area_"), Step("official_area", field)


def _published(criterion: str | None, row: NamedRow) -> Iterator[tuple[str | None, Step]]:
    is_total = not criterion or _is_total(criterion) or _is_total(row.text("level"))
    yield ("", Step("official_total", "score")) if is_total else (criterion, Step("published", "score"))
    if is_total and row.text("rank"):
        yield "", Step("official_rank", "rank")


def _of_the_appraisal(
    kind: str, criterion: str | None, table: NamedTable, row: NamedRow, filled: frozenset[str]
) -> Iterator[tuple[str | None, Step]]:
    if _is_total(criterion) or (not criterion and _is_total(row.text("criterion_name"))):
        criterion = ""
    if "self" in table.fields and kind != VERIFIED:
        yield criterion, appraisal.claim(row)
    # A sheet of accepted points alone says by a blank that nothing was accepted.
    shown = filled | {"verified"} if kind == VERIFIED and "verified" in table.fields else filled
    above = appraisal.stated_above(table.title)
    yield from ((criterion, step) for step in appraisal.appraised(row, shown, appraisal.round_of(table.title), above))


@lru_cache
def _marks(status: str) -> frozenset[str]:
    return frozenset(fold(row["mark"]) for row in catalogue.seed("score_marks") if row["status"] == status)


def _mark(row: NamedRow) -> str | None:
    """What the status column says in the place of blank points, if it is a known mark («không đánh giá»)."""
    text = row.text("status")
    return text if text and fold(text) in _marks("does_not_apply") else None


def _is_total(text: str | None) -> bool:
    """Whether a code, a level or a name says that its row is the total of the sheet («Tổng cộng»)."""
    return bool(text) and fold(text or "") in _marks("total")


def _criterion(text: str | None) -> str | None:
    """A code without its trailing dot; `3.0` of a number cell is `3`."""
    if text is None:
        return None
    code = text.strip().rstrip(".")
    return re.sub(r"^(\d+)\.0+$", r"\1", code) or None


def _code(text: str | None) -> str | None:
    """A province code of two digits: `1` and `1.0` are `01`."""
    digits = re.sub(r"\.0+$", "", (text or "").strip())
    return digits.zfill(2) if digits.isdigit() else None


def _province_key(code: str | None, name: str | None, year: int) -> str | None:
    """The unit of the year's end: by its code, or by its name where the code is blank or unknown."""
    day = date(year, 12, 31)
    for province in catalogue.provinces():
        if province.code == code and province.valid_from <= day <= province.valid_to:
            return province.key
    known = catalogue.province_spellings().get(fold(name or "")) or next(iter(province_names(name or "")), None)
    named = catalogue.province_named(known, day) if known else None
    return named.key if named else None


def _title_year(title: tuple[str, ...], path: PurePath, claim: Claim) -> int | None:
    """The year that the title states, else the file name, else the folder. Raises Refused period_contradiction."""
    years = [int(year) for line in title for month, year in _TITLE_YEAR.findall(fold(line)) if not month]
    folder = int(claim.period[:4]) if claim.period else None
    if years:
        if folder and folder not in years:
            raise Refused("period_contradiction", found=str(years[0]), claimed=claim.period)
        return folder if folder in years else years[0]
    named = _YEAR.findall(path.stem)
    return int(named[0]) if len(set(named)) == 1 else folder


def _edition(title: tuple[str, ...]) -> str | None:
    for line in title:
        if match := _EDITION_LINE.search(line):
            return match.group(1).strip()
    return None


def _sender(title: tuple[str, ...], claim: Claim, year: int | None) -> str:
    """The province of a self-assessment. Raises Refused unknown_province or province_contradiction."""
    named = [name for line in title for name in province_names(line)]
    name = named[0] if named else claim.province
    if claim.province and name != claim.province:
        raise Refused("province_contradiction", found=name, claimed=claim.province)
    if year is None:
        raise Refused("sheet_year")
    province = catalogue.province_named(name, date(year, 12, 31)) if name else None
    if province is None:
        raise Refused("unknown_province", found="")
    return province.key


@lru_cache
def _indexes() -> dict[str, str]:
    """Index code → its folded name."""
    return {row["index_code"]: fold(row["index_name"]) for row in catalogue.seed("score_settings")}


def _index(title: tuple[str, ...], path: PurePath, edition: str | None, rows: list[NamedRow], kind: str) -> str | None:
    """The index of a sheet: by column, title, edition, file name, or the names of its criteria.

    None where the sheet serves any index of the year (surveys and statistics without an edition). Raises Refused
    sheet_index for published figures of an index that is not known.
    """
    if all(row.text("index_code") for row in rows):
        return rows[0].text("index_code")
    lines = [fold(line) for line in title]
    for code, name in _indexes().items():
        if any(name in line for line in lines):
            return code
    editions = {row["index_code"] for row in catalogue.seed("editions") if edition and row["edition_code"] == edition}
    if len(editions) == 1:
        return editions.pop()
    words = set(fold(path.stem.replace("_", " ")).split()) | {word for line in lines for word in line.split()}
    for code in _indexes():
        if fold(code) in words:
            return code
    if kind not in (PUBLISHED_SCORES, PUBLISHED_RESULT, PUBLISHED_FIGURES):
        return None
    names = {fold(row.text(field) or "") for row in rows for field in ("criterion_name", "criterion_name_en")} - {""}
    shared = Counter(
        row["index_code"]
        for row in catalogue.seed("criteria")
        if {fold(row["criterion_name"]), fold(row["criterion_name_en"])} & names
    )
    if not shared:
        raise Refused("sheet_index", known=", ".join(_indexes()))
    return shared.most_common(1)[0][0]
