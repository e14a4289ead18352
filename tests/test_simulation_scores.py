"""The made-up inputs of the index: points within maxima, an index that adds up, ranks by the rule, sheets in shape."""

from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from orchestration.simulation import scores
from orchestration.simulation.faults import HABITS
from orchestration.simulation.nation import Order, write_nation
from orchestration.simulation.truth import Nation


@pytest.fixture(scope="module")
def year() -> scores.Year:
    made = scores.year_of(Nation(5), 2023, (), HABITS["typical"])
    assert made is not None
    return made


@pytest.fixture(scope="module")
def books(year: scores.Year) -> dict[str, openpyxl.worksheet.worksheet.Worksheet]:
    """First sheet of every workbook, by file name without prefix and year."""
    made = scores.workbooks(year, Nation(5).stream("books"), HABITS["typical"])
    return {book.name: openpyxl.load_workbook(BytesIO(book.data)).worksheets[0] for book in made}


def table(sheet) -> list[dict]:
    header, *rows = sheet.iter_rows(min_row=6, values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_edition_adds_up_to_a_hundred(year):
    assert year.maximum == 100
    for criterion in year.criteria:
        under = [other.max_points for other in year.criteria if other.parent == criterion.code]
        assert not under or sum(under) == criterion.max_points, criterion.code


def test_points_lie_between_zero_and_their_maximum(year):
    most = {criterion.code: criterion.max_points for criterion in year.criteria if criterion.is_scored}
    for standing in year.standings:
        assert standing.points.keys() == most.keys()
        assert all(0 <= points <= most[code] for code, points in standing.points.items())
        for code, claim in (standing.claims or {}).items():
            assert claim.points is None or 0 <= claim.points <= most[code]


def test_the_areas_add_up_to_the_index(year):
    for standing in year.standings:
        parts = [scores.area_points(year, standing, area)[0] for area in scores.areas(year)]
        assert sum(parts) == standing.index


def test_ranks_go_down_with_the_index_and_equals_share_one(year):
    ordered = sorted(year.standings, key=lambda one: -one.index)
    ranks = [year.rank(one) for one in ordered]
    assert ranks[0] == 1
    for at in range(1, len(ordered)):
        same = ordered[at].index == ordered[at - 1].index
        assert ranks[at] == (ranks[at - 1] if same else at + 1)


def test_groups_follow_the_cuts_of_the_year(year):
    for standing in year.standings:
        index = year.index(standing)
        group = "A" if index >= 90 else "B" if index >= 80 else "C" if index >= 70 else "D"
        assert year.group(standing) == group


def test_provinces_differ_and_some_claim_more_than_is_accepted(year):
    assert max(one.index for one in year.standings) - min(one.index for one in year.standings) > 5
    gaps = [
        claim.points - one.verified[code]
        for one in year.standings
        for code, claim in (one.claims or {}).items()
        if claim.points is not None
    ]
    assert sum(gap > 0 for gap in gaps) > len(gaps) / 10


def test_sheets_have_their_mark_title_sender_and_header_in_place(year, books):
    assert len(books) == sum(one.claims is not None for one in year.standings) + 5
    for name, sheet in books.items():
        assert name.startswith("MO_PHONG_")
        assert sheet["A1"].value == "SỐ LIỆU MÔ PHỎNG / SIMULATED"
        assert "2023" in sheet["A2"].value
        assert sheet["A3"].value == "Bộ Nội vụ" or sheet["A3"].value.startswith("Ủy ban nhân dân ")
        assert sheet["A5"].value is None


def test_the_verified_sheet_says_the_points_that_count(year, books):
    rows = table(books["MO_PHONG_diem_tham_dinh_2023.xlsx"])
    said = {(row["Mã tỉnh"], row["Mã tiêu chí"]): Decimal(str(row["Điểm thẩm định"])) for row in rows}
    told = {(one.unit.code, code): points for one in year.standings for code, points in one.verified.items()}
    assert said == told
    assert all(isinstance(row["Mã tỉnh"], str) and isinstance(row["Mã tiêu chí"], str) for row in rows)


def test_the_published_result_is_rounded_once_from_unrounded_parts(year, books):
    rows = {row["Mã tỉnh"]: row for row in table(books["MO_PHONG_ket_qua_cong_bo_2023.xlsx"])}
    for standing in year.standings:
        row = rows[standing.unit.code]
        assert abs(Decimal(str(row["Chỉ số (%)"])) - year.index(standing)) <= Decimal("0.005")
        assert row["Xếp hạng"] == year.rank(standing)
        parts = ("Điểm thẩm định", "Điểm khảo sát", "Điểm SIPAS", "Điểm kinh tế - xã hội")
        assert abs(sum(Decimal(str(row[part])) for part in parts) - year.index(standing)) <= Decimal("0.02")


def test_a_year_without_known_criteria_has_no_inputs():
    assert scores.year_of(Nation(5), 2018, (), HABITS["none"]) is None


def test_the_merged_units_are_scored_after_the_merger():
    made = scores.year_of(Nation(5), 2025, (), HABITS["none"])
    assert len(made.standings) == 34


def test_the_same_seed_gives_the_same_workbooks(tmp_path):
    order = Order(4, ("2022-FY",), ("Hà Nam", "Huế", "An Giang"), ("txt",), "typical", scores=True)
    for name in ("a", "b"):
        write_nation(order, tmp_path / name / "inbox", tmp_path / name / "truth")
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert any("tham_dinh" in path.name for path in files)
    for path in files:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes(), path
