"""Made-up reports as people send them: in archives, mails and other files, marked, overlaid, in old fonts, as photos.

In: AnnexLine records. Out: bytes, the same for the same input but for LibreOffice's files. `KINDS` names every kind.
Not here: plain documents (`document_factory.py`, `pdf_factory.py`), and what a reader should make of them.
"""

from __future__ import annotations

import base64
import io
import re
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import py7zr
import pypdfium2
import pypdfium2.raw as pdfium

from orchestration.reading.formats import office, photo
from orchestration.reading.formats.encoding import decode_legacy
from orchestration.simulation.documents import zip_bytes
from tests.compound_file import outlook_mail
from tests.document_factory import AnnexLine, make_docx, make_html, make_txt, make_xlsx
from tests.pdf_factory import make_pdf, pages_of, pictures_as_pdf, two_pages_a_sheet
from tests.photo_factory import Shot, make_photos

R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
CHUNK = f'<w:altChunk {R} r:id="r1"/>'
OBJECT = f'<w:p><w:r><w:object><OLEObject {R} r:id="r1"/></w:object></w:r></w:p>'

# Archives and mails


def zip_of(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def seven(files: dict[str, bytes], password: str | None = None) -> bytes:
    made = io.BytesIO()
    with py7zr.SevenZipFile(made, "w", password=password) as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return made.getvalue()


def mail(files: dict[str, bytes], text: str = "Kính gửi Bộ Nội vụ.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@tinh.invalid", "b@bo.invalid", "Báo cáo CCHC"
    message.set_content(text)
    for name, content in files.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def mhtml(page: bytes) -> bytes:
    """A single-file web page, as Word and browsers write it."""
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
    part = (
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nContent-Location: a.htm\r\n\r\n"
    )
    return f"{head}{part}{base64.encodebytes(page).decode()}\r\n--b--\r\n".encode()


# Inside other files


def word_around(lines: Sequence[AnnexLine], parts: dict[str, bytes], body: str) -> bytes:
    """A Word report whose annex is `body` in place of its table; `parts` are r1, r2 … in their order."""
    files = _package(make_docx(lines))
    document = re.sub(r"<w:tbl>.*</w:tbl>", lambda _: body, files["word/document.xml"].decode(), flags=re.DOTALL)
    names = "".join(f'<Relationship Id="r{number}" Type="x" Target="{name}"/>' for number, name in enumerate(parts, 1))
    schema = "http://schemas.openxmlformats.org/package/2006/relationships"
    relations = f'<Relationships xmlns="{schema}">{names}</Relationships>'
    return zip_bytes(
        files
        | {"word/document.xml": document, "word/_rels/document.xml.rels": relations}
        | {f"word/{name}": content for name, content in parts.items()}
    )


def word_of_pictures(lines: Sequence[AnnexLine], dpi: int = 200) -> bytes:
    """A Word report with its annex pasted as pictures of the pages."""
    pages = {}
    for number, page in enumerate(pages_of(make_pdf(lines, letterhead=False), dpi), 1):
        made = io.BytesIO()
        page.save(made, "PNG")
        pages[f"media/image{number}.png"] = made.getvalue()
    blip = '<w:p><w:r><w:drawing><a:blip xmlns:a="a" {R} r:embed="r{number}"/></w:drawing></w:r></w:p>'
    return word_around(lines, pages, "".join(blip.format(R=R, number=number) for number in range(1, len(pages) + 1)))


def pdf_with_attached(lines: Sequence[AnnexLine], name: str, content: bytes) -> bytes:
    """The first page of a report with a file attached."""
    with pypdfium2.PdfDocument(make_pdf(lines[:1], letterhead=True)) as file:
        for number in range(len(file) - 1, 0, -1):
            del file[number]
        file.new_attachment(name).set_data(content)
        made = io.BytesIO()
        file.save(made)
    return made.getvalue()


def _package(docx: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(docx)) as package:
        return {name: package.read(name) for name in package.namelist()}


# Marks, overlays, old fonts


def with_note_marks(docx: bytes, lines: Sequence[AnnexLine]) -> bytes:
    """Every other whole figure with a raised note mark behind it."""
    files = _package(docx)
    document = files["word/document.xml"].decode()
    raised = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>1</w:t></w:r>'
    values = {line.value for line in lines[::2] if line.value.isdigit()}
    for value in values:
        document = re.sub(rf"(<w:t[^>]*>{value}</w:t></w:r>)", rf"\1{raised}", document)
    return zip_bytes(files | {"word/document.xml": document})


def with_watermark(data: bytes, text: str = "DU THAO 2021") -> bytes:
    """A PDF with words across each page, at 45 degrees and 60 points, in grey."""
    with pypdfium2.PdfDocument(data) as file:
        for page in file:
            item = pdfium.FPDFPageObj_NewTextObj(file.raw, b"Helvetica", 60.0)
            encoded = (text + "\0").encode("utf-16-le")
            letters = (pdfium.FPDF_WCHAR * (len(encoded) // 2)).from_buffer_copy(encoded)
            pdfium.FPDFText_SetText(item, letters)
            pdfium.FPDFPageObj_SetFillColor(item, 120, 120, 120, 255)
            pdfium.FPDFPageObj_Transform(item, 0.707, 0.707, -0.707, 0.707, 140, 220)
            pdfium.FPDFPage_InsertObject(page.raw, item)
            page.gen_content()
        made = io.BytesIO()
        file.save(made)
    return made.getvalue()


def in_old_letters(text: str, font: str = ".VnTime") -> str:
    """`text` as a document in an old font stores it: the inverse of the published layout, letter by letter."""
    stored: dict[str, str] = {}
    for code in range(0xA1, 0x100):
        decoded = decode_legacy(chr(code), font)
        if decoded and len(decoded) == 1:
            stored.setdefault(decoded, chr(code))
    return "".join(stored.get(letter, stored.get(letter.lower(), letter)) for letter in text)


def word_in_old_letters(lines: Sequence[AnnexLine], **words: object) -> bytes:
    """A Word report in .VnTime, every run with its font."""
    files = _package(make_docx(lines, **words))
    font = '<w:rPr><w:rFonts w:ascii=".VnTime" w:hAnsi=".VnTime"/></w:rPr>'
    document = re.sub(
        r"<w:r>(?:<w:rPr>.*?</w:rPr>)?<w:t([^>]*)>([^<]*)</w:t></w:r>",
        lambda match: f"<w:r>{font}<w:t{match[1]}>{in_old_letters(match[2])}</w:t></w:r>",
        files["word/document.xml"].decode(),
    )
    return zip_bytes(files | {"word/document.xml": document})


def by_office(data: bytes, extension: str, target: str) -> bytes:
    """What LibreOffice makes of a file when it is told to save it as another format."""
    program = office.office_program()
    assert program, "LibreOffice is not installed"
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"a.{extension}").write_bytes(data)
        told = [str(program), "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
        told += ["--convert-to", target, "--outdir", str(folder / "out"), str(folder / f"a.{extension}")]
        subprocess.run(told, check=True, capture_output=True, timeout=300)
        return next((folder / "out").iterdir()).read_bytes()


# All kinds

Make = Callable[[list[AnnexLine]], bytes]


def _photographed(shot: Shot) -> Make:
    return lambda lines: photo.pdf_of(make_photos(lines, seed=len(lines[3].value), shot=shot))


def _nested(lines: list[AnnexLine]) -> bytes:
    return zip_of({"thu.eml": mail({"gui.zip": zip_of({"BC.docx": make_docx(lines)})})})


def _printed_twice(lines: list[AnnexLine]) -> bytes:
    return two_pages_a_sheet(make_pdf(lines, letterhead=True))


KINDS: dict[str, Make] = {
    "docx": make_docx,
    "html": make_html,
    "txt": make_txt,
    "xlsx": partial(make_xlsx, typed=False),
    "doc": lambda lines: by_office(make_docx(lines), "docx", "doc"),
    "rtf": lambda lines: by_office(make_docx(lines), "docx", "rtf"),
    "odt, titles out of place": lambda lines: by_office(make_docx(lines), "docx", "odt"),
    "xls": lambda lines: by_office(make_xlsx(lines, typed=False), "xlsx", "xls"),
    "ods": lambda lines: by_office(make_xlsx(lines, typed=False), "xlsx", "ods"),
    "note marks, docx": lambda lines: with_note_marks(make_docx(lines), lines),
    "watermark, pdf": lambda lines: with_watermark(make_pdf(lines)),
    "old font, docx": word_in_old_letters,
    "old font, doc": lambda lines: by_office(word_in_old_letters(lines), "docx", "doc"),
    "old font, rtf": lambda lines: by_office(word_in_old_letters(lines), "docx", "rtf"),
    "zip": lambda lines: zip_of({"BC.docx": make_docx(lines)}),
    "7z": lambda lines: seven({"BC.docx": make_docx(lines)}),
    "eml": lambda lines: mail({"BC.docx": make_docx(lines)}),
    "msg": lambda lines: outlook_mail({"BC.docx": make_docx(lines)}),
    "mhtml": lambda lines: mhtml(make_html(lines)),
    "zip in a mail in a zip": _nested,
    "chunk in docx": lambda lines: word_around(lines, {"c.html": make_html(lines)}, CHUNK),
    "workbook in docx": lambda lines: word_around(lines, {"embeddings/b.xlsx": make_xlsx(lines, typed=False)}, OBJECT),
    "workbook attached to pdf": lambda lines: pdf_with_attached(lines, "pl.xlsx", make_xlsx(lines, typed=False)),
    "two pages a sheet, pdf": _printed_twice,
    "two pages a sheet, scan": lambda lines: pictures_as_pdf(pages_of(_printed_twice(lines))),
    "pictures of pages in docx": word_of_pictures,
    "photos, mild": _photographed(Shot()),
    "photos, perspective": _photographed(Shot(tilt=0.14, turn=4.0)),
    "photos, bent": _photographed(Shot(curl=0.025, tilt=0.1, turn=2.0)),
    "photos, yellow and in shadow": _photographed(Shot(warm=0.35, shadow=0.45)),
    "photos, from afar": _photographed(Shot(wide=3000, fill=0.65, tilt=0.08)),
    "photos, sent small": _photographed(Shot(wide=1200, blur=0.7, noise=6.0)),
    "photos, blurred": _photographed(Shot(blur=2.2)),
}
"""Kind → the report of some lines as a file of that kind."""

OF_OFFICE = frozenset(
    kind for kind in KINDS if kind.split(", ")[-1] in ("doc", "rtf", "xls", "ods") or kind.startswith("odt")
)
"""Kinds that LibreOffice writes and, when they are read, converts."""

PICTURES = frozenset(kind for kind in KINDS if kind.startswith(("photos", "pictures")) or kind.endswith("scan"))
"""Kinds whose pages are read by Tesseract."""
