"""Sheets of the index as claims: what a file is, whose it is, and what it says, in the variants that offices send."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import score_factory as factory
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.reading import reader
from orchestration.reading.formats.xlsx import read_xlsx
from orchestration.reading.sheets.edition import EditionRow, check, differences, edition_rows, write_template
from orchestration.reading.sheets.named_table import field_named, named_tables

SELF_TITLE = [
    "BẢNG TỰ CHẤM ĐIỂM CHỈ SỐ CẢI CÁCH HÀNH CHÍNH NĂM 2023",
    "Ủy ban nhân dân tỉnh Hà Nam",
    "Bộ tiêu chí: 876",
]
SELF_HEADER = ["Mã tiêu chí", "Tiêu chí", "Điểm tối đa", "Điểm tự đánh giá", "Tài liệu kiểm chứng", "Giải trình"]
SELF_ROWS = [
    ("1", "Chỉ đạo", Decimal("9.5"), Decimal("8.25"), None, None),
    ("1.1", "Kế hoạch", Decimal("1.5"), "0,75", "BC 12", "31/36"),
    ("1.2", "Báo cáo", 1, None, None, None),
    ("1.10", "Khác", 1, Decimal("0.5"), None, None),
]


def read(data: bytes, name: str) -> reader.Reading:
    return reader.read_bytes(data, Path(name))


def self_sheet(title: list[str] = SELF_TITLE, header: list[str] = SELF_HEADER, rows: list = SELF_ROWS) -> bytes:
    return factory.workbook("Tự chấm điểm", title, header, rows)


def test_a_self_assessment_belongs_to_its_sender_and_year() -> None:
    reading = read(self_sheet(), "2023-FY/tu_cham_diem_2023_tinh_Ha_Nam.xlsx")
    assert (reading.status, reading.sheet.kind, reading.sheet.province_key) == ("accepted", "self_assessment", "35.1")
    assert {(row.index_code, row.edition_code, row.report_year) for row in reading.sheet.scores} == {
        ("PAR", "876", 2023)
    }


def test_points_stay_as_printed_and_a_blank_stays_blank() -> None:
    scores = {row.criterion_code: row for row in read(self_sheet(), "2023-FY/a.xlsx").sheet.scores}
    assert (scores["1.1"].value_raw, scores["1.1"].value_typed, scores["1.1"].note) == ("0,75", None, "31/36")
    assert Decimal(scores["1"].value_typed) == Decimal("8.25")
    assert (scores["1.2"].value_raw, scores["1.2"].value_typed) == (None, None)
    assert "1.10" in scores, "a code is text: 1.10 is not 1.1"


def test_a_header_printed_again_on_the_next_page_is_no_row() -> None:
    rows = [*SELF_ROWS[:2], tuple(SELF_HEADER), *SELF_ROWS[2:]]
    [table] = named_tables(read_xlsx(self_sheet(rows=rows)))
    assert [row.cells["criterion_code"].text for row in table.rows] == ["1", "1.1", "1.2", "1.10"]


def test_columns_are_known_by_name_in_any_order() -> None:
    order = [3, 0, 5, 1, 2, 4]
    moved = self_sheet(
        header=[SELF_HEADER[place] for place in order], rows=[[row[p] for p in order] for row in SELF_ROWS]
    )
    assert [(row.criterion_code, row.value_raw, row.note) for row in read(moved, "2023-FY/a.xlsx").sheet.scores] == [
        (row.criterion_code, row.value_raw, row.note) for row in read(self_sheet(), "2023-FY/a.xlsx").sheet.scores
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [("2022-FY/a.xlsx", "period_contradiction"), ("2023-FY/tu_cham_tinh_Ninh_Binh.xlsx", "province_contradiction")],
)
def test_a_claim_that_contradicts_the_sheet_is_refused(name: str, code: str) -> None:
    reading = read(self_sheet(), name)
    assert (reading.status, reading.refusal.code) == ("quarantined", code)


def test_a_sheet_without_a_year_anywhere_is_refused() -> None:
    reading = read(self_sheet(title=["BẢNG TỰ CHẤM ĐIỂM", "Ủy ban nhân dân tỉnh Hà Nam"]), "a.xlsx")
    assert reading.refusal.code == "sheet_year"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["papi_2014.csv", "scores.csv"])
def test_published_scores_are_known_by_file_name_or_by_the_names_of_their_criteria(name: str, delimiter: str) -> None:
    rows = [
        (2014, 1, "Ha Noi", "sub-dimension", "1.1", 1, "Civic Knowledge", "Tri thức công dân", "1.264"),
        (2014, "44", "Quảng Bình", "sub-dimension", "1.1", 1, "Civic Knowledge", "Tri thức công dân", ""),
        (2014, "01", "Hà Nội", "total", "total", "", "Unweighted PAPI", "", "36.4"),
    ]
    sheet = read(factory.csv_bytes(factory.SCORES_HEADER, rows, delimiter), f"2014-FY/{name}").sheet
    assert [
        (row.index_code, row.report_year, row.province_key, row.measure, row.criterion_code, row.value_raw)
        for row in sheet.scores
    ] == [
        ("PAPI", 2014, "01.1", "published", "1.1", "1.264"),
        ("PAPI", 2014, "44.1", "published", "1.1", None),
        ("PAPI", 2014, "01.1", "official_total", "", "36.4"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_row(end: str) -> None:
    rows = [(2014, code, "", "x", "1.1", 1, "Civic Knowledge", "", "1.2") for code in ("01", "44", "79")]
    text = factory.csv_bytes(factory.SCORES_HEADER, rows).decode("utf-8-sig")
    data = end.join(text.splitlines()).encode()
    assert [row.province_code for row in read(data, "2014-FY/papi.csv").sheet.scores] == ["01", "44", "79"]


def test_scores_of_an_index_that_is_not_known_are_refused() -> None:
    rows = [(2014, "01", "Hà Nội", "x", "1.1", 1, "Something else", "Khác", "1.2")]
    assert read(factory.csv_bytes(factory.SCORES_HEADER, rows), "2014-FY/a.csv").refusal.code == "sheet_index"


def test_a_published_result_becomes_total_rank_parts_and_areas() -> None:
    header = ["Xếp hạng", "Mã tỉnh", "Tỉnh, thành phố", "Điểm thẩm định", "Điểm khảo sát", "Điểm SIPAS"]
    header += ["Điểm kinh tế - xã hội", "Chỉ số (%)", "Nhóm", "Lĩnh vực 1 (%)"]
    data = factory.workbook(
        "Kết quả công bố",
        ["KẾT QUẢ CHỈ SỐ CẢI CÁCH HÀNH CHÍNH NĂM 2023"],
        header,
        [(1, "22", "Quảng Ninh", Decimal("57.66"), Decimal("18.83"), Decimal("9.56"), 5, Decimal("91.04"), "A", 99)],
    )
    sheet = read(data, "2023-FY/ket_qua.xlsx").sheet
    assert {(row.measure, row.criterion_code) for row in sheet.scores} == {
        ("official_rank", ""),
        ("official_total", ""),
        ("official_part", "verified"),
        ("official_part", "survey"),
        ("official_part", "sipas"),
        ("official_part", "socioeconomic"),
        ("official_area", "1"),
    }


def test_a_made_up_sheet_is_marked() -> None:
    assert "simulated" in read(self_sheet(title=["SỐ LIỆU MÔ PHỎNG / SIMULATED", *SELF_TITLE]), "2023-FY/a.xlsx").flags


def test_a_report_is_no_sheet() -> None:
    sample = next((Path(__file__).parent / "fixtures" / "sample").rglob("*.docx"))
    reading = reader.read_file(sample)
    assert (reading.sheet, reading.status) == (None, "accepted")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_known_column_or_none(text: str) -> None:
    assert field_named(text) is None or isinstance(field_named(text), str)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
@example(b"2014,01,1.1,1\r2014,02,1.1,1\r")
@example(b'2014,"01\r')
@example(b"2014,\x00,1.1,1")
def test_any_bytes_under_a_header_are_read_or_refused(data: bytes) -> None:
    reading = read(b"year,province_code,code,score\n" + data, "2014-FY/papi.csv")
    assert reading.refusal is None or reading.refusal.code != "crashed", reading.refusal


# --- editions ---------------------------------------------------------------------------------------------------------


def edition(**changes: dict[str, str | None]) -> list[EditionRow]:
    """A right edition of four criteria; `_1_2={"max_points": "9"}` changes one of them."""
    blank = dict.fromkeys(EditionRow.__dataclass_fields__)
    base = {
        "1": {"max_points": "60", "scored_by": "mixed"},
        "1.1": {"parent_code": "1", "max_points": "35", "scored_by": "verified"},
        "1.2": {
            "parent_code": "1",
            "max_points": "25",
            "scored_by": "verified",
            "rule_kind": "ratio_floor",
            "numerator_keys": "plan_tasks_done",
            "denominator_keys": "plan_tasks_total",
            "floor_value": "80",
            "full_value": "100",
        },
        "2": {"max_points": "40", "scored_by": "sipas", "rule_kind": "satisfaction"},
    }
    return [
        EditionRow(**{
            **blank, "index_code": "PAR", "edition_code": "N", "first_year": "2026", "is_verified": "false",
            "criterion_code": code, **row,
            "table": 1, "row": number, **changes.get("_" + code.replace(".", "_"), {}),
        })
        for number, (code, row) in enumerate(base.items(), 2)
    ]  # fmt: skip


def test_a_right_edition_has_no_mistake() -> None:
    assert check(edition()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"_1_2": {"max_points": "24"}}, "cộng lại được 59, không phải 60"),
        ({"_2": {"max_points": "39"}}, "cộng lại được 99 điểm, phải là 100"),
        ({"_2": {"max_points": "bốn"}}, "phải là số dương"),
        ({"_1_2": {"criterion_code": "1.1"}}, "mã «1.1» có 2 lần"),
        ({"_1_2": {"parent_code": "7"}}, "«7» không có trong tệp"),
        ({"_2": {"scored_by": "ai đó"}}, "scored_by «ai đó»"),
        ({"_1_2": {"rule_kind": "phép"}}, "quy tắc «phép» không có"),
        ({"_1_2": {"floor_value": None}}, "còn thiếu floor_value"),
        ({"_1_2": {"numerator_keys": "plan_task"}}, "không có chỉ tiêu «plan_task»"),
        ({"_1_2": {"floor_value": "100"}}, "ngưỡng dưới phải nhỏ hơn"),
        ({"_1_2": {"rule_kind": "ratio_steps", "steps": "30=1"}}, "bậc «30=1»"),
        ({"_1": {"rule_kind": "survey_mean"}}, "không chấm trực tiếp"),
        ({"_1": {"first_year": None}}, "năm đầu áp dụng"),
        ({"_1_2": {"first_year": "2027"}}, "first_year là «2027», ở dòng 2 là «2026»"),
        ({"_1": {"first_year": "hai nghìn"}}, "«hai nghìn» phải là một năm viết bằng bốn chữ số"),
        ({code: {"last_year": "2024"} for code in ("_1", "_1_1", "_1_2", "_2")}, "Năm đầu 2026 sau năm cuối 2024"),
        ({"_1": {"is_verified": "true"}}, "is_verified là «false», ở dòng 2 là «true»"),
        ({"_1_2": {"is_verified": "đã xem"}}, "«đã xem» phải là true hoặc false"),
        ({"_1_2": {"combine": "average"}}, "combine «average» phải là sum hoặc mean"),
        ({"_1_2": {"when_nothing_due": "Full"}}, "when_nothing_due «Full» phải là not_covered hoặc full"),
        ({"_1_2": {"floor_value": "tám mươi"}}, "floor_value «tám mươi» phải là một con số"),
        ({"_1_2": {"full_value": "1e2"}}, "full_value «1e2» phải là một con số"),
        ({"_1_2": {"max_points": "NaN"}}, "«NaN» của 1.2 phải là số dương"),
        ({"_1_2": {"numerator_keys": "plan_tasks_done plan_tasks_done"}}, "nêu «plan_tasks_done» 2 lần"),
        (
            {
                "_1_2": {
                    "numerator_keys": "agencies_with_digital_certificates_pct",
                    "denominator_keys": "plan_tasks_total",
                }
            },
            "đã là tỷ lệ phần trăm",
        ),
        ({"_1_2": {"scored_by": "sipas"}}, "SIPAS đã cho điểm 1.2, không thể cho cả 2"),
        ({"_1_2": {"rule_kind": "ratio_steps", "steps": "30:1 30:0.5"}}, "mức 30 có nhiều phần điểm"),
        ({"_1_2": {"variant": "hai"}}, "variant «hai» phải là một số thứ tự"),
    ],
)
def test_a_mistake_is_a_sentence_at_its_row(changes: dict, sentence: str) -> None:
    found = [mistake.vi for mistake in check(edition(**changes))]
    assert any(sentence in text for text in found), found


def test_the_template_reads_back_without_a_mistake(tmp_path: Path) -> None:
    target = tmp_path / "t.xlsx"
    count = write_template(target, "PAR", "876")
    rows, mistakes = reader.edition_of(target)
    assert (len({row.criterion_code for row in rows}), mistakes) == (count, [])
    # Three criteria of area 7 have a rule for the old form and one for the new.
    assert sorted(row.criterion_code for row in rows if row.variant == "2") == ["7.2.1", "7.2.2", "7.2.3"]


def test_the_template_of_an_edition_that_stands_on_another_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "t.xlsx"
    assert write_template(target, "PAR", "892") == write_template(tmp_path / "u.xlsx", "PAR", "876")
    rows, mistakes = reader.edition_of(target)
    assert mistakes == []
    assert {row.criterion_code: row.max_points for row in rows if row.level == "area"} == {
        "1": "9.5", "2": "10", "3": "13", "4": "10.5", "5": "15", "6": "12", "7": "13.5", "8": "16.5",
    }  # fmt: skip
    assert {(row.edition_code, row.first_year) for row in rows} == {("892", "2024")}


def test_variants_of_a_criterion_differ_in_their_rule_alone() -> None:
    first, one, two, last = edition()
    other = replace(two, variant="2", rule_kind="yes_no", floor_value=None, full_value="1", row=9)
    assert check([first, one, two, other, last]) == []
    found = check([first, one, two, replace(other, max_points="26"), last])
    assert any(mistake.row == 9 and "max_points của «1.2» khác với dòng 4" in mistake.vi for mistake in found)


def test_known_totals_are_compared_and_bind_what_was_compared_with_the_decision() -> None:
    known = [replace(row, edition_code="892", first_year="2024") for row in edition()]
    said = [difference.vi for difference in differences(known)]
    assert "Số lĩnh vực: trong tệp là 2, đã biết là 8" in said[0]
    assert any("Điểm tối đa của lĩnh vực 1: trong tệp là 60, đã biết là 9,5" in text for text in said)
    assert check(known) == []
    assert [mistake.vi for mistake in check([replace(row, is_verified="true") for row in known])] == said


def test_an_edition_with_mistakes_is_quarantined_with_the_first(tmp_path: Path) -> None:
    header = ("index_code", "edition_code", "first_year", "criterion_code", "max_points", "scored_by")
    data = factory.csv_bytes(header, [("PAR", "N", 2026, "1", 99, "verified")])
    reading = read(data, "2026-FY/n.csv")
    assert reading.refusal.code == "edition_mistakes"
    assert "99 điểm" in reading.refusal.sentence.vi


def test_named_tables_of_a_document_without_tables_are_none() -> None:
    assert named_tables(reader.read_text("Báo cáo\nKhông có bảng".encode())) == []
    assert list(edition_rows([])) == []
