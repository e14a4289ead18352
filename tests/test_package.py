"""Parquet, CSV and the descriptor: what a reader who trusts only the files would check."""

import csv
import hashlib
import io
import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import warehouse_factory as factory
from hypothesis import given
from hypothesis import strategies as st

from orchestration.publishing import package
from orchestration.publishing.release import write_release


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("package")
    database = factory.make_warehouse(home / "par.duckdb")
    return write_release(database, factory.make_manifest(home / "manifest.json"), home / "exports", "r1").folder


@pytest.fixture(scope="module")
def descriptor(folder: Path) -> dict:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def rows_of(rows: pa.Table, path: Path) -> list[list[str]]:
    package.write_csv(rows, path)
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_every_published_table_is_written_as_parquet_and_csv_with_the_same_rows(folder: Path) -> None:
    for name in factory.TABLES:
        parquet = pq.read_table(folder / "parquet" / f"{name}.parquet")
        text = read_csv(folder / "csv" / f"{name}.csv")
        assert parquet.num_rows == len(text) > 0, name
        assert list(text[0]) == parquet.column_names


def test_parquet_is_zstd_and_keeps_types_and_words_as_printed(folder: Path) -> None:
    file = pq.ParquetFile(folder / "parquet" / "fct_indicator_value.parquet")

    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.schema_arrow.field("value").type == pa.decimal128(24, 6)
    assert factory.FORMULA in file.read().column("value_raw").to_pylist()


def test_csv_has_a_byte_order_mark_and_crlf(folder: Path) -> None:
    data = (folder / "csv" / "dim_province.csv").read_bytes()

    assert data.startswith(b"\xef\xbb\xbfprovince_key,")
    assert data.count(b"\n") == data.count(b"\r\n") == 3


def test_csv_guards_a_cell_that_a_spreadsheet_would_run(folder: Path) -> None:
    rows = read_csv(folder / "csv" / "fct_indicator_value.csv")
    values = {row["indicator_key"]: row for row in rows if row["report_key"] == "r1"}

    assert values["staff_reduced_pct"]["value_text"] == f"'{factory.FORMULA}"
    assert values["plan_tasks"]["note"] == "'@SUM(A1) còn 05"


def test_csv_writes_numbers_with_a_point_and_a_blank_as_nothing(folder: Path) -> None:
    values = {
        row["indicator_key"]: row["value"]
        for row in read_csv(folder / "csv" / "fct_indicator_value.csv")
        if row["report_key"] == "r1"
    }
    assert values["procedures"] == "1921"
    assert values["on_time_pct"] == "7.03"
    assert values["tasks_given"] == ""


def test_csv_writes_dates_and_truth_values_the_iso_way(tmp_path: Path) -> None:
    rows = pa.table({"on": [date(2021, 12, 24)], "at": [datetime(2021, 12, 24, 8, 5)], "is": [True], "no": [None]})

    assert rows_of(rows, tmp_path / "a.csv")[1] == ["2021-12-24", "2021-12-24T08:05:00", "true", ""]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_a_spreadsheet_would_run_or_trim_into_a_formula_gets_an_apostrophe(first: str) -> None:
    # The list is OWASP's, with the wide forms that spreadsheets of East Asia take for the same signs.
    assert package.guarded(f"{first}1+1") == f"'{first}1+1"
    assert package.guarded(f"1{first}1") == f"1{first}1"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=5))
def test_any_text_comes_back_from_csv_and_none_can_run(texts: list[str]) -> None:
    guarded = [package.guarded(text) for text in texts]

    assert not any(text.startswith(package.FORMULA_STARTS) for text in guarded)
    assert all(
        text.removeprefix("'") == original.removeprefix("'") for text, original in zip(guarded, texts, strict=True)
    )
    line = io.StringIO(newline="")
    csv.writer(line).writerow(guarded)
    assert next(csv.reader(io.StringIO(line.getvalue(), newline=""))) == guarded


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**17), max_value=10**17))
def test_a_number_in_csv_is_the_same_number(value: Decimal) -> None:
    text = package.csv_number(value)

    assert Decimal(text) == value
    assert re.fullmatch(r"-?\d+(\.\d*[1-9])?", text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_in_csv_is_the_same_float(value: float) -> None:
    assert float(package.csv_number(value)) == value


def test_descriptor_and_index_together_list_every_file_but_themselves_and_the_readme(
    folder: Path, descriptor: dict
) -> None:
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    products = json.loads((folder / "release.json").read_text(encoding="utf-8"))["products"]

    listed = [resource["path"] for resource in descriptor["resources"]] + [product["path"] for product in products]
    assert sorted(listed) == sorted(files - {"datapackage.json", "release.json", "README.txt"})


def test_the_descriptor_states_size_and_checksum_of_each_file(folder: Path, descriptor: dict) -> None:
    for resource in descriptor["resources"]:
        data = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_the_descriptor_states_row_counts_and_columns_of_each_table(folder: Path, descriptor: dict) -> None:
    for resource in descriptor["resources"]:
        fields = [field["name"] for field in resource.get("schema", {}).get("fields", [])]
        path = folder / resource["path"]
        if resource["format"] == "csv":
            rows = read_csv(path)
            assert (resource["rowCount"], fields) == (len(rows), list(rows[0]))
        elif resource["format"] == "parquet":
            rows = pq.read_table(path)
            assert (resource["rowCount"], fields) == (rows.num_rows, rows.column_names)


def test_the_descriptor_has_the_shape_of_a_data_package(descriptor: dict) -> None:
    assert descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert descriptor["title"] == "Bộ số liệu CCHC"
    assert descriptor["description"] == "Số được chép như đã in."
    names = [resource["name"] for resource in descriptor["resources"]]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9._-]+", name) for name in [descriptor["name"], *names])
    assert all("name" in licence or "path" in licence for licence in descriptor["licenses"])
    types = {
        field["type"]
        for resource in descriptor["resources"]
        for field in resource.get("schema", {"fields": []})["fields"]
    }
    assert types <= {"string", "integer", "number", "boolean", "date", "datetime"}


def test_a_column_is_described_in_vietnamese_and_english(descriptor: dict) -> None:
    resource = next(entry for entry in descriptor["resources"] if entry["name"] == "fct_indicator_value-csv")
    field = next(field for field in resource["schema"]["fields"] if field["name"] == "value")

    assert field == {
        "name": "value",
        "type": "number",
        "description": "Số / trị giá theo đơn vị của chỉ tiêu.",
        "description_en": "Number in the unit of the indicator.",
    }


def test_the_descriptor_names_the_reports_that_count_and_the_sources_of_results(descriptor: dict) -> None:
    assert descriptor["sources"] == [
        {"title": "Báo cáo 10/BC & UBND ngày 19/12/2021", "sha256": "aa"},
        {"title": "Báo cáo không ghi số", "sha256": "bb"},
        {"title": "https://example.org/par", "path": "https://example.org/par"},
        {"title": "trí nhớ"},
    ]


def test_no_licence_is_invented(descriptor: dict) -> None:
    assert [licence["name"] for licence in descriptor["licenses"]] == ["notspecified"]


def test_the_readme_names_every_table_with_its_rows_in_vietnamese(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8-sig")

    assert "fct_indicator_value (8 dòng)\n    Mỗi dòng là một mục của fct_indicator_value." in text
    assert "Ô trống là không có số liệu; không phải số 0." in text
    assert all(name in text for name in factory.TABLES)
