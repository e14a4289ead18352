"""A zip file opened within limits, for the formats that are zips of XML.

In: bytes that may be damaged or hostile. Out: members and XML trees, or Refused. Not here: which format it is
(`detect.py`) and what the XML means (one module a format).
"""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

from lxml import etree

from orchestration.reading.refusal import Refused
from orchestration.sentence import Sentence

MAX_UNPACKED = 300 * 1024**2
"""Bytes that all members together may unpack to."""
MAX_RATIO = 200
"""Unpacked over packed size that a member of more than RATIO_FROM bytes may have."""
RATIO_FROM = 10 * 1024**2
MAX_MEMBERS = 20_000
MAX_XML = 64 * 1024**2
"""Bytes of one XML member: its tree needs about ten times as much memory."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, OverflowError, NotImplementedError, KeyError)


def open_zip(data: bytes, format: str) -> zipfile.ZipFile:
    """Open `data` after checking its directory: Refused truncated, password or zip_bomb.

    Nothing is unpacked here, so a bomb costs no more than reading its directory.
    """
    try:
        opened = zipfile.ZipFile(BytesIO(data))
    except (*_DAMAGE, UnicodeDecodeError) as error:
        raise Refused("truncated", format=format) from error
    members = opened.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED:
        raise Refused("zip_bomb", found=_megabytes(unpacked), limit=_megabytes(MAX_UNPACKED))
    if len(members) > MAX_MEMBERS:
        raise Refused("zip_bomb", found=Sentence(f"{len(members)} tệp", f"{len(members)} files"), limit=MAX_MEMBERS)
    for member in members:
        if member.flag_bits & 0x1:
            raise Refused("password")
        if member.header_offset + member.compress_size > len(data):
            raise Refused("truncated", format=format)
        if member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise Refused(
                "zip_bomb",
                found=f"{member.file_size // max(member.compress_size, 1)}×",
                limit=f"{MAX_RATIO}×",
            )
    return opened


def read_member(opened: zipfile.ZipFile, name: str, limit: int = MAX_XML, format: str = "zip") -> bytes:
    """Unpack one member, never more than `limit` bytes of it whatever the directory says.

    A directory that lies about a size shows as a checksum that does not match: Refused truncated.
    """
    try:
        with opened.open(name) as member:
            content = member.read(limit + 1)
            # The checksum is compared only at the end of the member.
            if len(content) <= limit:
                content += member.read(1)
    except (*_DAMAGE, RuntimeError) as error:
        raise Refused("truncated", format=format) from error
    if len(content) > limit:
        raise Refused("zip_bomb", found=f"> {_megabytes(limit)}", limit=_megabytes(limit))
    return content


def read_xml(opened: zipfile.ZipFile, name: str, format: str) -> etree._Element:
    """Root of one XML member. Entities are never expanded, nothing outside the file is ever opened."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(read_member(opened, name, format=format), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("truncated", format=format) from error
    # Office never writes a document type; one that is there can only be an attack.
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("truncated", format=format)
    return root


def local(element: etree._Element) -> str:
    """Tag without its namespace: strict and transitional files differ in nothing else that is read here."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str | None:
    """Value of the attribute `name` in whatever namespace it stands."""
    found: str | None = next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)
    return found


def main_part(opened: zipfile.ZipFile, format: str, default: str) -> str:
    """Name of the member that `_rels/.rels` calls the office document, or `default`."""
    names = set(opened.namelist())
    if "_rels/.rels" in names:
        for relation in read_xml(opened, "_rels/.rels", format):
            if (relation.get("Type") or "").endswith("/officeDocument"):
                target = (relation.get("Target") or "").lstrip("/")
                if target in names:
                    return target
    if default not in names:
        raise Refused("truncated", format=format)
    return default


def _megabytes(size: int) -> str:
    return f"{size // 1024**2} MB"
