"""The annex finder: columns by title, rows whole again, codes checked by labels, nothing lost and nothing guessed."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.reading.annex import Annex, AnnexRow, read_annex, seams
from orchestration.reading.annex.header import header_field
from orchestration.reading.document import PARAGRAPH, TABLE_ROW, Block, Cell, Document
from orchestration.reading.formats.text import read_text
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.vietnamese import nfkc
from orchestration.reading.refusal import Refused
from tests.cost import calls

FORM = next(form for form in catalogue.forms() if form.code == "6459")
COLUMNS = ("code", "label", "unit", "value", "note")
TITLES = {
    "code": "STT",
    "label": "Chỉ tiêu thống kê",
    "unit": "Đơn vị tính",
    "value": "Số liệu",
    "note": "Ghi chú",
    "before": "Kỳ trước",
    "before_long": "Số liệu kỳ trước",
    "plan": "Kế hoạch năm 2021",
}
SENTENCE = "Đảm bảo theo đúng tỷ lệ tinh giản 10% và số thẩm định hàng năm"
SLOW = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Line:
    """One row as printed; key is (code, ordinal) as it ought to be read."""

    key: tuple[str, int]
    code: str
    label: str
    unit: str
    value: str
    note: str = ""
    before: str = ""
    before_long: str = ""
    plan: str = ""


def lines(values: dict[tuple[str, int], str] | None = None) -> list[Line]:
    """The form filled in; without `values`, every indicator has a number of its own."""
    filled = []
    for position, row in enumerate(FORM.rows):
        code = f"{row.code}." if not row.ordinal else ("Trong đó" if row.ordinal == 1 else "")
        value = "" if row.kind in ("area", "group") else str(position * 7 + 11)
        key = (row.code, row.ordinal)
        filled.append(Line(key, code, row.label, row.unit, value if values is None else values.get(key, "")))
    return filled


LINES = lines()


def at(code: str, ordinal: int = 0) -> int:
    return next(i for i, line in enumerate(LINES) if line.key == (code, ordinal))


def changed(code: str, ordinal: int = 0, /, **fields: str) -> list[Line]:
    return [replace(line, **fields) if line.key == (code, ordinal) else line for line in LINES]


def without(*keys: tuple[str, int]) -> list[Line]:
    return [line for line in LINES if line.key not in keys]


def with_new(new: Line, after: tuple[str, int]) -> list[Line]:
    place = at(*after) + 1
    return [*LINES[:place], new, *LINES[place:]]


def row(*texts: str, table: int = 1, number: int = 1, page: int | None = None) -> Block:
    cells = tuple(Cell(column, text) for column, text in enumerate(texts))
    return Block(TABLE_ROW, table=table, row=number, page=page, cells=cells)


def header(columns: Sequence[str] = COLUMNS, table: int = 1, **titles: str) -> list[Block]:
    return [row(*({**TITLES, **titles}[column] for column in columns), table=table)]


def two_row_header(table: int = 1, *, with_before: bool = False) -> list[Block]:
    unders = ["Đơn vị tính", "Kỳ trước", "Số liệu"] if with_before else ["Đơn vị tính", "Số liệu"]
    first = (
        Cell(0, "STT", row_span=2),
        Cell(1, "Chỉ tiêu thống kê (Sử dụng trong kỳ báo cáo hàng quý, 6 tháng, năm)", row_span=2),
        Cell(2, "Kết quả thống kê", column_span=len(unders)),
        Cell(2 + len(unders), "Ghi chú", row_span=2),
    )
    second = tuple(Cell(2 + column, title) for column, title in enumerate(unders))
    return [Block(TABLE_ROW, table=table, row=i, cells=cells) for i, cells in enumerate((first, second), start=1)]


def body(
    printed: Iterable[Line], columns: Sequence[str] = COLUMNS, table: int = 1, page: int | None = None
) -> list[Block]:
    return [
        row(*(getattr(line, column) for column in columns), table=table, number=number, page=page)
        for number, line in enumerate(printed, start=2)
    ]


def document(*parts: Iterable[Block], format: str = "docx") -> Document:
    return Document(format, tuple(block for part in parts for block in part))


def read(*parts: Iterable[Block]) -> Annex:
    return read_annex(document(*parts))


def printed(annex: Annex) -> list[tuple[str | None, int, str, str, str, str]]:
    return [(r.code, r.ordinal, r.label or "", r.unit or "", r.value_raw or "", r.note or "") for r in annex.rows]


def expected(given_lines: Iterable[Line]) -> list[tuple[str | None, int, str, str, str, str]]:
    return [(*line.key, line.label, line.unit, line.value, line.note) for line in given_lines]


def the(annex: Annex, code: str, ordinal: int = 0) -> AnnexRow:
    return next(r for r in annex.rows if (r.code, r.ordinal) == (code, ordinal))


def refusal(*parts: Iterable[Block]) -> str:
    with pytest.raises(Refused) as refused:
        read(*parts)
    return refused.value.code


# --- columns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        ("value", "note", "label", "code", "unit"),
        ("note", "value", "unit", "label", "code"),
        ("code", "label", "value", "unit"),
        ("label", "unit", "value", "note"),
        ("code", "label", "value", "note"),
    ],
)
def test_columns_stand_in_any_order_and_one_may_be_missing(columns: tuple[str, ...]) -> None:
    blank = {column: "" for column in ("unit", "note") if column not in columns}
    annex = read(header(columns), body(LINES, columns))
    assert printed(annex) == expected(replace(line, **blank) for line in LINES)
    assert {r.code_source for r in annex.rows} == ({"printed"} if "code" in columns else {"aligned"})


@pytest.mark.parametrize(
    "columns",
    [
        ("code", "label", "unit", "before", "value", "note"),
        ("code", "label", "unit", "value", "before", "note"),
        ("code", "label", "unit", "before_long", "value"),
        ("code", "label", "unit", "value", "before_long"),
        ("code", "label", "plan", "unit", "before", "before_long", "value"),
    ],
)
def test_figures_of_another_column_never_become_the_value(columns: tuple[str, ...]) -> None:
    others = [replace(line, before="999", before_long="888", plan="777") for line in LINES]
    annex = read(header(columns), body(others, columns))
    assert printed(annex) == expected(LINES)
    assert "extra_column" in annex.flags


def test_of_two_years_the_later_is_the_value_and_the_doubt_is_flagged() -> None:
    columns = ("code", "label", "unit", "before", "value")
    titles = header(columns, before="Số liệu năm 2020", value="Số liệu năm 2021")
    annex = read(titles, body([replace(line, before="999") for line in LINES], columns))
    assert printed(annex) == expected(LINES)
    assert "two_value_columns" in annex.flags


def test_a_header_of_two_rows_may_have_the_columns_numbered_under_it() -> None:
    numbers = row("(1)", "(2)", "(3)", "(4)", "(5)", number=3)
    assert printed(read(two_row_header(), [numbers], body(LINES))) == expected(LINES)


def test_an_extra_column_may_stand_under_the_spanning_title() -> None:
    columns = ("code", "label", "unit", "before", "value", "note")
    filled = [replace(line, before="999") for line in LINES]
    assert printed(read(two_row_header(with_before=True), body(filled, columns))) == expected(LINES)


def test_a_spanning_title_that_lost_its_width_does_not_shift_the_columns() -> None:
    lost = [
        row("STT", "Chỉ tiêu thống kê", "Kết quả thống kê", "Ghi chú"),
        row("", "", "Đơn vị tính", "Số liệu", "", number=2),
    ]
    assert printed(read(lost, body(changed("2.1", note="ghi")))) == expected(changed("2.1", note="ghi"))


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("Chi tiêu thống kê", "label"),
        ("Chỉ tiêu thông kể", "label"),
        ("Số liêu", "value"),
        ("SỐ LIỆU", "value"),
        (unicodedata.normalize("NFD", "Đơn vị tính"), "unit"),
        ("ＳＴＴ", "code"),
        ("Số liệu kỳ trước", "other"),
        ("Cơ quan phối hợp", None),
    ],
)
def test_titles_are_known_with_slips_and_in_any_encoding(title: str, field: str | None) -> None:
    found = header_field(title)
    assert (found[0] if found else None) == field


def test_a_label_that_reads_like_a_title_is_a_row() -> None:
    """`Số liệu về biên chế công chức` and `Kết quả giải quyết TTHC` are rows, also right under a header."""
    for code in ("3.4", "4.2"):
        cut = at(code)
        columns = ("label", "unit", "value", "note")
        annex = read(header(columns), body(LINES[:cut], columns), header(columns), body(LINES[cut:], columns))
        assert printed(annex) == expected(LINES)


def test_a_note_stays_in_the_note_column_and_blanks_stay_missing() -> None:
    annex = read(header(), body(changed("5.3", note="Cấp xã: 12")))
    assert (the(annex, "5.3").value_raw, the(annex, "5.3").note) == (None, "Cấp xã: 12")
    blank = read(header(), body(changed("3.6.1", value="")))
    assert the(blank, "3.6.1").value_raw is None


def test_a_plan_that_spans_unit_and_value_is_not_a_figure() -> None:
    plan = "Kế hoạch số 12/KH-UBND ngày 01/02/2021 của UBND tỉnh"
    blocks = body(LINES)
    for code in ("1.1", "1.2"):
        cells = blocks[at(code)].cells
        spanning = (cells[0], cells[1], Cell(2, plan, column_span=2), cells[4])
        blocks[at(code)] = replace(blocks[at(code)], cells=spanning)
    annex = read(two_row_header(), blocks)
    assert [(the(annex, c).unit, the(annex, c).value_raw) for c in ("1.1", "1.2")] == [(plan, None)] * 2


def test_a_sentence_is_kept_as_the_value() -> None:
    assert the(read(header(), body(changed("4.3.4", value=SENTENCE))), "4.3.4").value_raw == SENTENCE


# --- codes ----------------------------------------------------------------------------------------------------------

_WIDE = {ord(sign): chr(ord(sign) + 0xFEE0) for sign in "0123456789."}


@pytest.mark.parametrize(
    "spelling",
    [
        lambda code: code.rstrip("."),
        lambda code: code.translate(_WIDE),
        lambda code: code.replace(".", " . ") if code[:1].isdigit() else code,
        lambda code: code.rstrip(".").replace(".", ",") if code[:1].isdigit() else code,
        lambda code: f" {code} ",
    ],
    ids=["no dot", "full width", "spaces", "as a number", "padded"],
)
def test_codes_are_read_however_they_are_written(spelling) -> None:
    annex = read(header(), body([replace(line, code=spelling(line.code)) for line in LINES]))
    assert printed(annex) == expected(LINES)


def test_codes_may_stand_before_the_labels_where_they_have_no_column() -> None:
    joined = [replace(line, label=f"{line.code} {line.label}") if line.code[:1].isdigit() else line for line in LINES]
    columns = COLUMNS[1:]
    annex = read(header(columns), body(joined, columns))
    assert printed(annex) == expected(LINES)
    assert the(annex, "1.1.1").code_printed == "1.1.1."


def test_decomposed_letters_are_the_same_letters() -> None:
    def split(line: Line) -> Line:
        texts = {field: unicodedata.normalize("NFD", getattr(line, field)) for field in ("code", "label", "unit")}
        return replace(line, **texts)

    assert printed(read(header(), body(map(split, LINES)))) == expected(LINES)


# --- "Trong đó" -----------------------------------------------------------------------------------------------------


def _own_row(in_label: bool) -> list[Line]:
    result = []
    for line in LINES:
        if line.code == "Trong đó":
            bare = Line(line.key, "" if in_label else "Trong đó:", "Trong đó:" if in_label else "", "", "")
            result.extend([bare, replace(line, code="")])
        else:
            result.append(line)
    return result


@pytest.mark.parametrize(
    "given_lines",
    [
        _own_row(in_label=True),
        _own_row(in_label=False),
        [replace(line, code="", label=f"Trong đó: {line.label}") if line.key[1] == 1 else line for line in LINES],
        [replace(line, code="Trong đó") if line.key[1] else line for line in LINES],
        [replace(line, code="-") if line.key[1] else line for line in LINES],
        [replace(line, code=f"{'abcd'[line.key[1] - 1]})") if line.key[1] else line for line in LINES],
        [replace(line, code=f"{line.key[0]}.{line.key[1]}.") if line.key[1] else line for line in LINES],
    ],
    ids=["own row", "own row in code", "in label", "on each", "dashes", "letters", "codes of their own"],
)
def test_rows_under_of_which_have_their_parents_code_and_an_ordinal(given_lines: list[Line]) -> None:
    assert printed(read(header(), body(given_lines))) == expected(LINES)


def test_a_missing_part_does_not_move_the_others() -> None:
    for ordinal in (1, 2, 3):
        rest = without(("3.1.3", ordinal))
        annex = read(header(), body(rest))
        assert printed(annex) == expected(rest)
        assert annex.rows_not_found == (f"3.1.3#{ordinal}",)


@pytest.mark.parametrize("after", [1, 3])
def test_a_part_that_no_form_knows_is_unmatched_and_has_a_key_of_its_own(after: int) -> None:
    new = Line(("3.1.3", 4), "", "Số TTHC của cơ quan khác", "Thủ tục", "555", "mới")
    given_lines = with_new(new, ("3.1.3", after))
    annex = read(header(), body(given_lines))
    assert printed(annex) == expected(given_lines)
    assert the(annex, "3.1.3", 4).code_source == "unmatched"


# --- what identifies a row ------------------------------------------------------------------------------------------


def test_an_unknown_row_is_unmatched_and_kept_whole() -> None:
    new = Line(("3.1.4", 0), "3.1.4.", "Số TTHC được đơn giản hóa", "Thủ tục", "55", "mới")
    given_lines = with_new(new, ("3.1.3", 3))
    annex = read(header(), body(given_lines))
    assert printed(annex) == expected(given_lines)
    assert [r.code for r in annex.rows if r.code_source == "unmatched"] == ["3.1.4"]


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("7.8.1", "Tổng số TTHC cung cấp trực tuyến một phần"),
        ("7.8.4", "Tỷ lệ hồ sơ xử lý trực tuyến toàn trình"),
        ("3.2.2", "Số TTHC toàn trình đã tích hợp lên Cổng DVC quốc gia"),
        ("3.4.2", "Tỷ lệ hồ sơ TTHC do UBND khu vực tiếp nhận được giải quyết đúng hạn"),
        ("3.6.2", "Số nhiệm vụ chưa hoàn thành đúng hạn"),
        ("2.3", "Số hội nghị tập huấn đã tổ chức"),
    ],
)
def test_a_reworded_row_is_not_the_old_indicator(code: str, label: str) -> None:
    annex = read(header(), body(changed(code, label=label)))
    reworded = next(r for r in annex.rows if r.label == label)
    assert (reworded.code_source, reworded.code_printed) == ("unmatched", f"{code}.")
    assert reworded.value_raw == LINES[at(code)].value


def test_a_label_of_another_row_under_a_known_code_is_not_that_code() -> None:
    commune = LINES[at("3.4.3")].label
    annex = read(
        header(),
        body([replace(line, label=commune) if line.key == ("3.4.2", 0) else line for line in without(("3.4.3", 0))]),
    )
    assert [(r.code, r.code_printed, r.code_source) for r in annex.rows if r.label == commune] == [
        ("3.4.3", "3.4.2.", "aligned")
    ]
    assert "3.4.2" in annex.rows_not_found


@pytest.mark.parametrize(
    ("code", "misprint"), [("3.1.2", "3.1.8."), ("3.1.2", "3.1.1."), ("2.5", "2.4"), ("3.1.3", "3.1.4")]
)
def test_a_misprinted_code_is_corrected_by_its_label_and_flagged(code: str, misprint: str) -> None:
    annex = read(header(), body(changed(code, code=misprint)))
    assert printed(annex) == expected(LINES)
    assert (the(annex, code).code_source, the(annex, code).flags) == (
        "aligned",
        (f"code:corrected_from_{misprint.rstrip('.')}",),
    )


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("2.3", "Số VBQPLL đã ra soát"),
        ("2.3", "Số văn bản quy phạm pháp luật đã rà soát"),
        ("7.3", "Hệ thống thông tin báo cáo và kết nôi với Hệ thông thông tin báo cáo quốc gia"),
        ("4.2.1", "Tổng số biên chê được giao trong nằm"),
        ("4.3.1", "TỔNG SỐ NGƯỜI LÀM VIỆC ĐƯỢC GIAO"),
    ],
)
def test_a_slip_or_an_abbreviation_does_not_hide_a_row(code: str, label: str) -> None:
    annex = read(header(), body(changed(code, label=label)))
    assert the(annex, code).code_source == "printed"
    assert annex.rows_not_found == ()


def test_rows_missing_in_the_middle_are_named() -> None:
    gone = (("3.1.1", 0), ("5.3", 0), ("7.7.1", 0))
    annex = read(header(), body(without(*gone)))
    assert annex.rows_not_found == ("3.1.1", "5.3", "7.7.1")


def test_an_annex_cut_short_is_refused_and_a_short_loss_is_flagged() -> None:
    assert refusal(header(), body(LINES[:80])) == "annex_cut_short"
    annex = read(header(), body(LINES[:-3]))
    assert annex.rows_not_found == ("7.8.2", "7.8.3", "7.8.4")
    assert "last_row_may_be_cut" in annex.rows[-1].flags


def test_four_rows_may_be_missing_at_the_end_and_a_fifth_is_a_file_cut_short() -> None:
    assert len(read(header(), body(LINES[:-4])).rows_not_found) == 4
    assert refusal(header(), body(LINES[:-5])) == "annex_cut_short"


def test_without_a_code_a_label_that_is_only_nearly_a_known_one_identifies_nothing() -> None:
    # «Số vụ đã hoàn thành» and «Số nhiệm vụ đã hoàn thành» are alike to 86 of 100; with its code it would be a slip.
    annex = read(header(), body(changed("1.1.2", code="", label="Số vụ đã hoàn thành")))
    assert "1.1.2" in annex.rows_not_found
    [nearly] = [line for line in annex.rows if line.label == "Số vụ đã hoàn thành"]
    assert (nearly.code, nearly.code_source) == (None, "unmatched")
    coded = read(header(), body(changed("1.1.2", label="Số vụ đã hoàn thành")))
    assert the(coded, "1.1.2").code_source == "printed"


# --- rows cut by a page end -----------------------------------------------------------------------------------------

Halves = tuple[Line, Line]


def test_a_value_put_together_of_two_halves_says_so() -> None:
    place = at("1.3.2")
    first = replace(LINES[place], value="Đang tổng")
    second = replace(LINES[place], code="", label="", unit="", value="hợp")
    annex = read(header(), body([*LINES[:place], first], page=1), body([second, *LINES[place + 1 :]], page=2))
    assert the(annex, "1.3.2").value_raw == "Đang tổng hợp"
    assert "value:joined" in the(annex, "1.3.2").flags
    assert not any("value:joined" in line.flags for line in read(header(), body(LINES)).rows)


def halves(whole: Line, cut: int, way: str) -> Halves:
    """The two rows that a page end makes of one, cut after `cut` letters of its label."""
    none = Line(whole.key, "", "", "", "")
    first, second = whole.label[:cut].strip(), whole.label[cut:].strip()
    return {
        "code and figure first": (replace(whole, label=first), replace(none, label=second)),
        "code first, figure second": (
            replace(none, code=whole.code, label=first),
            replace(whole, code="", label=second),
        ),
        "code and figure second": (replace(none, label=first), replace(whole, label=second)),
        "figure first, code second": (
            replace(whole, code="", label=first),
            replace(none, code=whole.code, label=second),
        ),
    }[way]


WAYS = ["code and figure first", "code first, figure second", "code and figure second", "figure first, code second"]


@SLOW
@given(
    place=st.integers(0, len(LINES) - 1),
    share=st.floats(0.05, 1.0),
    way=st.sampled_from(WAYS),
    has_codes=st.booleans(),
    has_header=st.booleans(),
)
@example(place=40, share=0.96875, way=WAYS[0], has_codes=False, has_header=False)  # only ")." on the next page
@example(place=108, share=0.984375, way=WAYS[1], has_codes=False, has_header=False)  # only "." and the figure
@example(place=40, share=0.96875, way=WAYS[2], has_codes=True, has_header=False)  # only ")." with code and figure
@example(place=25, share=0.9375, way=WAYS[2], has_codes=True, has_header=False)  # only ":" of a part, with its figure
def test_a_row_cut_by_a_page_break_is_one_row(place, share, way, has_codes, has_header) -> None:
    whole = LINES[place]
    cut = max(1, round(share * len(whole.label)))
    first, second = halves(whole, cut, way)
    columns = COLUMNS if has_codes else COLUMNS[1:]
    if not any(getattr(first, c) for c in columns) or not any(getattr(second, c) for c in columns):
        return
    above = body([*LINES[:place], first], columns, page=1)
    below = body([second, *LINES[place + 1 :]], columns, page=2)
    annex = read(header(columns), above, header(columns) if has_header else [], below)
    assert printed(annex) == expected(LINES)


@pytest.mark.parametrize(
    ("code", "cut"), [("4.3", 31), ("3.2.1", 49), ("6.1", 60), ("7.2", 90)], ids=["4.3", "3.2.1", "6.1", "7.2"]
)
@pytest.mark.parametrize("way", WAYS)
def test_a_word_cut_by_a_page_break_is_one_word(code: str, cut: int, way: str) -> None:
    first, second = halves(LINES[at(code)], cut, way)
    annex = read(header(), body([*LINES[: at(code)], first]), header(), body([second, *LINES[at(code) + 1 :]]))
    assert printed(annex) == expected(LINES)


@pytest.mark.parametrize("code", ["1.3.2", "7.2", "7.3", "5.2.1"])
def test_options_cut_by_a_page_break_are_one_unit(code: str) -> None:
    whole = LINES[at(code)]
    words = whole.unit.split()
    for size in range(1, len(words)):
        first = replace(whole, unit=" ".join(words[:size]))
        second = Line(whole.key, "", "", " ".join(words[size:]), "")
        annex = read(header(), body([*LINES[: at(code)], first]), header(), body([second, *LINES[at(code) + 1 :]]))
        assert printed(annex) == expected(LINES)


@pytest.mark.parametrize("field", ["value", "note"])
@pytest.mark.parametrize("key", [("4.3.4", 0), ("4.1.4", 2), ("3.1.1", 0)])
def test_a_sentence_cut_by_a_page_break_is_one_sentence(key: tuple[str, int], field: str) -> None:
    given_lines = changed(*key, **{field: SENTENCE})
    place, words = at(*key), SENTENCE.split()
    for size in range(1, len(words)):
        first = replace(given_lines[place], **{field: " ".join(words[:size])})
        second = replace(Line(key, "", "", "", ""), **{field: " ".join(words[size:])})
        rest = given_lines[place + 1 :]
        annex = read(header(), body([*given_lines[:place], first]), header(), body([second, *rest]))
        assert printed(annex) == expected(given_lines)


def test_a_joined_row_stands_where_it_began() -> None:
    first, second = halves(LINES[at("4.3")], 31, "code and figure first")
    annex = read(
        header(), body([*LINES[: at("4.3")], first], page=4), header(), body([second, *LINES[at("4.3") + 1 :]], page=5)
    )
    assert (the(annex, "4.3").page, "joined" in the(annex, "4.3").flags) == (4, True)


# --- tables ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [1, 2, 7])
@pytest.mark.parametrize("between", [False, True], ids=["", "with other tables between"])
def test_an_annex_split_into_tables_is_one(headers: int, between: bool) -> None:
    parts = []
    for number, start in enumerate(range(0, len(LINES), 20)):
        if number < headers:
            parts.append(header(table=2 * number + 1))
        parts.append(body(LINES[start : start + 20], table=2 * number + 1))
        if between:
            parts.append([row("Người lập biểu", "Thủ trưởng đơn vị", table=2 * number + 2)])
    assert printed(read(*parts)) == expected(LINES)


def _narrative(table: int, title: str = "Kết quả", coded: bool = True) -> list[Block]:
    subjects = ["Số lớp tập huấn", "Số học viên", "Số tin bài", "Số hội nghị"]
    rows = [
        row(str(i) if coded else "", subject, "Lượt", str(i * 11), "", table=table, number=i + 1)
        for i, subject in enumerate(subjects, start=1)
    ]
    return [row("STT", "Chỉ tiêu thống kê", "Đơn vị tính", title, "Ghi chú", table=table), *rows]


@pytest.mark.parametrize("title", ["Kết quả", "Số liệu"])
@pytest.mark.parametrize("coded", [True, False])
def test_a_table_of_the_narrative_that_looks_like_an_annex_is_not(title: str, coded: bool) -> None:
    annex = read(_narrative(8, title, coded), header(), body(LINES), _narrative(9, title, coded))
    assert printed(annex) == expected(LINES)


def test_a_document_with_such_a_table_alone_has_no_annex() -> None:
    assert refusal(_narrative(8)) == "wrong_form"


@pytest.mark.parametrize(("page", "vi", "en"), [(3, "trang 3, bảng 8", "page 3, table 8"), (None, "bảng 8", "table 8")])
def test_a_refusal_says_on_which_page_and_in_which_table(page: int | None, vi: str, en: str) -> None:
    with pytest.raises(Refused) as refused:
        read([replace(block, page=page) for block in _narrative(8)])
    told = refused.value.sentence
    assert f"khớp ({vi}). " in told.vi
    assert f"match ({en}). " in told.en


def test_an_annex_needs_no_title_and_may_stand_on_any_sheet() -> None:
    cover = [row("TRANG BÌA", table=1), row("Đơn vị lập", "Văn phòng", table=1, number=2)]
    caption = [replace(row("PHỤ LỤC", table=2), cells=(Cell(0, "PHỤ LỤC", column_span=5),))]
    assert printed(read(header(), body(LINES))) == expected(LINES)
    assert printed(read(cover, caption, header(table=2), body(LINES, table=2))) == expected(LINES)


def test_an_annex_printed_twice_counts_once_and_a_contradiction_is_refused() -> None:
    twice = read(header(), body(LINES), header(table=2), body(LINES, table=2))
    assert printed(twice) == expected(LINES)
    assert "annex_repeated" in twice.flags
    other = changed("3.1.3", value="5")
    assert refusal(header(), body(LINES), header(table=2), body(other, table=2)) == "two_annexes"


def test_signatures_under_the_annex_do_not_run_into_its_last_row() -> None:
    foot = [
        row("", "Người lập biểu", "", "THỦ TRƯỞNG", "", number=900),
        row("", "Nguyễn Văn A", "", "", "", number=901),
    ]
    annex = read(header(), body(LINES), foot)
    assert printed(annex)[: len(LINES)] == expected(LINES)
    assert {r.code_source for r in annex.rows[len(LINES) :]} == {"unmatched"}


def test_a_document_without_an_annex_is_refused_and_a_lost_table_is_told_apart() -> None:
    assert refusal([Block(PARAGRAPH, text="Báo cáo không có phụ lục.")]) == "no_annex"
    run_together = "\n".join(f"{line.code} {line.label} {line.value}" for line in LINES)
    assert refusal([Block(PARAGRAPH, text=f"Chỉ tiêu thống kê\n{run_together}")]) == "codes_without_table"
    with pytest.raises(Refused) as refused:
        read_annex(document([Block(PARAGRAPH, text=f"Chỉ tiêu thống kê\n{run_together}")], format="scan"))
    assert refused.value.code == "scan_without_lines"


def test_an_unclear_reading_of_a_scan_is_aligned_by_order_and_never_to_other_words() -> None:
    def seen(line: Line) -> Block:
        block = body([line])[0]
        return replace(block, cells=tuple(replace(cell, confidence=0.8) for cell in block.cells))

    noisy = changed("2.3", label="S0 VBQFPL dá rả scát")
    assert the(read(header(), map(seen, noisy)), "2.3").code_source != "unmatched"
    reworded = changed("7.8.1", label="Tổng số TTHC cung cấp trực tuyến một phần")
    assert the(read(header(), map(seen, reworded)), "7.8.1").code_source == "unmatched"


# --- every form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", catalogue.forms(), ids=lambda form: form.code)
def test_every_form_is_told_from_the_others_and_read_whole(form: catalogue.Form) -> None:
    blocks = [
        row(f"{r.code}." if not r.ordinal else "Trong đó", r.label, r.unit, str(i), "", number=i + 2)
        for i, r in enumerate(form.rows)
    ]
    annex = read(header(), blocks)
    assert (annex.form_code, annex.rows_not_found) == (form.code, ())
    assert [(r.code, r.ordinal, r.value_raw) for r in annex.rows] == [
        (r.code, r.ordinal, str(i)) for i, r in enumerate(form.rows)
    ]


# --- properties and speed -------------------------------------------------------------------------------------------

_values = st.one_of(
    st.just(""), st.integers(0, 9_999_999).map(str), st.sampled_from(["1.921", "7,03", "04", "92%", "100 %", SENTENCE])
)


@SLOW
@given(
    st.lists(_values, min_size=len(LINES), max_size=len(LINES)),
    st.permutations(COLUMNS),
    st.sets(st.integers(1, len(LINES) - 1), max_size=5),
)
def test_what_is_printed_is_what_is_read(values: list[str], columns: list[str], breaks: set[int]) -> None:
    given_lines = [replace(line, value=value) for line, value in zip(LINES, values, strict=True)]
    parts = []
    for start, end in zip([0, *sorted(breaks)], [*sorted(breaks), len(LINES)], strict=True):
        parts += [header(columns), body(given_lines[start:end], columns)]
    assert printed(read(*parts)) == expected(given_lines)


_texts = st.one_of(
    st.sampled_from([*TITLES.values(), "Trong đó", "1.", "1.1.", "3.1.3.", "-", "Kết quả thống kê", LINES[0].label]),
    st.text(max_size=12),
)
_cells = st.lists(st.builds(Cell, st.integers(0, 6), _texts, column_span=st.integers(1, 3)), max_size=6).map(tuple)
_blocks = st.one_of(
    st.builds(Block, st.just(PARAGRAPH), text=st.text(max_size=30)),
    st.builds(Block, st.just(TABLE_ROW), table=st.integers(1, 3), row=st.integers(1, 9), cells=_cells),
)


@settings(max_examples=100)
@given(st.lists(_blocks, max_size=14), st.booleans())
def test_any_blocks_give_an_annex_or_a_refusal(blocks: list[Block], has_annex: bool) -> None:
    try:
        read(blocks, [*header(table=9), *body(LINES, table=9)] if has_annex else [], blocks)
    except Refused as refused:
        assert refused.sentence.vi and refused.sentence.en


def test_of_two_thousand_pages_of_text_every_paragraph_is_looked_at_once() -> None:
    paragraph = Block(PARAGRAPH, text="Trong năm, các cơ quan đã thực hiện 3.1.1 nhiệm vụ được giao. " * 10)
    short, long = (document([paragraph] * count, header(), body(LINES)) for count in (10_000, 40_000))
    assert len(read_annex(short).rows) == len(read_annex(long).rows) == len(LINES)
    assert calls(read_annex, long) - calls(read_annex, short) < 1.5 * 30_000
    with pytest.raises(Refused, match="No statistical annex"):
        read_annex(Document("text", long.blocks[:40_000]))


@pytest.mark.real
def test_the_real_report_is_read_to_the_letter() -> None:
    folder = Path(os.environ["PAR_REAL_REPORTS"])
    truth = catalogue.seed("ha_nam_2021.txt.truth", folder)
    annex = read_annex(read_text((folder / "ha_nam_2021.txt").read_text(encoding="utf-8")))
    assert printed(annex) == [
        (t["code"], int(t["ordinal"] or 0), *(nfkc(t[name]) for name in ("label", "unit", "value_raw", "note")))
        for t in truth
    ]


def test_a_merged_figure_of_two_rows_is_in_doubt_for_both_and_given_to_the_first():
    blocks = [*header(), *body(LINES)]
    first = 1 + at("1.1.1")
    shared, below = blocks[first], blocks[first + 1]
    blocks[first] = replace(shared, cells=(*shared.cells[:3], replace(shared.cells[3], row_span=2), shared.cells[4]))
    blocks[first + 1] = replace(below, cells=(*below.cells[:3], below.cells[4]))
    annex = read(blocks)
    assert [(the(annex, code).value_raw or "", the(annex, code).flags) for code in ("1.1.1", "1.1.2", "1.1.3")] == [
        (LINES[at("1.1.1")].value, ("value:shared_cell",)),
        ("", ("value:shared_cell",)),
        (LINES[at("1.1.3")].value, ()),
    ]


def test_a_code_said_again_or_the_day_of_a_stock_does_not_change_a_label():
    written = [
        replace(
            line,
            label=f"{line.key[0]}. {line.label}"
            if at % 2 and line.code[:1].isdigit()
            else f"+ {line.label} (đến 14/12/2021)",
        )
        for at, line in enumerate(LINES)
    ]
    annex = read(header(), body(written))
    assert [(r.code, r.ordinal, r.value_raw or "") for r in annex.rows] == [(*line.key, line.value) for line in LINES]
    assert not any(r.flags for r in annex.rows)


HALVES = "Số nhiệm vụ đã hoàn thành trong năm theo kế hoạch cải cách hành chính của tỉnh, thành phố"


@pytest.mark.parametrize(
    ("first", "second", "target", "words", "whole", "dropped"),
    [
        ("", "tục", "", "", "tục", False),
        ("Thủ", "", "", "", "Thủ", False),
        # Closing marks follow their word.
        ("Số thủ tục", ".", "Số thủ tục.", "", "Số thủ tục.", False),
        # Free text: one word only where the two make a known one and are none apart.
        ("thủ", "tục", "", "", "thủ tục", False),
        ("hoàn th", "ành nhiệm vụ", "", "hoàn thành nhiệm vụ", "hoàn thành nhiệm vụ", False),
        ("HOÀN TH", "ÀNH, nhiệm vụ", "", "hoàn thành nhiệm vụ", "HOÀN THÀNH, nhiệm vụ", False),
        ("nhiệm vụ giao th", "ành phố", "", "hoàn nhiệm", "nhiệm vụ giao th ành phố", False),
        ("đã giao", "cho sở", "", "giaocho giao cho", "đã giao cho sở", False),
        ("đã giao th", "ành", "", "thành th", "đã giao thành", False),
        # What the form prints tells where the blank stands, whichever letters are large.
        (HALVES[:10], HALVES[10:], HALVES, "", HALVES, False),
        (HALVES[:23], HALVES[23:], HALVES, "", HALVES, False),
        (HALVES[:23].upper(), HALVES[23:].upper(), HALVES, "", HALVES.upper(), False),
        (HALVES[:11], HALVES[12:], HALVES, "", HALVES, False),
        # An OCR text that repeats letters at the seam.
        (HALVES[:19], f"àn {HALVES[20:]}", HALVES, "", HALVES, True),
    ],
)
def test_two_halves_of_a_cell_are_one_text(first, second, target, words, *, whole, dropped) -> None:
    assert seams.join(first, second, target, frozenset(words.split())) == (whole, dropped)
