"""Who reports, for which period, under which number, on which day, signed by whom: from the text.

Folder and file name are only a claim; a claim that contradicts the text refuses the file.
In: a Document and where its annex begins. Out: an Identity. Not here: the annex rows (`annex.py`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import PurePath

from orchestration.reading import catalogue
from orchestration.reading.catalogue import Period, Province
from orchestration.reading.document import Document
from orchestration.reading.refusal import Refused
from orchestration.reading.vietnamese import fold, nfkc

# How far into a document its letterhead and title reach, in lines.
HEAD_LINES = 40


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
    name, printed = _province_name(lines, claim)
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


def _lines(document: Document, first_annex_block: int) -> list[str]:
    """The text before the annex rows, a line a paragraph or cell line, composed."""
    lines = []
    for block in document.blocks[:first_annex_block]:
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


_UNIT = r"(?:tinh|thanh pho|tp)"
_ISSUER = re.compile(rf"(?:uy ban nhan dan|ubnd) {_UNIT} (?=\w)")
_AREA = re.compile(rf"(?:dia ban|cua) {_UNIT} (?=\w)")
_MENTION = re.compile(r"\btinh (?=\w)")
_PLACE_DATE = re.compile(r"^(.{2,30}?),? ngay \d{1,2} thang \d{1,2} nam 20\d\d$")


def _province_name(lines: list[str], claim: Claim) -> tuple[str, str]:
    """(name, as printed) of the province that reports.

    Weighs what each place says: the issuer of the letterhead and of the annex caption most, then the area that the
    title names, then the place beside the date. A text that names none leaves the claim unproven: refused.
    """
    weights: dict[str, float] = defaultdict(float)
    head = " ".join(fold(line) for line in lines[:HEAD_LINES])
    whole = " ".join(fold(line) for line in lines)
    spelling = _spelling_pattern()
    spellings = catalogue.province_spellings()

    def weigh(text: str, lead: re.Pattern[str], weight: float) -> None:
        for match in lead.finditer(text):
            found = spelling.match(text, match.end())
            if found:
                weights[spellings[found.group(1)]] += weight

    weigh(head, _ISSUER, 20)
    weigh(head, _AREA, 10)
    weigh(whole, _ISSUER, 2)
    weigh(whole, _AREA, 2)
    weigh(whole, _MENTION, 1)
    for line in lines[:HEAD_LINES]:
        place = _PLACE_DATE.match(fold(line))
        if place and place.group(1) in spellings:
            weights[spellings[place.group(1)]] += 10
    if not weights:
        named = _unknown_issuer(lines)
        raise Refused("unknown_province", found=f": «{named}»" if named else "")
    name = max(weights, key=lambda candidate: (weights[candidate], candidate == claim.province, candidate))
    unknown = _unknown_issuer(lines[:HEAD_LINES])
    if unknown and weights[name] < 20:
        raise Refused("unknown_province", found=f": «{unknown}»")
    return name, _as_printed(lines, name)


_ISSUER_PRINTED = re.compile(r"(?:ỦY BAN NHÂN DÂN|UỶ BAN NHÂN DÂN|UBND)\s+(TỈNH|THÀNH PHỐ|TP)\.?\s+([^\n,;.()]{2,40})", re.IGNORECASE)


def _unknown_issuer(lines: list[str]) -> str | None:
    """An issuer named in the text that is no known province: `tỉnh Hà Nem`."""
    for match in _ISSUER_PRINTED.finditer("  ".join(lines[:HEAD_LINES])):
        if match.group(1).upper() == "TỈNH" and not _spelling_pattern().match(fold(match.group(2))):
            words = match.group(2).split()
            return " ".join([match.group(1).lower(), *words[:3]])
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

_YEAR = r"(?:nam )?(20[0-3]\d)"
_QUARTER = re.compile(rf"\bquy (i{{1,3}}|iv|[1-4]) ?(?:/ ?)?{_YEAR}")
_HALF = re.compile(rf"\b(?:6|06|sau) thang(?: dau)? {_YEAR}")
_NINE = re.compile(rf"\b(?:9|09|chin) thang(?: dau)? {_YEAR}")
_FULL = re.compile(r"\bnam (20[0-3]\d)")
_SUBJECT = re.compile(r"cai cach hanh chinh|cchc")
_KINDS = {"i": "Q1", "1": "Q1", "iii": "Q3", "3": "Q3"}


def period_in(text: str) -> tuple[str | None, tuple[str, ...]]:
    """The period key that folded text states first, and flags: `… quy iii nam 2022` → 2022-Q3."""
    found: list[tuple[int, str | None, tuple[str, ...]]] = []
    if match := _QUARTER.search(text):
        kind = _KINDS.get(match.group(1))
        found.append((match.start(), f"{match.group(2)}-{kind}" if kind else None, ()))
    if match := _HALF.search(text):
        found.append((match.start(), f"{match.group(1)}-H1", ()))
    if match := _NINE.search(text):
        found.append((match.start(), f"{match.group(1)}-Q3", ("cumulative_nine_months",)))
    if not found and (match := _FULL.search(text)):
        found.append((match.start(), f"{match.group(1)}-FY", ()))
    return min(found)[1:] if found else (None, ())


def _period(lines: list[str], signed: str | None, claim: Claim) -> tuple[Period, tuple[str, ...]]:
    """The period from the title; else from the claim; else the one whose due date is nearest to the report's date."""
    title = _title(lines)
    key, flags = period_in(title) if title else (None, ())
    periods = catalogue.periods()
    if key and key in periods:
        return periods[key], flags
    if title and _QUARTER.search(title):
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


def _title(lines: list[str]) -> str:
    """The folded title of the report: what follows «BÁO CÁO» about administrative reform, up to the plan for the next year."""
    folded = [fold(line) for line in lines[:HEAD_LINES]]
    for at, line in enumerate(folded):
        if re.match(r"bao cao\b", line) or line == "bao cao":
            text = " ".join(folded[at : at + 4])
            subject = _SUBJECT.search(text)
            if subject:
                before = text[: subject.start()]
                if any(pattern.search(before) for pattern in (_QUARTER, _HALF, _NINE)):
                    return text
                return text[subject.start() :]
    for line in folded:
        subject = _SUBJECT.search(line)
        if subject and ("ket qua" in line or "bao cao" in line or "cong tac" in line) and period_in(line)[0]:
            if "ban hanh kem theo" not in line and "ngay" not in line[: subject.start()]:
                return line[subject.start() :]
    return ""


# --- number, date, signatory ----------------------------------------------------------------------------------------

_NUMBER = re.compile(r"\bsố\s*:?\s*(\d{1,5})\s*/\s*(BC\s*-\s*[A-ZĐ]{2,10})", re.IGNORECASE)
_LETTERHEAD_NUMBER = re.compile(r"^số\s*:\s*(\d{1,5})\s*/\s*(BC\s*-\s*[A-ZĐ]{2,10})", re.IGNORECASE)
_WORD_DATE = re.compile(r"ngày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(20\d\d)", re.IGNORECASE)
_SLASH_DATE = re.compile(r"ngày\s*(\d{1,2})\s*[/-]\s*(\d{1,2})\s*[/-]\s*(20\d\d)", re.IGNORECASE)
_ENCLOSED = re.compile(r"kèm theo\s+(?:báo cáo|bc)\b", re.IGNORECASE)


def report_number(lines: list[str]) -> str | None:
    """`Số: 232 /BC-UBND` of the letterhead, else of the annex's caption → `232/BC-UBND`."""
    for line in lines[:HEAD_LINES]:
        if match := _LETTERHEAD_NUMBER.match(line):
            return _number(match)
    for line in lines:
        if _ENCLOSED.search(line) and (match := _NUMBER.search(line)):
            return _number(match)
    return None


def _number(match: re.Match[str]) -> str:
    return f"{match.group(1)}/{''.join(match.group(2).split()).upper()}"


def report_date(lines: list[str]) -> str | None:
    """The day in the letterhead, else in the annex's caption, as an ISO date."""
    for line in lines[:HEAD_LINES]:
        if _PLACE_DATE.match(fold(line)) and (match := _WORD_DATE.search(line)):
            return _iso(match)
    for line in lines:
        if enclosed := _ENCLOSED.search(line):
            match = _SLASH_DATE.search(line, enclosed.end()) or _WORD_DATE.search(line, enclosed.end())
            if match:
                return _iso(match)
    return None


def _iso(match: re.Match[str]) -> str | None:
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


_ROLE = re.compile(r"\b(?:pho )?chu tich$")


def signatory(lines: list[str]) -> str | None:
    """The name under the last «CHỦ TỊCH» or «PHÓ CHỦ TỊCH» line: two to five capitalised words."""
    found = None
    for at, line in enumerate(lines):
        if _ROLE.search(fold(line)) and line.upper() == line:
            for below in lines[at + 1 : at + 6]:
                words = below.strip("*_ ").split()
                if 2 <= len(words) <= 5 and all(word[:1].isupper() and word.isalpha() for word in words):
                    if below.upper() != below:
                        found = " ".join(words)
                        break
    return found


# --- claims ---------------------------------------------------------------------------------------------------------

_PERIOD_KEY = re.compile(r"^20\d\d-(?:Q1|H1|Q3|FY)$")
_PLAIN_YEAR = re.compile(r"(?<!\d)(20[0-3]\d)(?!\d)")


def claim_of(path: PurePath | str) -> Claim:
    """What the folder (a period key) and the file name (a province, a period, a year) claim."""
    path = PurePath(path)
    words = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", fold(path.stem))
    named = list(dict.fromkeys(province_names(path.stem)))
    period = path.parent.name if _PERIOD_KEY.match(path.parent.name) else None
    if period is None and any(pattern.search(words) for pattern in (_QUARTER, _HALF, _NINE)):
        period = period_in(words)[0]
    return Claim(period, named[0] if len(named) == 1 else None, frozenset(int(y) for y in _PLAIN_YEAR.findall(path.stem)))
