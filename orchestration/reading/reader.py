"""One file in, one Reading out: format, blocks, annex rows and identity, or the reason why it was refused.

The only module that knows all formats. Not here: limits on time and memory (`sandbox.py`), writing (`raw.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath

from orchestration.reading import digest, parcel
from orchestration.reading.annex import Annex, AnnexRow, read_annex
from orchestration.reading.annex.row import UNMATCHED
from orchestration.reading.document import Block, Document
from orchestration.reading.formats import inside, mail, office, photo
from orchestration.reading.formats.detect import detect
from orchestration.reading.formats.docx import read_docx
from orchestration.reading.formats.encoding import decode, looks_stored_otherwise
from orchestration.reading.formats.html import read_html
from orchestration.reading.formats.text import read_text
from orchestration.reading.formats.xlsx import read_xlsx
from orchestration.reading.kinds import CONVERTED, EXTENSIONS, PARCELS
from orchestration.reading.knowledge import marks
from orchestration.reading.knowledge.identity import Claim, Identity, claim_of, identify, period_before, refuse_several
from orchestration.reading.narrative import NarrativeFigure, read_narrative
from orchestration.reading.refusal import Refused
from orchestration.reading.sheets.edition import EditionRow, Mistake, check
from orchestration.reading.sheets.named_table import read_delimited
from orchestration.reading.sheets.score_sheet import Sheet, read_sheet
from orchestration.reading.simulated import FLAG, is_named_simulated, is_simulated
from orchestration.sentence import Sentence, ToldError

ACCEPTED, QUARANTINED = "accepted", "quarantined"

MEGABYTE = 1024**2
MAX_BYTES = 300 * MEGABYTE
"""A scan of two hundred pages has a third of this; more is not opened."""


def _read_pdf(data: bytes) -> Document:
    from orchestration.reading.pages.pdf import read_pdf  # noqa: PLC0415 - half the start-up time, for the tools of scans

    return read_pdf(data)


def _read_text(data: bytes) -> Document:
    decoded = decode(data)
    return read_delimited(*decoded) or read_text(*decoded)


_NAMED_MEMBERS = 5
"""Of a parcel, in the sentence that refuses it."""

_KINDS_OF_PARCEL = (
    Sentence("tệp nén có {count} tệp", "an archive with files: {count}"),
    Sentence("thư điện tử có {count} tệp đính kèm", "a mail with attachments: {count}"),
)
_A_PICTURE = Sentence("ảnh {kind}", "{kind} picture")

_READERS: dict[str, Callable[[bytes], Document]] = {
    "docx": read_docx,
    "docm": partial(read_docx, format="docm"),
    "xlsx": read_xlsx,
    "xlsm": partial(read_xlsx, format="xlsm"),
    "html": read_html,
    "text": _read_text,
    "pdf": _read_pdf,
}


@dataclass(frozen=True)
class Reading:
    """Everything that one file was understood to say.

    status: accepted or quarantined; a quarantined file has its refusal and whatever could still be read.
    """

    file_name: str
    sha256: str
    size: int
    format: str
    status: str
    claim: Claim
    refusal: Refused | None = None
    blocks: tuple[Block, ...] = ()
    pages: int | None = None
    annex: Annex | None = None
    identity: Identity | None = None
    sheet: Sheet | None = None
    narrative: tuple[NarrativeFigure, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[AnnexRow, ...]:
        return self.annex.rows if self.annex else ()

    @property
    def unmatched(self) -> int:
        return sum(row.code_source == UNMATCHED for row in self.rows)


def read_file(path: Path) -> Reading:
    """Read one file; its folder's name is a claim about the period.

    Raises Refused where there is nothing to read: too_large, vanished, no_rights, not_opened.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Refused("too_large", found=f"{size // MEGABYTE:,} MB", limit=f"{MAX_BYTES // MEGABYTE} MB")
        return read_bytes(path.read_bytes(), path)
    except OSError as error:
        raise digest.not_opened(error) from None


def read_bytes(data: bytes, path: PurePath | str) -> Reading:
    """Read a file's content. Never raises: a file that is refused, or that breaks its reader, is quarantined with
    whatever could still be read."""
    path = PurePath(path)
    named = (FLAG,) if is_named_simulated(path) else ()
    name, content = digest.readable(path.name), hashlib.sha256(data).hexdigest()
    reading = Reading(name, content, len(data), "", QUARANTINED, claim_of(path), flags=named)
    try:
        kind = detect(data)
        lie = _lying_extension(path, kind)
        reading = replace(reading, format=kind, flags=(f"extension:{lie}", *named) if lie else named)
        printed = _document(data, kind)
        document = marks.clean(printed)
        reading = replace(
            reading,
            format=document.format,
            blocks=document.blocks,
            pages=document.pages,
            flags=(*document.flags, *reading.flags, *((FLAG,) if not named and is_simulated(document) else ())),
        )
        if sheet := _sheet(printed, path, reading.claim):
            return replace(reading, sheet=sheet, status=ACCEPTED)
        try:
            document, annex = _annex(document, reading.claim)
        except Refused as refusal:
            if refusal.code != "no_annex" or not (whole := _with_what_is_inside(document, data, kind)):
                raise
            document = whole
            reading = replace(reading, blocks=document.blocks, flags=(*document.flags, *reading.flags))
            document, annex = _annex(document, reading.claim)
        left_out = ("hidden_sheet_left_out",) if len(document.blocks) < len(reading.blocks) else ()
        reading = replace(reading, annex=annex, flags=(*reading.flags, *left_out, *annex.flags))
        identity = identify(document, annex.first_block, reading.claim)
        narrative = read_narrative(document.blocks, annex.first_block)
        return replace(
            reading, identity=identity, narrative=narrative, status=ACCEPTED, flags=(*reading.flags, *identity.flags)
        )
    except Refused as refusal:
        return replace(reading, refusal=_unless_nobody_knows_its_letters(refusal, reading))
    except MemoryError:
        return replace(reading, refusal=Refused("too_hungry"))
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:200]
        return replace(reading, refusal=Refused("crashed", format=reading.format or "file", detail=detail))


def _unless_nobody_knows_its_letters(refusal: Refused, reading: Reading) -> Refused:
    """What was not found is not missing where the letters that say it are stored for a font that is not known."""
    if refusal.code not in ("no_annex", "codes_without_table", "wrong_form", "unknown_province"):
        return refusal
    texts = [text for block in reading.blocks for text in (block.text, *(cell.text for cell in block.cells)) if text]
    if not looks_stored_otherwise("\n".join(texts)):
        return refusal
    return Refused("unknown_letters", found=next(filter(looks_stored_otherwise, texts), texts[0])[:60])


def edition_of(path: Path) -> tuple[tuple[EditionRow, ...], list[Mistake]]:
    """The criteria of an edition file, and its mistakes. Raises ToldError for a file that is no edition."""
    data = path.read_bytes()
    sheet = read_sheet(_document(data, detect(data)), path, claim_of(path))
    if not sheet or not sheet.editions:
        raise ToldError(
            f"{path.name}: không có bảng với các cột criterion_code, max_points, scored_by như mẫu của "
            "`par edition template`.",
            "There is no table with the columns of the template.",
        )
    return sheet.editions, check(sheet.editions)


def _with_what_is_inside(document: Document, data: bytes, kind: str) -> Document | None:
    """The document and after it the text of every file in it that can be read; None where there is none."""
    if kind in CONVERTED:
        data, kind = office.convert(data, kind)
    found = []
    for name, content in inside.inside(data, kind):
        try:
            found.append((name, marks.clean(_document(content, detect(content)))))
        except Refused:
            continue
    blocks = list(document.blocks)
    for _, other in found:
        after = max((block.table or 0 for block in blocks), default=0)
        blocks += [
            replace(block, page=None, table=block.table + after if block.table else None) for block in other.blocks
        ]
    flags = (*document.flags, *(f"inside:{digest.printable(name)}" for name, _ in found))
    return replace(document, blocks=tuple(blocks), flags=flags) if found else None


def _document(data: bytes, kind: str) -> Document:
    try:
        return _read_document(data, kind)
    except Refused as refusal:
        # Programs that make Word files of web pages put all of it into a chunk.
        if refusal.code != "no_text" or not (whole := _with_what_is_inside(Document(kind, ()), data, kind)):
            raise
        return whole


def _read_document(data: bytes, kind: str) -> Document:
    if kind in CONVERTED:
        converted, target = office.convert(data, kind)
        return replace(_READERS[target](converted), format=kind)
    if kind in PARCELS:
        # The inbox opens parcels before anything is read: this one could not be opened, or is read on its own.
        members = parcel.members(data)
        found = ", ".join(member.way for member in members[:_NAMED_MEMBERS])
        raise Refused("parcel", found=found, what=_KINDS_OF_PARCEL[kind in ("eml", "msg")].format(count=len(members)))
    if kind in photo.KINDS:
        return _read_picture(data, kind)
    if kind == "mhtml":
        return replace(read_html(mail.page_of(data) or b""), format=kind)
    if kind not in _READERS:
        raise Refused("unknown_format")
    if kind in ("xlsx", "xlsm"):
        return _computed(_READERS[kind](data), data)
    return _READERS[kind](data)


def _read_picture(data: bytes, kind: str) -> Document:
    try:
        return replace(_read_pdf(photo.pdf_of([data])), flags=(f"picture:{kind}",))
    except Refused as refusal:
        if refusal.code != "no_text":
            raise
        raise Refused("no_text", format=_A_PICTURE.format(kind=kind.upper())) from refusal


def _computed(document: Document, data: bytes) -> Document:
    """A workbook whose formulas have values: where a program stored none, LibreOffice computes them if it is there."""
    if not any("formula_without_value" in cell.flags for block in document.blocks for cell in block.cells):
        return document
    try:
        computed, _ = office.convert(data, document.format)
    except Refused:
        return replace(document, flags=(*document.flags, "formulas_without_values"))
    return replace(read_xlsx(computed), format=document.format, flags=(*document.flags, "formulas_computed"))


def _annex(document: Document, claim: Claim) -> tuple[Document, Annex]:
    """The annex, and the document without its hidden sheets where a sheet that a person sees holds one."""
    shown = replace(document, blocks=tuple(block for block in document.blocks if "hidden_sheet" not in block.flags))
    try:
        return shown, _read_annex(shown, claim)
    except Refused as refusal:
        if len(shown.blocks) == len(document.blocks) or refusal.code != "no_annex":
            raise
        return document, _read_annex(document, claim)


def _read_annex(document: Document, claim: Claim) -> Annex:
    return read_annex(document, partial(period_before, document, claim), partial(refuse_several, document, claim))


def _sheet(document: Document, path: PurePath, claim: Claim) -> Sheet | None:
    """The scores, survey or edition that a file holds, instead of a report. Raises Refused edition_mistakes."""
    sheet = read_sheet(document, path, claim)
    if sheet and sheet.editions and (mistakes := check(sheet.editions)):
        raise Refused("edition_mistakes", count=len(mistakes), first=mistakes[0])
    return sheet


def _lying_extension(path: PurePath, kind: str) -> str | None:
    """The extension, when the content is of another kind."""
    extension = path.suffix.lower().lstrip(".")
    return extension if extension.isalpha() and EXTENSIONS.get(extension, extension) != kind else None
