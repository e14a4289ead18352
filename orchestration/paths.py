"""Where everything is. PAR_HOME moves raw/, warehouse/ and the inbox; PAR_INBOX moves the inbox alone.

Nothing here creates a folder, and nothing else in the project spells out a path.
"""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"
SAMPLE = PROJECT / "tests" / "fixtures" / "sample"


def home() -> Path:
    """The folder that holds raw/ and warehouse/; the project itself unless PAR_HOME says otherwise."""
    return Path(os.environ.get("PAR_HOME") or PROJECT).resolve()


def raw() -> Path:
    return home() / "raw"


def inbox() -> Path:
    return Path(os.environ.get("PAR_INBOX") or raw() / "inbox").resolve()


def warehouse() -> Path:
    return home() / "warehouse"


def database() -> Path:
    """The published warehouse, replaced whole; readers open it read-only."""
    return warehouse() / "par.duckdb"


def database_digest() -> Path:
    """SHA-256 of the published file, as `sha256sum -c` reads it."""
    return warehouse() / "par.duckdb.sha256"


def build_folder() -> Path:
    """What the present writer has in hand; what lies there when a writer begins was left by one that was killed."""
    return warehouse() / ".build"


def build_database(run_id: str) -> Path:
    """The file that one run builds, under its own name; never read by anybody else."""
    return build_folder() / f"{run_id}.duckdb"


def writer_lock() -> Path:
    return warehouse() / ".writer.lock"


def writer_holder() -> Path:
    """Who holds the lock, in words."""
    return warehouse() / ".writer.json"


def logs() -> Path:
    return warehouse() / "logs"


def exports() -> Path:
    return warehouse() / "exports"


def history() -> Path:
    """A note a release of what it was made from."""
    return warehouse() / "history"


def reviews() -> Path:
    """Workbooks of open cases, to be filled in; they count only once they lie in the inbox."""
    return warehouse() / "review"


def dagster_home() -> Path:
    return Path(os.environ.get("DAGSTER_HOME") or home() / ".dagster").resolve()


def engine_programs(engine: str) -> Path:
    """The programs of the environment of another engine than DuckDB, made by `make`."""
    return PROJECT / {"sail": ".venv-spark", "spark": ".venv-spark-java"}[engine] / "bin"
