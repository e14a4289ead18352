"""PDF files for people: every number is that of a mart, what is made up is marked, hostile text stays text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.publishing.facts import Facts
from orchestration.publishing.print import typeset

# What every template needs; a document without a part is one empty page.
EMPTY = {"title": "Hồ sơ", "lines": [], "day": date(2024, 12, 20), "to": "20/12/2024", "mark": "MÔ PHỎNG", "parts": []}


def pages(pdf: bytes | Path) -> list[str]:
    """The text of each page, on one line, without what only lets a word break."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            " ".join(page.get_textpage().get_text_bounded().replace("\u200b", "").replace("\ufffe", "").split())
            for page in document
        ]


def findings_of(*rows: list[str]) -> dict[str, object]:
    """A profile's data with one block of findings."""
    block = {"kind": "findings", "heading": "Điều cần xem lại", "rows": list(rows), "more": 0}
    return {**EMPTY, "parts": [{"is_simulated": False, "blocks": [block]}]}


def test_a_text_is_never_source():
    hostile = ['#import "x.typ": *', "*đậm* _nghiêng_", "$x^2$ `mã` @nhãn <nhãn>", "= Đầu đề \\ // ghi chú", "#panic()"]
    [text] = pages(typeset.typeset("profile.typ", findings_of(hostile)))
    for one in hostile:
        assert one.replace(" ", "") in text.replace(" ", "")


def test_what_turns_text_round_or_has_no_letter_is_taken_out_and_a_long_text_is_cut():
    assert typeset.readable("a\u202eb\u2066c\u200fd") == "abcd"
    assert typeset.readable("số 1\x07 😀 \ue000") == "số 1□ □ □"
    assert typeset.readable("dòng một\r\n\tdòng hai") == "dòng một dòng hai"
    long = typeset.readable("chữ " * 10_000)
    assert len(long) < 700 and long.endswith("…")


@settings(max_examples=15)
@given(st.lists(st.text(max_size=300), min_size=5, max_size=5))
def test_any_text_is_set_under_pdf_ua(texts: list[str]):
    assert typeset.typeset("profile.typ", findings_of(texts)).startswith(b"%PDF")


def test_a_word_without_end_stays_on_the_page():
    pdf = typeset.typeset("profile.typ", findings_of(["Năm 2024", "Lỗi", "W" * 590, "–", "tep_" * 40]))
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        text = page.get_textpage()
        rights = [text.get_charbox(i)[2] for i in range(text.count_chars())]
        assert max(rights) < page.get_width() - 30


def test_equal_data_gives_equal_bytes_and_the_date_is_that_of_the_data():
    data = findings_of(["Năm 2024", "Lỗi", "x", "–", "–"])
    first = typeset.typeset("profile.typ", data)
    typeset._compiler.cache_clear()
    assert typeset.typeset("profile.typ", data) == first
    with pypdfium2.PdfDocument(first) as document:
        assert document.get_metadata_value("CreationDate").startswith("D:20241220")
        assert document.get_metadata_value("Title") == "Hồ sơ"
    other = {**data, "lines": ["y"]}
    assert typeset.made_from("profile.typ", other) != typeset.made_from("profile.typ", data)


def test_fonts_come_along_in_the_file():
    pdf = typeset.typeset("profile.typ", findings_of(["Năm 2024", "Lỗi", "→ ≥ ệ Ж", "–", "–"]))
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [part for part in document[0].get_objects() if part.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT]
        fonts = {(font.get_base_name().partition("+")[2], font.is_embedded) for font in (t.get_font() for t in texts)}
    assert fonts == {("LibertinusSerif-Regular", True), ("LibertinusSerif-Bold", True)}


@pytest.fixture(scope="module")
def sample(sample_home: Path) -> Iterator[Facts]:
    with duckdb.connect(str(sample_home / "warehouse" / "par.duckdb"), read_only=True) as connection:
        yield Facts(connection)
