"""What is given, what is not and at which level: a whole build over a few provinces' sheets and Sơn La's areas of 2024.

The truth is what the sheets hold. Not here: the same of any nation (`test_silence.py`), slips (`test_gate.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import score_factory as factory
from model_set import ModelSet
from test_scores import CITIES, LEAVES, PROVINCES, accepted, index, sheets

from orchestration.reading import raw, reader

SON_LA = Path(__file__).parent / "fixtures" / "son_la_par_2024.csv"
pytestmark = pytest.mark.slow

# Nine criteria of which the province was given least, and one that does not apply to another.
SILENT, EXEMPT = "22", "35"
ACCEPTED = [row for row in LEAVES if row["scored_by"] == "verified"]
LOST = sorted(ACCEPTED, key=lambda row: accepted(2023, SILENT, row) / Decimal(row["max_points"]))[:9]
OUT = ACCEPTED[0]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, model_set: ModelSet) -> duckdb.DuckDBPyConnection:
    home = tmp_path_factory.mktemp("given")
    raw.prepare(home / "raw")
    late = factory.workbook(
        "Bảng",
        ["KẾT QUẢ THẨM ĐỊNH NĂM 2023", "Bộ Nội vụ", "Bộ tiêu chí: 876"],
        ("Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí", "Điểm thẩm định", "Trạng thái"),
        [
            *((SILENT, PROVINCES[SILENT]["province_name"], row["criterion_code"], None, "đã xem") for row in LOST),
            (EXEMPT, PROVINCES[EXEMPT]["province_name"], OUT["criterion_code"], None, "Không đánh giá"),
        ],
    )
    received = [
        *(("2023-FY", 1, *sheet) for sheet in sheets(2023)),
        ("2023-FY", 2, "tham_dinh_lai_2023.xlsx", late),
        ("2024-FY", 1, SON_LA.name, SON_LA.read_bytes()),
    ]
    for period, month, name, data in received:
        reading = reader.read_bytes(data, Path(period) / name)
        assert reading.status == "accepted", (name, reading.refusal)
        raw.write(home / "raw", period, [reading], seen_at=datetime(2025, month, 1, tzinfo=UTC))
    return duckdb.connect(str(model_set.build(home)), read_only=True)


def ranking(warehouse: duckdb.DuckDBPyConnection, province: str, columns: str) -> tuple:
    [row] = warehouse.execute(
        f"select {columns} from marts.mart_national_ranking"
        f" where index_code = 'PAR' and report_year = 2023 and province_key = '{province}.1'"
    ).fetchall()
    return row


def test_nine_blanks_lower_the_index_by_what_they_were_worth(warehouse) -> None:
    worth = sum((accepted(2023, SILENT, row) for row in LOST), Decimal(0))
    silent = sum((Decimal(row["max_points"]) for row in LOST), Decimal(0))
    low, high, covered = ranking(warehouse, SILENT, "index_pct, index_high_pct, index_covered_pct")
    assert abs(low - (index(2023, SILENT) - worth)) < Decimal("0.0000001")
    assert abs(high - low - silent) < Decimal("0.0000001")
    assert covered > index(2023, SILENT), "over what was given it would have gained"


def test_ranks_follow_the_index_and_the_bounds_hold_them(warehouse) -> None:
    worth = {SILENT: sum((accepted(2023, SILENT, row) for row in LOST), Decimal(0))}
    exempt = (index(2023, EXEMPT) - accepted(2023, EXEMPT, OUT)) / (100 - Decimal(OUT["max_points"])) * 100
    truth = {code: index(2023, code) - worth.get(code, 0) for code in CITIES} | {EXEMPT: exempt}
    for code in CITIES:
        rank, low, high = ranking(warehouse, code, "rank, rank_low, rank_high")
        assert rank == 1 + sum(other > truth[code] for other in truth.values())
        assert low <= rank <= high, "the best, the rank, the worst"


def test_a_criterion_that_does_not_apply_leaves_the_total_of_its_province_alone(warehouse) -> None:
    most = Decimal(OUT["max_points"])
    expected = (index(2023, EXEMPT) - accepted(2023, EXEMPT, OUT)) * 100 / (100 - most)
    found, left_out, coverage = ranking(warehouse, EXEMPT, "index_pct, points_not_applicable, coverage_pct")
    assert abs(found - expected) < Decimal("0.0000001")
    assert (left_out, coverage) == (most, 100)
    assert ranking(warehouse, CITIES[0], "points_not_applicable") == (0,)


def test_what_is_not_given_says_so_in_both_languages(warehouse) -> None:
    assert warehouse.execute(
        "select basis, status, is_used, explanation, explanation_en from marts.fct_criterion_score"
        f" where report_year = 2023 and province_key = '{SILENT}.1' and criterion_code = '{LOST[0]['criterion_code']}'"
        " and basis = 'verified'"
    ).fetchall() == [
        (
            "verified",
            "not_given",
            False,
            "không có điểm thẩm định nên không được điểm; điểm tự chấm không thay thế",
            "no verified points, so none are given; a claim does not take their place",
        )
    ]


def test_the_published_areas_of_son_la_count_for_their_areas(warehouse) -> None:
    found = warehouse.execute(
        "select area_code, points, max_points, area_index_pct <= 100, is_whole from marts.mart_area_ranking"
        " where index_code = 'PAR' and report_year = 2024 and points is not null order by 1"
    ).fetchall()
    truth = {"3": ("12.75", "13"), "4": ("10.18", "10.5"), "5": ("14.23", "15"), "8": ("13.14", "16.5")}
    assert found == [(area, Decimal(points), Decimal(most), True, True) for area, (points, most) in truth.items()]
    assert warehouse.execute(
        "select rank, index_pct, points, official_rank, official_index_pct, points_not_in"
        " from marts.mart_national_ranking where index_code = 'PAR' and report_year = 2024"
    ).fetchall() == [(None, None, Decimal("50.30"), 12, Decimal("90.02"), Decimal("45"))]


# --- Điện Biên 2024: nine criteria neither claimed nor accepted -------------------------------------------------------

NINE = {"1.2": "1", "7.3": "1.5", "1.3.1": "1", "6.1.2": "2", "5.5": "1.5", "3.5": "1.5", "4.3": "1.5", "6.2": "2",
        "3.4.4": "0.5"}  # fmt: skip
# Everybody is given everything, but for these: what is left blank, and what is given nothing.
BLANK = {"11": set(NINE)}
NOTHING = {"10": {"6.1.2", "6.2", "1.2"}, "12": {"6.1.2", "6.2", "1.2", "4.3", "5.5", "3.5", "3.4.4"}, "14": set(NINE)}
UNITS_2024 = {row["province_code"]: row for row in factory.provinces_of(2024)}


def full_sheets() -> Iterator[tuple[str, bytes]]:
    """The sheets of 2024 of Lào Cai, Điện Biên, Lai Châu and Sơn La."""
    by = {kind: [row for row in LEAVES if row["scored_by"] == kind] for kind in ("verified", "survey", "socioeconomic")}
    top = ["Bộ Nội vụ", "Bộ tiêu chí: 892"]
    named = [(code, UNITS_2024[code]["province_name"]) for code in ("10", "11", "12", "14")]

    def cell(code: str, row: dict[str, str]) -> Decimal | None:
        if row["criterion_code"] in BLANK.get(code, ()):
            return None
        return Decimal(0 if row["criterion_code"] in NOTHING.get(code, ()) else row["max_points"])

    who = ("Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí")
    yield "tham_dinh_2024.xlsx", factory.workbook(
        "Bảng", ["KẾT QUẢ THẨM ĐỊNH NĂM 2024", *top], (*who, "Điểm tự đánh giá", "Điểm thẩm định"),
        [(*unit, row["criterion_code"], cell(unit[0], row), cell(unit[0], row)) for unit in named
         for row in by["verified"]],
    )  # fmt: skip
    yield "khao_sat_2024.xlsx", factory.workbook(
        "Bảng", ["KẾT QUẢ KHẢO SÁT LÃNH ĐẠO, QUẢN LÝ NĂM 2024", *top],
        (*who, "Số phiếu", "Điểm trung bình", "Sai số chuẩn", "Thang điểm"),
        [(*unit, row["criterion_code"], 200, 5, Decimal("0.05"), 5) for unit in named for row in by["survey"]],
    )  # fmt: skip
    yield "sipas_2024.xlsx", factory.workbook(
        "Bảng", ["CHỈ SỐ HÀI LÒNG (SIPAS) NĂM 2024", "Bộ Nội vụ"], (*who[:2], "Số phiếu", "SIPAS (%)"),
        [(*unit, 500, 100) for unit in named],
    )  # fmt: skip
    yield "kinh_te_2024.xlsx", factory.workbook(
        "Bảng", ["SỐ LIỆU PHÁT TRIỂN KINH TẾ - XÃ HỘI NĂM 2024", *top], (*who, "Năm trước", "Năm nay", "Điểm"),
        [(*unit, row["criterion_code"], 10, 12, Decimal(row["max_points"])) for unit in named
         for row in by["socioeconomic"]],
    )  # fmt: skip


@pytest.fixture(scope="module")
def nine_blanks(tmp_path_factory: pytest.TempPathFactory, model_set: ModelSet) -> duckdb.DuckDBPyConnection:
    home = tmp_path_factory.mktemp("nine_blanks")
    raw.prepare(home / "raw")
    for name, data in full_sheets():
        reading = reader.read_bytes(data, Path("2024-FY") / name)
        assert reading.status == "accepted", (name, reading.refusal)
        raw.write(home / "raw", "2024-FY", [reading], seen_at=datetime(2025, 3, 1, tzinfo=UTC))
    return duckdb.connect(str(model_set.build(home)), read_only=True)


def test_nine_criteria_left_blank_are_worth_what_nine_noughts_are(nine_blanks) -> None:
    """100 less what is missing; blank may still become 12.5 points, a nought is a verdict."""
    assert nine_blanks.execute(
        "select province_key, index_pct, index_covered_pct, index_high_pct, points_not_given, coverage_pct, rank,"
        " rank_low, rank_high, group_name, not_ranked_reason_vi from marts.mart_national_ranking"
        " where index_code = 'PAR' and report_year = 2024 order by province_key"
    ).fetchall() == [
        ("10.1", Decimal(95), Decimal(95), Decimal(95), 0, 100, 1, 1, 2, "A", None),
        ("11.1", Decimal("87.5"), Decimal(100), Decimal(100), Decimal("12.5"), Decimal("87.5"), 3, 1, 3, "B", None),
        ("12.1", Decimal(90), Decimal(90), Decimal(90), 0, 100, 2, 2, 3, "A", None),
        ("14.1", Decimal("87.5"), Decimal("87.5"), Decimal("87.5"), 0, 100, 3, 3, 4, "B", None),
    ]


def test_each_of_the_nine_says_that_it_was_not_given_and_no_finding_accuses(nine_blanks) -> None:
    found = nine_blanks.execute(
        "select criterion_code, max_points, status, is_used, points, explanation from marts.fct_criterion_score"
        " where report_year = 2024 and province_key = '11.1' and basis = 'verified' and status <> 'given'"
    ).fetchall()
    assert {(code, most) for code, most, *_ in found} == {(code, Decimal(most)) for code, most in NINE.items()}
    assert {row[2:] for row in found} == {
        ("not_given", False, None, "không có điểm thẩm định nên không được điểm; điểm tự chấm không thay thế")
    }
    assert (
        nine_blanks.execute(
            "select province_key, rule, criterion_code from marts.mart_quality_finding where period_key = '2024-FY'"
        ).fetchall()
        == []
    )
