"""One province's report: who sent what for which period, in which words and which kind of file.

In: the nation (`truth.py`), habits and entries (`faults.py`). Out: Reports, each able to write itself as bytes.
Not here: where files go and the truth tables (`nation.py`). All words around the figures are our own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.catalogue import Period, Province
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.simulated import FILE_PREFIX, MARK
from orchestration.simulation import documents, faults, narrative
from orchestration.simulation import old_font as fonts
from orchestration.simulation.documents import AnnexLine, Letter, Shape
from orchestration.simulation.faults import Entry, Fault, Habits
from orchestration.simulation.truth import Nation

QUICK_FORMATS = ("docx", "xlsx", "html", "txt")
FORMATS = (*QUICK_FORMATS, "pdf", "scan")
_EXTENSIONS = {"scan": "pdf"}
_WRITTEN_AS_TEXT = frozenset(QUICK_FORMATS)

TRUNCATED, NO_ANNEX, WRONG_FOLDER = "truncated", "no_annex", "period_contradiction"


@dataclass(frozen=True)
class Report:
    """One file. revision: 1 for the first.  is_current: no later revision counts instead.
    refusal: the reason for which it must be quarantined, empty where it must be accepted.
    faults: of its figures and of the file as a whole.
    """

    unit: Province
    period: Period
    form: str
    format: str
    number: str
    signed: date
    received: datetime
    revision: int
    is_current: bool
    refusal: str
    letter: Letter
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    shape: Shape
    old_font: str = ""
    is_typed: bool = True
    seed: int = 0

    @property
    def folder(self) -> str:
        """The period's folder in the inbox; of a misplaced file, another one."""
        return _next_period(self.period).key if self.refusal == WRONG_FOLDER else self.period.key

    @property
    def file_name(self) -> str:
        part = {"Q1": "quy_1_", "H1": "6_thang_", "Q3": "quy_3_", "FY": ""}[self.period.kind]
        scan = "ban_quet_" if self.format == "scan" else ""
        version = f"_lan_{self.revision}" if self.revision > 1 else ""
        name = f"{scan}BC_CCHC_{part}{self.period.year}_{file_part(self.unit)}{version}"
        return f"{FILE_PREFIX}{name}.{_EXTENSIONS.get(self.format, self.format)}"

    def data(self) -> bytes:
        """The file's bytes."""
        whole = self._written()
        return whole[: len(whole) * 2 // 5] if self.refusal == TRUNCATED else whole

    def _written(self) -> bytes:
        lines = [] if self.refusal == NO_ANNEX else [_line(entry) for entry in self.entries if not entry.left_out]
        if self.format == "docx":
            return documents.write_docx(lines, self.letter, self.shape)
        if self.format == "xlsx":
            return documents.write_xlsx(lines, self.letter, self.shape, typed=self.is_typed)
        if self.format == "html":
            return documents.write_html(lines, self.letter, self.shape)
        if self.format == "txt":
            text = documents.write_txt(lines, self.letter, self.shape)
            return fonts.stored(text.decode(), self.old_font).encode() if self.old_font else text
        from orchestration.simulation import pages  # noqa: PLC0415 - drawing tools load slowly

        layout = pages.Sheet(cut_rows=self.shape.cut_rows)
        if self.format == "pdf":
            return pages.write_pdf(lines, self.letter, layout)
        return pages.write_scan(lines, self.letter, layout, seed=self.seed)


def reports(
    nation: Nation, units: Sequence[Province], period: Period, habits: Habits, formats: Sequence[str]
) -> Iterator[Report | tuple[Province, Period]]:
    """Every file that `units` send for a period; of a report that never came, (unit, period)."""
    for unit in units:
        draw = nation.stream(unit.key, period.key, "sending")
        if draw.random() < habits.never:
            yield unit, period
            continue
        first = _report(nation, unit, period, habits, draw, kind=draw.choice(formats))
        refusals = [TRUNCATED, NO_ANNEX, WRONG_FOLDER]
        is_lost, why = draw.random() < habits.unreadable, draw.choice(refusals)
        if is_lost:
            # A workbook, a page of text and a picture cut short may still be read, so a lost file is a Word file.
            yield replace(first, format="docx", refusal=why, is_current=False, faults=(*first.faults, Fault(why)))
        elif draw.random() < habits.revised:
            yield replace(_with_first_figures(first, draw), is_current=False)
            yield _report(nation, unit, period, habits, draw, kind=first.format, revision=2, after=first.signed)
        else:
            yield first


def _report(
    nation: Nation,
    unit: Province,
    period: Period,
    habits: Habits,
    draw: random.Random,
    *,
    kind: str,
    revision: int = 1,
    after: date | None = None,
) -> Report:
    form, rows = form_for(period)
    signed = _signed(period, habits, draw, after)
    number = f"{draw.randint(11, 480)}/BC-UBND"
    true = nation.values(unit, period)
    entries = faults.entries(
        rows, true, nation.stream(unit.key, period.key, revision, "figures"), habits, period.kind == "FY"
    )
    shape, old_font, planted = _layout(entries, draw, habits, kind)
    words, contradiction = _narrative(unit, period, entries, draw, habits, kind=kind)
    return Report(
        unit,
        period,
        form,
        kind,
        number,
        signed,
        datetime(signed.year, signed.month, signed.day, 1 + draw.randint(0, 8), draw.randint(0, 59), tzinfo=UTC)
        + timedelta(days=1),
        revision,
        True,
        "",
        _letter(unit, period, words, draw, number=number, signed=signed),
        tuple(entries),
        (*(entry.fault for entry in entries if entry.fault), *planted, *contradiction),
        shape,
        old_font,
        draw.random() < 0.6,
        draw.randint(0, 2**31),
    )


def _signed(period: Period, habits: Habits, draw: random.Random, after: date | None) -> date:
    """The day of signing: in the days up to the due date, or late."""
    is_late, early, late = draw.random() < habits.late, draw.randint(0, 5), draw.randint(1, 25)
    if after:
        return after + timedelta(days=1 + late // 2)
    return period.due + timedelta(days=late if is_late else -early)


def _with_first_figures(report: Report, draw: random.Random) -> Report:
    """The report that is later revised: some counts were lower."""
    counts = [entry for entry in report.entries if not entry.is_heading and entry.value is not None and not entry.fault]
    counts = [entry for entry in counts if entry.number == entry.number.to_integral_value() and entry.number > 10]
    lower = {id(entry) for entry in draw.sample(counts, min(3, len(counts)))}
    changed, planted = [], []
    for entry in report.entries:
        if id(entry) in lower:
            value = entry.number - 1
            text = faults.printed(value, "count", faults.Hand())
            fault = Fault("revised_figure", entry.code, entry.ordinal, entry.indicator_key, text, f"{entry.true}")
            changed.append(replace(entry, value=value, printed=text, fault=fault))
            planted.append(fault)
        else:
            changed.append(entry)
    return replace(report, entries=tuple(changed), faults=(*report.faults, *planted))


# --- form, folder and name ------------------------------------------------------------------------------------------


@lru_cache
def form_for(period: Period) -> tuple[str, tuple[dict[str, str], ...]]:
    """(code, rows in order) of the form valid for the period; before the first known form, that one."""
    order = list(catalogue.periods())
    forms = catalogue.seed("forms")
    valid = [
        form
        for form in forms
        if order.index(form["first_period_key"])
        <= order.index(period.key)
        <= (order.index(form["last_period_key"]) if form["last_period_key"] else len(order))
    ]
    code = (valid or forms)[0]["form_code"]
    rows = [row for row in catalogue.seed("form_rows") if row["form_code"] == code]
    return code, tuple(sorted(rows, key=lambda row: int(row["position"])))


def _next_period(period: Period) -> Period:
    order = list(catalogue.periods().values())
    return order[min(order.index(period) + 1, len(order) - 1)]


def file_part(unit: Province) -> str:
    """`tinh_Ha_Nam`, `thanh_pho_Ho_Chi_Minh`: the unit in a file name."""
    words = fold(unit.name).split()
    return "_".join((*fold(kind_word(unit)).split(), *(word.capitalize() for word in words)))


def kind_word(unit: Province) -> str:
    return "thành phố" if unit.kind.startswith("thành phố") else "tỉnh"


def issuer(unit: Province) -> str:
    return f"{kind_word(unit)} {unit.name}"


# --- layout ---------------------------------------------------------------------------------------------------------


def _layout(
    entries: Sequence[Entry], draw: random.Random, habits: Habits, kind: str
) -> tuple[Shape, str, tuple[Fault, ...]]:
    """(shape, old font, what is odd about the file as a whole)."""
    split, cut, header = draw.random() < 0.5, draw.random() < 0.5, draw.choice((1, 2, 2))
    dots, wide = draw.random() < 0.7, draw.random() < 0.05
    nfd, old = draw.random() < habits.decomposed, draw.random() < habits.old_font
    font = draw.choice((fonts.TCVN3, fonts.VNI))
    if not habits.varied:
        return Shape(), "", ()
    is_flow = kind in ("docx", "html", "txt")
    columns: tuple[str, ...] = documents.COLUMNS
    if is_flow and not any(entry.note for entry in entries):
        columns = draw.choice((columns, columns[:-1]))
    old_font = font if old and kind == "txt" else ""
    shape = Shape(
        columns=columns,
        split_tables=split,
        cut_rows=cut and (split or kind == "pdf"),
        header_rows=header,
        code_dots=dots,
        nfd=nfd and not old_font and kind in _WRITTEN_AS_TEXT,
        full_width=wide and not old_font and kind in ("docx", "html"),
    )
    odd = {
        "repeated_header": split and kind in _WRITTEN_AS_TEXT,
        "row_cut_by_page": shape.cut_rows and kind != "scan",
        "decomposed_text": shape.nfd,
        "full_width_digits": shape.full_width,
        f"old_font_{old_font}": bool(old_font),
        "stamp_over_figures": kind == "scan",
    }
    return shape, old_font, tuple(Fault(name) for name, is_so in odd.items() if is_so)


def _line(entry: Entry) -> AnnexLine:
    return AnnexLine(entry.code, entry.ordinal, entry.label, entry.unit, entry.printed, entry.note)


# --- words ----------------------------------------------------------------------------------------------------------

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
_GIVEN = ("Văn", "Thị", "Minh", "Thu", "Quang", "Ngọc")


def period_words(period: Period) -> str:
    return {
        "Q1": f"quý I năm {period.year}",
        "H1": f"6 tháng đầu năm {period.year}",
        "Q3": f"quý III năm {period.year}",
        "FY": f"năm {period.year}",
    }[period.kind]


def _letter(
    unit: Province, period: Period, words: Sequence[str], draw: random.Random, *, number: str, signed: date
) -> Letter:
    when, who = period_words(period), issuer(unit)
    name = f"{draw.choice(_FAMILIES)} {draw.choice(_GIVEN)} Mẫu"
    paragraphs = (
        MARK,
        f"Số: {number}",
        f"{unit.name}, ngày {signed.day:02d} tháng {signed.month:02d} năm {signed.year}",
        "BÁO CÁO",
        f"Kết quả công tác cải cách hành chính {when}",
        "Kính gửi: Bộ Nội vụ",
        *words,
        f"TM. ỦY BAN NHÂN DÂN {who.upper()}",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        name,
    )
    titles = (
        MARK,
        "PHỤ LỤC",
        f"THỐNG KÊ SỐ LIỆU KẾT QUẢ CÔNG TÁC CẢI CÁCH HÀNH CHÍNH {when.upper()}",
        f"(Ban hành kèm theo Báo cáo số {number} ngày {signed:%d/%m/%Y} của Ủy ban nhân dân {who})",
    )
    return Letter(who, paragraphs, titles)


def _narrative(
    unit: Province, period: Period, entries: Sequence[Entry], draw: random.Random, habits: Habits, *, kind: str
) -> tuple[list[str], tuple[Fault, ...]]:
    """Paragraphs that say figures of the annex again, and the contradictions planted in them, if any.

    A workbook has no narrative, so it contradicts nothing.
    """
    contradicts, several = draw.random() < habits.contradicts, draw.randint(1, 3)
    count = several if contradicts and kind != "xlsx" else 0
    said = narrative.words(entries, draw, issuer(unit), period.year, contradictions=count)
    return [
        f"Ủy ban nhân dân {issuer(unit)} gửi bản tổng hợp mô phỏng {period_words(period)}; mọi con số đều được đặt ra.",
        "I. CHỈ ĐẠO, ĐIỀU HÀNH",
        *said.direction,
        "II. KẾT QUẢ THEO LĨNH VỰC",
        *said.areas,
        "III. PHƯƠNG HƯỚNG",
        "Kỳ tới, đơn vị mẫu tiếp tục những việc mẫu còn dang dở; số liệu đầy đủ ở phụ lục.",
    ], said.planted
