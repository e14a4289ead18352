"""What the reader makes of a narrative: every figure with its own words, what it is a part of, and where it stands."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestration.reading.document import NOTE, PARAGRAPH, TABLE_ROW, Block, Cell
from orchestration.reading.narrative import NarrativeFigure, in_digits, read_narrative


def figures(*paragraphs: str, kinds: tuple[str, ...] = ("number", "percent", "ratio")) -> list[NarrativeFigure]:
    blocks = [Block(PARAGRAPH, text) for text in paragraphs]
    return [figure for figure in read_narrative(blocks, len(blocks)) if figure.kind in kinds]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tỉnh có 04 chi cục.", [("04", None)]),
        ("Có 1.921 thủ tục, 104 006 văn bản.", [("1.921", None), ("104 006", None)]),
        ("Đạt 99,5% và 100 phần trăm.", [("99,5", None), ("100", None)]),
        ("Kết nối 06/06 huyện.", [("06", "06")]),
        ("Hoàn thành 31 nhiệm vụ trong tổng số 36 nhiệm vụ.", [("31", "36")]),
        ("Bổ nhiệm hai mươi ba (23) người.", [("23", None)]),
        ("Ngày 22 tháng 12 năm 2020, Quyết định số 64/QĐ-UBND; giai đoạn 2021-2025; ngày 24/12/2021.", []),
        ("Dịch vụ công mức độ 3, 4 theo Nghị định số 34/2016/NĐ-CP, tiêu chuẩn ISO 9001:2015, khóa XV.", []),
    ],
)
def test_a_figure_is_a_number_that_names_nothing(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert [(figure.value_raw, figure.whole_raw) for figure in figures(text)] == expected


@pytest.mark.parametrize(
    ("words", "number"),
    [("hai mươi ba", 23), ("mười lăm", 15), ("một trăm linh năm", 105), ("một nghìn chín trăm hai mươi mốt", 1921)],
)
def test_words_are_numbers(words: str, number: int) -> None:
    assert in_digits(words) == number


def test_words_that_are_no_number_are_none() -> None:
    assert in_digits("hai ba") is None


def test_words_and_digits_of_one_figure_are_both_kept() -> None:
    (figure,) = figures("Đã bổ nhiệm hai mươi ba (25) người.")
    assert (figure.value_raw, figure.in_words) == ("25", "23")


def test_each_figure_of_a_list_has_its_own_words() -> None:
    first, second, third = figures("Đã kiểm tra 32 văn bản, rà soát 350 văn bản và kiến nghị xử lý 04 văn bản.")
    assert (first.words_before, first.words_after) == ("đã kiểm tra", "văn bản")
    assert (second.words_before, second.words_after) == ("rà soát", "văn bản")
    assert third.words_before == "và kiến nghị xử lý"


def test_respectively_gives_each_figure_its_name() -> None:
    words = [
        figure.words_before for figure in figures("Số hồ sơ cấp tỉnh, cấp huyện, cấp xã lần lượt là 10, 20 và 30.")
    ]
    assert words == ["số hồ sơ cấp tỉnh", "số hồ sơ cấp huyện", "số hồ sơ cấp xã"]


def test_respectively_may_stand_behind_another_figure_and_name_unlike_things() -> None:
    words = [figure.words_before for figure in figures("Có 30 hồ sơ; số sở và số huyện lần lượt là 10 và 20.")]
    assert words == ["có", "số sở", "số huyện"]


def test_days_and_documents_are_no_words_of_a_figure_but_the_day_reached_is_kept() -> None:
    (figure,) = figures("Theo Kế hoạch số 12/KH-UBND ngày 05/01/2021, đến ngày 30/6/2021 kiểm tra 12 đơn vị.")
    assert (figure.words_before, figure.day_printed) == ("đến kiểm tra", "2021-06-30")


def test_a_new_statement_behind_a_semicolon_is_no_part() -> None:
    *_, last = figures("Kiến nghị 32 văn bản, trong đó 03 văn bản sai thể thức; đã xử lý 27 văn bản.")
    assert last.part_of is None


def test_a_sum_behind_them_makes_figures_its_parts() -> None:
    found = figures("Bổ nhiệm 28 người cấp sở, 70 người cấp phòng (tổng cộng 98 người).")
    assert [figure.part_of for figure in found] == [3, 3, None]


def test_square_brackets_are_brackets() -> None:
    assert [figure.part_of for figure in figures("Có 59 văn bản [17 nghị quyết; 42 quyết định].")] == [None, 1, 1]


def test_a_title_before_a_colon_stands_above() -> None:
    (figure,) = figures("Về văn bản: đã rà soát 350 văn bản.")
    assert (figure.words_above, figure.words_before) == ("về văn bản", "đã rà soát")


def test_abbreviations_are_written_out_and_the_tone_stands_in_one_place() -> None:
    (figure,) = figures("Uỷ ban công bố 12 TTHC.")
    assert (figure.words_before, figure.words_after) == ("ủy ban công bố", "thủ tục hành chính")


def test_what_follows_in_brackets_in_a_list_or_in_bullets_is_a_part() -> None:
    in_brackets = figures("Có 59 văn bản (17 nghị quyết; 42 quyết định).")
    in_a_list = figures("Có 59 văn bản, trong đó 17 nghị quyết, 42 quyết định.")
    in_the_next_sentence = figures("Có 59 văn bản. Trong đó, 17 nghị quyết, 42 quyết định.")
    in_bullets = figures("Tổng số 59 văn bản, trong đó:", "+ Nghị quyết: 17;", "+ Quyết định: 42.")
    for found in (in_brackets, in_a_list, in_the_next_sentence, in_bullets):
        assert [figure.part_of for figure in found] == [None, 1, 1]


def test_a_bullet_of_another_list_is_no_part() -> None:
    *_, last = figures("Tổng số 59 văn bản, trong đó:", "+ Nghị quyết: 17;", "- Đã rà soát 350 văn bản.")
    assert last.part_of is None


def test_a_year_governs_the_figures_behind_it_until_another_is_named() -> None:
    found = figures("Năm 2020 ban hành 52 văn bản, năm 2021 ban hành 59 văn bản.")
    assert [figure.year_printed for figure in found] == ["2020", "2021"]


def test_names_behind_a_count_are_counted_as_few_and_as_many_as_they_can_be_read() -> None:
    (figure,) = figures("Kiện toàn 04 đơn vị (Sở Tư pháp, Sở Nội vụ, Sở Y tế, Sở Văn hóa, Thể thao và Du lịch).")
    assert (figure.items_least, figure.items_most) == (4, 6)


def test_a_paragraph_that_a_page_or_a_footnote_cuts_is_whole_again() -> None:
    (number,) = figures("Các cơ quan đã", "Ban hành mới của năm trước.", "kiểm tra 12 đơn vị.")
    assert (number.words_before, number.block) == ("các cơ quan đã kiểm tra", 1)


def test_the_figures_of_a_note_are_read_under_its_number_and_head_nothing() -> None:
    blocks = [
        Block(PARAGRAPH, "1. Thể chế"),
        Block(PARAGRAPH, "Tổng số có 30 đơn vị:"),
        Block(NOTE, "Trong đó 12 đơn vị cấp huyện. Có 36 văn bản:", flags=("footnote:3",)),
        Block(PARAGRAPH, "- Cấp tỉnh 18 đơn vị."),
    ]
    found = read_narrative(blocks, len(blocks))
    assert [(figure.value_raw, figure.section, figure.part_of, figure.block) for figure in found] == [
        ("30", "1. Thể chế", None, 2),
        ("12", "1. Thể chế › Chú thích 3", 1, 3),
        ("36", "1. Thể chế › Chú thích 3", None, 3),
        ("18", "1. Thể chế", 1, 4),
    ]


def test_headings_above_are_the_section() -> None:
    (figure,) = figures("II. KẾT QUẢ", "1. Thể chế", "a) Kiểm tra", "Đã kiểm tra 5 đơn vị.")
    assert figure.section == "II. KẾT QUẢ › 1. Thể chế › a) Kiểm tra"


def test_a_clause_on_progress_a_province_and_a_year_are_named_without_a_number() -> None:
    found = figures("Đang thử nghiệm hệ thống; tỉnh Nam Định, năm 2020.", kinds=("status", "province", "year"))
    assert [(figure.kind, figure.figure_printed) for figure in found] == [
        ("status", "Đang thử nghiệm hệ thống"),
        ("province", "tỉnh Nam Định"),
        ("year", "năm 2020"),
    ]


def test_a_page_without_full_stops_costs_nothing() -> None:
    assert figures("12 văn bản, " * 2000) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Tiếp nhận 1,234,567 hồ sơ (cấp tỉnh 1,000,000 hồ sơ; cấp xã 234,567 hồ sơ).", [None, 1, 1]),
        ("Tiếp nhận 1,234,567 hồ sơ: cấp tỉnh 1,000,000 hồ sơ, cấp xã 234,567 hồ sơ.", [None, 1, 1]),
        ("Tiếp nhận 1.234 hồ sơ: cấp tỉnh 1.000 hồ sơ, cấp xã 2.345 hồ sơ.", [None, 1, None]),
    ],
)
def test_a_count_is_no_part_of_a_smaller_one_however_thousands_are_printed(text: str, parts: list[int | None]) -> None:
    assert [figure.part_of for figure in figures(text)] == parts


WORDS = st.sampled_from(
    [
        *("hồ sơ", "cấp tỉnh", "trong đó", "gồm", "lần lượt", "còn lại", "và", "trên", "tổng số", "đạt", "năm 2021"),
        *("so với", "Kế hoạch", "hai mươi ba", "một", "xếp thứ", "UBND tỉnh", "Hà Nam", "A.", "I."),
        *("1,234,567", "1.234,5", "1.234.567,8", "12 345", "0", "06/06", "99,5%", "2,5.3", "1e5", "٣", "½"),
        *"():;,.%/–",
    ]
)
TEXTS = st.lists(WORDS, max_size=14).map(" ".join)


@given(st.lists(TEXTS, max_size=3), st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=4))
@example(["1,234,567 hồ sơ ( cấp tỉnh 1,000,000 )"], [])
def test_whatever_a_narrative_says_and_tabulates_is_read(texts: list[str], table: list[list[str]]) -> None:
    rows = [Block(TABLE_ROW, cells=tuple(Cell(at, text) for at, text in enumerate(row)), table=1) for row in table]
    found = read_narrative([*(Block(PARAGRAPH, text) for text in texts), *rows], len(texts) + len(rows))
    assert [figure.number for figure in found] == list(range(1, len(found) + 1))
    assert all(figure.part_of is None or figure.part_of <= len(found) for figure in found)
