"""A release: written whole or not at all, never changed, the same bytes for the same warehouse."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import warehouse_factory as factory

from orchestration.publishing import release, table
from orchestration.publishing.release import latest_release, release_name, write_release

pytestmark = pytest.mark.slow


class Home:
    """A warehouse, its manifest, and an exports folder."""

    def __init__(self, folder: Path, *, is_empty: bool = False) -> None:
        self.database = factory.make_warehouse(folder / "par.duckdb", is_empty=is_empty)
        self.manifest = factory.make_manifest(folder / "manifest.json")
        self.exports = folder / "exports"

    def write(self, name: str) -> release.Release:
        return write_release(self.database, self.manifest, self.exports, name)

    def write_elsewhere(self, name: str) -> release.Release:
        """A release that knows of no other."""
        return write_release(self.database, self.manifest, self.exports.with_name("elsewhere"), name)

    def change(self, value: int) -> None:
        """Another figure in the warehouse, so that a release of it is a new one."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(f"update marts.fct_indicator_value set value = {value} where period_key = '2022-Q1'")

    def entries(self) -> set[str]:
        return {path.name for path in self.exports.iterdir()} if self.exports.exists() else set()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def checksums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_release_is_named_by_the_hour_in_viet_nam() -> None:
    assert release_name(datetime(2026, 11, 24, 10, 15, tzinfo=UTC)) == "2026-11-24_171500"
    with pytest.raises(ValueError, match="time zone"):
        release_name(datetime(2026, 11, 24))


def test_a_release_says_what_it_wrote(home: Home) -> None:
    written = home.write("r1")

    assert {"README.txt", "datapackage.json", "chi_tieu_cchc.xlsx", "csv/dim_report.csv"} <= set(written.files)
    assert written.row_counts["fct_indicator_value"] == len(factory.VALUES)
    assert written.bytes == sum((written.folder / name).stat().st_size for name in written.files)


def test_two_releases_of_one_warehouse_are_equal_byte_for_byte(home: Home) -> None:
    assert checksums(home.write("r1").folder) == checksums(home.write_elsewhere("r2").folder)


def test_a_release_that_would_differ_in_nothing_is_not_made(home: Home) -> None:
    first = home.write("r1")
    assert first.is_new
    again = home.write("r2")
    assert (again.name, again.folder, again.is_new) == ("r1", first.folder, False)
    assert home.entries() == {"r1", "latest"}
    home.change(41)
    assert home.write("r3").is_new
    assert home.entries() == {"r1", "r3", "latest"}


def test_a_release_whose_writer_was_killed_before_it_was_the_latest_becomes_it(home: Home) -> None:
    home.write("r1")
    home.change(41)
    second = home.write("r2")
    release.point_latest_at(home.exports, "r1")
    second.folder.chmod(0o755)

    assert home.write("r3").folder == second.folder
    assert latest_release(home.exports) == second.folder
    assert home.entries() == {"r1", "r2", "latest"}
    assert second.folder.stat().st_mode & 0o222 == 0


def test_figures_of_a_period_are_taken_over_while_they_are_the_same_and_written_anew_when_they_changed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write("r1")
    home.change(41)
    asked = []
    taken = release._taken_over
    monkeypatch.setattr(
        release, "_taken_over", lambda *given: asked.append((given[1].name, taken(*given))) or asked[-1][1]
    )
    second = home.write("r2")

    assert [(name, was) for name, was in asked if name.startswith("so_lieu")] == [
        ("so_lieu_2022-Q1.xlsx", False),
        ("so_lieu_2021-FY.xlsx", True),
    ]
    # What was taken over is what would have been written.
    both = (checksums(folder) for folder in (second.folder, home.write_elsewhere("r2").folder))
    here, there = ({name: sum for name, sum in sums.items() if name.startswith("so_lieu")} for sums in both)
    assert here == there


def test_figures_that_somebody_changed_in_an_earlier_release_are_written_anew(home: Home) -> None:
    path = home.write("r1").folder / "so_lieu" / "so_lieu_2021-FY.xlsx"
    right = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(right + b"changed")

    assert (home.write("r2").folder / "so_lieu" / "so_lieu_2021-FY.xlsx").read_bytes() == right


def test_the_order_of_rows_in_the_warehouse_does_not_matter(home: Home) -> None:
    first = checksums(home.write("r1").folder)
    with duckdb.connect(str(home.database)) as connection:
        for name in factory.TABLES:
            connection.execute(f"create table shuffled as select * from marts.{name} order by hash({name})")
            connection.execute(f"drop table marts.{name}")
            connection.execute(f"create table marts.{name} as select * from shuffled")
            connection.execute("drop table shuffled")

    assert checksums(home.write_elsewhere("r2").folder) == first


def test_a_release_that_is_there_is_refused_and_stays_as_it_was(home: Home) -> None:
    before = checksums(home.write("r1").folder)

    with pytest.raises(release.ReleaseRefusedError, match="«r1» đã có và không được sửa"):
        home.write("r1")
    assert checksums(home.exports / "r1") == before
    assert home.entries() == {"r1", "latest"}


@pytest.mark.parametrize("name", ["", "latest", ".r1", "a/b", "..", "bản 1"])
def test_a_name_that_cannot_be_a_folder_gets_a_sentence(home: Home, name: str) -> None:
    with pytest.raises(release.ReleaseRefusedError):
        home.write(name)
    assert home.entries() == set()


def test_files_and_folders_are_read_only(home: Home) -> None:
    folder = home.write("r1").folder

    assert {path.stat().st_mode & 0o222 for path in (folder, *folder.rglob("*"))} == {0}


def test_latest_leads_to_the_newest_release(home: Home) -> None:
    assert latest_release(home.exports) is None
    for value, name in enumerate(("r1", "r2")):
        home.change(value)
        folder = home.write(name).folder
        assert latest_release(home.exports) == folder.resolve()
    assert (home.exports / "latest" / "README.txt").is_file()
    assert home.entries() == {"r1", "r2", "latest"}


def test_latest_is_a_text_where_links_do_not_work(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    for value, name in enumerate(("r1", "r2")):
        home.change(value)
        folder = home.write(name).folder
        assert (home.exports / "latest").read_text(encoding="utf-8") == f"{name}\n"
        assert latest_release(home.exports) == folder.resolve()


def test_a_table_that_is_missing_leaves_nothing_behind(home: Home) -> None:
    factory.make_manifest(home.manifest, [*factory.TABLES, "mart_of_tomorrow"])

    with pytest.raises(table.NothingToPublishError, match="mart_of_tomorrow"):
        home.write("r1")
    assert home.entries() == set()


def test_a_run_that_died_half_way_does_not_stand_in_the_way(home: Home) -> None:
    aside = home.exports / ".r1.aside"
    aside.mkdir(parents=True)
    (aside / "half").write_text("x")
    (aside / "half").chmod(0o444)

    assert "half" not in home.write("r1").files
    assert home.entries() == {"r1", "latest"}


def test_an_empty_warehouse_gives_files_with_headers_and_no_rows(tmp_path: Path) -> None:
    written = Home(tmp_path, is_empty=True).write("r1")

    assert set(written.row_counts.values()) == {0}
    header = (written.folder / "csv" / "dim_period.csv").read_text(encoding="utf-8-sig")
    assert header.startswith("period_key,report_year,period_kind,period_name,")


def test_simulated_figures_are_marked_though_nobody_asked(home: Home) -> None:
    with duckdb.connect(str(home.database)) as connection:
        connection.execute("update marts.dim_report set is_simulated = true")
        connection.execute("update marts.mart_report_coverage set is_simulated = true")
    folder = home.write("r1").folder

    assert (folder / "README.txt").read_text(encoding="utf-8-sig").startswith(table.SIMULATED_MARK)
    title = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["title"]
    assert title == f"{table.SIMULATED_MARK}: Bộ số liệu CCHC"
    books = {path.name for path in folder.rglob("*.xlsx")}
    assert books and all(name.startswith("MO_PHONG_") for name in books)
    # Programs open the others by name, and every row says of itself what it is.
    assert (folder / "csv" / "dim_report.csv").exists() and (folder / "parquet" / "dim_report.parquet").exists()


def test_no_file_tells_where_or_under_which_name_it_was_written(home: Home) -> None:
    folder = home.write("release-0815").folder

    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".txt", ".csv"):
            text = path.read_text(encoding="utf-8-sig")
            assert "release-0815" not in text
            assert str(home.exports) not in text


def test_the_readme_names_the_folder_of_provinces_and_not_each_of_its_files(home: Home) -> None:
    written = home.write("r1")
    text = (written.folder / "README.txt").read_text(encoding="utf-8-sig")

    assert any(name.startswith("tinh/35-ha-nam/") for name in written.files)
    assert "tinh/ " in text and "35-ha-nam" not in text
