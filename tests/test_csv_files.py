"""The two kinds of CSV: what a program reads back, and what a spreadsheet of either country makes of them."""

import csv
import io
import re
import subprocess
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.publishing import csv_files

# Each a number that a spreadsheet of the other country could read as another one.
NUMBERS = ["87.089", "100", "1234.567", "0.125", "1921", "-1.5", "1000000", "12.3456", "999.999", "-2.500000", "0"]
TEXTS = ["01.1", "1.617", "1,617", "00123", "1E5", "1/2", "31/12/2024", "12 Jan 2024", "TRUE", "5 %", "1:30", "2021-FY"]
HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "＝1+1",
    "\t=1+1",
    '<script>alert("1")</script>',
    "x" * 40_000,
]


def table(texts: list[str]) -> pa.Table:
    numbers = [Decimal(number) for number in NUMBERS]
    rows = max(len(texts), len(numbers))
    fill = [None] * rows
    return pa.table(
        {
            "text": pa.array([*texts, *fill][:rows], pa.string()),
            "number": pa.array([*numbers, *fill][:rows], pa.decimal128(18, 6)),
            "double": pa.array([*map(float, numbers), *fill][:rows], pa.float64()),
            "day": pa.array([date(2024, 5, 4), *fill][:rows], pa.date32()),
        }
    )


def read(path: Path, delimiter: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=delimiter))


def test_for_programs_it_is_rfc_4180_and_every_value_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    csv_files.write_for_programs(table(TEXTS), path)

    data = path.read_bytes()
    assert data.startswith(b"text,number,double,day\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == len(TEXTS) + 1
    rows = read(path, ",")
    assert [row["text"] for row in rows] == TEXTS
    assert [Decimal(row["number"]) for row in rows if row["number"]] == [Decimal(number) for number in NUMBERS]
    assert [row["day"] for row in rows[:2]] == ["2024-05-04", ""]


def test_truth_and_time_have_words_for_people_and_iso_for_programs(tmp_path: Path) -> None:
    rows = pa.table({"at": [datetime(2021, 12, 24, 8, 5)], "is": [True], "no": [False], "nothing": [None]})
    csv_files.write_for_programs(rows, tmp_path / "a.csv")
    csv_files.write_for_spreadsheets(rows, tmp_path / "b.csv")

    assert list(read(tmp_path / "a.csv", ",")[0].values()) == ["2021-12-24T08:05:00", "true", "false", ""]
    assert list(read(tmp_path / "b.csv", ";")[0].values()) == ["2021-12-24 08:05:00", "có", "không", ""]


def test_for_spreadsheets_it_has_a_byte_order_mark_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    csv_files.write_for_spreadsheets(table(["Hà Nội"]), path)

    assert path.read_bytes().startswith(
        "\ufefftext;number;double;day\r\nHà Nội;87,0890;87,0890;2024-05-04\r\n".encode()
    )


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_a_spreadsheet_would_run_or_trim_into_a_formula_gets_an_apostrophe(first: str) -> None:
    # The list is OWASP's, with the wide forms that spreadsheets of East Asia take for the same signs.
    assert csv_files.guarded(f"{first}1+1") == f"'{first}1+1"
    assert csv_files.guarded(f"1{first}1") == f"1{first}1"


@pytest.mark.parametrize("text", [text for text in TEXTS if text != "2021-FY"])
def test_a_text_that_a_spreadsheet_would_change_keeps_its_letters(text: str) -> None:
    assert csv_files.kept_as_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Hà Nội", "2021-FY", "PAPI 2011–2015 (UNDP/CECODES)", "tỉnh", "892/QĐ-BNV", ""])
def test_a_text_that_stays_one_is_left_alone(text: str) -> None:
    assert csv_files.kept_as_text(text) == text


def test_what_turns_a_text_round_is_taken_out_for_people() -> None:
    assert csv_files.kept_as_text("a\u202eLTR\u202c\u2066b") == "aLTRb"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=5))
def test_any_text_comes_back_and_none_can_run(texts: list[str]) -> None:
    guarded = [csv_files.guarded(text) for text in texts]

    assert not any(text[:1] in "=+-@\t\r\n＝＋－＠" for text in guarded if text)
    assert all(
        text.removeprefix("'") == original.removeprefix("'") for text, original in zip(guarded, texts, strict=True)
    )
    line = io.StringIO(newline="")
    csv.writer(line).writerow(guarded)
    assert next(csv.reader(io.StringIO(line.getvalue(), newline=""))) == guarded


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**17), max_value=10**17))
def test_a_number_is_the_same_number_and_never_has_three_decimals(value: Decimal) -> None:
    text = csv_files.number(value)

    assert Decimal(text) == value
    assert re.fullmatch(r"-?\d+(\.\d{1,2}|\.\d{4,})?", text)
    assert csv_files.number_with_comma(value).replace(",", ".") == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_same_float(value: float) -> None:
    assert float(csv_files.number(value)) == value


@pytest.mark.office
@pytest.mark.parametrize(("locale", "at_home"), [("1066", "spreadsheets"), ("1033", "programs")])
def test_no_spreadsheet_makes_another_number_of_one_or_a_number_of_a_key(
    tmp_path: Path, locale: str, at_home: str
) -> None:
    """`locale` is vi-VN or en-US: there the file made for it arrives whole, and the other one arrives without a wrong
    number: what is not understood stays a text."""
    texts = [*TEXTS, *HOSTILE]
    writers = {
        "spreadsheets": (csv_files.write_for_spreadsheets, "59"),
        "programs": (csv_files.write_for_programs, "44"),
    }
    for kind, (write, separator) in writers.items():
        path = tmp_path / f"{kind}.csv"
        write(table(texts), path)
        # Separator, quote, UTF-8, from line 1, language; texts in quotes may be numbers, numbers and days are found.
        options = f"CSV:{separator},34,76,1,,{locale},false,true"
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = ["soffice", "--headless", profile, f"--infilter={options}", "--convert-to", "xlsx", "--outdir"]
        subprocess.run([*command, str(tmp_path), str(path)], check=True, capture_output=True, timeout=300)
        sheet = openpyxl.load_workbook(path.with_suffix(".xlsx")).active
        rows = list(sheet.iter_rows(min_row=2))
        assert not [cell.coordinate for row in rows for cell in row if cell.data_type == "f"]
        for row, expected in zip(rows, NUMBERS, strict=False):
            for cell in row[1:3]:
                arrived = cell.value
                if kind == at_home:
                    assert isinstance(arrived, int | float), (expected, arrived)
                if isinstance(arrived, int | float):
                    assert arrived == pytest.approx(float(expected), rel=1e-12), cell.coordinate
        assert rows[0][3].value == datetime(2024, 5, 4)
        if kind == "spreadsheets":
            shown = [str(row[0].value) for row in rows]
            assert [text.lstrip("'") for text in shown[: len(TEXTS)]] == TEXTS
            assert all(row[0].data_type == "s" for row in rows)
