"""Explain mistakes in the seeds before they reach the warehouse.

In: a folder of seed files. Out: problems, each a sentence in Vietnamese and in English with its file and line.
Not here: types and accepted values, which dbt's own tests hold, and any correction.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

from orchestration import paths
from orchestration.reading.knowledge.vietnamese import fold, spoken
from orchestration.sentence import Sentence

Row = dict[str, str]
Rows = list[tuple[int, Row]]  # line in the file, cells by column

# Columns that the checks below and the reader use; others, such as notes, are free.
COLUMNS: dict[str, tuple[str, ...]] = {
    "provinces": (
        "province_key",
        "province_code",
        "province_name",
        "province_type",
        "region_name",
        "valid_from",
        "valid_to",
        "successor_province_key",
        "succession_kind",
        "source",
    ),
    "province_aliases": ("alias", "province_name", "source"),
    "periods": (
        "period_key",
        "report_year",
        "period_kind",
        "window_start_date",
        "window_end_date",
        "due_date",
        "is_cumulative",
        "source",
    ),
    "forms": ("form_code", "form_name", "first_period_key", "last_period_key", "row_count", "basis", "source"),
    "form_rows": (
        "form_code",
        "position",
        "row_code",
        "ordinal",
        "parent_code",
        "row_kind",
        "label",
        "unit",
        "options",
        "indicator_key",
        "source",
    ),
    "indicators": (
        "indicator_key",
        "indicator_name",
        "measure_kind",
        "is_to_date",
        "province_aggregation",
        "numerator_indicator_key",
        "denominator_indicator_key",
        "source",
    ),
    "indicator_relations": ("indicator_key", "related_indicator_key", "relation", "from_period_key", "source"),
    "arithmetic": ("identity_key", "identity_kind", "total_indicator_key", "part_indicator_key", "source"),
    "narrative_terms": ("term_key", "facet", "words", "source"),
    "narrative_measures": ("measure_key", "indicator_keys", "figure_kind", "needs", "allows", "whole_indicator_key"),
    "narrative_statuses": ("indicator_key", "subject", "words", "code", "source"),
}


@dataclass(frozen=True)
class Problem(Sentence):
    """One mistake: the file, its line (1 is the header, 0 the file as a whole) and what to do about it."""

    file: str
    line: int

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {super().__str__()}"


def check(folder: Path) -> list[Problem]:
    """Every mistake found in the seeds of `folder`, by file and line; an empty list if there is none."""
    seeds: dict[str, Rows] = {}
    problems: list[Problem] = []
    for name in COLUMNS:
        rows, found = _read(folder / f"{name}.csv", name)
        seeds[name] = rows
        problems += found
    if problems:
        return problems  # the rest would repeat the same mistake in other words
    checks = (_provinces, _successions, _aliases, _periods, _forms, _form_rows, _indicators, _narrative, _references)
    return sorted(
        (problem for each in checks for problem in each(seeds)), key=lambda problem: (problem.file, problem.line)
    )


def _read(path: Path, name: str) -> tuple[Rows, list[Problem]]:
    file = path.name
    if not path.exists():
        return [], [Problem("Thiếu tệp.", "The file is missing.", file, 0)]
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return [], [Problem("Tệp không phải UTF-8; hãy lưu lại dạng CSV UTF-8.", "The file is not UTF-8.", file, 0)]
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""))
    missing = [column for column in COLUMNS[name] if column not in (reader.fieldnames or [])]
    if missing:
        names = ", ".join(missing)
        return [], [Problem(f"Thiếu cột {names}.", f"Column {names} is missing.", file, 1)]
    rows, problems = [], []
    for row in reader:
        if None in row or None in row.values():
            problems.append(
                Problem(
                    "Số ô của dòng khác số cột; ô có dấu phẩy phải đặt trong dấu ngoặc kép.",
                    "The row has another number of cells than the header; a cell with a comma needs quotes.",
                    file,
                    reader.line_num,
                )
            )
        else:
            rows.append((reader.line_num, row))
    return rows, problems


def _repeated(file: str, rows: Rows, *columns: str) -> Iterator[Problem]:
    """Rows whose key stood before."""
    seen: dict[tuple[str, ...], int] = {}
    for line, row in rows:
        key = tuple(row[column] for column in columns)
        if key in seen:
            text = " ".join(key)
            yield Problem(
                f"«{text}» đã có ở dòng {seen[key]}.", f"«{text}» already stands in line {seen[key]}.", file, line
            )
        seen.setdefault(key, line)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _bad_dates(file: str, rows: Rows, required: Iterable[str], optional: Iterable[str] = ()) -> Iterator[Problem]:
    may_be_blank = set(optional)
    for line, row in rows:
        for column in (*required, *may_be_blank):
            if _day(row[column]) is None and not (column in may_be_blank and not row[column]):
                yield Problem(
                    f"Cột {column}: «{row[column]}» không phải ngày dạng 2025-07-01.",
                    f"Column {column}: «{row[column]}» is no date like 2025-07-01.",
                    file,
                    line,
                )


# --- provinces ------------------------------------------------------------------------------------------------------


def _provinces(seeds: dict[str, Rows]) -> Iterator[Problem]:
    file, rows = "provinces.csv", seeds["provinces"]
    yield from _repeated(file, rows, "province_key")
    yield from _bad_dates(file, rows, ["valid_from"], ["valid_to"])
    dated = [(line, row) for line, row in rows if _day(row["valid_from"]) and (_day(row["valid_to"] or "9999-12-31"))]
    for line, row in dated:
        if row["valid_to"] and row["valid_to"] < row["valid_from"]:
            yield Problem(
                f"{row['province_key']} hết hiệu lực ({row['valid_to']}) trước khi có hiệu lực ({row['valid_from']}).",
                f"{row['province_key']} ends ({row['valid_to']}) before it begins ({row['valid_from']}).",
                file,
                line,
            )
    for column, what_vi, what_en in (("province_code", "mã", "code"), ("province_name", "tên", "name")):
        by_value: dict[str, Rows] = {}
        for line, row in dated:
            by_value.setdefault(row[column], []).append((line, row))
        for value, group in by_value.items():
            ordered = sorted(group, key=lambda pair: pair[1]["valid_from"])
            for (_, before), (line, after) in pairwise(ordered):
                if not before["valid_to"] or after["valid_from"] <= before["valid_to"]:
                    yield Problem(
                        f"Hiệu lực chồng nhau: {before['province_key']} và {after['province_key']} cùng có {what_vi} "
                        f"«{value}» vào ngày {after['valid_from']}.",
                        f"Overlapping validity: {before['province_key']} and {after['province_key']} both have the "
                        f"{what_en} «{value}» on {after['valid_from']}.",
                        file,
                        line,
                    )


def _successions(seeds: dict[str, Rows]) -> Iterator[Problem]:
    file, rows = "provinces.csv", seeds["provinces"]
    by_key = {row["province_key"]: row for _, row in rows}
    heirs = Counter(row["successor_province_key"] for _, row in rows if row["successor_province_key"])
    for line, row in rows:
        key, heir = row["province_key"], row["successor_province_key"]
        if bool(row["valid_to"]) != bool(heir) or bool(heir) != bool(row["succession_kind"]):
            yield Problem(
                f"{key}: valid_to, successor_province_key và succession_kind phải cùng có hoặc cùng trống.",
                f"{key}: valid_to, successor_province_key and succession_kind must all be given or all be blank.",
                file,
                line,
            )
            continue
        if not heir:
            continue
        if heir not in by_key:
            yield Problem(
                f"{key}: không có đơn vị kế tiếp «{heir}».", f"{key}: there is no successor «{heir}».", file, line
            )
            continue
        end, start = _day(row["valid_to"]), _day(by_key[heir]["valid_from"])
        if end and start and end + timedelta(days=1) != start:
            yield Problem(
                f"{key} hết hiệu lực {row['valid_to']} nhưng {heir} bắt đầu {start}; phải là ngày liền sau.",
                f"{key} ends on {row['valid_to']} but {heir} begins on {start}; it must be the next day.",
                file,
                line,
            )
        if heirs[heir] > 1 and row["succession_kind"] != "merged":
            yield Problem(
                f"{heir} có {heirs[heir]} đơn vị tiền thân nên {key} phải ghi merged, không phải "
                f"{row['succession_kind']}.",
                f"{heir} has {heirs[heir]} predecessors, so {key} must say merged, not {row['succession_kind']}.",
                file,
                line,
            )
        if heirs[heir] == 1 and row["succession_kind"] == "merged":
            yield Problem(
                f"Chỉ mình {key} nhập vào {heir}; sáp nhập cần ít nhất hai đơn vị.",
                f"{key} alone merges into {heir}; a merger needs at least two units.",
                file,
                line,
            )
        chain, at = [key], heir
        while at and at in by_key and at not in chain:
            chain.append(at)
            at = by_key[at]["successor_province_key"]
        if at in chain:
            loop = " → ".join([*chain, at])
            yield Problem(
                f"Chuỗi kế tiếp đi vòng: {loop}.", f"The chain of successors is a circle: {loop}.", file, line
            )
        elif len(chain) > 7:
            yield Problem(
                f"{key} đổi hơn sáu lần; int_province_succession chỉ đi được sáu bước.",
                f"{key} changes more than six times; int_province_succession follows six steps.",
                file,
                line,
            )


def _aliases(seeds: dict[str, Rows]) -> Iterator[Problem]:
    file, rows = "province_aliases.csv", seeds["province_aliases"]
    yield from _repeated(file, rows, "alias")
    names = {row["province_name"] for _, row in seeds["provinces"]}
    meanings = {fold(name): (name, 0) for name in names}
    for line, row in rows:
        alias, name = row["alias"], row["province_name"]
        if name not in names:
            yield Problem(
                f"Không có tỉnh «{name}» trong provinces.csv.", f"provinces.csv has no province «{name}».", file, line
            )
            continue
        meant, before = meanings.setdefault(fold(alias), (name, line))
        if meant != name:
            where_vi, where_en = (f"dòng {before}", f"line {before}") if before else ("tên tỉnh", "a province's name")
            yield Problem(
                f"Cách viết «{alias}» đã chỉ {meant} ({where_vi}), không thể chỉ cả {name}.",
                f"The spelling «{alias}» already means {meant} ({where_en}) and cannot mean {name} too.",
                file,
                line,
            )
    spelled = {row["province_name"] for _, row in rows}
    for name in sorted(names - spelled):
        yield Problem(f"Chưa có cách viết nào của {name}.", f"There is no spelling of {name}.", file, 0)


# --- calendar -------------------------------------------------------------------------------------------------------


def _periods(seeds: dict[str, Rows]) -> Iterator[Problem]:
    file, rows = "periods.csv", seeds["periods"]
    yield from _repeated(file, rows, "period_key")
    bad = list(_bad_dates(file, rows, ["window_start_date", "window_end_date", "due_date"]))
    yield from bad
    if bad:
        return
    before: Row | None = None
    for line, row in rows:
        key = row["period_key"]
        if key != f"{row['report_year']}-{row['period_kind']}":
            yield Problem(
                f"{key} phải gồm năm và loại kỳ: {row['report_year']}-{row['period_kind']}.",
                f"{key} must be year and kind: {row['report_year']}-{row['period_kind']}.",
                file,
                line,
            )
        if not row["window_start_date"] <= row["window_end_date"] <= row["due_date"]:
            yield Problem(
                f"{key}: ngày đầu, ngày cuối và hạn gửi phải theo thứ tự thời gian.",
                f"{key}: first day, last day and due date must be in order of time.",
                file,
                line,
            )
        if before and row["window_end_date"] <= before["window_end_date"]:
            yield Problem(
                f"{key} phải đứng trước {before['period_key']}: các kỳ xếp theo ngày cuối.",
                f"{key} must stand before {before['period_key']}: periods are in order of their last day.",
                file,
                line,
            )
        before = row


# --- forms and indicators -------------------------------------------------------------------------------------------


def _forms(seeds: dict[str, Rows]) -> Iterator[Problem]:
    file, rows = "forms.csv", seeds["forms"]
    yield from _repeated(file, rows, "form_code")
    order = {row["period_key"]: number for number, (_, row) in enumerate(seeds["periods"])}
    counts = Counter(row["form_code"] for _, row in seeds["form_rows"])
    spans: list[tuple[int, int, str, int]] = []
    for line, row in rows:
        code = row["form_code"]
        unknown = [
            row[column]
            for column in ("first_period_key", "last_period_key")
            if row[column] not in order and (row[column] or column == "first_period_key")
        ]
        for key in unknown:
            yield Problem(f"Mẫu {code}: không có kỳ «{key}».", f"Form {code}: there is no period «{key}».", file, line)
        if not unknown:
            last = order[row["last_period_key"]] if row["last_period_key"] else len(order)
            spans.append((order[row["first_period_key"]], last, code, line))
        if row["row_count"] != str(counts[code]):
            yield Problem(
                f"Mẫu {code} ghi {row['row_count']} dòng nhưng form_rows.csv có {counts[code]}.",
                f"Form {code} says {row['row_count']} rows but form_rows.csv has {counts[code]}.",
                file,
                line,
            )
    spans.sort()
    for (_, last, code, _), (first, _, other, line) in pairwise(spans):
        if first <= last:
            yield Problem(
                f"Mẫu {code} và {other} cùng áp dụng trong một kỳ; hãy đặt last_period_key của mẫu {code}.",
                f"Forms {code} and {other} are in force at once; set the last_period_key of form {code}.",
                file,
                line,
            )


def _form_rows(seeds: dict[str, Rows]) -> Iterator[Problem]:
    file, rows = "form_rows.csv", seeds["form_rows"]
    yield from _repeated(file, rows, "form_code", "row_code", "ordinal")
    yield from _repeated(file, rows, "form_code", "indicator_key")
    forms = {row["form_code"] for _, row in seeds["forms"]}
    indicators = {row["indicator_key"] for _, row in seeds["indicators"]}
    seen: dict[str, list[str]] = {}
    for line, row in rows:
        form, code = row["form_code"], row["row_code"]
        above = seen.setdefault(form, [])
        name = f"{form} {code}" + (f" ({row['ordinal']})" if row["ordinal"] else "")
        if form not in forms:
            yield Problem(
                f"{name}: forms.csv không có mẫu «{form}».", f"{name}: forms.csv has no form «{form}».", file, line
            )
        if row["indicator_key"] not in indicators:
            yield Problem(
                f"{name}: indicators.csv không có chỉ tiêu «{row['indicator_key']}».",
                f"{name}: indicators.csv has no indicator «{row['indicator_key']}».",
                file,
                line,
            )
        if row["position"] != str(len(above) + 1):
            yield Problem(
                f"{name}: position là {row['position']}, phải là {len(above) + 1}.",
                f"{name}: position is {row['position']} and must be {len(above) + 1}.",
                file,
                line,
            )
        if row["row_kind"] != "area" and row["parent_code"] not in above:
            yield Problem(
                f"{name}: không có dòng «{row['parent_code']}» ở trên.",
                f"{name}: there is no row «{row['parent_code']}» above it.",
                file,
                line,
            )
        if (row["row_kind"] == "part") != bool(row["ordinal"]):
            yield Problem(
                f"{name}: dòng «Trong đó» (part), và chỉ dòng ấy, có ordinal.",
                f"{name}: an of-which row (part), and no other, has an ordinal.",
                file,
                line,
            )
        above.append(code)


def _indicators(seeds: dict[str, Rows]) -> Iterator[Problem]:
    file, rows = "indicators.csv", seeds["indicators"]
    yield from _repeated(file, rows, "indicator_key")
    yield from _repeated(file, rows, "indicator_name")
    carried = {row["indicator_key"] for _, row in seeds["form_rows"]}
    for line, row in rows:
        key, combined = row["indicator_key"], row["province_aggregation"]
        if key not in carried:
            yield Problem(
                f"{key}: không mẫu nào có dòng của chỉ tiêu này.", f"{key}: no form carries this indicator.", file, line
            )
        needed = {
            "recompute": ("numerator_indicator_key", "denominator_indicator_key"),
            "weighted_mean": ("denominator_indicator_key",),
        }
        for column in needed.get(combined, ()):
            if not row[column]:
                yield Problem(
                    f"{key}: {combined} cần cột {column}.", f"{key}: {combined} needs column {column}.", file, line
                )
        if combined == "sum" and row["measure_kind"] not in ("stock", "flow"):
            yield Problem(
                f"{key}: chỉ cộng được số đếm (stock, flow), không cộng {row['measure_kind'] or 'đề mục'}.",
                f"{key}: only counts (stock, flow) add, not {row['measure_kind'] or 'a heading'}.",
                file,
                line,
            )


def _narrative(seeds: dict[str, Rows]) -> Iterator[Problem]:
    """Terms that no clause can hold, and measures of terms or indicators that are not there."""
    terms = {row["term_key"] for _, row in seeds["narrative_terms"]}
    indicators = {row["indicator_key"] for _, row in seeds["indicators"]}
    for name, columns in {"narrative_terms": ("words",), "narrative_statuses": ("subject", "words")}.items():
        for line, row in seeds[name]:
            for column in columns:
                plain = spoken(row[column])
                if row[column].removesuffix(" |").removeprefix("| ") != plain or not plain:
                    yield Problem(
                        f"Cột {column}: «{row[column]}» phải viết chữ thường, không dấu câu, như «{plain}».",
                        f"Column {column}: «{row[column]}» must be lower case without punctuation.",
                        f"{name}.csv",
                        line,
                    )
    for line, row in seeds["narrative_measures"]:
        named = {
            "needs": (row["needs"].replace("/", " "), terms, "narrative_terms"),
            "allows": (row["allows"], terms, "narrative_terms"),
            "indicator_keys": (row["indicator_keys"], indicators, "indicators"),
        }
        for column, (keys, known, seed) in named.items():
            for key in set(keys.split()) - known:
                yield Problem(
                    f"Cột {column}: {seed}.csv không có «{key}».",
                    f"Column {column}: {seed}.csv has no «{key}».",
                    "narrative_measures.csv",
                    line,
                )


def _references(seeds: dict[str, Rows]) -> Iterator[Problem]:
    """Keys that name an indicator or a period that is not there."""
    indicators = {row["indicator_key"] for _, row in seeds["indicators"]}
    periods = {row["period_key"] for _, row in seeds["periods"]}
    named = {
        "indicators": ("numerator_indicator_key", "denominator_indicator_key"),
        "indicator_relations": ("indicator_key", "related_indicator_key"),
        "arithmetic": ("total_indicator_key", "part_indicator_key"),
        "narrative_measures": ("whole_indicator_key",),
        "narrative_statuses": ("indicator_key",),
    }
    for name, columns in named.items():
        for line, row in seeds[name]:
            for column in columns:
                if row[column] and row[column] not in indicators:
                    yield Problem(
                        f"Cột {column}: indicators.csv không có «{row[column]}».",
                        f"Column {column}: indicators.csv has no «{row[column]}».",
                        f"{name}.csv",
                        line,
                    )
    for line, row in seeds["indicator_relations"]:
        if row["from_period_key"] not in periods:
            yield Problem(
                f"periods.csv không có kỳ «{row['from_period_key']}».",
                f"periods.csv has no period «{row['from_period_key']}».",
                "indicator_relations.csv",
                line,
            )


def main() -> int:
    """Print every problem of the project's seeds; 1 if there is any."""
    problems = check(paths.SEEDS)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
