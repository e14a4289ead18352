"""Tesseract: pictures in, text with its confidence out. One recogniser a thread and model."""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass

import numpy as np
import tesserocr

from orchestration.reading.pages.picture import DPI, Image
from orchestration.reading.pages.words import Word

_DIGITS = "0123456789.,%"
BLOCK_OF_TEXT, COLUMN_OF_TEXT = 6, 4
_LSTM_ONLY = 1


@dataclass(frozen=True)
class Read:
    text: str
    confidence: float


NOTHING = Read("", 0.0)


class Engines(threading.local):
    """One recogniser a thread and model: they are not shared."""

    def __init__(self, data: str) -> None:
        self.vie = tesserocr.PyTessBaseAPI(path=data, lang="vie", psm=BLOCK_OF_TEXT, oem=_LSTM_ONLY)
        self.vie_digits = tesserocr.PyTessBaseAPI(path=data, lang="vie", psm=BLOCK_OF_TEXT, oem=_LSTM_ONLY)
        self.eng_digits = tesserocr.PyTessBaseAPI(path=data, lang="eng", psm=BLOCK_OF_TEXT, oem=_LSTM_ONLY)
        self.vie_digits.SetVariable("tessedit_char_whitelist", _DIGITS)
        self.eng_digits.SetVariable("tessedit_char_whitelist", _DIGITS)
        for engine in (self.vie, self.vie_digits, self.eng_digits):
            # White print on black is not looked for: what is read badly would be read again turned to its negative.
            engine.SetVariable("tessedit_do_invert", "0")


def recognise(engine: tesserocr.PyTessBaseAPI, image: Image, mode: int = BLOCK_OF_TEXT) -> Read:
    engine.SetPageSegMode(mode)
    high, wide = image.shape
    engine.SetImageBytes(np.ascontiguousarray(image).tobytes(), wide, high, 1, wide)
    engine.SetSourceResolution(DPI)
    text = " ".join(engine.GetUTF8Text().split())
    confidences = engine.AllWordConfidences()
    engine.Clear()
    return Read(unicodedata.normalize("NFC", text), min(confidences) / 100 if confidences else 0.0)


def recognise_words(engine: tesserocr.PyTessBaseAPI, image: Image, mode: int, dpi: float) -> list[tuple[Word, float]]:
    """Words with their place and confidence."""
    engine.SetPageSegMode(mode)
    high, wide = image.shape
    engine.SetImageBytes(np.ascontiguousarray(image).tobytes(), wide, high, 1, wide)
    engine.SetSourceResolution(round(dpi))
    engine.Recognize()
    words: list[tuple[Word, float]] = []
    iterator = engine.GetIterator()
    if iterator is not None:
        for item in tesserocr.iterate_level(iterator, tesserocr.RIL.WORD):
            try:
                text = item.GetUTF8Text(tesserocr.RIL.WORD)
            except RuntimeError:
                continue
            left, top, right, bottom = item.BoundingBox(tesserocr.RIL.WORD)
            line = item.Baseline(tesserocr.RIL.WORD)
            baseline = float(line[0][1] + line[1][1]) / 2 if line else float(bottom)
            text = unicodedata.normalize("NFC", text.strip())
            if text:
                size = 1.35 * max(bottom - top, 1)
                words.append(
                    (
                        Word(text, float(left), float(right), baseline, float(size)),
                        item.Confidence(tesserocr.RIL.WORD) / 100,
                    )
                )
    engine.Clear()
    return words
