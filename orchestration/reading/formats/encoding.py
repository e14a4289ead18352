"""Bytes and old-font letters into Vietnamese text.

In: the bytes of a text file, or letters that a legacy font (TCVN3 `.VnTime`, VNI `VNI-Times`) drew as Vietnamese
although they are stored as other letters. Out: text, with a flag such as `encoding:utf-16` where it is not plain UTF-8.
Not here: folding for comparison (`vietnamese.py`).

Both tables are the published layouts of the fonts: TCVN 5712:1993 (TCVN3) and VNI-Windows.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from charset_normalizer import from_bytes

TCVN3 = "tcvn3"
VNI = "vni"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_SAMPLE = 20_000
"""Letters judged when an encoding is guessed."""

_SURE = 0.35
"""Share of words that must be marked Vietnamese syllables before a guess counts; a real report has about 0.75."""

_AHEAD = 0.2
"""How far a decoding must be ahead of the text as it stands; keeps sound text from being decoded."""

_EVIDENCE = 5
"""Fewer letters above ASCII than this say nothing about a font."""

_ONLY_UNICODE = re.compile("[\u1ea0-\u1ef9]")
"""Letters that no text stored for an old font holds."""


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text of `data`, and flags that name its encoding where it is not UTF-8.

    Undecodable bytes become U+FFFD and the flag `encoding:damaged`.
    """
    text, flags = decode_bytes(data)
    text, name = decode_mojibake(text)
    return text, (*flags, f"encoding:{name}") if name else flags


def decode_legacy(text: str, font: str) -> str | None:
    """Text of a run set in a legacy Vietnamese font, None where `font` is not one.

    A `.Vn…H` font draws small letters as capitals, so its text comes back in capitals.
    """
    name = font.split("+", 1)[-1].strip().upper()
    if name.startswith(".VN"):
        decoded = _from_tcvn3(text)
        family = name.split(",")[0].split("-")[0].removesuffix(" BOLD").removesuffix(" ITALIC").rstrip()
        return decoded.upper() if family.endswith("H") and not family.endswith("TECH") else decoded
    if name.startswith("VNI"):
        return _from_vni(text)
    return None


@dataclass(frozen=True)
class OldFont:
    """The old font of a document, for its text that names none.

    family: TCVN3 or VNI.  is_named: a font says so; else the letters do.  is_all: no font is named and no letter is one
    that only Unicode has, so that all text is stored alike.
    """

    family: str
    is_named: bool
    is_all: bool

    @property
    def flags(self) -> tuple[str, ...]:
        return () if self.is_named else (f"encoding:{self.family}",)

    def decode(self, text: str) -> str:
        """Text decoded where more of its words are Vietnamese then, or as many in a document that is all stored so."""
        if not _UPPER_LATIN.search(text) or _ONLY_UNICODE.search(text):
            return text
        decoded = decode_as(text, self.family)
        ahead = _syllable_share(decoded) - _syllable_share(text)
        return decoded if ahead > 0 or (ahead == 0 and self.is_all) else text


def old_font_of(fonts: Iterable[str], letters: str) -> OldFont | None:
    """The old font that most of `fonts` are or, if none is, that `letters` were stored for: one text a line, of which
    those with letters that only Unicode has say nothing. None where neither tells one."""
    if named := _family_of(fonts):
        return OldFont(named, is_named=True, is_all=False)
    lines = letters.splitlines()
    silent = [line for line in lines if not _ONLY_UNICODE.search(line)]
    told = decode_mojibake("\n".join(silent))[1]
    return OldFont(told, is_named=False, is_all=len(silent) == len(lines)) if told else None


def looks_stored_otherwise(text: str) -> bool:
    """Whether letters stand as some other font or code page than Unicode stores Vietnamese: a tenth of them or more are
    such as Vietnamese never has. By tables of letter frequencies they are less than a fortieth of French, German or
    Spanish."""
    composed = unicodedata.normalize("NFC", text)
    strange = sum(c.lower() not in _MARKED for c in _UPPER_LATIN.findall(composed))
    return strange >= _EVIDENCE and strange >= 0.1 * sum(c.isalpha() for c in composed)


def _family_of(fonts: Iterable[str]) -> str | None:
    names = [font.split("+", 1)[-1].strip().upper() for font in fonts]
    tcvn3, vni = (sum(name.startswith(start) for name in names) for start in (".VN", "VNI"))
    return (TCVN3 if tcvn3 >= vni else VNI) if tcvn3 or vni else None


def decode_mojibake(text: str) -> tuple[str, str | None]:
    """Text whose letters were stored for a TCVN3 or VNI font, decoded, with the font family's name; else as it is."""
    sample = text[:_SAMPLE]
    stored = len(_UPPER_LATIN.findall(sample))
    if stored < _EVIDENCE or len(_ONLY_UNICODE.findall(sample)) > stored // 20:
        return text, None
    as_it_is = _syllable_share(sample)
    candidates = [
        (_syllable_share(_from_tcvn3(sample)), TCVN3, _from_tcvn3),
        (_syllable_share(_from_vni(sample)), VNI, _from_vni),
    ]
    share, name, convert = max(candidates, key=lambda candidate: candidate[0])
    if share >= _SURE and share >= as_it_is + _AHEAD:
        return convert(text), name
    return text, None


def decode_as(text: str, family: str) -> str:
    """Text stored for a font family (TCVN3 or VNI) that was told from other text of the same page."""
    return _from_tcvn3(text) if family == TCVN3 else _from_vni(text)


def looks_vietnamese(text: str) -> float:
    """Share of letters with Vietnamese marks: about 0.3 in Vietnamese, below 0.1 where an English model read it."""
    composed = unicodedata.normalize("NFC", text)
    letters = [c for c in composed if c.isalpha()]
    return sum(c.lower() in _MARKED for c in letters) / len(letters) if letters else 0.0


def decode_bytes(data: bytes) -> tuple[str, tuple[str, ...]]:
    """As `decode`, but letters stored for an old font stay as they are stored."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            text = data.decode(name, errors="replace")
            flags = () if name == "utf-8-sig" else (f"encoding:{name}",)
            return text, (*flags, "encoding:damaged") if "\ufffd" in text else flags
    wide = _utf16_order(data)
    if wide:
        return data.decode(wide, errors="replace"), ("encoding:utf-16",)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    # A few bad bytes in sound UTF-8 (a copy cut inside a letter) are damage, not another encoding.
    text = data.decode("utf-8", errors="replace")
    if text.count("\ufffd") <= max(1, len(text) // 500) and _syllable_share(text[:_SAMPLE]) >= _SURE:
        return text, ("encoding:damaged",)
    return _decoded_8_bit(data)


def _utf16_order(data: bytes) -> str | None:
    """Byte order of UTF-16 without a mark: digits, spaces and plain letters leave zero bytes on one side."""
    sample = data[: 2 * _SAMPLE]
    if len(sample) < 8:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _decoded_8_bit(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The table under which most words are Vietnamese: Windows-1258, or Latin-1 letters of an old font."""
    composed = unicodedata.normalize("NFC", data.decode("cp1258", errors="replace"))
    plain = data.decode("cp1252", errors="replace") if b"\xad" not in data else data.decode("latin-1")
    legacy, name = decode_mojibake(plain)
    if _syllable_share(composed[:_SAMPLE]) >= max(_SURE, _syllable_share(legacy[:_SAMPLE])):
        return composed, ("encoding:cp1258",)
    if name:
        return plain, ()
    best = from_bytes(data).best()
    guess = best.encoding if best else "latin-1"
    return unicodedata.normalize("NFC", data.decode(guess, errors="replace")), (f"encoding:{guess}",)


# Vietnamese words

_VOWELS = "aăâeêioôơuưy"
_TONES = "\u0300\u0301\u0309\u0303\u0323"
_MARKED = {
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in _VOWELS
    for tone in ("", *_TONES)
    if unicodedata.normalize("NFC", vowel + tone) not in "aeiouy"
} | {"đ"}
_UPPER_LATIN = re.compile("[\u00a1-\u00ff\u2212\u2219]")
_WORD = re.compile(r"[^\W_]+(?:[\u00a1-\u00bf\u0300-\u0323\u2212\u2219]+[^\W_]*)*|[\u00a1-\u00bf]+[^\W_]*")
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvxđ])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?")


def _syllable_share(text: str) -> float:
    """Share of the words with letters that are well-formed Vietnamese syllables with a mark."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    with_letters = [word for word in words if any(c.isalpha() for c in word)]
    return sum(map(_is_marked_syllable, with_letters)) / len(with_letters) if with_letters else 0.0


@lru_cache(maxsize=65536)
def _is_marked_syllable(word: str) -> bool:
    if len(word) > 7 or not any(c in _MARKED for c in word):
        return False
    decomposed = unicodedata.normalize("NFD", word)
    if sum(c in _TONES for c in decomposed) > 1:
        return False
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _SYLLABLE.fullmatch(plain) is not None


# The tables

_TCVN3_LETTERS = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¸¶·¹»¾¼½ÆÇÊÈÉËÌÐÎÏÑÒÕÓÔÖ×ÝØÜÞßãáâäåèæçéêíëìîïóñòôõøö÷ùúýûüþ",
        "ĂÂÊÔƠƯĐăâêôơưđàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ",
        strict=True,
    )
)
# What a PDF's font table makes of the bytes 0xAD, 0xB7 and 0xB5.
_TCVN3_LETTERS |= {"\u2212": "ư", "\u2219": "ã", "\u03bc": "à"}
_TCVN3_TABLE = str.maketrans(_TCVN3_LETTERS)
_MINUS_BY_DIGIT = re.compile(r"(?<=\d)[\u2212\u00ad]|[\u2212\u00ad](?=\d)")


def _from_tcvn3(text: str) -> str:
    """The small ư shares its code with a soft hyphen and, in PDFs, a minus; beside a digit it stays one.

    The table has no marked capitals: a heading in capitals is stored with small marked letters and gets them back.
    """
    decoded = _MINUS_BY_DIGIT.sub("-", text).translate(_TCVN3_TABLE)
    return "".join(map(_with_capitals, decoded.splitlines(keepends=True)))


def _with_capitals(line: str) -> str:
    if _only_capitals(line, 4):
        return line.upper()
    return _WORD.sub(
        lambda match: match.group().upper() if _only_capitals(match.group(), 2) else match.group(),
        line,
    )


def _only_capitals(text: str, least: int) -> bool:
    """Whether all letters without marks are capitals, and there are enough of them to tell."""
    plain = [c for c in text if c.isascii() and c.isalpha()]
    return len(plain) >= least and all(c.isupper() for c in plain)


def _vni_letters() -> dict[str, str]:
    """Stored letters by the letter they draw, small and capital: a vowel is followed by its marks."""
    small = {
        "đ": "ñ",
        "ị": "ò",
        "ỉ": "æ",
        "ĩ": "ó",
        "ì": "ì",
        "í": "í",
        "ơ": "ô",
        "ư": "ö",
        "ỵ": "î",
    }
    tones = {"\u0300": "ø", "\u0301": "ù", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
    roof = {
        "": "â",
        "\u0300": "à",
        "\u0301": "á",
        "\u0309": "å",
        "\u0303": "ã",
        "\u0323": "ä",
    }
    breve = {
        "": "ê",
        "\u0300": "è",
        "\u0301": "é",
        "\u0309": "ú",
        "\u0303": "ü",
        "\u0323": "ë",
    }
    for vowel, stored in {
        "a": "a",
        "e": "e",
        "o": "o",
        "u": "u",
        "y": "y",
        "i": "i",
        "ơ": "ô",
        "ư": "ö",
    }.items():
        for tone, mark in tones.items():
            small.setdefault(unicodedata.normalize("NFC", vowel + tone), stored + mark)
    for vowel, base in (("â", "a"), ("ê", "e"), ("ô", "o")):
        for tone, mark in roof.items():
            small[unicodedata.normalize("NFC", vowel + tone)] = base + mark
    for tone, mark in breve.items():
        small[unicodedata.normalize("NFC", "ă" + tone)] = "a" + mark
    return small | {letter.upper(): stored.upper() for letter, stored in small.items()}


_VNI_LETTERS = {stored: letter for letter, stored in _vni_letters().items()}
# A capital followed by a small mark occurs at the head of a sentence (`Aâm` for `Âm`).
_VNI_LETTERS |= {
    stored[0] + stored[1].lower(): letter for stored, letter in list(_VNI_LETTERS.items()) if len(stored) == 2
} | {
    "iø": "ì",
    "iù": "í",
    "iû": "ỉ",
    "iõ": "ĩ",
    "iï": "ị",
    "yï": "ỵ",
    "IØ": "Ì",
    "IÙ": "Í",
    "IÛ": "Ỉ",
    "IÕ": "Ĩ",
    "IÏ": "Ị",
    "YÏ": "Ỵ",
}
_VNI_SEQUENCE = re.compile("|".join(sorted(map(re.escape, _VNI_LETTERS), key=len, reverse=True)))


def _from_vni(text: str) -> str:
    return _VNI_SEQUENCE.sub(lambda match: _VNI_LETTERS[match.group()], text)
