"""Text of every encoding that Vietnamese offices have used is read the same, and sound text is left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.reading.formats import encoding
from orchestration.reading.formats.encoding import decode, decode_legacy, decode_mojibake, looks_vietnamese

TEXT = (
    "Ủy ban nhân dân tỉnh Mẫu báo cáo kết quả cải cách hành chính năm 2021.\n"
    "Tỷ lệ hồ sơ được giải quyết đúng hạn là 92%, tăng 7,03 điểm so với kỳ trước; "
    "chẳng những thế, các đơn vị đã rà soát 1.480 thủ tục và gỡ vướng mắc ở những xã vùng xa.\n"
)

# The same sentence as the fonts store it, written by hand from the fonts' published layouts.
TCVN3_SENTENCE = "C¶i c¸ch hµnh chÝnh n¨m 2021 cña Uû ban nh©n d©n tØnh ®\u00ad\u00eec ®¸nh gi¸ tèt"
VNI_SENTENCE = "Caûi caùch haønh chính naêm 2021 cuûa UÛy ban nhaân daân tænh ñöôïc ñaùnh giaù toát"
SENTENCE = "Cải cách hành chính năm 2021 của Uỷ ban nhân dân tỉnh được đánh giá tốt"

_TCVN3 = {letter: stored for stored, letter in reversed(encoding._TCVN3_LETTERS.items())}
_VNI = {letter: stored for stored, letter in reversed(encoding._VNI_LETTERS.items())}


def _stored(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(c, c) for c in unicodedata.normalize("NFC", text))


def _windows_1258(text: str) -> bytes:
    """Base letters composed, tones apart: how that code page stores Vietnamese."""
    tones = "\u0300\u0301\u0309\u0303\u0323"
    parts = []
    for letter in unicodedata.normalize("NFC", text):
        decomposed = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in tones))
        parts.append(base + "".join(c for c in decomposed if c in tones))
    return "".join(parts).encode("cp1258")


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("utf-8", ()),
        ("utf-8-sig", ()),
        ("utf-16", ("encoding:utf-16",)),
        ("utf-16-le", ("encoding:utf-16",)),
        ("utf-16-be", ("encoding:utf-16",)),
        ("utf-32", ("encoding:utf-32",)),
    ],
)
def test_unicode_is_read_with_and_without_its_mark(name, flags):
    assert decode(TEXT.encode(name)) == (TEXT, flags)


def test_windows_1258_is_read_and_composed():
    assert decode(_windows_1258(TEXT)) == (TEXT, ("encoding:cp1258",))


@pytest.mark.parametrize(("stored", "name"), [(TCVN3_SENTENCE, "tcvn3"), (VNI_SENTENCE, "vni")])
def test_text_stored_for_an_old_font_is_told_by_its_letters(stored, name):
    text, flags = decode((stored + "\n").encode())
    assert flags == (f"encoding:{name}",)
    assert unicodedata.normalize("NFC", text).replace("Ủy", "Uỷ").strip() == SENTENCE


def test_text_stored_for_an_old_font_in_eight_bits_is_read():
    assert decode(VNI_SENTENCE.encode("cp1252"))[0].replace("Ủy", "Uỷ") == SENTENCE
    assert decode(TCVN3_SENTENCE.encode("latin-1"))[0] == SENTENCE


@pytest.mark.parametrize(
    ("font", "stored", "read"),
    [
        (".VnTime", "Sè liÖu", "Số liệu"),
        ("ABCDEF+.VnArial", "ChØ tiªu thèng kª", "Chỉ tiêu thống kê"),
        (".VnTimeH", "phô lôc", "PHỤ LỤC"),
        (".VnTime", "PHô LôC", "PHỤ LỤC"),
        (".VnTime", "§¬n vÞ tÝnh", "Đơn vị tính"),
        ("VNI-Times", "Soá lieäu", "Số liệu"),
        ("VNI-Helve", "ÑÔN VÒ TÍNH", "ĐƠN VỊ TÍNH"),
        ("VNI-Times", "chaúng kyø myõ kî", "chẳng kỳ mỹ kỵ"),
    ],
)
def test_a_font_name_tells_how_letters_are_stored(font, stored, read):
    assert decode_legacy(stored, font) == read


@pytest.mark.parametrize("font", ["Times New Roman", "Arial", "Liberation Serif", ""])
def test_other_fonts_store_letters_as_they_are(font):
    assert decode_legacy("Số liệu", font) is None


@pytest.mark.parametrize("table", [_TCVN3, _VNI])
@given(
    text=st.text(
        alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ ,;"
    )
)
def test_small_letters_come_back_from_either_font(table, text):
    font = ".VnTime" if table is _TCVN3 else "VNI-Times"
    assert decode_legacy(_stored(text, table), font) == text


@given(
    text=st.text(
        alphabet="AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYÁÀẢÃẠẤẦẨẪẬẮẰẲẴẶÉÈẺẼẸẾỀỂỄỆÍÌỈĨỊÓÒỎÕỌỐỒỔỖỘỚỜỞỠỢÚÙỦŨỤỨỪỬỮỰÝỲỶỸỴ ,;"
    )
)
def test_capitals_come_back_from_vni(text):
    assert decode_legacy(_stored(text, _VNI), "VNI-Times") == text


def test_a_negative_number_in_an_old_font_keeps_its_minus():
    assert decode_legacy("\u22125,2", ".VnTime") == "-5,2"


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        unicodedata.normalize("NFD", TEXT),
        "Le président a décidé que les élèves étudieront l'économie à l'école malgré les difficultés.",
        "El niño comió mañana según la información de la Unión; así será también más fácil.",
        "Die Bevölkerung fährt über große Straßen für schöne Städte.",
        "Quarterly report, 92% of 1.480 procedures",
        # Words as sound in an old font (TẤN, BẤN, LẤN, TRẤN): what reads as well as it stands is left alone.
        "TÊN BÊN LÊN TRÊN " * 10,
        "",
    ],
)
def test_sound_text_is_left_as_it_is(text):
    assert decode_mojibake(text) == (text, None)


def test_a_few_broken_bytes_are_damage_and_not_another_encoding():
    text, flags = decode(TEXT.encode()[:-3] + b"\xe1\xbb")
    assert flags == ("encoding:damaged",)
    assert text.startswith("Ủy ban nhân dân")


def test_a_text_layer_made_by_an_english_model_does_not_look_vietnamese():
    assert looks_vietnamese(TEXT) > 0.25
    assert looks_vietnamese("Uy ban nhan dân tinh Mau báo cáo kêt quà cai cách hành chinh nam 2021") < 0.15
    assert looks_vietnamese("1.480 92% 7,03") == 0.0


@given(data=st.binary(max_size=400))
def test_any_bytes_give_a_text_and_never_an_error(data):
    text, flags = decode(data)
    assert isinstance(text, str) and all(flag.startswith("encoding:") for flag in flags)
