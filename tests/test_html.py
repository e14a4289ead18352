"""A web page is read as a browser shows it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from document_factory import lines_of_truth, make_html, sample_annex, short_annex
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.reading.document import PARAGRAPH, TABLE_ROW, Cell
from orchestration.reading.formats import html as html_module
from orchestration.reading.formats.html import read_html
from orchestration.reading.knowledge.vietnamese import nfkc
from orchestration.reading.refusal import Refused

WHOLE = make_html(short_annex())


def blocks(body: str) -> list[tuple[str, str]]:
    return [(b.kind, b.text or "|".join(c.text for c in b.cells)) for b in read_html(body.encode()).blocks]


def rows(body: str) -> list[tuple[Cell, ...]]:
    return [block.cells for block in read_html(body.encode()).blocks if block.kind == TABLE_ROW]


def test_paragraphs_headings_and_lists_stand_in_their_order():
    page = "đầu<h2>I. Chung</h2><p>một <b>hai</b>\n  ba<ul><li>bốn<li>năm</ul><div>sáu<p>bảy</div>tám"
    assert [text for _, text in blocks(page)] == [
        "đầu", "I. Chung", "một hai ba", "bốn", "năm", "sáu", "bảy", "tám",
    ]  # fmt: skip


def test_a_spanning_cell_stands_once_with_its_spans():
    page = (
        "<table><tr><th rowspan=2>STT<th colspan=2>Kết quả<th rowspan=2>Ghi chú"
        "<tr><th>Đơn vị<th>Số liệu<tr><td>1.<td>a<td>07<td></table>"
    )
    assert rows(page) == [
        (Cell(0, "STT", row_span=2), Cell(1, "Kết quả", column_span=2), Cell(3, "Ghi chú", row_span=2)),
        (Cell(1, "Đơn vị"), Cell(2, "Số liệu")),
        (Cell(0, "1."), Cell(1, "a"), Cell(2, "07"), Cell(3, "")),
    ]


def test_a_table_in_a_cell_is_a_table_of_its_own():
    page = "<table><tr><td>a<table><tr><td>trong</table>b</table><table><tr><td>tiếp</table>"
    found = read_html(page.encode()).blocks
    assert [(b.table, b.row, b.cells[0].text) for b in found] == [(1, 1, "a\nb"), (2, 1, "trong"), (3, 1, "tiếp")]


def test_what_is_not_displayed_is_not_read():
    page = (
        "<style>p{}</style><script>x()</script><p style='DISPLAY : none'>ẩn</p><p hidden>ẩn</p><!-- ẩn --><p>hiện</p>"
    )
    document = read_html(page.encode())
    assert [block.text for block in document.blocks] == ["hiện"]
    assert document.flags == ("hidden_text",)


SHEET = """<style>/* .r {color:white} */ .cu { text-decoration: line-through }
span.so, .khac:hover {vertical-align:super}
.an {display:none} .trang {color:#FDFDFD} td.xanh {background-color:#1F4E79} @page {size:A4}</style>"""


@pytest.mark.parametrize(
    ("content", "read", "flags"),
    [
        ('<span class="cu">99</span>36', "36", ("struck_out",)),
        ('36<span class="so">1</span>', "36¹", ()),
        ('36<b style="position:relative;top:-4.0pt;mso-text-raise:4.0pt">1</b>', "36¹", ()),
        ('<span class="an">99</span>36', "36", ()),
        ('<span style="opacity:0.0">99</span>36', "36", ()),
        ('<span style="opacity:0.5">3</span>6', "36", ()),
        ('<span style="font-size:0">99</span>36', "36", ()),
        ('<span class="trang">99</span>36', "36", ("hidden_text",)),
        ('<font color="#FFFFFF">99</font>36', "36", ("hidden_text",)),
        ('<span style="color:rgb(255, 255, 255)">9<i style="color:red">36</i></span>', "36", ("hidden_text",)),
        ('<span style="color:white;background:navy">36</span>', "36", ()),
    ],
)
def test_letters_are_as_the_style_sheets_draw_them(content: str, read: str, flags: tuple[str, ...]):
    [(found,)] = rows(f"{SHEET}<table><tr><td>{content}</td></tr></table>")
    assert (found.text, found.flags) == (read, flags)


def test_white_letters_on_a_dark_cell_are_read():
    for cell in ('<td class="xanh">', '<td bgcolor="#1F4E79">', '<td style="background:#1F4E79 none">'):
        [(found,)] = rows(f'{SHEET}<table><tr>{cell}<span class="trang">36</span></td></tr></table>')
        assert (found.text, found.flags) == ("36", ())


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ('<input value="36">', "36"),
        ('<input type="hidden" value="99">36', "36"),
        ("<select><option>35<option selected>36</select>", "36"),
        ("<textarea>36</textarea>", "36"),
        ('<input type="radio"> 0 <input type="radio" checked> 1', "☐ 0 ☒ 1"),
        ("<table><tr><td>36</td></tr></table>", "36"),
        ("<table><tr><td>36</td><td>120</td></tr></table>", "36 | 120"),
    ],
)
def test_what_a_form_field_or_a_frame_shows_is_the_text_of_its_cell(content: str, read: str):
    [(found,)] = rows(f"<table><tr><td>{content}</td></tr></table>")
    assert found.text == read


def test_a_picture_in_the_place_of_text_is_not_blank():
    picture, spacer = '<img src="data:image/png;base64,AA==">', '<img src="x.gif" width="1">'
    [(one, two, three)] = rows(f"<table><tr><td>{picture}</td><td>36{picture}</td><td>{spacer}</td></tr></table>")
    assert [cell.flags for cell in (one, two, three)] == [("not_text",), (), ()]


def test_what_a_script_or_a_style_sheet_writes_into_a_cell_is_not_blank():
    sheet = "<style>.a::after {content: '36'} .b::before {content: ''} .c {color: red}</style>"
    spans = "".join(f"<td><span class={name}></span></td>" for name in "abc")
    [cells] = rows(f"{sheet}<p>x<table><tr>{spans}<td><script>document.write(36)</script></td></tr></table>")
    assert [cell.flags for cell in cells] == [("not_text",), (), (), ("not_text",)]


def test_an_old_font_can_come_from_a_style_sheet_or_stay_unnamed():
    stored = "<p>B¸o c¸o kÕt qu¶ c«ng t¸c c¶i c¸ch hµnh chÝnh n¨m nay, nh&shy; ®· giao</p>"
    for sheet in ("<style>p {font-family:.VnTime}</style>", "<style>p {margin:0}</style>" * 9):
        [block] = read_html((sheet + stored).encode()).blocks
        assert block.text == "Báo cáo kết quả công tác cải cách hành chính năm nay, như đã giao"


def test_entities_breaks_and_soft_hyphens_are_as_printed():
    assert blocks("<p>a &amp; b&nbsp;c<br>d&shy;e &lt;5</p>") == [(PARAGRAPH, "a & b\u00a0c\nde <5")]


def test_lines_of_a_cell_are_kept():
    assert rows("<table><tr><td><p>Không = 0</p><p>Có = 1</p></table>") == [(Cell(0, "Không = 0\nCó = 1"),)]


def test_a_caption_is_a_paragraph_before_its_table():
    assert blocks("<table><caption>Phụ lục</caption><tr><td>1</table>") == [(PARAGRAPH, "Phụ lục"), (TABLE_ROW, "1")]


def test_the_charset_that_a_page_declares_is_used():
    page = "<html><meta charset=windows-1258><p>Tỉnh Hà Nam</p>".replace("ỉ", "i\u0309")
    document = read_html(page.encode("cp1258"))
    assert document.blocks[0].text == "Ti\u0309nh Hà Nam"
    assert "encoding:windows-1258" in document.flags


def test_text_in_an_old_font_is_decoded_and_the_font_is_named(monkeypatch):
    monkeypatch.setattr(html_module, "decode_legacy", lambda text, font: f"[{text}]")
    document = read_html(b"<p><font face='.VnTime'>a<b>b</b><font face='Arial'>c</font></font>d</p>")
    assert document.blocks[0].text == "[a][b]cd"
    assert document.flags == ("font:.VnTime",)


def test_every_value_of_an_annex_is_read_as_printed():
    lines = sample_annex(7)
    found = [b.cells for b in read_html(make_html(lines)).blocks if b.kind == TABLE_ROW][2:]
    printed = [{c.column: c.text for c in row} for row in found]
    assert [(row.get(1), row.get(3, "")) for row in printed] == [(line.label, line.value) for line in lines]


@pytest.mark.parametrize(("data", "code"), [(b"", "empty"), (b"<html><body><p> </p>", "no_text")])
def test_a_page_without_a_word_is_refused(data, code):
    with pytest.raises(Refused) as raised:
        read_html(data)
    assert raised.value.code == code


def test_endless_nesting_and_huge_spans_are_read():
    assert blocks("<div>" * 20_000 + "a") == [(PARAGRAPH, "a")]
    assert rows("<table><tr><td colspan=99999 rowspan=99999>a<td>b</table>") == [
        (Cell(0, "a", column_span=256), Cell(256, "b"))
    ]


@settings(max_examples=150)
@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 30),
    st.sampled_from([b"<table>", b"</td>", b"\xff\0", b"<td rowspan=0>"]),
)
def test_damaged_pages_are_read_or_refused(place, cut, piece):
    with suppress(Refused):
        read_html(WHOLE[:place] + piece + WHOLE[place + cut :])


@pytest.mark.real
@pytest.mark.parametrize("name", ["ha_nam_2021.html"])
def test_every_value_of_the_real_report_is_read_as_printed(name):
    path = Path(os.environ["PAR_REAL_REPORTS"]) / name
    rows_read = [{c.column: nfkc(c.text) for c in b.cells} for b in read_html(path.read_bytes()).blocks]
    read = [(row[1], row[3]) for row in rows_read if row.get(1) and row.get(3)]
    # A page end cuts one label, so a row is known by how its label begins.
    lost = [
        line
        for line in lines_of_truth(path.with_name(f"{name}.truth.csv"))
        if line.value and not any(line.label.startswith(label) and value == nfkc(line.value) for label, value in read)
    ]
    assert lost == []
