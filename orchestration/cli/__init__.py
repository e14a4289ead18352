"""The `par` command: a file a verb, each a thin skin over plain functions. Sentences for people, JSON for programs.

A verb is loaded when it is asked for, so that `par read` does not wait for Dagster.
"""

from __future__ import annotations

import os
from importlib import import_module

import click

from orchestration import paths
from orchestration.sentence import Sentence, ToldError

_VERBS = {
    "read": "read",
    "show": "show",
    "run": "run",
    "query": "query",
    "verify": "verify",
    "diff": "diff",
    "rebuild": "rebuild",
    "withdraw": "decisions",
    "dismiss": "decisions",
    "restore": "decisions",
    "review": "review",
    "whatif": "whatif",
    "edition": "edition",
    "score": "score",
    "sample": "simulate",
    "empty": "simulate",
    "simulate": "simulate",
    "ui": "ui",
    "doctor": "doctor",
}
"""Verb → the module of this package that has it."""


class _Verbs(click.Group):
    """Commands that are loaded when asked for, and end in a sentence, not a traceback, when something is wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command: click.Command = getattr(import_module(f"orchestration.cli.{_VERBS[cmd_name]}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except KeyboardInterrupt as problem:
            said = Sentence("Đã dừng theo yêu cầu; kho dữ liệu vẫn nguyên.", "Interrupted; the warehouse is as it was.")
            raise click.ClickException(str(said)) from problem
        except ToldError as problem:
            raise click.ClickException(str(problem)) from problem
        except Exception as problem:
            if os.environ.get("PAR_DEBUG"):
                raise
            raise click.ClickException(f"{_sentence(problem)} (PAR_DEBUG=1 shows where)") from problem


def _sentence(problem: Exception) -> Sentence | str:
    """What went wrong, and what to do where that is known: the disk, the memory, rights, or the first line it says."""
    text = next((line.strip() for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
    whole = f"{type(problem).__name__} {problem}".lower()
    if isinstance(problem, MemoryError) or "out of memory" in whole:
        return Sentence("Máy không đủ bộ nhớ cho việc này.", "This machine has not enough memory for it.")
    if any(words in whole for words in ("no space left", "disk is full", "disk i/o error", "errno 28")):
        return Sentence(
            f"Đĩa đã đầy ({paths.home()}); hãy giải phóng chỗ rồi chạy lại, kho đang dùng vẫn nguyên.",
            "The disk is full: make room and run again; the warehouse in use is as it was.",
        )
    if isinstance(problem, PermissionError):
        return Sentence(
            f"Không có quyền với {problem.filename}.", f"No rights to it: change its owner or rights. ({text})"
        )
    return text


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="par-warehouse")
def main() -> None:
    """The PAR warehouse: provinces' reform reports → star schema → ranking."""
