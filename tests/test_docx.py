"""A Word file is read as a person sees it on paper: order, spans, insertions, boxes, automatic numbers."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import docx as python_docx
import pytest
from document_factory import docx_package, lines_of_truth, make_docx, sample_annex, short_annex, zip_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.reading.document import NOTE, PARAGRAPH, TABLE_ROW, Cell
from orchestration.reading.formats import docx as docx_module
from orchestration.reading.formats.docx import read_docx
from orchestration.reading.knowledge.vietnamese import nfkc
from orchestration.reading.reader import read_bytes
from orchestration.reading.refusal import Refused

W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
WHOLE = make_docx(short_annex())


def word(body: str, **parts: str) -> bytes:
    return docx_package(f"<w:document {W}><w:body>{body}</w:body></w:document>", **parts)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text))}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def texts(data: bytes) -> list[str]:
    return [block.text for block in read_docx(data).blocks if block.kind == PARAGRAPH]


def rows(data: bytes) -> list[tuple[Cell, ...]]:
    return [block.cells for block in read_docx(data).blocks if block.kind == TABLE_ROW]


def test_paragraphs_and_tables_stand_in_their_order():
    document = read_docx(word(paragraph(run("a")) + table(cell("b")) + paragraph(run("c")) + table(cell("d"))))
    assert [(b.kind, b.text or b.cells[0].text, b.table, b.row) for b in document.blocks] == [
        (PARAGRAPH, "a", None, None),
        (TABLE_ROW, "b", 1, 1),
        (PARAGRAPH, "c", None, None),
        (TABLE_ROW, "d", 2, 1),
    ]
    assert document.pages is None


def test_a_cell_that_spans_rows_stands_in_its_first_row_only():
    first = cell("STT", '<w:vMerge w:val="restart"/>') + cell("Kết quả", '<w:gridSpan w:val="2"/>')
    second = cell("", "<w:vMerge/>") + cell("Đơn vị") + cell("Số liệu")
    assert rows(word(table(first, second))) == [
        (Cell(0, "STT", row_span=2), Cell(1, "Kết quả", column_span=2)),
        (Cell(1, "Đơn vị"), Cell(2, "Số liệu")),
    ]


def test_a_row_that_begins_to_the_right_keeps_its_columns():
    row = f'<w:trPr><w:gridBefore w:val="2"/></w:trPr>{cell("x")}'
    assert rows(word(table(row))) == [(Cell(2, "x"),)]


def test_a_table_in_a_cell_is_a_table_of_its_own():
    outer = f"<w:tc>{paragraph(run('trước'))}{table(cell('trong'))}{paragraph(run('sau'))}</w:tc>"
    document = read_docx(word(table(outer) + table(cell("tiếp"))))
    assert [(b.table, b.cells[0].text) for b in document.blocks] == [(1, "trước\nsau"), (2, "trong"), (3, "tiếp")]


def test_insertions_are_read_and_deletions_are_not():
    changed = f"<w:ins>{run('37')}</w:ins><w:del><w:r><w:delText>36</w:delText></w:r></w:del>"
    moved = f"<w:moveFrom>{run('cũ')}</w:moveFrom><w:moveTo>{run(' mới')}</w:moveTo>"
    assert texts(word(paragraph(changed, moved))) == ["37 mới"]


def test_a_deleted_row_is_not_read():
    deleted = f"<w:trPr><w:del/></w:trPr>{cell('cũ')}"
    assert [row[0].text for row in rows(word(table(deleted, cell("mới"))))] == ["mới"]


def test_hidden_text_is_left_out_and_said_so():
    document = read_docx(word(paragraph(run("36"), run("99", "<w:vanish/>"), run("!", '<w:vanish w:val="0"/>'))))
    assert document.blocks[0].text == "36!"
    assert document.flags == ("hidden_text",)


def test_a_style_can_hide_text():
    styles = f'<w:styles {W}><w:style w:styleId="An"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    assert texts(word(paragraph(run("a"), run("b", '<w:rStyle w:val="An"/>')), styles=styles)) == ["a"]


WHITE = '<w:color w:val="FFFFFF"/>'
BLUE = '<w:shd w:val="clear" w:fill="1F4E79"/>'


@pytest.mark.parametrize(
    ("in_table", "in_cell", "in_run", "is_seen"),
    [
        ("", "", "", False),
        ("", "", BLUE, True),
        ("", BLUE, "", True),
        (BLUE, "", "", True),
        ('<w:tblStyle w:val="Xanh"/>', "", "", True),
        ("", '<w:shd w:val="clear" w:fill="FFFFFF"/>', "", False),
        ("", "", '<w:highlight w:val="black"/>', True),
    ],
)
def test_white_letters_are_read_where_they_can_be_seen(in_table: str, in_cell: str, in_run: str, is_seen: bool):
    styles = f'<w:styles {W}><w:style w:styleId="Xanh"><w:tblStylePr><w:tcPr>{BLUE}</w:tcPr></w:tblStylePr></w:style>'
    texts = run("99", WHITE + in_run) + run("36")
    body = f"<w:tbl><w:tblPr>{in_table}</w:tblPr><w:tr><w:tc><w:tcPr>{in_cell}</w:tcPr>{paragraph(texts)}</w:tc></w:tr>"
    [(read,)] = rows(word(f"{body}</w:tbl>", styles=f"{styles}</w:styles>"))
    assert (read.text, read.flags) == (("9936", ()) if is_seen else ("36", ("hidden_text",)))


def test_what_a_form_field_shows_is_text():
    def field(data: str, code: str) -> str:
        sign = '<w:r><w:fldChar w:fldCharType="{}">{}</w:fldChar></w:r>'
        return sign.format("begin", f"<w:ffData>{data}</w:ffData>") + f"<w:r><w:instrText>{code}</w:instrText></w:r>"

    entries = '<w:ddList><w:result w:val="1"/><w:listEntry w:val="35"/><w:listEntry w:val="36"/></w:ddList>'
    assert texts(word(paragraph(field(entries, "FORMDROPDOWN")))) == ["36"]
    ticked, empty = '<w:checkBox><w:checked w:val="1"/></w:checkBox>', '<w:checkBox><w:default w:val="0"/></w:checkBox>'
    boxes = [field(ticked, "FORMCHECKBOX"), run(" 0 "), field(empty, "FORMCHECKBOX"), run(" 1")]
    assert texts(word(paragraph(*boxes))) == ["☒ 0 ☐ 1"]


@pytest.mark.parametrize(
    ("content", "flags"),
    [
        ('<w:r><w:drawing><a:blip xmlns:a="a"/></w:drawing></w:r>', ("not_text",)),
        ("<w:r><w:pict><v:imagedata/></w:pict></w:r>", ("not_text",)),
        ('<w:fldSimple w:instr="=SUM(ABOVE)"/>', ("formula_without_value",)),
        ("<w:r><w:instrText> =D2+D3 </w:instrText></w:r>", ("formula_without_value",)),
        ("<w:r><w:instrText> FORMTEXT </w:instrText></w:r>", ()),  # not filled in
        ("", ()),
    ],
)
def test_a_cell_that_shows_something_without_text_is_not_blank(content: str, flags: tuple[str, ...]):
    [(read,)] = rows(word(paragraph(run("a")) + table(f"<w:tc>{paragraph(content)}</w:tc>")))
    assert (read.text, read.flags) == ("", flags)


def test_a_power_in_a_formula_is_raised_and_a_table_of_one_text_is_a_frame():
    power = "<oMath><sSup><e><w:r><w:t>36</w:t></w:r></e><sup><w:r><w:t>1</w:t></w:r></sup></sSup></oMath>"
    assert texts(word(paragraph(power))) == ["36¹"]
    frame = f"<w:tc>{table(cell('36'))}{paragraph()}</w:tc>"
    assert [[read.text for read in row] for row in rows(word(table(cell("3.1") + frame)))] == [["3.1", "36"]]
    parted = f"<w:tc>{table(cell('36') + cell('120'))}{paragraph()}</w:tc>"
    assert [[read.text for read in row] for row in rows(word(table(cell("3.1") + parted)))] == [["3.1", "36 | 120"]]


def test_a_text_box_is_read_once_although_it_is_stored_twice():
    box = f"<w:txbxContent>{paragraph(run('trong khung'))}</w:txbxContent>"
    both = (
        f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent>"
    )
    assert texts(word(paragraph(run("ngoài"), f"<w:r>{both}</w:r>"))) == ["ngoài", "trong khung"]
    assert texts(word(paragraph(f"<w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r>"))) == ["trong khung"]


def test_content_controls_and_links_are_read_and_field_codes_are_not():
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph(run('Hà Nam'))}</w:sdtContent></w:sdt>"
    link = f"<w:hyperlink>{run('cổng')}</w:hyperlink>"
    field = "<w:r><w:instrText> PAGE </w:instrText></w:r>"
    assert texts(word(control + paragraph(link, field))) == ["Hà Nam", "cổng"]


def test_tabs_breaks_and_hyphens_are_text_and_a_soft_hyphen_is_not():
    marks = "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:softHyphen/></w:r>"
    assert texts(word(paragraph(marks, run("nghiệp\u00advụ"), '<w:r><w:br w:type="page"/></w:r>'))) == [
        "a\tb\nc-nghiệpvụ"
    ]


def test_automatic_numbers_are_codes():
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="{printed}"/></w:lvl>'
        for depth, printed in enumerate(("%1.", "%1.%2.", "%1.%2.%3."))
    )
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )

    def numbered(depth: int, text: str = "") -> str:
        properties = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="5"/></w:numPr>'
        return paragraph(run(text), properties=properties)

    body = "".join(numbered(depth) for depth in (0, 1, 2, 2, 1, 2, 0, 1))
    assert texts(word(body, numbering=numbering)) == ["1.", "1.1.", "1.1.1.", "1.1.2.", "1.2.", "1.2.1.", "2.", "2.1."]
    assert texts(word(numbered(0, "Cải cách"), numbering=numbering)) == ["1. Cải cách"]


def test_a_font_can_come_from_the_theme_or_stand_for_letters_above_ascii_alone():
    theme = '<theme><fontScheme><minorFont><latin typeface=".VnTime"/></minorFont></fontScheme></theme>'
    themed = run("n¨m", '<w:rFonts w:asciiTheme="minorHAnsi" w:hAnsiTheme="minorHAnsi"/>')
    assert texts(word(paragraph(themed), **{"theme/theme1": theme})) == ["năm"]
    split = run("n¨m", '<w:rFonts w:ascii="Times New Roman" w:hAnsi=".VnTime"/>')
    assert texts(word(paragraph(split))) == ["năm"]


def test_letters_of_an_old_font_are_decoded_where_no_font_is_named():
    stored = "B¸o c¸o kÕt qu¶ c«ng t¸c c¶i c¸ch hµnh chÝnh n¨m 2021"
    assert texts(word(paragraph(run(stored)))) == ["Báo cáo kết quả công tác cải cách hành chính năm 2021"]


def test_runs_in_an_old_font_are_decoded_and_the_font_is_named(monkeypatch):
    monkeypatch.setattr(docx_module, "decode_legacy", lambda text, font: {"B¸o c¸o": "Báo cáo"}[text])
    font = '<w:rFonts w:ascii=".VnTime" w:hAnsi=".VnTime"/>'
    document = read_docx(word(paragraph(run("B¸o", font), run(" c¸o", font), run(" 2021"))))
    assert document.blocks[0].text == "Báo cáo 2021"
    assert document.flags == ("font:.VnTime",)


def test_a_font_can_come_from_the_paragraphs_style(monkeypatch):
    monkeypatch.setattr(docx_module, "decode_legacy", lambda text, font: f"{font}:{text}")
    styles = (
        f'<w:styles {W}><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:rPr>'
        '<w:rFonts w:ascii="VNI-Times"/></w:rPr></w:style>'
        '<w:style w:styleId="Khac"><w:basedOn w:val="Normal"/></w:style></w:styles>'
    )
    assert texts(
        word(paragraph(run("a")) + paragraph(run("b"), properties='<w:pStyle w:val="Khac"/>'), styles=styles)
    ) == [
        "VNI-Times:a",
        "VNI-Times:b",
    ]


def test_a_file_with_macros_is_read_and_they_are_never_touched():
    read = read_bytes(
        docx_package(f"<w:document {W}><w:body>{paragraph(run('a'))}</w:body></w:document>", macros=True),
        "a.docm",
    )
    assert (read.format, read.blocks[0].text) == ("docm", "a")


NOTES = (
    f'<w:footnotes {W}><w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>'
    f'<w:footnote w:id="7">{paragraph("<w:r><w:footnoteRef/></w:r>", run(" Trong đó 12 của cấp huyện."))}</w:footnote>'
    f'<w:footnote w:id="9">{paragraph(run("Số liệu tạm."))}</w:footnote></w:footnotes>'
)
ENDNOTES = f'<w:endnotes {W}><w:endnote w:id="1">{paragraph(run("Xem 03 phụ lục."))}</w:endnote></w:endnotes>'


def pointing_to(kind: str, note: int, own: str = "", shown: str = "") -> str:
    return f'<w:r>{shown}<w:{kind}Reference w:id="{note}" {own}/><w:t>{own and "*"}</w:t></w:r>'


def test_a_note_stands_behind_what_points_to_it_and_its_sign_is_no_digit():
    body = (
        paragraph(run("Có 36"), pointing_to("footnote", 7), run(" đơn vị"), pointing_to("endnote", 1))
        + table(
            cell("3.1") + f"<w:tc>{paragraph(run('120'), pointing_to('footnote', 9))}</w:tc>", cell("3.2") + cell("5")
        )
        + paragraph(run("Hết"), pointing_to("footnote", 9, 'w:customMarkFollows="1"'))
    )
    read = read_docx(word(body, footnotes=NOTES, endnotes=ENDNOTES)).blocks
    assert [(block.kind, block.text, block.flags) for block in read if block.kind != TABLE_ROW] == [
        (PARAGRAPH, "Có 36 đơn vị", ()),
        (NOTE, "Trong đó 12 của cấp huyện.", ("footnote:1",)),
        (NOTE, "Xem 03 phụ lục.", ("endnote:i",)),
        (NOTE, "Số liệu tạm.", ("footnote:2",)),
        (PARAGRAPH, "Hết*", ()),
        (NOTE, "Số liệu tạm.", ("footnote:*",)),
    ]
    assert [[each.text for each in block.cells] for block in read[3:5]] == [["3.1", "120"], ["3.2", "5"]]


def test_the_notes_of_what_is_hidden_or_deleted_are_not_read():
    hidden = '<w:r><w:rPr><w:vanish/></w:rPr><w:footnoteReference w:id="7"/></w:r>'
    deleted = f"<w:del>{pointing_to('footnote', 7)}</w:del>"
    assert texts_of_notes(word(paragraph(run("a"), hidden, deleted), footnotes=NOTES)) == []


def test_notes_that_point_to_themselves_are_read_once():
    again = pointing_to("footnote", 7)
    note = f'<w:footnote w:id="7">{paragraph(run("Tự nhắc lại"), again, again)}</w:footnote>'
    notes = f"<w:footnotes {W}>{note}</w:footnotes>"
    assert texts_of_notes(word(paragraph(run("a"), again), footnotes=notes)) == ["Tự nhắc lại"]


def texts_of_notes(data: bytes) -> list[str]:
    return [block.text for block in read_docx(data).blocks if block.kind == NOTE]


def test_a_file_written_by_another_program_is_read_alike():
    theirs = python_docx.Document()
    theirs.add_paragraph("Báo cáo")
    grid = theirs.add_table(rows=2, cols=3)
    grid.cell(0, 0).merge(grid.cell(1, 0)).text = "STT"
    grid.cell(0, 1).merge(grid.cell(0, 2)).text = "Kết quả"
    grid.cell(1, 2).text = "7,03"
    target = BytesIO()
    theirs.save(target)
    assert texts(target.getvalue()) == ["Báo cáo"]
    assert rows(target.getvalue()) == [
        (Cell(0, "STT", row_span=2), Cell(1, "Kết quả", column_span=2)),
        (Cell(1, ""), Cell(2, "7,03")),
    ]


def test_every_value_of_an_annex_is_read_as_printed():
    lines = sample_annex(7)
    printed = [{c.column: c.text for c in row} for row in rows(make_docx(lines))[3:]]
    assert [(row.get(1), row.get(3, "")) for row in printed] == [(line.label, line.value) for line in lines]


def test_a_file_without_a_word_is_refused():
    with pytest.raises(Refused) as raised:
        read_docx(word(paragraph() + table(cell(""))))
    assert raised.value.code == "no_text"


def test_entities_are_never_expanded():
    bomb = (
        '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        f"<w:document {W}><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
    )
    with pytest.raises(Refused):
        read_docx(docx_package(bomb))


def test_endless_nesting_is_refused():
    deep = "<w:sdt><w:sdtContent>" * 5000 + paragraph(run("a")) + "</w:sdtContent></w:sdt>" * 5000
    with pytest.raises(Refused):
        read_docx(word(deep))


@settings(max_examples=150)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_are_read_or_refused(place, rubbish):
    damaged = WHOLE[:place] + rubbish + WHOLE[place + len(rubbish) :]
    for data in (damaged, WHOLE[:place]):
        with suppress(Refused):
            read_docx(data)


@settings(max_examples=150)
@given(st.data())
def test_damaged_xml_is_read_or_refused(data):
    xml = zipfile.ZipFile(BytesIO(WHOLE)).read("word/document.xml")
    place = data.draw(st.integers(0, len(xml) - 1))
    piece = data.draw(
        st.sampled_from([b"<", b">", b'"9999999999"', b'w:val="-1"', b"<w:tbl>", b"<w:vMerge/>", b"\xff"])
    )
    members = {name: zipfile.ZipFile(BytesIO(WHOLE)).read(name) for name in zipfile.ZipFile(BytesIO(WHOLE)).namelist()}
    members["word/document.xml"] = xml[:place] + piece + xml[place + data.draw(st.integers(0, 40)) :]
    with suppress(Refused):
        read_docx(zip_bytes(members))


@pytest.mark.real
@pytest.mark.parametrize("name", ["ha_nam_2021.docx"])
def test_every_value_of_the_real_report_is_read_as_printed(name):
    path = Path(os.environ["PAR_REAL_REPORTS"]) / name
    rows_read = [{c.column: nfkc(c.text) for c in b.cells} for b in read_docx(path.read_bytes()).blocks]
    read = [(row[1], row[3]) for row in rows_read if row.get(1) and row.get(3)]
    # A page end cuts one label, so a row is known by how its label begins.
    lost = [
        line
        for line in lines_of_truth(path.with_name(f"{name}.truth.csv"))
        if line.value and not any(line.label.startswith(label) and value == nfkc(line.value) for label, value in read)
    ]
    assert lost == []
