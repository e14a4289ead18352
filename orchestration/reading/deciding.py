"""Write what a person decides about a file that was read into the inbox, as a file beside the one it is about.

Not here: what a decision file looks like (`sheets/decision.py`) and what follows from it (dbt).
"""

from __future__ import annotations

from pathlib import Path

from orchestration import clock
from orchestration.reading import raw
from orchestration.reading.sheets.decision import write_decision
from orchestration.sentence import Sentence, ToldError

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


def decide(  # noqa: PLR0917 - a decision has so many parts
    inbox_folder: Path, raw_folder: Path, decision: str, file: str, reason: str, decided_by: str
) -> Path:
    """The decision file written.  file: its path in the inbox, its name, or the start of its SHA-256.

    Raises ToldError where no file goes by that name, several do, or the decision is not about such a file.
    """
    found = raw.documents_like(raw_folder, file)
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
    return write_decision(
        inbox_folder / period, decision, row["file_sha256"], row["file_name"], reason, decided_by, moment
    )
