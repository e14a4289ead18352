"""`par doctor`: what this machine lacks and how to get it, or what is wrong with the seeds."""

from __future__ import annotations

import sys

import click
from rich.markup import escape

from orchestration import paths
from orchestration.checks import machine
from orchestration.checks import seeds as seed_check
from orchestration.cli.console import out


@click.command()
@click.option("--seeds", is_flag=True, help="Check the seeds (provinces, forms, calendar, …) instead of the machine.")
def doctor(seeds: bool) -> None:
    """Say what is missing on this machine and how to get it. Exit status 1 if the main job cannot run."""
    if seeds:
        mistakes = seed_check.check(paths.SEEDS)
        for mistake in mistakes:
            out.print(f"[red]✗[/] {escape(str(mistake))}", highlight=False, soft_wrap=True)
        if not mistakes:
            out.print("[green]✓[/] Các danh mục không có lỗi. / The seeds have no mistake.", highlight=False)
        sys.exit(1 if mistakes else 0)
    problems = 0
    for finding in machine.findings():
        mark = {"ok": "[green]✓[/]", "optional": "[yellow]![/]", "error": "[red]✗[/]"}[finding.level]
        out.print(f"{mark} {finding.what}: {finding.found}", highlight=False)
        if finding.remedy:
            out.print(f"    → {finding.remedy}", highlight=False)
        problems += finding.level == "error"
    sys.exit(1 if problems else 0)
