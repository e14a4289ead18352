"""Every figure of a report's narrative, with the words that it stands in, as printed.

In: the paragraphs, tables and notes before the annex, and the grammar of the seed narrative_grammar. Out:
NarrativeFigure records in reading order: each number with the words before and after it (of its row and its column in a
table), what it is a part of, its sentence, section and place; and each clause that says how far something has come.
Not here: what a figure measures, its number, and whether it fits the annex (dbt decides that).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, takewhile

from orchestration.reading.document import NOTE, PARAGRAPH, TABLE_ROW, Block, Cell
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.vietnamese import nfkc, spoken

NUMBER, PERCENT, RATIO, RANK = "number", "percent", "ratio", "rank"
STATUS, PROVINCE, YEAR = "status", "province", "year"
WORDS_KEPT = 30
"""Of the words on either side of a figure: the longest label of a form has fewer."""

LONGEST_SENTENCE = 4000
"""In letters; more is a page that lost its full stops."""

_UPPER = "A-ZÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐ"
_MARKUP = re.compile(r"<[^>]{0,40}>|\*{1,3}|^#+\s*", re.MULTILINE)
_SENTENCE_END = re.compile(rf"(?<=[.!?…])\s+(?=[{_UPPER}0-9“\"(\-+•])|\n+")
_COUNT = re.compile(r"\d+|\d{1,3}(?:[., ]\d{3})+")
_NUMBER = re.compile(
    r"(?<![\w.,/:-])(?P<value>\d{1,3}(?:[ ]\d{3})+(?:,\d+)?(?![\d.])|\d+(?:[.,]\d+)*)"
    r"(?:\s*/\s*(?P<whole>\d{1,3}(?:\.\d{3})+|\d+))?(?P<percent>\s*%)?(?![\w/]*\w)(?!\s*%)"
)
_PERCENT_WORDS = re.compile(r"\s*phần trăm\b", re.IGNORECASE)
_NAMES = (
    r"\b(?i:(?:ngày\s+)?\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{4}|ngày\s+\d{1,2}\s*/\s*\d{1,2}"
    r"|ngày\s+\d{1,2}(?:\s+tháng\s+\d{1,2})?(?:\s+năm\s+\d{4})?)\b"
    r"|(?:\bsố\s*:?\s*)?\b\d+(?:/\d{4})?\s*[/-]\s*[A-ZĐ]{2,}[\w/-]*"
)
_NAMES_OF_DAYS_AND_DOCUMENTS = re.compile(_NAMES)
_NOT_FIGURES = re.compile(
    _NAMES + r"|\b(?i:\d{1,2}/\d{4}|tháng\s+\d{1,2}(?:\s+năm\s+\d{4})?|\d{4}\s*[-–]\s*\d{4}|24\s*/\s*7"
    r"|0?[369]\s+tháng|\d{1,2}\s+tháng\s+(?:đầu|cuối)\s+năm)\b"
)
_DAY_REACHED = re.compile(
    r"\b(?:đến|tới|hết|từ|sau|trước)\s+(?:hết\s+)?(?:ngày\s+)?"
    r"(?P<day>\d{1,2})\s*(?:[/.-]|tháng)\s*(?P<month>\d{1,2})\s*(?:[/.-]|năm)\s*(?P<year>\d{4})\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:năm|index|sipas|papi)\s+(\d{4})\b", re.IGNORECASE)
_RANKED = re.compile(r"(?:xếp|đứng|hạng|vị trí)(?:\s+(?:vị trí|hạng))?(?:\s+thứ)?\s*$", re.IGNORECASE)
_COMPARED = re.compile(r"(?:so với|so cùng kỳ|cùng kỳ)\s*(?:cùng kỳ\s*)?$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*([-+•*–—○▪➢✓])\s*")
_HEADING = re.compile(
    r"^\s*(?:(?P<part>(?:Phần|PHẦN|Chương|CHƯƠNG)\s\w+(?:\s\w+)?[.:)]|[A-HĐ][.)])|(?P<roman>[IVX]+)[.)]|(?P<arabic>\d{1,2}(?:\.\d{1,2})*)[.)]|(?P<letter>[a-zđ])[.)])\s+\S"
)
_HEADING_LENGTH = 260
_TITLE_LENGTH = 120
_TITLE_WORDS = 3
"""Of a heading without a number, in capitals alone, at least."""
_BRACKETS = re.compile(r"\(([^()]*)\)")
_PASSIVE = re.compile(r"\b(?:được|bị)\b.*")
_SIMPLY_HAS = re.compile(r"^$|\bcó$")
_ROUND = str.maketrans("[]", "()")
_NAMED = re.compile(
    r"(?<!Văn )(?<!văn )\b(?i:sở|chi cục|cục|phòng|huyện|quận|thị xã|thành phố|xã|phường|thị trấn|trung tâm|trường"
    r"|bệnh viện)"
    rf"\s+([{_UPPER}][\w-]*(?:[\s,]+(?:và\s+)?[{_UPPER}][\w-]*)*)"
)
_LIST_OPENS = re.compile(r"[^;,.:()]{0,90}(?:,\s*(?:gồm|bao gồm|cụ thể)[^:]{0,12})?:\s*")
_LIST_LEAD = re.compile(r"^(?:(?:gồm|bao gồm|cụ thể|đó là|là)\s*:?\s*)?(?:các\s[^:;,]{1,40}:\s*)?")
_AND = re.compile(r"(?<!\w)và(?!\w)", re.IGNORECASE)
_LIST_MARK = re.compile(r"[;,]|(?<!\w)và(?!\w)")
_CAPTION = re.compile(r"^(?:bảng|biểu)(?!\w)", re.IGNORECASE)
_COLON = re.compile(r":(?!\d)")
_COUNT_AHEAD = re.compile(r"[^,;:()]{0,60}$")
_TOTAL_ROW = re.compile(r"^(?:tổng|cộng)(?!\w)")
_ORDINAL_COLUMN = re.compile(r"^(?:stt|tt|số tt|số thứ tự)$", re.IGNORECASE)
_CELL = re.compile(r"[(\[]?(?:[A-Z]|\d{1,2})[)\]]?(?:\s*=.*)?")
_BARE_YEAR = re.compile(r"(?:19|20)\d{2}")
_ACTED = re.compile(r"^[^\d]*\b(?:đã|tiến hành)\s")
_DEPTH = {"": 0, "-": 1, "–": 1, "—": 1, "•": 1, "▪": 1, "○": 2, "+": 2, "*": 2}
"""How deep a bullet stands; the others stand deepest."""


@dataclass(frozen=True)
class NarrativeFigure:
    """One figure of the narrative, or one clause that says how far something has come.

    number: from 1 in the report.  kind: number, percent, ratio (`31/36`: value_raw and whole_raw), rank (`xếp thứ
    17/63`), status (words that say how far something has come, in words_before, and their clause in words_beside),
    province or year (its name, and what leads to it).  in_words: digits of a figure that is also written in words.
    part_of: the number of the figure that it is a part of.
    phrase_printed: the figure in its clause.  words_before, words_after: the words of the clause on either side;
    words_beside: those that it shares with what stands before it in the sentence; words_above: those of what it is a
    part of; words_ahead: those of the sentences before it in its paragraph; all in lower case, abbreviations written
    out.  year_printed: the year that its clause names.
    day_printed: the day, as 2021-06-30, up to which or from which its clause says it counts.
    items_least, items_most: how many names follow a count in brackets or after a colon, the fewest and the most that
    the list can be read as.  block, page: its place, the block from 1.
    """

    number: int
    kind: str
    figure_printed: str
    value_raw: str | None = None
    whole_raw: str | None = None
    in_words: str | None = None
    phrase_printed: str = ""
    words_before: str = ""
    words_after: str = ""
    words_beside: str = ""
    words_above: str = ""
    words_ahead: str = ""
    part_of: int | None = None
    year_printed: str | None = None
    day_printed: str | None = None
    named_unit: str | None = None
    items_least: int | None = None
    items_most: int | None = None
    section: str = ""
    section_words: str = ""
    sentence: str = ""
    block: int = 0
    page: int | None = None


@dataclass(frozen=True)
class _Found:
    """A figure in its sentence: where it begins and ends."""

    start: int
    end: int
    kind: str
    value: str
    whole: str | None = None
    in_words: str | None = None


@dataclass(frozen=True)
class _Grammar:
    compound: re.Pattern[str]
    name_before: re.Pattern[str]
    parts_follow: re.Pattern[str]
    respectively: re.Pattern[str]
    out_of: re.Pattern[str]
    separates: re.Pattern[str]
    stated_anew: re.Pattern[str]
    sums_up: re.Pattern[str]
    status: re.Pattern[str]
    number_words: re.Pattern[str]
    counted: re.Pattern[str]
    counts_other: re.Pattern[str]
    values: dict[str, int | None]
    provinces: re.Pattern[str]
    abbreviations: dict[str, str]


@lru_cache
def _grammar() -> _Grammar:
    rows = catalogue.seed("narrative_grammar")

    def of(role: str) -> list[str]:
        return sorted(
            (nfkc(row["words"]) for row in rows if row["role"] == role), key=lambda words: (-len(words), words)
        )

    def pattern(words: Sequence[str], before: str = r"(?<!\w)", after: str = r"(?!\w)") -> re.Pattern[str]:
        return re.compile(f"{before}(?:{'|'.join(re.escape(each) for each in words)}){after}", re.IGNORECASE)

    values = {row["words"]: int(row["value"]) if row["value"] else None for row in rows if row["role"] == "number_word"}
    word = "|".join(sorted(values, key=len, reverse=True))
    return _Grammar(
        pattern(of("compound")),
        pattern(of("name_before"), after=r"\s*(?:số\s*)?-?\s*$"),
        pattern(of("parts_follow")),
        pattern(of("respectively")),
        pattern(of("out_of"), before=r"^(?:\s+\w+){0,5}?\s+", after=r"\s+$"),
        pattern(of("separates")),
        pattern(of("stated_anew"), before=r"^\s*"),
        pattern(of("sums_up"), before=r"^\s*"),
        pattern(of("status")),
        re.compile(rf"(?<!\w)((?:{word})(?:\s+(?:{word}))*)(?!\w)", re.IGNORECASE),
        pattern(of("counted"), before=r"\s+"),
        pattern(of("counts_other"), before=r"\s+"),
        values,
        pattern([province.name for province in catalogue.provinces()], before=r"(?<!\w)(?:tỉnh|thành phố|tp\.?)\s+"),
        {spoken(row["abbreviation"]): spoken(row["full_form"]) for row in catalogue.seed("abbreviations")},
    )


def read_narrative(blocks: Sequence[Block], end: int) -> tuple[NarrativeFigure, ...]:
    """The figures of the paragraphs and tables before block `end`, where the annex begins, in reading order."""
    reader = _Reader()
    parts: list[tuple[int, int | None, str | list[tuple[Cell, ...]] | Block]] = [*_paragraphs(blocks[:end])]
    parts += _tables(blocks[:end])
    parts += [(number, block.page, block) for number, block in enumerate(blocks[:end], 1) if block.kind == NOTE]
    for number, page, part in sorted(parts, key=lambda part: part[0]):
        if isinstance(part, Block):
            reader.read_note(number, part)
        elif isinstance(part, str):
            reader.read(number, page, part)
        else:
            reader.read_table(number, page, part)
    return tuple(reader.figures)


def _tables(blocks: Sequence[Block]) -> Iterator[tuple[int, int | None, list[tuple[Cell, ...]]]]:
    """(block from 1, page, rows) of each table."""
    numbered = [(number, block) for number, block in enumerate(blocks, 1) if block.kind == TABLE_ROW]
    for _, members in groupby(numbered, key=lambda each: each[1].table):
        rows = list(members)
        yield rows[0][0], rows[0][1].page, [block.cells for _, block in rows]


def _paragraphs(blocks: Sequence[Block]) -> Iterator[tuple[int, int | None, str]]:
    """(block from 1, page, text): a paragraph that a page's end or a footnote on it cut is put together again."""
    texts = [(number, block.page, _plain(block)) for number, block in enumerate(blocks, 1) if block.kind == PARAGRAPH]
    texts = [each for each in texts if each[2]]
    taken: set[int] = set()
    for at, (number, page, text) in enumerate(texts):
        if at in taken:
            continue
        whole = text
        for step in (1, 2):
            follower = at + step
            if follower < len(texts) and follower not in taken and _goes_on(whole, texts[follower][2]):
                taken.add(follower)
                whole = f"{whole} {texts[follower][2]}"
                break
        yield number, page, whole


def _plain(block: Block) -> str:
    return unicodedata.normalize("NFC", _MARKUP.sub("", block.text)).strip()


def _goes_on(text: str, other: str) -> bool:
    return text[-1] not in '.;:!?…)”"' and other[0].islower() and not _HEADING.match(other)


@dataclass
class _Head:
    """What the bullets below stand under: how deep its own bullet is and theirs are, the figure that they divide."""

    depth: int
    figure: int | None
    words: str
    depth_below: int = 0


class _Reader:
    """Goes through paragraphs in order and remembers what they stand under."""

    def __init__(self) -> None:
        self.figures: list[NarrativeFigure] = []
        self._section: dict[str, str] = {}
        self._heads: list[_Head] = []
        self._caption = ""
        self._is_opening = False
        self._spoken_before: tuple[str, NarrativeFigure | None] = ("", None)

    def read(self, block: int, page: int | None, text: str) -> None:
        bullet = _BULLET.match(text)
        sign = bullet[1] if bullet else ""
        text = text[bullet.end() :] if bullet else text
        self._caption = _last_words(_said(text)) if text.endswith(":") or _CAPTION.match(text) else ""
        self._enter(text, sign)
        depth = _DEPTH.get(sign, 3)
        while self._heads and (depth <= self._heads[-1].depth or depth < self._heads[-1].depth_below):
            self._heads.pop()
        above = self._heads[-1] if self._heads else _Head(0, None, "")
        above.depth_below = above.depth_below or depth
        first = len(self.figures)
        section = " › ".join(self._section.values())
        section_words = _spoken(f"{section} {_title(text)}")
        before: NarrativeFigure | None = None
        sentences = _sentences(_without_number(text))
        ahead = ""
        for sentence in sentences:
            found = _sentence(sentence.strip(), len(self.figures) + 1, (above.figure, above.words), before)
            self.figures += [
                replace(each, words_ahead=ahead, section=section, section_words=section_words, block=block, page=page)
                for each in found
            ]
            ahead = _last_words(f"{ahead} {_said(sentence)}")
            counted = [each for each in self.figures[first:] if each.kind in (NUMBER, RATIO, PERCENT)]
            mains = [each for each in counted if each.part_of == above.figure] or counted
            before = mains[-1] if mains else before
        self._spoken_before = (ahead, before)
        mains = [each for each in self.figures[first:] if each.kind in (NUMBER, RATIO) and each.part_of == above.figure]
        is_head = text.rstrip().endswith(":")
        if mains and (is_head or sign):
            main = mains[-1 if is_head else 0]
            self._heads.append(_Head(depth, main.number, _phrase(main)))
        elif is_head and sentences:
            self._heads.append(_Head(depth, None, _spoken(_last_words(sentences[-1].strip()))))

    def read_note(self, number: int, note: Block) -> None:
        """Figures of a note, which divides and continues what it stands behind, and heads nothing."""
        kind, _, mark = note.flags[0].partition(":")
        place = f"{'Chú thích' if kind == 'footnote' else 'Chú thích cuối'} {mark}"
        ahead, before = self._spoken_before
        for sentence in _sentences(_plain(note)):
            found = _sentence(sentence.strip(), len(self.figures) + 1, (None, ""), before)
            self.figures += [
                replace(
                    each,
                    words_ahead=ahead,
                    section=" › ".join([*self._section.values(), place]),
                    section_words=_spoken(" › ".join(self._section.values())),
                    block=number,
                    page=note.page,
                )
                for each in found
            ]

    def read_table(self, block: int, page: int | None, rows: Sequence[tuple[Cell, ...]]) -> None:
        """Figures of the cells that hold nothing but a number, below the head of their column."""
        texts = [{cell.column: nfkc(cell.text).strip() for cell in row} for row in rows]
        counting = [any(map(_numbers_of_cell, row.values())) and not _is_ordinal_row(row) for row in texts]
        height = len(list(takewhile(lambda counts: not counts, counting)))
        if height in (0, len(rows)):
            return
        heads: dict[int, str] = {}
        for cells in rows[:height]:
            for cell in cells:
                for column in range(cell.column, cell.column + cell.column_span):
                    heads[column] = f"{heads.get(column, '')} {cell.text}".strip()
        section = " › ".join(self._section.values())
        first = len(self.figures)
        totals: list[int] = []
        for at in (each for each in range(height, len(rows)) if counting[each]):
            row, ahead = texts[at], ""
            for column, text in sorted(row.items()):
                head = heads.get(column, "")
                found = [] if _ORDINAL_COLUMN.match(head) else _numbers_of_cell(text)
                label = " ".join(row[each] for each in sorted(row) if each < column and not _numbers_of_cell(row[each]))
                if found and label:
                    figure = _of_cell(len(self.figures) + 1, found[0], text, label, head)
                    if _TOTAL_ROW.match(label.lower()):
                        totals.append(figure.number)
                    self.figures.append(
                        replace(
                            figure,
                            words_beside=_last_words(_said(ahead)),
                            words_above=self._caption,
                            section=section,
                            section_words=_spoken(section),
                            sentence=" | ".join(row[each] for each in sorted(row) if row[each]),
                            block=block + at,
                            page=page,
                        )
                    )
                    ahead = f"{ahead} {head}"
        for place, figure in enumerate(self.figures[first:], first):
            total = next((each for each in totals if _is_beneath(figure, self.figures[each - 1])), None)
            if total is not None:
                self.figures[place] = replace(figure, part_of=total)

    def _enter(self, text: str, sign: str) -> None:
        is_opening, self._is_opening = self._is_opening, text.upper().startswith("BÁO CÁO")
        if text.startswith("Kính gửi"):
            self._section = {}
        if is_opening or self._is_opening:
            return
        heading = None if sign or len(text) > _HEADING_LENGTH else _HEADING.match(text)
        is_title = not heading and not sign and text.isupper() and _TITLE_WORDS <= len(text.split()) <= WORDS_KEPT
        if (heading or is_title) and text.rstrip()[-1] not in ".;":
            level = str(heading.lastgroup) if heading else "part"
            order = ("part", "roman", "arabic", "letter")
            self._section = {
                name: words for name, words in self._section.items() if order.index(name) < order.index(level)
            }
            self._section[level] = text.strip()


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if part.strip() and len(part) <= LONGEST_SENTENCE]


def _title(text: str) -> str:
    """What a numbered paragraph is about, before its colon: «8. Nhiệm vụ quý II: …»."""
    title, colon, rest = text.partition(":")
    return title if colon and rest.strip() and len(title) <= _TITLE_LENGTH and _HEADING.match(text) else ""


def _without_number(text: str) -> str:
    """The text without the number of a heading."""
    return re.sub(r"^\s*(?:[IVX]+|\d{1,2}(?:\.\d{1,2})*|[a-zđ])[.)]\s+", "", text)


def _phrase(figure: NarrativeFigure) -> str:
    return " ".join(part for part in (figure.words_above, figure.words_before, figure.words_after) if part)


def _numbers_of_cell(text: str) -> list[_Found]:
    """The number that a cell holds and nothing else, in a list of its own."""
    found = _numbers(text)
    return found if len(found) == 1 and found[0].start == 0 and found[0].end == len(text) else []


def _is_beneath(figure: NarrativeFigure, total: NarrativeFigure) -> bool:
    """Whether a figure of a table is one of those that its column's total sums up."""
    return (
        figure.number != total.number
        and figure.words_after == total.words_after
        and figure.kind == total.kind == NUMBER
        and not _TOTAL_ROW.match(figure.words_before)
    )


def _is_ordinal_row(row: dict[int, str]) -> bool:
    """Whether a row numbers the columns: `A`, `1`, `(2)`, `3=2/1`."""
    texts = [text for text in row.values() if text]
    return len(texts) > 1 and all(_CELL.fullmatch(text) for text in texts)


def _of_cell(number: int, found: _Found, text: str, label: str, head: str) -> NarrativeFigure:
    year = _YEAR.search(head) or _YEAR.search(label)
    bare = _BARE_YEAR.fullmatch(head.rsplit(maxsplit=1)[-1]) if head else None
    return NarrativeFigure(
        number=number,
        kind=found.kind,
        figure_printed=text,
        value_raw=found.value,
        whole_raw=found.whole,
        in_words=found.in_words,
        phrase_printed=f"{label} | {head}: {text}",
        words_before=_first_words(_said(label)),
        words_after=_first_words(_said(head)),
        year_printed=year[1] if year else bare[0] if bare else None,
        named_unit=_named(label, ""),
    )


# --- one sentence ---------------------------------------------------------------------------------------------------


def _sentence(
    text: str, first: int, above: tuple[int | None, str], before: NarrativeFigure | None
) -> list[NarrativeFigure]:
    """The figures of one sentence, numbered from `first`; `before` is the figure that an opening «Trong đó» divides."""
    found = _numbers(text)
    covered = _covered(text.translate(_ROUND))
    brackets = [(each.start(), each.end()) for each in _BRACKETS.finditer(covered)]
    outer = [each for each in found if not _inside(each, brackets)]
    groups: list[tuple[int, int, list[_Found]]] = [(0, len(text), outer)]
    groups += [(start, end, [each for each in found if start < each.start < end]) for start, end in brackets]
    figures: dict[int, NarrativeFigure] = {}
    numbers = {each.start: first + at for at, each in enumerate(sorted(found, key=lambda each: each.start))}
    for start, end, members in groups:
        plain = _blanked(covered, brackets) if (start, end) == (0, len(text)) else covered
        inner = (start, end) in brackets
        left = start + 1 if inner else start
        right = end - 1 if inner else end
        previous: NarrativeFigure | None = None
        head: int | None = None
        title = ""
        if inner:
            heads = [each for each in outer if each.start < start]
            head = numbers[heads[-1].start] if heads else None
        for at, each in enumerate(members):
            begins = members[at - 1].end if at else left
            ends = members[at + 1].start if at + 1 < len(members) else right
            ahead_of_it, lead, tail = _clause(
                plain, begins, each, ends, is_first=at == 0, is_last=at + 1 == len(members)
            )
            owner, owner_words = above
            if inner and head is not None:
                is_part = not _grammar().sums_up.match(lead) and not _exceeds(each, heads[-1])
                owner = head if is_part else None
            elif (divided := _divided_by_colon(plain, members, each)) is not None:
                owner, owner_words = numbers[divided.start], ""
            elif parts := _grammar().parts_follow.search(plain, left, each.start):
                owner, owner_words = _divided(plain, members, each, parts, numbers=numbers, before=before) or above
            if owner in figures:
                owner_words = _phrase(figures[owner])
            title, own = _titled(lead, title)
            lead = f"{title}: {own}" if title and own else lead
            beside = _beside(previous) if previous else _said(ahead_of_it)
            listed, shared = _respective(plain, left, members, at)
            if listed:
                lead, own, beside = listed, listed, _last_words(f"{beside} {_said(shared)}")
                tail = tail or _clause(plain, members[-1].end, members[-1], right, is_first=False)[2]
            least, most = _items(text, each, brackets, is_last=at + 1 == len(members))
            figure = NarrativeFigure(
                number=numbers[each.start],
                kind=each.kind,
                figure_printed=text[each.start : each.end].strip(),
                value_raw=each.value,
                whole_raw=each.whole,
                in_words=each.in_words,
                phrase_printed=" ".join(part for part in (lead, text[each.start : each.end].strip(), tail) if part),
                words_before=_said(own),
                words_after=_said(tail),
                words_beside=beside,
                words_above=" ".join(part for part in (_said(title), owner_words) if part),
                words_ahead="",
                part_of=owner if owner != numbers[each.start] else None,
                year_printed=_year(text, each, tail),
                day_printed=_day(text, each, tail),
                named_unit=_named(lead, tail),
                items_least=least,
                items_most=most,
                section="",
                section_words="",
                sentence=text,
                block=0,
                page=None,
            )
            figures[figure.number] = figure
            previous = figure
        if members and ";" not in plain[members[0].end : members[-1].start]:
            _share_what_is_said_of_all(figures, [numbers[each.start] for each in members])
    ordered = _summed_up([figures[number] for number in sorted(figures)])
    return [*ordered, *_statements(text, first + len(ordered))]


def _share_what_is_said_of_all(figures: dict[int, NarrativeFigure], listed: Sequence[int]) -> None:
    """«Có 5 lãnh đạo cấp sở, 7 lãnh đạo cấp phòng được bổ nhiệm mới»: what the last was, all were."""
    if len(listed) < 2 or any(figures[number].words_before not in ("", "và") for number in listed[1:]):
        return
    passive = _PASSIVE.search(figures[listed[-1]].words_after)
    if passive and _SIMPLY_HAS.search(figures[listed[0]].words_before):
        for number in listed[:-1]:
            each = figures[number]
            if not _PASSIVE.search(each.words_after):
                figures[number] = replace(each, words_beside=f"{each.words_beside} {passive[0]}")


def _summed_up(figures: Sequence[NarrativeFigure]) -> list[NarrativeFigure]:
    """«28 người, 70 người (tổng cộng 98 người)»: what a sum behind them adds up are its parts."""
    total = figures[-1] if figures else None
    if total is None or total.kind != NUMBER or not _grammar().sums_up.match(total.words_before):
        return list(figures)
    return [
        replace(each, part_of=total.number) if each.kind == NUMBER and each.part_of is None else each
        for each in figures[:-1]
    ] + [total]


def _numbers(text: str) -> list[_Found]:
    """The figures of a sentence; numbers that name a day, a document, a level or a year are none."""
    covered = _NOT_FIGURES.sub(lambda each: "\x00" * len(each[0]), text)
    covered = _grammar().compound.sub(lambda each: re.sub(r"\d", "\x00", each[0]), covered)
    found = _written(covered)
    taken = [(each.start, each.end) for each in found]
    for each in _NUMBER.finditer(covered):
        lead = text[: each.start()][-40:]
        is_rank = bool(_RANKED.search(lead))
        if any(start <= each.start() < end for start, end in taken) or (
            _grammar().name_before.search(lead) and not is_rank
        ):
            continue
        value, whole = each["value"], each["whole"]
        end = each.end()
        words = _PERCENT_WORDS.match(text, end)
        kind = RANK if is_rank else PERCENT if each["percent"] or words else RATIO if whole else NUMBER
        if whole and each["percent"]:
            continue
        found.append(_Found(each.start(), words.end() if words else end, kind, value, whole))
    return _shares(covered, sorted(found, key=lambda each: each.start))


def _shares(text: str, found: Sequence[_Found]) -> list[_Found]:
    """«31 trong tổng số 36» and «31 trên 36 nhiệm vụ» are one figure, as `31/36` is."""
    shares: list[_Found] = []
    for each in found:
        before = shares[-1] if shares else None
        is_share = before and before.kind == each.kind == NUMBER and not _grammar().counts_other.match(text, each.end)
        if before and is_share and _grammar().out_of.match(text[before.end : each.start]):
            shares[-1] = replace(before, end=each.end, kind=RATIO, whole=each.value)
        else:
            shares.append(each)
    return shares


def _written(text: str) -> list[_Found]:
    """Figures in words: those with digits in brackets behind them, and those of two words or more."""
    found = []
    for each in _grammar().number_words.finditer(text):
        digits = re.compile(r"\s*\(\s*(\d+(?:\.\d{3})*)\s*\)").match(text, each.end())
        number = in_digits(each[1])
        if digits and number is not None:
            found.append(_Found(each.start(), digits.end(), NUMBER, digits[1], None, str(number)))
        elif number is not None and (
            (number > 9 and " " in each[1].strip() and re.search(r"mươi|mười|trăm", each[1].lower()))
            or (1 < number <= 10 and each[1].lower() != "năm" and _grammar().counted.match(text, each.end()))
        ):
            found.append(_Found(each.start(), each.end(), NUMBER, str(number), None, str(number)))
    return found


def in_digits(words: str) -> int | None:
    """`hai mươi ba` → 23, `một nghìn chín trăm hai mươi mốt` → 1921; None for words that make no number."""
    total = section = ones = 0
    for word in words.lower().split():
        value = _grammar().values.get(word, -1)
        if value is None:
            continue
        if value < 0:
            return None
        if value == 1000:
            total, section, ones = total + (section + ones or 1) * 1000, 0, 0
        elif value == 100:
            section, ones = section + (ones or 1) * 100, 0
        elif value == 10:
            section, ones = section + (ones or 1) * 10, 0
        elif ones and word != "không":
            return None
        else:
            ones = value
    return total + section + ones


def _covered(text: str) -> str:
    """The text with the commas and joins of compounds replaced, so that they part nothing; of the same length."""
    for _ in range(2):  # the words of one compound begin another: «sở, ban, ngành»
        text = _grammar().compound.sub(lambda each: _AND.sub("\x02\x02", each[0].replace(",", "\x01")), text)
    return re.sub(r"(?<=\d),(?=\d)", "\x01", text)


def _printed(text: str) -> str:
    words = text.replace("\x01", ",").replace("\x02\x02", "và").strip(" \t.,;:-–()")
    return " ".join(words.split())


def _inside(each: _Found, brackets: Sequence[tuple[int, int]]) -> bool:
    return any(start < each.start < end for start, end in brackets)


def _blanked(text: str, brackets: Sequence[tuple[int, int]]) -> str:
    for start, end in brackets:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


_HARD = re.compile(r"[;,()]")


def _titled(lead: str, title: str) -> tuple[str, str]:
    """The title that the words before a figure stand under, their own or the one before them, and those words."""
    head, colon, own = lead.rpartition(":")
    if colon and own.strip():
        return head, own.strip()
    return ("" if colon else title), lead


def _divided(
    text: str,
    members: Sequence[_Found],
    each: _Found,
    parts: re.Match[str],
    *,
    numbers: dict[int, int],
    before: NarrativeFigure | None,
) -> tuple[int, str] | None:
    """The figure that «trong đó» before a figure divides, and its words; None if the figure is no part of any."""
    ahead = [other for other in members if other.start < parts.start()]
    if ahead:
        return None if _is_stated_anew(text, parts.end(), each.start) else (numbers[ahead[-1].start], "")
    return (before.number, _phrase(before)) if before else None


def _divided_by_colon(text: str, members: Sequence[_Found], each: _Found) -> _Found | None:
    """The count that a colon divides: «2.028 thủ tục: cấp tỉnh 1.570, cấp huyện 299»; None where there is none."""
    colons = [mark.start() for mark in _COLON.finditer(text, 0, each.start)]
    if not colons or ";" in text[colons[-1] : each.start]:
        return None
    ahead = [other for other in members if other.end <= colons[-1]]
    if not ahead or ahead[-1].kind != NUMBER or not _COUNT_AHEAD.fullmatch(text, ahead[-1].end, colons[-1]):
        return None
    return None if _exceeds(each, ahead[-1]) or each.kind != NUMBER else ahead[-1]


def _exceeds(part: _Found, whole: _Found) -> bool:
    """Whether a count is greater than the one that it would be a part of; of what is no whole number nobody knows."""
    if not part.kind == whole.kind == NUMBER or not all(_COUNT.fullmatch(each.value) for each in (part, whole)):
        return False
    sizes = [int(re.sub(r"\D", "", each.value)) for each in (part, whole)]
    return sizes[0] > sizes[1]


def _is_stated_anew(text: str, parts_begin: int, start: int) -> bool:
    """Whether a new statement begins between «trong đó» and a figure: «…, trong đó 3 sai; đã xử lý 5»."""
    clauses = re.split(r"[;,]", text[parts_begin:start])
    anew = [bool(_grammar().stated_anew.match(clause) or _ACTED.match(clause)) for clause in clauses]
    return any(anew[1:]) and not anew[0]


def _separators(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where punctuation or a word that is no part of a compound parts two figures."""
    kept = [each.span() for each in _grammar().compound.finditer(text, start, end)]
    found = [each.span() for each in _HARD.finditer(text, start, end)]
    for pattern in (_grammar().separates, _grammar().parts_follow):
        found += [
            each.span()
            for each in pattern.finditer(text, start, end)
            if not any(first <= each.start() < last for first, last in kept)
        ]
    return sorted(found)


def _clause(
    text: str, begins: int, each: _Found, ends: int, *, is_first: bool, is_last: bool = False
) -> tuple[str, str, str]:
    """The words of a sentence before a figure's own, its own before it, and its own after it."""
    marks = _separators(text, begins, each.start)
    if is_first:
        marks = [mark for mark in marks if text[mark[0] : mark[1]].lower() not in ("và", "còn", "còn lại")]
    strong = [mark for mark in marks if text[mark[0]] == ";"]
    if strong and not is_first:
        marks = [strong[-1], *(mark for mark in marks if mark > strong[-1])][:1]
    mark = (marks[-1] if is_first else marks[0]) if marks else (begins, begins)
    start = mark[1] if text[mark[0]] in ";,()" else mark[0]  # a word such as «còn» says something of the figure
    after = [
        mark
        for mark in _separators(text, each.end, ends)
        if not is_last or text[mark[0] : mark[1]].lower() != "và"  # what joins no other figure parts nothing
    ]
    after += [mark.span() for mark in _COLON.finditer(text, each.end, ends)]
    return (
        _last_words(_printed(text[begins:start])),
        _last_words(_printed(text[start : each.start])),
        _first_words(_printed(text[each.end : min(after)[0] if after else ends])),
    )


def _said(text: str) -> str:
    """The words of a clause without the days and the documents that it names: they say nothing of a figure."""
    return _spoken(_NAMES_OF_DAYS_AND_DOCUMENTS.sub(" ", text))


def _spoken(text: str) -> str:
    full = _grammar().abbreviations
    return " ".join(full.get(word, word) for word in spoken(text).split())


def _last_words(text: str) -> str:
    return " ".join(text.split()[-WORDS_KEPT:])


def _first_words(text: str) -> str:
    return " ".join(text.split()[:WORDS_KEPT])


def _beside(previous: NarrativeFigure) -> str:
    """The words that a list's next figure shares: what led to the one before it, then that one's own."""
    return _last_words(" ".join((previous.words_beside, previous.words_before, previous.words_after)))


def _respective(text: str, left: int, members: Sequence[_Found], at: int) -> tuple[str, str]:
    """The name that a figure of «A, B và C lần lượt là 1, 2 và 3» belongs to, and all that leads to «lần lượt»."""
    marks = list(_grammar().respectively.finditer(text, left, members[at].start))
    if not marks:
        return "", ""
    before = [each for each in members if each.end <= marks[-1].start()]
    begins = max(before[-1].end if before else left, text.rfind(";", left, marks[-1].start()) + 1)
    listed, counted = text[begins : marks[-1].start()], [each for each in members if each.start >= marks[-1].end()]
    place = counted.index(members[at])
    readings = [listed, listed.replace("\x01", ",").replace("\x02\x02", "và")]
    names = [[part.split() for part in _LIST_MARK.split(reading) if part.strip()] for reading in readings]
    for parts in names:
        for last in range(len(parts), len(counted) - 1, -1):
            window = parts[last - len(counted) : last]
            # Names of a list are alike: «số thủ tục cấp tỉnh», «cấp huyện», «cấp xã»; what leads to the first and what
            # follows the last they share.
            if len(counted) > 1 and all(name[0] in window[0] for name in window[1:]):
                lead = window[0][: window[0].index(window[1][0])] if place else []
                return _printed(" ".join([*lead, *window[place], *(word for name in parts[last:] for word in name)])), (
                    _printed(listed)
                )
    for parts in names:
        if len(parts) >= len(counted) > 1:
            return _printed(" ".join(parts[place - len(counted)])), _printed(listed)
    return "", ""


def _year(text: str, each: _Found, tail: str) -> str | None:
    """The year that a figure's clause names, else the last one named before it in the sentence."""
    years = [
        (mark.start(), mark[1])
        for mark in _YEAR.finditer(_NOT_FIGURES.sub(lambda found: "\x00" * len(found[0]), text))
        if not _COMPARED.search(text[: mark.start()])
    ]
    after = [
        year
        for start, year in years
        if each.end <= start <= each.end + len(tail) + 2 and "(" not in text[each.end : start]
    ]
    ahead = [year for start, year in years if start < each.start]
    return after[0] if after else ahead[-1] if ahead else None


def _day(text: str, each: _Found, tail: str) -> str | None:
    """The day from which or up to which a figure counts: its clause's, else the last one named before it."""
    days = [
        (mark.start(), f"{mark['year']}-{int(mark['month']):02}-{int(mark['day']):02}")
        for mark in _DAY_REACHED.finditer(text)
        if 1 <= int(mark["month"]) <= 12 and 1 <= int(mark["day"]) <= 31
    ]
    after = [day for start, day in days if each.end <= start <= each.end + len(tail) + 2]
    ahead = [day for start, day in days if start < each.start]
    return after[0] if after else ahead[-1] if ahead else None


def _named(lead: str, tail: str) -> str | None:
    mark = _NAMED.search(tail) or _NAMED.search(lead)
    return mark[0].strip(" ,") if mark else None


def _items(
    text: str, each: _Found, brackets: Sequence[tuple[int, int]], *, is_last: bool
) -> tuple[int, int] | tuple[None, None]:
    """The fewest and the most names listed behind a count, in brackets or after a colon that ends its clause.

    A comma may stand within a name («Sở Văn hóa, Thể thao và Du lịch»), so at least those count that begin as the
    first one does, and at most all that commas part.
    """
    bracket = next(((start, end) for start, end in brackets if 0 <= start - each.end <= 90), None)
    listed = ""
    if bracket:
        if re.search(r"[;,.\d]", text[each.end : bracket[0]]):
            return None, None
        listed = text[bracket[0] + 1 : bracket[1] - 1]
    elif is_last and (colon := _LIST_OPENS.match(text, each.end)):
        listed = text[colon.end() :]
    parts = [part.strip(" .") for part in (listed.split(";") if ";" in listed else _LIST_MARK.split(listed))]
    parts = [_LIST_LEAD.sub("", part) for part in parts if part]
    if len(parts) < 2 or re.search(r"\d", listed) or not all(part and part[0].isupper() for part in parts):
        return None, None
    first = parts[0].split()[0]
    alike = sum(part.split()[0] == first for part in parts)
    if all(word[0].isupper() for part in parts for word in part.split()):  # names of places hold no comma
        alike = len(parts)
    return (len(parts) if ";" in listed else alike), max(len(parts), len(_LIST_MARK.split(listed)))


def _statements(text: str, first: int) -> Iterator[NarrativeFigure]:
    """Clauses that say how far something has come, and names of provinces and years: records without a number."""
    clauses = [
        (part.strip(), whole.strip())
        for whole in text.split(";")
        for part in re.split(r",(?!\d)", whole)
        if _grammar().status.search(part)
    ]
    mentions = [mark[0] for mark in _grammar().provinces.finditer(text)]
    blank = NarrativeFigure(0, STATUS, "", sentence=text)
    number = first
    for part, whole in clauses:
        yield replace(
            blank, number=number, figure_printed=part, words_before=_spoken(part), words_beside=_spoken(whole)
        )
        number += 1
    for mention in dict.fromkeys(mentions):
        yield replace(blank, number=number, kind=PROVINCE, figure_printed=mention, words_before=_spoken(text))
        number += 1
    for mark in _YEAR.finditer(_NOT_FIGURES.sub(lambda found: "\x00" * len(found[0]), text)):
        words = _spoken(_last_words(_printed(text[: mark.start()])))
        yield replace(blank, number=number, kind=YEAR, figure_printed=mark[0], year_printed=mark[1], words_before=words)
        number += 1
