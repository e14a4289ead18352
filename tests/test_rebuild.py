"""A release of before is made again elsewhere to the byte, and two releases tell what differs and why."""

import json
import os
import subprocess
import sys
from pathlib import Path

import document_factory as factory
import pytest

PAR = Path(sys.executable).with_name("par")

pytestmark = pytest.mark.slow


class Home:
    """A first release of one report, a second one after another report and a withdrawal, on another day."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.day = folder, "2026-11-02"
        self.receive("ha_nam.docx", "Hà Nam", 1)
        self.receive("ha_noi.docx", "Hà Nội", 3)
        self.par("run")
        self.day = "2026-11-09"
        self.receive("nam_dinh.docx", "Nam Định", 2)
        self.par("withdraw", "ha_noi.docx", "--reason", "gửi nhầm", "--by", "Nguyễn Thị Ba")
        self.par("run")
        self.exports = folder / "warehouse" / "exports"
        self.first, self.second = sorted(path for path in self.exports.iterdir() if not path.is_symlink())

    def receive(self, name: str, province: str, seed: int) -> None:
        inbox = self.folder / "raw" / "inbox" / "2021-FY"
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(factory.make_docx(factory.sample_annex(seed=seed), province))

    def par(self, *words: object, fails: bool = False) -> str:
        environment = {**os.environ, "PAR_HOME": str(self.folder), "PAR_NOW": f"{self.day}T09:00:00+07:00"}
        command = [PAR, *map(str, words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def noted(self, release: Path) -> dict:
        return json.loads((self.folder / "warehouse" / "history" / f"{release.name}.json").read_text())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"))


def test_a_release_has_a_note_of_its_inputs_its_decisions_and_its_day(home):
    first, second = home.noted(home.first), home.noted(home.second)
    assert sorted(one["inbox_path"] for one in first["inputs"]) == ["ha_nam.docx", "ha_noi.docx"]
    assert (len(first["inputs"]), len(second["inputs"])) == (2, 4)
    assert (first["as_of"], second["as_of"]) == ("2026-11-02", "2026-11-09")
    assert first["decisions"] == []
    [(decision, _, reason, by, _)] = second["decisions"]
    assert (decision, reason, by) == ("withdraw", "gửi nhầm", "Nguyễn Thị Ba")
    assert first["code_version"] == second["code_version"]
    assert second["changes_since"] == first["contents"]
    assert first["rows"]["dim_report"] == 2


@pytest.mark.parametrize("which", ["first", "second"])
def test_it_is_made_again_elsewhere_to_the_byte(home, which, tmp_path):
    release = getattr(home, which)
    assert "từng byte" in home.par("rebuild", "--release", release.name, "--to", tmp_path / "elsewhere")
    again = tmp_path / "elsewhere" / "warehouse" / "exports" / "latest"
    assert (again / "SHA256SUMS").read_bytes() == (release / "SHA256SUMS").read_bytes()


def test_it_is_made_into_a_new_folder_only_and_an_unknown_one_is_a_sentence(home, tmp_path):
    (tmp_path / "something").touch()
    assert "không trống" in home.par("rebuild", "--release", home.first.name, "--to", tmp_path, fails=True)
    assert "Không có ghi chép" in home.par("rebuild", "--release", "none", "--to", tmp_path / "new", fails=True)


def test_two_releases_tell_what_differs_and_why(home):
    said = home.par("diff", home.first.name, home.second.name, "--most", "0")
    assert "Nam Định" in said and "Hà Nội" in said
    assert "0 thay đổi" in home.par("diff", home.first.name, home.first.name)
    assert "Không so sánh được" in home.par("diff", home.first.name, "none", fails=True)
