"""`par review`: the open cases as a workbook to decide in, and what the decisions in one would do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click
from rich.table import Table

from orchestration import clock, paths
from orchestration.cli.console import out
from orchestration.effect import Effect, FigureDecision, effect_of
from orchestration.publishing.review_book import FILE_PREFIX, open_cases, write_review
from orchestration.publishing.words import number_vi, slug
from orchestration.reading.reader import read_file
from orchestration.reading.sheets.decision import OF_FIGURES
from orchestration.sentence import ToldError

_MOST_SHOWN = 40


@click.command()
@click.option("--period", help="Only the cases of this reporting period.")
@click.option("--province", help="Only the cases of this province, by its name: «Hà Nam».")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Where the workbook goes; warehouse/review/.")
@click.option(
    "--effect",
    "decided",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A workbook that is filled in: say what its decisions would do to points and ranks, and change nothing.",
)
def review(period: str | None, province: str | None, target: Path | None, decided: Path | None) -> None:
    """Write the open cases as a workbook to decide in; filled in, it goes into the inbox like any other file."""
    if not paths.database().is_file():
        raise ToldError("Chưa có kho dữ liệu; hãy chạy `par run`.", "There is no warehouse yet: run `par run`.")
    if decided:
        _tell(effect_of(paths.database(), _decisions(decided)))
        return
    cases = open_cases(paths.database(), period, province)
    if not cases:
        out.print("Không có trường hợp nào đang mở. / There is no open case.", highlight=False)
        return
    name = "_".join([FILE_PREFIX.rstrip("_"), period or "tat_ca_cac_ky", *([slug(province)] if province else [])])
    target = target or paths.reviews() / f"{name}_{clock.today():%Y%m%d}.xlsx"
    count = write_review(target, cases, paths.raw())
    out.print(
        f"Đã ghi {count} trường hợp vào {target}. Điền quyết định, rồi đặt tệp vào inbox/<kỳ>/. / Fill it in and "
        "put it into the inbox.",
        highlight=False,
        soft_wrap=True,
    )


def _decisions(path: Path) -> list[FigureDecision]:
    """The decisions about figures that a file holds. Raises ToldError where it has none or cannot be read."""
    reading = read_file(path)
    if reading.refusal:
        raise reading.refusal
    rows = [row for row in reading.sheet.decisions if row.decision in OF_FIGURES] if reading.sheet else []
    if not rows:
        raise ToldError(f"{path.name}: chưa có quyết định nào về số liệu.", "It holds no decision about a figure yet.")
    return [
        FigureDecision(
            target_sha256=row.target_sha256,
            row_code=row.row_code or "",
            ordinal=int(row.ordinal or 0),
            decision=row.decision,
            value_expected=row.value_expected,
            value_corrected=row.value_corrected,
            reason=row.reason,
            finding_key=row.finding_key,
            criterion_code=row.criterion_code,
            measure=row.measure,
            province_key=row.province_key,
            report_year=int(row.report_year) if row.report_year else None,
        )
        for row in rows
    ]


def _tell(effect: Effect) -> None:
    if not effect.points and not effect.ranks:
        out.print("Điểm và thứ hạng không đổi. / Neither points nor ranks change.", highlight=False)
        return
    points = Table("Chỉ số", "Năm", "Tỉnh", "Tiêu chí", "Điểm", "→", title="Điểm / points")
    for row in effect.points[:_MOST_SHOWN]:
        criterion = f"{row.criterion_code} {row.criterion_name or ''}"
        points.add_row(
            row.index_code, str(row.report_year), row.province_name, criterion, _number(row.before), _number(row.after)
        )
    ranks = Table("Chỉ số", "Năm", "Tỉnh", "Chỉ số (%)", "→", "Hạng", "→", title="Thứ hạng / ranks")
    for rank in effect.ranks[:_MOST_SHOWN]:
        ranks.add_row(
            rank.index_code,
            str(rank.report_year),
            rank.province_name,
            _number(rank.index_before),
            _number(rank.index_after),
            str(rank.rank_before or "–"),
            str(rank.rank_after or "–"),
        )
    out.print(points)
    out.print(ranks)
    out.print(
        f"{len(effect.points)} điểm và {len(effect.ranks)} dòng xếp hạng thay đổi; chưa có gì được áp dụng. / "
        "Nothing was applied yet.",
        highlight=False,
    )


def _number(value: Decimal | None) -> str:
    return "–" if value is None else number_vi(value, 2)
