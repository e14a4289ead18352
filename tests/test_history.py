"""One consistent history: merged provinces, changed forms, overlapping periods, on made-up reports of a small nation.

Truth comes from the annex lines that the reports were made from, added up here in exact decimals. A second merger and
a new form are added by editing seeds alone, in a copy of the project.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import document_factory as factory
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.checks import seeds

PROJECT = Path(__file__).parents[1]
# Every mart of this history, and what their tests look up.
MARTS = (
    "dim_indicator",
    "dim_period",
    "dim_province",
    "dim_report",
    "fct_indicator_quarter",
    "mart_annual_indicator",
    "mart_quality_finding",
)
READ = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from orchestration.reading import raw, reader
raw.prepare(Path(sys.argv[1]))
for folder in sorted(Path(sys.argv[2]).iterdir()):
    readings = [reader.read_file(path) for path in sorted(folder.iterdir())]
    raw.write(Path(sys.argv[1]), folder.name, readings, seen_at=datetime(2026, 1, 1, tzinfo=UTC))
"""
TITLES = {
    "Q1": "quý I năm {}",
    "H1": "6 tháng đầu năm {}",
    "Q3": "quý III năm {}",
    "FY": "năm {}",
    "9M": "9 tháng năm {}",
}

pytestmark = pytest.mark.slow

Rows = list[dict[str, str]]
Lines = list[factory.AnnexLine]


@dataclass(frozen=True)
class Sent:
    """A report and the truth of its annex. `kind` is 9M for a nine-month report, which stands for the third quarter."""

    province_key: str
    province: str
    year: int
    kind: str
    lines: Lines = field(repr=False)

    @property
    def period_key(self) -> str:
        return f"{self.year}-{'Q3' if self.kind == '9M' else self.kind}"

    def numbers(self, rows: Rows) -> dict[str, Decimal]:
        """indicator_key → number as printed; blanks and codes left out."""
        keys = {(row["row_code"], row["ordinal"]): row for row in rows if row["row_kind"] in ("indicator", "part")}
        return {
            keys[line.code, str(line.ordinal or "")]["indicator_key"]: Decimal(
                line.value.removesuffix("%").replace(".", "").replace(",", ".")
            )
            for line in self.lines
            if line.value and (line.code, str(line.ordinal or "")) in keys
        }


def sent(unit: tuple[str, str], year: int, kind: str, form: str, seed: int) -> Sent:
    """A report with a value in every row."""
    return Sent(*unit, year, kind, factory.sample_annex(seed, form=form, blanks=0))


FIVE = [("33.1", "Hưng Yên"), ("34.1", "Thái Bình"), ("35.1", "Hà Nam"), ("36.1", "Nam Định"), ("37.1", "Ninh Bình")]
THREE = FIVE[2:]
NATION = [
    *(sent((key, name), 2021, "FY", "6459", 100 + n) for n, (key, name) in enumerate(FIVE)),
    *(
        sent((key, name), 2022, kind, "2022b" if kind == "FY" else "2022a", 200 + 10 * n + m)
        for n, (key, name) in enumerate(THREE)
        for m, kind in enumerate(("Q1", "H1", "Q3", "FY"))
    ),
    *(sent((key, name), 2024, "FY", "2022b", 300 + n) for n, (key, name) in enumerate(THREE) if name != "Nam Định"),
    sent(("37.2", "Ninh Bình"), 2025, "Q3", "2025", 400),
    sent(("37.2", "Ninh Bình"), 2025, "FY", "2025", 401),
    sent(("38.1", "Thanh Hóa"), 2024, "FY", "2022b", 500),
    sent(("01.1", "Hà Nội"), 2023, "Q1", "2022b", 600),
    sent(("01.1", "Hà Nội"), 2023, "H1", "2022b", 601),
    sent(("01.1", "Hà Nội"), 2023, "9M", "2022b", 602),
    sent(("01.1", "Hà Nội"), 2023, "FY", "2022b", 603),
    sent(("35.1", "Hà Nam"), 2025, "FY", "2025", 700),
    sent(("46.2", "Huế"), 2023, "FY", "2022b", 701),
]


class Project:
    """A copy of the project whose seeds can be edited, with an inbox, raw files and a warehouse of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        ignored = shutil.ignore_patterns("target", "logs", "__pycache__")
        shutil.copytree(PROJECT / "dbt_project", home / "dbt_project", ignore=ignored)
        shutil.copytree(PROJECT / "orchestration", home / "orchestration", ignore=ignored)
        self.seeds = home / "dbt_project" / "seeds"

    def edit(self, name: str, change: Callable[[Rows], object]) -> None:
        path = self.seeds / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            columns, rows = list(reader.fieldnames or []), list(reader)
        change(rows)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, lineterminator="\n", restval="")
            writer.writeheader()
            writer.writerows(rows)

    def build(self, reports: list[Sent]) -> None:
        for number, report in enumerate(reports):
            title = TITLES[report.kind].format(report.year)
            folder = self.home / "inbox" / report.period_key
            folder.mkdir(parents=True, exist_ok=True)
            data = factory.make_txt(report.lines, report.province, report.year, period=title)
            (folder / f"{number:03d}.txt").write_bytes(data)
        self._call("-c", READ, self.home / "raw", self.home / "inbox")
        project = self.home / "dbt_project"
        self._call(
            *("-m", "dbt.cli.main", "build", "--project-dir", project, "--profiles-dir", project),
            *("--target-path", self.home / "target", "--log-path", self.home / "logs"),
            *("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"),
            *("--select", *(f"+{mart}" for mart in MARTS)),
        )

    def _call(self, *arguments: object) -> None:
        paths = {"PAR_RAW": str(self.home / "raw"), "PAR_BUILD_DATABASE": str(self.home / "par.duckdb")}
        environment = {**os.environ, **paths, "PYTHONPATH": str(self.home)}
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]

    def rows(self, sql: str, *values: object) -> list[tuple]:
        with duckdb.connect(str(self.home / "par.duckdb"), read_only=True) as connection:
            return connection.execute(sql, values).fetchall()


@lru_cache
def form_rows(form: str) -> tuple[dict[str, str], ...]:
    with (PROJECT / "dbt_project" / "seeds" / "form_rows.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(row for row in csv.DictReader(stream) if row["form_code"] == form)


@lru_cache
def indicators() -> dict[str, dict[str, str]]:
    with (PROJECT / "dbt_project" / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as stream:
        return {row["indicator_key"]: row for row in csv.DictReader(stream)}


def form_of(report: Sent) -> str:
    if report.period_key in ("2021-FY",):
        return "6459"
    if report.year == 2022 and report.kind != "FY":
        return "2022a"
    return "2025" if report.year >= 2025 else "2022b"


def before_its_form() -> Sent:
    """A report of 2026 with a renamed row, sent before the form that renames it is in the seeds."""
    lines = factory.sample_annex(901, form="2025")
    renamed = [replace(line, label=RENAMED["4.2.3"]) if line.code == "4.2.3" else line for line in lines]
    return Sent("22.1", "Quảng Ninh", 2026, "Q1", renamed)


def truth(province_key: str, period_key: str) -> dict[str, Decimal]:
    [report] = [one for one in NATION if (one.province_key, one.period_key) == (province_key, period_key)]
    return report.numbers(list(form_rows(form_of(report))))


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("nation"))
    project.build([*NATION, before_its_form()])
    return project


# --- three views ----------------------------------------------------------------------------------------------------


def test_every_report_is_read_under_the_unit_of_its_time(nation: Project) -> None:
    reports = nation.rows("select province_key, period_key from marts.dim_report order by all")
    assert reports == sorted((one.province_key, one.period_key) for one in [*NATION, before_its_form()])


def test_as_reported_is_every_fact_and_nothing_else(nation: Project) -> None:
    view = "select province_key, period_key, indicator_key, value, value_text, report_key"
    view += " from marts.fct_indicator_history where history_view = 'as_reported'"
    facts = (
        "select province_key, period_key, indicator_key, value, value_text, report_key from marts.fct_indicator_value"
    )
    assert nation.rows(f"({view}) except ({facts})") == nation.rows(f"({facts}) except ({view})") == []
    official = nation.rows("select distinct history_view from marts.fct_indicator_history where is_official")
    assert official == [("as_reported",)]


@pytest.mark.parametrize("period_key", ["2021-FY", "2022-Q1", "2022-FY"])
def test_counts_of_ninh_binh_are_the_exact_sum_of_its_three_ancestors(nation: Project, period_key: str) -> None:
    parts = [truth(key, period_key) for key, _ in THREE]
    summed = {key for key, row in indicators().items() if row["province_aggregation"] == "sum"}
    expected = {key: sum(part[key] for part in parts) for key in set.intersection(*map(set, parts)) & summed}
    found = nation.rows(
        "select indicator_key, value, parts_expected, parts_found from marts.fct_indicator_history"
        " where history_view = 'back_cast' and province_key = '37.2' and period_key = ? and method = 'sum_of_parts'",
        period_key,
    )
    assert {key: value for key, value, _, _ in found} == expected
    assert {(due, there) for _, _, due, there in found} == {(3, 3)}
    assert len(found) > 60


def test_rates_are_recomputed_from_numerators_and_denominators_where_there_are_any(nation: Project) -> None:
    rates = {
        key: (method, value)
        for key, method, value in nation.rows(
            "select indicator_key, method, value from marts.fct_indicator_history where history_view = 'back_cast'"
            " and province_key = '37.2' and period_key = '2022-Q1' and indicator_key like 'dossiers_on_time%'"
        )
    }
    parts = [truth(key, "2022-Q1") for key, _ in THREE]
    for level in ("departments", "districts", "communes"):
        done = sum(part[f"dossiers_handled_on_time_{level}"] for part in parts)
        handled = sum(part[f"dossiers_handled_{level}"] for part in parts)
        method, value = rates[f"dossiers_on_time_{level}_pct"]
        assert method == "recomputed_rate"
        assert abs(value - 100 * done / handled) < Decimal("0.00001")
    assert rates["dossiers_on_time_land_pct"] == ("not_computable", None)


def test_a_rate_of_2021_without_numerators_is_not_computed(nation: Project) -> None:
    assert nation.rows(
        "select method, value from marts.fct_indicator_history where history_view = 'back_cast'"
        " and province_key = '37.2' and period_key = '2021-FY' and indicator_key = 'dossiers_on_time_communes_pct'"
    ) == [("not_computable", None)]


def test_a_mean_is_weighted_by_the_stated_weight(nation: Project) -> None:
    parts = [truth(key, "2021-FY") for key, _ in THREE]
    weight = sum(part["documents_sent"] for part in parts)
    expected = sum(part["documents_sent_electronic_pct"] * part["documents_sent"] for part in parts) / weight
    [(method, value)] = nation.rows(
        "select method, value from marts.fct_indicator_history where history_view = 'back_cast'"
        " and province_key = '37.2' and period_key = '2021-FY' and indicator_key = 'documents_sent_electronic_pct'"
    )
    assert method == "weighted_mean"
    assert abs(value - expected) < Decimal("0.00001")


def test_codes_are_never_combined(nation: Project) -> None:
    codes = [key for key, row in indicators().items() if row["measure_kind"] == "status"]
    combined = nation.rows(
        "select indicator_key from marts.fct_indicator_history where indicator_key in"
        f" ({', '.join('?' * len(codes))}) and parts_expected > 1 and (value is not null or value_text is not null)",
        *codes,
    )
    assert combined == []


def test_a_sum_with_a_part_missing_is_blank_and_says_so(nation: Project) -> None:
    rows = nation.rows(
        "select distinct value, method, parts_expected, max(parts_found) over () from marts.fct_indicator_history"
        " where history_view = 'back_cast' and province_key = '37.2' and period_key = '2024-FY'"
    )
    assert rows == [(None, "not_computable", 3, 2)]


def test_a_unit_whose_territory_did_not_change_carries_its_figures_forward(nation: Project) -> None:
    [(count, wrong)] = nation.rows(
        "select count(*), count(*) filter (where carried.value is distinct from facts.value)"
        " from marts.fct_indicator_value as facts inner join marts.fct_indicator_history as carried"
        " on carried.history_view = 'carried_forward' and carried.province_key = '38.2'"
        " and facts.period_key = carried.period_key and facts.indicator_key = carried.indicator_key"
        " and carried.method = 'unchanged_unit' where facts.province_key = '38.1'"
    )
    assert (count, wrong) == (
        nation.rows("select count(*) from marts.fct_indicator_value where province_key = '38.1'")[0][0],
        0,
    )
    merged = nation.rows(
        "select * from marts.fct_indicator_history where history_view = 'carried_forward'"
        " and province_key = '37.2' and period_key not in ('2025-Q3', '2025-FY')"
    )
    assert merged == []


@pytest.mark.parametrize(("province_key", "period_key"), [("35.1", "2025-FY"), ("46.2", "2023-FY")])
def test_a_report_by_a_unit_of_another_time_is_a_finding_and_joins_no_view(
    nation: Project, province_key: str, period_key: str
) -> None:
    [(message,)] = nation.rows(
        "select message_vi from marts.mart_quality_finding where rule = 'province_not_valid_then'"
        " and province_key = ? and period_key = ?",
        province_key,
        period_key,
    )
    assert period_key in message
    views = nation.rows(
        "select distinct history_view from marts.fct_indicator_history inner join marts.dim_report using (report_key)"
        " where dim_report.province_key = ? and dim_report.period_key = ?",
        province_key,
        period_key,
    )
    assert views == [("as_reported",)]


def test_63_reports_are_due_until_the_first_half_of_2025_and_34_after(nation: Project) -> None:
    due = dict(nation.rows("select period_key, count(*) from marts.mart_report_coverage group by 1"))
    assert {
        key: count for key, count in due.items() if count != (63 if key < "2025-Q3" and key != "2025-FY" else 34)
    } == {}
    assert (due["2025-H1"], due["2025-Q3"], due["2025-FY"]) == (63, 34, 34)


def test_rows_expected_of_a_missing_report_are_those_of_the_form_in_force(nation: Project) -> None:
    expected = dict(
        nation.rows(
            "select period_key, rows_expected from marts.mart_report_coverage where province_key = '04.1'"
            " and status = 'missing'"
        )
    )
    values = {
        form: sum(row["row_kind"] in ("indicator", "part") for row in form_rows(form))
        for form in ("6459", "2022a", "2025")
    }
    assert (expected["2021-FY"], expected["2022-Q1"], expected["2025-Q3"]) == tuple(values.values())


# --- periods --------------------------------------------------------------------------------------------------------


def flows() -> set[str]:
    return {key for key, row in indicators().items() if row["measure_kind"] == "flow" and row["is_to_date"] == "false"}


@pytest.mark.parametrize("province_key", ["35.1", "36.1", "37.1", "01.1"])
def test_derived_quarters_are_exact_differences(nation: Project, province_key: str) -> None:
    year = 2023 if province_key == "01.1" else 2022
    q1, h1, q3, fy = (truth(province_key, f"{year}-{kind}") for kind in ("Q1", "H1", "Q3", "FY"))
    expected = {}
    for key in flows() & set(q1) & set(h1) & set(q3) & set(fy):
        third = q3[key] - h1[key] if year == 2023 else q3[key]
        expected[key] = (q1[key], h1[key] - q1[key], third, fy[key] - h1[key] - third)
    found: dict[str, dict[str, tuple[Decimal, bool]]] = {}
    for key, quarter, value, is_derived in nation.rows(
        "select indicator_key, quarter, value, is_derived from marts.fct_indicator_quarter"
        " where history_view = 'as_reported' and province_key = ? and report_year = ?",
        province_key,
        year,
    ):
        found.setdefault(key, {})[quarter] = (value, is_derived)
    assert len(expected) > 20
    for key, values in expected.items():
        assert tuple(found[key][quarter][0] for quarter in ("Q1", "Q2", "Q3", "Q4")) == values, key
        assert [found[key][q][1] for q in ("Q1", "Q2", "Q3", "Q4")] == [False, True, year == 2023, True], key


def test_stocks_rates_codes_and_figures_to_date_have_no_quarter(nation: Project) -> None:
    quarters = {key for (key,) in nation.rows("select distinct indicator_key from marts.fct_indicator_quarter")}
    assert quarters <= flows()
    assert len(quarters) > 20


def test_a_negative_derived_flow_is_a_finding_on_the_unit_that_reported_it(nation: Project) -> None:
    negative = nation.rows(
        "select province_key, quarter_key, indicator_key from marts.fct_indicator_quarter"
        " where history_view = 'as_reported' and is_derived and value < 0 order by all"
    )
    findings = nation.rows(
        "select province_key, expected, indicator_keys from marts.mart_quality_finding"
        " where rule = 'derived_flow_negative' order by all"
    )
    assert findings == negative != []


def test_the_fourth_quarter_of_a_merger_year_joins_only_in_the_back_cast(nation: Project) -> None:
    official = nation.rows(
        "select distinct value, missing_periods from marts.fct_indicator_quarter"
        " where history_view = 'as_reported' and province_key = '37.2' and quarter_key = '2025-Q4'"
    )
    assert official == [(None, "H1")]


def test_the_figure_of_a_year_is_the_full_year_report_or_missing_with_a_reason(nation: Project) -> None:
    reasons = dict(
        nation.rows(
            "select province_key, min(coalesce(missing_reason, 'there')) from marts.mart_annual_indicator"
            " where report_year = 2024 and indicator_key = 'legal_documents_issued' group by province_key"
        )
    )
    assert (reasons["35.1"], reasons["36.1"]) == ("there", "report_missing")
    assert len(reasons) == 63
    assert (
        nation.rows("select * from marts.mart_annual_indicator where missing_reason is not null and value is not null")
        == []
    )


@pytest.fixture(scope="module")
def quarter_sql(nation: Project) -> str:
    [path] = (nation.home / "target" / "compiled").rglob("fct_indicator_quarter.sql")
    sql = path.read_text(encoding="utf-8")
    for schema in ("intermediate", "seeds"):
        sql = sql.replace(f'"par"."{schema}".', "")
    return sql


NUMBER = st.none() | st.decimals(min_value=0, max_value=10**9, places=2)


@given(years=st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER, st.booleans()), min_size=1, max_size=20))
@settings(max_examples=25)
def test_quarters_add_up_to_the_year_or_are_blank(quarter_sql: str, years: list[tuple]) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table int_indicator_history (history_view varchar, province_key varchar, period_key varchar,"
            " indicator_key varchar, value decimal(24, 6), is_nine_months boolean, is_simulated boolean)"
        )
        connection.execute(
            "create table indicators as select 'docs' as indicator_key, 'flow' as measure_kind, false as is_to_date"
        )
        connection.execute(
            "create table periods as select '2022-' || kind as period_key, 2022 as report_year, kind as period_kind"
            " from (values ('Q1'), ('H1'), ('Q3'), ('FY')) as kinds (kind)"
        )
        for number, (q1, h1, q3, fy, is_nine) in enumerate(years):
            for kind, value in (("Q1", q1), ("H1", h1), ("Q3", q3), ("FY", fy)):
                connection.execute(
                    "insert into int_indicator_history values ('as_reported', ?, ?, 'docs', ?, ?, false)",
                    [str(number), f"2022-{kind}", value, is_nine and kind == "Q3"],
                )
        rows = connection.execute(
            f"select province_key, quarter, value, missing_periods from ({quarter_sql})"
        ).fetchall()
    found = {(int(number), quarter): (value, missing) for number, quarter, value, missing in rows}
    for number, (q1, h1, q3, fy, is_nine) in enumerate(years):
        third = _minus(q3, h1) if is_nine else q3
        fourth = _minus(fy, q3) if is_nine else _minus(_minus(fy, h1), q3)
        expected = {"Q1": q1, "Q2": _minus(h1, q1), "Q3": third, "Q4": fourth}
        for quarter, value in expected.items():
            assert found[number, quarter][0] == value
            assert (found[number, quarter][1] is None) == (value is not None)


def _minus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else a - b


def test_the_query_of_the_docs_gives_ninh_binh_and_its_three_ancestors(nation: Project) -> None:
    page = (PROJECT / "docs" / "series.md").read_text(encoding="utf-8")
    series = nation.rows(page.split("```sql\n")[1].split("```")[0])
    assert {name for _, name, view, *_ in series if view == "as_reported"} == {"Hà Nam", "Nam Định", "Ninh Bình"}
    computed = {
        period: (value, method, parts) for period, _, view, value, method, parts, *_ in series if view == "back_cast"
    }
    parts = [truth(key, "2021-FY")["procedures_in_force"] for key, _ in THREE]
    assert computed["2021-FY"] == (sum(parts), "sum_of_parts", "3/3")
    assert computed["2024-FY"] == (None, "not_computable", "2/3")
    breaks = {period for period, *_, break_vi, _ in series if break_vi}
    assert breaks == {"2025-Q3", "2025-FY"}


# --- a second merger and a new form, by seeds alone -----------------------------------------------------------------

RENAMED = {
    "1.1.3": "Số văn bản chỉ đạo, điều hành CCHC của tỉnh đã ban hành trong kỳ",
    "2.3": "Số VBQPPL đã được rà soát theo kế hoạch và theo yêu cầu",
    "4.2.3": "Số người làm việc theo hợp đồng lao động tại các cơ quan hành chính",
}
NEW = {
    "2.6": ("rules_published_online", "Số VBQPPL được đăng tải trên Cổng thông tin điện tử của tỉnh"),
    "3.5.4": ("procedures_reusing_data", "Số TTHC cắt giảm thành phần hồ sơ nhờ dùng lại dữ liệu số hóa"),
    "5.4": ("staff_trained_digital_skills", "Số cán bộ, công chức được bồi dưỡng kỹ năng số"),
    "6.6": ("service_units_merged", "Số đơn vị SNCL đã sắp xếp, tổ chức lại trong kỳ báo cáo"),
    "7.9": ("digital_citizens_registered", "Số tài khoản định danh điện tử đã kích hoạt trên địa bàn tỉnh"),
}


def add_merger(project: Project) -> None:
    """Hưng Yên (33.2) and Ninh Bình (37.2) become an invented province on 1 July 2026."""

    def provinces(rows: Rows) -> None:
        for row in rows:
            if row["province_key"] in ("33.2", "37.2"):
                row.update(valid_to="2026-06-30", successor_province_key="37.3", succession_kind="merged")
        at = next(n for n, row in enumerate(rows) if row["province_key"] == "37.2")
        changed = {"province_key": "37.3", "province_name": "Sơn Nam", "province_name_en": "Son Nam"}
        opened = {"valid_from": "2026-07-01", "valid_to": "", "successor_province_key": "", "succession_kind": ""}
        rows.insert(at + 1, {**rows[at], **changed, **opened, "source": "đặt ra để kiểm thử"})

    project.edit("provinces", provinces)
    alias = {"alias": "Sơn Nam", "province_name": "Sơn Nam", "source": "đặt ra để kiểm thử"}
    project.edit("province_aliases", lambda rows: rows.append(alias))


def add_form(project: Project) -> None:
    """Form 2026 from 2026-Q1: form 2025 with three rows renamed and five new ones."""
    source = "đặt ra để kiểm thử"

    def rows_of_form(rows: Rows) -> None:
        made: Rows = []
        for row in (row for row in list(rows) if row["form_code"] == "2025"):
            made.append({**row, "form_code": "2026", "label": RENAMED.get(row["row_code"], row["label"])})
        for code, (key, label) in NEW.items():
            parent = code.rpartition(".")[0]
            at = max(n for n, row in enumerate(made) if f"{row['row_code']}.".startswith(f"{parent}."))
            blank = dict.fromkeys(made[0], "")
            made.insert(
                at + 1,
                blank
                | {"form_code": "2026", "row_code": code, "parent_code": parent, "row_kind": "indicator"}
                | {"label": label, "unit": "Số lượng", "indicator_key": key, "source": source},
            )
        rows += [{**row, "position": str(n)} for n, row in enumerate(made, start=1)]

    def forms(rows: Rows) -> None:
        [old] = [row for row in rows if row["form_code"] == "2025"]
        old["last_period_key"] = "2025-FY"
        count = str(int(old["row_count"]) + len(NEW))
        rows.append(
            {**old, "form_code": "2026", "first_period_key": "2026-Q1", "last_period_key": "", "row_count": count}
        )

    def new_indicators(rows: Rows) -> None:
        model = next(row for row in rows if row["indicator_key"] == "legal_documents_issued")
        for key, label in NEW.values():
            rows.append(
                {**model, "indicator_key": key, "indicator_name": label, "indicator_name_en": key, "source": source}
            )

    project.edit("form_rows", rows_of_form)
    project.edit("forms", forms)
    project.edit("indicators", new_indicators)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Lines]:
    project = Project(tmp_path_factory.mktemp("edited"))
    add_merger(project)
    add_form(project)
    assert seeds.check(project.seeds) == []
    with (project.seeds / "form_rows.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["form_code"] == "2026"]
    known = {line.label: line for line in factory.sample_annex(900, form="2025", blanks=0)}
    lines = [
        replace(known[row["label"]], code=row["row_code"], ordinal=int(row["ordinal"] or 0))
        if row["label"] in known
        else factory.AnnexLine(row["row_code"], 0, row["label"], row["unit"], "17")
        for row in rows
    ]
    reports = [Sent("37.2", "Ninh Bình", 2026, "Q1", lines), Sent("37.3", "Sơn Nam", 2026, "FY", lines)]
    project.build([*NATION, *reports])
    return project, lines


def test_a_second_merger_rewrites_no_fact(nation: Project, edited: tuple[Project, Lines]) -> None:
    sql = "select * from marts.fct_indicator_value where period_key < '2026' order by all"
    assert nation.rows(sql) == edited[0].rows(sql)
    official = (
        "select * from marts.fct_indicator_history where is_official and period_key < '2026'"
        " order by province_key, period_key, indicator_key"
    )
    assert nation.rows(official) == edited[0].rows(official)


def test_a_second_merger_back_casts_the_new_unit_from_five_old_ones(edited: tuple[Project, Lines]) -> None:
    parts = [truth(key, "2021-FY") for key, _ in FIVE]
    summed = {key for key, row in indicators().items() if row["province_aggregation"] == "sum"}
    found = edited[0].rows(
        "select indicator_key, value, parts_expected from marts.fct_indicator_history where history_view = 'back_cast'"
        " and province_key = '37.3' and period_key = '2021-FY' and method = 'sum_of_parts'"
    )
    assert {key: value for key, value, _ in found} == {
        key: sum(part[key] for part in parts) for key in set.intersection(*map(set, parts)) & summed
    }
    assert {count for _, _, count in found} == {5}
    today = edited[0].rows(
        "select today_province_key from marts.dim_province where province_key in ('35.1', '33.1', '37.2')"
    )
    assert set(today) == {("37.3",)}


def test_a_new_form_with_new_and_renamed_rows_is_read_whole(edited: tuple[Project, Lines]) -> None:
    project, _ = edited
    forms = project.rows("select form_code from marts.dim_report where period_key >= '2026'")
    assert forms == [("2026",), ("2026",)]
    assert project.rows("select * from intermediate.int_annex_rows_unmatched where period_key >= '2026'") == []
    facts = project.rows(
        "select indicator_key, value_raw from marts.fct_indicator_value"
        " where province_key = '37.3' and period_key = '2026-FY'"
    )
    assert len(facts) == sum(row["row_kind"] in ("indicator", "part") for row in form_rows("2025")) + len(NEW)
    values = dict(facts)
    assert {values[key] for key, _ in NEW.values()} == {"17"}
    old_keys = {row["row_code"]: row["indicator_key"] for row in form_rows("2025") if not row["ordinal"]}
    assert {values[old_keys[code]] for code in RENAMED} == {"17"}


def test_without_its_seeds_a_new_row_is_unmatched_with_a_suggestion(nation: Project) -> None:
    [(printed, suggested)] = nation.rows(
        "select label_printed, suggested_indicator_key from intermediate.int_annex_rows_unmatched"
        " where period_key = '2026-Q1'"
    )
    assert (printed, suggested) == (RENAMED["4.2.3"], "contract_workers")
