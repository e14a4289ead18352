"""Pictures of pages (JPEG, PNG, TIFF and GIF with several pages, HEIC) as a PDF of pictures, which is read as a scan.

In: bytes, and names. Out: bytes of a PDF, and which pictures are of one report.
Not here: finding the table in the picture (`pages/scan.py`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from orchestration.reading.refusal import Refused
from orchestration.sentence import Sentence

SIGNATURES = {
    "jpg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "tiff": (b"II*\0", b"MM\0*"),
    "bmp": (b"BM",),
    "gif": (b"GIF87a", b"GIF89a"),
}
"""The first bytes of a picture, by its format; HEIC and WebP name themselves a little later (`kind_of`)."""

KINDS = frozenset((*SIGNATURES, "heic", "webp"))

_HEIC_BRANDS = frozenset((b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis"))
_LONG_SIDE = 11.69
"""Inches of A4."""

_MOST_DPI = 300
"""What is drawn of a page (`pages/picture.py`); a photo shows more than the sheet, and must not lose pixels."""

_MOST_PAGES = 150
_MOST_PIXELS = 100_000_000
"""A page of A3 at 600 dpi has 70 million."""

_NO_TIME = time.gmtime(946_684_800)
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d{1,3})\)?\.[A-Za-z]{3,5}$")


def kind_of(data: bytes) -> str | None:
    """The format of a picture, None of what is none."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return "heic"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for kind, starts in SIGNATURES.items() if data.startswith(starts)), None)


def pdf_of(pictures: Sequence[bytes]) -> bytes:
    """A PDF with each picture as a page, upright as the camera says, the same for the same pictures.

    Raises Refused truncated or too_large.
    """
    pages = [page for data in pictures for page in _pages(data)]
    if len(pages) > _MOST_PAGES:
        raise Refused("too_large", found=_count(len(pages)), limit=_count(_MOST_PAGES))
    made = BytesIO()
    resolution = min(_MOST_DPI, max(pages[0].size) / _LONG_SIDE)
    pages[0].save(
        made,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=resolution,
        quality=95,
        creationDate=_NO_TIME,
        modDate=_NO_TIME,
    )
    return made.getvalue()


def _pages(data: bytes) -> list[Image.Image]:
    import pillow_heif  # noqa: PLC0415 - its library is large, and few send such photos

    pillow_heif.register_heif_opener()
    try:
        with Image.open(BytesIO(data)) as opened:
            count = getattr(opened, "n_frames", 1)
            if count > _MOST_PAGES:
                raise Refused("too_large", found=_count(count), limit=_count(_MOST_PAGES))
            return [_page(frame) for frame in ImageSequence.Iterator(opened)]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused("truncated", format=(kind_of(data) or "").upper()) from error


def _count(pages: int) -> Sentence:
    return Sentence(f"{pages} trang", f"{pages} pages")


def _page(frame: Image.Image) -> Image.Image:
    if frame.width * frame.height > _MOST_PIXELS:
        raise Refused("too_large", found=f"{frame.width} × {frame.height}", limit=f"{_MOST_PIXELS:,}")
    if frame.has_transparency_data:
        # What can be seen through is paper.
        whole = ImageOps.exif_transpose(frame).convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB")
    return ImageOps.exif_transpose(frame).convert("L" if frame.mode in ("1", "L", "I;16") else "RGB")


# Several pictures of one report


def runs_of(names: Sequence[str]) -> list[list[int]]:
    """Which of these pictures, by their names in one folder, are the pages of one report: `BC_1.jpg`, `BC_2.jpg` …

    A run begins with 1 or 0 and leaves none out; positions are in the order of the pages.
    """
    numbered: dict[str, dict[int, int]] = {}
    for at, name in enumerate(names):
        if match := _NUMBERED.match(name):
            numbered.setdefault(match["stem"].casefold(), {}).setdefault(int(match["number"]), at)
    return [
        [places[number] for number in sorted(places)]
        for places in numbered.values()
        if len(places) > 1 and sorted(places) in (list(range(len(places))), list(range(1, len(places) + 1)))
    ]


def name_of_run(first: str, last: str) -> str:
    """`BC_1.jpg`, `BC_4.jpg` → `BC_1-4.pdf`."""
    one, other = _NUMBERED.match(first), _NUMBERED.match(last)
    if not one or not other:
        raise ValueError(f"{first}, {last}: no numbered pictures")
    return f"{one['stem']}{one['number']}-{other['number']}.pdf"
