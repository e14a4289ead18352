"""The main job as its users run it: files in an inbox, `par run`, then what stands in raw, warehouse and exports."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from typing import NamedTuple

import document_factory as factory
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pipeline import NOW, PAR, SAMPLE, Home, Said, environment, par, tree

pytestmark = pytest.mark.slow


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
        "select value, report_key, table_number, row_number from marts.fct_indicator_value"
        " where province_key = '35.1' and indicator_key = 'procedures_in_force'"
    )
    [(printed, name)] = nation.query(
        "select text_printed, file_name from staging.stg_blocks inner join marts.dim_report using (report_key)"
        f" where report_key = '{report_key}' and table_number = {table} and row_number = {row}"
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


@pytest.fixture(scope="module")
def killed(nation, tmp_path_factory) -> Home:
    """A copy of the home in which a second run was killed while it built."""
    home = nation.copy(tmp_path_factory.mktemp("killed"))
    assert home.builds == []
    running = subprocess.Popen(
        [PAR, "run"],
        env=environment(home.folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not any(path.suffix == ".wal" for path in home.builds) and running.poll() is None:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    return home


def test_a_killed_run_leaves_the_published_warehouse_whole(nation, killed):
    assert any(path.suffix == ".wal" for path in killed.builds), "the run ended before it could be killed"
    [(values,)] = killed.query("select count(*) from marts.fct_indicator_value")
    assert values == 3 * 94
    assert killed.release.name == nation.release.name


def test_running_again_changes_no_byte_and_makes_no_new_release(nation, killed):
    again = par(killed.folder, "run")
    assert again.returncode == 0, again.stderr
    assert "unchanged" in again.stdout
    assert tree(killed.folder / "raw") == tree(nation.folder / "raw")
    releases = [path.name for path in killed.release.parent.iterdir() if not path.is_symlink()]
    assert releases == [nation.release.name]
    assert killed.builds == [], "the killed run left something behind"


def test_a_check_that_fails_stops_the_run_and_shows_the_rows_that_failed_it(nation, tmp_path):
    """Somebody tampers with raw: every annex row of a report twice."""
    home = nation.copy(tmp_path)
    file = home.folder / "raw" / "annex_rows" / "period=2021-FY" / "rows.parquet"
    table = pq.read_table(file, partitioning=None)
    pq.write_table(pa.concat_tables([table, table]), file)
    run = par(home.folder, "run")
    assert run.returncode == 1
    assert "unique_stg_annex_rows" in run.stderr
    digest, period, _ = re.search(r"(\w{64}) ([\w-]+) (\d+)", run.stderr).groups()
    known = nation.query("select file_sha256 from staging.stg_documents")
    assert (digest,) in known and period == "2021-FY"
    assert tree(home.folder / "warehouse" / "exports") == tree(nation.folder / "warehouse" / "exports")


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


class Later(NamedTuple):
    """A copy of the home a day later, how commands that had to be refused ended, and how the others and the run did."""

    home: Home
    refused: list[Said]
    decided: list[Said]
    run: Said


@pytest.fixture(scope="module")
def later(nation, tmp_path_factory) -> Later:
    """Files were dealt with, withdrawn, mended, renamed and taken away; a revision and another period came in."""
    home = nation.copy(tmp_path_factory.mktemp("later"))
    refused = [
        par(home.folder, *words, "--reason", "x") for words in (("withdraw", "rong.txt"), ("dismiss", "no.docx"))
    ]
    decided = [
        par(home.folder, *words, "--reason", "Gửi nhầm", "--by", "Trần Thị B")
        for words in (("dismiss", "khong_phu_luc.docx"), ("withdraw", "2021-FY/nam_dinh_lan_2.docx"))
    ]
    (home.inbox / "rong.txt").unlink()
    (home.inbox / "cut.docx").write_bytes(factory.make_docx(factory.sample_annex(seed=14), "Lai Châu", 2021))
    (home.inbox / "BC_tinh_Ninh_Binh.docx").rename(home.inbox / "BC_tinh_Hung_Yen.docx")
    next_year = home.inbox.with_name("2022-FY")
    next_year.mkdir()
    for folder, year, name in ((home.inbox, 2021, "thai_binh_lan_2.docx"), (next_year, 2022, "thai_binh.docx")):
        (folder / name).write_bytes(factory.make_docx(factory.sample_annex(seed=year), "Thái Bình", year))
    return Later(home, refused, decided, par(home.folder, "run"))


def test_what_somebody_dealt_with_leaves_quarantine_and_what_was_withdrawn_counts_no_more(later):
    home = later.home
    assert all(done.returncode != 0 for done in later.refused), "one was never accepted, the other never came"
    for done in (*later.decided, later.run):
        assert done.returncode == 0, done.stderr
    assert home.query("select file_name from marts.mart_open_quarantine") == [("tinh_la.docx",)]
    listed = [line for line in later.run.stderr.splitlines() if line.startswith("✗")]
    assert len(listed) == 1 and "tinh_la.docx" in listed[0]
    assert set(home.query("select file_name, status from intermediate.int_documents where status <> 'accepted'")) == {
        ("rong.txt", "removed"),
        ("cut.docx", "removed"),
        ("khong_phu_luc.docx", "dismissed"),
        ("nam_dinh_lan_2.docx", "withdrawn"),
        ("tinh_la.docx", "quarantined"),
    }
    withdrawn = home.query(
        "select file_name, is_current, is_withdrawn, withdrawn_reason, withdrawn_by from marts.dim_report"
        " where province_key = '36.1' order by revision_number"
    )
    assert withdrawn == [
        ("nam_dinh_lan_1.docx", True, False, None, None),
        ("nam_dinh_lan_2.docx", False, True, "Gửi nhầm", "Trần Thị B"),
    ]
    reported = home.query("select distinct province_key from marts.fct_indicator_value order by 1")
    assert [key for (key,) in reported] == ["12.1", "33.1", "34.1", "35.1", "36.1"]


def test_one_report_more_gives_what_a_warehouse_built_anew_gives(nation, later, model_set, tmp_path, monkeypatch):
    """A revision for a period, and the first report of another one; anew without Dagster and dbt."""
    monkeypatch.setenv("PAR_NOW", NOW)
    shutil.copytree(later.home.inbox.parent, tmp_path / "raw" / "inbox")
    # What changed is told against the release before, so both have the same one.
    shutil.copytree(nation.release.parent, tmp_path / "warehouse" / "exports", symlinks=True)
    assert tree(later.home.release) == tree(model_set.run(tmp_path))
    assert tree(later.home.release) != tree(nation.release)
