"""An edition of an index as a file: its rows, a template to fill in, and its mistakes in sentences.

In: a table of criteria with columns as in the template. Out: EditionRow records as printed; Mistake records.
Not here: which edition governs a year (dbt), how the file is opened (one module a format).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path

from orchestration.reading import catalogue
from orchestration.reading.named_table import NamedRow

EDITION = "edition"
FULL_POINTS = Decimal(100)
SCORED_BY = ("verified", "survey", "sipas", "socioeconomic", "published", "mixed")

# Which columns each kind of rule cannot do without.
RULE_NEEDS: Mapping[str, tuple[str, ...]] = {
    "ratio_floor": ("numerator_keys", "floor_value", "full_value"),
    "ratio_at_most": ("numerator_keys", "denominator_keys", "full_value"),
    "ratio_steps": ("numerator_keys", "steps"),
    "yes_no": ("numerator_keys", "full_value"),
    "none_or_zero": ("numerator_keys",),
    "count_steps": ("numerator_keys", "steps"),
    "growth_steps": ("numerator_keys", "denominator_keys", "steps"),
    "linear": ("numerator_keys", "floor_value", "full_value"),
    "survey_mean": (),
    "satisfaction": (),
}
STATISTICS = ("socio_current", "socio_previous", "socio_plan")
_STEP = re.compile(r"-?\d+(\.\d+)?:(0(\.\d+)?|1(\.0+)?)")


@dataclass(frozen=True)
class EditionRow:
    """One criterion of an edition, every column as printed; table and row as in the file."""

    index_code: str | None
    edition_code: str | None
    first_year: str | None
    last_year: str | None
    decision: str | None
    is_verified: str | None
    criterion_code: str | None
    parent_code: str | None
    level: str | None
    criterion_name: str | None
    criterion_name_en: str | None
    max_points: str | None
    scored_by: str | None
    rule_kind: str | None
    numerator_keys: str | None
    denominator_keys: str | None
    combine: str | None
    floor_value: str | None
    full_value: str | None
    steps: str | None
    when_nothing_due: str | None
    unit_vi: str | None
    unit_en: str | None
    source: str | None
    table: int = 1
    row: int = 0


COLUMNS = tuple(field.name for field in fields(EditionRow) if field.name not in ("table", "row"))


@dataclass(frozen=True)
class Mistake:
    """One mistake of an edition file, with the row it stands in (0: the file as a whole)."""

    row: int
    vi: str
    en: str


def edition_rows(rows: Iterable[NamedRow]) -> Iterator[EditionRow]:
    """The criteria as printed; a code is text, so `1.10` typed as a number is a mistake that `check` finds."""
    for row in rows:
        values = {column: row.stored(column) for column in COLUMNS}
        for column in ("criterion_code", "parent_code"):
            values[column] = (values[column] or "").strip().rstrip(".") or None
        for column in ("first_year", "last_year"):
            values[column] = re.sub(r"\.0+$", "", values[column] or "") or None
        values["is_verified"] = "true" if (values["is_verified"] or "").lower() in ("true", "1", "có", "x") else "false"
        yield EditionRow(**values, table=row.table, row=row.row)


def check(rows: Iterable[EditionRow]) -> list[Mistake]:
    """Every mistake of an edition, in the order of its rows; an edition without mistakes gives none."""
    criteria = list(rows)
    if not criteria:
        return [Mistake(0, "Tệp không có tiêu chí nào.", "The file has no criterion.")]
    mistakes = [*_whole(criteria), *_codes(criteria), *_maxima(criteria), *_rules(criteria)]
    return sorted(mistakes, key=lambda mistake: mistake.row)


def _whole(criteria: list[EditionRow]) -> Iterator[Mistake]:
    for column, name in (("index_code", "mã chỉ số"), ("edition_code", "mã bộ tiêu chí")):
        values = {getattr(row, column) for row in criteria}
        if len(values) > 1 or None in values:
            yield Mistake(
                0,
                f"Cột {column} ({name}) phải có một giá trị duy nhất ở mọi dòng.",
                f"Column {column} must hold one value on every row.",
            )
    known = {row["index_code"] for row in catalogue.seed("score_settings")}
    if (code := criteria[0].index_code) and code not in known:
        yield Mistake(
            0,
            f"Chỉ số «{code}» chưa có trong score_settings ({', '.join(sorted(known))}).",
            f"Index «{code}» is not in score_settings ({', '.join(sorted(known))}).",
        )
    editions = {(row["index_code"], row["edition_code"]) for row in catalogue.seed("editions")}
    if not criteria[0].first_year and (criteria[0].index_code, criteria[0].edition_code) not in editions:
        yield Mistake(
            0,
            "Bộ tiêu chí mới phải ghi năm đầu áp dụng (first_year).",
            "A new edition must state its first year (first_year).",
        )


def _codes(criteria: list[EditionRow]) -> Iterator[Mistake]:
    times = Counter(row.criterion_code for row in criteria)
    codes = set(times)
    for row in criteria:
        if not row.criterion_code:
            yield Mistake(row.row, f"Dòng {row.row}: thiếu mã tiêu chí.", f"Row {row.row}: the code is missing.")
            continue
        if times[row.criterion_code] > 1:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: mã «{row.criterion_code}» có {times[row.criterion_code]} lần.",
                f"Row {row.row}: code «{row.criterion_code}» occurs {times[row.criterion_code]} times.",
            )
        if row.parent_code and row.parent_code not in codes:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: tiêu chí cấp trên «{row.parent_code}» không có trong tệp.",
                f"Row {row.row}: the parent «{row.parent_code}» is not in the file.",
            )
        if row.scored_by not in SCORED_BY:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: scored_by «{row.scored_by or ''}» phải là một trong {', '.join(SCORED_BY)}.",
                f"Row {row.row}: scored_by «{row.scored_by or ''}» must be one of {', '.join(SCORED_BY)}.",
            )


def _maxima(criteria: list[EditionRow]) -> Iterator[Mistake]:
    points: dict[str, Decimal] = {}
    for row in criteria:
        value = number(row.max_points)
        if value is None or value <= 0:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: điểm tối đa «{row.max_points or ''}» của {row.criterion_code} phải là số dương.",
                f"Row {row.row}: the maximum «{row.max_points or ''}» of {row.criterion_code} must be above zero.",
            )
        else:
            points[row.criterion_code or ""] = value
    children: dict[str, list[EditionRow]] = defaultdict(list)
    for row in criteria:
        children[row.parent_code or ""].append(row)
    for row in criteria:
        below = children.get(row.criterion_code or "-", [])
        total = sum((points.get(child.criterion_code or "", Decimal(0)) for child in below), Decimal(0))
        if below and row.criterion_code in points and total != points[row.criterion_code]:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: các tiêu chí thành phần của {row.criterion_code} cộng lại được {_printed(total)}, "
                f"không phải {_printed(points[row.criterion_code])}.",
                f"Row {row.row}: the parts of {row.criterion_code} add up to {total.normalize():f}, "
                f"not {points[row.criterion_code].normalize():f}.",
            )
    total = sum((points.get(row.criterion_code or "", Decimal(0)) for row in children[""]), Decimal(0))
    if total != FULL_POINTS and _is_out_of_100(criteria[0].index_code):
        yield Mistake(
            0,
            f"Các lĩnh vực cộng lại được {_printed(total)} điểm, phải là 100.",
            f"The areas add up to {total.normalize():f} points and must add up to 100.",
        )


def _rules(criteria: list[EditionRow]) -> Iterator[Mistake]:
    known = {row["indicator_key"] for row in catalogue.seed("indicators")} | set(STATISTICS)
    parents = {row.parent_code for row in criteria}
    for row in criteria:
        if not row.rule_kind:
            continue
        if row.rule_kind not in RULE_NEEDS:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: quy tắc «{row.rule_kind}» không có; các quy tắc: {', '.join(RULE_NEEDS)}.",
                f"Row {row.row}: there is no rule «{row.rule_kind}»; the rules are {', '.join(RULE_NEEDS)}.",
            )
            continue
        if row.criterion_code in parents:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: {row.criterion_code} có tiêu chí thành phần nên không chấm trực tiếp; bỏ quy tắc.",
                f"Row {row.row}: {row.criterion_code} has parts, so it is not scored itself; remove the rule.",
            )
        missing = [column for column in RULE_NEEDS[row.rule_kind] if not getattr(row, column)]
        if missing:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: quy tắc {row.rule_kind} còn thiếu {', '.join(missing)}.",
                f"Row {row.row}: rule {row.rule_kind} lacks {', '.join(missing)}.",
            )
        for key in f"{row.numerator_keys or ''} {row.denominator_keys or ''}".split():
            if key not in known:
                yield Mistake(
                    row.row,
                    f"Dòng {row.row}: không có chỉ tiêu «{key}» trong danh mục indicators.",
                    f"Row {row.row}: there is no indicator «{key}» in the list indicators.",
                )
        for step in (row.steps or "").split():
            if not _STEP.fullmatch(step):
                yield Mistake(
                    row.row,
                    f"Dòng {row.row}: bậc «{step}» phải có dạng mức:phần điểm, ví dụ 30:1 20:0.5.",
                    f"Row {row.row}: step «{step}» must read threshold:share, for example 30:1 20:0.5.",
                )
        floor, full = number(row.floor_value), number(row.full_value)
        if floor is not None and full is not None and floor >= full:
            yield Mistake(
                row.row,
                f"Dòng {row.row}: ngưỡng dưới phải nhỏ hơn mức được điểm tối đa.",
                f"Row {row.row}: the floor must be below the value that gives full points.",
            )


def _is_out_of_100(index_code: str | None) -> bool:
    return all(
        row["total_unit"] == "pct" for row in catalogue.seed("score_settings") if row["index_code"] == index_code
    )


def number(text: str | None) -> Decimal | None:
    """A decimal as typed or as written in Vietnamese: `1.5` and `1,5`; None for anything else."""
    try:
        return Decimal((text or "").strip().replace(",", "."))
    except InvalidOperation:
        return None


def _printed(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def write_template(path: Path, index_code: str, edition_code: str) -> int:
    """An .xlsx that holds an edition of the seeds, ready to be corrected and dropped in; returns its rows."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - only this command writes

    rules = {
        row["criterion_code"]: row
        for row in catalogue.seed("criterion_rules")
        if (row["index_code"], row["edition_code"], row["variant"]) == (index_code, edition_code, "1")
    }
    edition = next(
        row
        for row in catalogue.seed("editions")
        if (row["index_code"], row["edition_code"]) == (index_code, edition_code)
    )
    criteria = [
        row
        for row in catalogue.seed("criteria")
        if (row["index_code"], row["edition_code"]) == (index_code, edition_code)
    ]
    with Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        sheet, bold = workbook.add_worksheet("Bộ tiêu chí"), workbook.add_format({"bold": True})
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(criteria, 1):
            values = {**rules.get(row["criterion_code"], {}), **edition, **row, "is_verified": "false"}
            for column, name in enumerate(COLUMNS):
                text = values.get(name) or ""
                if name in ("max_points", "floor_value", "full_value") and text:
                    sheet.write_number(line, column, float(text))
                elif text:
                    sheet.write_string(line, column, text)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS) - 1, 16)
    return len(criteria)
