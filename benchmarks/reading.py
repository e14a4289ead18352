"""How exactly and how fast reports are read in whatever people send, and how often a wrong figure goes unnoticed.

    python -m benchmarks.reading [--quick] [--ours-only] [--tables N] [--scans N] [--sent N] [--seed N]

Generated reports with random values (seeded): tables that run over pages, degraded scans, and every kind of
`tests/container_factory.py` (other formats, archives, mails, files in files, marks, overlays, old fonts, photos). Scans
under an opaque stamp are a group of their own: what it hides cannot be read and must be flagged. `--seed` gives other
reports than those by which the reader was improved. Per annex row:
  exact    code found and the value as printed
  flagged  wrong or missing, but the warehouse doubts the value or knows the row as missing, or the file was refused
  silent   wrong or missing without any sign: the figure nobody would look at again
The exit status says whether the bounds are kept; seconds are of the clock, so they need a quiet machine.
Peers, off line: pdfplumber's own tables page by page for text; Tesseract on the whole page for scans. Each is helped
by the header's words and the codes, so that the tool is measured and not the glue around it.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pdfplumber
import pypdfium2
import tesserocr

from orchestration.reading import parcel
from orchestration.reading.annex.row import UNMATCHED
from orchestration.reading.formats import office
from orchestration.reading.reader import ACCEPTED, read_bytes
from orchestration.reading.sandbox import run_limited
from orchestration.reading.version import model_folder
from tests.container_factory import KINDS, OF_OFFICE, PICTURES
from tests.document_factory import AnnexLine, sample_annex
from tests.pdf_factory import make_pdf, make_scan

TEXT, SCAN_200, SCAN_150, SCAN_OPAQUE = "text", "scans, 200 dpi", "scans, 150 dpi", "scans, opaque stamp"
LEAST_EXACT = {
    TEXT: 99.5,
    SCAN_200: 99.5,
    SCAN_150: 98.5,
    SCAN_OPAQUE: 0.0,
    **{kind: 97.0 if kind in PICTURES else 99.5 for kind in KINDS},
    "photos, sent small": 90.0,
    "photos, blurred": 0.0,  # read in doubt or refused
    "odt, titles out of place": 0.0,  # LibreOffice takes the merged titles apart when it opens the Word file
}
"""Per cent of the rows; a figure that is silently wrong is allowed nowhere."""

MOST_SECONDS = {
    **dict.fromkeys((TEXT, SCAN_200, SCAN_150, SCAN_OPAQUE), 1.5),
    **{kind: 3.0 if kind in PICTURES else 10.0 if kind in OF_OFFICE else 2.0 for kind in KINDS},
    **dict.fromkeys(("docx", "html", "txt", "xlsx"), 0.3),
}
"""A page, or a file where it has none. LibreOffice takes seconds to start; a photo is a larger picture than a scan."""

DOUBTS = ("low_confidence", "disagreement", "stamp", "touches_line", "letters_dropped_at_seam")
"""Flags of a value that the warehouse counts as doubt (int_value_findings.sql)."""

Key = tuple[str, int]
Answer = dict[Key, tuple[str, bool]]
"""By code and ordinal: the value, and whether it is in doubt."""


@dataclass(frozen=True)
class Case:
    """One generated document, the group it is counted in, and its truth."""

    group: str
    name: str
    lines: tuple[AnnexLine, ...]
    make: Callable[[], bytes]


@dataclass
class Tally:
    """Counts over documents."""

    rows: int = 0
    exact: int = 0
    flagged: int = 0
    silent: int = 0
    flags: int = 0
    pages: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    peak_bytes: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, case: Case, run: Run) -> None:
        answer = run.answer
        self.pages += run.pages
        self.seconds += run.seconds
        self.processor_seconds += run.processor_seconds
        self.peak_bytes = max(self.peak_bytes, run.peak_bytes)
        for line in case.lines:
            self.rows += 1
            value, is_flagged = (answer or {}).get((line.code, line.ordinal), ("", answer is None))
            is_known = answer is not None and (line.code, line.ordinal) in answer
            self.flags += is_flagged and is_known
            if is_known and value == unicodedata.normalize("NFC", line.value):
                self.exact += 1
                continue
            self.flagged += is_flagged
            self.silent += not is_flagged
            if not is_flagged or len(self.examples) < 12:
                sign = "flagged" if is_flagged else "SILENT"
                self.examples.append(f"{sign}: {line.code}/{line.ordinal} {line.value!r} is {value!r} in {case.name}")

    @property
    def share_exact(self) -> float:
        return 100 * self.exact / max(1, self.rows)

    @property
    def seconds_a_page(self) -> float:
        return self.seconds / max(1, self.pages)

    def misses(self, group: str) -> list[str]:
        """The bounds of its group that it does not keep."""
        return [
            *([f"{self.silent} silent"] if self.silent else []),
            *([f"below {LEAST_EXACT[group]} % exact"] if self.share_exact < LEAST_EXACT[group] else []),
            *([f"above {MOST_SECONDS[group]} s/page"] if self.seconds_a_page > MOST_SECONDS[group] else []),
        ]

    def __str__(self) -> str:
        return (
            f"{self.rows:6d} rows  exact {self.exact:6d} ({self.share_exact:6.2f} %)  flagged {self.flagged:4d}"
            f"  silent {self.silent:4d}  rows in doubt {self.flags:4d}  {self.seconds_a_page:5.2f} s/page"
            f" ({self.processor_seconds / max(1, self.pages):.2f} of processors)"
            f"  peak {self.peak_bytes / 2**20:5.0f} MB"
        )


@dataclass(frozen=True)
class Run:
    """What one reader made of one document, and what that cost."""

    answer: Answer | None
    pages: int
    seconds: float
    processor_seconds: float
    peak_bytes: int


def text_cases(count: int, first: int) -> Iterator[Case]:
    """Reports with a text layer whose annex runs over several pages, in several settings."""
    for seed in range(first, first + count):
        source = random.Random(seed)
        options = {
            "size": source.choice((10.0, 11.0, 12.0, 13.0)),
            "font": source.choice(("LiberationSerif", "LiberationSans")),
            "landscape": source.random() < 0.2,
            "cut_rows": source.random() < 0.8,
            "repeat_header": source.random() < 0.7,
            "hidden": source.random() < 0.2,
            "quarter": source.choice((0, 0, 0, 0, 90, 180, 270)),
        }
        lines = tuple(sample_annex(seed))
        yield Case(
            TEXT, f"text {seed} {options}", lines, lambda lines=lines, options=options: make_pdf(lines, **options)
        )


def scan_cases(count: int, first: int) -> Iterator[Case]:
    """Degraded scans: 200 and 150 dpi, askew, noisy, stamped, some turned, some with a wrong text layer."""
    for seed in range(first, first + count):
        source = random.Random(1000 + seed)
        options = {
            "dpi": 150 if seed % 4 == 3 else 200,
            "skew": source.choice((0.5, 1.0, 2.0)),
            "noise": source.choice((3.0, 6.0, 10.0)),
            "stamps": source.choice((0, 1, 3)),
            "opaque": seed % 5 == 4,
            "jpeg": source.choice((50, 60, 75)),
            "rotate": source.choice((0, 0, 0, 0, 90, 180, 270)),
            "english_layer": source.random() < 0.2,
            "size": source.choice((11.0, 12.0)),
            "letterhead": seed % 3 == 0,
        }
        lines = tuple(sample_annex(1000 + seed))
        group = SCAN_150 if options["dpi"] == 150 else SCAN_200
        yield Case(
            SCAN_OPAQUE if options["opaque"] and options["stamps"] else group,
            f"scan {seed} {options}",
            lines,
            lambda lines=lines, options=options, seed=seed: make_scan(lines, seed=seed, **options),
        )


def sent_cases(count: int, first: int) -> Iterator[Case]:
    """Every kind of what people send, `count` reports of each."""
    for kind, make in KINDS.items():
        for seed in range(first, first + count):
            lines = tuple(sample_annex(2000 + seed))
            if kind not in OF_OFFICE or office.office_program():
                yield Case(kind, f"{kind} {seed}", lines, lambda lines=lines, make=make: make(list(lines)))


# Readers


def ours(data: bytes) -> Answer | None:
    """What the warehouse would accept; None where the file is refused."""
    if parcel.is_parcel(data):
        [member] = parcel.members(data)
        data = member.data
    reading = read_bytes(data, "report")
    # A generated report always names its province and period; a refusal for anything else counts as refused.
    if reading.status != ACCEPTED:
        return None
    answer: Answer = {}
    for row in reading.rows:
        if row.code:
            doubted = row.code_source == UNMATCHED or any(f"value:{doubt}" in row.flags for doubt in DOUBTS)
            answer[(row.code, row.ordinal or 0)] = (row.value_raw or "", doubted)
    # A row that was not found is listed with the document: missing, but not silently.
    missing = reading.annex.rows_not_found if reading.annex else ()
    for key in missing:
        answer.setdefault(_key_of(key), ("(not found)", True))
    return answer


def _key_of(name: str) -> Key:
    code, _, ordinal = str(name).partition("#")
    return code, int(ordinal or 0)


def by_pdfplumber(data: bytes) -> Answer | None:
    """pdfplumber's tables, page by page; columns by the header's words, "Trong đó" rows counted under the last code."""
    answer: Answer = {}
    code, ordinal, value_column = "", 0, 3
    with pdfplumber.open(BytesIO(data)) as file:
        for page in file.pages:
            for table in page.extract_tables():
                for row in table:
                    texts = [(cell or "").replace("\n", " ").strip() for cell in row]
                    if "Số liệu" in texts:
                        value_column = texts.index("Số liệu")
                        continue
                    code, ordinal = _next_key(texts, code, ordinal)
                    if code and len(texts) > value_column and (code, ordinal) not in answer:
                        answer[(code, ordinal)] = (texts[value_column], False)
    return answer


def _next_key(texts: Sequence[str], code: str, ordinal: int) -> Key:
    first = texts[0].rstrip(".") if texts else ""
    if first and first[0].isdigit():
        return first, 0
    return code, ordinal + 1 if any(texts[1:]) else ordinal


def by_tesseract(data: bytes) -> Answer | None:
    """Tesseract on the whole page in Vietnamese; the last number of a line that begins with a code is its value."""
    answer: Answer = {}
    folder = model_folder()
    file = pypdfium2.PdfDocument(data)
    with tesserocr.PyTessBaseAPI(path=folder, lang="vie", psm=6) as engine:
        for page in file:
            picture = page.render(scale=300 / 72).to_pil().convert("L")
            engine.SetImage(picture)
            for line in engine.GetUTF8Text().splitlines():
                words = [word.strip("|[]") for word in line.split() if word.strip("|[]")]
                code = words[0].rstrip(".") if words else ""
                if code[:1].isdigit() and len(words) > 1:
                    numbers = [
                        word for word in words[1:] if word.strip("%").replace(".", "").replace(",", "").isdigit()
                    ]
                    answer.setdefault((code, 0), (numbers[-1] if numbers else "", False))
    file.close()
    return answer


def _measured(task: tuple[str, bytes]) -> Run:
    """Runs in a child, whose memory is measured from here on."""
    reader, data = task
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    started, processor_started = time.perf_counter(), time.process_time()
    answer = READERS[reader](data)
    seconds, processor_seconds = time.perf_counter() - started, time.process_time() - processor_started
    pages = 1
    if data.startswith(b"%PDF"):
        file = pypdfium2.PdfDocument(data)
        pages = len(file)
        file.close()
    status = Path("/proc/self/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024
    return Run(answer, pages, seconds, processor_seconds, peak)


READERS: dict[str, Callable[[bytes], Answer | None]] = {
    "ours": ours,
    "pdfplumber": by_pdfplumber,
    "tesseract": by_tesseract,
}


def measure(cases: Iterator[Case], readers: Sequence[str], peer_share: int) -> bool:
    """Every case by our reader, one in `peer_share` by the peers too (they are slow). Whether we keep the bounds."""
    tallies: dict[str, dict[str, Tally]] = {}
    documents: Counter[str] = Counter()
    for number, case in enumerate(cases):
        data = case.make()
        documents[case.group] += 1
        group = tallies.setdefault(case.group, {reader: Tally() for reader in readers})
        for reader in readers:
            if reader == "ours" or number % peer_share == 0:
                group[reader].add(case, run_limited(_measured, (reader, data)))
    for name, group in tallies.items():
        print(f"{name}: {documents[name]} documents")
        for reader, tally in group.items():
            print(f"  {reader:10s} {tally}")
        for example in group["ours"].examples:
            print("   ", example)
        for miss in group["ours"].misses(name):
            print("    BOUND MISSED:", miss)
    return not any(group["ours"].misses(name) for name, group in tallies.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="8 tables, 3 scans, one report of each kind")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--scans", type=int, default=40)
    parser.add_argument("--sent", type=int, default=3, help="reports of each kind of what people send")
    parser.add_argument("--seed", type=int, default=0, help="the first report's seed")
    options = parser.parse_args()
    tables, scans, sent = (8, 3, 1) if options.quick else (options.tables, options.scans, options.sent)
    peers = [] if options.ours_only else ["pdfplumber"]
    text_holds = measure(text_cases(tables, options.seed), ["ours", *peers], 5)
    peers = [] if options.ours_only else ["tesseract"]
    scans_hold = measure(scan_cases(scans, options.seed), ["ours", *peers], 5)
    sent_holds = measure(sent_cases(sent, options.seed), ["ours"], 1)
    return 0 if text_holds and scans_hold and sent_holds else 1


if __name__ == "__main__":
    # The children import this module by its name, not as the program that was started.
    from benchmarks.reading import main as named_main

    sys.exit(named_main())
