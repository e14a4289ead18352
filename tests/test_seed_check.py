"""Each mistake that a person can make in a seed is explained in one sentence, at its line."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import paths
from orchestration.checks.seeds import Problem, check

Rows = list[dict[str, str]]


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(paths.SEEDS, tmp_path / "seeds"))


def edit(folder: Path, name: str, change: Callable[[Rows], object]) -> None:
    """Rewrite one seed after `change` has been at its rows."""
    path = folder / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        columns, rows = list(reader.fieldnames or []), list(reader)
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def one(rows: Rows, **key: str) -> dict[str, str]:
    [row] = [row for row in rows if all(row[column] == value for column, value in key.items())]
    return row


def change(seed: str, key: dict[str, str], **cells: str) -> Callable[[Path], None]:
    return lambda folder: edit(folder, seed, lambda rows: one(rows, **key).update(cells))


def add(seed: str, **cells: str) -> Callable[[Path], None]:
    return lambda folder: edit(
        folder, seed, lambda rows: rows.append({**dict.fromkeys(rows[0], ""), "source": "mẫu", **cells})
    )


def drop(seed: str, **key: str) -> Callable[[Path], None]:
    return lambda folder: edit(folder, seed, lambda rows: rows.remove(one(rows, **key)))


MEASURE = {"measure_key": "service_units"}


def test_the_seeds_of_the_project_have_no_problem() -> None:
    assert check(paths.SEEDS) == []


@pytest.mark.parametrize(
    ("mistake", "file", "sentence"),
    [
        (change("provinces", {"province_key": "35.1"}, valid_to="30/06/2025"), "provinces.csv", "không phải ngày"),
        (change("provinces", {"province_key": "35.1"}, valid_to="2025-06-29"), "provinces.csv", "ngày liền sau"),
        (
            change("provinces", {"province_key": "35.1"}, successor_province_key="37.9"),
            "provinces.csv",
            "không có đơn vị kế tiếp «37.9»",
        ),
        (
            change("provinces", {"province_key": "35.1"}, successor_province_key=""),
            "provinces.csv",
            "phải cùng có hoặc cùng trống",
        ),
        (change("provinces", {"province_key": "35.1"}, succession_kind="renamed"), "provinces.csv", "phải ghi merged"),
        (
            change("provinces", {"province_key": "38.1"}, succession_kind="merged"),
            "provinces.csv",
            "ít nhất hai đơn vị",
        ),
        (
            change("provinces", {"province_key": "37.2"}, valid_from="2025-06-01"),
            "provinces.csv",
            "Hiệu lực chồng nhau: 37.1 và 37.2 cùng có mã «37»",
        ),
        (
            change(
                "provinces",
                {"province_key": "46.3"},
                valid_to="2026-12-31",
                successor_province_key="46.1",
                succession_kind="renamed",
            ),
            "provinces.csv",
            "đi vòng: 46.1 → 46.2 → 46.3 → 46.1",
        ),
        (change("provinces", {"province_key": "36.1"}, province_key="35.1"), "provinces.csv", "đã có ở dòng"),
        (
            add("province_aliases", alias="HÀ-NAM", province_name="Nam Định"),
            "province_aliases.csv",
            "«HÀ-NAM» đã chỉ Hà Nam",
        ),
        (
            add("province_aliases", alias="Hà Nem", province_name="Hà Nem"),
            "province_aliases.csv",
            "Không có tỉnh «Hà Nem»",
        ),
        (add("province_aliases", alias="Hà Nam", province_name="Hà Nam"), "province_aliases.csv", "đã có ở dòng"),
        (change("periods", {"period_key": "2022-H1"}, due_date="2022-06-01"), "periods.csv", "theo thứ tự thời gian"),
        (change("periods", {"period_key": "2022-H1"}, due_date="20/6"), "periods.csv", "không phải ngày"),
        (
            lambda folder: edit(folder, "periods", lambda rows: rows.insert(0, rows.pop(4))),
            "periods.csv",
            "phải đứng trước 2012-Q1",
        ),
        (change("forms", {"form_code": "2025"}, row_count="99"), "forms.csv", "ghi 99 dòng"),
        (change("forms", {"form_code": "2025"}, first_period_key="2025-Q2"), "forms.csv", "không có kỳ «2025-Q2»"),
        (change("forms", {"form_code": "2022b"}, last_period_key=""), "forms.csv", "cùng áp dụng trong một kỳ"),
        (
            change("form_rows", {"form_code": "6459", "row_code": "1.1.1"}, indicator_key="plan_tasks"),
            "form_rows.csv",
            "không có chỉ tiêu «plan_tasks»",
        ),
        (
            change("form_rows", {"form_code": "6459", "row_code": "1.1.1"}, parent_code="1.9"),
            "form_rows.csv",
            "không có dòng «1.9» ở trên",
        ),
        (drop("form_rows", form_code="6459", row_code="1.1.2"), "form_rows.csv", "position là 5, phải là 4"),
        (
            change("form_rows", {"form_code": "6459", "row_code": "1.1.1"}, ordinal="1"),
            "form_rows.csv",
            "chỉ dòng ấy, có ordinal",
        ),
        (
            change("indicators", {"indicator_key": "dossiers_on_time_communes_pct"}, numerator_indicator_key=""),
            "indicators.csv",
            "recompute cần cột numerator_indicator_key",
        ),
        (
            change("indicators", {"indicator_key": "survey_mode"}, province_aggregation="sum"),
            "indicators.csv",
            "chỉ cộng được số đếm",
        ),
        (
            add("indicators", indicator_key="never_asked", indicator_name="Chưa hỏi"),
            "indicators.csv",
            "không mẫu nào có dòng",
        ),
        (
            add("arithmetic", identity_key="x", total_indicator_key="service_units", part_indicator_key="units"),
            "arithmetic.csv",
            "không có «units»",
        ),
        (
            add("indicator_relations", indicator_key="service_units", from_period_key="2025-Q4"),
            "indicator_relations.csv",
            "không có kỳ «2025-Q4»",
        ),
        (change("narrative_measures", MEASURE, indicator_keys="units"), "narrative_measures.csv", "không có «units»"),
        (change("narrative_measures", MEASURE, needs="service_unit all"), "narrative_measures.csv", "không có «all»"),
        (change("narrative_measures", MEASURE, allows="some"), "narrative_measures.csv", "không có «some»"),
        (add("narrative_statuses", indicator_key="units"), "narrative_statuses.csv", "không có «units»"),
        (add("narrative_terms", term_key="x", words="Uỷ ban, sở"), "narrative_terms.csv", "như «ủy ban sở»"),
    ],
)
def test_a_mistake_is_explained_at_its_line(
    seeds: Path, mistake: Callable[[Path], None], file: str, sentence: str
) -> None:
    mistake(seeds)
    problems = check(seeds)
    found = [problem for problem in problems if problem.file == file and sentence in problem.vi]
    assert found, [str(problem) for problem in problems]
    assert all(problem.line > 1 or "cách viết" in problem.vi for problem in found)
    assert all(text.endswith(".") for problem in problems for text in (problem.vi, problem.en))


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda path: path.unlink(), "Thiếu tệp."),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"valid_to", b"until", 1)), "Thiếu cột valid_to."),
        (lambda path: path.write_bytes("province_key\nHà".encode("utf-16")), "không phải UTF-8"),
        (lambda path: path.write_bytes(path.read_bytes() + b"99.1,99\n"), "Số ô của dòng khác số cột"),
    ],
)
def test_a_damaged_file_is_explained_and_the_rest_waits(
    seeds: Path, damage: Callable[[Path], object], sentence: str
) -> None:
    damage(seeds / "provinces.csv")
    [problem] = check(seeds)
    assert problem.file == "provinces.csv"
    assert sentence in problem.vi


def test_a_problem_prints_its_place_and_both_languages() -> None:
    assert str(Problem("Sai.", "Wrong.", "forms.csv", 3)) == "forms.csv:3: Sai. / Wrong."
