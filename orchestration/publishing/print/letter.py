"""The draft of a letter to a province about what is missing, late, unreadable or doubtful in its newest reports.

In: a Nation. Out: a Product for each unit of today that something is to be said to, in the form of a công văn
(Nghị định 30/2020/NĐ-CP, phụ lục I và III). Not here: number, date and signature, which a person gives.

By when is the due date of the next period of the calendar; where the calendar ends, it is left open.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from orchestration.publishing.facts import Row
from orchestration.publishing.print.profile import product
from orchestration.publishing.print.standing import Block, Nation, is_open, place_vi
from orchestration.publishing.print.units import Unit
from orchestration.publishing.product import Product
from orchestration.publishing.table import SIMULATED_MARK
from orchestration.publishing.words import DASH, date_vi
from orchestration.sentence import Sentence

STEM = "cong_van"
TEMPLATE = "letter.typ"
# A round of the calendar: quarter I, six months, quarter III, year.
PERIODS = 4


def products(nation: Nation) -> Iterator[Product]:
    """One PDF a unit, from north to south."""
    for unit in nation.units:
        data = letter(nation, unit)
        if data:
            title = Sentence(f"Dự thảo công văn gửi {unit.title}.", f"Draft of a letter to {unit.name}.")
            yield product(unit, STEM, TEMPLATE, data, title)


def letter(nation: Nation, unit: Unit) -> Block | None:
    """The data of a unit's letter; None where there is nothing to say, or the unit is no more."""
    due = newest_due(nation)
    if unit.successor or not due:
        return None
    coverage = [row for row in nation.facts.coverage if row["province_key"] in unit.keys and row["period_key"] in due]
    doubtful = [
        row
        for row in nation.facts.findings
        if row["province_key"] in unit.keys and row["period_key"] in due and is_open(row)
    ]
    missing, late, unreadable = (
        sorted((row for row in coverage if row["status"] == status), key=lambda row: row["due_date"])
        for status in ("missing", "late", "quarantined")
    )
    if not (missing or late or unreadable or doubtful):
        return None
    days = list(due.values())
    title = f"Ủy ban nhân dân {unit.title}"
    return {
        "title": f"Công văn gửi {title} (dự thảo)",
        "day": max(days),
        "to": date_vi(max(days)),
        "mark": SIMULATED_MARK,
        "parts": [{"is_simulated": any(row["is_simulated"] for row in (*late, *unreadable, *doubtful))}],
        "subject": _subject(missing, late, unreadable, doubtful),
        "recipient": title,
        "opening": "Theo dõi việc thực hiện chế độ báo cáo cải cách hành chính định kỳ, với các kỳ báo cáo có hạn gửi "
        f"từ ngày {date_vi(min(days))} đến ngày {date_vi(max(days))}, Bộ Nội vụ nhận thấy {unit.title} còn những "
        "nội dung sau đây:",
        "missing": [f"{row['period_name']}, hạn gửi ngày {date_vi(row['due_date'])}" for row in missing],
        "late": [
            f"{row['period_name']}: hạn gửi ngày {date_vi(row['due_date'])}, gửi ngày {date_vi(row['sent_date'])}, "
            f"quá hạn {row['days_late']} ngày"
            for row in late
        ],
        "unreadable": _unreadable(nation, unit, unreadable),
        "doubtful": [
            [
                row["period_name"],
                f"{row['row_code']}. {row['indicator_name']}" if row["row_code"] else DASH,
                row["message_vi"],
                place_vi(row),
            ]
            for row in doubtful
        ],
        "request": _request(title, missing, late, unreadable, doubtful),
        "by": _by_when(nation, max(days)),
    }


def newest_due(nation: Nation) -> dict[str, date]:
    """The newest periods that were due: key → due date."""
    rows = [row for row in nation.facts.coverage if row["status"] != "not_due"]
    return dict(list({row["period_key"]: row["due_date"] for row in rows}.items())[:PERIODS])


def _unreadable(nation: Nation, unit: Unit, rows: list[Row]) -> list[str]:
    names = {row["province_name"] for row in nation.facts.provinces if row["province_key"] in unit.keys}
    return [
        f"{row['period_name']}: tệp «{file['file_name']}». {file['reason_vi']}"
        for row in rows
        for file in nation.facts.quarantine
        if file["period_key"] == row["period_key"] and file["province_name_claimed"] in names
    ]


def _subject(*kinds: list[Row]) -> str:
    words = ("báo cáo chưa nhận được", "báo cáo gửi quá hạn", "tệp báo cáo chưa đọc được", "số liệu cần giải trình")
    return f"{'; '.join(word for word, rows in zip(words, kinds, strict=True) if rows)} về cải cách hành chính"


def _request(title: str, *kinds: list[Row]) -> str:
    words = (
        "gửi các báo cáo còn thiếu",
        "bảo đảm thời hạn gửi báo cáo của các kỳ sau",
        "gửi lại tệp báo cáo đọc được",
        "đối chiếu, giải trình hoặc gửi báo cáo đính chính về những số liệu nêu trên",
    )
    asked = [word for word, rows in zip(words, kinds, strict=True) if rows]
    return f"Đề nghị {title} chỉ đạo cơ quan được giao {'; '.join(asked)}."


def _by_when(nation: Nation, after: date) -> str:
    coming = [row for row in nation.facts.periods if row["due_date"] > after]
    if not coming:
        return "Văn bản trả lời gửi về Bộ Nội vụ trước ngày       tháng       năm        ."
    following = min(coming, key=lambda row: row["due_date"])
    return (
        f"Văn bản trả lời và báo cáo gửi về Bộ Nội vụ chậm nhất ngày {date_vi(following['due_date'])}, là hạn gửi "
        f"báo cáo của kỳ tiếp theo ({following['period_name']})."
    )
