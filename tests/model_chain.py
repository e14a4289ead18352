"""Seeds and models of the scores run one after another in memory, as dbt compiles them: from figures to ranks.

In: the models' SQL, a folder of seeds, raw/ with what was read, what the other models would say. Out: a DuckDB
connection with every model of CHAIN as a table. Not here: an oracle of what they should say (`score_sql.py`).
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb
import yaml
from model_set import PROJECT, RAW
from score_sql import DATABASE, connect

from orchestration.reading import raw

SEEDS = PROJECT / "seeds"
USED_SEEDS = (
    "criteria", "criterion_names", "criterion_rules", "editions", "finding_rules", "groups", "number_rules",
    "official_components", "periods", "provinces",
    "rule_inputs", "rule_steps", "score_marks", "score_settings",
)  # fmt: skip
CHAIN = (
    "int_province_territories",
    "stg_edition_rows", "int_edition_mistakes", "stg_score_rows", "stg_survey_rows", "stg_published_rows",
    "stg_decisions", "int_score_decisions", "int_published_rows", "int_stated_structures", "int_edition_years",
    "int_criteria", "int_edition_rows", "int_rules", "int_rule_inputs", "int_rule_steps", "int_score_figures",
    "int_score_rows", "int_rule_figures", "int_rule_points", "int_rule_explanations", "int_basis_points",
    "int_criterion_points", "int_province_ranks", "mart_national_ranking", "mart_area_ranking",
)  # fmt: skip
SCHEMAS = {"stg": "staging", "int": "intermediate", "mart": "marts", "fct": "marts"}
# What other models say of the files and figures.
GIVEN = f"""
create table {DATABASE}.intermediate.int_documents (
    file_sha256 varchar, period_key varchar, status varchar, first_seen_at timestamp, province_key varchar,
    period_found varchar, flags varchar, document_kind varchar, report_key varchar, file_name varchar
);
create table {DATABASE}.intermediate.int_asked_figures (
    province_key varchar, period_key varchar, indicator_key varchar, value decimal(24, 6), is_usable boolean,
    reason_vi varchar, reason_en varchar, is_simulated boolean
);
create table {DATABASE}.intermediate.int_annex_values (period_key varchar, decision varchar);
create table {DATABASE}.intermediate.int_official_totals (
    index_code varchar, report_year integer, province_key varchar, component_kind varchar, criterion_code varchar,
    score decimal(24, 9), official_rank integer, is_simulated boolean
);
create table {DATABASE}.intermediate.int_accepted_findings (
    finding_key varchar, reason varchar, decided_by varchar, decided_at varchar
);
"""


def seeds_with(folder: Path, changed: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
    """A copy of the project's seeds at `folder`, some of them with other rows."""
    shutil.copytree(SEEDS, folder, dirs_exist_ok=True)
    for name, rows in changed.items():
        with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            columns = next(csv.reader(stream))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def run(
    sql: Mapping[str, str],
    seeds: Path,
    raw_folder: Path,
    figures: Iterable[tuple],
    received: Iterable[tuple[str, str]] = (),
    *,
    models: Sequence[str] = CHAIN,
) -> duckdb.DuckDBPyConnection:
    """figures: rows of int_asked_figures without the last column.

    received: (sha256, period) of files accepted, in the order they came.
    """
    raw.prepare(raw_folder)
    connection = connect()
    connection.execute(GIVEN)
    for name in USED_SEEDS:
        _load(connection, name, seeds / f"{name}.csv")
    for month, (sha256, period) in enumerate(received, start=1):
        name = raw.documents(raw_folder, period)[sha256]["file_name"]
        connection.execute(
            f"insert into {DATABASE}.intermediate.int_documents"
            " values (?, ?, 'accepted', ?, null, ?, null, 'sheet', ?, ?)",
            [sha256, period, f"2030-{month:02}-01", period, sha256[:16], name],
        )
    rows = list(figures)
    if rows:
        connection.executemany(
            f"insert into {DATABASE}.intermediate.int_asked_figures values (?, ?, ?, ?, ?, ?, ?, false)", rows
        )
    connection.execute(
        f"insert into {DATABASE}.intermediate.int_annex_values"
        f" select period_key, 'resolved' from {DATABASE}.intermediate.int_asked_figures"
    )
    for model in models:
        query = sql[model].replace(RAW, str(raw_folder))
        connection.execute(f"create table {DATABASE}.{SCHEMAS[model.split('_')[0]]}.{model} as {query}")
    return connection


def _load(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """A seed as dbt makes it: typed as its .yml says, a blank is null."""
    [described] = yaml.safe_load((SEEDS / f"{name}.yml").read_text(encoding="utf-8"))["seeds"]
    types = described["config"]["column_types"]
    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    connection.execute(f"create table {DATABASE}.seeds.{name} ({columns})")
    connection.execute(
        f"insert into {DATABASE}.seeds.{name} by name select * from read_csv(?, header = true, all_varchar = true)",
        [str(path)],
    )
