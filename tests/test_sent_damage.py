"""Damaged containers: opened or refused in a sentence, never a crash, a hang or half of the figures without a word."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.reading import parcel
from orchestration.reading.formats import photo
from orchestration.reading.reader import ACCEPTED, Reading, read_bytes
from orchestration.reading.refusal import Refused
from tests.container_factory import KINDS, zip_of
from tests.document_factory import sample_annex
from tests.photo_factory import Shot, make_photos

pytestmark = pytest.mark.slow

LINES = sample_annex(9)
TRUTH = {(line.code, line.ordinal): line.value for line in LINES}
DAMAGED = (
    "zip",
    "7z",
    "eml",
    "msg",
    "mhtml",
    "zip in a mail in a zip",
    "chunk in docx",
    "workbook in docx",
    "workbook attached to pdf",
)
MADE = cache(lambda kind: KINDS[kind](LINES))


def damaged(data: bytes, draw: st.DataObject) -> bytes:
    """Some bytes changed, some taken out, or the end cut off."""
    changed = bytearray(data)
    places = st.integers(0, len(changed) - 1)
    for _ in range(draw.draw(st.integers(1, 6), "bytes")):
        changed[draw.draw(places, "at")] = draw.draw(st.integers(0, 255), "byte")
    if draw.draw(st.integers(0, 3), "cut") == 0:
        start = draw.draw(places, "start")
        del changed[start : start + draw.draw(st.integers(1, 2000), "length")]
    return bytes(changed)


def readings(data: bytes) -> list[Reading]:
    if not parcel.is_parcel(data):
        return [read_bytes(data, "2021-FY/a")]
    try:
        return [read_bytes(member.data, f"2021-FY/{member.way}") for member in parcel.members(data)]
    except Refused as refusal:
        assert refusal.sentence.vi
        return []


@pytest.mark.parametrize("kind", DAMAGED)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(draw=st.data())
def test_a_damaged_container_is_read_as_it_was_or_refused(kind: str, draw: st.DataObject) -> None:
    for reading in readings(damaged(MADE(kind), draw)):
        assert reading.refusal is None or reading.refusal.code != "crashed", reading.refusal
        if reading.status == ACCEPTED and reading.annex:
            named = set(reading.annex.rows_not_found)
            lost = {code + (f"#{part}" if part else "") for code, part in TRUTH} - {
                f"{row.code}#{row.ordinal}" if row.ordinal else str(row.code) for row in reading.rows
            }
            assert lost <= named
            # A checksum guards what is packed; a page in a mail has none, so a changed letter may be a changed figure.
            blank = [row.code for row in reading.rows if not row.value_raw and TRUTH.get((str(row.code), row.ordinal))]
            assert len(blank) <= 3


PHOTO = cache(lambda: make_photos(LINES[:6], shot=Shot(wide=500), letterhead=False)[0])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(draw=st.data())
def test_a_damaged_picture_is_opened_or_refused(draw: st.DataObject) -> None:
    data = damaged(PHOTO(), draw)
    if photo.kind_of(data):
        try:
            assert photo.pdf_of([data]).startswith(b"%PDF")
        except Refused as refusal:
            assert refusal.code == "truncated"
    assert parcel.members(zip_of({"a_1.jpg": PHOTO(), "a_2.jpg": data}))
