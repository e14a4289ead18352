"""An edition of an index as a file: its rows, a template to fill in, and its mistakes in sentences.

In: a table of criteria with columns as in the template, a row for each criterion and variant of its rule.
Out: EditionRow records as printed; Mistake records; how an edition differs from what is known of it in total.
Not here: which edition governs a year (dbt), how the file is opened (one module a format).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path, PurePath

from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.sheets.named_table import NamedRow
from orchestration.sentence import Sentence, ToldError

EDITION = "edition"
FILE_PREFIX = "bo_tieu_chi"
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
COMBINE = ("sum", "mean")
WHEN_NOTHING_DUE = ("not_covered", "full")
_STEP = re.compile(r"(?P<threshold>-?\d+(\.\d+)?):(0(\.\d+)?|1(\.0+)?)")
_NUMBER = re.compile(r"-?[0-9]{1,12}([.,][0-9]{1,9})?")
_YEAR = re.compile(r"(19|20)\d\d")
_VERIFIED, _NOT_VERIFIED = ("true", "1", "có", "x"), ("", "false", "0", "không")
# What belongs to the file, and what to the criterion: the same on every row, or on every variant of a criterion.
_OF_THE_FILE = ("first_year", "last_year", "decision", "is_verified")
_OF_THE_CRITERION = ("parent_code", "level", "criterion_name", "max_points", "scored_by")
# Several things in a cell, apart by a space.
_LISTS = ("numerator_keys", "denominator_keys", "steps")


@dataclass(frozen=True)
class EditionRow:
    """One criterion of an edition, and one way to score it; every column as printed, table and row as in the file.

    variant: the first whose inputs are all there counts; blank is 1.
    """

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
    variant: str | None
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
class Mistake(Sentence):
    """One mistake of an edition file, with the row it stands in (0: the file as a whole)."""

    row: int


def edition_rows(rows: Iterable[NamedRow]) -> Iterator[EditionRow]:
    """The criteria as printed; a code is text, so `1.10` typed as a number is a mistake that `check` finds."""
    for row in rows:
        values = {column: row.stored(column) for column in COLUMNS}
        for column in ("criterion_code", "parent_code"):
            values[column] = (values[column] or "").strip().rstrip(".") or None
        for column in _LISTS:
            values[column] = " ".join((values[column] or "").split()) or None
        for column in ("first_year", "last_year", "variant"):
            values[column] = re.sub(r"\.0+$", "", values[column] or "") or None
        said = (values["is_verified"] or "").strip()
        values["is_verified"] = (
            "true" if said.lower() in _VERIFIED else "false" if said.lower() in _NOT_VERIFIED else said
        )
        yield EditionRow(**values, table=row.table, row=row.row)


def check(rows: Iterable[EditionRow]) -> list[Mistake]:
    """Every mistake of an edition, in the order of its rows; an edition without mistakes gives none."""
    criteria = list(rows)
    if not criteria:
        return [Mistake("Tệp không có tiêu chí nào.", "The file has no criterion.", 0)]
    mistakes = [*_whole(criteria), *_years(criteria), *_codes(criteria), *_maxima(criteria), *_rules(criteria)]
    if all(row.is_verified == "true" for row in criteria):
        # What was compared with the decision cannot differ from what is known of the decision.
        mistakes += differences(criteria)
    return sorted(mistakes, key=lambda mistake: mistake.row)


def differences(rows: Iterable[EditionRow]) -> list[Mistake]:
    """Where an edition differs from the control totals that are known of it: counts by level, points by source."""
    criteria = list(_criteria(rows))
    parents = {row.parent_code for row in criteria}
    areas = {row.criterion_code for row in criteria if not row.parent_code}
    levels = Counter(
        "area" if not row.parent_code else "criterion" if row.parent_code in areas else "subcriterion"
        for row in criteria
    )
    found = []
    for known in catalogue.seed("edition_controls"):
        if (known["index_code"], known["edition_code"]) != (criteria[0].index_code, criteria[0].edition_code):
            continue
        if known["measure"] == "criteria_of_level":
            actual = Decimal(levels[known["item"]])
        elif known["measure"] == "points_of_source":
            leaves = [row for row in criteria if row.criterion_code not in parents]
            actual = _points(row for row in leaves if row.scored_by == known["item"])
        else:
            actual = _points(row for row in criteria if row.criterion_code in known["item"].split())
        if actual != (expected := Decimal(known["value"])):
            found.append(
                Mistake(
                    f"{known['name_vi']}: trong tệp là {_printed(actual)}, đã biết là {_printed(expected)} "
                    f"({known['source']}).",
                    f"{known['name_en']}: {actual.normalize():f} in the file, {expected.normalize():f} is known "
                    f"({known['source']}).",
                    0,
                )
            )
    return found


def _points(criteria: Iterable[EditionRow]) -> Decimal:
    return sum((number(row.max_points) or Decimal(0) for row in criteria), Decimal(0))


def _criteria(rows: Iterable[EditionRow]) -> Iterator[EditionRow]:
    """Each criterion once, by its first row."""
    seen = set()
    for row in rows:
        if row.criterion_code not in seen:
            seen.add(row.criterion_code)
            yield row


def _whole(criteria: list[EditionRow]) -> Iterator[Mistake]:
    for column, name in (("index_code", "mã chỉ số"), ("edition_code", "mã bộ tiêu chí")):
        values = {getattr(row, column) for row in criteria}
        if len(values) > 1 or None in values:
            yield Mistake(
                f"Cột {column} ({name}) phải có một giá trị duy nhất ở mọi dòng.",
                f"Column {column} must hold one value on every row.",
                0,
            )
    known = {row["index_code"] for row in catalogue.seed("score_settings")}
    if (code := criteria[0].index_code) and code not in known:
        yield Mistake(
            f"Chỉ số «{code}» chưa có trong score_settings ({', '.join(sorted(known))}).",
            f"Index «{code}» is not in score_settings ({', '.join(sorted(known))}).",
            0,
        )
    editions = {(row["index_code"], row["edition_code"]) for row in catalogue.seed("editions")}
    if not criteria[0].first_year and (criteria[0].index_code, criteria[0].edition_code) not in editions:
        yield Mistake(
            "Bộ tiêu chí mới phải ghi năm đầu áp dụng (first_year).",
            "A new edition must state its first year (first_year).",
            0,
        )


def _years(criteria: list[EditionRow]) -> Iterator[Mistake]:
    """The years, the decision and the comparison with it belong to the file: one value on every row."""
    first = criteria[0]
    for row in criteria:
        for column in _OF_THE_FILE:
            here, there = getattr(row, column), getattr(first, column)
            if here != there:
                yield Mistake(
                    f"Dòng {row.row}: {column} là «{here or ''}», ở dòng {first.row} là «{there or ''}»; mọi dòng phải "
                    "như nhau.",
                    f"Row {row.row}: {column} is «{here or ''}», on row {first.row} «{there or ''}»; it must be the "
                    "same on every row.",
                    row.row,
                )
        for column in ("first_year", "last_year"):
            if (year := getattr(row, column)) and not _YEAR.fullmatch(year):
                yield Mistake(
                    f"Dòng {row.row}: {column} «{year}» phải là một năm viết bằng bốn chữ số.",
                    f"Row {row.row}: {column} «{year}» must be a year in four digits.",
                    row.row,
                )
        if row.is_verified not in ("true", "false"):
            yield Mistake(
                f"Dòng {row.row}: is_verified «{row.is_verified}» phải là true hoặc false.",
                f"Row {row.row}: is_verified «{row.is_verified}» must be true or false.",
                row.row,
            )
    years = [year for year in (first.first_year, first.last_year) if year and _YEAR.fullmatch(year)]
    if len(years) == 2 and years[0] > years[1]:
        yield Mistake(
            f"Năm đầu {years[0]} sau năm cuối {years[1]}.",
            f"The first year {years[0]} is after the last year {years[1]}.",
            first.row,
        )


def _codes(criteria: list[EditionRow]) -> Iterator[Mistake]:
    times = Counter((row.criterion_code, row.variant or "1") for row in criteria)
    firsts = {row.criterion_code: row for row in reversed(criteria)}
    codes = set(firsts)
    for row in criteria:
        if not row.criterion_code:
            yield Mistake(f"Dòng {row.row}: thiếu mã tiêu chí.", f"Row {row.row}: the code is missing.", row.row)
            continue
        if (count := times[row.criterion_code, row.variant or "1"]) > 1:
            yield Mistake(
                f"Dòng {row.row}: mã «{row.criterion_code}» có {count} lần với cùng variant.",
                f"Row {row.row}: code «{row.criterion_code}» occurs {count} times with the same variant.",
                row.row,
            )
        if row.variant and not row.variant.isdecimal():
            yield Mistake(
                f"Dòng {row.row}: variant «{row.variant}» phải là một số thứ tự: 1, 2, …",
                f"Row {row.row}: variant «{row.variant}» must be a number in order: 1, 2, …",
                row.row,
            )
        first = firsts[row.criterion_code]
        for column in _OF_THE_CRITERION:
            if getattr(row, column) != getattr(first, column):
                yield Mistake(
                    f"Dòng {row.row}: {column} của «{row.criterion_code}» khác với dòng {first.row}; các biến thể chỉ "
                    "khác nhau ở quy tắc.",
                    f"Row {row.row}: {column} of «{row.criterion_code}» differs from row {first.row}; variants differ "
                    "in their rule alone.",
                    row.row,
                )
        if row.parent_code and row.parent_code not in codes:
            yield Mistake(
                f"Dòng {row.row}: tiêu chí cấp trên «{row.parent_code}» không có trong tệp.",
                f"Row {row.row}: the parent «{row.parent_code}» is not in the file.",
                row.row,
            )
        if row.scored_by not in SCORED_BY:
            yield Mistake(
                f"Dòng {row.row}: scored_by «{row.scored_by or ''}» phải là một trong {', '.join(SCORED_BY)}.",
                f"Row {row.row}: scored_by «{row.scored_by or ''}» must be one of {', '.join(SCORED_BY)}.",
                row.row,
            )


def _maxima(criteria: list[EditionRow]) -> Iterator[Mistake]:
    points: dict[str, Decimal] = {}
    for row in criteria:
        value = number(row.max_points)
        if value is None or value <= 0:
            yield Mistake(
                f"Dòng {row.row}: điểm tối đa «{row.max_points or ''}» của {row.criterion_code} phải là số dương.",
                f"Row {row.row}: the maximum «{row.max_points or ''}» of {row.criterion_code} must be above zero.",
                row.row,
            )
        else:
            points[row.criterion_code or ""] = value
    children: dict[str, list[EditionRow]] = defaultdict(list)
    once = list(_criteria(criteria))
    for row in once:
        children[row.parent_code or ""].append(row)
    for row in once:
        below = children.get(row.criterion_code or "-", [])
        total = sum((points.get(child.criterion_code or "", Decimal(0)) for child in below), Decimal(0))
        if below and row.criterion_code in points and total != points[row.criterion_code]:
            yield Mistake(
                f"Dòng {row.row}: các tiêu chí thành phần của {row.criterion_code} cộng lại được {_printed(total)}, "
                f"không phải {_printed(points[row.criterion_code])}.",
                f"Row {row.row}: the parts of {row.criterion_code} add up to {total.normalize():f}, "
                f"not {points[row.criterion_code].normalize():f}.",
                row.row,
            )
    total = sum((points.get(row.criterion_code or "", Decimal(0)) for row in children[""]), Decimal(0))
    if total != FULL_POINTS and _is_out_of_100(criteria[0].index_code):
        yield Mistake(
            f"Các lĩnh vực cộng lại được {_printed(total)} điểm, phải là 100.",
            f"The areas add up to {total.normalize():f} points and must add up to 100.",
            0,
        )


def _rules(criteria: list[EditionRow]) -> Iterator[Mistake]:
    parents = {row.parent_code for row in criteria}
    satisfied = [row for row in _criteria(criteria) if row.scored_by == "sipas" and row.criterion_code not in parents]
    for row in satisfied[1:]:
        yield Mistake(
            f"Dòng {row.row}: SIPAS đã cho điểm {satisfied[0].criterion_code}, không thể cho cả {row.criterion_code}.",
            f"Row {row.row}: SIPAS already gives points to {satisfied[0].criterion_code}, so not to "
            f"{row.criterion_code}.",
            row.row,
        )
    for row in criteria:
        if not row.rule_kind:
            continue
        if row.rule_kind not in RULE_NEEDS:
            yield Mistake(
                f"Dòng {row.row}: quy tắc «{row.rule_kind}» không có; các quy tắc: {', '.join(RULE_NEEDS)}.",
                f"Row {row.row}: there is no rule «{row.rule_kind}»; the rules are {', '.join(RULE_NEEDS)}.",
                row.row,
            )
            continue
        if row.criterion_code in parents:
            yield Mistake(
                f"Dòng {row.row}: {row.criterion_code} có tiêu chí thành phần nên không chấm trực tiếp; bỏ quy tắc.",
                f"Row {row.row}: {row.criterion_code} has parts, so it is not scored itself; remove the rule.",
                row.row,
            )
        missing = [column for column in RULE_NEEDS[row.rule_kind] if not getattr(row, column)]
        if missing:
            yield Mistake(
                f"Dòng {row.row}: quy tắc {row.rule_kind} còn thiếu {', '.join(missing)}.",
                f"Row {row.row}: rule {row.rule_kind} lacks {', '.join(missing)}.",
                row.row,
            )
        yield from _inputs(row)
        yield from _words_and_numbers(row)
        yield from _steps(row)


def _inputs(row: EditionRow) -> Iterator[Mistake]:
    """Indicators that do not exist or are named twice, and a percentage that is divided once more."""
    indicators = {known["indicator_key"]: known for known in catalogue.seed("indicators")}
    for column in ("numerator_keys", "denominator_keys"):
        for key, times in Counter((getattr(row, column) or "").split()).items():
            if times > 1:
                yield Mistake(
                    f"Dòng {row.row}: {column} nêu «{key}» {times} lần; mỗi chỉ tiêu chỉ một lần.",
                    f"Row {row.row}: {column} names «{key}» {times} times; name each indicator once.",
                    row.row,
                )
    for key in f"{row.numerator_keys or ''} {row.denominator_keys or ''}".split():
        if key not in indicators and key not in STATISTICS:
            yield Mistake(
                f"Dòng {row.row}: không có chỉ tiêu «{key}» trong danh mục indicators.",
                f"Row {row.row}: there is no indicator «{key}» in the list indicators.",
                row.row,
            )
    rates = [
        key for key in (row.numerator_keys or "").split() if indicators.get(key, {}).get("value_kind") == "percent"
    ]
    if rates and row.denominator_keys and row.rule_kind != "growth_steps":
        yield Mistake(
            f"Dòng {row.row}: «{rates[0]}» đã là tỷ lệ phần trăm nên không chia thêm cho denominator_keys.",
            f"Row {row.row}: «{rates[0]}» is a percentage already, so it takes no denominator_keys.",
            row.row,
        )


def _words_and_numbers(row: EditionRow) -> Iterator[Mistake]:
    for column, words in (("combine", COMBINE), ("when_nothing_due", WHEN_NOTHING_DUE)):
        if (said := getattr(row, column)) and said not in words:
            yield Mistake(
                f"Dòng {row.row}: {column} «{said}» phải là {' hoặc '.join(words)}.",
                f"Row {row.row}: {column} «{said}» must be {' or '.join(words)}.",
                row.row,
            )
    for column in ("floor_value", "full_value"):
        if (said := getattr(row, column)) and number(said) is None:
            yield Mistake(
                f"Dòng {row.row}: {column} «{said}» phải là một con số.",
                f"Row {row.row}: {column} «{said}» must be a number.",
                row.row,
            )
    floor, full = number(row.floor_value), number(row.full_value)
    if floor is not None and full is not None and floor >= full:
        yield Mistake(
            f"Dòng {row.row}: ngưỡng dưới phải nhỏ hơn mức được điểm tối đa.",
            f"Row {row.row}: the floor must be below the value that gives full points.",
            row.row,
        )


def _steps(row: EditionRow) -> Iterator[Mistake]:
    thresholds: Counter[Decimal] = Counter()
    for step in (row.steps or "").split():
        if not (match := _STEP.fullmatch(step)):
            yield Mistake(
                f"Dòng {row.row}: bậc «{step}» phải có dạng mức:phần điểm, ví dụ 30:1 20:0.5.",
                f"Row {row.row}: step «{step}» must read threshold:share, for example 30:1 20:0.5.",
                row.row,
            )
            continue
        thresholds[threshold := Decimal(match["threshold"])] += 1
        if thresholds[threshold] == 2:
            yield Mistake(
                f"Dòng {row.row}: mức {_printed(threshold)} có nhiều phần điểm trong các bậc.",
                f"Row {row.row}: the steps give more than one share at {threshold.normalize():f}.",
                row.row,
            )


def _is_out_of_100(index_code: str | None) -> bool:
    return all(
        row["total_unit"] == "pct" for row in catalogue.seed("score_settings") if row["index_code"] == index_code
    )


def number(text: str | None) -> Decimal | None:
    """A decimal as typed or as written in Vietnamese: `1.5` and `1,5`; None for anything else."""
    printed = (text or "").strip()
    return Decimal(printed.replace(",", ".")) if _NUMBER.fullmatch(printed) else None


def is_named_edition(path: PurePath) -> bool:
    """Whether a file is named as the guide names an edition; what it holds, nobody has read."""
    return fold(path.stem).replace(" ", "_").startswith(FILE_PREFIX)


def _printed(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def write_template(path: Path, index_code: str, edition_code: str) -> int:
    """An .xlsx that holds an edition of the seeds, ready to be corrected and dropped in; returns its criteria.

    Raises ToldError for an edition that is not in the seeds or of which no criteria are known.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - only this command writes

    rows = list(_of_the_seeds(index_code, edition_code))
    with Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        sheet, bold = workbook.add_worksheet("Bộ tiêu chí"), workbook.add_format({"bold": True})
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(rows, 1):
            for column, name in enumerate(COLUMNS):
                text = row.get(name) or ""
                if name in ("max_points", "floor_value", "full_value") and text:
                    sheet.write_number(line, column, float(text))
                elif text:
                    sheet.write_string(line, column, text)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS) - 1, 16)
    return len({row["criterion_code"] for row in rows})


def _of_the_seeds(index_code: str, edition_code: str) -> Iterator[dict[str, str]]:
    """The rows of an edition as the warehouse takes them from the seeds: its own criteria, and those it stands on."""

    def of(seed: str, code: str) -> list[dict[str, str]]:
        return [row for row in catalogue.seed(seed) if (row["index_code"], row["edition_code"]) == (index_code, code)]

    edition = next(iter(of("editions", edition_code)), None)
    base = (edition and edition["criteria_from"]) or edition_code
    criteria = {row["criterion_code"]: row for code in (base, edition_code) for row in of("criteria", code)}
    if not edition or not criteria:
        known = sorted({(row["index_code"], row["edition_code"]) for row in catalogue.seed("criteria")})
        raise ToldError(
            f"Không có bảng tiêu chí {index_code} {edition_code}; có: {', '.join(' '.join(pair) for pair in known)}.",
            "There is no such table of criteria.",
        )
    rules, lists = of("criterion_rules", base), _lists(of("rule_inputs", base), of("rule_steps", base))
    for code, criterion in criteria.items():
        for rule in [rule for rule in rules if rule["criterion_code"] == code] or [{"variant": ""}]:
            packed = lists[code, rule["variant"]]
            yield {**rule, **packed, **edition, **criterion, "edition_code": edition_code, "is_verified": "false"}


def _lists(inputs: list[dict[str, str]], steps: list[dict[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    """(criterion, variant) → what a cell of the template holds of it: indicators by role, and steps."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    listed = [(row, f"{row['input_role']}_keys", row["indicator_key"]) for row in inputs]
    listed += [(row, "steps", f"{row['threshold']}:{row['share']}") for row in steps]
    for row, column, text in listed:
        cells = found[row["criterion_code"], row["variant"]]
        cells[column] = f"{cells[column]} {text}" if column in cells else text
    return found
