"""The query book: every query runs on the sample by the names that it uses, is short, and says what a hand finds."""

import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

BOOK = (Path(__file__).parents[1] / "docs" / "query_book.md").read_text(encoding="utf-8")
QUERIES = {int(number): sql for number, sql in re.findall(r"^## (\d+)\. .*?\n\n```sql\n(.*?)```", BOOK, re.S | re.M)}
PYTHON = re.findall(r"^```python\n(.*?)```", BOOK, re.S | re.M)
R = re.findall(r"^```r\n(.*?)```", BOOK, re.S | re.M)
SEARCH_PATH = re.findall(r"^    (set search_path = .*;)$", BOOK, re.M)
# In the sample no figure need grow tenfold within a year.
MAY_BE_EMPTY = {13}


@pytest.fixture(scope="module")
def warehouse(sample_home: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(sample_home / "warehouse" / "par.duckdb"), read_only=True)
    for statement in SEARCH_PATH:
        connection.execute(statement)
    return connection


def test_there_are_twenty_questions_of_fifteen_lines_at_most() -> None:
    assert sorted(QUERIES) == list(range(1, 21))
    assert max(sql.count("\n") for sql in QUERIES.values()) <= 15
    assert len(SEARCH_PATH) == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", sorted(QUERIES))
def test_every_query_runs_and_finds_something(warehouse: duckdb.DuckDBPyConnection, number: int) -> None:
    assert warehouse.execute(QUERIES[number]).fetchall() or number in MAY_BE_EMPTY


@pytest.mark.slow
def test_what_they_find_is_what_was_published(warehouse: duckdb.DuckDBPyConnection) -> None:
    # PAPI 2024: Tây Ninh went from place 60 to 2; the sums by hand from the published table.
    assert warehouse.execute(QUERIES[6]).fetchone()[:5] == ("Tây Ninh", 2024, 60, 2, 58)
    # vietnamplus.vn: 80.21 and place 19 in 2012.
    assert warehouse.execute(QUERIES[20]).fetchone()[:4] == (2012, "PAR", Decimal("80.210000"), 19)
    # The only real report of 2021 is Hà Nam's: 1,921 procedures.
    totals = {row[0]: row[1:4] for row in warehouse.execute(QUERIES[8]).fetchall()}
    assert totals[2021][:2] == (Decimal("1921.000000"), 1)
    # Ninh Bình over the merger: a sum of three provinces before, its own figure after.
    parts = {row[0]: row[3] for row in warehouse.execute(QUERIES[1]).fetchall()}
    assert (parts["2024-FY"], parts["2025-FY"]) == ("3/3", "1/1")


@pytest.mark.slow
def test_the_python_of_the_book_runs_in_the_folder_of_a_release(sample_home: Path) -> None:
    folder = (sample_home / "warehouse" / "exports" / "latest").resolve()
    code = PYTHON[0] + "\nprint(wide.loc['22.1', 2024])"
    found = subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True)
    assert float(found.stdout) == 1


@pytest.mark.slow
def test_par_query_finds_the_marts_by_their_names_alone(sample_home: Path) -> None:
    main = "from orchestration.cli import main; main()"
    command = [sys.executable, "-c", main, "query", "--csv", "select count(*) from fct_indicator_value"]
    environment = os.environ | {"PAR_HOME": str(sample_home)}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert int(said.stdout.split()[-1]) > 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs r-base-core")
def test_the_r_of_the_book_runs_in_the_folder_of_a_release(sample_home: Path) -> None:
    folder = (sample_home / "warehouse" / "exports" / "latest").resolve()
    code = R[0].replace("tapply", "means <- tapply") + "\ncat(names(means)[1], means[[1]])"
    found = subprocess.run(["Rscript", "-e", code], cwd=folder, check=True, capture_output=True, text=True)
    # 2011's 63 provinces: 35.75 on average.
    assert found.stdout.startswith("2011 35.74961")
