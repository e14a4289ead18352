"""Which form a report uses is told by its rows and, where they leave it open, by its period."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import document_factory as factory
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.reading.annex.row import UNMATCHED
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.reader import Reading, read_bytes

QUARTERS = {"Q1": "quý I", "H1": "6 tháng đầu", "Q3": "quý III", "FY": ""}


def report(lines: list[factory.AnnexLine], period_key: str, province: str = "Hà Nội") -> Reading:
    year, kind = period_key.split("-")
    period = f"{QUARTERS[kind]} năm {year}" if QUARTERS[kind] else ""
    data = factory.make_txt(lines, province, int(year), period=period)
    reading = read_bytes(data, Path(period_key) / "bao_cao.txt")
    assert reading.status == "accepted", reading.refusal
    return reading


@pytest.mark.parametrize(
    ("form", "period_key"),
    [
        ("6459", "2021-Q1"),
        ("6459", "2021-FY"),
        ("2022a", "2022-Q1"),
        ("2022a", "2022-Q3"),
        ("2022b", "2022-FY"),
        ("2022b", "2025-H1"),
        ("2025", "2025-Q3"),
        ("2025", "2026-FY"),
    ],
)
def test_every_form_is_read_whole_in_its_own_periods(form: str, period_key: str) -> None:
    lines = factory.sample_annex(seed=3, form=form)
    reading = report(lines, period_key)
    assert reading.annex.form_code == form
    assert reading.annex.rows_not_found == ()
    read = {(row.code, row.ordinal): (row.value_raw or "", row.code_source) for row in reading.rows}
    assert {key: value for key, (value, _) in read.items()} == {(line.code, line.ordinal): line.value for line in lines}
    assert UNMATCHED not in {source for _, source in read.values()}


@pytest.mark.parametrize(("period_key", "form"), [("2021-FY", "6459"), ("2022-Q1", "2022a"), ("2023-FY", "2022b")])
def test_rows_that_several_forms_have_are_of_the_form_of_the_period(period_key: str, form: str) -> None:
    lines = [line for line in factory.sample_annex(seed=4) if line.code[0] in "12456"]
    assert report(lines + _last_rows(form), period_key).annex.form_code == form


def _last_rows(form: str) -> list[factory.AnnexLine]:
    """Areas 3 and 7 without the rows by which forms differ."""
    lines = factory.sample_annex(seed=4, form=form)
    known = {(line.code, line.ordinal, line.label) for line in factory.sample_annex(seed=4, form="6459")}
    common = [line for line in lines if line.code[0] in "37" and (line.code, line.ordinal, line.label) in known]
    return sorted(common, key=lambda line: line.code)


def test_an_old_form_sent_after_it_ended_is_known_by_its_rows() -> None:
    lines = factory.sample_annex(seed=5, form="2022b")
    reading = report(lines, "2026-FY", "Ninh Bình")
    assert reading.annex.form_code == "2022b"
    assert reading.annex.rows_not_found == ()


def test_one_stray_row_does_not_change_the_form() -> None:
    lines = factory.sample_annex(seed=6, form="2025")
    stray = next(line for line in factory.sample_annex(seed=6, form="2022b") if line.code == "1.2.2")
    at = next(at for at, line in enumerate(lines) if line.code == "1.2.3")
    reading = report([*lines[:at], stray, *lines[at:]], "2025-Q3", "Ninh Bình")
    assert reading.annex.form_code == "2025"
    assert [row.label for row in reading.rows if row.code_source == UNMATCHED] == [stray.label]


def test_a_part_that_moved_up_keeps_its_meaning() -> None:
    by_form = {form.code: form.by_key for form in catalogue.forms()}
    assert by_form["6459"]["3.1.3", 3].label == by_form["2025"]["3.1.3", 2].label == "Số TTHC cấp xã:"


def test_a_form_is_in_force_from_its_first_to_its_last_period() -> None:
    in_force = {
        key: [form.code for form in catalogue.forms() if catalogue.is_form_of(form, key)] for key in catalogue.periods()
    }
    assert in_force["2020-FY"] == []
    assert in_force["2021-Q1"] == in_force["2021-FY"] == ["6459"]
    assert in_force["2022-Q1"] == in_force["2022-Q3"] == ["2022a"]
    assert in_force["2022-FY"] == in_force["2025-H1"] == ["2022b"]
    assert in_force["2025-Q3"] == in_force["2026-FY"] == ["2025"]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("theo tỷ lệ tỉnh giản", "theo tỷ lệ tinh giản"),
        ("TỈNH GIẢN biên chế", "TINH GIẢN biên chế"),
        ("Tỉnh Giản Biên (12)", "Tinh Giản Biên (12)"),
        ("tỉnh Hà Nam", "tỉnh Hà Nam"),
        ("tỉnh, giản", "tinh, giản"),
        ("cùng cấp và cung cấp", "cùng cấp và cung cấp"),
    ],
)
def test_words_of_the_forms_keep_the_forms_marks(read: str, meant: str) -> None:
    assert catalogue.with_marks_of_the_forms(read) == meant


@given(st.text(st.sampled_from("tinh giảnTỈỂ sốvăn12.,\n"), max_size=40))
def test_nothing_but_marks_can_change(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    spelt = catalogue.with_marks_of_the_forms(text)
    assert fold(spelt) == fold(text) and len(spelt) == len(text)
    assert catalogue.with_marks_of_the_forms(spelt) == spelt
