"""What decisions about figures would do to points and ranks, before they are followed.

In: the published warehouse and decisions as a file says them. Out: every criterion and province that would change.
Not here: reading the file, telling people, and following the decisions (the next run does).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import duckdb

from orchestration import rerun

# Where decisions about figures of reports and of score sheets stand, and which figure a row is of.
_FIGURES = "intermediate.int_figure_decisions", ("target_sha256", "row_code", "ordinal")
_POINTS = (
    "intermediate.int_score_decisions",
    ("target_sha256", "report_year", "province_key", "criterion_code", "measure"),
)

RANKING, POINTS = "marts.mart_national_ranking", "marts.fct_criterion_score"


@dataclass(frozen=True)
class FigureDecision:
    """One decision about a figure of a file, as `int_figure_decisions` has it, or `int_score_decisions` of a sheet's.

    decision: accept, correct or reject.  row_code: blank where a finding is of no row.  ordinal: 0 but of an "of which"
    row.  value_expected: as printed.  criterion_code, measure, province_key, report_year: of a score sheet alone.
    """

    target_sha256: str
    row_code: str
    ordinal: int
    decision: str
    value_expected: str | None
    value_corrected: str | None
    reason: str
    finding_key: str | None = None
    criterion_code: str | None = None
    measure: str | None = None
    province_key: str | None = None
    report_year: int | None = None


@dataclass(frozen=True)
class ChangedPoints:
    """Points of a province for a criterion, now and then; None: none given."""

    index_code: str
    report_year: int
    province_name: str
    criterion_code: str
    criterion_name: str
    before: Decimal | None
    after: Decimal | None
    explanation: str | None


@dataclass(frozen=True)
class ChangedRank:
    """A province's index in percent and its rank, now and then; None where it is not ranked."""

    index_code: str
    report_year: int
    province_name: str
    index_before: Decimal | None
    index_after: Decimal | None
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True)
class Effect:
    """What would change; both empty where the decisions move nothing."""

    points: tuple[ChangedPoints, ...]
    ranks: tuple[ChangedRank, ...]


def effect_of(database: Path, decisions: Iterable[FigureDecision]) -> Effect:
    """Points and ranks as they would be, computed by the models themselves. Raises NoQueriesError."""
    changes = changes_by(decisions)
    if not changes:
        return Effect((), ())
    with rerun.changed(database, changes, [RANKING, POINTS]) as connection:
        return differences(connection)


def changes_by(decisions: Iterable[FigureDecision]) -> dict[str, str]:
    """The tables that decisions change, as `rerun.changed` takes them; nothing where there is no decision."""
    decisions = list(decisions)
    if not decisions:
        return {}
    decided = [decision for decision in decisions if decision.finding_key]
    keys = _texts(decision.finding_key for decision in decided)
    accepted = _texts(decision.finding_key for decision in decided if decision.decision == "accept")
    return {
        **_decided(_FIGURES, [decision for decision in decisions if decision.row_code]),
        **_decided(_POINTS, [decision for decision in decisions if decision.criterion_code]),
        # What is decided anew is no longer as it was accepted before.
        "intermediate.int_accepted_findings": f"""
            from published.intermediate.int_accepted_findings where finding_key not in ({keys})
            union all by name
            select finding_key from (select unnest([{accepted}]) as finding_key) where finding_key <> ''
        """,
    }


def differences(connection: duckdb.DuckDBPyConnection) -> Effect:
    """What RANKING and POINTS, run again, say otherwise than the published ones."""
    points = connection.execute(_CHANGED_POINTS).fetchall()
    ranks = connection.execute(_CHANGED_RANKS).fetchall()
    return Effect(tuple(ChangedPoints(*row) for row in points), tuple(ChangedRank(*row) for row in ranks))


def _decided(table: tuple[str, Sequence[str]], decisions: Sequence[FigureDecision]) -> dict[str, str]:
    """The table with these decisions instead of earlier ones about the same figures; nothing where there are none."""
    name, key = table
    columns = (*key, "decision", "value_expected", "value_corrected", "reason")
    rows = ", ".join(_row(decision, columns) for decision in decisions)
    same = " and ".join(f"new.{column} = old.{column}" for column in key)
    if not rows:
        return {}
    return {
        name: f"""
            with new as (select * from (values {rows}) as given ({", ".join(columns)}))
            from published.{name} as old where not exists (from new where {same})
            union all by name from new
        """
    }


def _row(decision: FigureDecision, columns: Iterable[str]) -> str:
    told = decision if decision.decision == "correct" else replace(decision, value_corrected=None)
    return f"({', '.join(_literal(getattr(told, column)) for column in columns)})"


def _texts(values: Iterable[str | None]) -> str:
    return ", ".join(_literal(value) for value in values) or "''"


def _literal(value: str | int | None) -> str:
    if value is None:
        return "cast(null as varchar)"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


_CHANGED_POINTS = f"""
    select
        coalesce(later.index_code, earlier.index_code), coalesce(later.report_year, earlier.report_year),
        provinces.province_name, criteria.criterion_code, criteria.criterion_name,
        earlier.points, later.points, coalesce(later.explanation, earlier.explanation)
    from (from {POINTS} where is_used) as later
    full join (from published.{POINTS} where is_used) as earlier
        on
            later.index_code = earlier.index_code and later.report_year = earlier.report_year
            and later.province_key = earlier.province_key and later.criterion_code = earlier.criterion_code
    inner join marts.dim_province as provinces
        on coalesce(later.province_key, earlier.province_key) = provinces.province_key
    left join marts.dim_criterion as criteria
        on
            criteria.index_code = coalesce(later.index_code, earlier.index_code)
            and criteria.edition_code = coalesce(later.edition_code, earlier.edition_code)
            and criteria.criterion_code = coalesce(later.criterion_code, earlier.criterion_code)
    where later.points is distinct from earlier.points
    order by all
"""
_CHANGED_RANKS = f"""
    select
        index_code, report_year, provinces.province_name,
        earlier.index_pct, later.index_pct, earlier.rank, later.rank
    from {RANKING} as later
    inner join published.{RANKING} as earlier using (index_code, report_year, province_key)
    inner join marts.dim_province as provinces using (province_key)
    where later.index_pct is distinct from earlier.index_pct or later.rank is distinct from earlier.rank
    order by index_code, report_year, later.rank, provinces.province_name
"""
