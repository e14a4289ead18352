"""The command line around its verbs: the home of Dagster, and sentences instead of tracebacks."""

import errno
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from orchestration import cli, paths, run
from orchestration.cli.console import warn


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return tmp_path


def test_settings_of_dagster_are_copied_where_there_are_none_and_an_operators_own_are_left_alone(home, capsys):
    settings = run.home(warn) / "dagster.yaml"
    assert settings.read_bytes() == (paths.PROJECT / "dagster.yaml").read_bytes()
    run.home(warn)
    assert capsys.readouterr().err == ""
    settings.write_text("storage: postgres\n")
    run.home(warn)
    assert settings.read_text() == "storage: postgres\n"
    assert str(settings) in capsys.readouterr().err.replace("\n", "")
    assert [path.name for path in settings.parent.iterdir()] == ["dagster.yaml"]


def test_settings_that_dagster_cannot_follow_are_named_in_a_sentence(home):
    settings = run.home(warn) / "dagster.yaml"
    settings.write_text("event_log_storage: {module: orchestration.gone, class: Gone}\n")
    with pytest.raises(run.SettingsError, match=r"dagster\.yaml.*(?s:.)*mend or delete it"):
        run.instance(warn)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "Đĩa đã đầy"),
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), "Đĩa đã đầy"),
        (MemoryError(), "bộ nhớ"),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate"), "bộ nhớ"),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/par"), "/srv/par"),
        (duckdb.InvalidInputException("Invalid Input Error: No magic bytes found in x.parquet"), "x.parquet"),
        (KeyboardInterrupt(), "Interrupted"),
        (RuntimeError("first line\nand a long tail"), "first line (PAR_DEBUG"),
    ],
)
def test_whatever_goes_wrong_outside_the_program_is_a_sentence(problem, words, home, monkeypatch):
    def fail(*_: object) -> None:
        raise problem

    monkeypatch.setattr(cli.paths, "database", fail)
    done = CliRunner().invoke(cli.main, ["query", "select 1"])
    assert done.exit_code == 1
    assert words in done.output
    assert "Traceback" not in done.output and "long tail" not in done.output
