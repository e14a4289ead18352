"""A file's format is told by its content, and what cannot be opened safely is refused before it is opened."""

from __future__ import annotations

import struct
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from document_factory import (
    docx_package,
    make_docx,
    make_html,
    make_txt,
    make_xlsx,
    short_annex,
    zip_bytes,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.reading.formats import zipped
from orchestration.reading.formats.detect import detect
from orchestration.reading.refusal import Refused

LINES = short_annex()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def ole_file(stream: str, content: bytes = b"") -> bytes:
    """The smallest OLE file with one stream: header, table, directory, content."""
    header = bytearray(512)
    header[:8] = OLE
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFE, *[0xFFFFFFFF] * 125)
    directory = bytearray(512)
    for place, (name, start) in enumerate((("Root Entry", 0xFFFFFFFE), (stream, 2))):
        encoded = name.encode("utf-16-le")
        directory[place * 128 : place * 128 + len(encoded)] = encoded
        struct.pack_into("<H", directory, place * 128 + 64, len(encoded) + 2)
        struct.pack_into("<I", directory, place * 128 + 116, start)
    return bytes(header) + table + bytes(directory) + content.ljust(512, b"\0")


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as raised:
        detect(data)
    return raised.value.code


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (make_docx(LINES), "docx"),
        (make_xlsx(LINES), "xlsx"),
        (make_html(LINES), "html"),
        (make_txt(LINES), "text"),
        (make_txt(LINES, encoding="utf-16"), "text"),
        (make_txt(LINES, encoding="utf-16-le"), "text"),
        (make_txt(LINES, nfd=True), "text"),
        ("B¸o c¸o c«ng t¸c c¶i c¸ch hµnh chÝnh".encode("cp1252"), "text"),
        (b"\xef\xbb\xbf<html><body>x", "html"),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-'><html>", "html"),
        (b"<table><tr><td>1.1</td></tr></table>", "html"),
        (b"{\\rtf1\\ansi x}", "rtf"),
        (b"\r\n%PDF-1.4 ...", "pdf"),
        (docx_package("<x/>", macros=True), "docm"),
        (zip_bytes({"mimetype": "application/vnd.oasis.opendocument.text"}), "odt"),
        (zip_bytes({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "ods"),
        (ole_file("WordDocument", b"\xec\xa5" + bytes(20)), "doc"),
        (ole_file("Workbook", b"\x09\x08\x10\x00" + bytes(40)), "xls"),
        (ole_file("Book"), "xls"),
        (ole_file("__properties_version1.0"), "msg"),
        (zip_bytes({"a.txt": "x"}), "zip"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(26), "7z"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "png"),
        (b"\xff\xd8\xff\xe0" + bytes(200), "jpg"),
        (b"II*\0" + bytes(200), "tiff"),
        (b"\0\0\0\x18ftypheic" + bytes(200), "heic"),
        (b"From: a@b\r\nContent-Type: text/plain\r\n\r\nxin", "eml"),
        (b"MIME-Version: 1.0\nContent-Type: text/html\n\n<p>xin</p>", "mhtml"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>", "spreadsheetml"),
        (
            b"<?xml version='1.0'?><office:document office:mimetype=\"application/vnd.oasis.opendocument.text\"/>",
            "fodt",
        ),
        (
            b"<?xml version='1.0'?><office:document xmlns:a='" + b"a" * 5000 + b"'"
            b' office:mimetype="application/vnd.oasis.opendocument.spreadsheet"/>',
            "fods",
        ),
        (b"From: the province\nTo whom it may concern\n", "text"),
    ],
)
def test_content_tells_the_format(data, format):
    assert detect(data) == format


@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf", bytes(100)])
def test_nothing_but_white_space_is_empty(data):
    assert refusal(data) == "empty"


def test_a_workbook_under_a_password_is_refused_as_such():
    assert refusal(ole_file("EncryptedPackage")) == "password"


def test_old_word_and_excel_passwords_are_seen_before_they_are_opened():
    locked = bytearray(b"\xec\xa5" + bytes(20))
    struct.pack_into("<H", locked, 10, 0x0100)
    assert refusal(ole_file("WordDocument", bytes(locked))) == "password"
    bof, filepass = b"\x09\x08\x02\x00ab", b"\x2f\x00\x02\x00cd"
    assert refusal(ole_file("Workbook", bof + filepass)) == "password"


@pytest.mark.parametrize("data", [ole_file("Whatever"), b"<?xml version='1.0'?><svg/>"])
def test_what_no_reader_reads_is_an_unknown_format(data):
    assert refusal(data) == "unknown_format"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"Rar!\x1a\x07\x01\0" + bytes(50), "RAR"),
        (b"\x1f\x8b\x08" + bytes(50), "GZIP"),
        (b"From phong.cchc@example.vn Mon Jan  3 08:00:00 2022\nSubject: BC\n", "MBOX"),
        (b"\x78\x9f\x3e\x22" + bytes(50), "winmail.dat"),
        (b"<?xml version='1.0'?><pkg:package xmlns:pkg='http://schemas.microsoft.com/office/2006/xmlPackage'/>", "XML"),
        (zip_bytes({"[Content_Types].xml": "<x/>", "ppt/presentation.xml": "<x/>"}), "trình chiếu"),
        (ole_file("PowerPoint Document"), "trình chiếu"),
    ],
)
def test_a_format_that_is_known_and_not_read_is_named(data, what):
    with pytest.raises(Refused) as raised:
        detect(data)
    assert (raised.value.code, what in raised.value.sentence.vi) == ("known_format", True)


def test_rubbish_is_an_unknown_format():
    assert refusal(bytes(range(256)) * 20) == "unknown_format"


def test_a_word_file_cut_short_is_named_as_one():
    whole = make_docx(LINES)
    with pytest.raises(Refused) as raised:
        detect(whole[: len(whole) // 2])
    assert raised.value.code == "truncated"
    assert raised.value.facts["format"] == "docx"


def test_a_word_file_with_so_little_text_that_its_stream_lies_in_another_is_not_cut_short():
    data = bytearray(ole_file("WordDocument")[:1536])
    assert refusal(bytes(data)) == "truncated"
    struct.pack_into("<I", data, 56, 4096)
    assert detect(bytes(data)) == "doc"


def test_a_member_that_unpacks_to_hundreds_of_times_its_size_is_a_bomb():
    assert refusal(zip_bytes({"word/document.xml": b" " * (zipped.RATIO_FROM + 1)})) == "zip_bomb"


def test_members_are_added_up_before_any_is_opened(monkeypatch):
    data = zip_bytes({"a": b"x" * 600, "b": b"y" * 600})
    monkeypatch.setattr(zipped, "MAX_UNPACKED", 1000)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("a member was opened"))
    assert refusal(data) == "zip_bomb"


def test_a_directory_that_lies_about_a_size_is_not_believed():
    honest = zip_bytes({"a": b"x" * 5_000_000})
    lying = honest.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 50))
    with pytest.raises(Refused) as raised:
        zipped.read_member(zipfile.ZipFile(BytesIO(lying)), "a", 1000)
    assert raised.value.code == "truncated"


def test_a_member_is_never_read_beyond_its_limit():
    with pytest.raises(Refused) as raised:
        zipped.read_member(zipfile.ZipFile(BytesIO(zip_bytes({"a": b"x" * 5000}))), "a", 4999)
    assert raised.value.code == "zip_bomb"
    assert len(zipped.read_member(zipfile.ZipFile(BytesIO(zip_bytes({"a": b"x" * 5000}))), "a", 5000)) == 5000


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from([b"", b"PK\x03\x04", OLE, b"\xff\xfe", b"<html>", b"%PDF-"]))
def test_any_bytes_have_a_format_or_a_reason(data, start):
    with suppress(Refused):
        assert detect(start + data)
