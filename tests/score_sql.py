"""The SQL of rules and ranking as dbt compiles it, run on small made-up tables in memory, beside an oracle in Python.

In: the models' SQL, and rules and inputs, or points and settings. Out: what the model says, and what it should say.
The oracle is written from docs/load_an_edition.md with exact fractions, not from the SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

import duckdb

DATABASE = "par"
"""The name that the compiled SQL has for the database."""


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"attach ':memory:' as {DATABASE}")
    for schema in ("staging", "intermediate", "marts", "seeds"):
        connection.execute(f"create schema {DATABASE}.{schema}")
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[object]]) -> None:
    """All rows by one statement, in the order of the table's columns."""
    rows = list(rows)
    if rows:
        places = f"({', '.join('?' * len(rows[0]))})"
        values = [value for row in rows for value in row]
        connection.execute(f"insert into {DATABASE}.{table} values {', '.join([places] * len(rows))}", values)


# --- rules ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    kind: str
    maximum: Fraction = Fraction(2)
    numerators: tuple[str, ...] = ("a",)
    denominators: tuple[str, ...] = ()
    combine: str = "sum"
    floor: Fraction | None = None
    full: Fraction | None = None
    steps: tuple[tuple[Fraction, Fraction], ...] = ()
    nothing: str = "not_covered"


@dataclass(frozen=True)
class Case:
    """A rule and the figures of one province; a figure that is None is blank, one in `impossible` cannot be right."""

    rule: Rule
    figures: tuple[tuple[str, Fraction | None], ...]
    impossible: frozenset[str] = frozenset()


RULE_TABLES = f"""
create table {DATABASE}.intermediate.int_edition_years (index_code varchar, edition_code varchar, report_year integer);
create table {DATABASE}.intermediate.int_rules (
    index_code varchar, edition_code varchar, criterion_code varchar, variant integer, max_points decimal(24, 9),
    rule_kind varchar, combine varchar, floor_value decimal(24, 9), full_value decimal(24, 9),
    when_nothing_due varchar, unit_vi varchar, unit_en varchar, mistake_vi varchar, mistake_en varchar
);
create table {DATABASE}.intermediate.int_rule_inputs (
    index_code varchar, edition_code varchar, criterion_code varchar, variant integer, input_role varchar,
    indicator_key varchar
);
create table {DATABASE}.intermediate.int_rule_steps (
    index_code varchar, edition_code varchar, criterion_code varchar, variant integer, threshold decimal(24, 9),
    share decimal(24, 9)
);
create table {DATABASE}.intermediate.int_score_rows (
    index_code varchar, report_year integer, province_key varchar, criterion_code varchar, measure varchar,
    value decimal(24, 9), decision varchar, decision_reason varchar, expected varchar, found varchar,
    is_simulated boolean
);
create table {DATABASE}.seeds.finding_rules (rule varchar, message_vi varchar, message_en varchar);
create table {DATABASE}.intermediate.int_asked_figures (
    province_key varchar, period_key varchar, indicator_key varchar, value decimal(24, 6), is_usable boolean,
    reason_vi varchar, reason_en varchar, is_simulated boolean
);
create table {DATABASE}.seeds.periods (period_key varchar, report_year integer, period_kind varchar);
insert into {DATABASE}.intermediate.int_edition_years values ('X', 'e', 2021);
insert into {DATABASE}.seeds.periods values ('2021-FY', 2021, 'FY'), ('2021-Q1', 2021, 'Q1');
"""


def _decimal(value: Fraction | None) -> str | None:
    return None if value is None else f"{Decimal(value.numerator) / value.denominator:.9f}"


def points_of(sql: Mapping[str, str], cases: list[Case]) -> list[Fraction | None]:
    """Points of every case by the models, None where they give none."""
    connection = _with_rules(tuple(cases))
    connection.execute(f"create or replace view {DATABASE}.intermediate.int_rule_figures as {sql['int_rule_figures']}")
    found = connection.execute(f"select criterion_code, points from ({sql['int_rule_points']})").fetchall()
    points = {code: None if value is None else Fraction(value) for code, value in found}
    assert len(points) == len(found)
    return [points.get(f"c{number}") for number in range(len(cases))]


@lru_cache(maxsize=4)
def _with_rules(cases: tuple[Case, ...]) -> duckdb.DuckDBPyConnection:
    connection = connect()
    connection.execute(RULE_TABLES)
    rules, inputs, steps, values = [], [], [], []
    for number, case in enumerate(cases):
        rule, code = case.rule, f"c{number}"
        rules.append(
            ("X", "e", code, 1, _decimal(rule.maximum), rule.kind, rule.combine, _decimal(rule.floor),
             _decimal(rule.full), rule.nothing, "u", "u", None, None)
        )  # fmt: skip
        inputs += [
            ("X", "e", code, 1, role, f"{key}{number}")
            for role, keys in (("numerator", rule.numerators), ("denominator", rule.denominators))
            for key in keys
        ]
        steps += [("X", "e", code, 1, _decimal(at), _decimal(share)) for at, share in rule.steps]
        for key, value in case.figures:
            is_usable = key not in case.impossible
            values.append(("p", "2021-FY", f"{key}{number}", _decimal(value), is_usable, "sai", "wrong", False))
            values.append(("p", "2021-Q1", f"{key}{number}", 7, True, None, None, False))
    insert(connection, "intermediate.int_rules", rules)
    insert(connection, "intermediate.int_rule_inputs", inputs)
    insert(connection, "intermediate.int_rule_steps", steps)
    insert(connection, "intermediate.int_asked_figures", values)
    return connection


def expected_points(case: Case) -> Fraction | None:
    rule, figures = case.rule, dict(case.figures)
    if any(figures.get(key) is None or key in case.impossible for key in (*rule.numerators, *rule.denominators)):
        return None
    above = sum((figures[key] for key in rule.numerators), Fraction(0))
    if rule.combine == "mean":
        above /= len(rule.numerators)
    measure = above
    if rule.kind == "growth_steps":
        before = sum((figures[key] for key in rule.denominators), Fraction(0))
        if before <= 0:
            return None
        measure = (above - before) / before * 100
    elif rule.denominators:
        below = sum((figures[key] for key in rule.denominators), Fraction(0))
        if below == 0:
            return rule.maximum if rule.nothing == "full" else None
        measure = above / below * 100
    return rule.maximum * _share(rule, measure)


def _share(rule: Rule, measure: Fraction) -> Fraction:
    one, none = Fraction(1), Fraction(0)
    if rule.kind == "ratio_floor":
        return one if measure >= rule.full else measure / rule.full if measure >= rule.floor else none
    if rule.kind == "ratio_at_most":
        return one if measure <= rule.full else none
    if rule.kind == "yes_no":
        return one if measure >= rule.full else none
    if rule.kind == "none_or_zero":
        return one if measure == 0 else none
    if rule.kind == "linear":
        return min(one, max(none, (measure - rule.floor) / (rule.full - rule.floor)))
    reached = [(at, share) for at, share in rule.steps if measure >= at]
    return max(reached)[1] if reached else none


# --- sheets -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """One figure of a sheet (measure self, verified, …) or of a survey (mean, sipas), as staging gives it."""

    measure: str
    value: Decimal | None
    scale: Decimal | None = None
    error: Decimal | None = None
    maximum: Decimal = Decimal("1.5")


SHEET_TABLES = f"""
create table {DATABASE}.intermediate.int_edition_years (
    index_code varchar, edition_code varchar, report_year integer, bases varchar
);
insert into {DATABASE}.intermediate.int_edition_years values
    ('X', 'e', 2021, 'verified survey computed self published');
create table {DATABASE}.intermediate.int_criteria (
    index_code varchar, edition_code varchar, criterion_code varchar, area_code varchar, max_points decimal(24, 9),
    is_leaf boolean, scored_by varchar, parents varchar
);
create table {DATABASE}.seeds.score_marks (mark varchar, status varchar);
create table {DATABASE}.intermediate.int_score_decisions (
    target_sha256 varchar, report_year integer, province_key varchar, criterion_code varchar, measure varchar,
    decision varchar, value_expected varchar, value_corrected varchar, reason varchar, decided_by varchar,
    decided_at varchar
);
create table {DATABASE}.seeds.score_settings (index_code varchar, total_unit varchar);
create table {DATABASE}.seeds.finding_rules (rule varchar, message_vi varchar, message_en varchar);
create table {DATABASE}.seeds.periods (period_key varchar, report_year integer, period_kind varchar);
create table {DATABASE}.intermediate.int_documents (
    file_sha256 varchar, period_key varchar, status varchar, first_seen_at timestamp, province_key varchar,
    period_found varchar, flags varchar, document_kind varchar
);
insert into {DATABASE}.intermediate.int_documents values ('a', 'p', 'accepted', '2022-01-01', null, null, null, null);
create table {DATABASE}.intermediate.int_rule_explanations (
    index_code varchar, edition_code varchar, report_year integer, province_key varchar, criterion_code varchar,
    points decimal(24, 9), status varchar, explanation_vi varchar, explanation_en varchar, is_simulated boolean
);
create table {DATABASE}.staging.stg_score_rows (
    file_sha256 varchar, period_key varchar, sheet_row_number integer, sheet_kind varchar, index_code varchar,
    report_year integer, province_key varchar, province_code varchar, province_printed varchar, criterion_code varchar,
    criterion_name varchar, measure varchar, value_raw varchar, value_typed varchar, value decimal(24, 9), note varchar,
    is_simulated boolean, table_number integer, row_number integer, number_text varchar, number_rule varchar,
    appraisal_round integer, variable_code varchar
);
create table {DATABASE}.staging.stg_survey_rows (
    file_sha256 varchar, period_key varchar, sheet_row_number integer, sheet_kind varchar, index_code varchar,
    report_year integer, province_key varchar, province_code varchar, province_printed varchar, criterion_code varchar,
    score_raw varchar, score decimal(24, 9), scale_raw varchar, scale decimal(24, 9), standard_error_raw varchar,
    standard_error decimal(24, 9), is_simulated boolean, table_number integer, row_number integer, score_rule varchar,
    standard_error_rule varchar
);
"""


def points_of_sheets(sql: Mapping[str, str], figures: list[Figure]) -> list[tuple[str, Decimal | None, bool]]:
    """(status, points, is used) of every figure, each on a criterion and of a sheet row of its own."""
    connection = connect()
    connection.execute(SHEET_TABLES)
    scored_by = {"mean": "survey", "sipas": "sipas"}
    criteria, surveys, scores = {}, [], []
    for number, figure in enumerate(figures):
        code, province = f"c{number}", f"p{number}"
        printed = None if figure.value is None else str(figure.value)
        rule = "blank" if printed is None else "plain"
        # One province a figure: a SIPAS speaks for the only criterion of its kind.
        is_sipas = figure.measure == "sipas"
        criterion, most = ("sipas", Decimal("10")) if is_sipas else (code, figure.maximum)
        criteria[criterion] = (
            "X", "e", criterion, "a", most, True, scored_by.get(figure.measure, "verified"), "   ",
        )  # fmt: skip
        if figure.measure in scored_by:
            surveys.append(
                (
                    "a", "p", number, "sipas" if is_sipas else "leadership", "X", 2021, province, None, None,
                    None if is_sipas else code, printed, figure.value, str(figure.scale), figure.scale,
                    str(figure.error), figure.error, False, 1, number, rule,
                    "blank" if figure.error is None else "plain",
                )
            )  # fmt: skip
        else:
            scores.append(
                (
                    "a", "p", number, "s", "X", 2021, province, None, None, code, None, figure.measure, printed,
                    printed, figure.value, None, False, 1, number, printed, rule, None, None,
                )
            )  # fmt: skip
    insert(connection, "intermediate.int_criteria", criteria.values())
    insert(connection, "staging.stg_survey_rows", surveys)
    insert(connection, "staging.stg_score_rows", scores)
    for model in ("int_score_figures", "int_score_rows", "int_basis_points"):
        connection.execute(f"create table {DATABASE}.intermediate.{model} as {sql[model]}")
    found = connection.execute(
        f"select province_key, status, points, is_used from ({sql['int_criterion_points']}) "
        "where file_sha256 is not null"
    ).fetchall()
    by_province = {province: rest for province, *rest in found}
    assert len(by_province) == len(found) == len(figures)
    return [tuple(by_province[f"p{number}"]) for number in range(len(figures))]


# --- ranking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scored:
    """Points of one province in one year under one edition: out of 10, of which `covered` have data."""

    year: int
    province: str
    points: Fraction | None
    covered: Fraction = Fraction(10)
    region: str = "r1"
    kind: str = "tỉnh"


RANK_TABLES = f"""
create table {DATABASE}.intermediate.int_criterion_points (
    index_code varchar, report_year integer, province_key varchar, points decimal(24, 9), max_points decimal(24, 9),
    is_used boolean, is_simulated boolean, status varchar, is_governing boolean, is_leaf boolean
);
create table {DATABASE}.intermediate.int_criteria (
    index_code varchar, edition_code varchar, max_points decimal(24, 9), is_leaf boolean
);
create table {DATABASE}.intermediate.int_edition_years (
    index_code varchar, report_year integer, edition_code varchar, decision varchar, is_verified boolean,
    is_stand_in boolean, tie_rule varchar, min_coverage_pct decimal(24, 9), total_unit varchar, not_given_counts varchar
);
create table {DATABASE}.intermediate.int_official_totals (
    index_code varchar, report_year integer, province_key varchar, component_kind varchar, score decimal(24, 9),
    official_rank integer, is_simulated boolean
);
create table {DATABASE}.intermediate.int_province_territories (
    province_key varchar, earlier_province_key varchar, merged_from varchar
);
create table {DATABASE}.seeds.provinces (
    province_key varchar, region_name varchar, province_type varchar, valid_from date, valid_to date
);
insert into {DATABASE}.seeds.provinces values
    ('a.1', 'r0', 'tỉnh', '1997-01-01', '2020-12-31'), ('b.1', 'r0', 'tỉnh', '2020-12-31', null),
    ('c.1', 'r0', 'tỉnh', '1997-01-01', '2020-06-30');
create table {DATABASE}.seeds.groups (
    index_code varchar, first_year integer, last_year integer, group_name varchar, min_index_pct decimal(24, 9)
);
"""
CRITERIA = (("e", 4, True), ("e", 9, True), ("e", 13, False), ("f", 13, True))
GROUPS = (
    (2019, None, "A", 90), (2019, None, "B", 80), (2019, None, "C", 70), (2019, None, "D", 0),
    (2018, 2018, "A", 80), (2018, 2018, "B", 75), (2018, 2018, "C", 70), (2018, 2018, "D", 0),
)  # fmt: skip
THRESHOLDS = {2018: (80, 75, 70, 0)}
LEAST_COVERAGE = 80
# Years in which one of four points is of a whole area, and in which all are made up.
MIXED, SIMULATED = {2019}, {2018}
# Of the units that send nothing, one follows another within 2020 and one ends with it: from 63 to 34 in small.
MAP_CHANGES = {2021}


@dataclass(frozen=True)
class Nation:
    """What is ranked together: an index of its own."""

    scored: tuple[Scored, ...]
    editions: tuple[tuple[int, str], ...]
    tie_rule: str


def rankings_of(sql: Mapping[str, str], nations: Sequence[Nation]) -> list[dict[tuple[int, str], tuple]]:
    """Of every nation: (year, province) → index, rank, region rank, peer rank, group, change, last rank, official, …"""
    connection = _with_points(tuple(nations))
    connection.execute(
        f"create or replace table {DATABASE}.intermediate.int_province_ranks as {sql['int_province_ranks']}"
    )
    found = connection.execute(f"select * from ({sql['mart_national_ranking']})")
    names = [column[0] for column in found.description]
    result: list[dict[tuple[int, str], tuple]] = [{} for _ in nations]
    for values in found.fetchall():
        row = dict(zip(names, values, strict=True))
        key = (row["report_year"], row["province_key"])
        ranked = result[int(row["index_code"])]
        assert key not in ranked
        ranked[key] = (
            None if row["index_pct"] is None else round(float(row["index_pct"]), 6),
            row["rank"], row["region_rank"], row["peer_rank"], row["group_name"], row["rank_change"],
            row["last_year_rank"], round(float(row["official_index_pct"] or 0), 4), row["official_rank"],
            row["ranked_count"],
            round(float(row["coverage_pct"]), 4),
            _refused_told(row["not_ranked_reason_vi"]),
            _movement(row["no_movement_reason_vi"]),
            None if row["index_change_pct"] is None else round(float(row["index_change_pct"]), 6),
            row["is_simulated"], round(float(row["points"] or 0), 6), float(row["index_printed_pct"] or 0),
            row["rank_low"], row["rank_high"], row["criteria_covered"], row["is_level_mixed"],
            float(row["points_not_given"]), float(row["points_not_applicable"]), float(row["points_not_in"]),
            None if row["index_covered_pct"] is None else round(float(row["index_covered_pct"]), 6),
            None if row["index_high_pct"] is None else round(float(row["index_high_pct"]), 6),
        )  # fmt: skip
    return result


@lru_cache(maxsize=2)
def _with_points(nations: tuple[Nation, ...]) -> duckdb.DuckDBPyConnection:
    connection = connect()
    connection.execute(RANK_TABLES)
    provinces = {row.province: (row.region, row.kind) for nation in nations for row in nation.scored}
    insert(
        connection,
        "seeds.provinces",
        [(province, region, kind, "1997-01-01", None) for province, (region, kind) in provinces.items()],
    )
    insert(connection, "intermediate.int_province_territories", [(name, name, None) for name in provinces])
    for number, nation in enumerate(nations):
        index = str(number)
        insert(connection, "intermediate.int_criteria", [(index, *row) for row in CRITERIA])
        insert(connection, "seeds.groups", [(index, *row) for row in GROUPS])
        insert(
            connection,
            "intermediate.int_edition_years",
            [
                (index, year, edition, "d", True, False, nation.tie_rule, LEAST_COVERAGE, "points", "nothing")
                for year, edition in nation.editions
            ],
        )
        insert(
            connection,
            "intermediate.int_criterion_points",
            [(index, row.year, row.province, *point) for row in nation.scored for point in _points_of(row)],
        )
        simulated = [(row, row.year in SIMULATED and row.points is not None) for row in nation.scored]
        insert(
            connection,
            "intermediate.int_official_totals",
            [
                (index, row.year, row.province, kind, score, rank, is_simulated)
                for row, is_simulated in simulated
                for kind, score, rank in (("total", 5, 3), ("part", 1, None))
            ],
        )
    return connection


def _points_of(row: Scored) -> list[tuple]:
    """Points, maximum, is used, is simulated, status, is governing, is leaf."""
    parts = [(row.points, row.covered)] if row.points is None else [(row.points / 4, row.covered / 4)] * 4
    missing, half = _decimal((10 - row.covered) / 2), _decimal((10 - row.covered) / 4)
    return [
        *(
            (
                _decimal(points), _decimal(covered), points is not None,
                row.year in SIMULATED and points is not None, "not_given" if points is None else "given",
                True, not (row.year in MIXED and part == 0),
            )
            for part, (points, covered) in enumerate(parts)
        ),
        # A claim beside what counts, what the province was not given, what does not apply to it, and what nobody has.
        *(
            (points, most, False, False, status, is_governing, True)
            for points, most, status, is_governing in (
                (9, 9, "given", False),
                (None, missing, "not_given", True),
                (None, half, "refused", True),
                (None, half, "refused", True),
                (None, 1, "does_not_apply", True),
                (None, 2, "does_not_apply", True),
                (None, 3, "source_not_in", True),
                (None, 1, "source_not_in", True),
            )
        ),
    ]  # fmt: skip


def _refused_told(reason: str | None) -> float | None:
    """The refused points that the reason not to rank tells; None for a ranked province."""
    told = re.search(r"trong đó ([\d,]+) điểm bị từ chối", reason or "")
    return float(told.group(1).replace(",", ".")) if told else None if reason is None else 0.0


def _movement(reason: str | None) -> str | None:
    named = {"bộ tiêu chí khác": "edition", "số đơn vị xếp hạng đổi": "map"}
    return next((name for words, name in named.items() if reason and words in reason), reason)


def _why_no_movement(
    before: Scored | None, place: int | None, last: int | None, year: int, *, is_same_edition: bool
) -> str | None:
    if before is None:
        return "không có điểm của năm trước"
    if not is_same_edition:
        return "edition"
    if year in MAP_CHANGES:
        return "map"
    if place is None:
        return "năm nay không xếp hạng"
    return "năm trước không xếp hạng" if last is None else None


def expected_ranking(nation: Nation) -> dict[tuple[int, str], tuple]:
    scored, editions, tie_rule = nation.scored, dict(nation.editions), nation.tie_rule
    by_key = {(row.year, row.province): row for row in scored}

    def pct(row: Scored) -> Fraction | None:
        # Out of 10, whatever of it was given.
        return row.points * 10 if is_ranked(row) else None

    def coverage(row: Scored) -> Fraction:
        return Fraction(0) if row.points is None else row.covered * 10

    def is_ranked(row: Scored) -> bool:
        return row.points is not None and coverage(row) >= LEAST_COVERAGE

    def most(row: Scored) -> Fraction:
        return (Fraction(10) if row.points is None else row.points + 10 - row.covered) * 10

    def is_made_up(row: Scored) -> bool:
        return row.year in SIMULATED and row.points is not None

    def rank(row: Scored, others: list[Scored]) -> int | None:
        if not is_ranked(row):
            return None
        better = [pct(other) for other in others if is_ranked(other) and pct(other) > pct(row)]
        if tie_rule == "equal_rank_next_follows":
            return len(set(better)) + 1
        ties = [
            other for other in others if is_ranked(other) and pct(other) == pct(row) and other.province < row.province
        ]
        return len(better) + 1 + (len(ties) if tie_rule == "by_province_code" else 0)

    result = {}
    for key, row in by_key.items():
        year = [other for other in scored if other.year == row.year]
        place = rank(row, year)
        before = by_key.get((row.year - 1, row.province))
        before = before if before and is_made_up(before) == is_made_up(row) else None
        last = rank(before, [other for other in scored if other.year == row.year - 1]) if before else None
        same = before is not None and editions[row.year - 1] == editions[row.year]
        value = pct(row)
        limits = THRESHOLDS.get(row.year, (90, 80, 70, 0))
        group = next(
            (name for name, least in zip("ABCD", limits, strict=True) if value is not None and value >= least), None
        )
        reason = _why_no_movement(before, place, last, row.year, is_same_edition=same)
        comparable = same and place is not None and last is not None
        printed = Fraction(0) if value is None else Fraction(int(value * 100 + Fraction(1, 2)), 100)
        result[key] = (
            None if value is None else round(float(value), 6),
            place,
            rank(row, [other for other in year if other.region == row.region]),
            rank(row, [other for other in year if other.kind == row.kind]),
            group if place is not None else None,
            last - place if comparable and row.year not in MAP_CHANGES else None,
            last,
            round(500 / 13, 4), 3, sum(is_ranked(other) and is_made_up(other) == is_made_up(row) for other in year),
            round(float(coverage(row)), 4),
            None if is_ranked(row) else round(float((10 - row.covered) / 2), 6),
            reason,
            round(float(pct(row) - pct(before)), 6) if comparable else None,
            is_made_up(row), round(float(row.points or 0), 6), float(printed),
            min(place, 1 + sum(pct(other) > most(row) for other in year if is_ranked(other)))
            if place is not None else None,
            max(place, 1 + sum(most(other) > value for other in year if is_ranked(other) and other is not row))
            if place is not None else None,
            0 if row.points is None else 4, row.year in MIXED and any(other.points is not None for other in year),
            float(10 if row.points is None else 10 - row.covered), 3.0, 4.0,
            None if row.points is None else round(float(row.points / row.covered * 100), 6),
            round(float(most(row)), 6),
        )  # fmt: skip
    return result
