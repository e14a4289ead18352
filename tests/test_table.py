"""Published tables: the exposure names them, the manifest describes them, the order of rows is fixed."""

import duckdb
import pytest
import warehouse_factory as factory

from orchestration.publishing import table


def test_the_exposure_names_the_tables_and_the_manifest_describes_them() -> None:
    tables = table.published_tables(factory.manifest_of(["dim_report", "dim_province"]))

    assert [(entry.schema, entry.name) for entry in tables] == [("marts", "dim_province"), ("marts", "dim_report")]
    assert tables[0].description_vi == "Mỗi dòng là một mục của dim_province."
    assert tables[0].description_en == "One row per thing of dim_province."
    assert tables[0].columns["province_key"].description_en == "Key of the province."


def test_a_seed_behind_the_exposure_is_not_published() -> None:
    manifest = factory.manifest_of(["dim_report", "dim_province"])
    manifest["nodes"]["model.par_warehouse.dim_province"]["resource_type"] = "seed"

    assert [entry.name for entry in table.published_tables(manifest)] == ["dim_report"]


def test_a_manifest_without_the_exposure_gets_a_sentence() -> None:
    with pytest.raises(table.NothingToPublishError, match="«ministry_exports»"):
        table.published_tables({"nodes": {}, "exposures": {}})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Mã tỉnh. / Province code.", ("Mã tỉnh.", "Province code.")),
        ("Province code. / Mã tỉnh.", ("Mã tỉnh.", "Province code.")),
        ("Tỉnh / thành phố. / Province / city.", ("Tỉnh / thành phố.", "Province / city.")),
        ("Mã tỉnh / Province code", ("Mã tỉnh", "Province code")),
        ("Mã tỉnh.", ("Mã tỉnh.", "")),
        ("", ("", "")),
    ],
)
def test_a_description_is_split_into_its_languages_in_either_order(text: str, parts: tuple[str, str]) -> None:
    assert table.split_description(text) == parts


def test_a_unit_follows_from_the_name_unless_the_manifest_gives_one() -> None:
    manifest = factory.manifest_of(["dim_report"])
    columns = manifest["nodes"]["model.par_warehouse.dim_report"]["columns"]
    columns["index_pct"] = {"name": "index_pct", "description": ""}
    columns["row_count"] = {"name": "row_count", "description": "", "config": {"meta": {"unit": "dòng"}}}

    published = table.published_tables(manifest)[0].columns
    assert (published["index_pct"].unit, published["row_count"].unit) == ("%", "dòng")
    assert published["province_key"].unit is None


def test_what_the_contract_says_of_one_column_alone_is_its_constraint() -> None:
    manifest = factory.manifest_of(["mart_report_coverage", "dim_province"])
    columns = manifest["nodes"]["model.par_warehouse.mart_report_coverage"]["columns"]
    for name in ("status", "rows_reported", "rows_blank", "days_late"):
        columns[name] = {"name": name, "description": "", "constraints": [{"type": "not_null"}] * (name == "status")}

    published = next(entry for entry in table.published_tables(manifest) if entry.name == "mart_report_coverage")
    constraints = {name: column.constraints for name, column in published.columns.items()}
    assert constraints["status"] == {
        "required": True,
        "enum": ["not_due", "on_time", "late", "missing", "quarantined"],
    }
    assert (constraints["rows_reported"], constraints["rows_blank"]) == ({"minimum": 0}, {"minimum": 0})
    assert constraints["days_late"] == {}


def test_a_key_to_a_table_that_is_not_published_is_not_told() -> None:
    manifest = factory.manifest_of(["mart_report_coverage", "dim_province"])
    [known] = [entry.foreign_keys for entry in table.published_tables(manifest) if entry.foreign_keys]
    manifest["exposures"]["exposure.par_warehouse.ministry_exports"]["depends_on"]["nodes"].pop()

    assert known == (table.ForeignKey("province_key", "dim_province", "province_key"),)
    assert [entry.foreign_keys for entry in table.published_tables(manifest)] == [()]


def test_rows_come_in_the_order_of_their_columns_whatever_order_they_were_written_in(tmp_path) -> None:
    database = tmp_path / "a.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table t as select * from (values (2, 'a'), (1, 'b'), (1, 'a')) as v (x, y)")

    with table.open_warehouse(database) as connection:
        rows = table.read_table(connection, table.PublishedTable("main", "t"))
    assert rows.to_pydict() == {"x": [1, 1, 2], "y": ["a", "b", "a"]}


def test_the_warehouse_is_opened_read_only(tmp_path) -> None:
    database = factory.make_warehouse(tmp_path / "a.duckdb")

    with table.open_warehouse(database) as connection, pytest.raises(duckdb.InvalidInputException):
        connection.execute("delete from marts.dim_report")


def test_a_warehouse_that_is_not_there_gets_a_sentence(tmp_path) -> None:
    with (
        pytest.raises(table.NothingToPublishError, match="Chưa có kho dữ liệu"),
        table.open_warehouse(tmp_path / "a.duckdb"),
    ):
        pass
