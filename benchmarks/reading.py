"""How exactly and how fast PDFs and scans are read, and how often a wrong figure goes unnoticed.

    python -m benchmarks.reading [--quick] [--ours-only] [--tables N] [--scans N]

Generated reports with random values (seeded): tables that run over pages, and degraded scans. Per annex row:
  exact    code found and the value as printed
  flagged  wrong or missing, but the row is flagged, not accepted as it stands, or the whole file was refused
  silent   wrong or missing without any sign: the figure nobody would look at again
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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pdfplumber
import pypdfium2
import tesserocr

from orchestration.reading import scan
from orchestration.reading.reader import ACCEPTED, read_bytes
from orchestration.reading.sandbox import run_limited
from tests.document_factory import AnnexLine, sample_annex
from tests.pdf_factory import make_pdf, make_scan

Key = tuple[str, int]
Answer = dict[Key, tuple[str, bool]]
"""By code and ordinal: the value, and whether the row is flagged."""


@dataclass(frozen=True)
class Case:
    """One generated document and its truth."""

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
    peak_bytes: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, case: Case, answer: Answer | None, pages: int, seconds: float, peak_bytes: int) -> None:
        self.pages += pages
        self.seconds += seconds
        self.peak_bytes = max(self.peak_bytes, peak_bytes)
        for line in case.lines:
            self.rows += 1
            value, is_flagged = (answer or {}).get((line.code, line.ordinal), ("", answer is None))
            is_known = answer is not None and (line.code, line.ordinal) in answer
            self.flags += is_flagged and is_known
            if is_known and value == unicodedata.normalize("NFC", line.value):
                self.exact += 1
            elif is_flagged:
                self.flagged += 1
            else:
                self.silent += 1
                if len(self.examples) < 12:
                    self.examples.append(f"{line.code}/{line.ordinal} {line.value!r} read as {value!r} in {case.name}")

    def __str__(self) -> str:
        share = 100 * self.exact / max(1, self.rows)
        return (
            f"{self.rows:6d} rows  exact {self.exact:6d} ({share:6.2f} %)  flagged {self.flagged:4d}"
            f"  silent {self.silent:4d}  rows with a flag {self.flags:4d}"
            f"  {self.seconds / max(1, self.pages):5.2f} s/page  peak {self.peak_bytes / 2**20:5.0f} MB"
        )


def text_cases(count: int) -> Iterator[Case]:
    """Reports with a text layer whose annex runs over several pages, in several settings."""
    for seed in range(count):
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
        yield Case(f"text {seed} {options}", lines, lambda lines=lines, options=options: make_pdf(lines, **options))


def scan_cases(count: int) -> Iterator[Case]:
    """Degraded scans: 200 and 150 dpi, askew, noisy, stamped, some turned, some with a wrong text layer."""
    for seed in range(count):
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
        yield Case(
            f"scan {seed} {options}",
            lines,
            lambda lines=lines, options=options, seed=seed: make_scan(lines, seed=seed, **options),
        )


# Readers


def ours(data: bytes) -> Answer | None:
    """What the warehouse would accept; None where the file is refused."""
    reading = read_bytes(data, "report.pdf")
    # A generated report always names its province and period; a refusal for anything else counts as refused.
    if reading.status != ACCEPTED:
        return None
    answer: Answer = {}
    for row in reading.rows:
        if row.code:
            answer[(row.code, row.ordinal or 0)] = (row.value_raw or "", bool(row.flags))
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
    folder = scan.model_folder()
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


def _measured(task: tuple[str, bytes]) -> tuple[Answer | None, int, float, int]:
    """Runs in a child: the answer, pages, seconds, and the most memory the child held meanwhile."""
    reader, data = task
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    started = time.perf_counter()
    answer = READERS[reader](data)
    seconds = time.perf_counter() - started
    file = pypdfium2.PdfDocument(data)
    pages = len(file)
    file.close()
    status = Path("/proc/self/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024
    return answer, pages, seconds, peak


READERS: dict[str, Callable[[bytes], Answer | None]] = {
    "ours": ours,
    "pdfplumber": by_pdfplumber,
    "tesseract": by_tesseract,
}


def measure(title: str, cases: Iterator[Case], readers: Sequence[str], peer_share: int) -> dict[str, Tally]:
    """Every case by our reader, one in `peer_share` by the peers too (they are slow)."""
    tallies = {reader: Tally() for reader in readers}
    for number, case in enumerate(cases):
        data = case.make()
        for reader in readers:
            if reader == "ours" or number % peer_share == 0:
                tallies[reader].add(case, *run_limited(_measured, (reader, data)))
    print(title)
    for reader, tally in tallies.items():
        print(f"  {reader:10s} {tally}")
    for example in tallies["ours"].examples:
        print("    silent:", example)
    return tallies


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="8 tables and 3 scans")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--scans", type=int, default=40)
    options = parser.parse_args()
    tables, scans = (8, 3) if options.quick else (options.tables, options.scans)
    peers = [] if options.ours_only else ["pdfplumber"]
    text = measure(f"{tables} text PDFs", text_cases(tables), ["ours", *peers], 5)
    peers = [] if options.ours_only else ["tesseract"]
    scanned = measure(f"{scans} scans", scan_cases(scans), ["ours", *peers], 5)
    return 1 if text["ours"].silent + scanned["ours"].silent else 0


if __name__ == "__main__":
    # The children import this module by its name, not as the program that was started.
    from benchmarks.reading import main as named_main

    sys.exit(named_main())
