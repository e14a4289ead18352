"""Scores and rankings as claims: one dbt build over made-up sheets, then what stands in the marts.

The truth is what the sheets were made from. Not here: reading single sheets (`test_score_sheet.py`) and single rules
(`test_score_rules.py`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import score_factory as factory

from orchestration.publishing.ranking import ranking_sheets
from orchestration.reading import raw, reader
from orchestration.summary import ranking_tables

PROJECT = Path(__file__).parents[1] / "dbt_project"
CITIES = ("01", "22", "31", "35", "36", "79")
MISSING_2014, INCOMPLETE_2014 = {"02", "04", "79"}, "35"

pytestmark = pytest.mark.slow

PAPI_NAMES = {
    row["criterion_code"]: (row["parent_code"], row["criterion_name_en"], row["criterion_name"])
    for row in factory.seed("criteria")
    if row["index_code"] == "PAPI"
}
# In 2014 one sub-dimension is dropped and another takes its place under a new name.
NAMES_2014 = {code: value for code, value in PAPI_NAMES.items() if code != "2.3"} | {
    "2.4": ("2", "Access to Information", "Tiếp cận thông tin")
}


def papi_scores(year: int, names: dict, missing: set[str] = frozenset()) -> dict[str, dict[str, Decimal]]:
    return {
        province["province_code"]: {
            code: Decimal(1) + Decimal((int(province["province_code"]) * 37 + place * 11 + year) % 997) / 1000
            for place, (code, (parent, _, _)) in enumerate(names.items())
            if parent and not (code == "1.1" and year == 2014 and province["province_code"] == INCOMPLETE_2014)
        }
        for province in factory.provinces_of(year)
        if province["province_code"] not in missing
    }


SCORES_2014 = papi_scores(2014, NAMES_2014, MISSING_2014)
SCORES_2015 = papi_scores(2015, NAMES_2014)
SCORES_2010 = papi_scores(2011, PAPI_NAMES)
LEAVES = factory.leaves("PAR", "876")
PROVINCES = {row["province_code"]: row for row in factory.provinces_of(2023)}


def accepted(year: int, province: str, row: dict[str, str]) -> Decimal:
    """Accepted points of a criterion: a share of its maximum, in quarters of a point's hundredth."""
    share = Decimal((int(province) * 7 + len(row["criterion_code"]) * 13 + year) % 5) / 4
    return (Decimal(row["max_points"]) * share).quantize(Decimal("0.0001"))


def mean(year: int, province: str, row: dict[str, str]) -> Decimal:
    return Decimal(20000 + (int(province) * 331 + len(row["criterion_code"]) * 77 + year) % 30000) / 10000


def sipas(year: int, province: str) -> Decimal:
    return Decimal(7500 + (int(province) * 53 + year) % 2000) / 100


def points(year: int, province: str, row: dict[str, str]) -> Decimal:
    maximum = Decimal(row["max_points"])
    if row["scored_by"] == "survey":
        return mean(year, province, row) * maximum / 5
    if row["scored_by"] == "sipas":
        return sipas(year, province) * maximum / 100
    return accepted(year, province, row)


def index(year: int, province: str) -> Decimal:
    return sum((points(year, province, row) for row in LEAVES), Decimal(0))


def sheets(year: int) -> Iterator[tuple[str, bytes]]:
    """Every input of the index of one year but the annexes, for a few provinces."""
    named = [(code, PROVINCES[code]["province_name"]) for code in CITIES]
    by = {kind: [row for row in LEAVES if row["scored_by"] == kind] for kind in ("verified", "survey", "socioeconomic")}
    top = [f"NĂM {year}", "Bộ Nội vụ", "Bộ tiêu chí: 876"]
    yield (
        f"diem_tham_dinh_{year}.xlsx",
        factory.workbook(
            "Điểm thẩm định",
            [f"KẾT QUẢ THẨM ĐỊNH ĐIỂM TỰ ĐÁNH GIÁ {top[0]}", *top[1:]],
            ["Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí", "Điểm tự đánh giá", "Điểm thẩm định", "Lý do"],
            [
                (
                    code,
                    name,
                    row["criterion_code"],
                    Decimal(row["max_points"]),
                    accepted(year, code, row),
                    "thiếu hồ sơ",
                )
                for code, name in named
                for row in by["verified"]
            ],
        ),
    )
    yield (
        f"khao_sat_lanh_dao_{year}.xlsx",
        factory.workbook(
            "Khảo sát lãnh đạo",
            [f"KẾT QUẢ KHẢO SÁT LÃNH ĐẠO, QUẢN LÝ {top[0]}", *top[1:]],
            ["Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí", "Số phiếu", "Điểm trung bình", "Sai số chuẩn", "Thang điểm"],
            [
                (code, name, row["criterion_code"], 200, mean(year, code, row), Decimal("0.05"), 5)
                for code, name in named
                for row in by["survey"]
            ],
        ),
    )
    yield (
        f"sipas_{year}.xlsx",
        factory.workbook(
            "SIPAS",
            [f"CHỈ SỐ HÀI LÒNG (SIPAS) {top[0]}", "Bộ Nội vụ"],
            ["Mã tỉnh", "Tỉnh, thành phố", "Số phiếu", "SIPAS (%)", "Sai số chuẩn"],
            [(code, name, 500, str(sipas(year, code)).replace(".", ","), Decimal("0.4")) for code, name in named],
        ),
    )
    yield (
        f"kinh_te_xa_hoi_{year}.xlsx",
        factory.workbook(
            "Kinh tế - xã hội",
            [f"SỐ LIỆU PHÁT TRIỂN KINH TẾ - XÃ HỘI {top[0]}", "Bộ Nội vụ"],
            [
                "Mã tỉnh",
                "Tỉnh, thành phố",
                "Mã tiêu chí",
                "Chỉ tiêu",
                "Đơn vị tính",
                "Năm trước",
                "Kế hoạch",
                "Năm nay",
                "Điểm",
            ],
            [
                (code, name, row["criterion_code"], "x", "%", 10, 11, 12, accepted(year, code, row))
                for code, name in named
                for row in by["socioeconomic"]
            ],
        ),
    )
    for code, name in named[:2]:
        yield (
            f"tu_cham_diem_{year}_{code}.xlsx",
            factory.workbook(
                "Tự chấm điểm",
                [f"BẢNG TỰ CHẤM ĐIỂM CHỈ SỐ CẢI CÁCH HÀNH CHÍNH {top[0]}", f"Ủy ban nhân dân tỉnh {name}", top[2]],
                ["Mã tiêu chí", "Tiêu chí", "Điểm tối đa", "Điểm tự đánh giá", "Tài liệu kiểm chứng", "Giải trình"],
                [
                    (
                        row["criterion_code"],
                        row["criterion_name"],
                        Decimal(row["max_points"]),
                        row["max_points"].replace(".", ","),
                        "",
                        "đủ",
                    )
                    for row in by["verified"]
                ],
            ),
        )


EDITION_2024 = [
    ("PAR", "MỚI", "2024", "", "QĐ 1/QĐ-BNV", "true", "1", "", "Một", "60", "mixed", "", "", "", "", ""),
    ("PAR", "MỚI", "2024", "", "QĐ 1/QĐ-BNV", "true", "1.1", "1", "Một một", "35", "verified", "", "", "", "", ""),
    ("PAR", "MỚI", "2024", "", "QĐ 1/QĐ-BNV", "true", "1.2", "1", "Một hai", "25", "verified", "ratio_floor",
     "plan_tasks_done", "plan_tasks_total", "80", "100"),
    ("PAR", "MỚI", "2024", "", "QĐ 1/QĐ-BNV", "true", "2", "", "Hai", "40", "sipas", "satisfaction", "", "", "", ""),
]  # fmt: skip
EDITION_HEADER = (
    "index_code", "edition_code", "first_year", "last_year", "decision", "is_verified", "criterion_code",
    "parent_code", "criterion_name", "max_points", "scored_by", "rule_kind", "numerator_keys", "denominator_keys",
    "floor_value", "full_value",
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The marts of scores, built once from everything above."""
    home = tmp_path_factory.mktemp("scores")
    root = home / "raw"
    raw.prepare(root)
    received = [
        (
            "2014-FY",
            "papi_2014.csv",
            factory.csv_bytes(factory.SCORES_HEADER, factory.published_rows(2014, NAMES_2014, SCORES_2014)),
        ),
        (
            "2015-FY",
            "papi_2015.xlsx",
            factory.workbook("PAPI", [], factory.SCORES_HEADER, factory.published_rows(2015, NAMES_2014, SCORES_2015)),
        ),
        *(("2022-FY", *sheet) for sheet in sheets(2022)),
        *(("2023-FY", *sheet) for sheet in sheets(2023)),
        ("2024-FY", "bo_tieu_chi.csv", factory.csv_bytes(EDITION_HEADER, EDITION_2024)),
        (
            "2024-FY",
            "diem_tham_dinh_2024.xlsx",
            factory.workbook(
                "Điểm",
                ["KẾT QUẢ THẨM ĐỊNH NĂM 2024", "Bộ tiêu chí: MỚI"],
                ["Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí", "Điểm thẩm định"],
                [("01", "Hà Nội", "1.1", 30), ("01", "Hà Nội", "1.2", 20), ("22", "Quảng Ninh", "1.1", 35)],
            ),
        ),
        (
            "2024-FY",
            "sipas_2024.xlsx",
            factory.workbook(
                "SIPAS",
                ["CHỈ SỐ HÀI LÒNG (SIPAS) NĂM 2024"],
                ["Mã tỉnh", "Tỉnh, thành phố", "SIPAS (%)"],
                [("01", "Hà Nội", Decimal("80")), ("22", "Quảng Ninh", Decimal("90"))],
            ),
        ),
    ]
    for period, name, data in received:
        reading = reader.read_bytes(data, Path(period) / name)
        assert reading.status == "accepted", (name, reading.refusal)
        raw.write(root, period, [reading], seen_at=datetime(2025, 1, 1, tzinfo=UTC))
    sample = next((Path(__file__).parent / "fixtures" / "sample").rglob("*Ha_Nam.docx"))
    raw.write(
        root,
        "2021-FY",
        [reader.read_bytes(sample.read_bytes(), Path("2021-FY") / sample.name)],
        seen_at=datetime(2021, 12, 20, tzinfo=UTC),
    )
    database = home / "scores.duckdb"
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "build", "--exclude-resource-type", "unit_test"]
    command += [
        "--select",
        "+mart_official_agreement",
        "+mart_score_gap",
        "+dim_criterion",
        "+dim_province",
        "--indirect-selection",
    ]
    command += ["cautious", "--project-dir", PROJECT, "--profiles-dir", PROJECT]
    command += ["--target-path", home / "target", "--log-path", home / "logs"]
    paths = {"PAR_RAW": str(root), "PAR_BUILD_DATABASE": str(database)}
    done = subprocess.run(
        list(map(str, command)), env={**os.environ, **paths}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((home / "target" / "run_results.json").read_text())["results"]
    return duckdb.connect(str(database), read_only=True)


def rows(warehouse: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return warehouse.execute(sql).fetchall()


# --- a second index by data alone -------------------------------------------------------------------------------------


def test_all_published_totals_dimensions_and_ranks_are_reproduced(warehouse) -> None:
    assert rows(
        warehouse,
        "select sum(provinces_compared), sum(ranks_equal), sum(areas_compared), "
        "max(greatest_difference) < 0.001, max(greatest_area_difference) < 0.001 "
        "from marts.mart_official_agreement where index_code = 'PAPI' and report_year <= 2013",
    ) == [(189, 189, 189 * 6, True, True)]


def test_a_year_with_missing_provinces_and_changed_parts_loads_from_one_file(warehouse) -> None:
    total = {code: sum(given.values()) for code, given in SCORES_2014.items() if code != INCOMPLETE_2014}
    order = sorted(total.values(), reverse=True)
    expected = {code: (value, order.index(value) + 1) for code, value in total.items()}
    found = {
        code: (points, rank)
        for code, points, rank in rows(
            warehouse,
            "select left(province_key, 2), points, rank from marts.mart_national_ranking "
            "where index_code = 'PAPI' and report_year = 2014 and rank is not null",
        )
    }
    assert found == expected
    assert len(found) == 63 - len(MISSING_2014) - 1


def test_a_province_below_the_coverage_is_listed_and_not_ranked(warehouse) -> None:
    [(rank, reason, covered)] = rows(
        warehouse,
        "select rank, not_ranked_reason_vi, coverage_pct < 100 from marts.mart_national_ranking "
        f"where index_code = 'PAPI' and report_year = 2014 and province_key = '{INCOMPLETE_2014}.1'",
    )
    assert (rank, covered) == (None, True)
    assert "dưới ngưỡng 100 %" in reason


def test_changed_parts_are_another_edition_and_break_the_movement(warehouse) -> None:
    assert rows(
        warehouse,
        "select report_year, min(edition_code), max(edition_code), count(rank_change) "
        "from marts.mart_national_ranking where index_code = 'PAPI' group by report_year order by 1",
    ) == [
        (2011, "2011", "2011", 0),
        (2012, "2011", "2011", 63),
        (2013, "2011", "2011", 63),
        (2014, "2014", "2014", 0),
        (2015, "2014", "2014", 63 - len(MISSING_2014) - 1),
    ]
    [(reason,)] = rows(
        warehouse,
        "select distinct no_movement_reason_vi from marts.mart_national_ranking "
        "where index_code = 'PAPI' and report_year = 2014 and rank is not null",
    )
    assert "bộ tiêu chí khác (2011)" in reason


# --- the index of reform ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2022, 2023])
def test_index_rank_and_group_follow_from_all_four_sources(warehouse, year: int) -> None:
    truth = {code: index(year, code) for code in CITIES}
    order = sorted(truth.values(), reverse=True)
    expected = {
        code: (
            value.quantize(Decimal("0.0000001")),
            order.index(value) + 1,
            next(name for name, least in (("A", 90), ("B", 80), ("C", 70), ("D", 0)) if value >= least),
        )
        for code, value in truth.items()
    }
    found = {
        code: (value.quantize(Decimal("0.0000001")), rank, group)
        for code, value, rank, group in rows(
            warehouse,
            "select left(province_key, 2), index_pct, rank, group_name from marts.mart_national_ranking "
            f"where index_code = 'PAR' and report_year = {year}",
        )
    }
    assert found == expected


def test_an_annex_is_scored_with_its_arithmetic_and_what_it_lacks_is_not_covered(warehouse) -> None:
    scores = {
        code: (points, explanation)
        for code, points, explanation in rows(
            warehouse,
            "select criterion_code, points, explanation from marts.fct_criterion_score "
            "where index_code = 'PAR' and report_year = 2021 and province_key = '35.1' and basis = 'computed'",
        )
    }
    assert scores["1.1"] == (
        Decimal("1.291666667"),
        "31/36 nhiệm vụ = 86,11 % ≥ 80 % → 0,8611 × 1,50 = 1,29",
    )
    assert scores["1.7"][0] == 0, "no dialogue was held: zero points"
    assert "1.6" not in scores, "tasks of the Government are blank in the annex: not covered"
    assert len(scores) == 33
    [(rank, coverage, verified, stand_in)] = rows(
        warehouse,
        "select rank, coverage_pct, is_edition_verified, is_stand_in from marts.mart_national_ranking "
        "where index_code = 'PAR' and report_year = 2021",
    )
    assert (rank, coverage, verified, stand_in) == (None, Decimal("32.5"), False, True)


def test_movement_within_an_edition_is_last_years_rank_less_this_years(warehouse) -> None:
    places = {}
    for year in (2022, 2023):
        order = sorted(CITIES, key=lambda code: -index(year, code))
        places[year] = {code: order.index(code) + 1 for code in CITIES}
    assert dict(
        rows(
            warehouse,
            "select left(province_key, 2), rank_change from marts.mart_national_ranking "
            "where index_code = 'PAR' and report_year = 2023",
        )
    ) == {code: places[2022][code] - places[2023][code] for code in CITIES}


def test_a_file_of_the_ministry_replaces_the_working_edition(warehouse) -> None:
    assert rows(
        warehouse,
        "select left(province_key, 2), edition_code, is_edition_verified, points, coverage_pct, rank, rank_change "
        "from marts.mart_national_ranking where index_code = 'PAR' and report_year = 2024 order by 1",
    ) == [
        ("01", "MỚI", True, Decimal("82"), Decimal("100"), 1, None),
        ("22", "MỚI", True, Decimal("71"), Decimal("75"), None, None),
    ]


def test_the_gap_ledger_keeps_claim_decision_and_cause(warehouse) -> None:
    row = next(row for row in LEAVES if row["criterion_code"] == "1.1")
    claimed, given = Decimal(row["max_points"]), accepted(2023, "01", row)
    assert rows(
        warehouse,
        "select claimed_points, accepted_points, gap_points, cause from marts.mart_score_gap "
        "where report_year = 2023 and province_key = '01.1' and criterion_code = '1.1'",
    ) == [(claimed, given, claimed - given, "chấp nhận" if claimed == given else "thiếu hồ sơ")]


def test_every_point_that_counts_explains_itself(warehouse) -> None:
    assert rows(
        warehouse, "select count(*) from marts.fct_criterion_score where is_used and coalesce(explanation, '') = ''"
    ) == [(0,)]


# --- what was announced -----------------------------------------------------------------------------------------------


def test_the_top_ten_of_2020_is_rebuilt_from_its_four_parts(warehouse) -> None:
    found = rows(
        warehouse,
        "select rebuilt_rank, official_rank_among_rebuilt, abs(rebuilt_difference), verdict "
        "from marts.mart_official_comparison "
        "where index_code = 'PAR' and report_year = 2020 and rebuilt_score is not null order by official_rank",
    )
    assert [(row[0], row[1]) for row in found] == [(place, place) for place in range(1, 11)]
    assert max(row[2] for row in found) == Decimal("0.01")
    assert [row[3] for row in found].count("rounding") == 3


def test_lang_son_2018_adds_up_and_hoa_binh_2023_is_left_as_printed(warehouse) -> None:
    assert rows(
        warehouse,
        "select report_year, official_score, rebuilt_score, verdict from marts.mart_official_comparison "
        "where (report_year = 2018 and province_key = '20.1' or report_year = 2023 and province_key = '17.1') "
        "and index_code = 'PAR' order by 1",
    ) == [
        (2018, Decimal("77.25"), Decimal("77.25"), "equal"),
        (2023, Decimal("86.76"), Decimal("87.89"), "inconsistent_in_print"),
    ]


# --- what people see --------------------------------------------------------------------------------------------------


def test_the_workbook_has_a_block_a_province_and_says_what_is_not_checked(warehouse) -> None:
    sheets = {sheet.name: sheet for sheet in ranking_sheets(warehouse)}
    assert list(sheets) == ["Xếp hạng", "Xếp hạng lĩnh vực", "Xếp hạng vùng", "Điểm từng tỉnh"]
    for sheet in sheets.values():
        assert any("CHƯA đối chiếu" in line for line in sheet.lines)
        assert any("không phải kết quả chính thức" in line for line in sheet.lines)
    blocks = [row for row in sheets["Điểm từng tỉnh"].rows if "section" in row.traits]
    assert len(blocks) == 63 + 2, "the newest year of each index: 63 provinces of 2015, 2 of 2024"
    assert len(list(sheets["Xếp hạng"].rows)) == 63 * 4 + 60 + 1 + 6 * 2 + 2


def test_a_run_prints_top_and_bottom_under_the_edition(warehouse) -> None:
    titles = [table.title for table in ranking_tables(warehouse)]
    assert any("PAR 2024: bộ tiêu chí MỚI (QĐ 1/QĐ-BNV); đã đối chiếu." in title for title in titles)
    lengths = {table.title.split()[4]: table.row_count for table in ranking_tables(warehouse)}
    assert max(lengths.values()) == 11


# --- the working edition ----------------------------------------------------------------------------------------------


def test_the_working_edition_meets_every_known_total() -> None:
    by_source: dict[str, Decimal] = {}
    for row in LEAVES:
        by_source[row["scored_by"]] = by_source.get(row["scored_by"], Decimal(0)) + Decimal(row["max_points"])
    assert by_source == {
        "verified": Decimal("61.5"),
        "survey": Decimal(22),
        "sipas": Decimal(10),
        "socioeconomic": Decimal("6.5"),
    }
    areas = {
        row["criterion_code"]: Decimal(row["max_points"])
        for row in factory.seed("criteria")
        if row["edition_code"] == "876" and row["level"] == "area"
    }
    assert list(areas.values()) == [Decimal(text) for text in ("9.5", "10", "13", "10.5", "13.5", "12", "15", "16.5")]


def test_no_sql_names_an_index() -> None:
    for path in [*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "macros").rglob("*.sql")]:
        text = path.read_text(encoding="utf-8")
        assert "PAPI" not in text and "'PAR'" not in text, path
