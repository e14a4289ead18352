"""A file as its reader saw it: the row of a code framed, and every cell that is in doubt marked.

In: a file, and which row is asked for. Out: pictures of pages (PNG) for PDFs and pictures, a page (HTML) for all other
formats, in which text files keep the numbers of their lines. Not here: what the file means (`reader.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment

from orchestration.reading.annex.row import code_of
from orchestration.reading.document import TABLE_ROW, Block
from orchestration.reading.formats import photo
from orchestration.reading.formats.detect import detect
from orchestration.reading.reader import Reading
from orchestration.reading.sandbox import run_limited
from orchestration.sentence import ToldError

_DPI = 150
_RED, _AMBER = (30, 30, 220), (0, 150, 245)
_MOST_PAGES = 30


def write(file: Path, reading: Reading, code: str, folder: Path) -> list[Path]:
    """The files in `folder` that show a file: with a code the row of it, else everything.

    Raises ToldError where the file has no such row, Refused where its pages cannot be drawn.
    """
    asked = _blocks_of(reading, code) if code else []
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{Path(reading.file_name).stem}_{code}".rstrip("_")
    if any(cell.box and block.page for block in reading.blocks for cell in block.cells):
        pictures = run_limited(_pictures, _Drawing(file, reading.blocks, tuple(asked)))
        paths = {folder / f"{name}_trang_{page}.png": picture for page, picture in pictures.items()}
        for path, picture in paths.items():
            path.write_bytes(picture)
        return list(paths)
    path = folder / f"{name}.html"
    path.write_text(_page(reading, asked), encoding="utf-8")
    return [path]


def _blocks_of(reading: Reading, code: str) -> list[Block]:
    """The table rows of a code, those under its "Trong đó" too."""
    wanted = code_of(code)
    places = {(row.page, row.table, row.row) for row in reading.rows if row.code and row.code == wanted}
    tabled = [block for block in reading.blocks if block.cells]
    # A refused file has no annex, but its rows stand where they stand.
    found = [block for block in tabled if (block.page, block.table, block.row) in places] or [
        block for block in tabled if not reading.rows and code_of(block.cells[0].text) == wanted
    ]
    if not found:
        why = reading.refusal.sentence if reading.refusal else None
        known = ", ".join(dict.fromkeys(row.code for row in reading.rows if row.code))
        raise ToldError(
            f"Không có dòng «{code}» trong {reading.file_name}. " + (why.vi if why else f"Các mã đọc được: {known}."),
            f"It has no row {code}. " + (why.en if why else "The codes that were read are listed above."),
        )
    return found


# Pictures of pages


@dataclass(frozen=True)
class _Drawing:
    file: Path
    blocks: tuple[Block, ...]
    asked: tuple[Block, ...]


def _pictures(drawing: _Drawing) -> dict[int, bytes]:
    """Page → a PNG of it: those of the blocks asked for, else those with a cell in doubt, else all, up to a limit."""
    import cv2  # noqa: PLC0415 - the tools of scans are half the start-up time
    import pypdfium2  # noqa: PLC0415

    from orchestration.reading.pages import picture as pixels  # noqa: PLC0415
    from orchestration.reading.pages import scan  # noqa: PLC0415

    data = drawing.file.read_bytes()
    doubted = [block for block in drawing.blocks if any(cell.flags for cell in block.cells)]
    pages = sorted({block.page for block in drawing.asked or doubted or drawing.blocks if block.page})[:_MOST_PAGES]
    made = {}
    with pypdfium2.PdfDocument(photo.pdf_of([data]) if detect(data) in photo.KINDS else data) as file:
        for page in pages:
            inside = [block for block in drawing.blocks if block.page == page]
            # Boxes are points of the page as it lay when it was read.
            if any(cell.confidence is not None for block in inside for cell in block.cells):
                picture, dpi = scan.as_read(file, page - 1), pixels.DPI
            else:
                picture, dpi = file[page - 1].render(scale=_DPI / 72).to_numpy()[:, :, :3].copy(), _DPI
            for blocks, colour, thick in ((inside, _AMBER, 2), (drawing.asked, _RED, 4)):
                for block in blocks:
                    for cell in block.cells:
                        if cell.box and block.page == page and (cell.flags or colour == _RED):
                            left, top, right, bottom = (round(length * dpi / 72) for length in cell.box)
                            cv2.rectangle(picture, (left, top), (right, bottom), colour, thick)
            made[page] = cv2.imencode(".png", picture)[1].tobytes()
    return made


# A page of all other formats

_TEMPLATE = """<!doctype html>
<html lang="vi"><meta charset="utf-8"><title>{{ name }}</title>
<style>
body { font: 15px/1.4 serif; margin: 2em; max-width: 60em }
table { border-collapse: collapse; margin: 1em 0 } td { border: 1px solid #999; padding: 2px 6px; vertical-align: top }
.n { color: #888; font-size: 80%; text-align: right; white-space: nowrap } .doubt { background: #fde7b0 }
.asked td { outline: 2px solid #d22 } p .n { margin-right: .6em }
</style>
<h1>{{ name }}</h1>
{% if reason %}<p><b>{{ reason }}</b></p>{% endif %}
{% for is_table, blocks in groups %}
{% if is_table %}<table>
{% for block in blocks %}<tr{% if block in asked %} class="asked" id="asked"{% endif %}>
<td class="n">{{ block.line or block.row or "" }}</td>
{% for cell in block.cells %}<td colspan="{{ cell.column_span }}" rowspan="{{ cell.row_span }}"
{%- if cell.flags %} class="doubt" title="{{ cell.flags | join(', ') }}"{% endif %}>{{ cell.text }}</td>{% endfor %}
</tr>
{% endfor %}</table>
{% else %}{% for block in blocks %}<p>{% if block.line %}<span class="n">{{ block.line }}</span>{% endif %}
{{- block.text }}</p>
{% endfor %}{% endif %}{% endfor %}
</html>
"""


def _page(reading: Reading, asked: Iterable[Block]) -> str:
    groups = [
        (kind == TABLE_ROW, list(blocks))
        for (kind, _), blocks in groupby(reading.blocks, key=lambda block: (block.kind, block.table))
    ]
    template = Environment(autoescape=True).from_string(_TEMPLATE)
    reason = reading.refusal.sentence.vi if reading.refusal else ""
    return template.render(name=reading.file_name, reason=reason, groups=groups, asked=list(asked))
