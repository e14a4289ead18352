"""What the marts say, read once for every product of a release: rows as dictionaries, in the order that people read.

In: a warehouse opened read-only, the cut-outs of raw/. Out: tuples of rows, one property or method a subject.
Not here: how anything is written or laid out, and any computation: a figure that no mart has is not in a product.

Columns keep their names of the marts. Provinces stand by rank, else by region from north to south and by the
Vietnamese alphabet; years newest first.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import duckdb
import numpy as np

from orchestration.reading import raw

Row = dict[str, Any]

_BY_PROVINCE = "province.north_to_south, province.province_name collate vi, province.province_key"
# 1.10 stands after 1.9.
_BY_CODE = "list_transform(string_split({0}, '.'), part -> try_cast(part as int)), {0}"


class Facts:
    """The published marts of one warehouse; each subject is read when it is first asked for.

    raw_root: the raw/ that the warehouse was built from; without it no figure has a cut-out.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, raw_root: Path | None = None) -> None:
        self._connection = connection
        self._raw_root = raw_root

    def rows(self, query: str, parameters: list[Any] | None = None) -> tuple[Row, ...]:
        """The rows of a query on the marts."""
        found = self._connection.execute(query, parameters or [])
        names = [column[0] for column in found.description]
        return tuple(dict(zip(names, row, strict=True)) for row in found.fetchall())

    @cached_property
    def provinces(self) -> tuple[Row, ...]:
        """dim_province: every province and its time of validity, by region from north to south."""
        return self.rows(f"select * from marts.dim_province as province order by {_BY_PROVINCE}")

    @cached_property
    def newest_date(self) -> date | None:
        """The newest day that a document carries, a report or an announcement: the date of the release."""
        [row] = self.rows(
            """
            select greatest(
                (select max(report_date) from marts.dim_report where is_current),
                (select max(released_on) from marts.mart_official_result)
            ) as newest_date
            """
        )
        newest: date | None = row["newest_date"]
        return newest

    @cached_property
    def periods(self) -> tuple[Row, ...]:
        """dim_period: the calendar of reports, newest first; it goes on into the years to come."""
        return self.rows("select * from marts.dim_period order by due_date desc, period_key")

    @cached_property
    def standings(self) -> tuple[Row, ...]:
        """One row per index, year and whether made up: its edition, whether that was checked, how many are ranked."""
        return self.rows(
            """
            select
                ranking.index_code, ranking.report_year, ranking.is_simulated, ranking.edition_code,
                any_value(ranking.decision) as decision, bool_and(ranking.is_edition_verified) as is_edition_verified,
                bool_or(ranking.is_stand_in) as is_stand_in, any_value(ranking.total_unit) as total_unit,
                max(ranking.max_points) as max_points, count(ranking.rank) as ranked_count,
                count(*) as province_count, bool_or(ranking.is_level_mixed) as is_level_mixed,
                any_value(criterion.criteria_edition_code) as criteria_edition_code
            from marts.mart_national_ranking as ranking
            inner join (select distinct index_code, edition_code, criteria_edition_code from marts.dim_criterion)
                as criterion
                on ranking.index_code = criterion.index_code and ranking.edition_code = criterion.edition_code
            group by ranking.index_code, ranking.report_year, ranking.is_simulated, ranking.edition_code
            order by ranking.is_simulated, ranking.report_year desc, ranking.index_code
            """
        )

    @cached_property
    def ranking(self) -> tuple[Row, ...]:
        """mart_national_ranking with the province's names, by index, year and rank.

        The bounds of a rank are those of mart_rank_interval, with who is tied with the next; where that has none, they
        are those of points that were not given.
        """
        return self.rows(
            f"""
            select
                ranking.* replace (
                    coalesce(sure.rank_low, ranking.rank_low) as rank_low,
                    coalesce(sure.rank_high, ranking.rank_high) as rank_high
                ),
                sure.is_tied_with_next, sure.top_ten_pct, sure.edition_rank_low, sure.edition_rank_high,
                sure.reason_vi as no_interval_reason_vi,
                province.province_code, province.province_name, province.province_name_en,
                province.region_name_en, province.north_to_south, province.valid_to
            from marts.mart_national_ranking as ranking
            inner join marts.dim_province as province using (province_key)
            left join marts.mart_rank_interval as sure
                on
                    ranking.index_code = sure.index_code and ranking.report_year = sure.report_year
                    and ranking.province_key = sure.province_key and sure.area_code = 'total'
            order by
                ranking.index_code, ranking.report_year desc, ranking.is_simulated, ranking.rank nulls last,
                {_BY_PROVINCE}
            """
        )

    @cached_property
    def areas(self) -> tuple[Row, ...]:
        """mart_area_ranking with the province's names, by index, year, area and rank; bounds as in `ranking`."""
        return self.rows(
            f"""
            select
                ranking.* replace (
                    least(coalesce(sure.rank_low, ranking.rank_low), ranking.rank) as rank_low,
                    greatest(coalesce(sure.rank_high, ranking.rank_high), ranking.rank) as rank_high
                ),
                province.province_code, province.province_name, province.province_name_en
            from marts.mart_area_ranking as ranking
            inner join marts.dim_province as province using (province_key)
            left join marts.mart_rank_interval as sure using (index_code, report_year, province_key, area_code)
            order by
                ranking.index_code, ranking.report_year desc, ranking.is_simulated,
                try_cast(ranking.area_code as integer), ranking.area_code, ranking.rank nulls last, {_BY_PROVINCE}
            """
        )

    @cached_property
    def lifts(self) -> tuple[Row, ...]:
        """mart_score_lift: what a criterion at its maximum would do to a province's rank."""
        return self.rows(
            "select * from marts.mart_score_lift order by index_code, report_year, province_key, criterion_code"
        )

    def audited_criteria(self, index_code: str, report_year: int, is_simulated: bool) -> tuple[Row, ...]:
        """mart_criterion_audit of an index and year with the criteria's names, in the order of codes."""
        return self.rows(
            f"""
            select audit.*, criterion.criterion_name, criterion.criterion_name_en
            from marts.mart_criterion_audit as audit
            inner join marts.dim_criterion as criterion using (index_code, edition_code, criterion_code)
            where audit.index_code = ? and audit.report_year = ? and audit.is_simulated = ?
            order by {_BY_CODE.format("audit.criterion_code")}
            """,
            [index_code, report_year, is_simulated],
        )

    def audited_index(self, index_code: str, report_year: int, is_simulated: bool) -> tuple[Row, ...]:
        """mart_index_audit of an index and year."""
        return self.rows(
            """
            select * from marts.mart_index_audit
            where index_code = ? and report_year = ? and is_simulated = ? order by statistic_name
            """,
            [index_code, report_year, is_simulated],
        )

    def area_correlations(self, index_code: str, report_year: int, is_simulated: bool) -> tuple[Row, ...]:
        """mart_area_correlation of an index and year."""
        return self.rows(
            "select * from marts.mart_area_correlation where index_code = ? and report_year = ? and is_simulated = ?",
            [index_code, report_year, is_simulated],
        )

    @cached_property
    def bridges(self) -> tuple[Row, ...]:
        """mart_index_bridge with names, newest pair of years first, greatest gain first."""
        return self.rows(
            f"""
            select bridge.*, province.province_name
            from marts.mart_index_bridge as bridge
            inner join marts.dim_province as province using (province_key)
            order by
                bridge.is_simulated, bridge.index_code, bridge.report_year desc, bridge.from_year desc,
                bridge.index_change_pct desc, {_BY_PROVINCE}
            """
        )

    @cached_property
    def snapshots(self) -> tuple[Row, ...]:
        """mart_snapshot_ranking with names, newest day first, by the announced rank."""
        return self.rows(
            f"""
            select snapshot.*, province.province_name
            from marts.mart_snapshot_ranking as snapshot
            inner join marts.dim_province as province using (province_key)
            order by
                snapshot.is_simulated, snapshot.index_code, snapshot.as_of_date desc,
                coalesce(snapshot.rank, snapshot.official_rank) nulls last, {_BY_PROVINCE}
            """
        )

    @cached_property
    def appraisals(self) -> tuple[Row, ...]:
        """fct_criterion_score_history of the criteria that went through more than a claim and one verdict."""
        return self.rows(
            f"""
            select history.*, province.province_name, criterion.criterion_name, criterion.criterion_name_en
            from marts.fct_criterion_score_history as history
            inner join marts.dim_province as province using (province_key)
            left join marts.mart_national_ranking as ranking using (index_code, report_year, province_key)
            left join marts.dim_criterion as criterion
                on
                    history.index_code = criterion.index_code and ranking.edition_code = criterion.edition_code
                    and history.criterion_code = criterion.criterion_code
            where exists (
                select 1 from marts.fct_criterion_score_history as other
                where
                    other.index_code = history.index_code and other.report_year = history.report_year
                    and other.province_key = history.province_key and other.criterion_code = history.criterion_code
                    and (other.revision_number > 1 or other.basis = 'explanation')
            )
            order by
                history.is_simulated, history.index_code, history.report_year desc, {_BY_PROVINCE},
                {_BY_CODE.format("history.criterion_code")},
                case history.basis when 'self' then 0 when 'explanation' then 2 else 1 + 2 * (coalesce(
                    history.appraisal_round, 1) - 1) end, history.revision_number
            """
        )

    @cached_property
    def summaries(self) -> tuple[Row, ...]:
        """mart_index_summary; regions from north to south, groups and areas by their code."""
        return self.rows(
            """
            select
                summary.*, region.region_name_en as scope_name_en
            from marts.mart_index_summary as summary
            left join (select distinct region_name, region_name_en, north_to_south from marts.dim_province) as region
                on summary.scope_kind = 'region' and summary.scope_name = region.region_name
            order by
                summary.index_code, summary.report_year desc, summary.is_simulated,
                summary.area_code <> 'total', try_cast(summary.area_code as integer), summary.area_code,
                summary.scope_kind, region.north_to_south, summary.scope_name
            """
        )

    @cached_property
    def indices(self) -> tuple[Row, ...]:
        """dim_index: the name of each index and the settings by which it is ranked."""
        return self.rows("select * from marts.dim_index order by index_code")

    @cached_property
    def reported_values(self) -> tuple[Row, ...]:
        """fct_indicator_value where a number or a blank was reported, by period, province and indicator."""
        return self.rows(
            """
            select
                figure.province_key, figure.indicator_key, figure.value, figure.is_missing, figure.is_corrected,
                figure.is_simulated, period.period_kind, period.report_year, indicator.indicator_name
            from marts.fct_indicator_value as figure
            inner join marts.dim_period as period using (period_key)
            inner join marts.dim_indicator as indicator using (indicator_key)
            where figure.value is not null or figure.is_missing
            order by period.due_date, period.period_key, figure.province_key, figure.indicator_key
            """
        )

    @cached_property
    def newest_standings(self) -> tuple[Row, ...]:
        """Of `standings` the newest of each index that ranks somebody, what is real first."""
        newest: dict[tuple[Any, ...], Row] = {}
        for row in self.standings:
            if row["ranked_count"]:
                newest.setdefault((row["is_simulated"], row["index_code"]), row)
        return tuple(newest.values())

    @cached_property
    def official_results(self) -> tuple[Row, ...]:
        """mart_official_result, newest year first, PAR and SIPAS before others, totals before their parts."""
        return self.rows(
            """
            select * from marts.mart_official_result
            order by
                result_year desc, case index_name when 'PAR' then 1 when 'SIPAS' then 2 else 3 end, index_name,
                component <> 'total', component, subject_kind, rank nulls last, subject_name, measure
            """
        )

    @cached_property
    def groups(self) -> tuple[Row, ...]:
        """dim_score_group: the lowest index of each group, best group first."""
        return self.rows("select * from marts.dim_score_group order by index_code, first_year, min_index_pct desc")

    @cached_property
    def tiles(self) -> tuple[Row, ...]:
        """dim_map_tile: where each province stands on the map of 63 and on that of 34 units."""
        return self.rows("select * from marts.dim_map_tile order by unit_count, grid_row, grid_column")

    @cached_property
    def criteria(self) -> tuple[Row, ...]:
        """dim_criterion, every edition in the order of its codes."""
        return self.rows(
            f"""
            select * from marts.dim_criterion
            order by
                index_code, edition_code, {_BY_CODE.format("criterion_code")}
            """
        )

    @cached_property
    def findings(self) -> tuple[Row, ...]:
        """mart_quality_finding, errors first; the indicator's printed code and name, the report's number and file."""
        return self.rows(
            f"""
            select
                finding.*, province.province_name, period.period_name, period.report_year, period.due_date,
                report.report_number, coalesce(report.file_name, finding.source_file_name) as file_name,
                form_row.row_code, indicator.indicator_name, indicator.indicator_name_en
            from marts.mart_quality_finding as finding
            inner join marts.dim_period as period using (period_key)
            left join marts.dim_province as province using (province_key)
            left join marts.dim_report as report on finding.report_key = report.report_key
            left join marts.dim_indicator as indicator
                on split_part(finding.indicator_keys, ' ', 1) = indicator.indicator_key
            left join marts.bridge_form_indicator as form_row
                on report.form_code = form_row.form_code and indicator.indicator_key = form_row.indicator_key
            order by
                period.due_date desc, finding.period_key, {_BY_PROVINCE},
                case finding.severity when 'error' then 1 when 'warning' then 2 else 3 end,
                finding.place, finding.finding_key
            """
        )

    @cached_property
    def coverage(self) -> tuple[Row, ...]:
        """mart_report_coverage with names, newest period first."""
        return self.rows(
            f"""
            select
                coverage.*, period.period_name, period.period_kind, period.report_year, province.province_code,
                province.province_name, province.province_name_en, province.region_name
            from marts.mart_report_coverage as coverage
            inner join marts.dim_province as province using (province_key)
            inner join marts.dim_period as period using (period_key)
            order by coverage.due_date desc, coverage.period_key, {_BY_PROVINCE}
            """
        )

    @cached_property
    def quarantine(self) -> tuple[Row, ...]:
        """mart_open_quarantine: every file that waits for somebody."""
        return self.rows("select * from marts.mart_open_quarantine order by period_key desc, file_name, file_sha256")

    @cached_property
    def reports(self) -> tuple[Row, ...]:
        """dim_report: every revision received, the current one first."""
        return self.rows(
            f"""
            select report.*, period.period_name, period.report_year, period.due_date, province.province_name
            from marts.dim_report as report
            inner join marts.dim_province as province using (province_key)
            inner join marts.dim_period as period using (period_key)
            order by
                period.due_date desc, report.period_key, {_BY_PROVINCE}, report.revision_number desc,
                report.report_key
            """
        )

    def scores(self, index_code: str, report_year: int) -> tuple[Row, ...]:
        """fct_criterion_score of a year, every basis, by province and criterion, with its name and the file."""
        return self.rows(
            f"""
            select
                score.*, criterion.criterion_name, criterion.criterion_name_en, criterion.area_code, criterion.rule,
                criterion.scored_by, source.file_name
            from marts.fct_criterion_score as score
            inner join marts.dim_province as province using (province_key)
            left join marts.dim_criterion as criterion using (index_code, edition_code, criterion_code)
            left join marts.dim_source_file as source on score.report_key = source.report_key
            where score.index_code = ? and score.report_year = ?
            order by
                {_BY_PROVINCE}, {_BY_CODE.format("score.criterion_code")}, score.basis
            """,
            [index_code, report_year],
        )

    @cached_property
    def score_files(self) -> tuple[Row, ...]:
        """The files on which the points of an index and year rest, by basis."""
        return self.rows(
            """
            select distinct
                score.index_code, score.report_year, score.is_simulated, score.basis, source.file_name
            from marts.fct_criterion_score as score
            inner join marts.dim_source_file as source on score.report_key = source.report_key
            order by all
            """
        )

    def criteria_of(self, index_code: str, report_year: int) -> dict[str, tuple[Row, ...]]:
        """Province key → every criterion of its edition, in the order of codes, with the points that count."""
        rows = self.rows(
            f"""
            select
                ranking.province_key, criterion.criterion_code, criterion.criterion_name, criterion.level,
                criterion.is_leaf, criterion.max_points, coalesce(score.points, area.points) as points, score.basis,
                score.explanation
            from marts.mart_national_ranking as ranking
            inner join marts.dim_criterion as criterion
                on ranking.index_code = criterion.index_code and ranking.edition_code = criterion.edition_code
            left join marts.fct_criterion_score as score
                on
                    ranking.index_code = score.index_code
                    and ranking.report_year = score.report_year
                    and ranking.province_key = score.province_key
                    and criterion.criterion_code = score.criterion_code
                    and score.is_used
            left join marts.mart_area_ranking as area
                on
                    ranking.index_code = area.index_code
                    and ranking.report_year = area.report_year
                    and ranking.province_key = area.province_key
                    and criterion.criterion_code = area.area_code
                    and not criterion.is_leaf
            where ranking.index_code = ? and ranking.report_year = ?
            order by ranking.province_key, {_BY_CODE.format("criterion.criterion_code")}
            """,
            [index_code, report_year],
        )
        return {key: tuple(own) for key, own in groupby(rows, key=lambda row: str(row["province_key"]))}

    def gaps(self, index_code: str, report_year: int) -> tuple[Row, ...]:
        """mart_score_gap of a year: where points were claimed and not accepted, greatest gap first."""
        return self.rows(
            f"""
            select gap.*, criterion.criterion_name, criterion.criterion_name_en, province.province_name
            from marts.mart_score_gap as gap
            inner join marts.dim_province as province using (province_key)
            left join marts.dim_criterion as criterion using (index_code, edition_code, criterion_code)
            where gap.index_code = ? and gap.report_year = ?
            order by {_BY_PROVINCE}, gap.gap_points desc nulls last, gap.criterion_code
            """,
            [index_code, report_year],
        )

    def figures(self, report_key: str) -> tuple[Row, ...]:
        """fct_indicator_value of one report with the indicator's names, in the form's order."""
        return self.rows(
            """
            select
                figure.*, indicator.indicator_name, indicator.indicator_name_en, indicator.unit_name,
                indicator.unit_name_en, indicator.value_kind, indicator.area_number, indicator.area_name,
                report.file_name, report.file_sha256
            from marts.fct_indicator_value as figure
            inner join marts.dim_report as report using (report_key)
            inner join marts.dim_indicator as indicator using (indicator_key)
            left join marts.bridge_form_indicator as form_row
                on report.form_code = form_row.form_code and figure.indicator_key = form_row.indicator_key
            where figure.report_key = ?
            order by form_row.position nulls last, figure.indicator_key
            """,
            [report_key],
        )

    def cutout(self, figure: Row) -> bytes | None:
        """The picture (PNG) of the cell that a row of `figures` was read from; None unless its report is a picture.

        In eight shades of grey: a twentieth of what raw/ keeps, and as legible.
        """
        if self._raw_root is None:
            return None
        place = figure["page"], figure["table_number"], figure["row_number"]
        path = raw.crop(self._raw_root, figure["period_key"], figure["file_sha256"], *place)
        if path is None:
            return None
        grey = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        return None if grey is None else cv2.imencode(".png", np.asarray(grey // 32 * 36, np.uint8))[1].tobytes()
