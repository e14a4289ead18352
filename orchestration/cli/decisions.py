"""`par withdraw`, `dismiss` and `restore`: what a person decides about a file, written into the inbox as a file."""

from __future__ import annotations

import getpass

import click

from orchestration import paths
from orchestration.cli.console import out
from orchestration.reading.deciding import decide


@click.command()
@click.argument("file")
@click.option("--reason", required=True, help="Why, in words; it is kept and published.")
@click.option("--by", "decided_by", default=None, help="Who decides; the user of this machine unless told.")
def withdraw(file: str, reason: str, decided_by: str | None) -> None:
    """Take an accepted report or sheet out of the warehouse. FILE: its path, its name, or the start of its SHA-256."""
    _decide("withdraw", file, reason, decided_by)


@click.command()
@click.argument("file")
@click.option("--reason", required=True, help="Why, in words; it is kept.")
@click.option("--by", "decided_by", default=None, help="Who decides; the user of this machine unless told.")
def dismiss(file: str, reason: str, decided_by: str | None) -> None:
    """Call a quarantined file dealt with. FILE: its path, its name, or the start of its SHA-256."""
    _decide("dismiss", file, reason, decided_by)


@click.command()
@click.argument("file")
@click.option("--reason", required=True, help="Why, in words; it is kept.")
@click.option("--by", "decided_by", default=None, help="Who decides; the user of this machine unless told.")
def restore(file: str, reason: str, decided_by: str | None) -> None:
    """Take back what was decided about a file. FILE: its path, its name, or the start of its SHA-256."""
    _decide("restore", file, reason, decided_by)


def _decide(decision: str, file: str, reason: str, decided_by: str | None) -> None:
    """Write a decision file into the inbox, beside the file it is about; the next run follows it."""
    written = decide(paths.inbox(), paths.raw(), decision, file, reason, decided_by or getpass.getuser())
    out.print(
        f"Đã ghi {written}; có hiệu lực từ lần `par run` tới. / Written; the next `par run` follows it.",
        highlight=False,
        soft_wrap=True,
    )
