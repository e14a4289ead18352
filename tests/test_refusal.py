"""A refusal says what the file is and holds, what was seen in it, and what to do: in each language, in one only."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from orchestration.reading.document import PARAGRAPH, TABLE_ROW, Block, Cell, Document
from orchestration.reading.knowledge.likeness import likeness_of
from orchestration.reading.reader import read_bytes
from orchestration.reading.refusal import SENTENCES
from orchestration.simulation.documents import zip_bytes
from tests.container_factory import mail, zip_of
from tests.document_factory import make_docx, make_html, make_txt, sample_annex
from tests.pdf_factory import pictures_as_pdf

LINES = sample_annex(5)


def text(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def picture(format: str) -> bytes:
    made = BytesIO()
    Image.new("RGB", (1200, 900), (180, 200, 150)).save(made, format)
    return made.getvalue()


def ole(stream: str) -> bytes:
    """The beginning of an OLE file whose directory names one stream."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head[30:32] = (9).to_bytes(2, "little")
    head[76:512] = b"\xff" * 436
    name = stream.encode("utf-16-le") + b"\0\0"
    entry = name.ljust(64, b"\0") + len(name).to_bytes(2, "little") + bytes(62)
    return bytes(head) + entry.ljust(512, b"\0")


HEAD = ("ỦY BAN NHÂN DÂN TỈNH HÀ NAM", "Số: 12/QĐ-UBND")
TABLE = ("TT\tHọ và tên\tChức vụ", "1\tA\tB")
FOREIGN = "STT\tChỉ tiêu thống kê\tĐơn vị tính\tSố liệu\tGhi chú"
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a decree": (
        lambda: text("CHÍNH PHỦ", "NGHỊ ĐỊNH", "Về công tác văn thư", "Điều 1."),
        "đây là Nghị định; không có bảng nào",
    ),
    "a decision with a list": (
        lambda: text(*HEAD, "QUYẾT ĐỊNH", "Về việc khen thưởng", *TABLE),
        "đây là Quyết định; có 1 bảng: «TT | Họ và tên | Chức vụ»",
    ),
    "a plan": (lambda: text(*HEAD, "KẾ HOẠCH CẢI CÁCH HÀNH CHÍNH NĂM 2022"), "đây là Kế hoạch; "),
    "a letter": (
        lambda: text("ỦY BAN NHÂN DÂN TỈNH HÀ NAM", "Số: 45/UBND-NC", "V/v gửi báo cáo", "Kính gửi: Bộ Nội vụ"),
        "đây là Công văn; ",
    ),
    "a report without annex": (lambda: text(*HEAD, "BÁO CÁO", "Kết quả năm 2021"), "đây là Báo cáo; "),
    "notes": (
        lambda: text("Chào các anh chị,", "mai họp."),
        "không rõ là loại văn bản gì; không có bảng nào, bắt đầu bằng «Chào",
    ),
    "a photo of no paper": (lambda: picture("JPEG"), "Tệp ảnh JPG không có chữ nào đọc được"),
    "a picture cut short": (lambda: picture("PNG")[:200], "Tệp PNG bị hỏng hoặc bị cắt cụt"),
    "an empty scan": (
        lambda: pictures_as_pdf([Image.new("RGB", (1654, 2339), "white")]),
        "Tệp PDF không có chữ nào đọc được",
    ),
    "a mail with two files": (
        lambda: mail({"BC.docx": make_docx(LINES), "b.txt": b"x"}),
        "Đây là thư điện tử có 2 tệp đính kèm: BC.docx, b.txt",
    ),
    "an archive": (lambda: zip_of({"BC.docx": make_docx(LINES)}), "Đây là tệp nén có 1 tệp: BC.docx"),
    "an empty archive": (lambda: zip_of({}), "không chứa tệp nào"),
    "a RAR archive": (lambda: b"Rar!\x1a\x07\x01" + bytes(50), "Đây là tệp nén RAR"),
    "slides": (lambda: ole("PowerPoint Document"), "Đây là tệp trình chiếu"),
    "slides of LibreOffice": (
        lambda: zip_bytes({"mimetype": "application/vnd.oasis.opendocument.presentation", "content.xml": "<a/>"}),
        "Đây là tệp trình chiếu",
    ),
    "an annex cut short": (lambda: make_docx(LINES[:60]), "chỉ có 60 trên 121 dòng, dừng ở mã"),
    "a foreign table under the titles": (
        lambda: text(
            "STT\tChỉ tiêu thống kê\tĐơn vị tính\tSố liệu\tGhi chú",
            *(f"{n}\tDiện tích {n}\tha\t{n}\t" for n in range(1, 30)),
        ),
        "Phụ lục không theo biểu mẫu nào đã biết",
    ),
    "titles over the wrong columns": (
        lambda: make_html(LINES).replace("Số liệu".encode(), b"x").replace("Ghi chú".encode(), "Số liệu".encode()),
        "không nằm dưới cột «Số liệu»",
    ),
    "nothing": (lambda: b"", "Tệp rỗng"),
    "no province": (lambda: make_txt(LINES, "Atlantis", 2021), "Không xác định được tỉnh"),
}


@pytest.mark.ocr
@pytest.mark.parametrize("name", REFUSED)
def test_each_refused_file_is_told_what_it_is(name: str) -> None:
    make, words = REFUSED[name]
    refusal = read_bytes(make(), "2021-FY/tep").refusal
    assert refusal and words in refusal.sentence.vi
    assert "Hãy" in refusal.sentence.vi


MARKED = set("ăâđêôơưĂÂĐÊÔƠƯ") | set(map(chr, range(0x1EA0, 0x1EFA)))
ENGLISH = (" tables", " files", " pages", " page ", " table ", " the ", " is ")


@pytest.mark.ocr
@pytest.mark.parametrize("name", REFUSED)
def test_a_reason_is_in_one_language(name: str) -> None:
    refusal = read_bytes(REFUSED[name][0](), "2021-FY/tep").refusal
    assert refusal
    assert not [word for word in ENGLISH if word in refusal.sentence.vi]
    # What the document says stands in «», file names after a colon.
    own = "".join(part.partition("«")[0] for part in refusal.sentence.en.split("»"))
    assert not MARKED & set(own)


def test_a_picture_of_another_document_is_called_so() -> None:
    blocks = (
        Block(PARAGRAPH, text="QUYẾT ĐỊNH", page=1),
        Block(TABLE_ROW, page=1, table=1, cells=(Cell(0, "TT"), Cell(1, "Tên"))),
    )
    said = likeness_of(Document("scan", blocks, pages=3))
    assert said.vi == "đây là ảnh chụp hoặc bản quét 3 trang, Quyết định; có 1 bảng: «TT | Tên»"
    assert said.en == "it is a photo or scan of 3 pages, a decision; tables in it: 1, «TT | Tên»"


def test_no_sentence_mixes_its_languages() -> None:
    for code, sentence in SENTENCES.items():
        own = "".join(part.partition("«")[0] for part in sentence.en.split("»"))
        assert not MARKED & set(own), code
        assert not [word for word in ENGLISH if word in sentence.vi], code
