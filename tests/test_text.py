"""Plain text is read line by line; tabs and pipes make tables."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from document_factory import lines_of_truth, make_txt, sample_annex, short_annex
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.reading.document import PARAGRAPH, TABLE_ROW
from orchestration.reading.formats.text import read_text
from orchestration.reading.knowledge.vietnamese import nfkc
from orchestration.reading.refusal import Refused


def shown(text: str) -> list[tuple]:
    blocks = read_text(text.encode()).blocks
    return [b.text if b.kind == PARAGRAPH else (b.table, b.row, *(c.text for c in b.cells)) for b in blocks]


def test_lines_are_paragraphs_as_printed():
    assert shown("Báo cáo\n\n  năm 2021  \r\nhết") == ["Báo cáo", "năm 2021", "hết"]


def test_marks_of_emphasis_are_taken_off_and_foot_note_marks_stay_raised():
    text = "### **3. Kiểm tra**\n(*Kế hoạch số 1*) 2 * 3 * 4<sup>1</sup>\n* mục\n<b>1.</b> a < b"
    assert shown(text) == ["3. Kiểm tra", "(Kế hoạch số 1) 2 * 3 * 4¹", "* mục", "1. a < b"]


def test_a_line_with_two_tabs_is_a_row_and_its_tabs_place_the_cells():
    assert shown("1.1.\tKế hoạch\t\t36\t") == [(1, 1, "1.1.", "Kế hoạch", "", "36", "")]
    assert shown("\t\tĐơn vị") == [(1, 1, "", "", "Đơn vị")]


def test_blank_lines_do_not_end_a_table_and_a_paragraph_does():
    assert shown("a\tb\tc\n\nd\te\tf\nchữ\ng\th\ti") == [
        (1, 1, "a", "b", "c"),
        (1, 2, "d", "e", "f"),
        "chữ",
        (2, 1, "g", "h", "i"),
    ]


def test_a_row_that_lost_its_trailing_tabs_stays_a_row_between_rows():
    assert shown("x\ty\tz\n2.\tCải cách\n2.1.\tThể chế\n2.1.1.\ta\tb") == [
        (1, 1, "x", "y", "z"),
        (1, 2, "2.", "Cải cách"),
        (1, 3, "2.1.", "Thể chế"),
        (1, 4, "2.1.1.", "a", "b"),
    ]


def test_one_tab_outside_a_table_is_no_row():
    assert shown("ỦY BAN\tCỘNG HÒA\na\tb\tc\nNơi nhận:\tCHỦ TỊCH") == [
        "ỦY BAN\tCỘNG HÒA",
        (1, 1, "a", "b", "c"),
        "Nơi nhận:\tCHỦ TỊCH",
    ]


def test_a_markdown_table_is_a_table():
    assert shown("| STT | Chỉ tiêu |\n|---|:--:|\n| 1. | a \\| b |") == [
        (1, 1, "STT", "Chỉ tiêu"),
        (1, 2, "1.", "a | b"),
    ]


def test_a_form_feed_is_a_page_and_does_not_end_a_table():
    document = read_text(b"a\tb\tc\n\fd\te\tf\n")
    assert document.pages == 2
    assert [(b.page, b.table, b.row) for b in document.blocks] == [(1, 1, 1), (2, 1, 2)]
    assert read_text(b"a").pages is None


@pytest.mark.parametrize(
    "shape", [{}, {"nfd": True}, {"pipes": True}, {"encoding": "utf-16"}, {"encoding": "utf-8-sig"}]
)
def test_every_value_of_an_annex_is_read_as_printed(shape):
    lines = sample_annex(7)
    found = [b.cells for b in read_text(make_txt(lines, **shape)).blocks if b.kind == TABLE_ROW][2:]
    assert [row[3].text for row in found] == [line.value for line in lines]


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b" \n\t\t\n", "empty"), ("\ufeff<b></b>".encode(), "no_text")]
)
def test_text_without_a_word_is_refused(data, code):
    with pytest.raises(Refused) as raised:
        read_text(data)
    assert raised.value.code == code


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.text("abcxyzđạếữ0123456789.,%", min_size=1, max_size=9), min_size=3, max_size=6),
        min_size=1,
    )
)
def test_what_was_put_between_tabs_comes_back(table):
    text = "\n".join("\t".join(row) for row in table)
    assert [tuple(c.text for c in b.cells) for b in read_text(text.encode()).blocks] == [tuple(row) for row in table]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 500))
def test_any_bytes_are_read_or_refused(rubbish, place):
    whole = make_txt(short_annex())
    for data in (rubbish, whole[:place] + rubbish + whole[place:]):
        with suppress(Refused):
            read_text(data)


@pytest.mark.real
@pytest.mark.skipif("PAR_REAL_REPORTS" not in os.environ, reason="PAR_REAL_REPORTS is not set")
@pytest.mark.parametrize("name", ["ha_nam_2021.txt", "ha_nam_2021_nfd.txt"])
def test_every_value_of_the_real_report_is_read_as_printed(name):
    path = Path(os.environ["PAR_REAL_REPORTS"]) / name
    rows_read = [{c.column: nfkc(c.text) for c in b.cells} for b in read_text(path.read_bytes()).blocks]
    read = [(row[1], row[3]) for row in rows_read if row.get(1) and row.get(3)]
    # A page end cuts one label, so a row is known by how its label begins.
    lost = [
        line
        for line in lines_of_truth(path.with_name(f"{name}.truth.csv"))
        if line.value and not any(line.label.startswith(label) and value == nfkc(line.value) for label, value in read)
    ]
    assert lost == []
