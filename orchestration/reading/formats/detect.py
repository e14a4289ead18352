"""Recognise what a file is from its bytes; names and extensions are never believed.

Out: docx, docm, xlsx, xlsm, xlsb, doc, xls, ods, odt, rtf, wordml, spreadsheetml, fodt, fods, pdf, html, mhtml or text,
a picture (jpg, png, gif, tiff, bmp, webp, heic), a parcel (zip, 7z, eml, msg); or Refused with the reason.
Not here: reading what the file says (one module a format).
"""

from __future__ import annotations

import re
import struct
import zipfile

from orchestration.reading.formats import mail, photo
from orchestration.reading.formats.zipped import open_zip, read_member
from orchestration.reading.refusal import Refused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BLANK = b" \t\r\n\f\v\0\x1a"
_SAMPLE = 65_536
_ROOT = 16_384
"""Characters that the name of an XML file's root and its many namespaces fit in."""
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
    (b"ms-excel.sheet.binary.macroEnabled.main", "xlsb"),
)
_ODF_TYPES = (
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
)
_ZIP_MARKERS = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"opendocument.text", "odt"), (b"opendocument", "ods"))
_7Z = b"7z\xbc\xaf\x27\x1c"
_UNPACK = {"do_vi": "Hãy nén lại thành ZIP hoặc gửi từng tệp", "do_en": "Pack it as ZIP or send the files one by one"}
_KNOWN = {
    b"Rar!\x1a\x07": {"what_vi": "tệp nén RAR", "what_en": "a RAR archive", **_UNPACK},
    b"\x1f\x8b": {"what_vi": "tệp nén GZIP", "what_en": "a GZIP archive", **_UNPACK},
    b"BZh": {"what_vi": "tệp nén BZIP2", "what_en": "a BZIP2 archive", **_UNPACK},
    b"\xfd7zXZ\0": {"what_vi": "tệp nén XZ", "what_en": "an XZ archive", **_UNPACK},
    b"\x78\x9f\x3e\x22": {
        "what_vi": "tệp winmail.dat của Outlook (TNEF), trong đó có tệp đính kèm",
        "what_en": "Outlook's winmail.dat (TNEF), with what was attached inside",
        "do_vi": "Hãy gửi lại thư ở dạng HTML hoặc gửi thẳng tệp báo cáo",
        "do_en": "Send the mail again as HTML, or the report itself",
    },
    b"From ": {
        "what_vi": "hộp thư MBOX (nhiều thư điện tử trong một tệp)",
        "what_en": "an MBOX mailbox (many mails in a file)",
        "do_vi": "Hãy gửi từng thư (.eml) hoặc gửi thẳng tệp báo cáo",
        "do_en": "Send each mail (.eml), or the report itself",
    },
}
_SLIDES = {
    "what_vi": "tệp trình chiếu hoặc bản vẽ",
    "what_en": "a presentation or a drawing",
    "do_vi": "Hãy gửi báo cáo bằng Word, Excel hoặc PDF",
    "do_en": "Send the report as Word, Excel or PDF",
}
_MAIL_HEAD = re.compile(
    r"(?:MIME-Version|From|Received|Return-Path|Subject|Date|To|Message-ID|Delivered-To|Content-Type|DKIM-Signature|"
    r"X-[A-Za-z-]{1,60}): ?.",
    re.IGNORECASE,
)
_CONTENT_TYPE = re.compile(r"^Content-Type:\s*[a-z]+/", re.IGNORECASE | re.MULTILINE)
_XML_KINDS = (
    ("urn:schemas-microsoft-com:office:spreadsheet", "spreadsheetml"),
    ("schemas.microsoft.com/office/word/2003/wordml", "wordml"),
    ('office:mimetype="application/vnd.oasis.opendocument.text', "fodt"),
    ('office:mimetype="application/vnd.oasis.opendocument.spreadsheet', "fods"),
)
_FLAT = {
    "what_vi": "tài liệu Office lưu dạng XML phẳng",
    "what_en": "an Office document saved as flat XML",
    "do_vi": "Hãy mở bằng Word hoặc Excel và lưu lại thành .docx hoặc .xlsx",
    "do_en": "Open it in Word or Excel and save it as .docx or .xlsx",
}
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
    if data.startswith(_7Z):
        return "7z"
    if picture := photo.kind_of(data):
        return picture
    _refuse_known(data)
    return _text_format(data)


def _refuse_known(data: bytes) -> None:
    for start, what in _KNOWN.items():
        if data.startswith(start):
            raise Refused("known_format", **what)


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
    if any(name.startswith(("ppt/", "visio/")) for name in names):
        raise Refused("known_format", **_SLIDES)
    return "zip"


def _odf_format(opened: zipfile.ZipFile, names: set[str]) -> str:
    declared = read_member(opened, "mimetype", 1024)
    for marker, format in _ODF_TYPES:
        if declared.startswith(marker):
            manifest = "META-INF/manifest.xml"
            if manifest in names and b"encryption-data" in read_member(opened, manifest, 1024**2):
                raise Refused("password")
            return format
    if b"presentation" in declared or b"graphics" in declared:
        raise Refused("known_format", **_SLIDES)
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
        start = streams["WordDocument"]
        head = data[start:][:12]
        if start and len(head) < 12:
            raise Refused("truncated", format="doc")
        if head[:2] == b"\xec\xa5" and struct.unpack_from("<H", head, 10)[0] & 0x0100:
            raise Refused("password")
        return "doc"
    for name in ("Workbook", "Book"):
        if name in streams:
            _refuse_locked_workbook(data[streams[name] :][:4096])
            return "xls"
    if "__properties_version1.0" in streams:
        return "msg"
    if "PowerPoint Document" in streams:
        raise Refused("known_format", **_SLIDES)
    raise Refused("unknown_format")


def _ole_streams(data: bytes) -> dict[str, int]:
    """Offset in the file of each stream's first sector, by name; empty where the directory cannot be read.

    0 of a stream below the cutoff, which lies inside another one ([MS-CFB] 2.2).
    """
    if len(data) < 512:
        return {}
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        return {}
    size, cutoff = 1 << shift, struct.unpack_from("<I", data, 56)[0]
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
                start, bytes_of_it = struct.unpack_from("<II", chunk, place + 116)
                streams.setdefault(name, (start + 1) << shift if bytes_of_it >= cutoff else 0)
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
        for marker, kind in _XML_KINDS:
            if marker in start[:_ROOT]:
                return kind
        if "schemas.microsoft.com/office/2006/xmlPackage" in start[:_ROOT]:
            raise Refused("known_format", **_FLAT)
        raise Refused("unknown_format")
    if _MAIL_HEAD.match(start) and _CONTENT_TYPE.search(re.split(r"\r?\n\r?\n", start, maxsplit=1)[0]):
        return "mhtml" if mail.page_of(data) is not None else "eml"
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
