"""Made-up reports as PDF: with text, or as the scan of a sheet that was skewed, stamped and badly copied.

In: AnnexLine records (`document_factory.py`). Out: bytes, the same for the same input.
Not here: the writers themselves (`orchestration/simulation/pages.py`), and what a reader should make of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from orchestration.simulation.pages import Sheet, write_pdf, write_scan
from tests.document_factory import AnnexLine, letter


def make_pdf(
    lines: Sequence[AnnexLine], province: str = "Hà Nam", year: int = 2021, *, period: str = "", **sheet: object
) -> bytes:
    """A report with a text layer. `sheet` takes the fields of Sheet."""
    return write_pdf(lines, letter(province, year, period), Sheet(**sheet))


def make_scan(
    lines: Sequence[AnnexLine],
    province: str = "Hà Nam",
    year: int = 2021,
    *,
    period: str = "",
    dpi: int = 200,
    skew: float = 1.0,
    noise: float = 6.0,
    stamps: int = 1,
    opaque: bool = False,
    rotate: int = 0,
    jpeg: int = 60,
    english_layer: bool = False,
    seed: int = 1,
    **sheet: object,
) -> bytes:
    """The same report as pictures; what each word means says `write_scan`."""
    return write_scan(
        lines,
        letter(province, year, period),
        Sheet(**sheet),
        dpi=dpi,
        skew=skew,
        noise=noise,
        stamps=stamps,
        opaque=opaque,
        rotate=rotate,
        jpeg=jpeg,
        english_layer=english_layer,
        seed=seed,
    )


def pages_of(data: bytes, dpi: int = 300) -> list[Image.Image]:
    """What each page of a PDF looks like."""
    with pypdfium2.PdfDocument(data) as file:
        return [page.render(scale=dpi / 72).to_pil() for page in file]


def two_pages_a_sheet(data: bytes) -> bytes:
    """The PDF as an office prints it to save paper: two pages side by side on A4."""
    with pypdfium2.PdfDocument(data) as file:
        sheets = pypdfium2.PdfDocument(pdfium.FPDF_ImportNPagesToOne(file.raw, 842, 595, 2, 1))
        made = BytesIO()
        sheets.save(made)
        return made.getvalue()


def pictures_as_pdf(pictures: Sequence[Image.Image], dpi: int = 300) -> bytes:
    """A PDF that holds nothing but these pictures."""
    made = BytesIO()
    pictures[0].save(made, "PDF", save_all=True, append_images=pictures[1:], resolution=dpi, quality=85)
    return made.getvalue()
