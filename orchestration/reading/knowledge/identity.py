"""Who reports, for which period, under which number, on which day, signed by whom: from the text.

Folder and file name are only a claim; a claim that contradicts the text refuses the file.
In: a Document and where its annex begins. Out: an Identity. Not here: the annex rows (`annex.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePath

from orchestration.reading import digest
from orchestration.reading.document import NOTE, Document
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.catalogue import Period, Province
from orchestration.reading.knowledge.vietnamese import fold, nfkc
from orchestration.reading.refusal import Refused

# How far into a document its letterhead and title reach, in lines.
HEAD_LINES = 40
# What counts as the beginning and the end of a long text, in blocks; a signature stands on short lines.
EDGE_BLOCKS = 400
_SHORT = 60


@dataclass(frozen=True)
class Claim:
    """What folder and file name say: a period key and a province name, each None if they say nothing."""

    period: str | None = None
    province: str | None = None
    years: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Identity:
    """province is the unit of the time; province_printed its name in the text.  report_date as ISO date.

    flags: `period_from_claim`, `period_from_date`, `province_not_valid_then` and `cumulative_nine_months`.
    """

    province: Province
    province_printed: str
    period: Period
    report_number: str | None
    report_date: str | None
    signatory: str | None
    flags: tuple[str, ...] = ()


def identify(document: Document, first_annex_block: int, claim: Claim) -> Identity:
    """The identity of a report.

    Raises Refused: unknown_province, unknown_period, province_contradiction, period_contradiction.
    """
    lines = _lines(document, first_annex_block)
    number, signed = report_number(lines), report_date(lines)
    name, printed = _province_name(lines, document.format == "scan")
    period, flags = _period(lines, signed, claim)
    if claim.province and claim.province != name:
        raise Refused("province_contradiction", found=name, claimed=claim.province)
    if claim.period and claim.period != period.key:
        raise Refused("period_contradiction", found=period.key, claimed=claim.period)
    near = {period.year, period.year + 1} | ({int(signed[:4])} if signed else set())
    if claim.years and not claim.years & near:
        raise Refused("period_contradiction", found=period.key, claimed=", ".join(map(str, sorted(claim.years))))
    province = catalogue.province_named(name, period.window_end)
    if province is None:
        raise Refused("unknown_province", found=f": {printed}")
    if not province.valid_from <= period.window_end <= province.valid_to:
        flags = (*flags, "province_not_valid_then")
    return Identity(province, printed, period, number, signed, signatory(lines), flags)


def period_before(document: Document, claim: Claim, first_annex_block: int) -> str | None:
    """The key of the period that the text before the annex states, as `identify` finds it; None where it refuses."""
    lines = _lines(document, first_annex_block)
    try:
        return _period(lines, report_date(lines), claim)[0].key
    except Refused:
        return None


def refuse_several(document: Document, claim: Claim, annexes: list[range]) -> None:
    """Raise Refused several_reports where the text above a later annex names another sender or another period.

    annexes: where each begins and ends, in blocks, in their order.
    """
    first = _lines(document, annexes[0].start)
    try:
        reports = [
            (_province_name(first, document.format == "scan")[0], _period(first, report_date(first), claim)[0].key)
        ]
    except Refused:
        return
    for before, annex in pairwise(annexes):
        between = replace(document, blocks=document.blocks[before.stop : annex.start])
        lines = _lines(between, len(between.blocks))
        titles = [title for title in _titles(lines) if title.startswith(_CAPTIONS)]
        periods = [key for key in (period_in(title)[0] for title in titles) if key]
        reports.append((next(iter(_senders(lines)), reports[-1][0]), next(iter(periods), reports[-1][1])))
    different = list(dict.fromkeys(reports))
    if len(different) > 1:
        raise Refused("several_reports", found="; ".join(" ".join(report) for report in different))


def _senders(lines: list[str]) -> list[str]:
    """Who sends what follows: named in a letterhead, in the caption of an annex, or anywhere in a few lines."""
    folded = [fold(line) for line in lines]
    head = folded if len(folded) <= HEAD_LINES else folded[: _title_line(folded)]
    captions = [" ".join(folded[at : at + 3]) for at, line in enumerate(folded) if _ENCLOSED_FOLDED.search(line)]
    text = " ".join(head)
    return [*_named(text, _ISSUER), *_named_lines(head), *(name for text in captions for name in _named(text, _ISSUER))]


def _lines(document: Document, first_annex_block: int) -> list[str]:
    """The text before the annex rows, a line a paragraph or cell line, composed.

    Of a long text the beginning and the end, and between them short lines alone: identity is stated there, and a
    text of 2,000 pages should not cost more.
    """
    lines: list[str] = []
    for position, block in enumerate(document.blocks[:first_annex_block]):
        is_inside = EDGE_BLOCKS <= position < first_annex_block - EDGE_BLOCKS
        if block.kind == NOTE or (is_inside and (block.cells or len(block.text) > _SHORT)):
            continue
        texts = [block.text] if not block.cells else [cell.text for cell in block.cells]
        for text in texts:
            lines.extend(nfkc(line) for line in text.splitlines())
    return [line for line in lines if line]


# --- province -------------------------------------------------------------------------------------------------------


@lru_cache
def _spelling_pattern() -> re.Pattern[str]:
    spellings = sorted(catalogue.province_spellings(), key=len, reverse=True)
    return re.compile(r"(?<![a-z0-9])(" + "|".join(map(re.escape, spellings)) + r")(?![a-z0-9])")


def province_names(text: str) -> list[str]:
    """The provinces that a text names, in its order; a longer spelling wins over one inside it."""
    spellings = catalogue.province_spellings()
    return [spellings[found] for found in _spelling_pattern().findall(fold(text))]


_UNIT = r"(tinh|thanh pho|tp)"
_ISSUER = re.compile(rf"(?:uy ban nhan dan|ubnd) {_UNIT} (?=\w)")
_AREA = re.compile(rf"(?:dia ban|cua) {_UNIT} (?=\w)")
_MENTION = re.compile(r"\b(tinh|thanh pho|tp) (?=\w)")
_UNIT_LINE = re.compile(rf"^{_UNIT} (?=\w)")
_ENCLOSED_FOLDED = re.compile(r"kem theo (?:bao cao|bc|cong van|van ban)\b")
_PLACE_DATE = re.compile(r"(?:^|.*? )([a-z][a-z ]{1,28}?) ngay \d{0,2} ?thang \d{0,2} ?nam 20\d\d$")


def _province_name(lines: list[str], is_scan: bool) -> tuple[str, str]:
    """(name, as printed) of the province that reports.

    The places that name it, the surest first: the letterhead, the caption of the annex, the issuer and the area in
    the opening, a title that names one alone, the place beside the date, and last what the whole text speaks of most.
    The first that names a province decides; one that names an unknown one refuses the report, but for a scan's
    letterhead, which may be misread. Folder and file name never decide.
    """
    folded = [fold(line) for line in lines]
    letterhead = folded[: _title_line(folded)]
    head = folded[:HEAD_LINES]
    captions = [" ".join(folded[at : at + 3]) for at, line in enumerate(folded) if _ENCLOSED_FOLDED.search(line)]
    opening = " ".join(head)
    if found := _named(" ".join(letterhead), _ISSUER) or _named_lines(letterhead):
        return found[0], _as_printed(lines, found[0])
    if not is_scan and (unknown := _unknown_issuer(lines[: len(letterhead)])):
        raise Refused("unknown_province", found=f": «{unknown}»")
    for text in captions:
        begin = _ENCLOSED_FOLDED.search(text)
        after = text[begin.start() :] if begin else text
        if found := _named(after, _ISSUER) or _named(after, _AREA):
            return found[0], _as_printed(lines, found[0])
    if unknown := _unknown_issuer([line for line in lines if _ENCLOSED.search(line)]):
        raise Refused("unknown_province", found=f": «{unknown}»")
    places = [match.group(1) for line in head if (match := _PLACE_DATE.match(line))]
    spellings = catalogue.province_spellings()
    titled = [name for line in head if line.startswith(_CAPTIONS) for name in _named(line, _MENTION)]
    candidates = (
        _named(opening, _ISSUER),
        _named(opening, _AREA),
        titled if len(set(titled)) == 1 else [],
        [spellings[p] for p in places if p in spellings],
    )
    for found in candidates:
        if found:
            name = Counter(found).most_common(1)[0][0]
            return name, _as_printed(lines, name)
    unknown = _unknown_issuer(lines[:HEAD_LINES])
    most = Counter(_named(" ".join(folded), _MENTION)).most_common(2)
    if unknown or not most or most[0][1] < 3 or (len(most) > 1 and most[0][1] < 3 * most[1][1]):
        raise Refused("unknown_province", found=f": «{unknown}»" if unknown else "")
    return most[0][0], _as_printed(lines, most[0][0])


def _named(text: str, lead: re.Pattern[str]) -> list[str]:
    """The provinces named right after `lead`; a city that is no province is not one (`thành phố Ninh Bình`)."""
    names = []
    for match in lead.finditer(text):
        found = _spelling_pattern().match(text, match.end())
        name = catalogue.province_spellings()[found.group(1)] if found else ""
        if name and (match.group(1) == "tinh" or name in _cities()):
            names.append(name)
    return names


def _named_lines(letterhead: list[str]) -> list[str]:
    """Provinces that stand alone on a line of the letterhead, under «ỦY BAN NHÂN DÂN» of a two-column text."""
    if not any("uy ban nhan dan" in line or "ubnd" in line for line in letterhead):
        return []
    return [name for line in letterhead for name in _named(line, _UNIT_LINE)]


@lru_cache
def _cities() -> frozenset[str]:
    return frozenset(p.name for p in catalogue.provinces() if p.kind.startswith("thành phố"))


_UNIT_PRINTED = re.compile(
    r"(?:(?:ỦY|UỶ) BAN NHÂN DÂN|UBND)\s+(TỈNH|THÀNH PHỐ|TP)\.?\s+([^\n,;.()]{2,40})"
    r"|^(TỈNH)\s+([^\n,;.()]{2,40})$",
    re.IGNORECASE,
)


def _unknown_issuer(lines: list[str]) -> str | None:
    """An issuer named in the text that is no known province: `tỉnh Hà Nem`."""
    pairs = [*lines, *(f"{first} {second}" for first, second in pairwise(lines))]
    for line in pairs:
        for match in _UNIT_PRINTED.finditer(line):
            unit, name = match.group(1) or match.group(3), match.group(2) or match.group(4)
            # «Ủy ban nhân dân tỉnh đã ban hành …» names nobody.
            if unit.upper() != "TỈNH" or not name[:1].isupper() or _spelling_pattern().match(fold(name)):
                continue
            words = [word for word in name.split()[:4] if word[:1].isupper()]
            return " ".join([unit.lower(), *words[:3]])
    return None


def _as_printed(lines: list[str], name: str) -> str:
    """The first spelling in the text that means `name`."""
    spellings = catalogue.province_spellings()
    for line in lines:
        words = line.split()
        for size in range(min(6, len(words)), 0, -1):
            for start in range(len(words) - size + 1):
                text = " ".join(words[start : start + size])
                if spellings.get(fold(text)) == name:
                    return text.strip(".,;:()*")
    return name


# --- period ---------------------------------------------------------------------------------------------------------

_YEAR = r"(?:cua )?(?:nam )?(20[0-3]\d)"
_QUARTER = re.compile(rf"\bquy (iii|ii|iv|i|[1-4]) ?{_YEAR}")
_HALF = re.compile(rf"\b(?:(?:6|06|sau) thang(?: dau)?|nua dau) {_YEAR}")
_NINE = re.compile(rf"\b(?:9|09|chin) thang(?: dau)? {_YEAR}")
_MONTH = re.compile(rf"\bthang (?:[1-9]|0[1-9]|1[0-2]) {_YEAR}")
_FULL = re.compile(r"\bnam (20[0-3]\d)")
_DAY = re.compile(r"\bngay (?:\d{1,2} )?(?:thang )?\d{1,2} (?:nam )?20\d\d")
_SUBJECT = re.compile(r"cai cach hanh chinh|cchc")
_KINDS = {"i": "Q1", "1": "Q1", "iii": "Q3", "3": "Q3"}


def period_in(text: str) -> tuple[str | None, tuple[str, ...]]:
    """The period key that folded text states first, and flags: `… quy iii nam 2022` → 2022-Q3.

    A month, the second or the fourth quarter is a period without a report: None, flagged `no_such_period`.
    """
    text = _DAY.sub(" ", text)
    found: list[tuple[int, str | None, tuple[str, ...]]] = []
    if match := _QUARTER.search(text):
        kind = _KINDS.get(match.group(1))
        found.append((match.start(), f"{match.group(2)}-{kind}" if kind else None, () if kind else ("no_such_period",)))
    if match := _HALF.search(text):
        found.append((match.start(), f"{match.group(1)}-H1", ()))
    if match := _NINE.search(text):
        found.append((match.start(), f"{match.group(1)}-Q3", ("cumulative_nine_months",)))
    if match := _MONTH.search(text):
        found.append((match.start(), None, ("no_such_period",)))
    if match := _FULL.search(text):
        found.append((match.start(), f"{match.group(1)}-FY", ()))
    return min(found, key=lambda stated: stated[0])[1:] if found else (None, ())


def _period(lines: list[str], signed: str | None, claim: Claim) -> tuple[Period, tuple[str, ...]]:
    """The period from the title; else from the claim; else the one whose due date is nearest to the report's date."""
    periods = catalogue.periods()
    for title in _titles(lines):
        key, flags = period_in(title)
        if key in periods:
            return periods[key], flags
        if key or flags:
            raise Refused("unknown_period")
    if claim.period in periods:
        return periods[claim.period], ("period_from_claim",)
    if signed:
        day = date.fromisoformat(signed)
        nearest = min(periods.values(), key=lambda period: abs((period.due - day).days))
        if abs((nearest.due - day).days) <= 45:
            return nearest, ("period_from_date",)
    years = sorted(claim.years)
    if len(years) == 1 and f"{years[0]}-FY" in periods:
        return periods[f"{years[0]}-FY"], ("period_from_claim",)
    raise Refused("unknown_period")


# Words that open the text after a title.
_BODY = re.compile(
    r"^(?:thuc hien|can cu|kinh gui|thi hanh|tiep tuc|trong (?:nam|quy)|(?:i|1|a|phan) |uy ban nhan dan|ubnd)"
)
# Words that open the title of a report or of its annex.
_CAPTIONS = ("phu luc", "thong ke", "bieu", "bao cao", "so lieu")
_TITLE_LINES = 5
_LONGEST_TITLE_LINE = 240


def _title_line(folded: list[str]) -> int:
    """Where the title begins, which is where the letterhead ends; 0 if there is no title near the top."""
    for at, line in enumerate(folded[:HEAD_LINES]):
        if line.startswith("bao cao") and _SUBJECT.search(" ".join(folded[at : at + _TITLE_LINES])):
            return at
    return 0


def _titles(lines: list[str]) -> list[str]:
    """The folded title of the report, then the captions above the annex, which state the period as well."""
    folded = [fold(line) for line in lines]
    titles = []
    at = _title_line(folded)
    if folded and folded[at].startswith("bao cao"):
        titles.append(_title_from(folded, at))
    for at, line in enumerate(folded):
        is_caption = line.startswith(_CAPTIONS)
        near_end = at >= len(folded) - HEAD_LINES
        if is_caption and near_end and _SUBJECT.search(title := _title_from(folded, at)):
            titles.append(title)
    for line in folded[:HEAD_LINES]:
        subject = _SUBJECT.search(line)
        is_short = len(line) <= _LONGEST_TITLE_LINE and not _BODY.match(line)
        if subject and is_short and re.search("ket qua|bao cao|cong tac", line) and "kem theo" not in line:
            titles.append(line)
    return titles


def _title_from(folded: list[str], at: int) -> str:
    """The lines of a title, up to the first that opens the text or says what it is enclosed with."""
    taken = [folded[at]]
    for line in folded[at + 1 : at + _TITLE_LINES]:
        if _BODY.match(line) or "kem theo" in line or len(line) > _LONGEST_TITLE_LINE:
            break
        taken.append(line)
    return " ".join(taken)


# --- number, date, signatory ----------------------------------------------------------------------------------------

_SIGN = r"(\d{1,5}[a-z]?)\s*/\s*(BC\s*-\s*[A-ZĐ]{2,10})"
_NUMBER = re.compile(rf"\bsố\s*:?\s*{_SIGN}", re.IGNORECASE)
_LETTERHEAD_NUMBER = re.compile(rf"^số\s*:?\s*{_SIGN}", re.IGNORECASE)
_WORD_DATE = re.compile(r"ngày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(20\d\d)", re.IGNORECASE)
_SLASH_DATE = re.compile(r"ngày\s*(\d{1,2})\s*[/-]\s*(\d{1,2})\s*[/-]\s*(20\d\d)", re.IGNORECASE)
_ENCLOSED = re.compile(r"kèm theo\s+(?:báo cáo|bc|công văn|văn bản)\b", re.IGNORECASE)


def report_number(lines: list[str]) -> str | None:
    """`Số: 232 /BC-UBND` of the letterhead, else of the annex's caption → `232/BC-UBND`; None if left blank."""
    for line in lines[:HEAD_LINES]:
        if match := _LETTERHEAD_NUMBER.match(line):
            return _number(match)
    for line in _enclosures(lines):
        if match := _NUMBER.search(line):
            return _number(match)
    return None


def _enclosures(lines: list[str]) -> list[str]:
    """What the annex says it is enclosed with; the caption may run over two lines."""
    return [
        f"{line} {lines[at + 1] if at + 1 < len(lines) else ''}"[match.start() :]
        for at, line in enumerate(lines)
        if (match := _ENCLOSED.search(line))
    ]


def _number(match: re.Match[str]) -> str:
    return f"{match.group(1)}/{''.join(match.group(2).split()).upper()}"


def report_date(lines: list[str]) -> str | None:
    """The day in the letterhead, else in the annex's caption, as an ISO date."""
    for line in lines[:HEAD_LINES]:
        dated = _WORD_DATE.search(line) or _SLASH_DATE.search(line)
        if dated and dated.end() >= len(line) - 1 and _PLACE.search(line[: dated.start()]):
            return _iso(dated)
    for line in _enclosures(lines):
        if match := _SLASH_DATE.search(line) or _WORD_DATE.search(line):
            return _iso(match)
    return None


# `Hà Nam, ` before the day, alone on its line or beside the number.
_PLACE = re.compile(r"^(?:số\b.{0,30}\s)?[^\d,;]{2,30},\s*$", re.IGNORECASE)


def _iso(match: re.Match[str]) -> str | None:
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


_NO_NAME = re.compile(r"chu tich|uy ban|ubnd|noi nhan|da ky|phu luc|bao cao|thong ke|tinh\b")
_ROLE = re.compile(r"\b(?:pho )?chu tich$")


def signatory(lines: list[str]) -> str | None:
    """The name under the last «CHỦ TỊCH» or «PHÓ CHỦ TỊCH» line: two to five capitalised words."""
    found = None
    for at, line in enumerate(lines):
        if _ROLE.search(fold(line)) and line.upper() == line:
            for below in lines[at + 1 : at + 6]:
                words = below.strip("*_ ").split()
                is_name = 2 <= len(words) <= 5 and all(word[:1].isupper() and word.isalpha() for word in words)
                if is_name and not _NO_NAME.search(fold(below)):
                    found = " ".join(words)
                    break
    return found


# --- claims ---------------------------------------------------------------------------------------------------------

_PERIOD_KEY = re.compile(r"^20\d\d-(?:Q1|H1|Q3|FY)$")
_PLAIN_YEAR = re.compile(r"(?<!\d)(20[0-3]\d)(?!\d)")


_CLAIM_QUARTER = re.compile(r"\bq(?:uy)? ?(iii|ii|iv|i|[1-4])\b")
_CLAIM_HALF = re.compile(r"\b(?:(?:6|06|sau) ?(?:t|th|thang)|h 1)\b")
_CLAIM_NINE = re.compile(r"\b(?:9|09|chin) ?(?:t|th|thang)\b")


def claim_of(path: PurePath | str) -> Claim:
    """What the nearest folder named for a period and the file name (a province, a period, a year) claim."""
    path = PurePath(path)
    stem = digest.readable(path.stem)
    named = list(dict.fromkeys(province_names(stem)))
    # `Excel 2003` is no year of a report.
    reported = {period.year for period in catalogue.periods().values()}
    years = frozenset(year for year in map(int, _PLAIN_YEAR.findall(stem)) if {year, year - 1} & reported)
    period = next((part.name for part in path.parents if _PERIOD_KEY.match(part.name)), None)
    return Claim(period or _period_claimed(stem, years), named[0] if len(named) == 1 else None, frozenset(years))


def _period_claimed(stem: str, years: frozenset[int]) -> str | None:
    """`35_HaNam_Q1_2022` → 2022-Q1; None where the name states no kind of period or not one year."""
    words = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", fold(stem))
    if len(years) != 1:
        return None
    if match := _CLAIM_QUARTER.search(words):
        kind = _KINDS.get(match.group(1))
    else:
        kind = "H1" if _CLAIM_HALF.search(words) else "Q3" if _CLAIM_NINE.search(words) else None
    return f"{next(iter(years))}-{kind}" if kind else None
