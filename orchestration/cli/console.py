"""The two consoles of the command line, and its progress bars, which go to the second one."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestration.sentence import Sentence

out = Console()
err = Console(stderr=True)


def bars(disabled: bool = False) -> Progress:
    """Progress bars; none where the output is for programs or there is nothing to wait for."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=disabled,
    )


def warn(sentence: Sentence) -> None:
    """Say something that stops nothing."""
    err.print(f"! {sentence}", highlight=False, soft_wrap=True)
