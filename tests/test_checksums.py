"""SHA256SUMS and `par verify`: a release says of itself whether it is still what was published."""

import subprocess
from pathlib import Path

import pytest
import warehouse_factory as factory
from click.testing import CliRunner

from orchestration.cli.verify import verify
from orchestration.publishing import checksums
from orchestration.publishing.release import write_release

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def folder(home: Path) -> Path:
    database = factory.make_warehouse(home / "par.duckdb")
    manifest = factory.make_manifest(home / "manifest.json")
    return write_release(database, manifest, home / "warehouse" / "exports", "r1").folder


def open_up(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


def test_the_checksums_name_every_file_but_themselves_as_the_stock_program_reads_them(folder: Path) -> None:
    said = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, check=True, capture_output=True, text=True)

    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {line.removesuffix(": OK") for line in said.stdout.splitlines()} == files - {"SHA256SUMS"}


@pytest.mark.parametrize("given", [[], ["r1"], ["{folder}"]])
def test_a_release_that_is_as_it_was_published_is_called_so(folder: Path, given: list[str]) -> None:
    result = CliRunner().invoke(verify, [text.format(folder=folder) for text in given])

    assert result.exit_code == 0
    assert "Bản công bố r1 nguyên vẹn." in result.output


def test_what_is_missing_changed_or_more_gets_a_sentence_each_and_exit_status_1(folder: Path) -> None:
    open_up(folder)
    (folder / "README.txt").unlink()
    (folder / "csv" / "dim_period.csv").write_bytes(b"changed")
    (folder / "new.txt").write_text("new")

    assert [problem.vi for problem in checksums.verify(folder)] == [
        "Thiếu tệp README.txt.",
        "Tệp csv/dim_period.csv đã bị thay đổi sau khi công bố.",
        "Tệp new.txt không thuộc bản công bố.",
    ]
    result = CliRunner().invoke(verify, ["r1"])
    assert result.exit_code == 1
    assert "README.txt is missing." in result.output


def test_a_folder_without_checksums_gets_a_sentence(folder: Path) -> None:
    open_up(folder)
    (folder / "SHA256SUMS").write_text("nothing")

    with pytest.raises(checksums.NoChecksumsError, match="không kiểm tra được"):
        checksums.verify(folder)
    with pytest.raises(checksums.NoChecksumsError):
        checksums.verify(folder / "nowhere")
