"""A made-up nation as files: reports in an inbox, and beside it the truth that they were written from.

In: a seed number, years, periods, formats, habits. Out: <folder>/inbox/<period>/MO_PHONG_… and <folder>/truth/*.csv;
the same arguments give the same bytes. Not here: figures, faults and words (one module each).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.catalogue import Period, Province
from orchestration.sentence import Sentence, ToldError
from orchestration.simulation import scores
from orchestration.simulation.faults import HABITS
from orchestration.simulation.report import FORMATS, QUICK_FORMATS, Report, reports
from orchestration.simulation.truth import Nation, units_at

KINDS = ("Q1", "H1", "Q3", "FY")


@dataclass(frozen=True)
class Order:
    """What to make. provinces: names or codes of the units, empty for all; periods: keys in order.
    scores: also the other inputs of the index, for every year whose full-year report is asked for.
    """

    seed: int
    periods: tuple[str, ...]
    provinces: tuple[str, ...] = ()
    formats: tuple[str, ...] = QUICK_FORMATS
    faults: str = "typical"
    scores: bool = False


@dataclass(frozen=True)
class Written:
    """What was made: the files, in order, and how many of everything."""

    files: tuple[Path, ...]
    reports: int
    never_sent: int
    faults: int


def order_from_words(  # noqa: PLR0917 - one a word of the command
    years: str, periods: str, provinces: str, seed: int, formats: str, faults: str, with_scores: bool = False
) -> Order:
    """An Order from what people type: `2019-2025`, `Q1,FY`, `all` or `Hà Nam,36`, `docx,pdf`. Raises ToldError."""
    kinds, kinds_of_file = _words(periods.upper()), _words(formats.lower())
    units = () if provinces.strip().lower() == "all" else _words(provinces)
    _refuse_unknown(Sentence("kỳ", "period"), kinds, KINDS)
    _refuse_unknown(Sentence("định dạng", "format"), kinds_of_file, FORMATS)
    _refuse_unknown(Sentence("mức lỗi", "level of faults"), (faults,), HABITS)
    known = {text: None for unit in catalogue.provinces() for text in (unit.name, unit.code, unit.key)}
    _refuse_unknown(Sentence("tỉnh", "province"), units, known)
    return Order(seed, periods_of(_years(years), kinds), units, kinds_of_file, faults, with_scores)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _refuse_unknown(what: Sentence, given: Iterable[str], known: Iterable[str]) -> None:
    allowed = list(known)
    for word in given:
        if word not in allowed:
            shown = ", ".join(allowed[:6])
            raise ToldError(f"Không có {what.vi} «{word}»; ví dụ đúng: {shown}.", f"There is no {what.en} «{word}».")


def _years(text: str) -> list[int]:
    years: list[int] = []
    for word in _words(text):
        first, _, last = word.partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            raise ToldError(f"«{text}» không phải năm; ví dụ đúng: 2021 hoặc 2019-2025.", "These are not years.")
        years.extend(range(int(first), int(last or first) + 1))
    return years


def periods_of(years: Iterable[int], kinds: Sequence[str] = KINDS) -> tuple[str, ...]:
    """Period keys of the years in the order of the calendar. Raises ToldError for a year outside the calendar."""
    known = catalogue.periods()
    keys = [f"{year}-{kind}" for year in sorted(set(years)) for kind in KINDS if kind in kinds]
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ToldError(f"Không có kỳ báo cáo {unknown[0]} trong lịch.", f"There is no period {unknown[0]}.")
    return tuple(keys)


def sent(order: Order) -> Iterator[Report | tuple[Province, Period]]:
    """Every report of the nation in the order of periods and provinces; of one that never came, (unit, period)."""
    nation = Nation(order.seed)
    for key in order.periods:
        period = catalogue.periods()[key]
        units = [unit for unit in units_at(period) if _is_wanted(unit, order.provinces)]
        yield from reports(nation, units, period, HABITS[order.faults], order.formats)


def _is_wanted(unit: Province, provinces: Sequence[str]) -> bool:
    return not provinces or bool({unit.name, unit.code, unit.key} & set(provinces))


def expected_reports(order: Order) -> int:
    """How many reports are due, for a progress bar."""
    return sum(
        _is_wanted(unit, order.provinces) for key in order.periods for unit in units_at(catalogue.periods()[key])
    )


def write_nation(order: Order, inbox: Path, truth: Path, tell: Callable[[int, int], None] = lambda *_: None) -> Written:
    """Write the reports into `inbox` and the truth tables into `truth`; `tell` hears (done, total)."""
    files: list[Path] = []
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _COLUMNS}
    never = 0
    total, done = expected_reports(order), 0
    tell(0, total)
    for item in sent(order):
        if isinstance(item, Report):
            files.append(_write(item, inbox))
            _tell_truth(item, rows)
            done += item.revision == 1
        else:
            never += 1
            done += 1
            rows["missing"].append({"province_key": item[0].key, "period_key": item[1].key})
        tell(done, total)
    if order.scores:
        files += _write_scores(order, inbox, rows)
    for name, records in rows.items():
        write_table(truth / f"{name}.csv", _COLUMNS[name], records)
    return Written(tuple(files), len(rows["reports"]), never, len(rows["faults"]))


def _write(report: Report, inbox: Path) -> Path:
    path = inbox / report.folder / report.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(report.data())
    seconds = report.received.timestamp()
    os.utime(path, (seconds, seconds))
    return path


def _write_scores(order: Order, inbox: Path, rows: dict[str, list[dict[str, Any]]]) -> list[Path]:
    """The workbooks of every year that has an edition, and the points and ranks that follow from them."""
    made_up, habits, files = Nation(order.seed), HABITS[order.faults], []
    for key in order.periods:
        period = catalogue.periods()[key]
        year = scores.year_of(made_up, period.year, order.provinces, habits) if period.kind == "FY" else None
        if year is None:
            continue
        for book in scores.workbooks(year, made_up.stream(period.year, "workbooks"), habits):
            path = inbox / key / book.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(book.data)
            sent_on = datetime(period.year + 1, 4, 20, 8, tzinfo=UTC).timestamp()
            os.utime(path, (sent_on, sent_on))
            files.append(path)
        _tell_scores(year, rows)
    return files


# --- truth ----------------------------------------------------------------------------------------------------------

_COLUMNS = {
    "reports": (
        "file",
        "province_key",
        "period_key",
        "report_number",
        "report_date",
        "form_code",
        "format",
        "revision",
        "is_current",
        "counts_as",
        "reason_code",
        "signatory",
    ),
    "values": (
        "file",
        "province_key",
        "period_key",
        "indicator_key",
        "row_code",
        "ordinal",
        "printed",
        "value",
        "value_text",
        "is_missing",
        "true_value",
    ),
    "faults": (
        "file",
        "province_key",
        "period_key",
        "kind",
        "code",
        "ordinal",
        "indicator_key",
        "printed",
        "true",
        "rules",
        "finding_keys",
        "is_current",
    ),
    "missing": ("province_key", "period_key"),
    "points": ("province_key", "report_year", "edition_code", "criterion_code", "basis", "points"),
    "ranking": ("province_key", "report_year", "edition_code", "points", "index_pct", "rank", "group_name"),
}


def _tell_truth(report: Report, rows: dict[str, list[dict[str, Any]]]) -> None:
    file = f"{report.folder}/{report.file_name}"
    whose = {"file": file, "province_key": report.unit.key, "period_key": report.period.key}
    rows["reports"].append(
        whose
        | {
            "report_number": report.number,
            "report_date": report.signed.isoformat(),
            "form_code": report.form,
            "format": report.format,
            "revision": report.revision,
            "is_current": _word(report.is_current),
            "counts_as": "quarantined" if report.refusal else "accepted",
            "reason_code": report.refusal,
            "signatory": "" if report.format == "xlsx" else report.letter.paragraphs[-1],
        }
    )
    for fault in report.faults:
        rows["faults"].append(
            whose
            | {
                "kind": fault.kind,
                "code": fault.code,
                "ordinal": fault.ordinal or "",
                "indicator_key": fault.indicator_key,
                "printed": fault.printed,
                "true": fault.true,
                "rules": " ".join(fault.rules),
                "finding_keys": fault.finding_keys,
                "is_current": _word(report.is_current),
            }
        )
    if not report.is_current:
        return
    for entry in report.entries:
        if entry.is_heading or entry.left_out:
            continue
        rows["values"].append(
            whose
            | {
                "indicator_key": entry.indicator_key,
                "row_code": entry.code,
                "ordinal": entry.ordinal,
                "printed": entry.printed,
                "value": "" if entry.value is None else f"{entry.value}",
                "value_text": entry.text or "",
                "is_missing": _word(entry.is_missing),
                "true_value": f"{entry.true}",
            }
        )


def _tell_scores(year: scores.Year, rows: dict[str, list[dict[str, Any]]]) -> None:
    """basis `used` are the points that count; the others are what each source says."""
    for standing in year.standings:
        whose = {"province_key": standing.unit.key, "report_year": year.year, "edition_code": year.edition}
        claims = {code: claim.points for code, claim in (standing.claims or {}).items() if claim.points is not None}
        by_basis = {"self": claims, "verified": standing.verified, "used": standing.points}
        for basis, points in by_basis.items():
            rows["points"] += [
                whose | {"criterion_code": code, "basis": basis, "points": f"{value.normalize():f}"}
                for code, value in points.items()
            ]
        rows["ranking"].append(
            whose
            | {
                "points": f"{standing.index.normalize():f}",
                "index_pct": f"{year.index(standing).normalize():f}",
                "rank": year.rank(standing),
                "group_name": year.group(standing),
            }
        )


def _word(is_so: bool) -> str:
    return "true" if is_so else "false"


def write_table(path: Path, columns: Sequence[str], records: Iterable[dict[str, Any]]) -> None:
    """A CSV with these columns, even where it has no rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
