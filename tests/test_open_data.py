"""What catalogues, statistical offices and makers of composite indicators read: values and what is made up."""

import csv
import io
import json
from pathlib import Path

import duckdb
import msgspec
import pytest
import warehouse_factory as factory
from pysdmx.io.json.sdmxjson2.messages import JsonStructureMessage

from orchestration.publishing import dictionary, open_data, sdmx, table
from orchestration.publishing.facts import Facts
from orchestration.publishing.table import open_warehouse

pytestmark = pytest.mark.slow

METHOD = table.Method("Bộ số liệu CCHC", "Số được chép như đã in.", "As printed.", keywords=("CCHC",))


def written(folder: Path, **given: bool) -> Path:
    database = factory.make_warehouse(folder / "par.duckdb", **given)
    tables = table.published_tables(factory.manifest_of(factory.TABLES))
    with open_warehouse(database) as connection:
        facts = Facts(connection)
        made = [*open_data.products(facts, tables, METHOD, "d" * 64), sdmx.product(facts), *dictionary.products(tables)]
        for product in made:
            path = folder / product.path
            path.parent.mkdir(exist_ok=True)
            product.write(path)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("open_data"), has_scores=True)


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def test_sdmx_says_of_every_value_whether_it_is_missing_corrected_or_made_up(folder: Path) -> None:
    rows = rows_of(folder / "sdmx" / "par_area.csv")
    found = [(row["REF_AREA"], row["INDEX"], row["TIME_PERIOD"], row["OBS_VALUE"], row["OBS_STATUS"]) for row in rows]
    assert ("36_1", "PAPI", "2021", "60.1", "A") in found
    assert ("35_1", "PAR", "2021", "96.036387253", "S") in found
    figures = {row["INDICATOR"]: row for row in rows_of(folder / "sdmx" / "par_indicator.csv")}
    assert (figures["tasks_given"]["OBS_VALUE"], figures["tasks_given"]["OBS_STATUS"]) == ("", "M")
    assert float(figures["procedures"]["OBS_VALUE"]) == 1921
    assert {row["TIME_PERIOD"] for row in figures.values()} == {"2021-A1", "2022-Q1"}


def test_its_structure_is_read_back_by_the_library_and_carries_no_clock(folder: Path) -> None:
    text = (folder / "sdmx" / "structure.json").read_bytes()
    message = msgspec.json.decode(text, type=JsonStructureMessage).to_model()
    assert {dsd.id for dsd in message.get_data_structure_definitions()} == {"PAR_AREA", "PAR_INDICATOR"}
    assert json.loads((folder / "sdmx" / "structure.json").read_text())["meta"]["prepared"] == "2022-05-25T00:00:00Z"


def test_two_builds_are_equal_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    again = written(tmp_path, has_scores=True)
    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix != ".duckdb"]
    assert names and all((folder / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_an_empty_warehouse_gives_headers(tmp_path: Path) -> None:
    folder = written(tmp_path, is_empty=True)
    assert rows_of(folder / "sdmx" / "par_area.csv") == []
    assert not (folder / "coin").exists()


def test_the_catalogue_names_every_file_and_says_what_is_made_up(folder: Path) -> None:
    dataset = json.loads((folder / "dcat.jsonld").read_text(encoding="utf-8"))
    assert dataset["@type"] == "dcat:Dataset"
    assert dataset["dct:title"][0]["@value"].startswith(table.SIMULATED_MARK)
    assert dataset["dct:modified"]["@value"] == "2022-05-25"
    addresses = {entry["dcat:downloadURL"]["@id"] for entry in dataset["dcat:distribution"]}
    assert {f"csv/{name}.csv" for name in factory.TABLES} <= addresses


def test_imeta_and_idata_fit_each_other(folder: Path) -> None:
    meta = rows_of(folder / "coin" / "MO_PHONG_par_2021_imeta.csv")
    data = rows_of(folder / "coin" / "MO_PHONG_par_2021_idata.csv")
    assert [(row["iCode"], row["Level"], row["Parent"], row["Weight"]) for row in meta] == [
        ("C1", "2", "PAR", "9.5"),
        ("C1.2", "1", "C1", "8.5"),
        ("C1.10", "1", "C1", "1"),
        ("PAR", "3", "", "100"),
    ]
    assert next((row["uCode"], row["C1.10"], row["C1.2"]) for row in data) == ("35.1", "0.75", "")
    assert set(data[0]) - {"uCode", "uName"} == {row["iCode"] for row in meta if row["Type"] == "Indicator"}
    assert (folder / "coin" / "papi_2021_idata.csv").exists()


def test_the_dictionary_explains_every_table_and_column_in_both_languages(folder: Path) -> None:
    rows = rows_of(folder / "tu_dien_du_lieu.csv")
    assert {row["table"] for row in rows} == set(factory.TABLES)
    value = next(row for row in rows if (row["table"], row["column"]) == ("fct_indicator_value", "value"))
    assert value["description_en"] == "Number in the unit of the indicator."
    text = (folder / "tu_dien_du_lieu.md").read_text(encoding="utf-8")
    assert all(f"## {name}\n" in text for name in factory.TABLES)


def test_csv_is_read_by_duckdb_as_it_is(folder: Path) -> None:
    path = folder / "coin" / "papi_2021_idata.csv"
    assert duckdb.sql(f"select count(*) from read_csv('{path}')").fetchone() == (2,)
