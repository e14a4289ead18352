"""Parquet, CSV and the descriptor: what a reader who trusts only the files would check."""

import csv
import hashlib
import io
import json
import re
import subprocess
from datetime import date
from pathlib import Path

import frictionless
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import warehouse_factory as factory

from orchestration.publishing import package
from orchestration.publishing.release import write_release
from orchestration.publishing.table import ForeignKey, Method, PublishedColumn, PublishedTable


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("package")
    database = factory.make_warehouse(home / "par.duckdb")
    return write_release(database, factory.make_manifest(home / "manifest.json"), home / "exports", "r1").folder


@pytest.fixture(scope="module")
def descriptor(folder: Path) -> dict:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def resource(descriptor: dict, name: str) -> dict:
    return next(entry for entry in descriptor["resources"] if entry["name"] == name)


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


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


def test_the_descriptor_lists_every_csv_for_programs_and_nothing_else(folder: Path, descriptor: dict) -> None:
    files = {path.relative_to(folder).as_posix() for path in (folder / "csv").iterdir()}

    assert {resource["path"] for resource in descriptor["resources"]} == files


def test_the_index_lists_every_file_that_is_not_about_the_release_itself(folder: Path) -> None:
    index = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    listed = {table[kind] for table in index["tables"] for kind in ("csv", "parquet", "spreadsheet") if table[kind]}
    listed |= {product["path"] for product in index["products"]}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    beside = {"datapackage.json", "release.json", "README.txt", "SHA256SUMS"}

    # A product that is a folder is listed as one.
    folders = {path for path in listed if (folder / path).is_dir()}
    assert {next((path for path in folders if name.startswith(f"{path}/")), name) for name in files - beside} == listed


def test_small_tables_are_there_for_spreadsheets_and_facts_are_not(folder: Path) -> None:
    files = {path.stem for path in (folder / "bang_tinh").iterdir()}

    assert {name for name in factory.TABLES if name.startswith(("dim_", "mart_"))} <= files
    assert not {name for name in files if name.startswith("fct_")}


def test_the_descriptor_states_size_and_checksum_of_each_file(folder: Path, descriptor: dict) -> None:
    for resource in descriptor["resources"]:
        data = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_the_descriptor_names_the_reports_that_count_and_the_sources_of_results(descriptor: dict) -> None:
    assert descriptor["sources"] == [
        {"title": "Báo cáo 10/BC & UBND ngày 19/12/2021", "sha256": "aa"},
        {"title": "Báo cáo không ghi số", "sha256": "bb"},
        {"title": "báo"},
        {"title": "https://example.org/par", "path": "https://example.org/par"},
        {"title": "trí nhớ"},
    ]


def test_the_descriptor_states_row_counts_and_columns_of_each_table(folder: Path, descriptor: dict) -> None:
    for resource in descriptor["resources"]:
        header, *rows = csv.reader(io.StringIO((folder / resource["path"]).read_text(encoding="utf-8"), newline=""))
        assert resource["rowCount"] == len(rows)
        assert [field["name"] for field in resource["schema"]["fields"]] == header


def test_a_column_says_what_it_means_in_both_languages_and_what_it_must_be(descriptor: dict) -> None:
    fields = {field["name"]: field for field in resource(descriptor, "fct_indicator_value")["schema"]["fields"]}

    assert fields["value"] == {
        "name": "value",
        "type": "number",
        "description": "Số / trị giá theo đơn vị của chỉ tiêu.",
        "description_en": "Number in the unit of the indicator.",
    }
    assert fields["province_key"]["constraints"] == {"required": True}


def test_keys_lead_to_the_tables_that_know_them(descriptor: dict) -> None:
    schema = resource(descriptor, "fct_indicator_value")["schema"]

    assert schema["primaryKey"] == ["province_key", "period_key", "indicator_key"]
    assert schema["foreignKeys"] == [
        {"fields": ["province_key"], "reference": {"resource": "dim_province", "fields": ["province_key"]}}
    ]


def test_the_reference_validator_finds_nothing_and_finds_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    assert frictionless.validate(str(folder / "datapackage.json")).valid
    for name in ("csv", "datapackage.json"):
        subprocess.run(["cp", "-r", str(folder / name), str(tmp_path)], check=True)
    path = tmp_path / "csv" / "fct_indicator_value.csv"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"35.1", b"99.1", 1))

    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert {error.type for task in report.tasks for error in task.errors} >= {"foreign-key"}


def test_the_package_is_known_by_its_rows_and_dated_by_its_data(descriptor: dict) -> None:
    # The report of 19/12/2021 is the oldest; the announcement of 25/05/2022 is the newest thing that has a date.
    assert descriptor["created"] == "2022-05-25T00:00:00Z"
    assert re.fullmatch(r"1\.20220525\.0\+[0-9a-f]{8}", descriptor["version"])
    assert descriptor["id"].startswith("urn:uuid:")
    assert descriptor["keywords"] == ["cải cách hành chính"]
    assert descriptor["contributors"] == [{"title": "Nhóm phân tích", "roles": ["publisher"]}]
    assert (descriptor["title"], descriptor["description"]) == ("Bộ số liệu CCHC", "Số được chép như đã in.")


def test_no_licence_is_invented(descriptor: dict) -> None:
    assert [licence["name"] for licence in descriptor["licenses"]] == ["notspecified"]


def test_of_two_small_tables_the_descriptor_is_this_word_by_word(tmp_path: Path) -> None:
    measured = PublishedTable(
        "marts",
        "mart_thu",
        "Mỗi dòng là một phép thử.",
        "One row per trial.",
        {
            "khoa": PublishedColumn("khoa", "Khóa.", "Key.", constraints={"required": True}),
            "gia_tri": PublishedColumn("gia_tri", "Giá trị.", "Value.", unit="%"),
        },
        ("khoa", "gia_tri"),
        (ForeignKey("khoa", "fct_thu", "ma"), ForeignKey("khoa", "dim_khong_cong_bo", "ma")),
    )
    bare = PublishedTable("marts", "fct_thu")
    rows = pa.table({"khoa": ["a", "b"], "gia_tri": pa.array([1.5, None], pa.float64())})
    resources = [
        package.write_table(rows, measured, tmp_path),
        package.write_table(pa.table({"ma": pa.array([7], pa.int64())}), bare, tmp_path),
    ]
    texts = {"mart_thu": b"khoa,gia_tri\r\na,1.5\r\nb,\r\n", "fct_thu": b"ma\r\n7\r\n"}
    hashes = {name: f"sha256:{hashlib.sha256(text).hexdigest()}" for name, text in texts.items()}
    method = Method("Bộ số", "Cách làm.", "How.", ({"name": "CC0-1.0"},), ("cải cách",), ({"title": "Nhóm"},))
    sources = [{"title": "Báo cáo", "sha256": "aa"}]

    described = package.data_package(
        resources, method, sources, "MÔ PHỎNG", newest_date=date(2024, 3, 5), digest="d" * 9
    )

    csv_of_programs = {
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
    }
    assert described == {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "par-warehouse",
        "id": described["id"],
        "title": "MÔ PHỎNG: Bộ số",
        "description": "Cách làm.",
        "description_en": "How.",
        "version": "1.20240305.0+dddddddd",
        "created": "2024-03-05T00:00:00Z",
        "keywords": ["cải cách"],
        "contributors": [{"title": "Nhóm"}],
        "licenses": [{"name": "CC0-1.0"}],
        "sources": sources,
        "resources": [
            {
                "name": "mart_thu",
                "path": "csv/mart_thu.csv",
                "title": "mart_thu",
                "description": "Mỗi dòng là một phép thử.",
                "description_en": "One row per trial.",
                "bytes": len(texts["mart_thu"]),
                "hash": hashes["mart_thu"],
                "rowCount": 2,
                "schema": {
                    "fields": [
                        {
                            "name": "khoa",
                            "type": "string",
                            "description": "Khóa.",
                            "description_en": "Key.",
                            "constraints": {"required": True},
                        },
                        {
                            "name": "gia_tri",
                            "type": "number",
                            "unit": "%",
                            "description": "Giá trị.",
                            "description_en": "Value.",
                        },
                    ],
                    "missingValues": [""],
                    "primaryKey": ["khoa", "gia_tri"],
                    "foreignKeys": [{"fields": ["khoa"], "reference": {"resource": "fct_thu", "fields": ["ma"]}}],
                },
            }
            | csv_of_programs,
            {
                "name": "fct_thu",
                "path": "csv/fct_thu.csv",
                "title": "fct_thu",
                "bytes": len(texts["fct_thu"]),
                "hash": hashes["fct_thu"],
                "rowCount": 1,
                "schema": {"fields": [{"name": "ma", "type": "integer"}], "missingValues": [""]},
            }
            | csv_of_programs,
        ],
    }
    nothing = package.data_package([], Method("Bộ số", "Cách làm."), [], None, newest_date=None, digest="d" * 9)
    assert nothing == {
        "$schema": described["$schema"],
        "name": "par-warehouse",
        "id": described["id"],
        "title": "Bộ số",
        "description": "Cách làm.",
        "version": "1.0.0+dddddddd",
        "licenses": [
            {"name": "notspecified", "title": "Chưa ấn định; nguồn là báo cáo hành chính của các tỉnh, thành phố"}
        ],
    }
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == {
        *("csv/mart_thu.csv", "csv/fct_thu.csv", "parquet/mart_thu.parquet", "parquet/fct_thu.parquet"),
        "bang_tinh/mart_thu.csv",
    }
    assert [entry.spreadsheet for entry in resources] == ["bang_tinh/mart_thu.csv", None]


def test_json_is_written_with_its_letters_in_lines_that_end_alike_everywhere(tmp_path: Path) -> None:
    package.write_json({"tên": ["Huế"]}, tmp_path / "a.json")
    assert (tmp_path / "a.json").read_bytes() == '{\n  "tên": [\n    "Huế"\n  ]\n}\n'.encode()


def test_the_readme_names_every_table_with_its_rows_in_vietnamese(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8-sig")

    assert "fct_indicator_value (8 dòng)\n    Mỗi dòng là một mục của fct_indicator_value." in text
    assert "Ô trống là không có số liệu; không phải số 0." in text
    assert all(name in text for name in factory.TABLES)
