"""What if equals a whole run on the changed figures, to the last digit, and the cheapest steps do what they say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import score_factory as factory
from model_set import ModelSet
from test_effect import decided, printed
from test_scores import LEAVES, PROVINCES, sheets

from orchestration.analysis.whatif import cheapest_lift, province_key_of, what_if
from orchestration.effect import FigureDecision
from orchestration.reading import raw, reader
from orchestration.sentence import ToldError

pytestmark = pytest.mark.slow

POINTS = "select province_key, report_year, criterion_code, points from marts.fct_criterion_score where is_used"
RANKS = (
    "select province_key, report_year, points, index_pct, rank from marts.mart_national_ranking"
    " where index_code = 'PAR'"
)
SURVEYED = next(row["criterion_code"] for row in LEAVES if row["scored_by"] == "survey")
ACCEPTED = next(row["criterion_code"] for row in LEAVES if row["scored_by"] == "verified")
PROVINCE = "36"


def late(values: Mapping[str, Decimal]) -> list[tuple[str, bytes]]:
    """Sheets that come last and say other figures of one province."""
    name, top = PROVINCES[PROVINCE]["province_name"], ["NĂM 2023", "Bộ Nội vụ", "Bộ tiêu chí: 876"]
    who = ("Mã tỉnh", "Tỉnh, thành phố", "Mã tiêu chí")
    answers = [(PROVINCE, name, SURVEYED, 200, values[SURVEYED], Decimal("0.05"), 5)] if SURVEYED in values else []
    points = [(PROVINCE, name, code, value) for code, value in values.items() if code != SURVEYED]
    found = []
    if points:
        head = [f"KẾT QUẢ THẨM ĐỊNH {top[0]}", *top[1:]]
        found.append(("tham_dinh_lai.xlsx", factory.workbook("Bảng", head, (*who, "Điểm thẩm định"), points)))
    if answers:
        head = [f"KẾT QUẢ KHẢO SÁT LÃNH ĐẠO, QUẢN LÝ {top[0]}", *top[1:]]
        columns = (*who, "Số phiếu", "Điểm trung bình", "Sai số chuẩn", "Thang điểm")
        found.append(("khao_sat_lai.xlsx", factory.workbook("Bảng", head, columns, answers)))
    return found


def build(model_set: ModelSet, home: Path, values: Mapping[str, Decimal]) -> Path:
    raw.prepare(home / "raw")
    for day, files in ((1, list(sheets(2023))), (2, late(values))):
        for name, data in files:
            reading = reader.read_bytes(data, Path("2023-FY") / name)
            assert reading.status == "accepted", (name, reading.refusal)
            raw.write(home / "raw", "2023-FY", [reading], seen_at=datetime(2024, 4, day, tzinfo=UTC))
    database = model_set.build(home)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"attach '{model_set.home / 'par.duckdb'}' as built (read_only)")
        connection.execute("create schema warehouse")
        for table in ("model_query", "build"):
            connection.execute(f"create table warehouse.{table} as from built.warehouse.{table}")
    return database


def rows(database: Path, query: str) -> set[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return set(connection.execute(query).fetchall())


def changed_points(before: Path, after: Path) -> set[tuple]:
    """Year, criterion and points after, of all points that differ; None where there are none any more."""
    then, now = ({row[:3]: row[3] for row in rows(database, POINTS)} for database in (before, after))
    return {(*key[1:], now.get(key)) for key in then | now if then.get(key) != now.get(key)}


@pytest.fixture(scope="module")
def before(model_set: ModelSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(model_set, tmp_path_factory.mktemp("before"), {})


@pytest.fixture(scope="module")
def province_key(before: Path) -> str:
    with duckdb.connect(str(before), read_only=True) as connection:
        return province_key_of(connection, PROVINCES[PROVINCE]["province_name"], "PAR", 2023)


def check(before: Path, after: Path, province_key: str, values: Mapping[str, Decimal]) -> None:
    told = what_if(before, "PAR", 2023, province_key, values)
    assert told.effect.points
    assert {(row.report_year, row.criterion_code, row.after) for row in told.effect.points} == changed_points(
        before, after
    )
    assert {(row.report_year, row.index_after, row.rank_after) for row in told.effect.ranks} == {
        (year, index, rank) for _, year, _, index, rank in rows(after, RANKS) - rows(before, RANKS)
    }
    [own] = [row for row in rows(after, RANKS) if row[:2] == (province_key, 2023)]
    assert (told.after.points, told.after.index_pct, told.after.rank) == own[2:]
    assert told.after.rank_low <= told.after.rank <= told.after.rank_high


def test_other_points_and_another_mean_do_what_a_whole_run_does(
    model_set: ModelSet, tmp_path: Path, before: Path, province_key: str
) -> None:
    values = {ACCEPTED: Decimal("0.9137"), SURVEYED: Decimal("4.8123")}
    check(before, build(model_set, tmp_path, values), province_key, values)


def test_the_cheapest_steps_gain_their_places_in_a_whole_run(
    model_set: ModelSet, tmp_path: Path, before: Path, province_key: str
) -> None:
    [rank] = [row[4] for row in rows(before, RANKS) if row[:2] == (province_key, 2023)]
    assert rank > 1
    steps = cheapest_lift(before, "PAR", 2023, province_key, 1)
    values = {step.criterion_code: step.points for step in steps}
    after = build(model_set, tmp_path, values)
    check(before, after, province_key, values)
    [lifted] = [row[4] for row in rows(after, RANKS) if row[:2] == (province_key, 2023)]
    assert lifted <= rank - 1
    assert cheapest_lift(before, "PAR", 2023, province_key, rank) is None


def test_another_figure_of_a_report_does_what_a_correction_does(model_set: ModelSet, tmp_path: Path) -> None:
    digest, value = printed(model_set, "ha_nam.txt")["3.1.3"]
    [key] = rows(
        model_set.home / "par.duckdb",
        f"select indicator_key, province_key from marts.fct_indicator_value"
        f" where row_code = '3.1.3' and ordinal = 0 and report_key = '{digest[:16]}'",
    )
    before = model_set.home / "par.duckdb"
    told = what_if(before, "PAR", 2021, key[1], {key[0]: Decimal(7)})
    after = decided(model_set, tmp_path, [FigureDecision(digest, "3.1.3", 0, "correct", value, "7", "x")])
    assert {(row.report_year, row.criterion_code, row.after) for row in told.effect.points} == changed_points(
        before, after
    )


def test_what_is_not_there_cannot_be_other(before: Path, province_key: str) -> None:
    with pytest.raises(ToldError, match=r"9\.9\.9"):
        what_if(before, "PAR", 2023, province_key, {"9.9.9": Decimal(1)})
    with duckdb.connect(str(before), read_only=True) as connection, pytest.raises(ToldError, match="Nơi nào"):
        province_key_of(connection, "Nơi nào", "PAR", 2023)
