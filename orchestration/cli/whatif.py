"""`par whatif`: what other figures would make of a province's rank, and the cheapest way to gain places."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click
import duckdb
from rich.table import Table

from orchestration import paths
from orchestration.analysis.whatif import Standing, WhatIf, cheapest_lift, province_key_of, what_if
from orchestration.cli.console import out
from orchestration.publishing.words import DASH, number_vi
from orchestration.sentence import ToldError

_MOST_SHOWN = 20


@click.command()
@click.option("--province", required=True, help="Its name: «Hà Nam».")
@click.option("--year", type=int, required=True, help="Year of the result.")
@click.option("--index", "index_code", default="PAR", show_default=True)
@click.option("--set", "settings", multiple=True, help="indicator=value or criterion=points: 1.2=1,5; may be repeated.")
@click.option("--gain", "places", type=int, help="Places to gain: say the cheapest set of steps.")
def whatif(province: str, year: int, index_code: str, settings: tuple[str, ...], places: int | None) -> None:
    """Points, index, rank and interval if some figures were others; nothing is changed."""
    if not paths.database().is_file():
        raise ToldError("Chưa có kho dữ liệu; hãy chạy `par run`.", "There is no warehouse yet: run `par run`.")
    if not settings and not places:
        raise ToldError("Hãy nêu --set hoặc --gain.", "Say --set or --gain.")
    with duckdb.connect(str(paths.database()), read_only=True) as connection:
        key = province_key_of(connection, province, index_code, year)
    if settings:
        values = dict(_setting(text) for text in settings)
        _tell(what_if(paths.database(), index_code, year, key, values), province)
    if places:
        _tell_steps(index_code, year, key, places)


def _setting(text: str) -> tuple[str, Decimal]:
    name, _, value = text.partition("=")
    try:
        number = Decimal(value.strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal("nan")
    if not name.strip() or not number.is_finite():
        raise ToldError(
            f"«{text}» không phải dạng chỉ tiêu=số, ví dụ 1.2=1,5.", f"«{text}» is not name=number, as in 1.2=1.5."
        )
    return name.strip(), number


def _tell(told: WhatIf, province: str) -> None:
    table = Table("", "Điểm / points", "Chỉ số (%) / index", "Hạng / rank", "Khoảng 90 % / interval", title=province)
    for name, standing in (("hiện nay / now", told.before), ("giả định / then", told.after)):
        table.add_row(name, *_cells(standing))
    out.print(table)
    points = Table("Tiêu chí", "Điểm", "→", "Vì sao / why")
    for row in told.effect.points[:_MOST_SHOWN]:
        criterion = f"{row.index_code} {row.report_year} {row.criterion_code} {row.criterion_name or ''}"
        points.add_row(criterion, _number(row.before), _number(row.after), row.explanation or "")
    out.print(points)
    out.print("Chưa có gì thay đổi trong kho. / Nothing was changed.", highlight=False)


def _cells(standing: Standing) -> tuple[str, ...]:
    interval = DASH if standing.rank_low is None else f"{standing.rank_low}–{standing.rank_high}"
    return _number(standing.points), _number(standing.index_pct), str(standing.rank or DASH), interval


def _tell_steps(index_code: str, year: int, key: str, places: int) -> None:
    steps = cheapest_lift(paths.database(), index_code, year, key, places)
    if steps is None:
        raise ToldError(
            f"Không có cách nào tăng {places} hạng bằng các tiêu chí tỉnh tự nâng được, khi các tỉnh khác giữ nguyên.",
            f"No set of steps gains {places} places while the others stand still.",
        )
    table = Table("Tiêu chí", "Lên mức", "Thêm điểm", "Chi phí", title=f"+{places} hạng / places")
    for step in steps:
        table.add_row(step.criterion_code, _number(step.points), _number(step.gain), _number(step.cost))
    out.print(table)
    out.print(
        "Rẻ nhất theo bảng improvement_costs, khi các tỉnh khác giữ nguyên. / The cheapest by that seed, while all "
        "others stand still.",
        highlight=False,
    )


def _number(value: Decimal | None) -> str:
    return number_vi(value, 2)
