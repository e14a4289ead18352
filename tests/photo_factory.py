"""Made-up reports as photos of a telephone: the sheet lies askew on a desk, in perspective, curled and half in shadow.

In: AnnexLine records. Out: bytes of a JPEG for each page, the same for the same input.
Not here: scans (`pdf_factory.py`), and what a reader should make of the pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pypdfium2

from tests.document_factory import AnnexLine
from tests.pdf_factory import make_pdf


@dataclass(frozen=True)
class Shot:
    """How a sheet was photographed.

    wide: pixels across the photo.  fill: share of them that the sheet takes.  tilt: by how much its far edge is
    shorter.  turn: degrees.  curl: height of the sheet's bend, as a share of its height.  shadow: how much darker the
    dark half is.  warm: how yellow the lamp.  blur: sigma in pixels.  noise: of the sensor, in grey levels.
    """

    wide: int = 2400
    fill: float = 0.9
    tilt: float = 0.06
    turn: float = 1.5
    curl: float = 0.0
    shadow: float = 0.3
    warm: float = 0.0
    blur: float = 0.8
    noise: float = 4.0
    jpeg: int = 80


def make_photos(
    lines: Sequence[AnnexLine],
    province: str = "Hà Nam",
    year: int = 2021,
    *,
    seed: int = 1,
    shot: Shot = Shot(),
    **sheet: object,
) -> list[bytes]:
    """A photo a page of the report. `sheet` takes the fields of Sheet."""
    source = np.random.default_rng(seed)
    with pypdfium2.PdfDocument(make_pdf(lines, province, year, **sheet)) as file:
        pages = [page.render(scale=300 / 72).to_numpy()[:, :, :3] for page in file]
    return [photographed(page, shot or Shot(), source) for page in pages]


def photographed(page: np.ndarray, shot: Shot, source: np.random.Generator) -> bytes:
    """A JPEG of a sheet as a telephone takes it."""
    high, wide = page.shape[:2]
    out_wide = shot.wide
    out_high = round(out_wide * 1.34)
    desk = cv2.resize(source.normal(0, 1, (out_high // 8, 24)).astype(np.float32), (out_wide, out_high))
    desk = np.clip(np.array([52, 74, 96], np.float32) + 9 * desk[:, :, None], 0, 255)
    sheet_wide = out_wide * shot.fill
    sheet_high = min(sheet_wide * high / wide, out_high * 0.97)
    shift = shot.tilt * sheet_wide / 2 * source.uniform(0.5, 1.0, 4)
    x0, x1 = (out_wide - sheet_wide) / 2, (out_wide + sheet_wide) / 2
    y0, y1 = (out_high - sheet_high) / 2, (out_high + sheet_high) / 2
    corners = np.float32([(x0 + shift[0], y0), (x1 - shift[1], y0 + shift[2] / 2), (x1, y1), (x0, y1 - shift[3] / 2)])
    angle = np.deg2rad(source.uniform(-shot.turn, shot.turn))
    middle = np.float32([out_wide / 2, out_high / 2])
    rotation = np.float32([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    corners = (corners - middle) @ rotation.T + middle
    matrix = cv2.getPerspectiveTransform(np.float32(corners), np.float32([(0, 0), (wide, 0), (wide, high), (0, high)]))
    xs, ys = np.meshgrid(np.arange(out_wide, dtype=np.float32), np.arange(out_high, dtype=np.float32))
    placed = cv2.perspectiveTransform(np.stack([xs, ys], -1).reshape(1, -1, 2), matrix).reshape(out_high, out_wide, 2)
    across, down = placed[:, :, 0].copy(), placed[:, :, 1].copy()
    down += shot.curl * high * np.sin(np.pi * np.clip(across / wide, -0.2, 1.2))
    picture = cv2.remap(page, across, down, cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0))
    on_sheet = ((across > 0) & (across < wide - 1) & (down > 0) & (down < high - 1))[:, :, None]
    picture = np.where(on_sheet, 30 + picture.astype(np.float32) * (235 - 30) / 255, desk)
    edge = source.uniform(0.3, 0.7) * out_wide + 0.4 * (ys - out_high / 2)
    light = 1 - shot.shadow / (1 + np.exp(-(xs - edge) / (0.06 * out_wide)))
    light *= 1 - 0.12 * ((xs / out_wide - 0.5) ** 2 + (ys / out_high - 0.5) ** 2) * 2
    picture = picture * light[:, :, None] * np.array([1 - shot.warm, 1 - shot.warm / 4, 1], np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), shot.blur)
    picture += source.normal(0, shot.noise, picture.shape[:2])[:, :, None]
    return cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, shot.jpeg])[
        1
    ].tobytes()
