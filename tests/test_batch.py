"""A period is read whole: what is new, what came back, what is to be tried again; and no file stops another."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import document_factory as factory
import pytest

from orchestration.reading import batch, digest, mixed, raw, reader, sandbox
from orchestration.reading.sheets import edition

PERIOD = "2021-FY"


class Home:
    """An inbox and a raw/, and what is asked of them."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.raw = folder / "inbox", folder / "raw"
        self.put("35.txt", report(1, "Hà Nam"))

    def put(self, name: str, content: bytes, period: str = PERIOD) -> Path:
        path = self.inbox / period / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def run(self, period: str = PERIOD) -> batch.Outcome:
        return batch.read_period(self.inbox, self.raw, period)

    def waiting(self) -> list[str]:
        return batch.periods_to_run(self.inbox, self.raw)

    def rows(self, period: str = PERIOD) -> dict[str, dict]:
        """inbox_path → its documents row."""
        return {row["inbox_path"]: row for row in raw.documents(self.raw, period).values()}

    def reasons(self) -> dict[str, str]:
        return {path: row["reason_code"] or row["status"] for path, row in self.rows().items()}


def report(seed: int, province: str, **options: object) -> bytes:
    return factory.make_txt(factory.sample_annex(seed), province, 2021, **options)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def now(monkeypatch):
    def tell(moment: str) -> None:
        monkeypatch.setenv("PAR_NOW", moment)

    tell("2022-01-01T08:00:00+07:00")
    return tell


def inode(home: Home, table: str = "documents") -> tuple[int, int]:
    status = raw.path_of(home.raw, table, PERIOD).stat()
    return status.st_ino, status.st_mtime_ns


# What there is to do


def test_a_new_file_is_work_until_it_is_read(home):
    assert home.waiting() == [PERIOD]
    outcome = home.run()
    assert [row["status"] for row in outcome.read] == ["accepted"]
    assert home.waiting() == []
    again = home.run()
    assert (again.read, [row["file_name"] for row in again.known]) == ([], ["35.txt"])
    assert again.skipped == [("35.txt", "read_before")]


def test_periods_come_in_the_order_of_the_calendar(home):
    home.put("a.txt", report(2, "Hà Nam"), "2023-Q1")
    home.put("a.txt", report(3, "Hà Nam"), "2022-H1")
    assert home.waiting() == [PERIOD, "2022-H1", "2023-Q1"]


def test_an_empty_inbox_is_no_work(tmp_path):
    assert batch.periods_to_run(tmp_path / "inbox", tmp_path / "raw") == []


def test_asking_changes_nothing(home):
    home.waiting()
    assert not home.raw.exists()


def test_where_nothing_changed_no_file_is_written(home):
    home.run()
    before = {table: inode(home, table) for table in ("documents", "annex_rows", "blocks")}
    home.run()
    assert before == {table: inode(home, table) for table in before}


def test_a_file_taken_away_is_known_to_be_gone_and_one_that_comes_back_to_be_there(home):
    home.run()
    path, content = home.inbox / PERIOD / "35.txt", (home.inbox / PERIOD / "35.txt").read_bytes()
    first = raw.path_of(home.raw, "documents", PERIOD).read_bytes()
    stamp = path.stat().st_mtime_ns
    path.unlink()
    assert home.waiting() == [PERIOD]
    outcome = home.run()
    assert [(row["file_name"], row["is_in_inbox"]) for row in outcome.known] == [("35.txt", False)]
    assert home.waiting() == []
    home.put("35.txt", content)
    os.utime(path, ns=(stamp, stamp))
    assert home.waiting() == [PERIOD]
    assert home.run().read == [], "nothing is read that was read before"
    assert raw.path_of(home.raw, "documents", PERIOD).read_bytes() == first


def test_the_last_file_of_a_period_may_go_with_its_folder(home):
    home.run()
    shutil.rmtree(home.inbox / PERIOD)
    assert home.waiting() == [PERIOD]
    home.run()
    assert home.waiting() == []
    assert home.rows()["35.txt"]["is_in_inbox"] is False


def test_a_refused_file_that_is_gone_is_no_longer_held_back(home):
    path = home.put("empty.txt", b"")
    assert [row["file_name"] for row in home.run().quarantined] == ["empty.txt"]
    path.unlink()
    assert home.run().quarantined == []


def test_a_file_is_first_seen_once_whatever_its_own_time_says(home, now):
    os.utime(home.inbox / PERIOD / "35.txt", (1_000_000_000, 1_000_000_000))
    home.run()
    now("2023-06-01T08:00:00+07:00")
    raw.path_of(home.raw, "annex_rows", PERIOD).write_bytes(b"")
    later = home.put("36.txt", report(2, "Nam Định"))
    os.utime(later, (900_000_000, 900_000_000))
    assert len(home.run().read) == 2
    seen = {name: (row["first_seen_at"].isoformat(), row["file_time"].year) for name, row in home.rows().items()}
    assert seen == {
        "35.txt": ("2022-01-01T01:00:00+00:00", 2001),
        "36.txt": ("2023-06-01T01:00:00+00:00", 1998),
    }


def test_a_file_of_another_reader_is_read_again(home, monkeypatch):
    home.run()
    monkeypatch.setattr(raw, "reader_version", lambda format: "another")
    assert home.waiting() == [PERIOD]
    assert [row["file_name"] for row in home.run().read] == ["35.txt"]


def test_a_final_refusal_is_not_tried_again(home):
    home.put("empty.txt", b"")
    home.run()
    assert home.rows()["empty.txt"]["is_final"] is True
    assert home.waiting() == []


def test_what_the_machine_lacked_is_tried_again_while_the_file_is_there(home, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.close_all()
    path = home.put("old.rtf", rb"{\rtf1\ansi Bao cao\par}")
    home.run()
    assert (home.reasons()["old.rtf"], home.rows()["old.rtf"]["is_final"]) == ("missing_package", False)
    assert home.waiting() == [PERIOD]
    assert [row["file_name"] for row in home.run().read] == ["old.rtf"]
    path.unlink()
    home.run()
    assert home.waiting() == []
    sandbox.close_all()


def test_a_file_that_is_renamed_as_its_refusal_asks_is_read_again(home):
    wrong = home.put("BC_tinh_Ninh_Binh.txt", report(4, "Hưng Yên"))
    home.run()
    assert home.reasons()["BC_tinh_Ninh_Binh.txt"] == "province_contradiction"
    wrong.rename(wrong.with_name("BC_tinh_Hung_Yen.txt"))
    assert home.waiting() == [PERIOD]
    home.run()
    assert home.reasons() == {"35.txt": "accepted", "BC_tinh_Hung_Yen.txt": "accepted"}


def test_a_copy_under_another_name_is_skipped_with_a_word(home):
    home.put("copy.txt", (home.inbox / PERIOD / "35.txt").read_bytes())
    outcome = home.run()
    assert ([row["file_name"] for row in outcome.read], outcome.skipped) == (
        ["35.txt"],
        [("copy.txt", "same_content_as 35.txt")],
    )
    (home.inbox / PERIOD / "35.txt").unlink()
    home.run()
    assert home.rows()["copy.txt"]["is_in_inbox"] is True


def test_the_period_of_a_file_in_a_folder_below_is_that_of_the_folder_above(home):
    home.put("Nam Dinh/2022.txt", factory.make_txt(factory.sample_annex(5), "Nam Định", 2022))
    home.run()
    assert home.reasons()["Nam Dinh/2022.txt"] == "period_contradiction"


# One file never stops the others


@pytest.fixture
def open_home():
    """A home that another user may look into."""
    folder = Path(tempfile.mkdtemp(prefix="par-home-"))
    folder.chmod(0o777)
    home = Home(folder)
    home.raw.mkdir()
    for path in (home.raw, home.inbox, home.inbox / PERIOD):
        path.chmod(0o777)
    yield home
    for path in folder.rglob("*"):
        path.chmod(0o777)
    shutil.rmtree(folder)


def test_a_file_or_folder_without_rights_is_quarantined_and_the_others_are_read(open_home):
    open_home.put("shut.txt", report(6, "Thái Bình")).chmod(0)
    open_home.put("deep/inner.txt", report(7, "Hải Dương"))
    (open_home.inbox / PERIOD / "deep").chmod(0)
    sandbox.run_limited(len, "the reader is started while it may")
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        open_home.run()
        assert open_home.reasons() == {"35.txt": "accepted", "shut.txt": "no_rights", "deep": "no_rights"}
        assert open_home.waiting() == [], "it is asked again only when something changed"
    finally:
        os.seteuid(user)
    (open_home.inbox / PERIOD / "shut.txt").chmod(0o644)
    assert open_home.waiting() == [PERIOD]
    open_home.run()
    there = [(row["reason_code"], row["is_in_inbox"]) for row in raw.documents(open_home.raw, PERIOD).values()]
    assert sorted(there, key=str) == [("no_rights", False)] * 2 + [(None, True)] * 3


def test_a_name_that_is_not_utf8_is_read_and_can_be_printed(home):
    home.put(os.fsdecode(b"b\xe1o c\xe1o.txt"), report(8, "Thái Bình"))
    outcome = home.run()
    names = sorted(row["file_name"] for row in outcome.read)
    assert names == ["35.txt", "báo cáo.txt"]
    assert all(row["status"] == "accepted" for row in outcome.read)
    assert r"b\xe1o c\xe1o.txt" in home.rows()
    assert home.waiting() == []


def test_a_file_that_vanishes_before_it_is_read_stops_nothing(home):
    home.put("36.txt", report(9, "Nam Định"))

    def take_away(stage: str, done: int, total: int) -> None:
        (home.inbox / PERIOD / "36.txt").unlink(missing_ok=True)

    token = batch.progress.set(take_away)
    try:
        outcome = home.run()
    finally:
        batch.progress.reset(token)
    assert home.reasons() == {"35.txt": "accepted", "36.txt": "vanished"}
    assert home.rows()["36.txt"]["is_in_inbox"] is False
    assert outcome.quarantined == []
    assert home.waiting() == []
    home.put("36.txt", report(9, "Nam Định"))
    home.run()
    assert home.reasons()["36.txt"] == "accepted"


def test_links_pipes_and_folders_below_are_read_or_named(home, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "36.txt").write_bytes(report(10, "Nam Định"))
    folder = home.inbox / PERIOD
    (folder / "linked").symlink_to(elsewhere)
    (folder / "gone.docx").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.docx")
    (folder / "Thumbs.db").write_bytes(b"x")
    outcome = home.run()
    assert home.reasons() == {
        "35.txt": "accepted",
        "linked/36.txt": "accepted",
        "gone.docx": "broken_link",
        "pipe.docx": "not_a_file",
    }
    assert all(row["reason_vi"].endswith(".") for row in outcome.quarantined)
    assert home.waiting() == []


def test_a_file_of_no_bytes_is_empty(home):
    home.put("0.docx", b"")
    home.run()
    assert home.reasons()["0.docx"] == "empty"


_IN_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (3 * 1024**3, 3 * 1024**3))
from orchestration.reading import batch
outcome = batch.read_period(Path(sys.argv[1]), Path(sys.argv[2]), "2021-FY", 1)
print({row["file_name"]: row["reason_code"] or row["status"] for row in outcome.read})
"""


@pytest.mark.slow
def test_a_file_larger_than_the_memory_is_refused_and_the_others_are_read(home):
    with (home.inbox / PERIOD / "large.pdf").open("wb") as file:
        file.truncate(6 * 1024**3)
    command = [sys.executable, "-c", _IN_LITTLE_MEMORY, str(home.inbox), str(home.raw)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "{'35.txt': 'accepted', 'large.pdf': 'too_large'}", done.stderr


def test_a_file_above_the_limit_is_refused_before_it_is_opened(home):
    with (home.inbox / PERIOD / "large.pdf").open("wb") as file:
        file.truncate(reader.MAX_BYTES + 1)
    home.run()
    row = home.rows()["large.pdf"]
    assert (row["reason_code"], row["is_final"], row["file_bytes"]) == ("too_large", True, reader.MAX_BYTES + 1)
    expected = hashlib.sha256(bytes(reader.MAX_BYTES + 1)).hexdigest()
    assert row["file_sha256"] == expected


def test_a_file_is_hashed_once_in_a_run(home, monkeypatch):
    hashed, calls = digest.hashlib.file_digest, []
    monkeypatch.setattr(digest.hashlib, "file_digest", lambda *given: calls.append(1) or hashed(*given))
    home.waiting()
    home.run()
    mixed.refuse_mixed(home.inbox, home.raw)
    assert len(calls) == 1


def test_a_home_with_brackets_and_quotes_in_its_name(tmp_path):
    home = Home(tmp_path / "kho [2026] l'été {x}")
    home.run()
    mixed.refuse_mixed(home.inbox, home.raw)
    assert home.reasons() == {"35.txt": "accepted"}


def test_a_damaged_raw_file_is_read_again_by_the_next_run(home):
    home.run()
    whole = raw.path_of(home.raw, "annex_rows", PERIOD).read_bytes()
    raw.path_of(home.raw, "annex_rows", PERIOD).write_bytes(b"")
    mixed.refuse_mixed(home.inbox, home.raw)
    assert home.waiting() == [PERIOD]
    home.run()
    assert raw.path_of(home.raw, "annex_rows", PERIOD).read_bytes() == whole
    assert home.waiting() == []


_KILLED_WHILE_READING = """
import os, sys
from pathlib import Path
from orchestration.reading import batch
batch.CHECKPOINT_SECONDS = 0
def die(stage, done, total):
    if done == 3:
        os.kill(os.getpid(), 9)
batch.progress.set(die)
batch.read_period(Path(sys.argv[1]), Path(sys.argv[2]), "2021-FY", 1)
"""


@pytest.mark.slow
def test_a_run_that_is_killed_does_not_begin_anew(home, now):
    for number, province in enumerate(("Nam Định", "Thái Bình", "Hải Dương", "Hưng Yên"), 36):
        home.put(f"{number}.txt", report(number, province))
    command = [sys.executable, "-c", _KILLED_WHILE_READING, str(home.inbox), str(home.raw)]
    assert subprocess.run(command, cwd=Path(__file__).parents[1], check=False).returncode == -9
    before = len(raw.documents(home.raw, PERIOD))
    assert before >= 1
    outcome = home.run()
    assert len(outcome.read) == 5 - before
    undisturbed = Home(home.inbox.parent / "undisturbed")
    shutil.rmtree(undisturbed.inbox)
    shutil.copytree(home.inbox, undisturbed.inbox)
    undisturbed.run()
    for table in ("documents", "annex_rows", "blocks"):
        paths = (raw.path_of(each.raw, table, PERIOD).read_bytes() for each in (home, undisturbed))
        assert len(set(paths)) == 1, table


# Real and made-up


def test_a_decision_is_neither_real_nor_made_up(home, monkeypatch):
    monkeypatch.delenv(mixed.ALLOW_MIXED, raising=False)
    shutil.rmtree(home.inbox)
    home.put("MO_PHONG_a.txt", b"x")
    text = f"Quyết định,Mã SHA-256,Lý do\nrút,{'a' * 64},sai\n"
    home.put("cua_toi.csv", text.encode())
    mixed.refuse_mixed(home.inbox, home.raw)
    home.run()
    mixed.refuse_mixed(home.inbox, home.raw)
    home.put("that.txt", report(3, "Hà Nam"))
    with pytest.raises(mixed.MixedError):
        mixed.refuse_mixed(home.inbox, home.raw)


def test_an_edition_is_neither_real_nor_made_up(home, monkeypatch, tmp_path):
    monkeypatch.delenv(mixed.ALLOW_MIXED, raising=False)
    shutil.rmtree(home.inbox)
    home.put("MO_PHONG_a.txt", b"x")
    edition.write_template(tmp_path / "mau.xlsx", "PAR", "876")
    home.put("Bộ tiêu chí 2026.xlsx", (tmp_path / "mau.xlsx").read_bytes())
    mixed.refuse_mixed(home.inbox, home.raw)
    home.run()
    assert home.reasons()["Bộ tiêu chí 2026.xlsx"] == "accepted"
    mixed.refuse_mixed(home.inbox, home.raw)
