"""Folding of Vietnamese text, for comparison only; what is stored stays as printed.

Not here: encodings of old fonts (`encoding.py`) and numbers (parsed in SQL).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_SPACES = re.compile(r"\s+")
_NOT_SPOKEN = re.compile(r"[^\w%]+|_")
# hoà and hòa, uỷ and ủy are one word: the tone may stand on either vowel where nothing follows.
_TONE_LAST = {
    f"{first}{second}": f"{moved}{plain}"
    for first, plain, pairs in (
        ("o", "a", (("á", "ó"), ("à", "ò"), ("ả", "ỏ"), ("ã", "õ"), ("ạ", "ọ"))),
        ("o", "e", (("é", "ó"), ("è", "ò"), ("ẻ", "ỏ"), ("ẽ", "õ"), ("ẹ", "ọ"))),
        ("u", "y", (("ý", "ú"), ("ỳ", "ù"), ("ỷ", "ủ"), ("ỹ", "ũ"), ("ỵ", "ụ"))),
    )
    for second, moved in pairs
}
_TONE = re.compile(rf"(?<!q)(?:{'|'.join(_TONE_LAST)})(?!\w)")
_NOT_WORD = re.compile(r"[^0-9a-z%=]+")


def nfkc(text: str) -> str:
    """Compose, unify widths and dashes, and squeeze white space: `Ｔỉnh  Hà–Nam` → `Tỉnh Hà-Nam`."""
    return _SPACES.sub(" ", _DASHES.sub("-", unicodedata.normalize("NFKC", text))).strip()


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without marks or punctuation, words joined by one space: `Số liệu:` → `so lieu`."""
    decomposed = unicodedata.normalize("NFD", nfkc(text).lower().replace("đ", "d"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", plain).strip()


def spoken(text: str) -> str:
    """Lower case with marks, without punctuation, the tone on the first of two vowels: `Uỷ ban:` → `ủy ban`."""
    lowered = unicodedata.normalize("NFC", nfkc(text).lower())
    return _NOT_SPOKEN.sub(" ", _TONE.sub(lambda found: _TONE_LAST[found[0]], lowered)).strip()
