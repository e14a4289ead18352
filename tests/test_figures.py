"""The workbook of a period's figures: every value once, as it was reported, and nothing of another period."""

from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
import warehouse_factory as factory
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.publishing import figures
from orchestration.publishing.table import SIMULATED_MARK, open_warehouse

pytestmark = pytest.mark.slow


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return factory.make_warehouse(tmp_path / "par.duckdb")


def periods(database: Path) -> dict[str, figures.Period]:
    with open_warehouse(database) as connection:
        return {period.key: period for period in figures.periods(connection)}


def written(database: Path, key: str) -> Worksheet:
    path = database.with_suffix(".xlsx")
    with open_warehouse(database) as connection:
        figures.write_figures(connection, path, periods(database)[key])
    return openpyxl.load_workbook(path)["Số liệu"]


def rows(page: Worksheet) -> list[dict[str, object]]:
    cells = [[cell.value for cell in row] for row in page.iter_rows()]
    top = next(number for number, row in enumerate(cells) if row[0] == "Kỳ báo cáo")
    return [dict(zip(cells[top], row, strict=True)) for row in cells[top + 1 :]]


def change(database: Path, statement: str) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(statement)


def test_each_period_has_its_figures_and_together_they_are_all(database: Path) -> None:
    found = {key: rows(written(database, key)) for key in periods(database)}

    assert list(found) == ["2022-Q1", "2021-FY"]
    assert {key: len(lines) for key, lines in found.items()} == {"2022-Q1": 1, "2021-FY": len(factory.VALUES) - 1}
    assert {line["Kỳ báo cáo"] for line in found["2021-FY"]} == {"Năm 2021"}
    states = {line["Mã chỉ tiêu"]: (line["Số liệu"], line["Tình trạng"]) for line in found["2021-FY"]}
    assert states["on_time_pct"] == (7.03, "Có số")
    assert states["tasks_given"] == (None, "Để trống")
    assert states["staff_reduced_pct"] == (None, "Ghi bằng chữ")


def test_its_only_date_is_that_of_the_newest_report_of_the_period(database: Path) -> None:
    book = written(database, "2021-FY").parent

    assert book.properties.created == book.properties.modified == datetime(2021, 12, 19)


def made_from(database: Path) -> dict[str, str]:
    with open_warehouse(database) as connection:
        made = figures.products(connection)
    return {product.path.removeprefix("so_lieu/so_lieu_").removesuffix(".xlsx"): product.made_from for product in made}


@pytest.mark.parametrize(
    "statement",
    [
        "update marts.fct_indicator_value set value = value + 1 where period_key = '2021-FY' and value = 7.03",
        "update marts.fct_indicator_value set is_missing = false where period_key = '2021-FY' and is_missing",
        "update marts.fct_indicator_value set page = 99 where period_key = '2021-FY' and indicator_key = 'procedures'",
        "update marts.dim_report set report_date = '2021-12-18' where report_key = 'r1'",
        "update marts.dim_report set report_number = '11/BC' where report_key = 'r1'",
        "update marts.dim_indicator set indicator_name = 'Tên khác' where indicator_key = 'plan_tasks'",
        "update marts.dim_period set period_name = 'Cả năm 2021' where period_key = '2021-FY'",
        "update marts.fct_indicator_value set note = '' where period_key = '2021-FY' and note is null",
    ],
)
def test_whatever_a_workbook_shows_changes_what_it_is_made_from(database: Path, statement: str) -> None:
    before = made_from(database)
    change(database, statement)
    after = made_from(database)

    assert after["2021-FY"] != before["2021-FY"]
    assert after["2022-Q1"] == before["2022-Q1"] or "dim_indicator" in statement


def test_an_empty_warehouse_has_no_period(tmp_path: Path) -> None:
    assert periods(factory.make_warehouse(tmp_path / "par.duckdb", is_empty=True)) == {}


def test_a_period_with_a_made_up_report_is_marked_in_its_name_on_its_sheet_and_on_every_page(database: Path) -> None:
    assert written(database, "2021-FY")["A1"].value.startswith("SỐ LIỆU CỦA MỌI BÁO CÁO")
    before = made_from(database)["2021-FY"]
    change(database, "update marts.dim_report set is_simulated = true where report_key = 'r1'")

    page = written(database, "2021-FY")
    assert page["A1"].value == SIMULATED_MARK
    assert SIMULATED_MARK in page.oddHeader.center.text
    assert periods(database)["2021-FY"].file_name == "MO_PHONG_so_lieu_2021-FY.xlsx"
    assert periods(database)["2022-Q1"].file_name == "so_lieu_2022-Q1.xlsx"
    assert before not in made_from(database).values()
