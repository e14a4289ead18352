"""The gate: an impossible figure of any input is a finding with its place, is not used, and moves nobody's rank.

Two warehouses are built from the same inputs; in one some cells hold slips, in the other the same cells are blank. The
truth is written by hand beside each slip. Not here: the SQL alone on any figures (`test_score_rules.py`).
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
from test_scores import CITIES, LEAVES, PROVINCES, papi_file, sheets

from orchestration.reading import raw, reader

pytestmark = pytest.mark.slow

SURVEYED = [row["criterion_code"] for row in LEAVES if row["scored_by"] == "survey"]
NAMES = {code: PROVINCES[code]["province_name"] for code in CITIES}
WHO = ("Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí")

# Province, criterion, what the slip says; its maximum is 1.5.
ACCEPTED = (("01", "1.1", 15), ("22", "1.1", -5))
# Province, criterion, mean, standard error, scale.
ANSWERS = (
    ("31", SURVEYED[0], 45, Decimal("0.05"), 5),
    ("35", SURVEYED[0], 4, Decimal("-0.1"), 5),
    ("36", SURVEYED[0], 4, 6, 5),
    ("79", SURVEYED[0], 4, Decimal("0.05"), None),
)
SATISFACTION = (("35", 843), ("36", -1))
PAPI_SLIP = b"2017,01,H\xc3\xa0 N\xe1\xbb\x99i,sub-dimension,1.1,"


def book(title: str, header: tuple[str, ...], table: list[tuple]) -> bytes:
    """A sheet of the year 2023: three lines of title, the header in row 5, figures from row 6 on."""
    return factory.workbook("Bảng", [f"{title} NĂM 2023", "Bộ Nội vụ", "Bộ tiêu chí: 876"], header, table)


def late_sheets(has_slips: bool) -> Iterator[tuple[str, str, bytes]]:
    """(period, name, bytes) of what comes last, so that it counts: slips, or blanks in their places."""

    def cell(value):
        return value if has_slips else None

    yield (
        "2023-FY",
        "tham_dinh_lai_2023.xlsx",
        book(
            "KẾT QUẢ THẨM ĐỊNH",
            (*WHO, "Điểm thẩm định"),
            [(code, NAMES[code], criterion, cell(points)) for code, criterion, points in ACCEPTED]
            + ([("999", "Điểm cao nhất", "1.1", 1), ("01", "Hà Nội", "9.9", 1)] if has_slips else []),
        ),
    )
    yield (
        "2023-FY",
        "khao_sat_lai_2023.xlsx",
        book(
            "KẾT QUẢ KHẢO SÁT LÃNH ĐẠO, QUẢN LÝ",
            (*WHO, "Số phiếu", "Điểm trung bình", "Sai số chuẩn", "Thang điểm"),
            [
                (code, NAMES[code], criterion, 200, cell(mean), cell(error), scale)
                for code, criterion, mean, error, scale in ANSWERS
            ],
        ),
    )
    yield (
        "2023-FY",
        "sipas_lai_2023.xlsx",
        book(
            "CHỈ SỐ HÀI LÒNG (SIPAS)",
            ("Mã tỉnh", "Tỉnh, thành phố", "Số phiếu", "SIPAS (%)"),
            [(code, NAMES[code], 500, cell(share)) for code, share in SATISFACTION],
        ),
    )
    papi = papi_file(2017).read_bytes().splitlines(keepends=True)
    [at] = [number for number, line in enumerate(papi) if line.startswith(PAPI_SLIP)]
    papi[at] = papi[at].rsplit(b",", 1)[0] + (b",9.9\n" if has_slips else b",\n")
    if has_slips:
        papi.append("2017,999,Điểm cao nhất,dimension,1,,Participation,,5.9\n".encode())
    yield "2017-FY", "papi_2017.csv", b"".join(papi)
    if has_slips:
        statistics = "Mã tỉnh,Tỉnh,Mã tiêu chí,Năm trước,Năm nay\n"
        sure = '01,Hà Nội,8.3,"9.800,5","12.345"\n02,Hà Giang,8.3,"9800,5","12345"\n04,Cao Bằng,8.3,"9.800","12.345"\n'
        yield "2024-FY", "kinh_te_2024.csv", (statistics + sure).encode()
        yield "2022-FY", "kinh_te_2022.csv", (statistics + "04,Cao Bằng,8.3,9.800,12.345\n").encode()


def build(model_set: ModelSet, home: Path, has_slips: bool) -> Path:
    raw.prepare(home / "raw")
    first = [("2023-FY", *sheet) for sheet in sheets(2023)]
    for month, received in enumerate((first, late_sheets(has_slips)), start=1):
        for period, name, data in received:
            reading = reader.read_bytes(data, Path(period) / name)
            assert reading.status == "accepted", (name, reading.refusal)
            raw.write(home / "raw", period, [reading], seen_at=datetime(2025, month, 1, tzinfo=UTC))
    return model_set.build(home)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, model_set: ModelSet) -> Path:
    return build(model_set, tmp_path_factory.mktemp("slips"), has_slips=True)


@pytest.fixture(scope="module")
def slips(built: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(built), read_only=True)


@pytest.fixture(scope="module")
def blanks(tmp_path_factory: pytest.TempPathFactory, model_set: ModelSet) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(build(model_set, tmp_path_factory.mktemp("blanks"), has_slips=False)), read_only=True)


def found(warehouse: duckdb.DuckDBPyConnection, rules: str) -> list[tuple]:
    return warehouse.execute(
        "select rule, severity, source_file_name, province_key, period_key, criterion_code, expected, found,"
        f" table_number, row_number from marts.mart_quality_finding where rule like '{rules}' order by all"
    ).fetchall()


def test_points_outside_their_bounds_are_findings_with_their_place(slips) -> None:
    file, rule = "tham_dinh_lai_2023.xlsx", "score_verified_out_of_range"
    assert found(slips, rule) == [
        (rule, "error", file, "01.1", "2023-FY", "1.1", "0 – 1,5", "15", 1, 6),
        (rule, "error", file, "22.1", "2023-FY", "1.1", "0 – 1,5", "-5", 1, 7),
    ]


def test_answers_outside_their_scale_are_findings_with_their_place(slips) -> None:
    file, code = "khao_sat_lai_2023.xlsx", SURVEYED[0]
    assert found(slips, "survey_%") == [
        ("survey_error_out_of_range", "error", file, "35.1", "2023-FY", code, "0 – 5", "-0.1", 1, 7),
        ("survey_error_out_of_range", "error", file, "36.1", "2023-FY", code, "0 – 5", "6", 1, 8),
        ("survey_mean_out_of_range", "error", file, "31.1", "2023-FY", code, "0 – 5", "45", 1, 6),
        ("survey_scale_unknown", "error", file, "79.1", "2023-FY", code, "> 0", None, 1, 9),
        *(
            ("survey_sipas_out_of_range", "error", "sipas_lai_2023.xlsx", f"{province}.1", "2023-FY", "8.1", "0 – 100",
             str(share), 1, row)
            for row, (province, share) in enumerate(SATISFACTION, start=6)
        ),
    ]  # fmt: skip


def test_a_published_slip_and_its_place_are_a_finding(slips) -> None:
    [(_, severity, file, province, period, code, expected, printed, table, row)] = found(slips, "score_published%")
    assert (severity, file, province, period, code) == ("error", "papi_2017.csv", "01.1", "2017-FY", "1.1")
    assert (expected, printed, table) == ("0 – 2,5", "9.9", 1)
    lines = papi_file(2017).read_bytes().splitlines()
    assert lines[row - 1].startswith(PAPI_SLIP)


def test_the_files_own_total_says_what_the_slip_should_be(slips) -> None:
    [(_, severity, _, province, _, code, expected, printed, _, row)] = found(slips, "score_part_unlike_total")
    assert (severity, province, code, printed) == ("warning", "01.1", "1.1", "9.9")
    lines = papi_file(2017).read_bytes().splitlines()
    truth = Decimal(lines[row - 1].rsplit(b",", 1)[1].decode())
    assert abs(Decimal(expected.replace(",", ".")) - truth) < Decimal("0.00000001")
    assert not found(slips, "score_total_differs"), "the total of the province is that of its dimensions"


def test_rows_of_nobody_are_findings(slips) -> None:
    assert [finding[0:5] + finding[6:8] for finding in found(slips, "score_%_unknown")] == [
        ("score_criterion_unknown", "warning", "tham_dinh_lai_2023.xlsx", "01.1", "2023-FY", "2023: PAR 876", "9.9"),
        ("score_province_unknown", "error", "papi_2017.csv", None, "2017-FY", "2017", "999 Điểm cao nhất"),
        ("score_province_unknown", "error", "tham_dinh_lai_2023.xlsx", None, "2023-FY", "2023", "999 Điểm cao nhất"),
    ]


def test_a_statistic_is_read_as_its_file_writes_numbers_or_not_at_all(slips) -> None:
    assert slips.execute(
        "select province_key, points from marts.fct_criterion_score"
        " where report_year = 2024 and criterion_code = '8.3' and basis = 'computed' order by all"
    ).fetchall() == [("01.1", Decimal("1.5")), ("02.1", Decimal("1.5")), ("04.1", Decimal("1.5"))]
    rule, file = "statistic_undecidable", "kinh_te_2022.csv"
    assert found(slips, rule) == [
        (rule, "error", file, "04.1", "2022-FY", "8.3", None, "12.345", 1, 2),
        (rule, "error", file, "04.1", "2022-FY", "8.3", None, "9.800", 1, 2),
    ]
    [(status, points, explanation)] = slips.execute(
        "select status, points, explanation_en from marts.fct_criterion_score"
        " where report_year = 2022 and criterion_code = '8.3'"
    ).fetchall()
    assert (status, points) == ("refused", None)
    assert explanation.startswith("not computed, because: Whether «12.345» of criterion 8.3 groups thousands")


def test_blanks_are_no_findings(blanks) -> None:
    assert not found(blanks, "s%")


@pytest.mark.parametrize("mart", ["mart_national_ranking", "mart_area_ranking"])
def test_no_slip_moves_a_rank_or_a_point_of_anybody(slips, blanks, mart: str) -> None:
    # Only why a province is not ranked tells what was refused from what was left blank.
    columns = "* exclude (not_ranked_reason_vi)" if mart == "mart_national_ranking" else "*"
    years = "(index_code, report_year) in (('PAR', 2023), ('PAPI', 2017))"
    sql = f"select {columns} from marts.{mart} where {years} order by all"
    rows = slips.execute(sql).fetchall()
    assert rows == blanks.execute(sql).fetchall()
    assert len(rows) >= 6 + 63


def test_a_slip_is_not_used_nor_does_the_claim_take_its_place_and_both_say_why(slips) -> None:
    assert slips.execute(
        "select province_key, basis, points, status, is_used, explanation, explanation_en"
        " from marts.fct_criterion_score where report_year = 2023 and criterion_code = '1.1'"
        " and province_key in ('01.1', '22.1') order by all"
    ).fetchall() == [
        *(
            row
            for province, printed in (("01.1", "15"), ("22.1", "-5"))
            for row in (
                (province, "self", Decimal("1.5"), "given", False, "tỉnh tự chấm 1,5/1,5", "claimed 1.5/1.5"),
                (
                    province, "verified", None, "refused", False,
                    f"không cho điểm, vì: Điểm thẩm định «{printed}» của tiêu chí 1.1 nằm ngoài khoảng 0 – 1,5; "
                    "điểm không được dùng.",
                    f"not given, because: The points «{printed}» accepted for criterion 1.1 lie outside 0 – 1,5; "
                    "they are not used.",
                ),
            )
        )
    ]  # fmt: skip
    assert slips.execute(
        "select cause from marts.mart_score_gap where report_year = 2023 and criterion_code = '1.1'"
        " and province_key = '01.1'"
    ).fetchall() == [("điểm thẩm định không dùng được",)]


def test_every_row_in_is_used_superseded_refused_or_unmatched(slips) -> None:
    decided = dict(
        slips.execute(
            "select decision, count(distinct (row_source, file_sha256, sheet_row_number))"
            " from intermediate.int_score_rows group by decision"
        ).fetchall()
    )
    [(rows_in,)] = slips.execute(
        "select (select count(*) from staging.stg_score_rows) + (select count(*) from staging.stg_survey_rows)"
    ).fetchall()
    assert sum(decided.values()) == rows_in
    assert decided["refused"] == len(ACCEPTED) + len(ANSWERS) + len(SATISFACTION) + 1 + 2
    assert decided["unmatched"] == 3


@pytest.mark.parametrize(
    "damage",
    [
        "delete from intermediate.int_score_rows where decision = 'refused'",
        "insert into intermediate.int_score_rows select * from intermediate.int_score_rows limit 1",
        "update intermediate.int_score_rows set decision = 'ignored' where decision = 'unmatched'",
        "delete from staging.stg_survey_rows where sheet_row_number = 1",
    ],
)
def test_the_check_of_score_rows_fails_where_a_row_is_lost_or_doubled(
    built: Path, model_set: ModelSet, tmp_path: Path, damage: str
) -> None:
    sql = model_set.queries("test")["every_score_row_is_accounted_for"]
    copy = tmp_path / built.name
    copy.write_bytes(built.read_bytes())
    with duckdb.connect(str(copy)) as warehouse:
        assert not warehouse.execute(sql).fetchall()
        warehouse.execute(damage)
        assert warehouse.execute(sql).fetchall()


def test_the_database_itself_takes_no_point_beyond_its_maximum(built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(built.read_bytes())
    with duckdb.connect(str(copy)) as warehouse:
        for damage in (
            "update marts.fct_criterion_score set points = max_points + 0.000000001 where is_used",
            "update marts.fct_criterion_score set points = -0.000000001 where is_used",
            "update marts.mart_national_ranking set index_pct = 100.000000001",
            "update marts.mart_area_ranking set area_index_pct = -1",
        ):
            with pytest.raises(duckdb.ConstraintException):
                warehouse.execute(damage)
