"""What a person decided: of a document (withdraw, dismiss, restore) or of a figure in it (accept, correct, reject).

In: a Document with a table whose header names a decision, the SHA-256 of the file it is about, and the reason; a
workbook of open cases (`par review`) in which a row without a decision is still open.
Out: DecisionRow records as printed; and the other way round, such a file for the inbox. Not here: what follows (dbt).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from orchestration import clock
from orchestration.reading.document import TABLE_ROW, Block, Cell, Document
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.refusal import Refused
from orchestration.sentence import Sentence, ToldError

DECISION = "decision"
FILE_PREFIX = "quyet_dinh_"
COLUMNS = ("decision", "target_sha256", "target_name", "reason", "decided_by", "decided_at")
PLACE_OF_POINTS = ("criterion_code", "measure", "province_key", "report_year")
CASE_COLUMNS = ("finding_key", "row_code", "ordinal", *PLACE_OF_POINTS, "value_expected", "value_corrected")

WITHDRAW, DISMISS, RESTORE = "withdraw", "dismiss", "restore"
ACCEPT, CORRECT, REJECT = "accept", "correct", "reject"
OF_FILES, OF_FIGURES = (WITHDRAW, DISMISS, RESTORE), (ACCEPT, CORRECT, REJECT)

# What a column and a decision may be called, folded.
_NAMES = {
    "decision": ("decision", "quyet dinh"),
    "target_sha256": ("target sha256", "target sha 256", "sha256", "sha 256", "ma sha 256", "ma sha256", "ma tep"),
    "target_name": ("target name", "ten tep", "tep"),
    "reason": ("reason", "ly do"),
    "decided_by": ("decided by", "nguoi quyet dinh"),
    "decided_at": ("decided at", "thoi diem quyet dinh", "thoi diem", "ngay quyet dinh"),
    "finding_key": ("finding key", "ma truong hop"),
    "row_code": ("row code", "ma dong"),
    "ordinal": ("ordinal", "dong trong do so"),
    "criterion_code": ("criterion code", "ma tieu chi"),
    "measure": ("measure", "loai so lieu"),
    "province_key": ("province key", "khoa tinh"),
    "report_year": ("report year", "nam ket qua"),
    "value_expected": ("value expected", "so lieu da ghi"),
    "value_corrected": ("value corrected", "so lieu dung"),
}
_WORDS = {
    WITHDRAW: ("withdraw", "rut", "thu hoi", "rut bao cao"),
    DISMISS: ("dismiss", "bo qua"),
    RESTORE: ("restore", "khoi phuc", "phuc hoi"),
    ACCEPT: ("accept", "chap nhan", "giu nguyen"),
    CORRECT: ("correct", "sua", "dinh chinh"),
    REJECT: ("reject", "loai", "loai bo", "khong dung"),
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}
_DECISION_OF = {word: decision for decision, words in _WORDS.items() for word in words}
# What makes a header that of a decision file: these, and no other table has them together.
_NEEDED = frozenset(("decision", "target_sha256", "reason"))
_NEEDED_BY = {
    **dict.fromkeys(OF_FILES, ("reason",)),
    ACCEPT: ("finding_key", "reason", "decided_by"),
    CORRECT: ("row_code", "value_corrected", "reason", "decided_by"),
    REJECT: ("row_code", "reason", "decided_by"),
}
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_MISSING_WORDS = {
    "target_sha256": Sentence("mã SHA-256 của tệp (target_sha256)", "target_sha256"),
    "reason": Sentence("lý do (reason)", "reason"),
    "finding_key": Sentence("mã trường hợp (finding_key)", "finding_key"),
    "row_code": Sentence("mã dòng (row_code) hoặc mã tiêu chí (criterion_code)", "row_code or criterion_code"),
    "measure": Sentence("loại số liệu (measure)", "measure"),
    "province_key": Sentence("khóa tỉnh (province_key)", "province_key"),
    "report_year": Sentence("năm kết quả (report_year)", "report_year"),
    "value_corrected": Sentence("số liệu đúng (value_corrected)", "value_corrected"),
    "decided_by": Sentence("người quyết định (decided_by)", "decided_by"),
}


@dataclass(frozen=True)
class DecisionRow:
    """target_sha256: in small letters; everything else as printed.

    What follows `row` is of figures alone: row_code and ordinal of a report's, PLACE_OF_POINTS of a score sheet's.
    """

    decision: str
    target_sha256: str
    target_name: str | None
    reason: str
    decided_by: str | None
    decided_at: str | None
    table: int
    row: int
    finding_key: str | None = None
    row_code: str | None = None
    ordinal: str | None = None
    criterion_code: str | None = None
    measure: str | None = None
    province_key: str | None = None
    report_year: str | None = None
    value_expected: str | None = None
    value_corrected: str | None = None


def decision_rows(document: Document) -> tuple[DecisionRow, ...]:
    """The decisions that a file holds; none where no table has the columns of a decision.

    Raises Refused: decision_unknown, decision_incomplete.
    """
    rows: list[DecisionRow] = []
    columns: dict[int, str] = {}
    table = None
    for block in document.blocks:
        if block.kind != TABLE_ROW:
            continue
        if block.table != table:
            columns, table = {}, block.table
        if header := fields_of(block.cells):
            columns = header
        elif columns:
            texts = {columns[cell.column]: _printed(cell.text) for cell in block.cells if cell.column in columns}
            is_open_case = "finding_key" in columns.values() and not texts.get("decision")
            if any(texts.values()) and not is_open_case:
                rows.append(_row(texts, block))
    return tuple(rows)


def fields_of(cells: tuple[Cell, ...]) -> dict[int, str]:
    """Column → field where cells are the header of a decision file, else nothing."""
    fields: dict[int, str] = {}
    for cell in cells:
        field = _FIELD_OF.get(fold(cell.text.replace("_", " ")))
        if field and field not in fields.values():
            fields[cell.column] = field
    return fields if set(fields.values()) >= _NEEDED else {}


def _row(texts: Mapping[str, str], block: Block) -> DecisionRow:
    decision = _DECISION_OF.get(fold(texts.get("decision", "")))
    if decision is None:
        raise Refused("decision_unknown", row=block.row, found=texts.get("decision", ""))
    target = texts.get("target_sha256", "").lower()
    needed: dict[str, object] = {"target_sha256": _SHA256.match(target)}
    needed |= {name: texts.get(name) for name in _NEEDED_BY[decision]}
    if "row_code" in needed and texts.get("criterion_code"):
        del needed["row_code"]
        needed |= {name: texts.get(name) for name in PLACE_OF_POINTS}
    missing = [_MISSING_WORDS[name] for name, given in needed.items() if not given]
    if missing:
        words = Sentence(", ".join(word.vi for word in missing), ", ".join(word.en for word in missing))
        raise Refused("decision_incomplete", row=block.row, missing=words)
    return DecisionRow(
        decision=decision,
        target_sha256=target,
        target_name=texts.get("target_name") or None,
        reason=texts["reason"],
        decided_by=texts.get("decided_by") or None,
        decided_at=texts.get("decided_at") or None,
        table=block.table or 1,
        row=block.row or 1,
        **{name: texts.get(name) or None for name in CASE_COLUMNS},
    )


def write_decision(  # noqa: PLR0917 - a decision has so many columns
    inbox_period_folder: Path,
    decision: str,
    target_sha256: str,
    target_name: str | None,
    reason: str,
    decided_by: str | None,
    decided_at: datetime,
) -> Path:
    """Put a decision into a period's inbox folder as a file of its own; never over another. Returns its path.

    Raises ToldError for what `decision_rows` would refuse.
    """
    if decision not in OF_FILES:
        raise ToldError(f"Không có quyết định «{decision}».", "A decision is withdraw, dismiss or restore.")
    if not _SHA256.match(target_sha256.lower()) or not reason.strip():
        raise ToldError("Cần mã SHA-256 của tệp và lý do.", "The SHA-256 of the file and a reason are needed.")
    moment = decided_at.astimezone(clock.LOCAL_TIME)
    texts = (decision, target_sha256.lower(), target_name or "", reason.strip(), decided_by or "", moment.isoformat())
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([COLUMNS, [_harmless(text) for text in texts]])
    content = stream.getvalue().encode("utf-8-sig", errors="backslashreplace")
    stem = f"{FILE_PREFIX}{decision}_{target_sha256.lower()[:12]}_{moment:%Y%m%d%H%M%S}"
    inbox_period_folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        target = inbox_period_folder / (f"{stem}.csv" if number == 1 else f"{stem}_{number}.csv")
        try:
            with target.open("xb") as file:
                file.write(content)
            break
        except FileExistsError:
            continue
    return target


def is_decision(path: Path) -> bool:
    """Whether a file is named as a decision is named here, or is a small text under the header of one."""
    if path.name.startswith(FILE_PREFIX):
        return True
    try:
        with path.open("rb") as file:
            first = next((line for line in file.read(_HEAD_BYTES).splitlines() if line.strip()), b"")
    except OSError:
        return False
    text = first.decode("utf-8-sig", errors="replace")
    return any(
        fields_of(tuple(Cell(column, name) for column, name in enumerate(text.split(delimiter))))
        for delimiter in (",", ";", "\t")
    )


_HEAD_BYTES = 4096

# A cell that begins so is a formula to a spreadsheet; an apostrophe before it, or before another, says that it is text.
_FORMULA = ("=", "+", "-", "@", "'")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _printed(text: str) -> str:
    text = text.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
