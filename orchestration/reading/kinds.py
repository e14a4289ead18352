"""The formats that are read: how each is named by its files, and which are converted first.

Not here: how a format is told by its content (`formats/detect.py`), and reading it.
"""

from __future__ import annotations

CONVERTED = {
    "doc": "docx",
    "rtf": "docx",
    "odt": "docx",
    "fodt": "docx",
    "wordml": "docx",
    "xls": "xlsx",
    "ods": "xlsx",
    "fods": "xlsx",
    "xlsb": "xlsx",
    "spreadsheetml": "xlsx",
}
"""Formats that LibreOffice turns into one of ours."""

PICTURES = frozenset(("pdf", "scan"))
"""Formats that can be pictures of pages."""

PARCELS = frozenset(("zip", "7z", "eml", "msg"))
"""Formats that hold files."""

EXTENSIONS = {
    "htm": "html",
    "xhtml": "html",
    "txt": "text",
    "md": "text",
    "csv": "text",
    "tsv": "text",
    "mht": "mhtml",
    "jpeg": "jpg",
    "tif": "tiff",
    "heif": "heic",
}
"""Extension → format where they differ in name."""
