"""PDF files for people: every number is that of a mart, what is made up is marked, hostile text stays text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path

import duckdb
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.publishing.facts import Facts
from orchestration.publishing.print import pdf, typeset
from orchestration.publishing.print.standing import Nation
from orchestration.publishing.product import Product
from orchestration.publishing.table import SIMULATED_MARK

# What every template needs; a document without a part is one empty page.
EMPTY = {"title": "Hồ sơ", "lines": [], "day": date(2024, 12, 20), "to": "20/12/2024", "mark": "MÔ PHỎNG", "parts": []}


def pages(pdf: bytes | Path) -> list[str]:
    """The text of each page, on one line, without what only lets a word break."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            " ".join(page.get_textpage().get_text_bounded().replace("\u200b", "").replace("\ufffe", "").split())
            for page in document
        ]


def findings_of(*rows: list[str]) -> dict[str, object]:
    """A profile's data with one block of findings."""
    block = {"kind": "findings", "heading": "Điều cần xem lại", "rows": list(rows), "more": 0}
    return {**EMPTY, "parts": [{"is_simulated": False, "blocks": [block]}]}


def test_a_text_is_never_source():
    hostile = ['#import "x.typ": *', "*đậm* _nghiêng_", "$x^2$ `mã` @nhãn <nhãn>", "= Đầu đề \\ // ghi chú", "#panic()"]
    [text] = pages(typeset.typeset("profile.typ", findings_of(hostile)))
    for one in hostile:
        assert one.replace(" ", "") in text.replace(" ", "")


def test_a_text_is_never_source_in_a_letter_or_an_appeal_pack_either():
    hostile = '#import "x.typ": * *đậm* $x^2$ `mã` @nhãn = #panic() - mục'
    letter = {
        **EMPTY,
        **dict.fromkeys(("subject", "recipient", "opening", "request", "by"), hostile),
        **{key: [hostile] for key in ("missing", "late", "unreadable")},
        "doubtful": [[hostile] * 4],
        "parts": [{"is_simulated": False}],
    }
    criterion = {
        **dict.fromkeys(("code", "name", "rule", "max", "counted", "status", "why", "places"), hostile),
        "level": "leaf",
        "figures": [{"text": hostile, "cutout": None}],
        "points": [hostile] * 3,
    }
    blocks = [
        {"kind": "gaps", "heading": hostile, "rows": [[hostile] * 5]},
        {"kind": "criteria", "heading": hostile, "report": hostile, "sheets": [hostile], "rows": [criterion]},
    ]
    appeal = {**EMPTY, "parts": [{"is_simulated": False, "blocks": blocks}]}
    for template, data, times in (("letter.typ", letter, 12), ("appeal.typ", appeal, 21)):
        text = "".join(pages(typeset.typeset(template, data))).replace(" ", "")
        assert text.count(hostile.replace(" ", "")) == times


def test_what_turns_text_round_or_has_no_letter_is_taken_out_and_a_long_text_is_cut():
    assert typeset.readable("a\u202eb\u2066c\u200fd") == "abcd"
    assert typeset.readable("số 1\x07 😀 \ue000") == "số 1□ □ □"
    assert typeset.readable("dòng một\r\n\tdòng hai") == "dòng một dòng hai"
    long = typeset.readable("chữ " * 10_000)
    assert len(long) < 700 and long.endswith("…")


@settings(max_examples=15)
@given(st.lists(st.text(max_size=300), min_size=5, max_size=5))
def test_any_text_is_set_under_pdf_ua(texts: list[str]):
    assert typeset.typeset("profile.typ", findings_of(texts)).startswith(b"%PDF")


def test_a_word_without_end_stays_on_the_page():
    pdf = typeset.typeset("profile.typ", findings_of(["Năm 2024", "Lỗi", "W" * 590, "–", "tep_" * 40]))
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        text = page.get_textpage()
        rights = [text.get_charbox(i)[2] for i in range(text.count_chars())]
        assert max(rights) < page.get_width() - 30


def test_equal_data_gives_equal_bytes_and_the_date_is_that_of_the_data():
    data = findings_of(["Năm 2024", "Lỗi", "x", "–", "–"])
    first = typeset.typeset("profile.typ", data)
    typeset._compiler.cache_clear()
    assert typeset.typeset("profile.typ", data) == first
    with pypdfium2.PdfDocument(first) as document:
        assert document.get_metadata_value("CreationDate").startswith("D:20241220")
        assert document.get_metadata_value("Title") == "Hồ sơ"
    other = {**data, "lines": ["y"]}
    assert typeset.made_from("profile.typ", other) != typeset.made_from("profile.typ", data)


def test_fonts_come_along_in_the_file():
    pdf = typeset.typeset("profile.typ", findings_of(["Năm 2024", "Lỗi", "→ ≥ ệ Ж", "–", "–"]))
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [part for part in document[0].get_objects() if part.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT]
        fonts = {(font.get_base_name().partition("+")[2], font.is_embedded) for font in (t.get_font() for t in texts)}
    assert fonts == {("LibertinusSerif-Regular", True), ("LibertinusSerif-Bold", True)}


@dataclass
class Sample:
    """The whole sample: its marts, its products by path, and each PDF's pages, set once."""

    connection: duckdb.DuckDBPyConnection
    folder: Path

    @cached_property
    def products(self) -> dict[str, Product]:
        return {product.path: product for product in pdf.products(Nation(Facts(self.connection)))}

    def pdf(self, path: str) -> Path:
        target = self.folder / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            self.products[path].write(target)
        return target

    def pages(self, path: str) -> list[str]:
        return pages(self.pdf(path))

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def sample(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    with duckdb.connect(str(sample_home / "warehouse" / "par.duckdb"), read_only=True) as connection:
        yield Sample(connection, tmp_path_factory.mktemp("pdf"))


def vi(value: Decimal | None) -> str:
    """Two decimals as a Vietnamese reads them, and a dash for nothing."""
    return "–" if value is None else str(value.quantize(Decimal("0.01"), ROUND_HALF_UP)).replace(".", ",")


BOOKLET = "MO_PHONG_an_pham_xep_hang.pdf"
PROFILE = "tinh/{}/MO_PHONG_ho_so.pdf"
PAPI_2024 = "index_code = 'PAPI' and report_year = 2024"
PAR_2025 = "index_code = 'PAR' and report_year = 2025"


@pytest.mark.slow
@pytest.mark.parametrize(("where", "value"), [(PAPI_2024, "points"), (PAR_2025, "index_pct")])
def test_every_row_of_the_national_table_is_that_of_the_marts(sample: Sample, where: str, value: str):
    text = " ".join(sample.pages(BOOKLET))
    area_value = "points" if value == "points" else "area_index_pct"
    rows = sample.rows(
        f"""
        select rank, (
                select rank_low || '–' || rank_high from marts.mart_rank_interval as sure
                where sure.province_key = ranking.province_key and sure.{where.replace(" and ", " and sure.")}
                    and sure.area_code = 'total' and rank_low < rank_high
            ), province_name, {value}, group_name, rank_change, (
            select list(area.{area_value} order by area.area_code) from marts.mart_area_ranking as area
            where area.province_key = ranking.province_key and area.{where.replace(" and ", " and area.")}
        )
        from marts.mart_national_ranking as ranking inner join marts.dim_province using (province_key) where {where}
        """
    )
    assert len(rows) == (63 if value == "points" else 34)
    for rank, interval, name, total, group, change, areas in rows:
        moved = "–" if change is None else f"{change:+d}".replace("-", "−").replace("+0", "0")
        shown = f"{rank} ({interval})" if interval else str(rank or "–")
        cells = [shown, name, vi(total if rank else None), *([group] if group else []), *map(vi, areas)]
        assert " ".join([*cells, *([moved] if value == "points" else [])]) in text


@pytest.mark.slow
def test_means_regions_groups_and_movers_of_the_booklet_are_those_of_the_marts(sample: Sample):
    text = " ".join(sample.pages(BOOKLET))
    for where, mean in ((PAPI_2024, "mean_points"), (PAR_2025, "mean_index_pct")):
        for scope, count, *values in sample.rows(
            f"""
            select scope_name, any_value(ranked_count), list({mean} order by area_code <> 'total', area_code)
            from marts.mart_index_summary
            where {where} and scope_kind in ('region', 'province_type') group by scope_kind, scope_name
            """
        ):
            assert " ".join([scope, str(count), *map(vi, values[0])]) in text
        [(means,)] = sample.rows(
            f"""
            select list({mean} order by area_code <> 'total', area_code) from marts.mart_index_summary
            where {where} and scope_kind = 'nation'
            """
        )
        assert " ".join(["Trung bình cả nước", *map(vi, means)]) in text
    # PAR 2025: all of them in B, which begins at 80.
    assert "A 90,00 0 – B 80,00 34 86,70 C 70,00 0 – D 0,00 0 –" in text
    # PAPI 2024: sixtieth, then second.
    assert "Tây Ninh 60 2 +58" in text


@pytest.mark.slow
def test_what_is_made_up_is_marked_on_each_of_its_pages_and_real_pages_never(sample: Sample):
    booklet = sample.pages(BOOKLET)
    marked = [SIMULATED_MARK in page for page in booklet]
    starts = {
        name: next(i for i, page in enumerate(booklet) if i > 1 and name in page)
        for name in ("PAR 2025:", "Cách tính và lưu ý")
    }
    made_up = range(starts["PAR 2025:"], starts["Cách tính và lưu ý"])
    assert marked == [i in made_up or ("Tình hình gửi báo cáo" in page and i > 1) for i, page in enumerate(booklet)]
    for path in (PROFILE.format("01-ha-noi"), PROFILE.format("35-ha-nam")):
        assert [SIMULATED_MARK in page for page in sample.pages(path)] == [False, True]
    # Hà Nam's report of 2021 is real.
    assert not any(SIMULATED_MARK in page for page in sample.pages("tinh/35-ha-nam/ho_so_giai_trinh.pdf"))
    for path, product in sample.products.items():
        assert product.is_simulated == path.rpartition("/")[2].startswith("MO_PHONG_")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "keys", "earlier"),
    [
        ("01-ha-noi", "'01.1'", "''"),
        ("35-ha-nam", "'35.1'", "''"),
        ("19-thai-nguyen", "'19.2'", "'06.1', '19.1'"),
        ("46-hue", "'46.1', '46.2', '46.3'", "''"),
    ],
)
def test_every_number_of_a_profile_is_one_of_the_marts(sample: Sample, folder: str, keys: str, earlier: str):
    text = " ".join(sample.pages(PROFILE.format(folder)))
    mine = f"province_key in ({keys})"
    known = {
        vi(value)
        for query in (
            f"select points, index_pct, index_covered_pct, points_covered, points_not_in, points_not_given, max_points,"
            f" official_index_pct from marts.mart_national_ranking where {mine}",
            f"select points, max_points, area_index_pct from marts.mart_area_ranking "
            f"where {mine} or province_key in ({earlier})",
            "select mean_points, mean_index_pct from marts.mart_index_summary where scope_kind = 'nation'",
            f"select points, index_pct from marts.mart_national_ranking where rank = 1 or province_key in ({earlier})",
            "select points, area_index_pct from marts.mart_area_ranking where rank = 1",
            f"select points, points_lost, max_points from marts.fct_criterion_score where {mine}",
        )
        for row in sample.rows(query)
        for value in row
        if value is not None
    }
    told = " ".join(
        row[0]
        for row in sample.rows(
            f"select explanation from marts.fct_criterion_score where {mine} and explanation is not null union all "
            f"select message_vi from marts.mart_quality_finding where {mine} union all "
            f"select not_ranked_reason_vi from marts.mart_national_ranking where {mine} and rank is null union all "
            f"select replace(format('{{:.1f}}', coverage_pct), '.', ',') from marts.mart_national_ranking where {mine}"
        )
    )
    printed = set(re.findall(r"\d+,\d+", text))
    assert len(printed) > 30
    assert printed - known - set(re.findall(r"\d+,\d+", told)) == set()
    for code, rank, points, maximum, pct in sample.rows(
        f"""
        select area_code, rank, points, max_points, case when index_code = 'PAR' then area_index_pct end
        from marts.mart_area_ranking
        where {mine} and rank is not null
        and report_year = (
            select max(other.report_year) from marts.mart_area_ranking as other
            where other.index_code = mart_area_ranking.index_code and other.{mine}
        )
        """
    ):
        assert f"{vi(points if pct is None else pct)} {vi(maximum)} {rank} " in text, code


@pytest.mark.slow
def test_every_profile_is_two_pages(sample: Sample):
    profiles = [path for path in sample.products if "ho_so" in path and "giai_trinh" not in path]
    assert len(profiles) == 86
    assert {len(sample.pages(path)) for path in profiles} == {2}


@pytest.mark.slow
def test_a_profile_names_the_three_criteria_that_would_lift_the_province_furthest(sample: Sample):
    text = " ".join(sample.pages(PROFILE.format("27-bac-ninh")))
    best = sample.rows(
        """
        select criterion_code, criterion_name, lift.rank, rank_if_full from marts.mart_score_lift as lift
        inner join marts.dim_criterion using (index_code, criterion_code)
        where province_key = '27.1' and report_year = 2024 and edition_code = '892'
        order by rank_if_full, gain_points desc limit 3
        """
    )
    assert len(best) == 3 and all(after < before for _, _, before, after in best)
    told = "; ".join(f"{code} {name} (hạng {before} → {after})" for code, name, before, after in best)
    assert f"các nơi khác giữ nguyên: {told}." in text


@pytest.mark.slow
@pytest.mark.parametrize(("key", "path"), [("01.1", "01-ha-noi/MO_PHONG_"), ("35.1", "35-ha-nam/")])
def test_every_criterion_of_an_appeal_pack_is_that_of_the_marts(sample: Sample, key: str, path: str):
    text = " ".join(sample.pages(f"tinh/{path}ho_so_giai_trinh.pdf"))
    year = 2025 if key == "01.1" else 2021
    rows = sample.rows(
        f"""
        select max(max_points), max(points) filter (where basis = 'self'),
            max(points) filter (where basis = 'verified'), max(points) filter (where basis = 'computed'),
            max(points) filter (where is_governing)
        from marts.fct_criterion_score
        where province_key = '{key}' and report_year = {year} and index_code = 'PAR' and is_leaf group by criterion_code
        """
    )
    assert len(rows) == 71
    for cells in rows:
        assert " ".join(map(vi, cells)) in text
    for claimed, accepted, gap in sample.rows(
        f"select claimed_points, accepted_points, gap_points from marts.mart_score_gap "
        f"where province_key = '{key}' and report_year = {year} and gap_points > 0"
    ):
        assert " ".join(map(vi, (claimed, accepted, gap))) in text


@pytest.mark.slow
def test_a_figure_of_an_appeal_pack_has_its_place_and_is_as_printed(sample: Sample):
    text = " ".join(sample.pages("tinh/35-ha-nam/ho_so_giai_trinh.pdf"))
    # Row 3.1.3 of the real report: 1.921 procedures, of which 1.694 on the national portal.
    assert "3.1.3 Tổng số TTHC đang có hiệu lực: in «1.921» Thủ tục (bảng 2, dòng 27)" in text
    assert "1694/1921 TTHC = 88,18 % ≥ 80 % → 0,8818 × 1,50 = 1,32" in text


@pytest.mark.slow
def test_a_letter_says_what_is_open_and_by_when_and_leaves_number_and_date_to_a_person(sample: Sample):
    letters = [path for path in sample.products if "cong_van" in path]
    assert len(letters) == 34
    [text] = sample.pages("tinh/40-nghe-an/MO_PHONG_cong_van.pdf")
    assert "Số: /BNV-CCHC" in text and "Kính gửi: Ủy ban nhân dân tỉnh Nghệ An" in text
    open_findings = sample.rows(
        "select message_vi, row_number from marts.mart_quality_finding where province_key = '40.1' "
        "and period_key = '2025-FY' and severity <> 'info'"
    )
    for message, row in open_findings:
        assert message in text and f"dòng {row}" in text
    assert "chậm nhất ngày 20/12/2026" in text and "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text


@pytest.mark.slow
def test_a_contradiction_names_both_places_until_somebody_accepts_it(sample: Sample, tmp_path: Path):
    letter, pack = "tinh/14-son-la/MO_PHONG_cong_van.pdf", "tinh/14-son-la/MO_PHONG_ho_so_giai_trinh.pdf"
    # Row 3.2.1 says 1.436, the twentieth paragraph 1.536.
    for path in (letter, pack):
        text = " ".join(sample.pages(path))
        assert "lời văn, đoạn 20; phụ lục, dòng 3.2.1" in text
        assert "«1.536»" in text and "«1.436»" in text
    with copy_of(sample, tmp_path) as connection:
        connection.execute("update marts.mart_quality_finding set is_accepted = true")
        products = {product.path: product for product in pdf.products(Nation(Facts(connection)))}
        # Without it nothing in the letter is made up.
        for path in (letter.replace("MO_PHONG_", ""), pack):
            products[path].write(tmp_path / "a.pdf")
            assert "«1.536»" not in "".join(pages((tmp_path / "a.pdf").read_bytes()))


def copy_of(sample: Sample, folder: Path) -> duckdb.DuckDBPyConnection:
    """A warehouse like the sample's that may be changed."""
    [(path,)] = sample.rows("select path from duckdb_databases() where path is not null")
    copy = folder / "par.duckdb"
    shutil.copyfile(path, copy)
    return duckdb.connect(str(copy))


@pytest.mark.slow
def test_a_changed_report_makes_its_own_province_anew_and_no_other(sample: Sample, tmp_path: Path):
    before = {path: product.made_from for path, product in sample.products.items()}
    with copy_of(sample, tmp_path) as connection:
        connection.execute(
            "update marts.mart_quality_finding set message_vi = 'Khác trước.' where province_key = '35.1'"
        )
        after = {product.path: product.made_from for product in pdf.products(Nation(Facts(connection)))}
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {PROFILE.format("35-ha-nam"), "tinh/35-ha-nam/ho_so_giai_trinh.pdf"}


@pytest.mark.slow
def test_where_nothing_is_made_up_no_page_is_marked(sample: Sample, tmp_path: Path):
    with copy_of(sample, tmp_path) as connection:
        for (table,) in connection.execute(
            "select table_name from duckdb_columns() inner join duckdb_tables() using (schema_name, table_name) "
            "where schema_name = 'marts' and column_name = 'is_simulated'"
        ).fetchall():
            connection.execute(f"delete from marts.{table} where is_simulated")
        real = Sample(connection, tmp_path)
        assert not any(product.is_simulated for product in real.products.values())
        for path in ("an_pham_xep_hang.pdf", "tinh/01-ha-noi/ho_so.pdf", "tinh/35-ha-nam/ho_so.pdf"):
            assert not any(SIMULATED_MARK in page for page in real.pages(path))
        assert "PAPI 2024" in real.pages("tinh/01-ha-noi/ho_so.pdf")[0]


@pytest.mark.slow
def test_two_builds_are_byte_equal(sample: Sample, tmp_path: Path):
    paths = (BOOKLET, PROFILE.format("35-ha-nam"), "tinh/40-nghe-an/MO_PHONG_cong_van.pdf")
    first = {path: sample.pdf(path).read_bytes() for path in paths}
    typeset._compiler.cache_clear()
    again = Sample(sample.connection, tmp_path)
    assert {path: again.pdf(path).read_bytes() for path in paths} == first
