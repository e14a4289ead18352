"""The appeal pack of a province: how it stands, what was claimed and not accepted, every criterion with its figures.

In: a Nation. Out: a Product for each unit in the newest year of an index that provinces claim points in, and the
records that the pack's workbook (`appeal_book.py`) is made of too.
Not here: what the unit answers; its column is left free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from orchestration.publishing.facts import Row
from orchestration.publishing.print import standing
from orchestration.publishing.print.profile import heading, parts, product
from orchestration.publishing.print.standing import Block, Key, Nation, key_of, place_vi, why
from orchestration.publishing.print.units import Unit
from orchestration.publishing.product import Product
from orchestration.publishing.words import DASH, date_vi, number_vi
from orchestration.sentence import Sentence

STEM = "ho_so_giai_trinh"
TEMPLATE = "appeal.typ"
ANNUAL = "FY"
MOST_FINDINGS = 40
RULES = {
    "count_steps": "bậc theo số lượng",
    "growth_steps": "bậc theo mức tăng so với năm trước",
    "linear": "tuyến tính theo giá trị",
    "none_or_zero": "không vi phạm thì đủ điểm, có thì không điểm",
    "ratio_at_most": "tỷ lệ không vượt mức",
    "ratio_floor": "theo tỷ lệ, dưới ngưỡng không có điểm",
    "ratio_steps": "bậc theo tỷ lệ",
    "satisfaction": "quy đổi từ chỉ số hài lòng",
    "survey_mean": "quy đổi từ điểm trung bình khảo sát",
    "yes_no": "có thì đủ điểm, không thì không điểm",
}
STATUSES = {
    "given": "có điểm",
    "not_given": "không được cho điểm",
    "does_not_apply": "không đánh giá",
    "source_not_in": "nguồn chưa về",
    "blank": "để trống",
    "refused": "không thể đúng, không dùng",
}
# Who scores what a province can explain; what others publish cannot be appealed against here.
HERE = ("verified", "mixed")
BASES = ("self", "verified", "computed")
BASIS_WORDS = {
    "self": "tự chấm",
    "verified": "thẩm định",
    "survey": "khảo sát",
    "computed": "số liệu thống kê",
    "published": "công bố",
}


@dataclass(frozen=True)
class Claimed:
    """One criterion of a unit: what it rests on, its points on each basis, what counts and why.

    figures: rows of `Facts.figures` that its rule asks for. points: by basis, as far as there is one.
    places: the rows of score sheets that printed the points.
    """

    code: str
    name: str
    level: str
    is_leaf: bool
    rule: str
    figures: tuple[Row, ...]
    max_points: Decimal
    points: dict[str, Decimal | None]
    counted: Decimal | None
    status: str
    why: str
    places: str


def products(nation: Nation) -> Iterator[Product]:
    """One PDF a unit, from north to south."""
    keys = newest_claims(nation)
    for unit in nation.units:
        data = appeal(nation, unit, keys)
        if data:
            title = Sentence(f"Hồ sơ giải trình {unit.title}.", f"Appeal pack of {unit.name}.")
            yield product(unit, STEM, TEMPLATE, data, title)


def newest_claims(nation: Nation) -> list[Key]:
    """The newest year of each index that is scored here, real and made-up apart."""
    scored = {(row["index_code"], row["edition_code"]) for row in nation.criteria.values() if row["scored_by"] in HERE}
    newest: dict[tuple[str, bool], Key] = {}
    for key in sorted(nation.standings):
        if (key.index_code, nation.standings[key]["edition_code"]) in scored:
            newest[key.index_code, key.is_simulated] = key
    return list(newest.values())


def listed(nation: Nation, unit: Unit, keys: list[Key]) -> list[Row]:
    """The unit's rows of these rankings, real first."""
    rows = [row for key in unit.keys for row in nation.of_province.get(key, ()) if key_of(row) in keys]
    return sorted(rows, key=lambda row: row["is_simulated"])


def appeal(nation: Nation, unit: Unit, keys: list[Key]) -> Block | None:
    """The data of a unit's pack; None where it is in none of the lists."""
    rows = listed(nation, unit, keys)
    if not rows:
        return None
    blocks = []
    for row in rows:
        doubtful = standing.findings(nation, unit, MOST_FINDINGS, key_of(row))
        blocks += [standing.standing(nation, row), gaps(nation, row), criteria(nation, row), doubtful]
    return {**heading(nation, unit, f"Hồ sơ giải trình {unit.title}"), "parts": parts(blocks)}


def open_gaps(nation: Nation, row: Row) -> list[Row]:
    """What was claimed and not accepted (mart_score_gap), greatest gap first."""
    found = nation.gaps(row["index_code"], row["report_year"]).get(row["province_key"], [])
    return [gap for gap in found if gap["gap_points"] and gap["gap_points"] > 0]


def reason(gap: Row) -> str:
    """Why points were not accepted, with what the province noted."""
    return "; ".join(text for text in (gap["cause"], gap["claim_note"]) if text)


def gaps(nation: Nation, row: Row) -> Block:
    """`open_gaps` as a table."""
    return {
        "kind": "gaps",
        "is_simulated": row["is_simulated"],
        "heading": f"Điểm tự chấm chưa được chấp nhận – {row['index_code']} {row['report_year']}",
        "rows": [
            [
                f"{gap['criterion_code']}. {gap['criterion_name'] or ''}",
                *(number_vi(gap[points]) for points in ("claimed_points", "accepted_points", "gap_points")),
                reason(gap),
            ]
            for gap in open_gaps(nation, row)
        ],
    }


def criteria(nation: Nation, row: Row) -> Block:
    """`claimed` as a table, with the files that it rests on."""
    return {
        "kind": "criteria",
        "is_simulated": row["is_simulated"],
        "heading": f"Từng tiêu chí – {row['index_code']} {row['report_year']}",
        "report": report_vi(nation, row),
        "sheets": score_sheets(nation, row),
        "rows": [
            {
                "code": one.code,
                "name": one.name,
                "level": "leaf" if one.is_leaf else one.level,
                "rule": one.rule,
                "figures": [_figure(nation, figure) for figure in one.figures],
                "max": number_vi(one.max_points),
                "points": [number_vi(one.points[basis]) if basis in one.points else DASH for basis in BASES],
                "counted": number_vi(one.counted) if one.status or one.counted is not None else "",
                "status": one.status,
                "why": one.why,
                "places": one.places,
            }
            for one in claimed(nation, row)
        ],
    }


def report_vi(nation: Nation, row: Row) -> str:
    """The annual report that the figures are from, as a sentence names it; nothing where there is none."""
    report = _report(nation, row)
    if report is None:
        return ""
    return f"{report['file_name']} (số {report['report_number'] or DASH}, {date_vi(report['report_date'])})"


def score_sheets(nation: Nation, row: Row) -> list[str]:
    """The score sheets that printed its points, each with its basis."""
    return sorted(
        {
            f"{BASIS_WORDS[score['basis']]} {score['file_name']}"
            for score in _scores(nation, row)
            if score["row_number"] is not None and score["file_name"]
        }
    )


def claimed(nation: Nation, row: Row) -> list[Claimed]:
    """Every criterion of the edition, in the order of codes."""
    by_code: dict[str, dict[str, Row]] = {}
    for score in _scores(nation, row):
        by_code.setdefault(score["criterion_code"], {})[score["basis"]] = score
    report = _report(nation, row)
    figures = nation.facts.figures(report["report_key"]) if report else ()
    of_key = {figure["indicator_key"]: figure for figure in figures}
    areas = {
        area["area_code"]: area["points"]
        for area in nation.areas.get(key_of(row), ())
        if area["province_key"] == row["province_key"]
    }
    edition = nation.standings[key_of(row)]["edition_code"]
    return [
        _claimed(criterion, by_code.get(criterion["criterion_code"], {}), of_key, areas)
        for criterion in nation.facts.criteria
        if criterion["index_code"] == row["index_code"] and criterion["edition_code"] == edition
    ]


def _claimed(
    criterion: Row, scores: dict[str, Row], figures: dict[str, Row], areas: dict[str, Decimal | None]
) -> Claimed:
    code = criterion["criterion_code"]
    deciding = next((score for score in scores.values() if score["is_governing"]), None)
    computed = {code: scores["computed"]["explanation"]} if "computed" in scores else {}
    keys = f"{criterion['numerator_keys'] or ''} {criterion['denominator_keys'] or ''}".split()
    places = [
        f"{BASIS_WORDS[basis]} dòng {score['row_number']}"
        for basis, score in scores.items()
        if criterion["is_leaf"] and score["row_number"] is not None
    ]
    return Claimed(
        code=code,
        name=criterion["criterion_name"],
        level=criterion["level"],
        is_leaf=criterion["is_leaf"],
        rule=RULES.get(criterion["rule"], "") if criterion["rule"] else "",
        figures=tuple(figures[key] for key in dict.fromkeys(keys) if key in figures),
        max_points=criterion["max_points"],
        points={basis: scores[basis]["points"] for basis in BASES if basis in scores},
        counted=areas[code] if code in areas else deciding["points"] if deciding else None,
        status=STATUSES[deciding["status"]] if deciding else "",
        why=why(deciding, computed) if deciding else "",
        places="; ".join(places),
    )


def _scores(nation: Nation, row: Row) -> list[Row]:
    return nation.scores(row["index_code"], row["report_year"]).get(row["province_key"], [])


def _report(nation: Nation, row: Row) -> Row | None:
    """The annual report that counts: what rules take figures from."""
    period = f"{row['report_year']}-{ANNUAL}"
    of_year = (report for report in nation.facts.reports if report["period_key"] == period and report["is_current"])
    return next((report for report in of_year if report["province_key"] == row["province_key"]), None)


def _figure(nation: Nation, figure: Row) -> Block:
    """A figure in words, with the cut-out of its cell where the report is a picture (its bytes as numbers)."""
    unit = f" {figure['unit_name']}" if figure["unit_name"] else ""
    printed = f"in «{figure['value_raw']}»{unit}" if figure["value_raw"] else "để trống"
    doubt = f"; không dùng được: {figure['not_usable_reason_vi']}" if figure["not_usable_reason_vi"] else ""
    cutout = nation.facts.cutout(figure)
    return {
        "text": f"{figure['row_code']} {figure['indicator_name']}: {printed} ({place_vi(figure)}){doubt}",
        "cutout": list(cutout) if cutout else None,
    }
