"""`par withdraw`, `dismiss` and `restore`: what a person decides about a file, written into the inbox as a file."""

from __future__ import annotations

import getpass

import click

from orchestration import clock, paths
from orchestration.cli.console import out
from orchestration.reading import raw
from orchestration.reading.sheets.decision import write_decision
from orchestration.sentence import Sentence, ToldError


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


_STATUS_NEEDED = {"withdraw": "accepted", "dismiss": "quarantined"}
_NOT_SO = {
    "withdraw": Sentence(
        "«{name}» chưa được chấp nhận nên không có gì để rút; dùng `par dismiss` với tệp bị cách ly.",
        "It was not accepted, so there is nothing to withdraw: `par dismiss` is for a quarantined file.",
    ),
    "dismiss": Sentence(
        "«{name}» không bị cách ly; dùng `par withdraw` để rút một báo cáo đã được chấp nhận.",
        "It is not in quarantine: `par withdraw` is for an accepted report.",
    ),
}


def _decide(decision: str, file: str, reason: str, decided_by: str | None) -> None:
    """Write a decision file into the inbox, beside the file it is about; the next run follows it."""
    found = raw.documents_like(paths.raw(), file)
    if not found:
        raise ToldError(
            f"Kho chưa đọc tệp nào như «{file}»; hãy nêu đường dẫn, tên tệp hoặc phần đầu mã SHA-256.",
            "Nothing like it was read: give a path, a file name, or the start of a SHA-256.",
        )
    if len({row["file_sha256"] for _, row in found}) > 1:
        names = "; ".join(f"{period}/{row['inbox_path']} ({row['file_sha256'][:12]})" for period, row in found)
        raise ToldError(
            f"«{file}» chỉ nhiều tệp, hãy nêu mã SHA-256: {names}.", "It names several files: give the SHA-256."
        )
    needed = _STATUS_NEEDED.get(decision)
    if needed and all(row["status"] != needed for _, row in found):
        said = _NOT_SO[decision].format(name=found[0][1]["file_name"])
        raise ToldError(said.vi, said.en)
    period, row = found[0]
    moment = clock.now().astimezone(clock.LOCAL_TIME)
    written = write_decision(
        paths.inbox() / period,
        decision,
        row["file_sha256"],
        row["file_name"],
        reason,
        decided_by or getpass.getuser(),
        moment,
    )
    out.print(
        f"Đã ghi {written}; có hiệu lực từ lần `par run` tới. / Written; the next `par run` follows it.",
        highlight=False,
        soft_wrap=True,
    )
