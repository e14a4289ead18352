"""What changed between releases: told once, with its reason, and never a reason to make a release."""

from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
import warehouse_factory as factory

from orchestration.publishing.release import Release, write_release

pytestmark = pytest.mark.slow


class Home:
    """A warehouse with scores and its releases."""

    def __init__(self, folder: Path) -> None:
        self.database = factory.make_warehouse(folder / "par.duckdb", has_scores=True)
        self.manifest = factory.make_manifest(folder / "manifest.json", [*factory.TABLES, "mart_national_ranking"])
        self.exports = folder / "exports"

    def write(self, name: str) -> Release:
        return write_release(self.database, self.manifest, self.exports, name)

    def change(self, *statements: str) -> None:
        with duckdb.connect(str(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def told(release: Release) -> list[tuple[object, ...]]:
    rows = pq.read_table(release.folder / "parquet" / "thay_doi.parquet").to_pylist()
    names = ("subject", "kind", "province_name", "item", "old_value", "new_value", "reason")
    return [tuple(row[name] for name in names) for row in rows]


def line_of(release: Release) -> str:
    [path] = release.folder.glob("*chi_tieu_cchc.xlsx")
    page = openpyxl.load_workbook(path, read_only=True)["Thay đổi"]
    return " ".join(str(row[0]) for row in page.iter_rows(max_row=3, max_col=1, values_only=True))


def test_the_first_release_has_none_before_it(home: Home) -> None:
    first = home.write("r1")
    assert told(first) == []
    assert "bản công bố đầu tiên" in line_of(first)
    assert (first.folder / "csv" / "thay_doi.csv").exists() and (first.folder / "bang_tinh" / "thay_doi.csv").exists()


def test_a_figure_a_rank_a_report_and_a_result_that_changed_are_told_with_their_reasons(home: Home) -> None:
    home.write("r1")
    home.change(
        "update marts.fct_indicator_value set value = 37, is_corrected = true, correction_reason_vi = 'gõ nhầm' "
        "where report_key = 'r1' and indicator_key = 'plan_tasks'",
        "update marts.fct_indicator_value set value = 7 where indicator_key = 'on_time_pct'",
        "update marts.mart_national_ranking set rank = 3 - rank where index_code = 'PAPI'",
        "update marts.mart_national_ranking set index_pct = 88, edition_code = '892' where rank = 1 and is_simulated",
        "update marts.dim_report set is_current = false where report_key = 'r2'",
        "update marts.mart_official_result set status = 'doubtful' where rank = 30",
    )
    second = home.write("r2")
    assert told(second) == [
        ("index", "differs", "Hà Nam", "PAPI", "hạng 2; 54.286 %", "hạng 1; 54.286 %", "others"),
        ("index", "differs", "Nam Định", "PAPI", "hạng 1; 60.1 %", "hạng 2; 60.1 %", "others"),
        ("index", "rose", "Hà Nam", "PAR", "hạng 1; 87.089 %", "hạng 1; 88 %", "edition"),
        ("report", "removed", "Hà Nam", "không ghi số", None, None, "decision"),
        ("figure", "rose", "Hà Nam", "Số nhiệm vụ đề ra trong kế hoạch", "36", "37", "decision"),
        ("figure", "fell", "Hà Nam", "Tỷ lệ hồ sơ giải quyết đúng hạn", "7.03", "7", "code"),
        ("published", "differs", "Hà Nam", "PAR", "86.47; hạng 30; verified", "86.47; hạng 30; doubtful", "document"),
    ]
    assert "7 thay đổi so với bản công bố trước" in line_of(second)


def test_changes_that_differ_in_their_kind_alone_stand_in_one_order(home: Home) -> None:
    """A report without a number that another one without a number replaced, for many: no order is left to chance."""
    for name in ("earlier", "later"):
        home.change("delete from marts.dim_report where report_key not in ('r1', 'r2')")
        home.change(
            *(
                f"insert into marts.dim_report select * replace ('{name}{number}' as report_key) "
                "from marts.dim_report where report_key = 'r2'"
                for number in range(60)
            )
        )
        release = home.write(name)
    kinds = [kind for subject, kind, *_ in told(release) if subject == "report"]
    assert kinds == ["added"] * 60 + ["removed"] * 60


def test_marts_that_equal_those_of_the_latest_release_make_none_whatever_it_had_changed(home: Home) -> None:
    home.write("r1")
    home.change("update marts.fct_indicator_value set value = 37 where indicator_key = 'plan_tasks'")
    second = home.write("r2")
    again = home.write("r3")
    assert (again.is_new, again.name) == (False, "r2")
    assert told(again) == told(second) != []


def test_a_release_of_an_older_make_is_not_compared_and_the_sheet_says_so(home: Home) -> None:
    first = home.write("r1")
    for path in (first.folder, first.folder / "parquet"):
        path.chmod(0o755)
    (first.folder / "parquet" / "dim_report.parquet").unlink()
    home.change("update marts.fct_indicator_value set value = 37 where indicator_key = 'plan_tasks'")
    second = home.write("r2")
    assert told(second) == []
    assert "không nêu thay đổi" in line_of(second)
