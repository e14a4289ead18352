"""`par diff`: what changed from one release to another, each with its cause."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb
from rich.table import Table

from orchestration import paths
from orchestration.cli.console import out
from orchestration.publishing import changes
from orchestration.sentence import ToldError


@click.command()
@click.argument("earlier")
@click.argument("later")
@click.option("--most", default=50, show_default=True, help="How many changes are shown; 0: all.")
def diff(earlier: str, later: str, most: int) -> None:
    """Values and ranks that differ between two releases, EARLIER and LATER (names or folders), and why."""
    folders = [paths.exports() / name if (paths.exports() / name).is_dir() else Path(name) for name in (earlier, later)]
    try:
        rows = changes.compared(*folders).to_pylist()
    except duckdb.Error as problem:
        raise ToldError(
            f"Không so sánh được {earlier} với {later}: {problem}",
            "Each must be a release that has all tables: see warehouse/exports/.",
        ) from problem
    table = Table("Đối tượng", "Thay đổi", "Tỉnh", "Kỳ, năm", "Chỉ tiêu, chỉ số", "Trước", "Sau", "Vì sao")
    for row in rows[: most or None]:
        table.add_row(
            changes.SUBJECTS[row["subject"]],
            str(changes.KINDS[row["kind"]].value),
            row["province_name"],
            row["period_name"] or str(row["report_year"] or ""),
            row["item"],
            row["old_value"],
            row["new_value"],
            row["reason_vi"],
        )
    if rows:
        out.print(table)
    out.print(f"{len(rows)} thay đổi / changes.", highlight=False)
