"""The release of the whole sample: every number that a person reads is that of a mart, and the package is valid."""

import csv
import json
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import frictionless
import openpyxl
import pyarrow.parquet as pq
import pypdfium2
import pytest

from orchestration.publishing import workbook
from orchestration.publishing.changes import SCHEMA, Changes
from orchestration.publishing.facts import Facts
from orchestration.publishing.table import SIMULATED_MARK, Method, open_warehouse

pytestmark = pytest.mark.slow
Cells = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def folder(sample_home: Path) -> Path:
    return (sample_home / "warehouse" / "exports" / "latest").resolve()


def mart(folder: Path, name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(folder / "parquet" / f"{name}.parquet").to_pylist()
    return rows


@pytest.fixture(scope="module")
def sheets(folder: Path) -> dict[str, Cells]:
    [path] = folder.glob("*chi_tieu_cchc.xlsx")
    book = openpyxl.load_workbook(path, read_only=True)
    return {page.title: list(page.iter_rows(values_only=True)) for page in book}


def below(cells: Cells, first: str) -> Iterator[dict[str, object]]:
    top = next(number for number, row in enumerate(cells) if row[0] == first)
    return (dict(zip(cells[top], row, strict=False)) for row in cells[top + 1 :])


def number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("index_code", ["PAPI", "PAR"])
def test_the_national_table_is_the_mart_cell_by_cell(folder: Path, sheets: dict[str, Cells], index_code: str) -> None:
    names = {row["province_key"]: row["province_name"] for row in mart(folder, "dim_province")}
    rows = [row for row in mart(folder, "mart_national_ranking") if row["index_code"] == index_code]
    year = max(row["report_year"] for row in rows if row["rank"])
    quoted, of_area = ("points", "points") if index_code == "PAPI" else ("index_pct", "area_index_pct")
    expected = {
        names[row["province_key"]]: (row["rank"], number(row[quoted]) if row["rank"] else None, {})
        for row in rows
        if row["report_year"] == year
    }
    for area in mart(folder, "mart_area_ranking"):
        if (area["index_code"], area["report_year"]) == (index_code, year):
            value = number(area[of_area])
            expected[names[area["province_key"]]][2][f"{area['area_code']}. {area['area_name']}"] = value
    name = next(name for name in sheets if name.startswith(f"{index_code} {year}"))
    for row, province in zip(below(sheets[name], "Hạng"), list(expected), strict=False):
        rank, value, areas = expected.pop(str(row["Tỉnh, thành phố"]))
        assert row["Hạng"] == rank
        assert row["Điểm" if index_code == "PAPI" else "Chỉ số (%)"] == pytest.approx(value)
        assert {heading: row[heading] for heading in areas} == pytest.approx(areas), province
    assert expected == {}


def test_the_long_table_has_every_value_of_every_year(folder: Path, sheets: dict[str, Cells]) -> None:
    names = {row["province_key"]: row["province_name"] for row in mart(folder, "dim_province")}
    expected = sorted(
        (
            row["index_code"],
            row["report_year"],
            names[row["province_key"]],
            code,
            str(row["rank"]),
            str(value and float(value)),
        )
        for table, key in (("mart_national_ranking", "index_pct"), ("mart_area_ranking", "area_index_pct"))
        for row in mart(folder, table)
        for code, value in ((row.get("area_code", "total"), row[key]),)
    )
    found = sorted(
        (
            row["Chỉ số"],
            row["Năm"],
            row["Tỉnh, thành phố"],
            row["Mã lĩnh vực"],
            str(row["Hạng"]),
            str(row["Chỉ số (%)"] and float(row["Chỉ số (%)"])),
        )
        for row in below(sheets["Bảng dài"], "Chỉ số")
    )
    assert [row[:5] for row in found] == [row[:5] for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[5] == other[5] or float(one[5]) == pytest.approx(float(other[5]))


def test_the_real_report_of_ha_nam_is_the_mart_row_by_row_and_is_not_marked(folder: Path) -> None:
    [path] = (folder / "tinh" / "35-ha-nam").glob("*chi_tieu.xlsx")
    page = openpyxl.load_workbook(path)["Báo cáo 2021"]
    cells = list(page.iter_rows(values_only=True))
    shown = sorted(float(row["Số liệu"]) for row in below(cells, "STT") if isinstance(row["Số liệu"], int | float))
    facts = [row for row in mart(folder, "fct_indicator_value") if row["period_key"] == "2021-FY"]
    assert shown == sorted(float(row["value"]) for row in facts if row["value"] is not None)
    assert len(shown) > 70
    assert not [row for row in cells if row[0] == SIMULATED_MARK]


def test_a_table_for_spreadsheets_has_the_numbers_of_the_mart(folder: Path) -> None:
    with (folder / "bang_tinh" / "mart_national_ranking.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    for row, expected in zip(rows, mart(folder, "mart_national_ranking"), strict=True):
        assert row["province_key"].lstrip("'") == expected["province_key"]
        for name in ("index_pct", "points", "coverage_pct"):
            value = Decimal(row[name].replace(",", ".")) if row[name] else None
            assert value == expected[name]
            assert len(row[name].partition(",")[2]) != 3


def test_small_tables_and_their_keys_are_valid_by_the_reference(folder: Path) -> None:
    package = frictionless.Package(str(folder / "datapackage.json"))
    large = [resource.name for resource in package.resources if json.loads(resource.to_json())["rowCount"] > 1500]
    for name in large:
        package.remove_resource(name)
    report = package.validate()
    assert len(report.tasks) > 10
    assert report.valid, report.flatten(["name", "type", "note"])


def converted(path: Path, to: str, folder: Path, language: str = "vi-VN") -> Path:
    """What LibreOffice makes of a file on a machine with settings of `language`."""
    profile = folder / f"profile-{language}"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">'
        f"<value>{language}</value></prop></item></oor:items>",
        encoding="utf-8",
    )
    out = folder / language
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{profile}", "--convert-to", to]
    subprocess.run([*command, "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=300)
    return out / f"{path.stem}.{to}"


@pytest.mark.office
def test_the_workbook_has_the_same_numbers_under_vietnamese_and_english_settings(folder: Path, tmp_path: Path) -> None:
    [path] = folder.glob("*chi_tieu_cchc.xlsx")

    def numbers(book: Path) -> dict[str, list[tuple[int, int, float]]]:
        return {
            page.title: [
                (cell.row, cell.column, cell.value)
                for row in page.iter_rows()
                for cell in row
                if isinstance(cell.value, int | float)
            ]
            for page in openpyxl.load_workbook(book, read_only=True)
        }

    written = numbers(path)
    assert sum(map(len, written.values())) > 30_000
    for language in ("vi-VN", "en-US"):
        opened = numbers(converted(path, "xlsx", tmp_path, language))
        assert opened.keys() == written.keys()
        for title, cells in written.items():
            assert opened[title] == [pytest.approx(cell, rel=1e-14) for cell in cells], (language, title)


def pages_of(path: Path, folder: Path) -> list[str]:
    """The text of each page that LibreOffice prints of a workbook."""
    document = pypdfium2.PdfDocument(converted(path, "pdf", folder))
    return [page.get_textpage().get_text_range() for page in document]


@pytest.mark.office
def test_every_page_of_the_workbook_names_its_release_and_made_up_pages_are_marked(
    folder: Path, tmp_path: Path
) -> None:
    [path] = folder.glob("*chi_tieu_cchc.xlsx")
    pages = pages_of(path, tmp_path)
    assert len(pages) <= 40
    for text in pages:
        assert "mã nội dung" in text
        assert (SIMULATED_MARK in text) == ("mô phỏng" in text.casefold() and "Kết quả đã công bố" not in text)


@pytest.mark.office
def test_the_workbook_of_a_year_of_63_provinces_is_forty_pages_at_most(sample_home: Path, tmp_path: Path) -> None:
    # Without the year after the merger the newest made-up nation has 63 provinces.
    copy = tmp_path / "par.duckdb"
    shutil.copyfile(sample_home / "warehouse" / "par.duckdb", copy)
    with duckdb.connect(str(copy)) as connection:
        yearly = connection.execute(
            "select table_name from information_schema.columns join information_schema.tables using (table_schema, "
            "table_name) where table_schema = 'marts' and table_type = 'BASE TABLE' "
            "and column_name in ('index_code', 'report_year') group by all having count(*) = 2"
        ).fetchall()
        for (name,) in yearly:
            connection.execute(f"delete from marts.{name} where index_code = 'PAR' and report_year = 2025")
    with open_warehouse(copy) as connection:
        facts = Facts(connection)
        [newest] = [row for row in facts.newest_standings if row["index_code"] == "PAR"]
        assert (newest["report_year"], newest["ranked_count"]) == (2024, 63)
        book = workbook.product(facts, [], Method("Sổ", "Số liệu."), "0" * 64, Changes(SCHEMA.empty_table(), None))
        book.write(tmp_path / "book.xlsx")
    assert len(pages_of(tmp_path / "book.xlsx", tmp_path)) <= 40
