"""`par edition`: a template to fill in, and what is wrong with a filled-in file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orchestration.cli.console import err, out
from orchestration.reading.reader import edition_of
from orchestration.reading.sheets.edition import differences, write_template


@click.group()
def edition() -> None:
    """Editions of an index: a template to fill in, and a check of a filled-in file."""


@edition.command("template")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--index", "index_code", default="PAR", show_default=True)
@click.option("--edition", "edition_code", default="876", show_default=True)
def edition_template(target: Path, index_code: str, edition_code: str) -> None:
    """Write an edition of the seeds as a workbook, to be corrected and dropped into the inbox."""
    count = write_template(target, index_code, edition_code)
    out.print(
        f"Đã ghi {count} tiêu chí vào {target}. Sửa xong, chạy `par edition check {target.name}` rồi đặt vào "
        "inbox/<năm>-FY/. / Correct it, check it, and put it into the inbox.",
        highlight=False,
    )


@edition.command("check")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def edition_check(file: Path) -> None:
    """Say every mistake of an edition file in a sentence. Exit status 1 if there is one."""
    rows, mistakes = edition_of(file)
    for mistake in mistakes:
        err.print(f"[red]✗[/] {mistake}", highlight=False)
    if mistakes:
        sys.exit(1)
    for difference in differences(rows):
        err.print(f"[yellow]![/] {difference}", highlight=False)
    count = len({row.criterion_code for row in rows})
    out.print(
        f"[bold green]✓[/] {count} tiêu chí, bộ {rows[0].edition_code} của chỉ số {rows[0].index_code}: "
        "không có lỗi. / no mistakes.",
        highlight=False,
    )
