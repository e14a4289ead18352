"""Which pages there are and what stands on each.

In: facts. Out: Page records with rows of the marts, grouped and in order. Not here: markup (templates/), any figure.

Every ranking has a page; areas, criteria and their points only where an index stands newest, real and made up apart.
The first ranking (the newest real one) is index.html.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from orchestration.publishing.facts import Facts, Row
from orchestration.publishing.product import Product
from orchestration.publishing.site.addresses import (
    appraisal_path,
    area_path,
    audit_path,
    bridge_path,
    province_path,
    snapshot_path,
    source_path,
)
from orchestration.publishing.site.standing import Key, Standing, anchor, edition_of, grouped, key_of
from orchestration.publishing.site.trend import trend_picture
from orchestration.publishing.site.wording import BASES
from orchestration.publishing.table import Method, PublishedTable
from orchestration.publishing.words import slug
from orchestration.sentence import Sentence

# A table of the release and the paths of its files.
TableFiles = tuple[PublishedTable, Sequence[str]]
# How many criteria a province's page names among those that cost it most.
MOST_LOST = 10
# How many changes are shown, and of each index how many pairs of years; all are in csv/.
MOST_CHANGES, MOST_PAIRS = 200, 2


@dataclass(frozen=True)
class Page:
    """path: below the folder. is_simulated: whether it holds a made-up figure. content: what its template is given.

    pictures: path below the folder → PNG that the page shows.
    """

    path: str
    template: str
    title: Sentence
    is_simulated: bool
    content: Mapping[str, Any]
    pictures: Mapping[str, bytes] = field(default_factory=dict)


class Site:
    """Every page of one release."""

    def __init__(
        self,
        facts: Facts,
        others: Sequence[Product],
        tables: Sequence[TableFiles],
        method: Method,
        *,
        changes: Sequence[Row] = (),
    ) -> None:
        self.facts, self.others, self.tables, self.method = facts, tuple(others), tables, method
        self.changes = changes

    def pages(self) -> Iterator[Page]:
        for standing in self.standings:
            yield self._ranking(standing)
        for standing in self.newest:
            yield from (self._area(standing, area) for area in standing.areas)
        for province in self.provinces.values():
            yield self._province(province)
        for report in self.sources.values():
            yield self._source(report)
        for series in self.series.values():
            yield self._trend(series)
        for bridge in self.bridges:
            yield self._bridge(bridge)
        for key in self.audits:
            yield self._audit(key)
        for key, steps in self.appraisals.items():
            yield self._appraisal(key, steps)
        for index_code, days in self.snapshots.items():
            yield self._snapshots(index_code, days)
        yield self._reports()
        if self.changes:
            yield self._changes()
        if not self.standings:
            yield self._page("index.html", "empty.html", Sentence("Chưa có xếp hạng", "No ranking yet"), [])
        yield self._provinces()
        yield self._page("phuong_phap.html", "method.html", Sentence("Phương pháp và lưu ý", "Method and cautions"), [])
        yield self._page("tai_ve.html", "downloads.html", Sentence("Tải về", "Downloads"), [])

    @staticmethod
    def _page(path: str, template: str, title: Sentence, shown: Iterable[Row], /, **content: Any) -> Page:
        """shown: every row on the page that may be made up."""
        return Page(path, template, title, any(row["is_simulated"] for row in shown), content)

    # What the pages share.

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Every ranking: real ones first, newest first."""
        provinces, areas = grouped(self.facts.ranking, key_of), grouped(self.facts.criteria, edition_of)
        return tuple(
            Standing(
                row,
                "index.html" if number == 0 else f"xep_hang/{anchor(key_of(row))}.html",
                tuple(provinces[key_of(row)]),
                tuple(one for one in areas.get(edition_of(row), []) if one["level"] == "area"),
            )
            for number, row in enumerate(self.facts.standings)
        )

    @cached_property
    def newest(self) -> tuple[Standing, ...]:
        """The newest ranking of each index, real and made up apart: those whose points are shown."""
        found: dict[tuple[str, bool], Standing] = {}
        for standing in self.standings:
            found.setdefault((standing.row["index_code"], standing.row["is_simulated"]), standing)
        return tuple(found.values())

    @cached_property
    def series(self) -> dict[tuple[str, bool], list[Standing]]:
        """Rankings of an index over the years, newest first, as far as there is a national mean."""
        found: dict[tuple[str, bool], list[Standing]] = defaultdict(list)
        for standing in self.standings:
            if self.nation(standing):
                found[standing.row["index_code"], standing.row["is_simulated"]].append(standing)
        return dict(found)

    @cached_property
    def _summaries(self) -> dict[tuple[Key, str, str], dict[str, Row]]:
        groups = grouped(self.facts.summaries, lambda row: (key_of(row), row["area_code"], row["scope_kind"]))
        return {key: {row["scope_name"]: row for row in rows} for key, rows in groups.items()}

    def summary(self, standing: Standing, area_code: str, scope_kind: str) -> dict[str, Row]:
        """Means of each scope of one kind, by its name."""
        return self._summaries.get((standing.key, area_code, scope_kind), {})

    def nation(self, standing: Standing, area_code: str = "total") -> Row | None:
        """The national mean, if anybody is ranked."""
        return next(iter(self.summary(standing, area_code, "nation").values()), None)

    @cached_property
    def _areas(self) -> dict[tuple[Key, str], list[Row]]:
        return grouped(self.facts.areas, lambda row: (key_of(row), row["area_code"]))

    def area_rows(self, standing: Standing, area_code: str) -> list[Row]:
        return self._areas.get((standing.key, area_code), [])

    @cached_property
    def _area_of(self) -> dict[tuple[Key, str, str], Row]:
        return {(key_of(row), row["province_key"], row["area_code"]): row for row in self.facts.areas}

    def area_of(self, standing: Standing, province_key: str, area_code: str) -> Row | None:
        return self._area_of.get((standing.key, province_key, area_code))

    def criteria(self, standing: Standing, area_code: str | None = None) -> list[Row]:
        """The criteria that carry points, of one area or of all."""
        return [
            row
            for row in self.facts.criteria
            if edition_of(row) == edition_of(standing.row) and row["is_leaf"] and area_code in (None, row["area_code"])
        ]

    @cached_property
    def _points(self) -> dict[tuple[Key, str], dict[str, dict[str, Row]]]:
        found: dict[tuple[Key, str], dict[str, dict[str, Row]]] = defaultdict(lambda: defaultdict(dict))
        for index_code, report_year in sorted({standing.key[:2] for standing in self.newest}):
            for row in self.facts.scores(index_code, report_year):
                found[key_of(row), row["criterion_code"]][row["province_key"]][row["basis"]] = row
        return found

    def points(self, standing: Standing, criterion_code: str, province_key: str) -> dict[str, Row]:
        """What every basis says of a criterion of a province."""
        return self._points[standing.key, criterion_code][province_key]

    def point(self, standing: Standing, criterion_code: str, province_key: str) -> Row | None:
        """What decides a criterion of a province."""
        rows = self.points(standing, criterion_code, province_key).values()
        return next((row for row in rows if row["is_governing"]), None)

    def bases_of(self, standing: Standing, criterion_code: str) -> dict[str, str | None]:
        """The bases on which anybody has points of a criterion, each with its file where that is one for all."""
        files: dict[str, set[str | None]] = defaultdict(set)
        for points in self._points[standing.key, criterion_code].values():
            for basis, row in points.items():
                files[basis].add(row["file_name"])
        return {basis: files[basis].copy().pop() if len(files[basis]) == 1 else None for basis in BASES if files[basis]}

    def files_by_province(self, standing: Standing) -> dict[str, dict[str, str]]:
        """Of the bases on which each province has a file of its own: province → file."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for (key, _), provinces in self._points.items():
            for province_key, points in provinces.items() if key == standing.key else ():
                for basis, row in points.items():
                    if row["file_name"]:
                        found[basis][province_key] = row["file_name"]
        return {basis: names for basis, names in found.items() if len(set(names.values())) > 1}

    def most_lost(self, standing: Standing, province_key: str) -> list[tuple[Row, Row]]:
        """The criteria that cost a province most, each with what decides it."""
        decided = [
            (criterion, point)
            for criterion in self.criteria(standing)
            if (point := self.point(standing, criterion["criterion_code"], province_key)) and point["points_lost"]
        ]
        return sorted(decided, key=lambda pair: -pair[1]["points_lost"])[:MOST_LOST]

    @cached_property
    def provinces(self) -> dict[str, Row]:
        """Provinces of all times that a ranking or a report's deadline knows, by region from north to south."""
        known = {row["province_key"] for row in (*self.facts.ranking, *self.facts.coverage)}
        return {row["province_key"]: row for row in self.facts.provinces if row["province_key"] in known}

    @cached_property
    def sources(self) -> dict[str, Row]:
        """Reports whose every row is shown: the real ones, and those of the newest yearly period."""
        current = [row for row in self.facts.reports if row["is_current"]]
        yearly = next((row["period_key"] for row in current if row["period_key"].endswith("FY")), None)
        return {row["report_key"]: row for row in current if not row["is_simulated"] or row["period_key"] == yearly}

    @cached_property
    def _yearly_sources(self) -> dict[tuple[str, int], Row]:
        return {
            (row["province_key"], row["report_year"]): row
            for row in self.sources.values()
            if row["period_key"].endswith("FY")
        }

    @cached_property
    def _figures(self) -> dict[str, dict[str, Row]]:
        """Of each report whose rows are shown: indicator → figure."""
        return {
            report_key: {row["indicator_key"]: row for row in self.facts.figures(report_key)}
            for report_key in self.sources
        }

    def input_path(self, criterion: Row, row: Row) -> str | None:
        """Where the first figure that a rule found stands in the province's report of the year, if that is shown."""
        report = self._yearly_sources.get((row["province_key"], row["report_year"]))
        if report is None:
            return None
        keys = f"{criterion['numerator_keys'] or ''} {criterion['denominator_keys'] or ''}".split()
        found = next((key for key in keys if key in self._figures[report["report_key"]]), None)
        return f"{source_path(report)}#{found}" if found else None

    def finding_path(self, finding: Row) -> str | None:
        """Where the figure that a finding is about stands, the likeliest wrong first, if its report is shown."""
        report = self.sources.get(finding["report_key"])
        if report is None:
            return None
        keys = f"{finding['likeliest_indicator_key'] or ''} {finding['indicator_keys'] or ''}".split()
        figure = next((key for key in keys if key in self._figures[report["report_key"]]), "noi-dung")
        return f"{source_path(report)}#{figure}"

    def files_of(self, province: Row) -> list[Product]:
        """The province's own files in the release."""
        folder = f"tinh/{province['province_code']}-{slug(province['province_name'])}/"
        return [product for product in self.others if product.path.startswith(folder)]

    def downloads(self) -> list[Product]:
        """Every other file that is not a province's own."""
        return [product for product in self.others if not product.path.startswith("tinh/")]

    @cached_property
    def bridges(self) -> dict[tuple[str, bool], dict[tuple[int, int], list[Row]]]:
        """Index, whether made up → its newest pairs of years → what changed each province's index."""
        found = {}
        for series, rows in grouped(self.facts.bridges, lambda row: (row["index_code"], row["is_simulated"])).items():
            pairs = grouped(rows, lambda row: (row["from_year"], row["report_year"]))
            found[series] = dict(list(pairs.items())[:MOST_PAIRS])
        return found

    @cached_property
    def audits(self) -> dict[Key, tuple[Row, ...]]:
        """The newest rankings that were audited → how each of their criteria behaves."""
        audited = ((standing.key, self.facts.audited_criteria(*standing.key)) for standing in self.newest)
        return {key: criteria for key, criteria in audited if criteria}

    @cached_property
    def appraisals(self) -> dict[Key, list[Row]]:
        """Ranking → every step of the criteria that were appraised more than once or explained."""
        return grouped(self.facts.appraisals, key_of)

    @cached_property
    def snapshots(self) -> dict[str, dict[date, list[Row]]]:
        """Index → day → its provinces, newest day first."""
        of_index = grouped(self.facts.snapshots, lambda row: row["index_code"])
        return {index: grouped(rows, lambda row: row["as_of_date"]) for index, rows in of_index.items()}

    # One method a kind of page.

    def _ranking(self, standing: Standing) -> Page:
        title = Sentence(f"Xếp hạng {standing.name.vi}", f"Ranking {standing.name.en}")
        return self._page(
            standing.path,
            "ranking.html",
            title,
            [standing.row],
            standing=standing,
            tiles=self._tiles(standing),
            files=grouped(self.facts.score_files, key_of).get(standing.key, []),
        )

    def _tiles(self, standing: Standing) -> list[tuple[Row, Row | None]]:
        """The map on which most of its provinces stand: each tile with its province's line, which islands lack."""
        named = {(row["province_code"], row["province_name"]): row for row in standing.provinces}
        maps = grouped(self.facts.tiles, lambda tile: tile["unit_count"]).values()
        placed = [[(tile, named.get((tile["province_code"], tile["tile_name"]))) for tile in tiles] for tiles in maps]
        return max(placed, key=lambda pairs: sum(row is not None for _, row in pairs), default=[])

    def _area(self, standing: Standing, area: Row) -> Page:
        name = f"{standing.row['index_code']} {standing.row['report_year']}"
        code = area["criterion_code"]
        return self._page(
            area_path(standing.key, code),
            "area.html",
            Sentence(f"{name}: {code}. {area['criterion_name']}", f"{name}: {code}. {area['criterion_name_en'] or ''}"),
            [standing.row],
            standing=standing,
            area=area,
            rows=self.area_rows(standing, code),
            criteria=self.criteria(standing, code),
        )

    def _provinces(self) -> Page:
        times = grouped(self.provinces.values(), lambda row: row["valid_to"] is not None)
        by_region = {past: grouped(times[past], lambda row: row["region_name"]) for past in sorted(times)}
        return self._page(
            "tinh.html", "provinces.html", Sentence("Tỉnh, thành phố", "Provinces"), [], by_region=by_region
        )

    def _province(self, province: Row) -> Page:
        key = province["province_key"]
        series: dict[tuple[str, bool], list[tuple[Standing, Row]]] = defaultdict(list)
        for standing in self.standings:
            row = next((row for row in standing.provinces if row["province_key"] == key), None)
            if row:
                series[standing.row["index_code"], standing.row["is_simulated"]].append((standing, row))
        coverage = self._coverage_of.get(key, [])
        findings = self._findings_of.get(key, [])
        return self._page(
            province_path(province),
            "province.html",
            Sentence(province["province_name"], province["province_name_en"]),
            [*(row for rows in series.values() for _, row in rows), *coverage, *findings],
            province=province,
            series=list(series.values()),
            coverage=[row for row in coverage if row["report_key"] or row["files_quarantined"]],
            findings=findings,
            before=[row for row in self.provinces.values() if row["successor_province_key"] == key],
            after=self.provinces.get(province["successor_province_key"] or ""),
        )

    @cached_property
    def _coverage_of(self) -> dict[str, list[Row]]:
        return grouped(self.facts.coverage, lambda row: row["province_key"])

    @cached_property
    def _findings_of(self) -> dict[str, list[Row]]:
        return grouped(self.facts.findings, lambda row: row["province_key"])

    def _source(self, report: Row) -> Page:
        figures = self._figures[report["report_key"]]
        rows = figures.values()
        # A finding stands at each figure that it names, or else above them all.
        of_figure: dict[str, list[Row]] = defaultdict(list)
        general = []
        for finding in (row for row in self.facts.findings if row["report_key"] == report["report_key"]):
            named = [key for key in (finding["indicator_keys"] or "").split() if key in figures]
            for key in named:
                of_figure[key].append(finding)
            if not named:
                general.append(finding)
        folder = source_path(report).removesuffix(".html")
        pictures = {f"{folder}/{key}.png": png for key, row in figures.items() if (png := self.facts.cutout(row))}
        name = f"{report['province_name']}, {report['period_name']}"
        page = self._page(
            source_path(report),
            "source.html",
            Sentence(f"Nguồn số liệu: {name}", f"Source of figures: {report['province_name']}, {report['period_key']}"),
            [report, *rows],
            report=report,
            rows=sorted(rows, key=lambda row: (row["table_number"] or 0, row["row_number"] or 0)),
            findings=of_figure,
            general=general,
            pictures={path.removeprefix(f"{folder}/").removesuffix(".png"): path for path in pictures},
        )
        return replace(page, pictures=pictures)

    def _trend(self, standings: list[Standing]) -> Page:
        newest = standings[0]
        index_code = newest.row["index_code"]
        means = [(standing, row) for standing in standings if (row := self.nation(standing))]
        return self._page(
            self.trend_path(newest),
            "trend.html",
            Sentence(f"Xu hướng {index_code}", f"Trends of {index_code}"),
            [newest.row],
            means=means,
            regions={name: row for one in standings for name, row in self.summary(one, "total", "region").items()},
            picture=trend_picture(
                [
                    (
                        standing.row["report_year"],
                        row["lowest_index_pct"],
                        row["mean_index_pct"],
                        row["highest_index_pct"],
                    )
                    for standing, row in means
                ],
                [standing.row["report_year"] for standing in standings if self.breaks(standing)],
            ),
        )

    @staticmethod
    def trend_path(standing: Standing) -> str:
        return f"xu_huong/{slug(standing.row['index_code'])}{'-mo-phong' if standing.row['is_simulated'] else ''}.html"

    def _bridge(self, series: tuple[str, bool]) -> Page:
        index_code, is_simulated = series
        pairs = self.bridges[series]
        return self._page(
            bridge_path(*series),
            "bridge.html",
            Sentence(f"Vì sao {index_code} thay đổi", f"What changed {index_code}"),
            [{"is_simulated": is_simulated}],
            pairs=pairs,
        )

    def _audit(self, key: Key) -> Page:
        index_code, report_year, is_simulated = key
        standing = next(one for one in self.newest if one.key == key)
        correlations = {
            frozenset((row["area_code"], row["other_area_code"])): row["area_correlation"]
            for row in self.facts.area_correlations(*key)
        }
        return self._page(
            audit_path(key),
            "audit.html",
            Sentence(
                f"Kiểm định thống kê {index_code} {report_year}", f"Statistical audit of {index_code} {report_year}"
            ),
            [{"is_simulated": is_simulated}],
            standing=standing,
            criteria=self.audits[key],
            statistics=[row for row in self.facts.audited_index(*key) if row["value"] is not None],
            correlation=lambda one, other: correlations.get(frozenset((one, other))),
        )

    def _appraisal(self, key: Key, steps: list[Row]) -> Page:
        index_code, report_year, _ = key
        return self._page(
            appraisal_path(key),
            "appraisal.html",
            Sentence(
                f"Các lần thẩm định {index_code} {report_year}", f"Rounds of appraisal of {index_code} {report_year}"
            ),
            steps,
            steps=steps,
        )

    def _snapshots(self, index_code: str, days: dict[date, list[Row]]) -> Page:
        index = next(row for row in self.facts.indices if row["index_code"] == index_code)
        return self._page(
            snapshot_path(index_code),
            "snapshots.html",
            Sentence(f"Bộ chỉ số {index_code} theo ngày", f"Index {index_code} by day"),
            [row for rows in days.values() for row in rows],
            index=index,
            days=days,
        )

    def breaks(self, standing: Standing) -> list[Sentence]:
        """Why a ranking cannot be compared with that of the year before, if it cannot."""
        index_code, report_year, is_simulated = standing.key
        before = next(
            (one for one in self.standings if one.key[0::2] == (index_code, is_simulated) and one.key[1] < report_year),
            None,
        )
        if before is None:
            return []
        found = []
        editions = [one.row["criteria_edition_code"] for one in (before, standing)]
        if editions[0] != editions[1]:
            found.append(
                Sentence(
                    f"bộ tiêu chí đổi, {editions[0]} → {editions[1]}",
                    f"criteria changed, {editions[0]} → {editions[1]}",
                )
            )
        units = [self._units.get(one.key) for one in (before, standing)]
        if units[0] != units[1]:
            found.append(
                Sentence(f"sáp nhập, {units[0]} → {units[1]} đơn vị", f"mergers, {units[0]} → {units[1]} units")
            )
        return found

    @cached_property
    def _units(self) -> dict[Key, int]:
        """How many units the map of a ranking has."""
        return {one.key: tiles[0][0]["unit_count"] for one in self.standings if (tiles := self._tiles(one))}

    def _changes(self) -> Page:
        shown = self.changes[:MOST_CHANGES]
        return self._page(
            "thay_doi.html",
            "changes.html",
            Sentence("Thay đổi so với bản công bố trước", "Changes since the release before"),
            shown,
            rows=shown,
            more=len(self.changes) > MOST_CHANGES,
        )

    @staticmethod
    def by_period(rows: Iterable[Row]) -> dict[str, Row]:
        return {row["period_key"]: row for row in rows}

    def groups_of(self, standing: Standing) -> list[Row]:
        """The thresholds of groups in the year of a ranking."""
        index_code, report_year, _ = standing.key
        return [
            row
            for row in self.facts.groups
            if row["index_code"] == index_code and row["first_year"] <= report_year <= (row["last_year"] or report_year)
        ]

    def _reports(self) -> Page:
        facts = self.facts
        return self._page(
            "tinh_hinh.html",
            "reports.html",
            Sentence("Tình hình báo cáo và cảnh báo", "Reports and findings"),
            [*facts.coverage, *facts.findings, *facts.quarantine],
            periods=list(grouped(facts.coverage, lambda row: row["period_key"])),
            status=self._coverage_of,
        )
