"""What else lies in a file: imported chunks, embedded files, attachments, and pictures of pages.

In: bytes of a .docx, .xlsx, PDF or web page. Out: (name, bytes) of each, in the order of the text.
Not here: what they say (`reader.py`).
"""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterable, Iterator
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.reading.formats import photo
from orchestration.reading.formats.zipped import attribute, local, main_part, open_zip, read_member, read_xml
from orchestration.reading.refusal import Refused

PAGES = "anh.pdf"
"""What the pictures of pages in a file are called, put together."""

_LEAST_PAGE = 900
"""Pixels of the longer side; a picture with fewer is a seal or a chart, and could not be read."""

_MOST_FILES = 50


def inside(data: bytes, kind: str) -> list[tuple[str, bytes]]:
    """The files inside; those of no format that has any are none. Raises Refused truncated or zip_bomb."""
    if kind in ("docx", "docm"):
        return _of_word(data, kind)
    if kind in ("xlsx", "xlsm"):
        return _of_workbook(data, kind)
    if kind == "html":
        return _with_pictures([], map(_data_of, LexborHTMLParser(data).css("img[src^='data:image']")))
    return list(_of_pdf(data)) if kind == "pdf" else []


def _of_workbook(data: bytes, kind: str) -> list[tuple[str, bytes]]:
    opened = open_zip(data, kind)
    held = [name for name in opened.namelist() if name.startswith(("xl/embeddings/", "xl/media/"))][:_MOST_FILES]
    files = [(name, read_member(opened, name, format=kind)) for name in sorted(held, key=_by_number)]
    pictures = (content for name, content in files if name.startswith("xl/media/"))
    return _with_pictures([(n.rpartition("/")[2], c) for n, c in files if not n.startswith("xl/media/")], pictures)


def _by_number(name: str) -> list[tuple[int, str]]:
    """image2 before image10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d{1,9})", name)]


def _data_of(picture: LexborNode) -> bytes:
    _, _, encoded = (picture.attributes.get("src") or "").partition("base64,")
    try:
        return base64.b64decode(encoded)
    except ValueError:
        return b""


def _with_pictures(files: list[tuple[str, bytes]], pictures: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """The files, and as one more of them the pictures that may be pages."""
    pages = [picture for picture in itertools.islice(pictures, _MOST_FILES) if _is_page(picture)]
    return [*files, (PAGES, photo.pdf_of(pages))] if pages else files


def _of_word(data: bytes, kind: str) -> list[tuple[str, bytes]]:
    opened = open_zip(data, kind)
    part = main_part(opened, kind, "word/document.xml")
    folder, _, name = part.rpartition("/")
    names, relations = set(opened.namelist()), f"{folder}/_rels/{name}.rels".lstrip("/")
    if relations not in names:
        return []
    targets = {element.get("Id"): element.get("Target") or "" for element in read_xml(opened, relations, kind)}
    files: list[tuple[str, bytes]] = []
    pictures: list[bytes] = []
    for element in read_xml(opened, part, kind).iter():
        what = local(element)
        if what not in ("altChunk", "OLEObject", "blip"):
            continue
        target = targets.get(attribute(element, "embed" if what == "blip" else "id"), "")
        path = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
        if path not in names or len(files) + len(pictures) >= _MOST_FILES:
            continue
        content = read_member(opened, path, format=kind)
        if what != "blip":
            files.append((path.rpartition("/")[2], content))
        else:
            pictures.append(content)
    return _with_pictures(files, pictures)


def _is_page(data: bytes) -> bool:
    if photo.kind_of(data) is None:
        return False
    try:
        with Image.open(BytesIO(data)) as opened:
            return max(opened.size) >= _LEAST_PAGE
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return False


def _of_pdf(data: bytes) -> Iterator[tuple[str, bytes]]:
    import pypdfium2  # noqa: PLC0415 - a tool of scans, which Word files do without

    try:
        with pypdfium2.PdfDocument(data) as file:
            for index in range(min(file.count_attachments(), _MOST_FILES)):
                attached = file.get_attachment(index)
                yield attached.get_name(), bytes(attached.get_data())
    except pypdfium2.PdfiumError as error:
        raise Refused("truncated", format="PDF") from error
