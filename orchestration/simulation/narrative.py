"""The made-up words of a report: figures of the annex said again, in many ways, among figures that are something else.

In: a report's entries and a stream of random numbers. Out: paragraphs, and the contradictions planted in them: figures
unlike the annex, sums unlike their parts, shares unlike their ratios, counts unlike their lists, words on progress
unlike the code, another province or year.
Not here: the letter around them (`report.py`). The wordings are this module's own: it does not know the terms by which
the warehouse reads narratives. Decoys are figures that look alike and contradict nothing: another year, a part, a
target, another body, a change.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from orchestration.simulation import faults
from orchestration.simulation.faults import Entry, Fault

CONTRADICTS = "narrative_contradicts"
SUM, SHARE, LIST = "narrative_parts_differ", "narrative_share_differs", "narrative_list_differs"
STATUS, PROVINCE, YEAR = "narrative_status_differs", "narrative_other_province", "narrative_other_year"
_LIKELY = 0.75
"""Share of the sayings and decoys that a report uses."""
_WRONG = 1 / 3
"""Share of what contradicts itself, in a report that contradicts."""


@dataclass(frozen=True)
class _Saying:
    """One indicator and the ways of saying its figure, `{}`."""

    indicator: str
    ways: tuple[str, ...]


_SAYINGS = (
    _Saying(
        "plan_tasks_total",
        (
            "Kế hoạch cải cách hành chính của đơn vị mẫu đề ra {} nhiệm vụ.",
            "Số nhiệm vụ đặt ra trong kế hoạch là {} nhiệm vụ.",
        ),
    ),
    _Saying(
        "plan_tasks_done",
        (
            "Đến nay đã làm xong {} nhiệm vụ trong kế hoạch.",
            "Đơn vị mẫu đã hoàn thành {} nhiệm vụ theo kế hoạch cải cách hành chính.",
        ),
    ),
    _Saying(
        "inspection_issues_found",
        ("Qua kiểm tra, đoàn mẫu ghi nhận {} vấn đề.", "Công tác kiểm tra chỉ ra {} tồn tại, hạn chế."),
    ),
    _Saying(
        "legal_documents_issued",
        (
            "Trong kỳ đơn vị mẫu ban hành {} văn bản quy phạm pháp luật.",
            "Số văn bản quy phạm pháp luật được ban hành: {} văn bản.",
            "Tổng cộng có {} VBQPPL được thông qua và ban hành.",
        ),
    ),
    _Saying(
        "legal_documents_reviewed",
        ("Đã rà soát {} văn bản quy phạm pháp luật.", "Kết quả rà soát được {} VBQPPL."),
    ),
    _Saying(
        "procedures_in_force",
        (
            "Danh mục hiện có {} thủ tục hành chính còn hiệu lực.",
            "Tính đến cuối kỳ, tổng số TTHC đang có hiệu lực là {} thủ tục.",
            "Toàn địa bàn đang áp dụng {} thủ tục hành chính.",
        ),
    ),
    _Saying(
        "procedures_newly_published",
        ("Trong kỳ công bố mới {} thủ tục hành chính.", "Số thủ tục được công bố mới là {}."),
    ),
    _Saying(
        "procedures_on_national_portal",
        (
            "Đơn vị mẫu công khai {} TTHC trên Cổng Dịch vụ công quốc gia.",
            "Trên Cổng DVC quốc gia đã cập nhật, công khai {} thủ tục hành chính.",
        ),
    ),
    _Saying(
        "service_units",
        (
            "Toàn địa bàn có {} đơn vị sự nghiệp công lập.",
            "Tổng số đơn vị sự nghiệp công lập là {} đơn vị.",
            "Hiện có {} đơn vị sự nghiệp công lập trên địa bàn.",
        ),
    ),
    _Saying(
        "civil_servants_present",
        (
            "Số người có mặt trong bộ máy hành chính là {} người.",
            "Biên chế công chức có mặt: {} người.",
        ),
    ),
    _Saying(
        "civil_servants_quota",
        ("Biên chế công chức được giao là {} người.", "Tổng số {} biên chế công chức được giao trong năm."),
    ),
    _Saying(
        "service_unit_staff_present",
        ("Số người làm việc có mặt tại các đơn vị sự nghiệp công lập là {} người.",),
    ),
    _Saying(
        "documents_sent",
        ("Các cơ quan đã gửi đi {} văn bản.", "Tổng số văn bản đi giữa các cơ quan nhà nước là {} văn bản."),
    ),
    _Saying(
        "survey_questionnaires",
        ("Đơn vị mẫu khảo sát sự hài lòng với {} phiếu.", "Số phiếu khảo sát là {} phiếu."),
    ),
)

_DECOYS: Mapping[str, tuple[str, ...]] = {
    "legal_documents_issued": (
        "Năm {before}, đơn vị mẫu ban hành {near} văn bản quy phạm pháp luật.",
        "Thẩm định {near} dự thảo văn bản quy phạm pháp luật.",
        "Kỳ tới dự kiến ban hành {near} văn bản quy phạm pháp luật.",
    ),
    "procedures_in_force": (
        "Có {near} thủ tục hành chính được sửa đổi, bổ sung.",
        "Riêng Sở Mẫu Một có {small} thủ tục hành chính còn hiệu lực.",
        "Cùng kỳ năm trước có {near} thủ tục hành chính còn hiệu lực.",
    ),
    "service_units": (
        "Phấn đấu đến năm {after} toàn địa bàn còn {near} đơn vị sự nghiệp công lập.",
        "Đã sắp xếp, sáp nhập {small} đơn vị sự nghiệp công lập.",
        "Số đơn vị sự nghiệp công lập giảm {small} đơn vị so với năm {before}.",
    ),
    "civil_servants_present": ("Cán bộ, công chức cấp xã có mặt {near} người.",),
    "documents_sent": ("Bình quân mỗi tháng gửi đi {near} văn bản.",),
    "plan_tasks_done": ("Năm {before} đã hoàn thành {near} nhiệm vụ trong kế hoạch.", "Còn {small} nhiệm vụ dở dang."),
}


_PLATFORM = "sharing_platform_deployed"
_PROGRESS = {
    0: "Chưa triển khai nền tảng chia sẻ, tích hợp dùng chung (LGSP) của đơn vị mẫu.",
    1: "Nền tảng tích hợp dùng chung LGSP của đơn vị mẫu đang được xây dựng, chưa hoàn thành.",
    2: "Đơn vị mẫu đã đưa vào vận hành nền tảng tích hợp LGSP.",
}
_NAMES = ("Sở Mẫu Một", "Sở Mẫu Hai", "Sở Mẫu Ba", "Sở Mẫu Bốn", "Sở Mẫu Năm")
_ELSEWHERE = ("tỉnh Cao Bằng", "tỉnh Cà Mau", "tỉnh Kon Tum")
"""One of them is another province than that of the report."""


def _sum(draw: random.Random, slip: int) -> str:
    first, second = draw.randint(20, 90), draw.randint(20, 90)
    return f"Có {first + second + slip} lượt kiểm thử mẫu, bao gồm {first} lượt sáng và {second} lượt chiều."


def _share(draw: random.Random, slip: int) -> str:
    whole = draw.randint(40, 90)
    part = draw.randint(20, whole - 4)
    share = f"{100 * part / whole + slip:.1f}".replace(".", ",")
    return f"Đã trả lời {part}/{whole} câu hỏi mẫu, đạt {share}%."


def _list(draw: random.Random, slip: int) -> str:
    names = _NAMES[: draw.randint(3, 5)]
    return f"Đã kiện toàn {len(names) + slip} đơn vị mẫu ({', '.join(names)})."


_COUNTED: Mapping[str, Callable[[random.Random, int], str]] = {SUM: _sum, SHARE: _share, LIST: _list}


@dataclass
class Words:
    """The words of one report: those about direction, those about the areas, and what was planted in them."""

    direction: list[str] = field(default_factory=list)
    areas: list[str] = field(default_factory=list)
    planted: tuple[Fault, ...] = ()


def words(entries: Sequence[Entry], draw: random.Random, place: str, year: int, *, contradictions: int) -> Words:
    """Paragraphs that say figures of the annex again, `contradictions` of them otherwise, among decoys.

    Only figures that a reader can decide are said, so the annex always has one to compare with, be it right or wrong.
    """
    stated = {
        entry.indicator_key: entry
        for entry in entries
        if entry.value is not None and not entry.is_heading and entry.value == entry.value.to_integral_value()
    }
    chosen = [each for each in _SAYINGS if each.indicator in stated and draw.random() < _LIKELY]
    wrong = {each.indicator for each in draw.sample(chosen, min(contradictions, len(chosen)))}
    said = Words()
    planted = []
    for saying in chosen:
        entry = stated[saying.indicator]
        figure = entry.printed
        if saying.indicator in wrong:
            figure = faults.printed(_otherwise(entry.number, draw), "count", faults.Hand())
            planted.append(
                Fault(
                    CONTRADICTS,
                    entry.code,
                    entry.ordinal,
                    saying.indicator,
                    figure,
                    entry.printed,
                    (CONTRADICTS,),
                    saying.indicator,
                )
            )
        sentences = [draw.choice(saying.ways).format(figure)]
        decoys = _DECOYS.get(saying.indicator, ())
        if decoys and draw.random() < _LIKELY:
            near = faults.printed(_otherwise(entry.number, draw), "count", faults.Hand())
            small = str(1 + int(entry.number) // 50)
            decoy = draw.choice(decoys).format(before=year - 1, after=year + 3, near=near, small=small)
            sentences.insert(draw.randint(0, 1), decoy)
        target = said.direction if entry.code.startswith("1") else said.areas
        target.append(" ".join(sentences))
    said.planted = (*planted, *_say_the_rest(said, entries, draw, (place, year), is_wrong=contradictions > 0))
    return said


def _say_the_rest(
    said: Words, entries: Sequence[Entry], draw: random.Random, of: tuple[str, int], *, is_wrong: bool
) -> Iterator[Fault]:
    """Sentences of which each says one thing of its own, and of a report that contradicts one in three wrongly."""
    place, year = of
    for rule, sentence in _COUNTED.items():
        wrong = is_wrong and draw.random() < _WRONG
        said.areas.append(sentence(draw, draw.choice((1, 2, 3)) if wrong else 0))
        if wrong:
            yield Fault(rule, rules=(rule,))
    for entry in entries:
        if entry.indicator_key == _PLATFORM and entry.value in _PROGRESS:
            code = int(entry.number)
            others = [other for other in _PROGRESS if other != code]
            told = draw.choice(others) if is_wrong and draw.random() < _WRONG else code
            said.areas.append(_PROGRESS[told])
            if told != code:
                yield Fault(STATUS, entry.code, entry.ordinal, _PLATFORM, rules=(STATUS,), finding_keys=_PLATFORM)
    if is_wrong and draw.random() < _WRONG:
        elsewhere = next(name for name in _ELSEWHERE if name != place)
        said.areas.append(f"Công tác này được triển khai đồng bộ trên địa bàn {elsewhere}.")
        yield Fault(PROVINCE, rules=(PROVINCE,))
    if is_wrong and draw.random() < _WRONG:
        said.areas.append(f"Trên đây là báo cáo kết quả cải cách hành chính năm {year - 1}.")
        yield Fault(YEAR, rules=(YEAR,))


def _otherwise(number: Decimal, draw: random.Random) -> Decimal:
    """Another number: two digits changed places, a digit slipped, or a little more."""
    digits = str(int(number))
    ways: list[Callable[[], int]] = [lambda: int(number) + draw.randint(2, 9)]
    if len(digits) > 2 and digits[-1] != digits[-2]:
        ways.append(lambda: int(digits[:-2] + digits[-1] + digits[-2]))
    if len(digits) > 1:
        ways.append(lambda: int(number) + draw.choice((1, 2, 3)) * 10 ** (len(digits) - 2))
    return Decimal(draw.choice(ways)())
