"""Recognise what a file is from its bytes; names and extensions are never believed.

Out: docx, docm, xlsx, xlsm, doc, xls, ods, odt, rtf, pdf, html or text; or Refused with the reason.
Not here: reading what the file says (one module a format).
"""

from __future__ import annotations

import re
import struct
import zipfile

from orchestration.reading.formats.zipped import open_zip, read_member
from orchestration.reading.refusal import Refused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BLANK = b" \t\r\n\f\v\0\x1a"
_SAMPLE = 65_536
_NO_MORE = 0xFFFFFFF0

_CONTENT_TYPES = (
    (b"wordprocessingml.document.main+xml", "docx"),
    (b"wordprocessingml.template.main+xml", "docx"),
    (b"ms-word.document.macroEnabled.main+xml", "docm"),
    (b"ms-word.template.macroEnabledTemplate.main+xml", "docm"),
    (b"spreadsheetml.sheet.main+xml", "xlsx"),
    (b"spreadsheetml.template.main+xml", "xlsx"),
    (b"ms-excel.sheet.macroEnabled.main+xml", "xlsm"),
    (b"ms-excel.template.macroEnabled.main+xml", "xlsm"),
)
_ODF_TYPES = (
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
)
_ZIP_MARKERS = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"opendocument.text", "odt"), (b"opendocument", "ods"))
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|table|div|p|h[1-6]|meta|title)[\s>]", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f\x7f\ufffd\ufffe\uffff]")


def detect(data: bytes) -> str:
    """Format of `data`. Raises Refused: empty, password, truncated, zip_bomb or unknown_format."""
    if not data.strip(_BLANK).removeprefix(b"\xef\xbb\xbf"):
        raise Refused("empty")
    if data.startswith(b"PK"):
        return _zip_format(data)
    if data.startswith(_OLE):
        return _ole_format(data)
    if data.lstrip(_BLANK).startswith(b"{\\rtf"):
        return "rtf"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    return _text_format(data)


def _zip_format(data: bytes) -> str:
    opened = open_zip(data, _likely_zip(data))
    names = set(opened.namelist())
    if "mimetype" in names:
        return _odf_format(opened, names)
    if "[Content_Types].xml" in names:
        types = read_member(opened, "[Content_Types].xml", 1024**2, _likely_zip(data))
        for marker, format in _CONTENT_TYPES:
            if marker in types:
                return format
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    raise Refused("unknown_format")


def _odf_format(opened: zipfile.ZipFile, names: set[str]) -> str:
    declared = read_member(opened, "mimetype", 1024)
    for marker, format in _ODF_TYPES:
        if declared.startswith(marker):
            manifest = "META-INF/manifest.xml"
            if manifest in names and b"encryption-data" in read_member(opened, manifest, 1024**2):
                raise Refused("password")
            return format
    raise Refused("unknown_format")


def _likely_zip(data: bytes) -> str:
    """What a zip was meant to be, told by the names in it: a cut file has lost its directory."""
    for marker, format in _ZIP_MARKERS:
        if marker in data:
            return format
    return "zip"


def _ole_format(data: bytes) -> str:
    """Kind of an OLE file by the streams in its directory ([MS-CFB] 2.6).

    A workbook or document under a password is an OLE file that holds EncryptedPackage; the older formats say so
    in a bit of their first bytes ([MS-DOC] 2.5.1 fEncrypted, [MS-XLS] 2.4.117 FilePass).
    """
    streams = _ole_streams(data)
    if not streams:
        raise Refused("truncated", format="Office 97-2003")
    if "EncryptedPackage" in streams:
        raise Refused("password")
    if "WordDocument" in streams:
        head = data[streams["WordDocument"] :][:12]
        if len(head) < 12:
            raise Refused("truncated", format="doc")
        if head[:2] == b"\xec\xa5" and struct.unpack_from("<H", head, 10)[0] & 0x0100:
            raise Refused("password")
        return "doc"
    for name in ("Workbook", "Book"):
        if name in streams:
            _refuse_locked_workbook(data[streams[name] :][:4096])
            return "xls"
    raise Refused("unknown_format")


def _ole_streams(data: bytes) -> dict[str, int]:
    """Offset in the file of each stream's first sector, by name; empty where the directory cannot be read."""
    if len(data) < 512:
        return {}
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        return {}
    size = 1 << shift
    table_sectors = [s for s in struct.unpack_from("<109I", data, 76) if s < _NO_MORE]
    entries: list[int] = []
    for sector in table_sectors:
        chunk = data[(sector + 1) << shift :][:size]
        entries.extend(struct.unpack(f"<{len(chunk) // 4}I", chunk[: len(chunk) // 4 * 4]))
    streams: dict[str, int] = {}
    sector = struct.unpack_from("<I", data, 48)[0]
    seen: set[int] = set()
    while sector < _NO_MORE and sector not in seen and len(seen) < 4096:
        seen.add(sector)
        chunk = data[(sector + 1) << shift :][:size]
        for place in range(0, len(chunk) - 127, 128):
            length = struct.unpack_from("<H", chunk, place + 64)[0]
            if 2 < length <= 64:
                name = chunk[place : place + length - 2].decode("utf-16-le", errors="replace")
                start = struct.unpack_from("<I", chunk, place + 116)[0]
                streams.setdefault(name, (start + 1) << shift)
        sector = entries[sector] if sector < len(entries) else _NO_MORE
    return streams


def _refuse_locked_workbook(head: bytes) -> None:
    place = 0
    for _ in range(8):
        if place + 4 > len(head):
            return
        kind, length = struct.unpack_from("<HH", head, place)
        if kind == 0x002F:
            raise Refused("password")
        place += 4 + length


def _text_format(data: bytes) -> str:
    text = _sample_text(data)
    if text is None:
        raise Refused("unknown_format")
    start = text.lstrip("\ufeff \t\r\n\f\v")
    if start.startswith("<?xml") and "<html" not in start[:4096].lower():
        raise Refused("unknown_format")
    if start.startswith("<") and _HTML.search(start[:4096]):
        return "html"
    return "text"


def _sample_text(data: bytes) -> str | None:
    """The file's first part read roughly, or None where it is not text in any encoding."""
    sample = data[:_SAMPLE]
    encodings: tuple[str, ...]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    elif b"\0" in sample:
        # Half the bytes of Vietnamese in UTF-16 are 00, 01 or 1E; which half tells the byte order.
        encodings = ("utf-16-le", "utf-16-be")
    else:
        encodings = ("utf-8", "latin-1")
    for encoding in encodings:
        text = sample.decode(encoding, errors="replace")
        if encoding == "utf-8" and text.count("\ufffd") > 1:
            continue
        if encoding.startswith("utf-16") and not _mostly_latin(text):
            continue
        return text if len(_CONTROL.findall(text)) <= len(text) // 100 else None
    return None


def _mostly_latin(text: str) -> bool:
    return sum(c < "\u0250" or "\u1e00" <= c <= "\u20ff" or "\u0300" <= c <= "\u036f" for c in text) > 0.9 * len(text)
