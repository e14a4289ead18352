"""The appeal pack as a workbook: its figures are those of the marts, and a cut-out lies beside its figure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pypdfium2
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

from orchestration.publishing import appeal_book, site
from orchestration.publishing.facts import Facts
from orchestration.publishing.print import appeal
from orchestration.publishing.print.standing import Nation
from orchestration.publishing.product import Product
from orchestration.publishing.table import SIMULATED_MARK, Method, open_warehouse

pytestmark = pytest.mark.slow
HA_NAM, HA_NOI = "tinh/35-ha-nam/ho_so_giai_trinh", "tinh/01-ha-noi/MO_PHONG_ho_so_giai_trinh"
# Of 3.1.3 in the real report, which is a Word file: table 2, row 27, no page.
PLACE = "pNone_t2_r27_value.png"


@pytest.fixture(scope="module")
def raw_root(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw/ in which one cell of the real report has a cut-out."""
    [(sha256,)] = rows(
        sample_home,
        "select file_sha256 from marts.dim_report where report_key = any (select report_key"
        " from marts.dim_report where province_key = '35.1' and period_key = '2021-FY' and is_current)",
    )
    root = tmp_path_factory.mktemp("raw")
    picture = root / "crops" / "period=2021-FY" / str(sha256) / PLACE
    picture.parent.mkdir(parents=True)
    Image.linear_gradient("L").resize((240, 80)).save(picture)
    return root


def rows(home: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse" / "par.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def facts(sample_home: Path, raw_root: Path) -> Iterator[Facts]:
    with open_warehouse(sample_home / "warehouse" / "par.duckdb") as connection:
        yield Facts(connection, raw_root)


@pytest.fixture(scope="module")
def products(facts: Facts) -> dict[str, Product]:
    nation = Nation(facts)
    return {product.path: product for product in (*appeal_book.products(nation), *appeal.products(nation))}


@pytest.fixture(scope="module")
def book(products: dict[str, Product], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Worksheet]]:
    folder = tmp_path_factory.mktemp("books")
    found = {}
    for number, stem in enumerate((HA_NAM, HA_NOI)):
        path = folder / f"{number}.xlsx"
        products[f"{stem}.xlsx"].write(path)
        found[stem] = {page.title: page for page in openpyxl.load_workbook(path)}
    return found


def table(page: Worksheet) -> list[dict[str, object]]:
    cells = list(page.iter_rows(values_only=True))
    top = next(number for number, row in enumerate(cells) if row[1] is not None)
    return [dict(zip(cells[top], row, strict=True)) for row in cells[top + 1 :]]


def test_a_workbook_lies_beside_every_pack(products: dict[str, Product]) -> None:
    packs = {path.removesuffix(".pdf") for path in products if path.endswith(".pdf")}
    assert packs == {path.removesuffix(".xlsx") for path in products if path.endswith(".xlsx")}
    assert {HA_NAM, HA_NOI} <= packs


@pytest.mark.parametrize(("stem", "key", "year"), [(HA_NAM, "35.1", 2021), (HA_NOI, "01.1", 2025)])
def test_every_criterion_is_that_of_the_marts(
    book: dict[str, dict[str, Worksheet]], sample_home: Path, stem: str, key: str, year: int
) -> None:
    suffix = " (MP)" if stem == HA_NOI else ""
    expected = rows(
        sample_home,
        f"""
        select criterion_code, max(max_points)::double, max(points) filter (where basis = 'self')::double,
            max(points) filter (where basis = 'verified')::double,
            max(points) filter (where basis = 'computed')::double,
            max(points) filter (where is_governing)::double
        from marts.fct_criterion_score
        where province_key = '{key}' and report_year = {year} and index_code = 'PAR' and is_leaf group by criterion_code
        """,
    )
    columns = ("Mã", "Tối đa", "Tự chấm", "Thẩm định", "Tính lại", "Được tính")
    shown = [tuple(row[column] for column in columns) for row in table(book[stem][f"Từng tiêu chí PAR {year}{suffix}"])]
    assert len(expected) == 71
    assert set(expected) <= set(shown)
    open_gaps = rows(
        sample_home,
        "select criterion_code, claimed_points::double, accepted_points::double, gap_points::double from "
        f"marts.mart_score_gap where province_key = '{key}' and report_year = {year} and gap_points > 0",
    )
    columns = ("Mã", "Tự chấm", "Thẩm định", "Chênh")
    gaps = table(book[stem][f"Chưa chấp nhận PAR {year}{suffix}"])
    assert sorted(tuple(row[column] for column in columns) for row in gaps) == sorted(open_gaps)  # type: ignore[type-var]


def test_a_figure_has_its_number_its_print_and_its_place(book: dict[str, dict[str, Worksheet]]) -> None:
    shown = {
        (row["Số liệu"], row["In trong báo cáo"], row["Chỗ in"])
        for row in table(book[HA_NAM]["Số liệu PAR 2021"])
        if row["Mã dòng"] == "3.1.3"
    }
    assert shown == {(1921, "1.921", "bảng 2, dòng 27")}


def test_made_up_sheets_are_marked_and_real_ones_never(book: dict[str, dict[str, Worksheet]]) -> None:
    assert all(page["A1"].value == SIMULATED_MARK for page in book[HA_NOI].values())
    assert not any(page["A1"].value == SIMULATED_MARK for page in book[HA_NAM].values())


def test_a_cut_out_lies_beside_its_figure_in_workbook_pack_and_page(
    book: dict[str, dict[str, Worksheet]], products: dict[str, Product], facts: Facts, tmp_path: Path, raw_root: Path
) -> None:
    page = book[HA_NAM]["Số liệu PAR 2021"]
    shown = [picture.anchor._from.row + 1 for picture in page._images]
    assert shown == [row for row in range(1, page.max_row + 1) if page.cell(row, 2).value == "3.1.3"]
    # As high as it is drawn, the whole picture lies in its row.
    assert all(page.row_dimensions[row].height >= 0.75 * 80 * (18 * 7 - 6) / 240 for row in shown)
    products[f"{HA_NAM}.pdf"].write(tmp_path / "pack.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "pack.pdf")
    images = [one for sheet in document for one in sheet.get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert len(images) == len(shown) > 0
    site.product(facts, [], [], Method("", ""), SIMULATED_MARK).write(tmp_path / "page")
    html = (tmp_path / "page" / "nguon" / "35-1-2021-fy.html").read_text(encoding="utf-8")
    [line] = [part for part in html.split("<tr ") if "<img" in part]
    assert "3.1.3" in line
    source = line.split('<img src="')[1].split('"')[0]
    copied = Image.open(tmp_path / "page" / "nguon" / source)
    original = Image.open(next(raw_root.rglob("*.png")))
    assert copied.size == original.size == (240, 80)
    assert all(abs(one - other) < 32 for one, other in zip(copied.tobytes(), original.tobytes(), strict=True))


def test_two_workbooks_of_one_warehouse_are_byte_equal(products: dict[str, Product], tmp_path: Path) -> None:
    for name in ("one", "two"):
        products[f"{HA_NAM}.xlsx"].write(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
