"""Pictures of pages (JPEG, PNG, TIFF with several pages, HEIC) as a PDF of pictures, which is read as a scan.

In: bytes. Out: bytes of a PDF. Not here: finding the table in the picture (`pages/scan.py`).
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from orchestration.reading.refusal import Refused

SIGNATURES = {
    "jpg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "tiff": (b"II*\0", b"MM\0*"),
    "bmp": (b"BM",),
}
"""The first bytes of a picture, by its format; HEIC and WebP name themselves a little later (`kind_of`)."""

KINDS = frozenset((*SIGNATURES, "heic", "webp"))

_HEIC_BRANDS = frozenset((b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis"))
_A4_INCHES = 8.27
_MOST_PAGES = 150
_MOST_PIXELS = 100_000_000
"""A page of A3 at 600 dpi has 70 million."""


def kind_of(data: bytes) -> str | None:
    """The format of a picture, None of what is none."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return "heic"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for kind, starts in SIGNATURES.items() if data.startswith(starts)), None)


def pdf_of(data: bytes, kind: str) -> bytes:
    """A PDF with each picture as a page, upright as the camera says. Raises Refused truncated or too_large."""
    import pillow_heif  # noqa: PLC0415 - its library is large, and few send such photos

    pillow_heif.register_heif_opener()
    try:
        with Image.open(BytesIO(data)) as opened:
            count = getattr(opened, "n_frames", 1)
            if count > _MOST_PAGES:
                raise Refused("too_large", found=f"{count} trang / pages", limit=_MOST_PAGES)
            pages = [_page(frame) for frame in ImageSequence.Iterator(opened)]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused("truncated", format=kind.upper()) from error
    made = BytesIO()
    pages[0].save(
        made, "PDF", save_all=True, append_images=pages[1:], resolution=pages[0].width / _A4_INCHES, quality=95
    )
    return made.getvalue()


def _page(frame: Image.Image) -> Image.Image:
    if frame.width * frame.height > _MOST_PIXELS:
        raise Refused("too_large", found=f"{frame.width} × {frame.height}", limit=f"{_MOST_PIXELS:,}")
    return ImageOps.exif_transpose(frame).convert("L" if frame.mode in ("1", "L", "I;16") else "RGB")
