"""What is given, what is not and at which level: a whole build over a few provinces' sheets and Sơn La's areas of 2024.

The truth is what the sheets hold. Not here: the same of any nation (`test_silence.py`), slips (`test_gate.py`).
"""

from __future__ import annotations

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
