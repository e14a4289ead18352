"""`par score`: a sheet of points to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.cli.console import out
from orchestration.reading.sheets.score_template import write_score_template


@click.group()
def score() -> None:
    """Points of an index: a sheet for claim, evidence and both rounds of the appraisal."""


@score.command("template")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--index", "index_code", default="PAR", show_default=True)
@click.option("--edition", "edition_code", default="892", show_default=True)
@click.option("--year", type=int, required=True, help="Year that the points are of.")
@click.option("--province", required=True, help="Name with its kind: «tỉnh Hà Nam».")
def score_template(target: Path, index_code: str, edition_code: str, year: int, province: str) -> None:
    """Write the criteria of an edition as a sheet of points of one province, to be filled in."""
    count = write_score_template(target, index_code, edition_code, year, province)
    out.print(
        f"Đã ghi {count} tiêu chí vào {target}. Điền xong, đặt vào inbox/{year}-FY/. / Fill it in and put it into the "
        "inbox.",
        highlight=False,
    )
