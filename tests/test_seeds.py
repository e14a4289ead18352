"""The seeds are consistent: counts, validity in time, spellings, references, and the form as it was really printed.

Truth comes from the annex of a real report (mark `real`) and from the package `vietnam_provinces`, not from our code.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest
import vietnam_provinces

from orchestration.reading.knowledge.vietnamese import fold

SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"
REAL_REPORTS = os.environ.get("PAR_REAL_REPORTS", "")
FIRST_DAY = date(2011, 1, 1)
MERGER = date(2025, 7, 1)

Row = dict[str, str]


@lru_cache
def seed(name: str) -> tuple[Row, ...]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, strict=True))


def valid_provinces(day: date) -> list[Row]:
    """The rows of `provinces` that hold on `day`."""
    text = day.isoformat()
    return [row for row in seed("provinces") if row["valid_from"] <= text <= (row["valid_to"] or "9999-12-31")]


def days_to_check() -> list[date]:
    """The first and last day of every month from 2011 to 2026."""
    firsts = [date(year, month, 1) for year in range(2011, 2027) for month in range(1, 13)] + [date(2027, 1, 1)]
    return firsts[:-1] + [first - timedelta(days=1) for first in firsts[1:]]


def row_address(row: Row) -> tuple[str, str]:
    return row["row_code"], row["ordinal"]


# Files


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.csv")), ids=lambda path: path.stem)
def test_a_seed_is_plain_utf8_with_a_source_on_every_row(path: Path) -> None:
    data = path.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    assert data.endswith(b"\n")
    assert "source" in data.decode("utf-8").splitlines()[0].split(",")
    assert all(row["source"].strip() for row in seed(path.stem))
    assert all(None not in row and None not in row.values() for row in seed(path.stem)), "a row has too many cells"


def rule(row: Row) -> tuple[str, ...]:
    return row["index_code"], row["edition_code"], row["criterion_code"], row["variant"]


def sort_keys() -> dict[str, list[tuple[str, ...]]]:
    return {
        "provinces": [(row["province_key"],) for row in seed("provinces")],
        "province_aliases": [(row["alias"],) for row in seed("province_aliases")],
        "periods": [(row["report_year"], row["window_end_date"]) for row in seed("periods")],
        "indicators": [(row["indicator_key"],) for row in seed("indicators")],
        "indicator_relations": [(row["indicator_key"],) for row in seed("indicator_relations")],
        "form_rows": [(row["form_code"], row["position"].zfill(3)) for row in seed("form_rows")],
        "arithmetic": [(row["identity_key"],) for row in seed("arithmetic")],
        "rule_inputs": [(*rule(row), row["input_role"], row["indicator_key"]) for row in seed("rule_inputs")],
        "rule_steps": [(*rule(row), row["step_number"].zfill(3)) for row in seed("rule_steps")],
    }


@pytest.mark.parametrize("name", sort_keys())
def test_a_seed_is_sorted_so_that_a_change_is_a_small_diff(name: str) -> None:
    keys = sort_keys()[name]
    assert keys == sorted(keys)


# Rules


def test_what_a_rule_reckons_with_and_its_steps_are_of_a_rule() -> None:
    rules = {rule(row) for row in seed("criterion_rules")}
    known = {row["indicator_key"] for row in seed("indicators")} | {"socio_current", "socio_previous", "socio_plan"}
    for row in seed("rule_inputs"):
        assert rule(row) in rules
        assert row["input_role"] in ("numerator", "denominator")
        assert row["indicator_key"] in known
    steps: dict[tuple[str, ...], list[Row]] = {}
    for row in seed("rule_steps"):
        steps.setdefault(rule(row), []).append(row)
    assert steps.keys() <= rules
    for rows in steps.values():
        assert [row["step_number"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
        thresholds = [Decimal(row["threshold"]) for row in rows]
        assert thresholds == sorted(set(thresholds))
        assert all(0 <= Decimal(row["share"]) <= 1 for row in rows)


# Provinces


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2011, 1, 1), 63),
        (date(2021, 12, 31), 63),
        (date(2025, 1, 1), 63),
        (date(2025, 6, 30), 63),
        (date(2025, 7, 1), 34),
        (date(2026, 4, 29), 34),
        (date(2026, 4, 30), 34),
        (date(2026, 12, 31), 34),
    ],
)
def test_there_are_63_provinces_until_the_merger_and_34_after(day: date, count: int) -> None:
    assert len(valid_provinces(day)) == count


def test_a_code_and_a_date_name_at_most_one_province() -> None:
    for day in days_to_check():
        codes = Counter(row["province_code"] for row in valid_provinces(day))
        names = Counter(row["province_name"] for row in valid_provinces(day))
        assert max(codes.values()) == max(names.values()) == 1, day
        assert sum(codes.values()) == (63 if day < MERGER else 34), day


def test_a_province_key_counts_the_periods_of_its_code_in_date_order() -> None:
    by_code: dict[str, list[Row]] = {}
    for row in seed("provinces"):
        by_code.setdefault(row["province_code"], []).append(row)
    for code, rows in by_code.items():
        assert [row["province_key"] for row in rows] == [f"{code}.{n}" for n in range(1, len(rows) + 1)]
        assert [row["valid_from"] for row in rows] == sorted({row["valid_from"] for row in rows})


def test_a_closed_province_passes_into_one_that_starts_the_next_day() -> None:
    by_key = {row["province_key"]: row for row in seed("provinces")}
    for row in seed("provinces"):
        is_closed = bool(row["valid_to"])
        assert bool(row["successor_province_key"]) == bool(row["succession_kind"]) == is_closed, row["province_key"]
        if is_closed:
            successor = by_key[row["successor_province_key"]]
            assert date.fromisoformat(row["valid_to"]) + timedelta(days=1) == date.fromisoformat(
                successor["valid_from"]
            ), row["province_key"]


def test_every_succession_ends_at_one_of_the_34() -> None:
    by_key = {row["province_key"]: row for row in seed("provinces")}
    ends = set()
    for row in valid_provinces(FIRST_DAY):
        key = row["province_key"]
        while by_key[key]["successor_province_key"]:
            key = by_key[key]["successor_province_key"]
        ends.add(key)
    assert ends == {row["province_key"] for row in valid_provinces(date(2026, 12, 31))}
    assert len(ends) == 34


def test_ha_nam_became_part_of_the_new_ninh_binh() -> None:
    by_key = {row["province_key"]: row for row in seed("provinces")}
    assert by_key["35.1"]["province_name"] == "Hà Nam"
    assert {key for key, row in by_key.items() if row["successor_province_key"] == "37.2"} == {"35.1", "36.1", "37.1"}
    assert (by_key["37.2"]["province_name"], by_key["37.2"]["valid_from"]) == ("Ninh Bình", "2025-07-01")


def test_seven_codes_passed_to_another_province() -> None:
    before = {row["province_code"]: row["province_name"] for row in valid_provinces(date(2025, 6, 30))}
    after = {row["province_code"]: row["province_name"] for row in valid_provinces(MERGER)}
    changed = {code for code, name in after.items() if before[code] != name}
    assert changed == {"15", "24", "44", "52", "80", "82", "91"}


def test_a_new_row_means_that_something_changed() -> None:
    described = ("province_name", "province_type", "region_name")
    by_key = {row["province_key"]: row for row in seed("provinces")}
    for row in seed("provinces"):
        if row["succession_kind"] in {"renamed", "reclassified", "region_changed"}:
            successor = by_key[row["successor_province_key"]]
            assert [row[column] for column in described] != [successor[column] for column in described]


def test_cities_of_2021_2025_and_2026() -> None:
    def cities(day: date) -> set[str]:
        rows = valid_provinces(day)
        return {row["province_name"] for row in rows if row["province_type"] == "thành phố trực thuộc trung ương"}

    five = {"Hà Nội", "Hải Phòng", "Đà Nẵng", "TP. Hồ Chí Minh", "Cần Thơ"}
    assert cities(date(2021, 12, 31)) == five
    assert cities(date(2025, 1, 1)) == five | {"Huế"}
    assert cities(date(2026, 4, 30)) == five | {"Huế", "Đồng Nai"}


def test_the_63_fall_into_six_regions_of_known_size() -> None:
    sizes = Counter(row["region_name"] for row in valid_provinces(date(2023, 12, 31)))
    assert sorted(sizes.values()) == [5, 6, 11, 13, 14, 14]


def test_the_34_are_those_of_an_independent_list() -> None:
    theirs = {
        f"{int(province.code):02d}": (
            fold(province.name).removeprefix("thanh pho "),
            province.division_type is vietnam_provinces.VietNamDivisionType.THANH_PHO_TRUNG_UONG,
        )
        for province in vietnam_provinces.Province.iter_all()
    }
    # On the day of the merger: the package dates from 2025 and has Đồng Nai still as a province.
    ours = {
        row["province_code"]: (fold(row["province_name"]).removeprefix("tp "), row["province_type"] != "tỉnh")
        for row in valid_provinces(MERGER)
    }
    assert ours == theirs


# Spellings of provinces


def test_a_folded_spelling_means_one_province() -> None:
    meanings: dict[str, set[str]] = {}
    for row in seed("province_aliases"):
        meanings.setdefault(fold(row["alias"]), set()).add(row["province_name"])
    assert "" not in meanings
    assert {key: names for key, names in meanings.items() if len(names) > 1} == {}


def test_every_name_and_at_least_200_other_spellings_resolve() -> None:
    names = {row["province_name"] for row in seed("provinces")}
    aliases = {row["alias"]: row["province_name"] for row in seed("province_aliases")}
    assert len(aliases) == len(seed("province_aliases")), "an alias stands twice"
    assert {aliases[name] for name in names} == names
    assert all(aliases[name] == name for name in names)
    assert set(aliases.values()) == names
    assert len(set(aliases) - names) >= 200


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Thành phố Hồ Chí Minh", "TP. Hồ Chí Minh"),
        ("TPHCM", "TP. Hồ Chí Minh"),
        ("TP.HCM", "TP. Hồ Chí Minh"),
        ("Bà Rịa – Vũng Tàu", "Bà Rịa - Vũng Tàu"),
        ("BR-VT", "Bà Rịa - Vũng Tàu"),
        ("TT. Huế", "Thừa Thiên Huế"),
        ("Thành phố Huế", "Huế"),
        ("Khánh Hoà", "Khánh Hòa"),
        ("Dak Lak", "Đắk Lắk"),
        ("ĐĂK NÔNG", "Đắk Nông"),
        ("Kontum", "Kon Tum"),
        ("BẮC CẠN", "Bắc Kạn"),
        ("tỉnh Hà Nam", "Hà Nam"),
        ("ha_nam", "Hà Nam"),
    ],
)
def test_a_name_is_recognised_as_people_write_it(written: str, meant: str) -> None:
    folded = {fold(row["alias"]): row["province_name"] for row in seed("province_aliases")}
    assert folded[fold(written)] == meant


# Periods


def test_every_year_has_four_periods_in_time_order() -> None:
    keys = [row["period_key"] for row in seed("periods")]
    assert keys == [f"{year}-{kind}" for year in range(2011, 2036) for kind in ("Q1", "H1", "Q3", "FY")]


def test_the_calendar_of_2022() -> None:
    calendar = {
        row["period_key"]: (row["window_start_date"], row["window_end_date"], row["due_date"], row["is_cumulative"])
        for row in seed("periods")
    }
    assert calendar["2022-Q1"] == ("2021-12-15", "2022-03-14", "2022-03-20", "true")
    assert calendar["2022-H1"] == ("2021-12-15", "2022-06-14", "2022-06-20", "true")
    assert calendar["2022-Q3"] == ("2022-06-15", "2022-09-14", "2022-09-20", "false")
    assert calendar["2022-FY"] == ("2021-12-15", "2022-12-14", "2022-12-20", "true")


def test_windows_are_documented_from_2022_on() -> None:
    documented = {row["report_year"] for row in seed("periods") if row["is_window_documented"] == "true"}
    assert documented == {str(year) for year in range(2022, 2036)}


# The form


def form_rows(form_code: str) -> list[Row]:
    return [row for row in seed("form_rows") if row["form_code"] == form_code]


FORMS = [row["form_code"] for row in seed("forms")]


def test_the_form_of_2021_has_121_rows_of_four_kinds() -> None:
    kinds = Counter(row["row_kind"] for row in form_rows("6459"))
    assert kinds == {"area": 7, "group": 20, "indicator": 82, "part": 12}


def test_positions_of_a_form_run_from_1_to_its_row_count() -> None:
    for form in seed("forms"):
        positions = [row["position"] for row in form_rows(form["form_code"])]
        assert positions == [str(number) for number in range(1, int(form["row_count"]) + 1)], form["form_code"]


def test_every_period_from_2021_on_has_one_form() -> None:
    order = [row["period_key"] for row in seed("periods")]
    uses = Counter(
        key
        for form in seed("forms")
        for key in order[order.index(form["first_period_key"]) :]
        if not form["last_period_key"] or order.index(key) <= order.index(form["last_period_key"])
    )
    assert uses == {key: 1 for key in order if key >= "2021"}


def test_only_the_form_of_2021_is_known_row_by_row() -> None:
    assert [form["form_code"] for form in seed("forms") if form["basis"] == "known row by row"] == ["6459"]


def test_the_form_of_2022_adds_numerator_and_denominator_to_the_on_time_rates() -> None:
    before = {row["indicator_key"] for row in form_rows("6459")}
    added = [row for row in form_rows("2022a") if row["indicator_key"] not in before]
    assert [row_address(row) for row in added] == [(f"3.4.{n}", o) for n in "123" for o in "12"]
    assert before <= {row["indicator_key"] for row in form_rows("2022a")}
    rates = {row["indicator_key"]: row for row in seed("indicators") if row["province_aggregation"] == "recompute"}
    assert {row["numerator_indicator_key"] for row in rates.values()} | {
        row["denominator_indicator_key"] for row in rates.values()
    } == {row["indicator_key"] for row in added}


def test_partly_and_fully_online_are_new_indicators_that_equal_no_old_one() -> None:
    before = {row["indicator_key"] for row in form_rows("2022a")}
    after = {row["indicator_key"] for row in form_rows("2022b")}
    successors = {
        row["indicator_key"]: row["related_indicator_key"]
        for row in seed("indicator_relations")
        if row["relation"] == "not_equal_successor"
    }
    assert set(successors) == after - before
    assert set(successors.values()) == before - after
    assert {row["from_period_key"] for row in seed("indicator_relations") if row["indicator_key"] in successors} == {
        "2022-FY"
    }


def test_the_form_of_2025_has_no_row_that_names_the_district_level() -> None:
    assert not [row["label"] for row in form_rows("2025") if "huyện" in row["label"]]
    kept = {row["indicator_key"] for row in form_rows("2022b") if "huyện" not in row["label"]}
    assert {row["indicator_key"] for row in form_rows("2025")} == kept


def test_a_row_is_known_by_its_code_and_ordinal() -> None:
    for form in FORMS:
        addresses = [row_address(row) for row in form_rows(form)]
        assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize("form", FORMS)
def test_the_parent_of_every_row_stands_above_it(form: str) -> None:
    seen: set[str] = set()
    for row in form_rows(form):
        if row["row_kind"] == "area":
            assert row["parent_code"] == ""
        else:
            assert row["parent_code"] in seen, row["row_code"]
        is_part = row["row_kind"] == "part"
        assert bool(row["ordinal"]) == is_part
        assert (row["parent_code"] == row["row_code"]) == is_part
        seen.add(row["row_code"])


def test_coded_rows_and_only_they_list_their_codes() -> None:
    kinds = {row["indicator_key"]: row for row in seed("indicators")}
    coded = {row["row_code"] for row in form_rows("6459") if row["options"]}
    assert coded == {"1.3.2", "1.4", "5.2.1", "7.1", "7.2", "7.3", "7.5"}
    for row in seed("form_rows"):
        indicator = kinds[row["indicator_key"]]
        assert (indicator["value_kind"] == "code") == bool(row["options"])
        if row["options"]:
            assert re.fullmatch(r"\d=[^;=]+(;\d=[^;=]+)+", row["options"])
            codes = [int(option.split("=")[0]) for option in row["options"].split(";")]
            assert codes == list(range(int(indicator["min_value"]), int(indicator["max_value"]) + 1))


def test_every_indicator_is_carried_by_some_form_and_by_one_row_of_each() -> None:
    for form in FORMS:
        assert max(Counter(row["indicator_key"] for row in form_rows(form)).values()) == 1
    assert {row["indicator_key"] for row in seed("form_rows")} == {row["indicator_key"] for row in seed("indicators")}


@pytest.mark.real
@pytest.mark.skipif(not REAL_REPORTS, reason="PAR_REAL_REPORTS is not set")
def test_labels_and_units_are_those_of_the_printed_form() -> None:
    with (Path(REAL_REPORTS) / "ha_nam_2021.txt.truth.csv").open(encoding="utf-8", newline="") as file:
        printed = {(row["code"], row["ordinal"]): (row["label"], row["unit"]) for row in csv.DictReader(file)}
    ours = {row_address(row): (row["label"], row["unit"]) for row in form_rows("6459")}
    assert list(ours) == list(printed)
    differing = {address for address in ours if ours[address] != printed[address]}
    assert differing == {("1.1", ""), ("1.2", ""), ("7.2", "")}
    assert differing <= {row_address(row) for row in form_rows("6459") if row["note"]}


# Indicators


def test_indicator_keys_are_words_and_names_stand_alone() -> None:
    rows = seed("indicators")
    for column in ("indicator_key", "indicator_name", "indicator_name_en"):
        assert len({row[column] for row in rows}) == len(rows), column
    assert len({fold(row["indicator_name"]) for row in rows}) == len(rows)
    assert all(re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", row["indicator_key"]) for row in rows)


def test_kinds_of_indicator_follow_the_form() -> None:
    kinds = {row["indicator_key"]: row["value_kind"] for row in seed("indicators")}
    assert Counter(kinds[row["indicator_key"]] for row in form_rows("6459")) == {
        "count": 66,
        "percent": 21,
        "code": 7,
        "heading": 27,
    }


def test_measures_bounds_and_aggregation_follow_the_kind_of_value() -> None:
    for row in seed("indicators"):
        kind, measure, combined = row["value_kind"], row["measure_kind"], row["province_aggregation"]
        bounds = (row["min_value"], row["max_value"])
        key = row["indicator_key"]
        assert (measure in {"stock", "flow"}) == (kind == "count"), key
        assert (measure == "rate") == (kind == "percent"), key
        assert (measure == "status") == (kind == "code"), key
        assert combined in {"count": {"sum", "none"}, "percent": {"none", "weighted_mean", "recompute"}}.get(
            kind, {"none"}
        ), key
        assert (combined == "weighted_mean") <= bool(row["denominator_indicator_key"]), key
        assert (combined == "recompute") <= bool(row["numerator_indicator_key"]), key
        if kind == "percent":
            assert (bounds, row["unit_name"]) == (("0", "100"), "%"), key
        if kind == "count":
            assert bounds == ("0", ""), key
        if kind == "heading":
            assert (bounds, row["unit_name"], measure) == (("", ""), "", ""), key


def test_an_indicator_is_to_date_where_its_label_says_so() -> None:
    to_date = {row["indicator_key"] for row in seed("indicators") if row["is_to_date"] == "true"}
    said = {row["indicator_key"] for row in seed("form_rows") if "lũy kế đến thời điểm báo cáo" in row["label"]}
    assert to_date == said
    assert len(to_date) == 5


def test_a_figure_to_date_is_a_stock() -> None:
    assert {row["measure_kind"] for row in seed("indicators") if row["is_to_date"] == "true"} == {"stock"}


# Arithmetic


def test_identities_name_indicators_that_count() -> None:
    counts = {row["indicator_key"] for row in seed("indicators") if row["value_kind"] == "count"}
    for row in seed("arithmetic"):
        assert {row["total_indicator_key"], row["part_indicator_key"]} <= counts, row["identity_key"]


def test_an_identity_has_one_total_one_kind_and_distinct_parts() -> None:
    pairs = [(row["identity_key"], row["part_indicator_key"]) for row in seed("arithmetic")]
    assert len(set(pairs)) == len(pairs)
    facts = {
        (row["identity_key"], row["identity_kind"], row["total_indicator_key"], row["severity"], row["description_vi"])
        for row in seed("arithmetic")
    }
    assert len(facts) == len({fact[0] for fact in facts})
    assert all(row["total_indicator_key"] != row["part_indicator_key"] for row in seed("arithmetic"))


@pytest.mark.real
@pytest.mark.skipif(not REAL_REPORTS, reason="PAR_REAL_REPORTS is not set")
def test_the_identities_hold_in_a_real_report() -> None:
    with (Path(REAL_REPORTS) / "ha_nam_2021.txt.truth.csv").open(encoding="utf-8", newline="") as file:
        printed = {(row["code"], row["ordinal"]): row["value_raw"] for row in csv.DictReader(file)}
    by_key = {row["indicator_key"]: printed[row_address(row)] for row in form_rows("6459")}
    unchecked, broken = set(), set()
    for key in {row["identity_key"] for row in seed("arithmetic")}:
        rows = [row for row in seed("arithmetic") if row["identity_key"] == key]
        if any(row[column] not in by_key for row in rows for column in ("total_indicator_key", "part_indicator_key")):
            continue  # of a later form
        texts = [by_key[rows[0]["total_indicator_key"]], *(by_key[row["part_indicator_key"]] for row in rows)]
        if "" in texts:
            unchecked.add(key)
            continue
        total, *parts = (int(text.replace(".", "")) for text in texts)
        holds = sum(parts) == total if rows[0]["identity_kind"] == "sum_equals" else sum(parts) <= total
        if not holds:
            broken.add(key)
    assert broken == set()
    assert unchecked == {"government_tasks_done_within_assigned"}
