"""A report as a file: one annex and its letter written as Word, web page, text or workbook, in any shape.

In: AnnexLine records, a Letter (the words around the annex) and a Shape. Out: bytes, the same for the same input.
Not here: what the figures are (`truth.py`), PDF and scans (`pages.py`).
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from io import BytesIO

import xlsxwriter

CODE, LABEL, UNIT, VALUE, NOTE = "STT", "Chỉ tiêu thống kê", "Đơn vị tính", "Số liệu", "Ghi chú"
COLUMNS = (CODE, LABEL, UNIT, VALUE, NOTE)
OVER_UNIT_AND_VALUE = "Kết quả thống kê"
OF_WHICH = "Trong đó"
PLAN = "Kế hoạch số"

_FULL_WIDTH = {ord(sign): chr(ord(sign) + 0xFEE0) for sign in "0123456789.%"}
_PART_ROWS = 15


@dataclass(frozen=True)
class Letter:
    """The words around an annex. issuer: `tỉnh Hà Nam`.  paragraphs: number and date, title, narrative, signature.
    titles: the lines over the annex.
    """

    issuer: str
    paragraphs: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True)
class AnnexLine:
    """One row of an annex as it ought to be read. `ordinal` counts rows under a "Trong đó" from 1, else it is 0."""

    code: str
    ordinal: int
    label: str
    unit: str = ""
    value: str = ""
    note: str = ""


@dataclass(frozen=True)
class Shape:
    """How an annex is laid out; the truth in its lines stays the same.

    columns: any order and number; an unknown name is filled with numbers of its own, a missing one is left out.
    split_tables: a new table with the header again after every 15 rows, as pages make them.
    cut_rows: the row before each split goes on after the header, its label parted inside a word.
    header_rows: 2 puts "Kết quả thống kê" over unit and value where they stand side by side.
    """

    columns: tuple[str, ...] = COLUMNS
    split_tables: bool = False
    cut_rows: bool = False
    header_rows: int = 2
    code_dots: bool = True
    nfd: bool = False
    full_width: bool = False


@dataclass(frozen=True)
class GridCell:
    text: str
    column: int
    column_span: int = 1
    row_span: int = 1


Row = tuple[GridCell, ...]


def annex_tables(lines: Sequence[AnnexLine], shape: Shape) -> list[list[Row]]:
    """The annex as tables of placed cells, the header first in each."""
    body = [_line_cells(line, place, shape) for place, line in enumerate(lines, start=1)]
    if not shape.split_tables:
        return [[*_header(shape), *body]]
    tables: list[list[Row]] = []
    carried: list[Row] = []
    for start in range(0, len(body), _PART_ROWS):
        rows = [*carried, *body[start : start + _PART_ROWS]]
        carried = []
        if shape.cut_rows and start + _PART_ROWS < len(body):
            rows[-1], rest = _cut(rows[-1], shape.columns.index(LABEL))
            carried = [rest] if rest else []
        tables.append([*_header(shape), *rows])
    return tables


def write_docx(lines: Sequence[AnnexLine], letter: Letter, layout: Shape) -> bytes:
    """A Word report: letterhead, narrative, annex."""
    body = [_docx_table([_row_of(("ỦY BAN NHÂN DÂN\n" + letter.issuer.upper(), _MOTTO))])]
    body += [_docx_paragraph(text) for text in (*letter.paragraphs, *letter.titles)]
    for rows in annex_tables(lines, layout):
        body += [_docx_table(rows), _docx_paragraph("")]
    xml = f'<w:document xmlns:w="{_W}"><w:body>{"".join(body)}<w:sectPr/></w:body></w:document>'
    return docx_package(_composed(xml, layout.nfd))


def write_html(lines: Sequence[AnnexLine], letter: Letter, layout: Shape) -> bytes:
    """A web page of the report, its spans as `rowspan` and `colspan`."""
    parts = [f"<p>ỦY BAN NHÂN DÂN<br>{escape(letter.issuer.upper())}</p>"]
    parts += [f"<p>{escape(text)}</p>" for text in (*letter.paragraphs, *letter.titles)]
    parts += [_html_table(rows) for rows in annex_tables(lines, layout)]
    page = f"<!DOCTYPE html><html lang='vi'><head><meta charset='utf-8'></head><body>{''.join(parts)}</body></html>"
    return _composed(page, layout.nfd).encode()


def write_txt(
    lines: Sequence[AnnexLine],
    letter: Letter,
    layout: Shape,
    *,
    encoding: str = "utf-8",
    pipes: bool = False,
    form_feeds: bool = False,
) -> bytes:
    """The text of the report, its annex with tabs, or with `pipes` as a Markdown table."""
    words = (*letter.paragraphs, *letter.titles)
    parts = ["ỦY BAN NHÂN DÂN", letter.issuer.upper(), *(f"\n{text}" for text in words), ""]
    for number, rows in enumerate(annex_tables(lines, layout)):
        table = [_text_line(row, len(layout.columns), pipes) for row in rows]
        parts.append(("\f" if form_feeds and number else "") + "\n".join(table) + "\n")
    return _composed("\n".join(parts), layout.nfd).encode(encoding)


def write_xlsx(
    lines: Sequence[AnnexLine], letter: Letter, layout: Shape, *, typed: bool = True, codes_typed: bool = False
) -> bytes:
    """A workbook of the annex alone. `typed` stores numbers as numbers under the format that prints them."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": datetime(2021, 12, 20)})
    sheet = book.add_worksheet("Phụ lục")
    formats = {code: book.add_format({"num_format": code}) for code in ("General", "00", "#,##0", "0%", "0.00%")}
    for row, text in enumerate(letter.titles):
        sheet.write_string(row, 0, _composed(text, layout.nfd))
    row = len(letter.titles) + 1
    for rows in annex_tables(lines, layout):
        for cells in rows:
            for cell in cells:
                is_number = typed and cell.column == _position(layout, VALUE)
                is_code = codes_typed and cell.column == _position(layout, CODE)
                text = _composed(cell.text, layout.nfd)
                if cell.column_span > 1 or cell.row_span > 1:
                    bottom, right = row + cell.row_span - 1, cell.column + cell.column_span - 1
                    sheet.merge_range(row, cell.column, bottom, right, text)
                elif is_code and re.fullmatch(r"\d+(\.\d+)?", text):
                    sheet.write_number(row, cell.column, float(text))
                elif is_number and (stored := _stored_number(text)):
                    sheet.write_number(row, cell.column, stored[0], formats[stored[1]])
                else:
                    sheet.write_string(row, cell.column, text)
            row += 1
    book.close()
    return target.getvalue()


def zip_bytes(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of `members` whose bytes do not depend on the clock."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = method
            archive.writestr(entry, content)
    return target.getvalue()


def docx_package(document: str, *, macros: bool = False, **parts: str) -> bytes:
    """A Word file around the XML of its document; `parts` are further members of word/, such as styles=…"""
    kind = (
        "application/vnd.ms-word.document.macroEnabled.main+xml"
        if macros
        else "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    )
    return zip_bytes(
        {
            "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Default Extension="rels" ContentType="{_RELS_TYPE}"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/document.xml": document,
            **{f"word/{name}.xml": text for name, text in parts.items()},
        }
    )


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"


def _line_cells(line: AnnexLine, place: int, shape: Shape) -> Row:
    code = f"{line.code}." if shape.code_dots else line.code
    if line.ordinal:
        code = OF_WHICH if line.ordinal == 1 else ""
    texts = {CODE: code, LABEL: line.label, UNIT: line.unit, VALUE: line.value, NOTE: line.note}
    if shape.full_width:
        texts[CODE], texts[VALUE] = (texts[name].translate(_FULL_WIDTH) for name in (CODE, VALUE))
    spans_both = line.unit.startswith(PLAN) and _is_side_by_side(shape)
    cells = []
    for column, name in enumerate(shape.columns):
        if spans_both and name == VALUE:
            continue
        span = 2 if spans_both and name == UNIT else 1
        cells.append(GridCell(texts.get(name, str(place)), column, column_span=span))
    return tuple(cells)


def _header(shape: Shape) -> list[Row]:
    if shape.header_rows == 1 or not _is_side_by_side(shape):
        return [_row_of(shape.columns)]
    upper, lower = [], []
    for column, name in enumerate(shape.columns):
        if name == UNIT:
            upper.append(GridCell(OVER_UNIT_AND_VALUE, column, column_span=2))
        if name in (UNIT, VALUE):
            lower.append(GridCell(name, column))
        else:
            upper.append(GridCell(name, column, row_span=2))
    return [tuple(upper), tuple(lower)]


def _is_side_by_side(shape: Shape) -> bool:
    both = UNIT in shape.columns and VALUE in shape.columns
    return both and shape.columns.index(VALUE) == shape.columns.index(UNIT) + 1


def _row_of(texts: Sequence[str]) -> Row:
    return tuple(GridCell(text, column) for column, text in enumerate(texts))


def _cut(row: Row, label_column: int) -> tuple[Row, Row | None]:
    """A row parted by a page end: the rest of its label stands alone after the next header."""
    label = next(cell for cell in row if cell.column == label_column)
    if len(label.text) < 4:
        return row, None
    middle = len(label.text) // 2
    while not (label.text[middle - 1].isalpha() and label.text[middle].isalpha()):
        middle += 1
        if middle >= len(label.text):
            return row, None
    first = tuple(replace(cell, text=cell.text[:middle]) if cell is label else cell for cell in row)
    rest = tuple(replace(cell, text=cell.text[middle:] if cell is label else "") for cell in row)
    return first, rest


def _position(shape: Shape, name: str) -> int | None:
    return shape.columns.index(name) if name in shape.columns else None


def _stored_number(text: str) -> tuple[float, str] | None:
    """The number and the format that print as `text`, None for words."""
    text = unicodedata.normalize("NFKC", text)
    if re.fullmatch(r"0\d", text):
        return float(text), "00"
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", text):
        return float(text.replace(".", "")), "#,##0"
    if re.fullmatch(r"\d+%", text):
        return int(text[:-1]) / 100, "0%"
    if re.fullmatch(r"\d+(,\d{1,2})?", text):
        # `7,00` typed in Excel is kept as 7, so it stays text here.
        number = float(text.replace(",", "."))
        return (number, "General") if f"{number:g}".replace(".", ",") == text else None
    return None


def _composed(text: str, nfd: bool) -> str:
    return unicodedata.normalize("NFD" if nfd else "NFC", text)


def _docx_paragraph(text: str) -> str:
    parts = "<w:br/>".join(
        "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(piece)}</w:t>' for piece in line.split("\t"))
        for line in text.split("\n")
    )
    return f"<w:p><w:r>{parts}</w:r></w:p>"


def _docx_table(rows: Sequence[Row]) -> str:
    return f"<w:tbl><w:tblPr/>{''.join(_docx_row(cells) for cells in _with_continuations(rows))}</w:tbl>"


def _docx_row(cells: Sequence[tuple[GridCell, str]]) -> str:
    parts = []
    for cell, merge in cells:
        span = f'<w:gridSpan w:val="{cell.column_span}"/>' if cell.column_span > 1 else ""
        parts.append(f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{_docx_paragraph(cell.text)}</w:tc>")
    return f"<w:tr>{''.join(parts)}</w:tr>"


def _with_continuations(rows: Sequence[Row]) -> Iterator[list[tuple[GridCell, str]]]:
    """Cells with their vertical merge; Word repeats a cell that spans rows as an empty one below."""
    below: list[tuple[int, GridCell]] = []
    for number, row in enumerate(rows):
        cells = [(cell, '<w:vMerge w:val="restart"/>' if cell.row_span > 1 else "") for cell in row]
        cells += [(replace(cell, text=""), "<w:vMerge/>") for last, cell in below if number <= last]
        below += [(number + cell.row_span - 1, cell) for cell in row if cell.row_span > 1]
        yield sorted(cells, key=lambda pair: pair[0].column)


def _html_table(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            spans = (f" colspan={cell.column_span}" if cell.column_span > 1 else "") + (
                f" rowspan={cell.row_span}" if cell.row_span > 1 else ""
            )
            cells.append(f"<td{spans}>{escape(cell.text)}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _text_line(row: Row, width: int, pipes: bool) -> str:
    texts = [""] * width
    for cell in row:
        texts[cell.column] = cell.text
    return f"| {' | '.join(texts)} |" if pipes else "\t".join(texts)
