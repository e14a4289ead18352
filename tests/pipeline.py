"""The main job as its users run it, once a session: an inbox with every kind of file, `par run`, and what it said.

In: an empty folder. Out: a Home in it. Who only looks takes the session's own; who goes on from it takes a copy.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import document_factory as factory
import duckdb
from click.testing import CliRunner

from orchestration import cli

SAMPLE = Path(__file__).parent / "fixtures" / "sample" / "2021-FY" / "BC_CCHC_2021_tinh_Ha_Nam.docx"
PAR = Path(sys.executable).parent / "par"
NOW = "2022-01-10T08:00:00+07:00"
"""Two days of this home: it knows no other clock."""
# What a run sets for dbt and Dagster in its own process.
_SET_BY_A_RUN = ("DAGSTER_HOME", "PAR_RAW", "PAR_BUILD_DATABASE", "PAR_AS_OF_DATE", "PAR_INBOX")


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PAR_HOME": str(home), "PAR_NOW": NOW}


def par(home: Path, *arguments: str) -> Said:
    """The command in this process; what it does not turn into a sentence is raised."""
    settings = {**dict.fromkeys(_SET_BY_A_RUN), "PAR_HOME": str(home), "PAR_NOW": NOW}
    done = CliRunner().invoke(cli.main, arguments, env=settings, catch_exceptions=False)
    return Said(done.exit_code, done.stdout, done.stderr)


def tree(folder: Path) -> dict[str, str]:
    """Relative path → SHA-256 of every file under `folder`."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Home:
    """A home whose inbox held every kind of file, after one run."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> None:
        """Fill the inbox and run, as a program of its own; what it said is kept beside the home's folders."""
        inbox = cls(folder).inbox
        inbox.mkdir(parents=True)
        shutil.copyfile(SAMPLE, inbox / SAMPLE.name)
        files = {
            "nam_dinh_lan_1.docx": factory.make_docx(factory.sample_annex(seed=11), "Nam Định", 2021),
            "nam_dinh_lan_2.docx": factory.make_docx(factory.sample_annex(seed=12), "Nam Định", 2021),
            "thai_binh.pdf": factory.make_docx(factory.sample_annex(seed=13), "Thái Bình", 2021),
            "rong.txt": b"",
            "cut.docx": factory.make_docx(factory.sample_annex(seed=14), "Lai Châu", 2021)[:4000],
            "khong_phu_luc.docx": factory.make_docx([], "Sơn La", 2021),
            "BC_tinh_Ninh_Binh.docx": factory.make_docx(factory.sample_annex(seed=15), "Hưng Yên", 2021),
            "tinh_la.docx": factory.make_docx(factory.sample_annex(seed=16), "Hà Nem", 2021),
        }
        for name, data in files.items():
            (inbox / name).write_bytes(data)
        done = subprocess.run([PAR, "run"], env=environment(folder), capture_output=True, text=True, check=False)
        said = Said(done.returncode, done.stdout, done.stderr)
        (folder / "said.json").write_text(json.dumps(asdict(said)), encoding="utf-8")

    @property
    def inbox(self) -> Path:
        return self.folder / "raw" / "inbox" / "2021-FY"

    @cached_property
    def run(self) -> Said:
        """What the first run said."""
        return Said(**json.loads((self.folder / "said.json").read_text(encoding="utf-8")))

    @property
    def builds(self) -> list[Path]:
        """What lies where a run builds."""
        return list((self.folder / "warehouse" / ".build").iterdir())

    @property
    def release(self) -> Path:
        """The newest release."""
        return (self.folder / "warehouse" / "exports" / "latest").resolve()

    def copy(self, folder: Path) -> Home:
        """The same home elsewhere, to go on from."""
        return Home(shutil.copytree(self.folder, folder / self.folder.name, symlinks=True))

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.folder / "warehouse" / "par.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()
