"""Silence earns nothing: whoever gives fewer points never gains, and whoever does better never loses.

Small nations through the SQL of the gate and of the rankings alone. A property needs no truth of its own: a nation is
compared with the same nation in which one province gives less, or has done more. Not here: what points are possible
(`test_score_rules.py`), whole warehouses (`test_gate.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from score_factory import seed
from score_sql import DATABASE, connect, insert

pytestmark = pytest.mark.slow

PROVINCES = ("p.1", "q.1", "r.1")
# Code, parents, maximum, who scores it; an area is the sum of its parts.
LEAVES = (("1.1", "1", 2, "verified"), ("1.2", "1", 1, "survey"), ("2.1", "2", 3, "verified"))
AREAS = (("1", 3), ("2", 3))
BASES = "verified survey computed self published"


@dataclass(frozen=True)
class Sent:
    """What stands on one basis of a criterion for a province: points, or None for a cell left blank or refused."""

    province: str
    code: str
    basis: str
    points: Decimal | None
    is_refused: bool = False


TABLES = f"""
create table {DATABASE}.intermediate.int_edition_years (
    index_code varchar, report_year integer, edition_code varchar, decision varchar, is_verified boolean,
    is_stand_in boolean, tie_rule varchar, min_coverage_pct integer, total_unit varchar, not_given_counts varchar,
    bases varchar
);
create table {DATABASE}.intermediate.int_criteria (
    index_code varchar, edition_code varchar, criterion_code varchar, criterion_name varchar, area_code varchar,
    parents varchar, max_points decimal(24, 9), scored_by varchar, is_leaf boolean, depth integer
);
create table {DATABASE}.intermediate.int_basis_points (
    index_code varchar, edition_code varchar, report_year integer, province_key varchar, criterion_code varchar,
    basis varchar, points decimal(24, 9), status varchar, max_points decimal(24, 9), is_leaf boolean,
    area_code varchar, note varchar, explanation_vi varchar, explanation_en varchar, is_simulated boolean,
    file_sha256 varchar, row_number integer, appraisal_round integer
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
create table {DATABASE}.seeds.groups (
    index_code varchar, first_year integer, last_year integer, group_name varchar, min_index_pct decimal(24, 9)
);
"""


def built(sql: dict[str, str], nations: Iterable[list[Sent]], least_pct: int = 0) -> duckdb.DuckDBPyConnection:
    """Points and ranks of each nation, an index of its own; least_pct: the coverage from which a province is ranked."""
    connection = connect()
    connection.execute(TABLES)
    insert(connection, "seeds.provinces", [(province, "r", "t", "1997-01-01", None) for province in PROVINCES])
    insert(connection, "intermediate.int_province_territories", [(name, name, None) for name in PROVINCES])
    most = {code: maximum for code, _, maximum, _ in LEAVES} | dict(AREAS)
    for index, nation in enumerate(nations):
        insert(
            connection,
            "intermediate.int_edition_years",
            [(index, 2021, "e", "d", True, False, "equal_rank_next_skipped", least_pct, "pct", "nothing", BASES)],
        )
        insert(
            connection,
            "intermediate.int_criteria",
            [
                *((index, "e", code, code, area, f" {area}   ", part, by, True, 2) for code, area, part, by in LEAVES),
                *((index, "e", code, code, code, "   ", whole, "mixed", False, 1) for code, whole in AREAS),
            ],
        )
        insert(
            connection,
            "intermediate.int_basis_points",
            [
                (
                    index, "e", 2021, sent.province, sent.code, sent.basis, sent.points,
                    "refused" if sent.is_refused else "blank" if sent.points is None else "given",
                    most[sent.code], "." in sent.code, sent.code[0],
                    None, "x", "x", False, None, None, None,
                )
                for sent in nation
            ],
        )  # fmt: skip
    for model in ("int_criterion_points", "int_province_ranks"):
        connection.execute(f"create table {DATABASE}.intermediate.{model} as {sql[model]}")
    return connection


def rankings(sql: dict[str, str], *nations: list[Sent]) -> list[dict[str, tuple]]:
    """Of each nation: province → (index, rank, index of area 1, index of area 2)."""
    connection = built(sql, nations)
    found: list[dict[str, list]] = [{} for _ in nations]
    for nation, province, index, rank in connection.execute(
        f"select index_code, province_key, index_pct, rank from ({sql['mart_national_ranking']})"
    ).fetchall():
        assert index is None or 0 <= index <= 100
        found[int(nation)][province] = [index, rank, None, None]
    areas = connection.execute(
        "select index_code, province_key, area_code, area_index_pct, area_index_high_pct"
        f" from ({sql['mart_area_ranking']})"
    ).fetchall()
    for nation, province, area, index, high in areas:
        assert index is None or 0 <= index <= high <= 100
        found[int(nation)][province][1 + int(area)] = index
    return [{province: tuple(values) for province, values in nation.items()} for nation in found]


def points_of(code: str) -> st.SearchStrategy[Decimal | None]:
    most = next(maximum for leaf, _, maximum, _ in LEAVES if leaf == code)
    return st.one_of(st.none(), st.integers(0, 4).map(lambda quarter: Decimal(most * quarter) / 4))


@st.composite
def nations(draw: st.DrawFn) -> list[Sent]:
    """Every province has verified points or a survey of each criterion, be it a blank, and sometimes more beside it."""
    nation = []
    for province in PROVINCES:
        for code, _, _, source in LEAVES:
            bases = {"survey" if source == "survey" else "verified"}
            bases |= draw(st.sets(st.sampled_from(["self", "computed"]))) if source == "verified" else set()
            nation += [Sent(province, code, basis, draw(points_of(code))) for basis in sorted(bases)]
    return nation


def no_better(after: tuple, before: tuple) -> bool:
    """Index and areas no higher, rank no smaller; not to be ranked is worst of all."""
    low = Decimal(-1)
    values = [(after[at] if after[at] is not None else low) for at in (0, 2, 3)]
    earlier = [(before[at] if before[at] is not None else low) for at in (0, 2, 3)]
    ranks = [row[1] if row[1] is not None else 99 for row in (after, before)]
    return all(one <= other for one, other in zip(values, earlier, strict=True)) and ranks[0] >= ranks[1]


def silenced(draw: st.DrawFn, nation: list[Sent]) -> list[Sent]:
    """The same nation in which the first province leaves some points out."""
    given_points = [at for at, sent in enumerate(nation) if sent.province == "p.1" and sent.points is not None]
    left_out = draw(st.sets(st.sampled_from(given_points), min_size=1)) if given_points else set()
    return [replace(sent, points=None) if at in left_out else sent for at, sent in enumerate(nation)]


def lowered(draw: st.DrawFn, nation: list[Sent]) -> list[Sent]:
    """The same nation in which the first province was given fewer points of one criterion."""
    given_points = [at for at, sent in enumerate(nation) if sent.province == "p.1" and sent.points]
    if not given_points:
        return nation
    at = draw(st.sampled_from(given_points))
    fewer = nation[at].points * draw(st.integers(0, 3)) / 4
    return [*nation[:at], replace(nation[at], points=fewer), *nation[at + 1 :]]


@st.composite
def pairs(draw: st.DrawFn, change: Callable[[st.DrawFn, list[Sent]], list[Sent]]) -> tuple[list[Sent], list[Sent]]:
    """A nation and what became of it."""
    nation = draw(nations())
    return nation, change(draw, nation)


def no_first_province_is_better(sql: dict[str, str], found: list[tuple[list[Sent], list[Sent]]]) -> None:
    ranked = rankings(sql, *(nation for pair in found for nation in pair))
    for before, after in zip(ranked[::2], ranked[1::2], strict=True):
        assert no_better(after["p.1"], before["p.1"])


# Several nations an example: a query costs the same for one and for ten.
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=12, deadline=None, suppress_health_check=QUIET)
@given(found=st.lists(pairs(silenced), min_size=5, max_size=10))
def test_leaving_points_out_never_helps(sql: dict[str, str], found: list[tuple[list[Sent], list[Sent]]]) -> None:
    no_first_province_is_better(sql, found)


@settings(max_examples=12, deadline=None, suppress_health_check=QUIET)
@given(found=st.lists(pairs(lowered), min_size=5, max_size=10))
def test_fewer_points_never_help_and_more_never_harm(
    sql: dict[str, str], found: list[tuple[list[Sent], list[Sent]]]
) -> None:
    no_first_province_is_better(sql, found)


@st.composite
def gated(draw: st.DrawFn) -> list[Sent]:
    """Every criterion of every province has a cell on its own basis: points, a blank, or what was refused."""
    return [
        Sent(province, code, "survey" if source == "survey" else "verified", *draw(cell))
        for province in PROVINCES
        for code, _, most, source in LEAVES
        for cell in [st.sampled_from([(Decimal(most) / 2, False), (Decimal(most), False), (None, False), (None, True)])]
    ]


@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(found=st.lists(gated(), min_size=5, max_size=10))
def test_who_has_more_than_a_fifth_withheld_is_listed_unranked_and_told_why(
    sql: dict[str, str], found: list[list[Sent]]
) -> None:
    [settings_of_par] = [row for row in seed("score_settings") if row["index_code"] == "PAR"]
    assert settings_of_par["min_coverage_pct"] == "80", "four fifths, a row of the seed"
    ranked = (
        built(sql, found, least_pct=80)
        .execute(
            "select index_code, province_key, rank, index_pct, rank_low, not_ranked_reason_vi"
            f" from ({sql['mart_national_ranking']})"
        )
        .fetchall()
    )
    assert len(ranked) == len(found) * len(PROVINCES), "everybody is listed"
    most = {code: maximum for code, _, maximum, _ in LEAVES}
    for nation, province, rank, index, low, reason in ranked:
        cells = [sent for sent in found[int(nation)] if sent.province == province]
        withheld = sum(most[sent.code] for sent in cells if sent.points is None)
        refused = sum(most[sent.code] for sent in cells if sent.is_refused)
        is_ranked = withheld * 5 <= sum(most.values()) and any(sent.points is not None for sent in cells)
        assert [value is not None for value in (rank, index, low)] == [is_ranked] * 3
        assert (reason is None) == is_ranked
        told = f", trong đó {refused} điểm bị từ chối vì có lỗi chưa xử lý"
        assert is_ranked or reason.endswith(told if refused else "dưới ngưỡng 80 %")


def everywhere(points: dict[str, dict[tuple[str, str], str | None]]) -> list[Sent]:
    return [
        Sent(province, code, basis, None if text is None else Decimal(text))
        for province, cells in points.items()
        for (code, basis), text in cells.items()
    ]


def test_a_blank_is_not_replaced_by_a_claim(sql: dict[str, str]) -> None:
    verified = {("1.1", "verified"): "1", ("1.2", "survey"): "1", ("2.1", "verified"): "1"}
    nation = everywhere(
        {
            "p.1": verified | {("2.1", "self"): "3", ("2.1", "verified"): None},
            "q.1": verified,
            "r.1": verified | {("2.1", "computed"): "3"},
        }
    )
    [found] = rankings(sql, nation)
    # 2 of 6, and 3 of 6 for the others: neither the claim nor the figure of a rule stands in for the verdict.
    assert [round(found[province][0], 4) for province in PROVINCES] == [
        Decimal("33.3333"), Decimal(50), Decimal(50),
    ]  # fmt: skip


def test_what_nobody_has_is_out_of_the_total_for_all(sql: dict[str, str]) -> None:
    nation = everywhere({province: {("1.1", "verified"): "1", ("2.1", "verified"): "3"} for province in PROVINCES})
    [found] = rankings(sql, nation)
    assert {values[0] for values in found.values()} == {Decimal(80)}, "4 of 5: no survey is in"


def test_an_area_without_its_parts_counts_as_a_whole(sql: dict[str, str]) -> None:
    parts = {("1.1", "verified"): "2", ("1.2", "survey"): "1", ("2.1", "verified"): "3"}
    nation = everywhere(
        {
            "p.1": {("1", "verified"): "1.5", ("2.1", "verified"): "3"},
            "q.1": parts,
            "r.1": parts | {("1", "verified"): "0"},
        }
    )
    [found] = rankings(sql, nation)
    assert [found[province][0] for province in PROVINCES] == [Decimal(75), Decimal(100), Decimal(100)]
    assert [found[province][2] for province in PROVINCES] == [Decimal(50), Decimal(100), Decimal(100)]
