"""The web page: every figure is that of a mart, what is made up is marked, and it works from disk without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.publishing import release, site
from orchestration.publishing.facts import Facts
from orchestration.publishing.site.markup import plain, say
from orchestration.publishing.table import SIMULATED_MARK, Method, open_warehouse

CHROMIUM = shutil.which("chromium")
METHOD = Method("Bộ số liệu", "Số được chép như đã in.", "Figures are copied as printed.")
HOSTILE = (
    "<script>document.title='hit'</script><img src=x onerror=\"document.title='hit'\">\u202etxt\u2066 '\" {{ 7*7 }}"
)
# A page of each kind, with and without a made-up figure.
KINDS = (
    "index.html",
    "xep_hang/papi-2018.html",
    "xep_hang/par-2025-mo-phong.html",
    "linh_vuc/papi-2024-1.html",
    "linh_vuc/par-2025-mo-phong-1.html",
    "tinh/35-1-ha-nam.html",
    "nguon/35-1-2021-fy.html",
    "xu_huong/papi.html",
    "vi_sao/papi.html",
    "vi_sao/par-mo-phong.html",
    "kiem_dinh/par-2025-mo-phong.html",
    "theo_ngay/766.html",
    "tinh_hinh.html",
    "tinh.html",
    "phuong_phap.html",
    "tai_ve.html",
)


@pytest.fixture(scope="session")
def newest(sample_home: Path) -> Path:
    """The newest release of the whole sample."""
    found = release.latest_release(sample_home / "warehouse" / "exports")
    assert found
    return found


@pytest.fixture(scope="session")
def folder(newest: Path) -> Path:
    return newest / "trang_web"


@pytest.fixture(scope="session")
def marts(sample_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample_home / "warehouse" / "par.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def pages(folder: Path) -> dict[str, LexborHTMLParser]:
    return {
        path.relative_to(folder).as_posix(): LexborHTMLParser(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.html"))
    }


def printed(value: Decimal | None, decimals: int = 2) -> str:
    """`1.234,50` as Vietnamese print it."""
    if value is None:
        return "–"
    text = f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,.{decimals}f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def cells(row: LexborNode) -> list[str]:
    """What a Vietnamese reader sees in each cell of a row."""
    for unseen in row.css("e-n"):
        unseen.remove()
    return [" ".join(cell.text().split()) for cell in row.css("th, td")]


# Figures.


def test_every_number_of_every_ranking_is_that_of_the_marts(
    pages: dict[str, LexborHTMLParser], marts: duckdb.DuckDBPyConnection
) -> None:
    standings = marts.execute(
        "select distinct index_code, report_year, is_simulated, total_unit from marts.mart_national_ranking"
    ).fetchall()
    [(index, year)] = marts.execute(
        "select index_code, report_year from marts.mart_national_ranking where not is_simulated and rank is not null "
        "order by report_year desc, index_code limit 1"
    ).fetchall()
    for index_code, report_year, is_simulated, unit in standings:
        path = f"xep_hang/{index_code.lower()}-{report_year}{'-mo-phong' if is_simulated else ''}.html"
        page = pages["index.html" if (index_code, report_year, is_simulated) == (index, year, False) else path]
        measure = "points" if unit == "points" else "index_pct"
        key = [index_code, report_year, is_simulated]
        expected = {
            name: [str(rank or "–") + (f" ({low}–{high})" if rank and low != high else ""), printed(total)]
            for name, rank, low, high, total in marts.execute(
                f"""
                select province_name, ranking.rank, coalesce(sure.rank_low, ranking.rank_low),
                    coalesce(sure.rank_high, ranking.rank_high), ranking.{measure}
                from marts.mart_national_ranking as ranking
                inner join marts.dim_province using (province_key)
                left join marts.mart_rank_interval as sure
                    on ranking.index_code = sure.index_code and ranking.report_year = sure.report_year
                        and ranking.province_key = sure.province_key and sure.area_code = 'total'
                where ranking.index_code = ? and ranking.report_year = ? and ranking.is_simulated = ?
                """,
                key,
            ).fetchall()
        }
        for name, value in marts.execute(
            f"select province_name, {'points' if unit == 'points' else 'area_index_pct'} from marts.mart_area_ranking "
            "join marts.dim_province using (province_key) where index_code = ? and report_year = ? and is_simulated = ?"
            " order by province_name, try_cast(area_code as integer)",
            key,
        ).fetchall():
            expected[name].append(printed(value))
        rows = [cells(row) for row in page.css("#xep-hang tbody tr")]
        areas = max(len(figures) for figures in expected.values()) - 2
        shown = {
            re.sub(r" (bao phủ|năm|chưa).*", "", row[1]): [row[0], row[2], *row[len(row) - areas :]] for row in rows
        }
        assert {name: figures + ["–"] * (areas + 2 - len(figures)) for name, figures in expected.items()} == shown, path


def test_every_point_has_a_card_with_its_value_on_every_basis(
    pages: dict[str, LexborHTMLParser], marts: duckdb.DuckDBPyConnection
) -> None:
    found = marts.execute(
        """
        select criterion.area_code, score.criterion_code, score.province_key, score.basis, score.points,
            score.row_number, score.is_governing
        from marts.fct_criterion_score as score
        inner join marts.dim_criterion as criterion using (index_code, edition_code, criterion_code)
        where score.index_code = 'PAR' and score.report_year = 2025 and score.is_leaf and score.status = 'given'
        """
    ).fetchall()
    columns = {"Thẩm định": "verified", "Tự đánh giá": "self", "Khảo sát": "survey", "Tính từ báo cáo": "computed"}
    shown = {}
    for path in (path for path in pages if path.startswith("linh_vuc/par-2025-mo-phong-")):
        for section in pages[path].css("section"):
            heads = [words.text() for words in section.css("thead th > v-n")]
            for row in section.css("tbody tr"):
                for head, cell in list(zip(heads, row.css("th, td"), strict=True))[1:]:
                    number = cell.css_first("span.n")
                    if number:
                        place = re.search(r"\((\d+)\)", cell.text(deep=False))
                        shown[path, row.id, columns[head]] = (
                            number.text(),
                            int(place[1]) if place else None,
                            cell.attributes.get("class") == "g",
                        )
    expected = {
        (
            f"linh_vuc/par-2025-mo-phong-{area}.html",
            f"c{code.replace('.', '-')}-t{key.replace('.', '-')}",
            basis,
        ): (printed(points), row, governs)
        for area, code, key, basis, points, row, governs in found
    }
    assert len(expected) > 4_000
    assert shown == expected


def test_every_figure_of_a_report_has_a_card_with_its_place_and_what_was_printed(
    pages: dict[str, LexborHTMLParser], marts: duckdb.DuckDBPyConnection
) -> None:
    figures = marts.execute(
        "select indicator_key, table_number || '/' || row_number, value, value_raw from marts.fct_indicator_value "
        "where province_key = '35.1' and period_key = '2021-FY'"
    ).fetchall()
    rows = {row.id: cells(row) for row in pages["nguon/35-1-2021-fy.html"].css("tbody tr")}

    assert len(figures) == len(rows) == 94
    for key, place, value, raw in figures:
        shown = rows[key]
        assert shown[0] == place
        assert shown[3] == (" ".join(raw.split()) if raw else "–")
        if value is not None:
            assert shown[2] == printed(value, max(0, -int(value.normalize().as_tuple().exponent)))


def test_what_changed_an_index_is_the_bridge_of_its_newest_pairs_of_years(
    pages: dict[str, LexborHTMLParser], marts: duckdb.DuckDBPyConnection
) -> None:
    for path, index_code, pairs in (
        ("vi_sao/papi.html", "PAPI", [(2023, 2024), (2021, 2024)]),
        ("vi_sao/par-mo-phong.html", "PAR", [(2024, 2025), (2023, 2024)]),
    ):
        tables = pages[path].css("table")
        assert len(tables) == 2
        for table, pair in zip(tables, pairs, strict=True):
            shown = {row[0]: row[1:] for row in map(cells, table.css("tbody tr"))}
            found = marts.execute(
                """
                select province_name, from_index_pct, index_pct, index_change_pct, performance_pct, survey_pct,
                    edition_pct, coverage_pct, from_rank || ' → ' || rank, rank_change, performance_places,
                    survey_places, others_places, edition_places, coverage_places
                from marts.mart_index_bridge join marts.dim_province using (province_key)
                where index_code = ? and from_year = ? and report_year = ?
                """,
                [index_code, *pair],
            ).fetchall()
            signed = [
                [name, printed(before), printed(after), *map(with_sign, parts), ranks, *places]
                for name, before, after, *parts, ranks, a, b, c, d, e, f in found
                for places in ([with_sign(Decimal(place), 0) for place in (a, b, c, d, e, f) if place is not None],)
            ]
            # Where ranks cannot be compared, the page has no place of them.
            expected = {name: line if places else line[:7] for name, *line in signed for places in (line[8:],)}
            assert expected == shown, (path, pair)


def with_sign(value: Decimal, decimals: int = 2) -> str:
    text = printed(abs(value), decimals)
    return text if float(text.replace(",", ".")) == 0 else f"{'+' if value > 0 else '−'}{text}"


def test_the_audit_has_every_statistic_and_criterion_of_the_marts(
    pages: dict[str, LexborHTMLParser], marts: duckdb.DuckDBPyConnection
) -> None:
    whole, areas, criteria = (
        [cells(row) for row in table.css("tbody tr")]
        for table in pages["kiem_dinh/par-2025-mo-phong.html"].css("table")
    )
    year = "where index_code = 'PAR' and report_year = 2025"
    statistics = marts.execute(f"select name_vi, value from marts.mart_index_audit {year} and value is not null")
    assert {tuple(row) for row in whole} == {(name, printed(value)) for name, value in statistics.fetchall()}
    [(first,)] = marts.execute(
        f"select area_correlation from marts.mart_area_correlation {year} and area_code = '1' and other_area_code = '8'"
    ).fetchall()
    assert areas[0][-1] == areas[-1][1] == ("−" if first < 0 else "") + printed(abs(first))
    found = marts.execute(
        "select criterion_code, mean_share_pct, at_maximum_pct, most_shift_places "
        f"from marts.mart_criterion_audit {year}"
    ).fetchall()
    shown = {row[0].split()[0]: (row[1], row[3], row[8]) for row in criteria}
    assert shown == {code: (printed(mean), printed(most), str(shift)) for code, mean, most, shift in found}


def test_an_index_that_has_days_shows_what_was_announced_of_each(pages: dict[str, LexborHTMLParser]) -> None:
    page = pages["theo_ngay/766.html"]
    assert [head.text() for head in page.css("h2")] == ["27/11/2025", "29/08/2025", "21/08/2025"]
    rows = [cells(row)[:4] for row in page.css("table")[1].css("tbody tr")]
    assert [row[1:] for row in rows] == [
        [f"{rank}/34", points, "100,00"] for rank, points in enumerate(("86,97", "86,56", "86,51", "86,13", "84,85"), 1)
    ]
    assert "chỉ có điểm của 5/34 đơn vị" in page.body.text()


def test_a_contradiction_stands_at_its_figure_with_both_places_and_values(
    pages: dict[str, LexborHTMLParser], marts: duckdb.DuckDBPyConnection
) -> None:
    found = marts.execute(
        """
        select province_key, indicator_keys, expected, found, expected_place, block_number
        from marts.mart_quality_finding where rule = 'narrative_contradicts' and period_key = '2025-FY'
        """
    ).fetchall()
    assert found
    listed = " ".join(" ".join(cells(row)) for row in pages["tinh_hinh.html"].css("table")[-1].css("tbody tr"))
    for province_key, indicator_key, annex, narrative, row, block in found:
        [page] = [
            page for path, page in pages.items() if path == f"nguon/{province_key.replace('.', '-')}-2025-fy.html"
        ]
        card = " ".join(cells(page.css_first(f"tr#{indicator_key}")))
        assert f"«{annex}»" in card and f"«{narrative}»" in card
        assert f"lời văn, đoạn {block}; phụ lục, dòng {row}" in listed


@pytest.mark.slow
def test_the_rounds_of_an_appraisal_stand_one_below_the_other(tmp_path: Path) -> None:
    import warehouse_factory  # noqa: PLC0415

    database = warehouse_factory.make_warehouse(tmp_path / "par.duckdb", has_scores=True)
    folder = tmp_path / "before"
    build(database, folder)
    assert not (folder / "tham_dinh").exists()
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            """
            insert into marts.fct_criterion_score_history by name
            select 'PAR' as index_code, 2021 as report_year, '1.2' as criterion_code, true as is_simulated, step.*
            from (values
                ('35.1', 'verified', 2, 2, 8.5, 1.5, true, 'đủ tài liệu', 'N. V. B', 'b.xlsx', 7),
                ('35.1', 'self', 1, null, 8.5, null, false, null, null, 'a.xlsx', 7),
                ('35.1', 'explanation', 1, null, null, null, false, $hostile, null, 'a.xlsx', 7),
                ('35.1', 'verified', 1, 1, 7, null, false, 'thiếu', null, 'a.xlsx', 7),
                ('36.1', 'self', 1, null, 8.5, null, true, null, null, 'a.xlsx', 8)
            ) as step (province_key, basis, revision_number, appraisal_round, points, change_points, is_counting, note,
                appraised_by, source_file_name, row_number)
            """,
            {"hostile": HOSTILE},
        )
    page = LexborHTMLParser(
        (build(database, tmp_path / "after") / "tham_dinh/par-2021-mo-phong.html").read_text("utf-8")
    )
    rows = [cells(row) for row in page.css("tbody tr")]
    assert [row[:4] for row in rows] == [
        ["Hà Nam: 1.2 Báo cáo", "tự chấm", "8,50", "–"],
        ["Hà Nam: 1.2 Báo cáo", "thẩm định lần 1", "7,00", "–"],
        ["Hà Nam: 1.2 Báo cáo", "giải trình", "–", "–"],
        ["Hà Nam: 1.2 Báo cáo", "thẩm định lần 2", "8,50", "+1,50"],
    ]
    assert [row.attributes.get("class") for row in page.css("tbody tr")] == [None, None, None, "g"]
    assert rows[3][4:] == ["N. V. B", "đủ tài liệu", "b.xlsx, 7"]
    assert page.css(".mark") and not page.css("img")


def test_a_break_stands_where_the_criteria_changed_or_provinces_merged(pages: dict[str, LexborHTMLParser]) -> None:
    papi = [cells(row)[0] for row in pages["xu_huong/papi.html"].css("table")[0].css("tbody tr")]
    below = [papi[papi.index(text) + 1] for text in papi if text.startswith("Không so sánh")]

    # PAPI has six structures: 2011–15, 2016, 2017, 2018, 2019–20, 2021–24.
    assert below == ["2020", "2018", "2017", "2016", "2015"]
    par = " ".join(cells(row)[0] for row in pages["xu_huong/par-mo-phong.html"].css("tbody tr"))
    assert "sáp nhập, 63 → 34 đơn vị" in par


# Marks.


def test_what_is_made_up_is_marked_and_what_is_real_is_not(
    pages: dict[str, LexborHTMLParser], marts: duckdb.DuckDBPyConnection
) -> None:
    made_up = {
        key
        for (key,) in marts.execute(
            "select province_key from marts.mart_national_ranking where is_simulated union "
            "select province_key from marts.mart_report_coverage where is_simulated union "
            "select province_key from marts.mart_quality_finding where is_simulated"
        ).fetchall()
    }
    reports = {
        f"{province}-{period}".replace(".", "-").lower(): is_simulated
        for province, period, is_simulated in marts.execute(
            "select province_key, period_key, is_simulated from marts.dim_report where is_current"
        ).fetchall()
    }
    for path, page in pages.items():
        place, name = path.split("/") if "/" in path else ("", path)
        stem = name.removesuffix(".html")
        if place == "tinh":
            expected = ".".join(stem.split("-")[:2]) in made_up
        elif place == "nguon":
            expected = reports[stem]
        else:
            expected = "mo-phong" in stem or stem == "tinh_hinh"
        assert [mark.text() for mark in page.css(".mark")] == [SIMULATED_MARK] * expected, path
    assert not pages["index.html"].css(".mark")


def test_a_part_that_is_made_up_says_so_beside_a_part_that_is_not(pages: dict[str, LexborHTMLParser]) -> None:
    parts = pages["tinh/35-1-ha-nam.html"].css("main > section")

    assert {part.id: SIMULATED_MARK in part.text() for part in parts} == {
        "papi-2024": False,
        "par-2021": False,
        "par-2024-mo-phong": True,
    }


def test_real_rankings_come_first(pages: dict[str, LexborHTMLParser]) -> None:
    listed = [line.text().split()[0:2] for line in pages["index.html"].css(".years li")]

    assert pages["index.html"].css_first("h1 v-n").text() == "Xếp hạng PAPI 2024"
    assert [line[0] for line in listed] == ["PAPI", "PAR", "PAR"]
    assert listed[1][1] == "2021"
    assert "mô" in listed[2][1]


# Links, size, bytes.


def test_every_link_leads_to_something_of_the_release_and_to_a_place_on_it(
    pages: dict[str, LexborHTMLParser], newest: Path
) -> None:
    places = {path: {node.id for node in page.css("[id]")} for path, page in pages.items()}
    for path, page in pages.items():
        for link in page.css("a, link, script"):
            target, _, fragment = (link.attributes.get("href") or link.attributes.get("src") or "").partition("#")
            file = (newest / "trang_web" / path).parent / unquote(target) if target else newest / "trang_web" / path
            assert file.exists(), (path, target)
            if fragment:
                inside = os.path.relpath(file, newest / "trang_web")
                assert unquote(fragment) in places[inside], (path, target, fragment)


def test_no_page_names_an_address_that_is_not_in_the_folder_to_load_from(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.suffix in (".css", ".js"):
            assert not re.search(r"https?:|@import|url\(|eval|fetch|Storage|cookie", path.read_text(encoding="utf-8"))


def test_no_identifier_stands_twice_on_a_page(pages: dict[str, LexborHTMLParser]) -> None:
    for path, page in pages.items():
        found = [node.id for node in page.css("[id]")]
        assert len(found) == len(set(found)), path


def test_the_page_of_the_sample_is_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 5 * 2**20


def build(database: Path, folder: Path) -> Path:
    """The page of a warehouse, alone."""
    with open_warehouse(database) as connection:
        site.product(Facts(connection), [], [], METHOD, SIMULATED_MARK).write(folder)
    return folder


BUILD = "import sys; from pathlib import Path; import test_site; test_site.build(Path(sys.argv[1]), Path(sys.argv[2]))"


def test_two_builds_are_equal_byte_for_byte_whatever_the_order_of_sets(
    sample_home: Path, folder: Path, tmp_path: Path
) -> None:
    environment = os.environ | {
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)]),
    }
    database = sample_home / "warehouse" / "par.duckdb"
    subprocess.run([sys.executable, "-c", BUILD, database, tmp_path / "again"], env=environment, check=True)

    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    again = {path.relative_to(tmp_path / "again").as_posix() for path in (tmp_path / "again").rglob("*.*")}
    assert files == again
    # These two say what else is in the release.
    for name in files - {"tai_ve.html", "phuong_phap.html"}:
        if not name.startswith("tinh/"):
            assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_a_warehouse_without_a_figure_has_a_page_that_says_so(tmp_path: Path) -> None:
    import warehouse_factory  # noqa: PLC0415

    folder = build(warehouse_factory.make_warehouse(tmp_path / "par.duckdb", is_empty=True), tmp_path / "site")

    assert "chưa có điểm để xếp hạng" in (folder / "index.html").read_text(encoding="utf-8")
    assert SIMULATED_MARK not in (folder / "index.html").read_text(encoding="utf-8")


def test_changes_have_a_page_where_there_are_any(tmp_path: Path) -> None:
    import warehouse_factory  # noqa: PLC0415

    change = {
        "subject": "figure",
        "kind": "rose",
        "province_name": "Hà Nam",
        "report_year": 2021,
        "period_name": "Năm 2021",
        "item": HOSTILE,
        "old_value": "36.5",
        "new_value": "37",
        "reason_vi": "báo cáo mới",
        "reason_en": "a new report",
        "is_simulated": False,
    }
    database = warehouse_factory.make_warehouse(tmp_path / "par.duckdb", is_empty=True)
    for number in (0, 600):
        folder = tmp_path / str(number)
        with open_warehouse(database) as connection:
            site.product(Facts(connection), [], [], METHOD, None, changes=[change] * number).write(folder)
        assert (folder / "thay_doi.html").exists() == bool(number)
    page = LexborHTMLParser((folder / "thay_doi.html").read_text(encoding="utf-8"))
    rows = [cells(row) for row in page.css("tbody tr")]

    assert (len(rows), rows[0][0], rows[0][4:8]) == (200, "Hà Nam", ["Tăng", "36,5", "37", "báo cáo mới"])
    assert "Còn nữa" in page.css_first("main p").text()
    assert not page.css("img, .mark")


# Texts.


def test_a_text_is_escaped_loses_what_turns_it_round_and_is_cut() -> None:
    assert plain("a\u202eb\u2066c\x00") == "abc"
    assert len(plain("x" * 40_000)) < 700
    assert say("<b>", "&") == "<v-n>&lt;b&gt;</v-n><e-n>&amp;</e-n>"
    assert say("Hà Nội", None) == "Hà Nội"


@pytest.fixture(scope="module")
def hostile(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a warehouse in which every text of a document is an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    database = Path(shutil.copyfile(sample_home / "warehouse" / "par.duckdb", folder / "par.duckdb"))
    texts = {
        "dim_report": ["file_name"],
        "dim_source_file": ["file_name"],
        "fct_indicator_value": ["value_raw", "note", "row_code"],
        "fct_criterion_score": ["note", "explanation", "explanation_en"],
        "mart_quality_finding": ["message_vi", "message_en", "source_file_name"],
        "mart_open_quarantine": ["file_name", "reason_vi", "reason_en"],
        "mart_national_ranking": ["not_ranked_reason_vi", "no_movement_reason_vi", "decision"],
        "dim_criterion": ["criterion_name", "criterion_name_en", "source"],
        "dim_indicator": ["indicator_name", "indicator_name_en", "unit_name"],
    }
    with duckdb.connect(str(database)) as connection:
        for table, columns in texts.items():
            hit = ", ".join(f"case when {column} is not null then $text end as {column}" for column in columns)
            connection.execute(
                f"create or replace table marts.{table} as select * replace ({hit}) from marts.{table}",
                {"text": HOSTILE},
            )
        connection.execute("update marts.dim_report set report_number = ?", ["y" * 40_000])
    return build(database, folder / "site")


def test_no_text_of_a_document_becomes_markup(hostile: Path) -> None:
    for path in hostile.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        page = LexborHTMLParser(text)
        assert not page.css("img, iframe, [onerror]"), path
        assert len(page.css("script")) == 1, path
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", text), path
        assert "y" * 1_000 not in text, path


# A real browser, from disk.


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM)
        yield chromium
        chromium.close()


class Visit:
    """A page opened from disk; what it asked for and complained of."""

    def __init__(self, browser: Browser, folder: Path, **options: object) -> None:
        self.folder = folder
        self.page: Page = browser.new_context(**options).new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", self._asked)

    def _asked(self, request: object) -> None:
        if not request.url.startswith(f"{self.folder.as_uri()}/"):  # type: ignore[attr-defined]
            self.complaints.append(f"asked for {request.url}")  # type: ignore[attr-defined]

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.folder.as_uri()}/{path}")
        return self.page

    def first_column(self, column: int, table: str = "#xep-hang") -> list[str]:
        texts = self.page.locator(f"{table} tbody tr:visible > :nth-child({column})").all_inner_texts()
        return [text.strip() for text in texts]


@pytest.fixture
def visit(browser: Browser, folder: Path) -> Iterator[Visit]:
    visit = Visit(browser, folder)
    yield visit
    assert not visit.complaints
    visit.page.context.close()


@pytest.mark.browser
def test_a_heading_sorts_by_the_unrounded_value_and_names_by_the_vietnamese_alphabet(visit: Visit) -> None:
    page = visit.open("index.html")
    heads = page.locator("#xep-hang thead button")
    heads.nth(1).click()
    names = visit.first_column(2)

    assert names[:8] == [
        "An Giang",
        "Bà Rịa - Vũng Tàu",
        "Bạc Liêu",
        "Bắc Giang",
        "Bắc Kạn",
        "Bắc Ninh",
        "Bến Tre",
        "Bình Dương",
    ]
    assert names.index("Cần Thơ") < names.index("Đà Nẵng") < names.index("Gia Lai") < names.index("Hà Giang")
    heads.nth(2).click()
    heads.nth(2).click()
    ranks = [int(rank) for rank in visit.first_column(1) if rank != "–"]
    assert ranks == sorted(ranks)
    # Who has no value stands last both ways.
    assert visit.first_column(1)[-2:] == ["–", "–"]
    heads.nth(2).click()
    assert visit.first_column(1)[-2:] == ["–", "–"]


@pytest.mark.browser
def test_search_finds_a_name_written_without_its_marks(visit: Visit) -> None:
    page = visit.open("index.html")
    page.get_by_role("searchbox").fill("da n")

    assert sorted(visit.first_column(2)) == ["Đà Nẵng"]
    page.get_by_role("searchbox").fill("ha n")
    assert sorted(visit.first_column(2)) == ["Hà Nam", "Hà Nội"]
    assert page.locator("output").inner_text() == "2/63"


@pytest.mark.browser
def test_two_or_three_provinces_stand_side_by_side(visit: Visit) -> None:
    page = visit.open("index.html")
    rows = page.locator("#xep-hang tbody tr")
    shown = page.locator("#so-sanh")
    rows.nth(0).get_by_role("checkbox").check()
    assert not shown.is_visible()
    for number in (1, 2, 3):
        rows.nth(number).get_by_role("checkbox").check()

    # The fourth takes the place of the first.
    assert not rows.nth(0).get_by_role("checkbox").is_checked()
    assert shown.locator("thead th").all_inner_texts()[1:] == visit.first_column(2)[1:4]
    assert shown.locator("tr").nth(2).locator("td").all_inner_texts() == visit.first_column(3)[1:4]


@pytest.mark.browser
def test_the_language_turns_words_and_figures_and_goes_along_with_the_links(visit: Visit) -> None:
    page = visit.open("index.html")
    vietnamese = visit.first_column(3)
    page.get_by_role("button", name="English").click()

    assert page.locator("h1").inner_text() == "Ranking PAPI 2024"
    assert page.title() == "Ranking PAPI 2024"
    assert visit.first_column(3) == [text.replace(",", ".") for text in vietnamese]
    page.locator("#xep-hang tbody a").first.click()
    page.wait_for_url("**/tinh/*.html?lang=en*")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.get_by_text("Criteria that cost most").first.is_visible()
    page.get_by_role("button", name="Tiếng Việt").click()
    assert page.get_by_text("Tiêu chí mất nhiều điểm nhất").first.is_visible()


@pytest.mark.browser
def test_the_keyboard_reaches_everything(visit: Visit) -> None:
    page = visit.open("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "noi-dung"
    page.locator("#xep-hang thead button").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("#xep-hang thead th").nth(1).get_attribute("aria-sort") == "ascending"
    page.locator("#xep-hang tbody input").first.focus()
    page.keyboard.press("Space")
    assert page.locator("#xep-hang tbody input").first.is_checked()


@pytest.mark.browser
@pytest.mark.parametrize(("path", "provinces"), [("index.html", 63), ("xep_hang/par-2025-mo-phong.html", 34)])
def test_the_map_shows_every_unit_with_hoang_sa_and_truong_sa_and_leads_to_it(
    visit: Visit, path: str, provinces: int
) -> None:
    page = visit.open(path)
    tiles = page.locator(".map li")
    boxes = [tile.bounding_box() for tile in tiles.all()]

    assert page.locator(".map a").count() == provinces
    assert page.locator(".map .islands").all_inner_texts() == ["Hoàng Sa", "Trường Sa"]
    assert len({(box["x"], box["y"]) for box in boxes if box}) == provinces + 2
    page.locator(".map a", has_text="Hà Nội").click()
    page.wait_for_url("**/tinh/*")
    assert page.locator("h1").inner_text() == "Hà Nội"


@pytest.mark.browser
def test_a_figure_leads_to_its_card_and_on_to_the_row_of_the_report(visit: Visit) -> None:
    page = visit.open("linh_vuc/par-2025-mo-phong-1.html")
    row = page.locator("#bang-ten").locator("xpath=..").locator("tbody tr", has=page.get_by_text("Cao Bằng"))
    row.get_by_role("link").nth(1).click()
    card = page.locator(":target")
    assert card.is_visible()
    assert "Cao Bằng" in card.inner_text()
    card.get_by_role("link").click()
    page.wait_for_url("**/nguon/*")
    figure = page.locator(":target")
    assert figure.is_visible()
    assert page.locator("main").get_by_text("MO_PHONG_").first.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_is_wider_than_the_window(browser: Browser, folder: Path, width: int) -> None:
    visit = Visit(browser, folder, viewport={"width": width, "height": 800})
    for path in KINDS:
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert not visit.complaints


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, folder: Path, scheme: str) -> None:
    visit = Visit(browser, folder, color_scheme=scheme)
    for path in KINDS:
        results = Axe().run(visit.open(path))
        assert not results.violations_count, f"{path}\n{results.generate_report()}"
    visit.open("index.html").get_by_role("button", name="English").click()
    visit.page.locator("#xep-hang tbody input").nth(0).check()
    visit.page.locator("#xep-hang tbody input").nth(1).check()
    results = Axe().run(visit.page)
    assert not results.violations_count, results.generate_report()


@pytest.mark.browser
def test_without_script_the_page_is_whole_and_offers_nothing_dead(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder, java_script_enabled=False)
    page = visit.open("index.html")

    assert len(visit.first_column(2)) == 63
    assert page.locator("button:visible, input:visible").count() == 0
    assert not page.get_by_text("National mean").is_visible()
    assert not visit.complaints


@pytest.mark.browser
def test_the_mark_is_on_paper_too_and_controls_are_not(visit: Visit) -> None:
    page = visit.open("xep_hang/par-2025-mo-phong.html")
    page.emulate_media(media="print")

    assert page.locator(".mark").is_visible()
    assert not page.locator(".tools").is_visible()
    assert not page.locator("header").is_visible()


@pytest.mark.browser
def test_hostile_texts_do_nothing_in_a_browser(browser: Browser, hostile: Path) -> None:
    visit = Visit(browser, hostile)
    for path in (path for path in KINDS if path != "tinh.html"):
        page = visit.open(path)
        assert page.title() != "hit"
        page.get_by_role("button", name="English").click()
        assert page.title() != "hit"
    assert not visit.complaints
    assert "{{ 7*7 }}" in visit.open("nguon/35-1-2021-fy.html").locator("tbody").inner_text()
