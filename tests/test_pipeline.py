"""The main job as its users run it: files in an inbox, `par run`, then what stands in raw, warehouse and exports."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import document_factory as factory
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PROJECT = Path(__file__).parents[1]
SAMPLE = PROJECT / "tests" / "fixtures" / "sample" / "2021-FY" / "BC_CCHC_2021_tinh_Ha_Nam.docx"
PAR = Path(sys.executable).parent / "par"

pytestmark = pytest.mark.slow


NOW = "2022-01-10T08:00:00+07:00"
"""Two days of this home: it knows no other clock."""


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PAR_HOME": str(home), "PAR_NOW": NOW}


def par(home: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([PAR, *arguments], env=environment(home), capture_output=True, text=True, check=False)


def tree(folder: Path) -> dict[str, str]:
    """Relative path → SHA-256 of every file under `folder`."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Nation:
    """A home whose inbox held every kind of file, after one run; its name has signs that mean something to SQL."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.inbox = home / "raw" / "inbox" / "2021-FY"
        self.inbox.mkdir(parents=True)
        shutil.copyfile(SAMPLE, self.inbox / SAMPLE.name)
        self.first = factory.sample_annex(seed=11)
        self.second = factory.sample_annex(seed=12)
        files = {
            "nam_dinh_lan_1.docx": factory.make_docx(self.first, "Nam Định", 2021),
            "nam_dinh_lan_2.docx": factory.make_docx(self.second, "Nam Định", 2021),
            "thai_binh.pdf": factory.make_docx(factory.sample_annex(seed=13), "Thái Bình", 2021),
            "rong.txt": b"",
            "cut.docx": factory.make_docx(factory.sample_annex(seed=14), "Lai Châu", 2021)[:4000],
            "khong_phu_luc.docx": factory.make_docx([], "Sơn La", 2021),
            "BC_tinh_Ninh_Binh.docx": factory.make_docx(factory.sample_annex(seed=15), "Hưng Yên", 2021),
            "tinh_la.docx": factory.make_docx(factory.sample_annex(seed=16), "Hà Nem", 2021),
        }
        for name, data in files.items():
            (self.inbox / name).write_bytes(data)
        self.run = par(home, "run")
        self.raw = tree(home / "raw")
        self.release = (home / "warehouse" / "exports" / "latest").resolve()

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "warehouse" / "par.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def nation(tmp_path_factory) -> Nation:
    home = tmp_path_factory.mktemp("nation") / "kho [2022] của 'Bộ' {1}"
    home.mkdir()
    return Nation(home)


def test_the_run_succeeds_and_says_where_to_look(nation):
    assert nation.run.returncode == 0, nation.run.stderr + nation.run.stdout
    assert "par.duckdb" in nation.run.stdout
    assert nation.release.is_dir()


def test_each_bad_file_is_quarantined_with_its_reason_and_the_others_are_read(nation):
    statuses = dict(nation.query("select file_name, coalesce(reason_code, status) from staging.stg_documents"))
    assert statuses == {
        SAMPLE.name: "accepted",
        "nam_dinh_lan_1.docx": "accepted",
        "nam_dinh_lan_2.docx": "accepted",
        "thai_binh.pdf": "accepted",
        "rong.txt": "empty",
        "cut.docx": "truncated",
        "khong_phu_luc.docx": "no_annex",
        "BC_tinh_Ninh_Binh.docx": "province_contradiction",
        "tinh_la.docx": "unknown_province",
    }


def test_a_quarantined_file_is_explained_in_one_vietnamese_sentence(nation):
    reasons = nation.query("select reason_vi, reason_en from staging.stg_documents where status = 'quarantined'")
    assert len(reasons) == 5
    assert all(vi.strip().endswith(".") and en.strip().endswith(".") for vi, en in reasons)


def test_an_extension_that_lies_is_read_by_content_and_noted(nation):
    [(kind, flags)] = nation.query(
        "select file_format, flags from staging.stg_documents where file_name = 'thai_binh.pdf'"
    )
    assert kind == "docx"
    assert "extension:pdf" in flags


def test_the_sample_annex_gives_one_value_for_each_of_its_94_value_rows(nation):
    [(values, numbers, texts, missing)] = nation.query(
        "select count(*), count(value), count(value_text), count(*) filter (where is_missing)"
        " from marts.fct_indicator_value where province_key = '35.1'"
    )
    assert (values, numbers, texts, missing) == (94, 89, 1, 4)


def test_a_figure_of_the_mart_is_walked_back_to_its_cell(nation):
    [(value, report_key, table, row)] = nation.query(
        'select value, report_key, "table", "row" from marts.fct_indicator_value'
        " where province_key = '35.1' and indicator_key = 'procedures_in_force'"
    )
    [(printed, name)] = nation.query(
        "select text_printed, file_name from staging.stg_blocks inner join marts.dim_report using (report_key)"
        f" where report_key = '{report_key}' and table_number = {table} and table_row = {row}"
    )
    assert value == 1921
    assert "1.921" in printed.split("\t")
    assert name == SAMPLE.name


def test_every_row_read_is_resolved_a_heading_superseded_or_unmatched(nation):
    [(read,)] = nation.query(
        "select count(*) from staging.stg_annex_rows inner join marts.dim_report using (report_key)"
    )
    decided = dict(nation.query("select decision, count(*) from intermediate.int_annex_values group by decision"))
    assert sum(decided.values()) == read == 4 * 121
    assert decided["superseded"] == 94
    assert set(decided) == {"resolved", "heading", "superseded"}


def test_a_revision_supersedes_the_first_report_and_both_remain(nation):
    reports = nation.query(
        "select file_name, revision_number, is_current from marts.dim_report where province_key = '36.1' order by 2"
    )
    assert reports == [("nam_dinh_lan_1.docx", 1, False), ("nam_dinh_lan_2.docx", 2, True)]
    values = nation.query(
        "select distinct file_name from marts.fct_indicator_value inner join marts.dim_report using (report_key)"
        " where fct_indicator_value.province_key = '36.1'"
    )
    assert values == [("nam_dinh_lan_2.docx",)]


def test_coverage_knows_63_provinces_due_and_who_is_held_back(nation):
    statuses = dict(nation.query("select status, count(*) from marts.mart_report_coverage group by status"))
    # The deadlines of 2021 are not documented, so nobody is called late.
    assert statuses == {"on_time": 2, "undocumented": 1, "quarantined": 1, "missing": 59}


def test_a_killed_run_leaves_the_published_warehouse_whole(nation):
    builds = nation.home / "warehouse" / ".build"
    assert list(builds.iterdir()) == []
    running = subprocess.Popen(
        [PAR, "run"],
        env=environment(nation.home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not list(builds.glob("*.duckdb.wal")) and running.poll() is None:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert list(builds.glob("*.duckdb.wal")), "the run ended before it could be killed"
    [(values,)] = nation.query("select count(*) from marts.fct_indicator_value")
    assert values == 3 * 94
    assert (nation.home / "warehouse" / "exports" / "latest").resolve() == nation.release


def test_running_again_changes_no_byte_and_makes_no_new_release(nation):
    again = par(nation.home, "run")
    assert again.returncode == 0, again.stderr
    assert "unchanged" in again.stdout
    assert tree(nation.home / "raw") == nation.raw
    assert [path.name for path in nation.release.parent.iterdir() if not path.is_symlink()] == [nation.release.name]
    assert list((nation.home / "warehouse" / ".build").iterdir()) == [], "the killed run left something behind"


def test_a_check_that_fails_stops_the_run_and_shows_the_rows_that_failed_it(nation):
    """Somebody tampers with raw: every annex row of a report twice."""
    published = tree(nation.home / "warehouse" / "exports")
    file = nation.home / "raw" / "annex_rows" / "period=2021-FY" / "rows.parquet"
    right = file.read_bytes()
    table = pq.read_table(file, partitioning=None)
    pq.write_table(pa.concat_tables([table, table]), file)
    try:
        run = par(nation.home, "run")
    finally:
        file.write_bytes(right)
    assert run.returncode == 1
    assert "unique_stg_annex_rows" in run.stderr
    digest, period, _ = re.search(r"(\w{64}) ([\w-]+) (\d+)", run.stderr).groups()
    known = nation.query("select file_sha256 from staging.stg_documents")
    assert (digest,) in known and period == "2021-FY"
    assert tree(nation.home / "warehouse" / "exports") == published


def test_read_shows_what_a_file_says_without_a_warehouse(tmp_path):
    done = par(tmp_path, "read", str(SAMPLE), "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 0
    assert (said["form"], said["period"], said["report_number"], said["report_date"]) == (
        "6459",
        "2021-FY",
        "232/BC-UBND",
        "2021-12-24",
    )
    assert len(said["rows"]) == 121


def test_read_fails_with_a_sentence_when_a_file_is_refused(tmp_path):
    empty = tmp_path / "rong.txt"
    empty.write_bytes(b"")
    done = par(tmp_path, "read", str(empty))
    assert done.returncode == 1
    assert "rỗng" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_input_gets_a_sentence_not_a_traceback(tmp_path):
    for arguments in (["run", "--period", "2021-Q2"], ["run"], ["query", "select 1"], ["read", "no_such_file.docx"]):
        done = par(tmp_path, *arguments)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) <= 6, done.stderr


def test_what_somebody_dealt_with_leaves_quarantine_and_what_was_withdrawn_counts_no_more(nation):
    assert par(nation.home, "withdraw", "rong.txt", "--reason", "x").returncode != 0, "it was never accepted"
    assert par(nation.home, "dismiss", "nothing.docx", "--reason", "x").returncode != 0
    for arguments in (("dismiss", "khong_phu_luc.docx"), ("withdraw", "2021-FY/nam_dinh_lan_2.docx")):
        done = par(nation.home, *arguments, "--reason", "Gửi nhầm", "--by", "Trần Thị B")
        assert done.returncode == 0, done.stderr
    (nation.inbox / "rong.txt").unlink()
    (nation.inbox / "cut.docx").write_bytes(factory.make_docx(factory.sample_annex(seed=14), "Lai Châu", 2021))
    (nation.inbox / "BC_tinh_Ninh_Binh.docx").rename(nation.inbox / "BC_tinh_Hung_Yen.docx")
    done = par(nation.home, "run")
    assert done.returncode == 0, done.stderr
    assert nation.query("select file_name from marts.mart_open_quarantine") == [("tinh_la.docx",)]
    listed = [line for line in done.stderr.splitlines() if line.startswith("✗")]
    assert len(listed) == 1 and "tinh_la.docx" in listed[0]
    assert set(nation.query("select file_name, status from intermediate.int_documents where status <> 'accepted'")) == {
        ("rong.txt", "removed"),
        ("cut.docx", "removed"),
        ("khong_phu_luc.docx", "dismissed"),
        ("nam_dinh_lan_2.docx", "withdrawn"),
        ("tinh_la.docx", "quarantined"),
    }
    withdrawn = nation.query(
        "select file_name, is_current, is_withdrawn, withdrawn_reason, withdrawn_by from marts.dim_report"
        " where province_key = '36.1' order by revision_number"
    )
    assert withdrawn == [
        ("nam_dinh_lan_1.docx", True, False, None, None),
        ("nam_dinh_lan_2.docx", False, True, "Gửi nhầm", "Trần Thị B"),
    ]
    reported = nation.query("select distinct province_key from marts.fct_indicator_value order by 1")
    assert [key for (key,) in reported] == ["12.1", "33.1", "34.1", "35.1", "36.1"]


def test_one_report_more_gives_what_a_warehouse_built_anew_gives(nation, tmp_path):
    """The last test of this home: a third revision for a period, and the first report of another one."""
    later = nation.inbox.parent / "2022-FY"
    later.mkdir()
    for folder, year, name in ((nation.inbox, 2021, "nam_dinh_lan_3.docx"), (later, 2022, "nam_dinh.docx")):
        (folder / name).write_bytes(factory.make_docx(factory.sample_annex(seed=year), "Nam Định", year))
    more = par(nation.home, "run")
    assert more.returncode == 0, more.stderr
    shutil.copytree(nation.inbox.parent, tmp_path / "raw" / "inbox")
    anew = par(tmp_path, "run")
    assert anew.returncode == 0, anew.stderr
    releases = [(home / "warehouse" / "exports" / "latest").resolve() for home in (nation.home, tmp_path)]
    assert tree(releases[0]) == tree(releases[1])
    assert tree(releases[0]) != tree(nation.release)
