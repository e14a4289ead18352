"""The appraisal as claims: a claim with its evidence, two rounds, an explanation between them, and who said what when.

Sheets are made by hand, as workbooks and as Word files, and what they must mean is written beside them; the models run
as dbt compiles them (`model_chain.py`).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import model_chain
import pytest
import score_factory as factory
from click.testing import CliRunner
from docx import Document as WordFile
from score_sql import DATABASE

from orchestration.cli import main
from orchestration.reading import raw, reader
from orchestration.reading.sheets.score_template import POINTS, VARIABLES, write_score_template

TITLE = ["BẢNG TỰ CHẤM ĐIỂM VÀ THẨM ĐỊNH NĂM 2023", "Ủy ban nhân dân tỉnh Hà Nam", "Bộ tiêu chí: 876"]
HEADER = (
    "Mã tiêu chí", "Tiêu chí", "Điểm tự đánh giá", "Tài liệu kiểm chứng", "Trang", "Đơn vị thẩm định",
    "Ngày thẩm định lần 1", "Điểm thẩm định lần 1", "Lý do lần 1", "Yêu cầu giải trình", "Giải trình bổ sung",
    "Tài liệu bổ sung", "Trang tài liệu bổ sung", "Điểm thẩm định lần 2", "Lý do lần 2",
)  # fmt: skip
HISTORY = ("int_score_findings", "int_sheet_findings", "fct_criterion_score_history")
UNIT, DAY = "Vụ Cải cách hành chính", "3/11/2023"
ROWS = (
    # Raised after an explanation.
    ("1.1", "Kế hoạch", "1,5", "BC 12/BC-UBND, mục 2", "4–6", UNIT, DAY, "0,5", "thiếu phụ lục", "Gửi phụ lục",
     "Đã bổ sung", "Phụ lục 3", "12", "1", "đủ"),
    # Lowered without a word of why.
    ("1.4", "Tuyên truyền", "1", None, None, UNIT, DAY, "1", None, None, None, None, None, "0,5", None),
    # Not appraised again.
    ("1.5", "Sáng kiến", "1", None, None, UNIT, DAY, "0,75", "chỉ một sáng kiến", None, None, None, None, None, None),
    (None, "Tổng cộng", "3,5", None, None, None, None, "2,25", None, None, None, None, None, None, None),
)  # fmt: skip


def workbook(rows: Sequence = ROWS, header: Sequence = HEADER, title: Sequence = TITLE) -> bytes:
    return factory.workbook("Điểm", title, header, rows)


def word_file(rows: Sequence = ROWS, header: Sequence = HEADER, title: Sequence = TITLE) -> bytes:
    document = WordFile()
    for line in title:
        document.add_paragraph(line)
    table = document.add_table(rows=1 + len(rows), cols=len(header))
    for cells, texts in zip(table.rows, (header, *rows), strict=True):
        for cell, text in zip(cells.cells, texts, strict=True):
            cell.text = text or ""
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def steps(reading: reader.Reading) -> dict[tuple, str | None]:
    return {
        (row.criterion_code, row.measure, row.appraisal_round): row.value_raw for row in reading.sheet.scores
    }  # fmt: skip


@pytest.mark.parametrize("made", [workbook, word_file])
def test_a_sheet_shows_every_step_of_its_points(made) -> None:
    reading = reader.read_bytes(made(), Path("2023-FY") / "tham_dinh_tinh_Ha_Nam")
    assert (reading.status, reading.sheet.kind, reading.sheet.province_key) == ("accepted", "appraisal", "35.1")
    assert steps(reading) == {
        ("1.1", "self", None): "1,5", ("1.1", "verified", "1"): "0,5", ("1.1", "explanation", None): None,
        ("1.1", "verified", "2"): "1", ("1.4", "self", None): "1", ("1.4", "verified", "1"): "1",
        ("1.4", "verified", "2"): "0,5", ("1.5", "self", None): "1", ("1.5", "verified", "1"): "0,75",
        ("1.5", "verified", "2"): None, ("", "self", None): "3,5", ("", "verified", "1"): "2,25",
        ("", "verified", "2"): None,
    }  # fmt: skip
    said = {(row.measure, row.appraisal_round): row for row in reading.sheet.scores if row.criterion_code == "1.1"}
    claim, first, explanation, second = (
        said[key] for key in (("self", None), ("verified", "1"), ("explanation", None), ("verified", "2"))
    )
    assert (claim.evidence, claim.evidence_page) == ("BC 12/BC-UBND, mục 2", "4–6")
    assert (first.note, first.explanation_asked, first.appraising_unit) == ("thiếu phụ lục", "Gửi phụ lục", UNIT)
    assert first.appraised_on == DAY
    assert (explanation.note, explanation.evidence, explanation.evidence_page) == ("Đã bổ sung", "Phụ lục 3", "12")
    assert (second.note, second.appraised_on) == ("đủ", None)


def test_a_round_that_is_empty_throughout_has_not_happened() -> None:
    rows = [row[:6] + (None,) * 9 for row in ROWS]
    reading = reader.read_bytes(workbook(rows), Path("2023-FY") / "tinh_Ha_Nam.xlsx")
    assert reading.sheet.kind == "self_assessment"
    assert {row.measure for row in reading.sheet.scores} == {"self"}


def test_the_title_of_a_sheet_of_all_provinces_names_its_round() -> None:
    data = factory.workbook(
        "Điểm", ["KẾT QUẢ THẨM ĐỊNH LẦN 2 NĂM 2023", "Bộ tiêu chí: 876"],
        ("Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí", "Điểm thẩm định", "Lý do"), [("35", "Hà Nam", "1.1", "1", "đủ")],
    )  # fmt: skip
    [row] = reader.read_bytes(data, Path("2023-FY") / "lan_2.xlsx").sheet.scores
    assert (row.measure, row.appraisal_round, row.value_raw, row.note) == ("verified", "2", "1", "đủ")


def test_a_variable_has_the_value_of_each_side() -> None:
    header = ("Mã tiêu chí", "Mã biến số", "Biến số", "Giá trị tự đánh giá", "Giá trị thẩm định lần 1",
              "Giá trị thẩm định lần 2")  # fmt: skip
    data = factory.workbook("Biến số", TITLE, header, [("1.1", "plan_tasks_done", "Số nhiệm vụ", "36", "31", "33")])
    reading = reader.read_bytes(data, Path("2023-FY") / "bien_so.xlsx")
    assert (reading.status, reading.sheet.kind) == ("accepted", "variables")
    assert [(row.measure, row.variable_code, row.value_raw) for row in reading.sheet.scores] == [
        ("variable_self", "plan_tasks_done", "36"),
        ("variable_first", "plan_tasks_done", "31"),
        ("variable_second", "plan_tasks_done", "33"),
    ]


MINUTES = [
    "BIÊN BẢN THẨM ĐỊNH KẾT QUẢ TỰ ĐÁNH GIÁ CHẤM ĐIỂM CHỈ SỐ CẢI CÁCH HÀNH CHÍNH NĂM 2023",
    "Ủy ban nhân dân tỉnh Hà Nam",
    "Bộ tiêu chí: 876",
    "Hôm nay, vào hồi 14 giờ, ngày 05 tháng 3 năm 2024, tại Bộ Nội vụ, Hội đồng thẩm định thống nhất như sau:",
    f"Đơn vị thẩm định: {UNIT}",
    "Người thẩm định: Nguyễn Văn A",
]
MINUTES_HEADER = ("STT", "Mã tiêu chí", "Tiêu chí", "Điểm tự chấm", "Tài liệu kiểm chứng", "Trang", "Điểm thẩm định",
                  "Lý do")  # fmt: skip
MINUTES_ROWS = (
    ("1", "1.1", "Kế hoạch", "1,5", "BC 12/BC-UBND, mục 2", "4–6", "1", "thiếu phụ lục"),
    ("2", "1.4", "Tuyên truyền", "1", None, None, "1", None),
)


@pytest.mark.parametrize("folder", ["2023-FY", "2024-Q1"])
@pytest.mark.parametrize("made", [workbook, word_file])
def test_minutes_say_above_their_table_who_appraised_and_when(made, folder: str) -> None:
    """Signed in 2024, they are of the results of 2023."""
    data = made(MINUTES_ROWS, MINUTES_HEADER, MINUTES)
    if folder != "2023-FY":
        assert reader.read_bytes(data, Path(folder) / "bien_ban").refusal.code == "period_contradiction"
        return
    reading = reader.read_bytes(data, Path(folder) / "bien_ban_tham_dinh_tinh_Ha_Nam")
    assert (reading.status, reading.sheet.kind, reading.sheet.province_key) == ("accepted", "appraisal", "35.1")
    said = [row for row in reading.sheet.scores if row.measure == "verified"]
    assert [
        (row.criterion_code, row.value_raw, row.note, row.appraising_unit, row.appraised_by, row.appraised_on)
        for row in said
    ] == [
        ("1.1", "1", "thiếu phụ lục", UNIT, "Nguyễn Văn A", "05/3/2024"),
        ("1.4", "1", None, UNIT, "Nguyễn Văn A", "05/3/2024"),
    ]
    assert {row.report_year for row in reading.sheet.scores} == {2023}


def test_the_day_of_minutes_is_that_of_the_last_round_they_show() -> None:
    title = [TITLE[0], TITLE[1], TITLE[2], "Hôm nay, ngày 5 tháng 3 năm 2024"]
    header = [name for name in HEADER if name != "Ngày thẩm định lần 1"]
    rows = [[cell for name, cell in zip(HEADER, row, strict=True) if name in header] for row in ROWS]
    reading = reader.read_bytes(word_file(rows, header, title), Path("2023-FY") / "tinh_Ha_Nam")
    days = {row.appraisal_round: row.appraised_on for row in reading.sheet.scores if row.measure == "verified"}
    assert days == {"1": None, "2": "5/3/2024"}


@pytest.mark.slow
def test_the_history_of_points_holds_what_minutes_say(sql: dict[str, str], tmp_path: Path) -> None:
    raw.prepare(tmp_path)
    data = word_file(MINUTES_ROWS, MINUTES_HEADER, MINUTES)
    reading = reader.read_bytes(data, Path("2023-FY") / "bien_ban.docx")
    raw.write(tmp_path, "2023-FY", [reading], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
    models = (*model_chain.CHAIN, *HISTORY)
    built = model_chain.run(sql, model_chain.SEEDS, tmp_path, [], [(reading.sha256, "2023-FY")], models=models)
    assert built.execute(
        "select basis, points, note, evidence, evidence_page, appraising_unit, appraised_by, appraised_date::varchar,"
        f" source_file_name from {DATABASE}.marts.fct_criterion_score_history where criterion_code = '1.1' order by all"
    ).fetchall() == [
        ("self", Decimal("1.5"), None, "BC 12/BC-UBND, mục 2", "4–6", None, None, None, "bien_ban.docx"),
        ("verified", Decimal(1), "thiếu phụ lục", None, None, UNIT, "Nguyễn Văn A", "2024-03-05", "bien_ban.docx"),
    ]


def test_the_template_is_a_sheet_of_claims_until_somebody_appraises(tmp_path: Path) -> None:
    count = write_score_template(tmp_path / "mau.xlsx", "PAR", "876", 2023, "tỉnh Hà Nam")
    reading = reader.read_file(tmp_path / "mau.xlsx")
    assert (reading.status, reading.sheet.kind, reading.sheet.province_key) == ("accepted", "self_assessment", "35.1")
    assert {row.edition_code for row in reading.sheet.scores} == {"876"}
    assert len(reading.sheet.scores) == count == len({row.criterion_code for row in reading.sheet.scores})
    known = {(row["index_code"], row["edition_code"], row["criterion_code"]) for row in factory.seed("criteria")}
    assert all(("PAR", "876", row.criterion_code) in known for row in reading.sheet.scores)


def test_the_command_line_writes_a_sheet_of_points(tmp_path: Path) -> None:
    target = tmp_path / "diem.xlsx"
    done = CliRunner().invoke(main, ["score", "template", str(target), "--year", "2024", "--province", "tỉnh Hà Nam"])
    assert (done.exit_code, reader.read_file(target).sheet.scores[0].report_year) == (0, 2024), done.output


def test_every_column_of_the_template_has_a_meaning() -> None:
    names = {row["name"] for row in factory.seed("score_headers")}
    assert {*POINTS, *VARIABLES} <= names


# --- what counts ------------------------------------------------------------------------------------------------------


def later(points: str, title: str) -> bytes:
    header = ("Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí", "Điểm thẩm định")
    lines = [title, "Bộ Nội vụ", "Bộ tiêu chí: 876"]
    return factory.workbook("Điểm", lines, header, [("35", "Hà Nam", "1.1", points)])


@pytest.fixture(scope="module")
def appraised(sql: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Hà Nam's sheet, then one more of the first round, which came last."""
    root = tmp_path_factory.mktemp("appraisal")
    raw.prepare(root)
    received = []
    variables = [("1.1", "plan_tasks_done", "Số nhiệm vụ", "36", "31", None)]
    files = {
        "tham_dinh.xlsx": workbook(),
        "bien_so.xlsx": factory.workbook("Biến số", TITLE, VARIABLES[:6], variables),
        "lan_1.xlsx": later("0,25", "KẾT QUẢ THẨM ĐỊNH LẦN 1 NĂM 2023"),
    }
    for name, data in files.items():
        reading = reader.read_bytes(data, Path("2023-FY") / name)
        assert reading.status == "accepted", reading.refusal
        raw.write(root, "2023-FY", [reading], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
        received.append((reading.sha256, "2023-FY"))
    models = (*model_chain.CHAIN, *HISTORY, "fct_criterion_variable")
    return model_chain.run(sql, model_chain.SEEDS, root, [], received, models=models)


@pytest.mark.slow
def test_the_later_round_counts_whichever_sheet_came_last(appraised) -> None:
    assert appraised.execute(
        f"select criterion_code, appraisal_round, points, explanation_vi from {DATABASE}.intermediate.int_basis_points"
        " where basis = 'verified' order by 1"
    ).fetchall() == [
        ("1.1", 2, Decimal("1"), "thẩm định lần 2 1/1,5"),
        ("1.4", 2, Decimal("0.5"), "thẩm định lần 2 0,5/1"),
        ("1.5", 1, Decimal("0.75"), "thẩm định lần 1 0,75/1"),
    ]


@pytest.mark.slow
def test_no_revision_is_lost_and_each_says_why_it_counts_or_not(appraised) -> None:
    assert appraised.execute(
        "select basis, revision_number, appraisal_round, points, change_points, decision_reason, is_counting, note,"
        f" appraising_unit, appraised_date::varchar from {DATABASE}.marts.fct_criterion_score_history"
        " where criterion_code = '1.1' order by all"
    ).fetchall() == [
        ("explanation", 1, None, None, None, "blank", False, "Đã bổ sung", None, None),
        ("self", 1, None, Decimal("1.5"), None, "figure", True, None, None, None),
        ("verified", 1, 1, Decimal("0.5"), None, "later_round", False, "thiếu phụ lục", UNIT, "2023-11-03"),
        ("verified", 2, 1, Decimal("0.25"), Decimal("-0.25"), "later_round", False, None, None, None),
        ("verified", 3, 2, Decimal("1"), Decimal("0.75"), "figure", True, "đủ", UNIT, None),
    ]
    assert appraised.execute(
        f"select variable_code, self_value, first_value, second_value from {DATABASE}.marts.fct_criterion_variable"
    ).fetchall() == [("plan_tasks_done", 36, 31, None)]


@pytest.mark.slow
def test_points_lowered_without_a_reason_and_rounds_out_of_order_are_findings(appraised) -> None:
    assert appraised.execute(
        f"select rule, criterion_code, expected, found, file_name from {DATABASE}.intermediate.int_sheet_findings"
        " where rule like 'score_round%' order by all"
    ).fetchall() == [
        ("score_round_lowered", "1.4", "1", "0,5", "tham_dinh.xlsx"),
        ("score_round_out_of_order", "1.1", "1", "0,25", "lan_1.xlsx"),
    ]


@pytest.mark.slow
def test_the_total_of_a_sheet_is_accounted_for_and_compared_with_its_parts(sql: dict[str, str], tmp_path: Path) -> None:
    leaves = [(row["criterion_code"], "", row["max_points"]) for row in factory.leaves("PAR", "876")]
    received = []
    raw.prepare(tmp_path)
    for province, total in (("Hà Nam", "100"), ("Nam Định", "99"), ("Thái Bình", "101")):
        title = [TITLE[0], f"Ủy ban nhân dân tỉnh {province}", TITLE[2]]
        data = workbook([*leaves, (None, "Tổng cộng", total)], HEADER[:3], title)
        reading = reader.read_bytes(data, Path("2023-FY") / f"{total}.xlsx")
        raw.write(tmp_path, "2023-FY", [reading], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
        received.append((reading.sha256, "2023-FY"))
    models = (*model_chain.CHAIN, "int_sheet_findings", "int_score_findings")
    built = model_chain.run(sql, model_chain.SEEDS, tmp_path, [], received, models=models)
    assert built.execute(
        "select province_key, value, decision, decision_reason, max_points"
        f" from {DATABASE}.intermediate.int_score_rows where criterion_code = '' order by 1"
    ).fetchall() == [
        ("34.1", 101, "refused", "score_total_out_of_range", 100),
        ("35.1", 100, "used", "figure", 100),
        ("36.1", 99, "used", "figure", 100),
    ]
    assert built.execute(
        f"select rule, province_key, criterion_code, found from {DATABASE}.intermediate.int_sheet_findings"
    ).fetchall() == [("score_total_differs", "36.1", None, "99")]
    assert built.execute(f"select rule, found from {DATABASE}.intermediate.int_score_findings").fetchall() == [
        ("score_total_out_of_range", "101")
    ]
