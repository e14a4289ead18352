"""Pages that are pictures."""

from __future__ import annotations

from orchestration.reading.page import PageContent
from orchestration.reading.refusal import Refused


def read_pages(file: object, indices: list[int]) -> list[PageContent]:
    if indices:
        raise Refused("missing_package", format="scan", package="tesseract-ocr tesseract-ocr-vie")
    return []
