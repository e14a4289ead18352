"""How well narratives are cross-examined: made-up reports with planted contradictions and decoys, by seeds.

    python benchmarks/narrative.py 101 102 103
    python benchmarks/narrative.py --nation 101

Prints for each seed the reports with a narrative, how many contradictions were planted in those that count, the share
found where it was planted (recall), the findings on narratives that accuse nothing planted, by report; of the wrong
figures of annexes whose finding names several, those that it names as the likeliest; and the processor time of reading,
of all models, and of those alone that examine (without what dbt takes to start). `--nation` makes the four reports of a
year of all 63 provinces in place of 30 provinces and two years. Not a test: nothing can fail.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

import duckdb  # noqa: E402

from orchestration.reading import batch  # noqa: E402
from orchestration.reading.knowledge import catalogue  # noqa: E402
from orchestration.simulation.nation import Order, write_nation  # noqa: E402

PERIODS = ("2023-FY", "2024-FY")
YEAR = ("2023-Q1", "2023-H1", "2023-Q3", "2023-FY")
EXAMINING = (
    "int_narrative_terms",
    "int_narrative_matches",
    "int_narrative_findings",
    "int_value_findings",
    "int_identity_findings",
    "int_identity_suspicions",
    "int_comparison_findings",
    "int_version_findings",
    "int_report_findings",
    "fct_narrative_figure",
    "mart_quality_finding",
)
FORMATS = ("docx", "html", "txt", "pdf")


def examine(seed: int, *, is_nation: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        places = tuple(province.name for province in catalogue.provinces() if province.key.endswith(".1"))
        periods, places = (YEAR, places[:63]) if is_nation else (PERIODS, places[:30])
        write_nation(Order(seed, periods, places, FORMATS, "hostile"), home / "inbox", home / "truth")
        began = _processor_seconds()
        for period in catalogue.periods():
            if (home / "inbox" / period).is_dir():
                batch.read_period(home / "inbox", home / "raw", period)
        read = _processor_seconds() - began
        _build(home, "seed")
        _build(home, "run", "--select", "+mart_quality_finding", "+fct_narrative_figure")
        built = _processor_seconds() - began - read
        start = _processor_seconds()
        _build(home, "run", "--select", "int_province_succession")
        examining = _processor_seconds()
        _build(home, "run", "--select", *EXAMINING)
        examined = _processor_seconds() - examining - (examining - start)
        with duckdb.connect(str(home / "par.duckdb"), read_only=True) as warehouse:
            found = set(
                warehouse.sql(
                    "select r.file_name, rule, coalesce(indicator_keys, '') from marts.mart_quality_finding as f"
                    " inner join intermediate.int_report_revisions as r using (report_key, period_key)"
                    " where rule like 'narrative_%' and severity <> 'info'"
                ).fetchall()
            )
            suspects = {
                (name, rule, keys): likeliest
                for name, rule, keys, likeliest in warehouse.sql(
                    "select r.file_name, rule, indicator_keys, likeliest_indicator_key"
                    " from marts.mart_quality_finding as f"
                    " inner join intermediate.int_report_revisions as r using (report_key, period_key)"
                    " where indicator_keys like '% %'"
                ).fetchall()
            }
            (reports,) = warehouse.sql(
                "select count(distinct report_key || period_key) from marts.fct_narrative_figure"
            ).fetchall()[0]
            counting = set(
                warehouse.sql(
                    "select distinct file_name from intermediate.int_report_revisions where is_current"
                ).fetchall()
            )
        names = {path for (path,) in counting}
        with (home / "truth" / "faults.csv").open(encoding="utf-8", newline="") as stream:
            faults = [
                (Path(row["file"]).name, rule, row["finding_keys"], row["indicator_key"])
                for row in csv.DictReader(stream)
                for rule in row["rules"].split()
                if Path(row["file"]).name in names
            ]
        planted = {fault[:3] for fault in faults if fault[1].startswith("narrative_")}
        pointed = [suspects[fault[:3]] == fault[3] for fault in faults if fault[:3] in suspects and fault[3]]
        right, wrong = planted & found, found - planted
        print(
            f"seed {seed}: {reports} reports, {len(planted)} planted, recall {len(right) / max(1, len(planted)):.1%}, "
            f"{len(wrong)} false ({len(wrong) / max(1, reports):.2f} a report), "
            f"likeliest cell right in {sum(pointed)} of {len(pointed)}, "
            f"reading {read:.0f} s, models {built:.0f} s of processor, of which examining {examined:.0f} s"
        )
        for finding in sorted(planted - found):
            print("   missed", *finding)
        for finding in sorted(wrong):
            print("   false ", *finding)


def _build(home: Path, *command: str) -> None:
    environment = {**os.environ, "PAR_RAW": str(home / "raw"), "PAR_BUILD_DATABASE": str(home / "par.duckdb")}
    project = PROJECT / "dbt_project"
    common = [
        "--quiet",
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        "--target-path",
        str(home / "t"),
    ]
    subprocess.run([sys.executable, "-m", "dbt.cli.main", *command, *common], env=environment, check=True)


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    for argument in [each for each in sys.argv[1:] if each != "--nation"] or ["101"]:
        examine(int(argument), is_nation="--nation" in sys.argv)
