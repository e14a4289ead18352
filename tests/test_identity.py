"""Identity: who reports, for which period, when, signed by whom; what a name claims, and when a report is refused."""

from __future__ import annotations

import unicodedata
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.reading.document import PARAGRAPH, TABLE_ROW, Block, Cell, Document
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.identity import Claim, Identity, claim_of, identify
from orchestration.reading.refusal import Refused
from tests.cost import calls

UNITS = [(p.name, "thành phố" if p.kind.startswith("thành phố") else "tỉnh", p.key) for p in catalogue.provinces()]
OLD_TONES = {"òa": "oà", "óa": "oá", "ỏa": "oả", "ủy": "uỷ", "ÒA": "OÀ", "ÓA": "OÁ", "ỦY": "UỶ"}
TITLE = "Kết quả công tác cải cách hành chính năm 2021"


def document(*lines: str, format: str = "docx") -> Document:
    return Document(format, tuple(Block(PARAGRAPH, text=line) for line in lines))


def report(
    unit: str = "TỈNH HÀ NAM",
    title: str = TITLE,
    number: str = "Số: 232/BC-UBND",
    place: str = "Hà Nam",
    body: str = "",
) -> Document:
    return document(
        "ỦY BAN NHÂN DÂN",
        unit,
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        number,
        f"{place}, ngày 24 tháng 12 năm 2021",
        "BÁO CÁO",
        title,
        "Thực hiện Kế hoạch cải cách hành chính của tỉnh, Ủy ban nhân dân tỉnh báo cáo như sau:",
        body,
    )


def read(given: Document, claim: Claim | None = None) -> Identity:
    return identify(given, len(given.blocks), claim or Claim())


def refusal(given: Document, claim: Claim | None = None) -> str:
    with pytest.raises(Refused) as refused:
        read(given, claim)
    return refused.value.code


# --- province -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "unit", "key"), UNITS, ids=[key for _, _, key in UNITS])
def test_every_province_of_both_eras_is_known_in_its_letterhead(name: str, unit: str, key: str) -> None:
    year = 2021 if key.endswith(".1") else 2026
    title = f"Kết quả công tác cải cách hành chính năm {year}"
    old = name
    for modern, classic in OLD_TONES.items():
        old = old.replace(modern, classic)
    for spelling in (
        f"{unit} {name}",
        f"{unit} {name}".upper(),
        f"{unit} {old}".upper(),
        unicodedata.normalize("NFD", f"{unit} {name}".upper()),
        f"{unit} {name}".replace(" - ", " – ").upper(),
    ):
        assert read(report(spelling, title, place="Nơi ký")).province.name == name


def test_the_issuer_may_stand_on_one_line_or_two_or_beside_the_motto() -> None:
    one = document("UBND TỈNH HÀ NAM", "BÁO CÁO", TITLE)
    beside = document(
        "ỦY BAN NHÂN DÂN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "TỈNH HÀ NAM Độc lập - Tự do - Hạnh phúc",
        "BÁO CÁO",
        TITLE,
    )
    cells = (Cell(0, "ỦY BAN NHÂN DÂN\nTỈNH HÀ NAM"), Cell(1, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"))
    table = Document("docx", (Block(TABLE_ROW, table=1, row=1, cells=cells), *document("BÁO CÁO", TITLE).blocks))
    assert {read(d).province.name for d in (one, beside, table)} == {"Hà Nam"}


def test_provinces_of_the_narrative_do_not_win_over_the_letterhead() -> None:
    visits = "Đoàn công tác của UBND tỉnh Quảng Ninh, UBND tỉnh Thừa Thiên Huế và UBND thành phố Đà Nẵng. " * 30
    assert read(report(body=visits)).province.name == "Hà Nam"


def test_a_city_with_the_name_of_a_province_is_not_that_province() -> None:
    text = "Kiểm tra tại UBND thành phố Ninh Bình, UBND thành phố Hải Dương, UBND thành phố Hải Dương."
    without_letterhead = document("BÁO CÁO", TITLE, "Ủy ban nhân dân tỉnh Hà Nam báo cáo kết quả.", text * 20)
    assert read(without_letterhead).province.name == "Hà Nam"


def test_a_person_is_not_a_province() -> None:
    studied = "Đẩy mạnh học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh. " * 20
    assert read(report(body=studied)).province.name == "Hà Nam"
    assert refusal(document("BÁO CÁO", TITLE, studied)) == "unknown_province"


def test_the_caption_of_the_annex_names_the_province_where_nothing_else_does() -> None:
    text = document(
        "PHỤ LỤC", f"THỐNG KÊ SỐ LIỆU {TITLE.upper()}", "(Kèm theo Báo cáo số 232/BC-UBND của UBND tỉnh Hà Nam)"
    )
    assert read(text).province.name == "Hà Nam"


def test_an_unknown_province_is_refused_whatever_the_name_of_the_file_says() -> None:
    claim = Claim(province="Hà Nam")
    visits = "Học tập kinh nghiệm tại tỉnh Quảng Ninh. " * 20
    assert refusal(report("TỈNH HÀ NEM", place="Hà Nem", body=visits), claim) == "unknown_province"
    assert refusal(document("UBND TỈNH HÀ NEM", "BÁO CÁO", TITLE, visits), claim) == "unknown_province"
    assert refusal(document("BÁO CÁO", TITLE, "UBND tỉnh Hà Nem báo cáo.", visits), claim) == "unknown_province"


def test_a_report_that_names_no_province_is_refused() -> None:
    assert refusal(document("BÁO CÁO", TITLE), Claim(province="Hà Nam")) == "unknown_province"
    visit = "Đã tổ chức một đoàn học tập tại tỉnh Quảng Ninh."
    assert refusal(document("BÁO CÁO", TITLE, visit), Claim(province="Quảng Ninh")) == "unknown_province"


def test_a_name_that_claims_another_province_is_refused() -> None:
    assert refusal(report(), Claim(province="Ninh Bình")) == "province_contradiction"
    assert read(report(), Claim(province="Hà Nam")).province.name == "Hà Nam"


def test_a_province_before_or_after_its_time_is_read_and_flagged() -> None:
    late = read(report(title="Kết quả công tác cải cách hành chính năm 2025"))
    assert late.province.name == "Hà Nam" and "province_not_valid_then" in late.flags
    assert "province_not_valid_then" not in read(report()).flags


def test_one_name_means_the_unit_of_its_time() -> None:
    before = read(report("TỈNH NINH BÌNH", place="Ninh Bình"))
    after = read(report("TỈNH NINH BÌNH", "Kết quả cải cách hành chính năm 2026", place="Ninh Bình"))
    assert (before.province.key, after.province.key) == ("37.1", "37.2")


# --- period ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("Kết quả công tác cải cách hành chính quý I/2022", "2022-Q1"),
        ("Công tác CCHC Quý I năm 2022 và phương hướng, nhiệm vụ quý II năm 2022", "2022-Q1"),
        ("CÔNG TÁC CẢI CÁCH HÀNH CHÍNH QUÝ 1 NĂM 2022", "2022-Q1"),
        ("Kết quả cải cách hành chính 6 tháng đầu năm 2022, nhiệm vụ 6 tháng cuối năm 2022", "2022-H1"),
        ("Tình hình cải cách hành chính sáu tháng đầu năm 2022", "2022-H1"),
        ("Công tác cải cách hành chính 06 tháng năm 2022", "2022-H1"),
        ("Công tác cải cách hành chính quý III và 9 tháng đầu năm 2022", "2022-Q3"),
        ("Công tác cải cách hành chính 9 tháng đầu năm 2022, nhiệm vụ quý IV năm 2022", "2022-Q3"),
        ("Công tác cải cách hành chính năm 2021 và phương hướng, nhiệm vụ năm 2022", "2021-FY"),
        ("Công tác cải cách hành chính năm 2021; nhiệm vụ trọng tâm quý I năm 2022", "2021-FY"),
        ("KẾT QUẢ CÔNG TÁC CẢI CÁCH HÀNH CHÍNH NHÀ NƯỚC NĂM 2021", "2021-FY"),
    ],
)
def test_the_title_states_the_period(title: str, period: str) -> None:
    assert read(report(title=title)).period.key == period
    assert read(report(title=title.upper())).period.key == period
    assert read(report(title=unicodedata.normalize("NFD", title))).period.key == period


def test_a_title_may_run_over_lines_and_state_the_year_first() -> None:
    head = ("UBND TỈNH HÀ NAM",)
    split = document(*head, "BÁO CÁO", "Kết quả công tác", "cải cách hành chính", "6 tháng đầu", "năm 2022")
    first = document(*head, "BÁO CÁO NĂM 2021", "Công tác cải cách hành chính", "Phương hướng, nhiệm vụ năm 2022")
    assert [read(d).period.key for d in (split, first)] == ["2022-H1", "2021-FY"]


def test_the_text_under_the_title_does_not_state_the_period() -> None:
    text = document(
        "UBND TỈNH HÀ NAM", "BÁO CÁO", TITLE, "Thực hiện Kế hoạch quý I năm 2020 về cải cách hành chính năm 2020"
    )
    assert read(text).period.key == "2021-FY"


@pytest.mark.parametrize("title", ["công tác CCHC quý II năm 2022", "công tác CCHC tháng 5 năm 2022", "CCHC năm 2039"])
def test_a_period_without_a_report_is_refused(title: str) -> None:
    assert refusal(report(title=title), Claim(period="2022-H1")) == "unknown_period"


def test_without_a_title_the_period_is_the_claims_or_the_dates_and_says_so() -> None:
    text = document("PHỤ LỤC", "(Kèm theo Báo cáo số 232/BC-UBND ngày 24/12/2021 của UBND tỉnh Hà Nam)")
    assert (read(text).period.key, read(text).flags) == ("2021-FY", ("period_from_date",))
    claimed = read(text, Claim(period="2021-Q3"))
    assert (claimed.period.key, claimed.flags) == ("2021-Q3", ("period_from_claim",))
    assert refusal(document("UBND TỈNH HÀ NAM")) == "unknown_period"


def test_a_folder_or_a_name_of_another_period_is_refused() -> None:
    assert refusal(report(), Claim(period="2022-Q1")) == "period_contradiction"
    assert refusal(report(), Claim(years=frozenset({2018}))) == "period_contradiction"
    assert read(report(), Claim(period="2021-FY", years=frozenset({2021}))).period.key == "2021-FY"


# --- number, date, signatory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("Số: 232/BC-UBND", "232/BC-UBND"),
        ("Số:  232 /BC-UBND", "232/BC-UBND"),
        ("Số 232/BC - UBND", "232/BC-UBND"),
        ("Số: 07/BC-UBND Hà Nam, ngày 24 tháng 12 năm 2021", "07/BC-UBND"),
        ("Số:      /BC-UBND", None),
        ("Số: …/BC-UBND", None),
    ],
)
def test_the_number_is_read_and_a_blank_one_is_missing(printed: str, number: str | None) -> None:
    assert read(report(number=printed)).report_number == number


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("Hà Nam, ngày 24 tháng 12 năm 2021", "2021-12-24"),
        ("Phủ Lý, ngày 05 tháng 01 năm 2022", "2022-01-05"),
        ("Số: 232/BC-UBND Hà Nam, ngày 24 tháng 12 năm 2021", "2021-12-24"),
        ("Hà Nam, ngày     tháng 12 năm 2021", None),
        ("Hà Nam, ngày 31 tháng 02 năm 2021", None),
    ],
)
def test_the_day_is_read_and_a_blank_or_impossible_one_is_missing(printed: str, day: str | None) -> None:
    assert read(document("UBND TỈNH HÀ NAM", printed, "BÁO CÁO", TITLE)).report_date == day


def test_number_and_day_may_stand_in_the_caption_alone() -> None:
    text = document(
        "Phụ lục", TITLE, "(Ban hành kèm theo Báo cáo số 232 /BC-UBND", "ngày 24 /12/ 2021 của UBND tỉnh Hà Nam)"
    )
    assert (read(text).report_number, read(text).report_date) == ("232/BC-UBND", "2021-12-24")


@pytest.mark.parametrize("name", ["Trần Văn Ký", "TRẦN VĂN KÝ"])
def test_the_signatory_stands_under_the_last_title(name: str) -> None:
    text = report()
    signed = document("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "(Đã ký)", name)
    assert read(Document("docx", text.blocks + signed.blocks)).signatory == name
    assert read(text).signatory is None


def test_two_thousand_pages_of_text_after_the_letter_are_passed_over() -> None:
    pages = document(*(f"Trong năm {i}, UBND tỉnh Quảng Ninh đã thực hiện nhiệm vụ. " * 10 for i in range(40_000)))
    short, long = (Document("text", report().blocks + pages.blocks[:count]) for count in (10_000, 40_000))
    assert read(short).province.name == read(long).province.name == "Hà Nam"
    assert calls(read, long) - calls(read, short) < 2 * 30_000


# --- claims ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "claim"),
    [
        ("BC_CCHC_2021_tinh_Ninh_Binh.docx", Claim(None, "Ninh Bình", frozenset({2021}))),
        ("35_HaNam_Q1_2022.docx", Claim("2022-Q1", "Hà Nam", frozenset({2022}))),
        ("ha-nam-6thang-2022.pdf", Claim("2022-H1", "Hà Nam", frozenset({2022}))),
        ("BaoCao_QuyIII_2022_TPHCM.pdf", Claim("2022-Q3", "TP. Hồ Chí Minh", frozenset({2022}))),
        ("2022-FY/baocao.docx", Claim("2022-FY", None, frozenset())),
        ("2022-FY/Hà Nam 2022.docx", Claim("2022-FY", "Hà Nam", frozenset({2022}))),
        ("inbox/bao cao.docx", Claim(None, None, frozenset())),
        ("Hà Nam và Nam Định.docx", Claim(None, None, frozenset())),
        ("20211224_bc.docx", Claim(None, None, frozenset())),
    ],
)
def test_folder_and_file_name_are_read_as_claims(path: str, claim: Claim) -> None:
    assert claim_of(PurePath(path)) == claim


@given(st.text(max_size=40), st.lists(st.text(max_size=60), max_size=12))
def test_any_text_under_any_name_gives_an_identity_or_a_refusal(name: str, lines: list[str]) -> None:
    given_document = document(*lines)
    try:
        read(given_document, claim_of(name))
    except Refused as refused:
        assert refused.code.startswith(("unknown_", "province_", "period_"))


@pytest.mark.parametrize(("others", "is_known"), [(1, True), (2, False), (3, False)])
def test_of_provinces_that_a_text_only_mentions_one_must_stand_three_times_as_often(others, is_known):
    mentions = [*["Công tác của tỉnh Hà Nam trong năm."] * 4, *["Học tập kinh nghiệm của tỉnh Nam Định."] * others]
    far_below = document(TITLE, *["Nội dung thực hiện."] * 80, *mentions)
    if is_known:
        assert read(far_below).province.name == "Hà Nam"
    else:
        assert refusal(far_below) == "unknown_province"
