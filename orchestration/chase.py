"""What somebody has to be chased for, of the published warehouse: reports not sent, files refused, figures that
contradict each other or what is possible.

In: the warehouse. Out: cases, each a sentence with its period and province. Not here: who is told, and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.sentence import Sentence

LATE, QUARANTINED, CONTRADICTORY = "late", "quarantined", "contradictory"
TITLES = {
    LATE: Sentence("Quá hạn, chưa gửi báo cáo", "Overdue reports"),
    QUARANTINED: Sentence("Tệp bị cách ly", "Files in quarantine"),
    CONTRADICTORY: Sentence("Số liệu có lỗi", "Figures in error"),
}


@dataclass(frozen=True)
class Case:
    """key: the same in every build for as long as the case is open.  province: its name, blank where not known."""

    kind: str
    key: str
    period: str
    province: str
    said: Sentence

    def line(self) -> str:
        return f"{self.period} · {self.province or '?'}: {self.said}"


_SIMULATED = "case when is_simulated then ' (MÔ PHỎNG)' else '' end"
_CASES = f"""
    select
        '{LATE}', period_key || '/' || province_key, period_key, province_name,
        'chưa gửi báo cáo, hạn ' || strftime(due_date, '%d/%m/%Y') || '.',
        'no report, due on ' || strftime(due_date, '%d/%m/%Y') || '.'
    from marts.mart_report_coverage inner join marts.dim_province using (province_key)
    where status = 'missing' and due_date > ?
    union all
    select
        '{QUARANTINED}', period_key || '/' || file_sha256, period_key, coalesce(province_name_claimed, ''),
        file_name || {_SIMULATED} || ': ' || reason_vi, file_name || ': ' || reason_en
    from marts.mart_open_quarantine
    union all
    select
        '{CONTRADICTORY}', finding_key, coalesce(period_key, ''), coalesce(province_name, ''),
        coalesce(source_file_name, '') || {_SIMULATED} || ': ' || message_vi,
        coalesce(source_file_name, '') || ': ' || message_en
    from marts.mart_quality_finding left join marts.dim_province using (province_key)
    where severity = 'error'
    order by 3 desc, 4, 5
"""
_NOT_SENT = """
    select province_name
    from marts.mart_report_coverage inner join marts.dim_province using (province_key)
    where period_key = ? and sent_date is null
    order by province_key
"""


def open_cases(database: Path, due_after: date = date.min) -> list[Case]:
    """Every open case, the newest period first; of overdue reports those that were due after that day."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(_CASES, [due_after]).fetchall()
    return [Case(kind, f"{kind}/{key}", period, name, Sentence(vi, en)) for kind, key, period, name, vi, en in rows]


def not_sent(database: Path, period: str) -> list[str] | None:
    """Names of the provinces without a report of the period; None where the warehouse does not know the period yet."""
    with duckdb.connect(str(database), read_only=True) as connection:
        known = connection.execute("select 1 from marts.mart_report_coverage where period_key = ?", [period]).fetchone()
        return [name for (name,) in connection.execute(_NOT_SENT, [period]).fetchall()] if known else None


def text(cases: Sequence[Case], most: int) -> str:
    """The cases by kind, at most so many lines of each, with how many there are."""
    parts = []
    for kind, title in TITLES.items():
        of_kind = [case for case in cases if case.kind == kind]
        if of_kind:
            parts += [f"{title} ({len(of_kind)})", *(f"- {case.line()}" for case in of_kind[:most])]
            if more := len(of_kind) - most if len(of_kind) > most else 0:
                parts.append(f"- … và {more} trường hợp nữa / and {more} more")
            parts.append("")
    return "\n".join(parts).strip()


def markdown(cases: Sequence[Case]) -> str:
    """The page to chase from: a table a kind."""
    parts = []
    for kind, title in TITLES.items():
        of_kind = [case for case in cases if case.kind == kind]
        rows = [
            "| " + " | ".join(cell.replace("|", "\\|") for cell in (case.period, case.province, case.said.vi)) + " |"
            for case in of_kind
        ]
        header = ["| Kỳ / period | Tỉnh / province | Việc / what |", "|---|---|---|"]
        parts += [f"### {title}: {len(of_kind)}", "", *(header if rows else []), *rows, ""]
    return "\n".join(parts)
