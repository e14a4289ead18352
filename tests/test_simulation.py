"""The made-up nation: its truth holds together, its files are the same each time, every figure is read back."""

import csv
import hashlib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from orchestration.reading import inbox, mixed, simulated
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.vietnamese import nfkc
from orchestration.reading.reader import read_bytes, read_file
from orchestration.sentence import ToldError
from orchestration.simulation import documents, faults, nation, old_font, pages, report, sample, truth
from orchestration.simulation.nation import Order, write_nation

PERIODS = catalogue.periods()
PLACES = ("Hà Nội", "Hà Nam", "Nam Định", "Ninh Bình")


def order(seed: int = 1, **changes) -> Order:
    return Order(**{"seed": seed, "periods": ("2021-FY", "2022-H1", "2025-FY"), "provinces": PLACES, **changes})


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def written(folder: Path, wanted: Order) -> nation.Written:
    return write_nation(wanted, folder / "inbox", folder / "truth")


# Truth

SEEDS = st.integers(0, 10_000)
UNITS = st.sampled_from([unit for unit in catalogue.provinces() if unit.valid_to >= PERIODS["2021-FY"].window_end])
YEARS = st.integers(2012, 2025)


def unit_at(name: str, period: str) -> catalogue.Province:
    return next(unit for unit in truth.units_at(PERIODS[period]) if unit.name == name)


def test_every_indicator_of_every_form_has_a_value():
    values = truth.Nation(1).values(unit_at("Hà Nam", "2021-FY"), PERIODS["2021-FY"])
    known = {row["indicator_key"] for row in catalogue.seed("indicators") if row["value_kind"] != "heading"}
    assert set(values) == known


@settings(max_examples=60)
@given(SEEDS, UNITS, YEARS, st.sampled_from(nation.KINDS))
def test_counts_add_up_and_parts_never_exceed_their_total(seed, unit, year, kind):
    values = truth.Nation(seed).values(unit, PERIODS[f"{year}-{kind}"])
    for identity in faults.identities():
        parts = sum(values[key] for key in identity.parts)
        if identity.kind == "sum_equals":
            assert parts == values[identity.total], identity.key
        else:
            assert parts <= values[identity.total], identity.key


@settings(max_examples=60)
@given(SEEDS, UNITS, YEARS, st.sampled_from(nation.KINDS))
def test_every_value_lies_in_the_range_of_its_indicator(seed, unit, year, kind):
    values = truth.Nation(seed).values(unit, PERIODS[f"{year}-{kind}"])
    for row in catalogue.seed("indicators"):
        if row["value_kind"] == "heading":
            continue
        value = values[row["indicator_key"]]
        assert not row["min_value"] or value >= Decimal(row["min_value"]), row["indicator_key"]
        assert not row["max_value"] or value <= Decimal(row["max_value"]), row["indicator_key"]


@settings(max_examples=60)
@given(SEEDS, UNITS, st.integers(2012, 2024))
def test_the_periods_of_a_year_nest(seed, unit, year):
    made_up = truth.Nation(seed)
    first, half, third, full = (made_up.values(unit, PERIODS[f"{year}-{kind}"]) for kind in nation.KINDS)
    for row in catalogue.seed("indicators"):
        if row["measure_kind"] == "flow":
            key = row["indicator_key"]
            assert first[key] <= half[key], key
            assert half[key] + third[key] <= full[key], key


@settings(max_examples=30)
@given(SEEDS, UNITS, st.integers(2012, 2024))
def test_stocks_follow_the_flows_of_their_year(seed, unit, year):
    made_up = truth.Nation(seed)
    before, now = (made_up.values(unit, PERIODS[f"{y}-FY"]) for y in (year - 1, year))
    new, gone = now["procedures_newly_published"], now["procedures_abolished_replaced"]
    assert now["procedures_in_force"] == before["procedures_in_force"] + new - gone
    assert now["civil_servants_quota"] == before["civil_servants_quota"] - now["civil_servants_reduced"]


@settings(max_examples=30)
@given(SEEDS, UNITS, YEARS, st.sampled_from(nation.KINDS))
def test_a_rate_agrees_with_its_numerator_and_denominator(seed, unit, year, kind):
    values = truth.Nation(seed).values(unit, PERIODS[f"{year}-{kind}"])
    for level in ("departments", "districts", "communes"):
        exact = 100 * values[f"dossiers_handled_on_time_{level}"] / values[f"dossiers_handled_{level}"]
        assert abs(values[f"dossiers_on_time_{level}_pct"] - exact) <= Decimal("0.005")


def test_a_merged_unit_is_the_sum_of_its_territories():
    made_up, period = truth.Nation(3), PERIODS["2025-FY"]
    merged = made_up.values(unit_at("Ninh Bình", "2025-FY"), period)
    old = [unit for unit in truth.units_at(PERIODS["2024-FY"]) if unit.name in ("Hà Nam", "Nam Định", "Ninh Bình")]
    parts = [made_up.values(unit, period) for unit in old]
    assert truth.territories(unit_at("Ninh Bình", "2025-FY").key) == ("35.1", "36.1", "37.1")
    for key in ("civil_servants_quota", "documents_sent", "plan_tasks_done"):
        assert merged[key] == sum(part[key] for part in parts)


def test_figures_move_slowly_and_go_together():
    made_up = truth.Nation(7)
    units, periods = truth.units_at(PERIODS["2024-FY"]), (PERIODS["2023-FY"], PERIODS["2024-FY"])
    before, now = ([made_up.values(unit, period) for unit in units] for period in periods)
    steps = [abs(b["civil_servants_quota"] - a["civil_servants_quota"]) for a, b in zip(before, now, strict=True)]
    assert max(steps) < min(a["civil_servants_quota"] for a in before) / 10
    by_size = sorted(zip(units, now, strict=True), key=lambda pair: made_up.unit_factors(pair[0], 2024).size)
    staff = [values["service_unit_staff_quota"] for _, values in by_size]
    assert sum(staff[:20]) < sum(staff[-20:])


# Files


@pytest.mark.parametrize("level", ["none", "typical", "hostile"])
def test_the_same_seed_gives_the_same_bytes(tmp_path, level):
    for name in ("a", "b"):
        written(tmp_path / name, order(faults=level))
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_another_seed_gives_another_nation(tmp_path):
    written(tmp_path / "a", order(seed=1))
    written(tmp_path / "b", order(seed=2))
    assert not set(tree(tmp_path / "a" / "inbox").values()) & set(tree(tmp_path / "b" / "inbox").values())


def test_a_report_is_the_same_whoever_else_is_asked_for(tmp_path):
    written(tmp_path / "all", order(faults="hostile"))
    written(tmp_path / "one", order(faults="hostile", provinces=("Hà Nam",), periods=("2021-FY",)))
    everything = tree(tmp_path / "all" / "inbox")
    assert tree(tmp_path / "one" / "inbox").items() <= everything.items()


def test_every_file_says_in_its_name_and_its_text_that_it_is_simulated(tmp_path):
    for path in written(tmp_path, order(faults="typical")).files:
        assert path.name.startswith("MO_PHONG_")
        other = Path("2021-FY") / path.name.removeprefix("MO_PHONG_")
        reading = read_bytes(path.read_bytes(), other)
        if not reading.refusal or reading.refusal.code != "truncated":
            assert simulated.FLAG in reading.flags, path.name


def test_a_file_too_damaged_to_be_read_is_known_by_its_name():
    assert simulated.FLAG in read_bytes(b"", "MO_PHONG_x.docx").flags
    assert simulated.FLAG not in read_bytes(b"", "x.docx").flags


def test_a_real_report_is_not_taken_for_a_simulated_one():
    fixture = Path(__file__).parent / "fixtures" / "sample" / "2021-FY" / "BC_CCHC_2021_tinh_Ha_Nam.docx"
    assert simulated.FLAG not in read_file(fixture).flags


@pytest.mark.parametrize("font", [old_font.TCVN3, old_font.VNI])
def test_a_report_in_an_old_font_is_read_like_any_other(font):
    [first] = nation.sent(order(provinces=("Hà Nam",), periods=("2021-FY",), formats=("txt",), faults="none"))
    data = old_font.stored(first.data().decode(), font).encode()
    values = [row.value_raw for row in read_bytes(data, Path("2021-FY") / first.file_name).rows]
    assert values == [row.value_raw for row in read_bytes(first.data(), Path("2021-FY") / first.file_name).rows]


# Reading back


def misread(folder: Path) -> tuple[list, int]:
    """(what differs from the truth, how many figures were compared) of every file of a nation."""
    stated: dict[str, dict] = {}
    for row in table(folder, "values"):
        stated.setdefault(row["file"], {})[row["row_code"], int(row["ordinal"])] = nfkc(row["printed"])
    different, compared = [], 0
    for row in table(folder, "reports"):
        reading = read_file(folder / "inbox" / row["file"])
        said = (reading.status, reading.refusal.code if reading.refusal else "")
        if said != (row["counts_as"], row["reason_code"]):
            different.append((row["file"], said))
            continue
        if reading.refusal:
            continue
        who = reading.identity
        said = (who.province.key, who.period.key, who.report_number, who.report_date, reading.annex.form_code)
        told = tuple(row[name] for name in ("province_key", "period_key", "report_number", "report_date", "form_code"))
        if said != told:
            different.append((row["file"], said))
        if row["is_current"] == "true":
            known = [entry for entry in reading.rows if entry.code_source != "unmatched"]
            read = {(entry.code, entry.ordinal): entry.value_raw or "" for entry in known}
            figures = stated[row["file"]]
            compared += len(figures)
            different += [
                (row["file"], place, read.get(place), printed)
                for place, printed in figures.items()
                if read.get(place) != printed
            ]
    return different, compared


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_of_a_carelessly_reporting_nation_is_read_as_printed(tmp_path, seed):
    written(tmp_path, order(seed, faults="hostile"))
    different, compared = misread(tmp_path)
    assert different == []
    assert compared > 500


@pytest.mark.slow
@pytest.mark.parametrize(("level", "seed"), [("hostile", 11), ("typical", 12)])
def test_every_figure_of_a_whole_nation_is_read_as_printed(tmp_path, level, seed):
    written(tmp_path, order(seed, faults=level, provinces=(), periods=("2021-FY", "2022-Q3", "2024-FY", "2025-Q3")))
    different, compared = misread(tmp_path)
    assert different == []
    assert compared > 15_000


# The sample and mixing


def test_the_sample_is_taken_out_exactly(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "ORDER", order(periods=("2021-FY",), provinces=("Hà Nam", "Hà Nội")))
    real = Path(__file__).parent / "fixtures" / "sample"
    box, raw = tmp_path / "inbox", tmp_path / "raw"
    sample.fill(box, raw, real)
    mine = box / "2021-FY" / "cua_toi.docx"
    mine.write_bytes(b"mine")
    changed = next(path for path in box.rglob("MO_PHONG_*"))
    changed.write_bytes(b"changed by hand")
    removed = sample.take_out(box, raw)
    assert {file.path for file in inbox.files(box)} == {mine, changed}
    assert removed.kept == (changed,)
    assert tree(raw) == {}


def test_every_real_file_of_the_sample_lies_in_a_period_and_none_is_named_simulated(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "ORDER", order(periods=("2021-FY",), provinces=("Hà Nội",)))
    box, raw = tmp_path / "inbox", tmp_path / "raw"
    written = sample.fill(box, raw, Path(__file__).parent / "fixtures" / "sample")
    real = {path.relative_to(box).as_posix() for path in {file.path for file in inbox.files(box)} - set(written.files)}
    papi = {f"{year}-FY/papi_{year}.csv" for year in range(2011, 2025)}
    assert real == papi | {"2021-FY/BC_CCHC_2021_tinh_Ha_Nam.docx", "2025-FY/ket_qua_da_cong_bo.csv"}
    assert inbox.strays(box) == []
    assert mixed.sample_files(raw).keys() >= real


def test_the_sample_has_every_province_three_years_and_a_quarter():
    kinds = Counter(key.split("-")[1] for key in sample.ORDER.periods)
    assert kinds == {"FY": 3, "Q1": 1}
    assert sample.ORDER.provinces == ()
    assert set(sample.ORDER.formats) <= set(report.QUICK_FORMATS)


def put(box: Path, name: str) -> None:
    (box / "2021-FY").mkdir(parents=True, exist_ok=True)
    (box / "2021-FY" / name).write_bytes(name.encode())


def test_real_and_simulated_reports_in_one_inbox_are_refused_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv(mixed.ALLOW_MIXED, raising=False)
    box, raw = tmp_path / "inbox", tmp_path / "raw"
    put(box, "MO_PHONG_a.docx")
    mixed.refuse_mixed(box, raw)
    put(box, "that.docx")
    with pytest.raises(mixed.MixedError, match="--allow-mixed"):
        mixed.refuse_mixed(box, raw)
    monkeypatch.setenv(mixed.ALLOW_MIXED, "1")
    mixed.refuse_mixed(box, raw)


def test_the_real_report_of_the_sample_may_lie_beside_the_simulated_ones(tmp_path, monkeypatch):
    monkeypatch.delenv(mixed.ALLOW_MIXED, raising=False)
    monkeypatch.setattr(sample, "ORDER", order(periods=("2021-FY",), provinces=("Hà Nội",)))
    box, raw = tmp_path / "inbox", tmp_path / "raw"
    sample.fill(box, raw, Path(__file__).parent / "fixtures" / "sample")
    mixed.refuse_mixed(box, raw)
    put(box, "that.docx")
    with pytest.raises(mixed.MixedError):
        mixed.refuse_mixed(box, raw)


@pytest.mark.parametrize(
    "words",
    [
        ("2019-2020", "Q2", "all", "docx", "none"),
        ("1999", "FY", "all", "docx", "none"),
        ("năm nay", "FY", "all", "docx", "none"),
        ("2021", "FY", "Hà Nem", "docx", "none"),
        ("2021", "FY", "all", "odt", "none"),
    ],
)
def test_words_that_mean_nothing_get_a_sentence(words):
    years, periods, provinces, formats, level = words
    with pytest.raises(ToldError, match=r"[ /].*[.]"):
        nation.order_from_words(years, periods, provinces, 1, formats, level)


# Other formats


@pytest.fixture
def font_folder(tmp_path, monkeypatch):
    """The only place where fonts are sought; empty at first."""
    monkeypatch.setattr(pages, "FONT_FOLDERS", (str(tmp_path),))
    pages.font_file.cache_clear()
    yield tmp_path
    pages.font_file.cache_clear()


def test_without_a_font_no_pdf_is_made_and_the_package_is_named(font_folder, tmp_path):
    sentence = r"hãy cài gói fonts-liberation2\. / .*apt-get install fonts-liberation2"
    for kind in ("pdf", "scan"):
        with pytest.raises(pages.FontError, match=sentence):
            written(tmp_path / kind, order(formats=(kind,), periods=("2021-FY",)))
        assert not list((tmp_path / kind).rglob("*.pdf"))


def test_a_font_of_the_right_name_without_vietnamese_letters_is_no_font(font_folder):
    latin = ImageFont.load_default(20).path.getvalue()
    for style in ("Regular", "Bold"):
        (font_folder / f"LiberationSerif-{style}.ttf").write_bytes(latin)
    with pytest.raises(pages.FontError, match="fonts-liberation2"):
        pages.font_file("LiberationSerif", False)
    assert pages.missing_letters(str(font_folder / "LiberationSerif-Bold.ttf"), "Tính: ế ộ, ộ\t") == "íếộ"


@pytest.mark.fonts
def test_a_letter_that_no_font_has_is_refused_by_its_name():
    letter = documents.Letter("tỉnh Mẫu", ("Số 漢 12",), ("PHỤ LỤC",))
    with pytest.raises(pages.FontError, match="lacks «漢»"):
        pages.write_pdf([], letter, pages.Sheet())


@pytest.mark.slow
@pytest.mark.fonts
def test_every_figure_of_a_pdf_is_read_as_printed(tmp_path):
    written(tmp_path, order(3, faults="hostile", formats=("pdf",), periods=("2021-FY", "2025-FY")))
    different, compared = misread(tmp_path)
    assert different == []
    assert compared > 200


@pytest.mark.slow
@pytest.mark.fonts
@pytest.mark.parametrize("seed", [4, 5, 6])
def test_every_figure_of_many_pdfs_is_read_as_printed(tmp_path, seed):
    places = ("Hà Nội", "Hà Nam", "Ninh Bình", "An Giang", "Đà Nẵng", "Quảng Trị")
    written(tmp_path, order(seed, faults="hostile", formats=("pdf",), provinces=places))
    different, compared = misread(tmp_path)
    assert different == []
    assert compared > 1_000
