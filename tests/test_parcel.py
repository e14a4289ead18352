"""Archives and mails: every file in them is read as one that lies in the inbox, and no parcel harms another."""

from __future__ import annotations

from email.message import EmailMessage
from functools import cache
from pathlib import Path

import olefile
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.reading import batch, parcel, raw
from orchestration.reading.formats import photo
from orchestration.reading.formats.detect import detect
from orchestration.reading.reader import QUARANTINED, read_bytes
from orchestration.reading.refusal import Refused
from tests.compound_file import compound_file, outlook_mail
from tests.container_factory import mail, seven, zip_of
from tests.document_factory import make_docx, make_html, make_txt, make_xlsx, sample_annex
from tests.photo_factory import Shot, make_photos

PERIOD = "2021-FY"


def report(seed: int, province: str) -> bytes:
    return make_docx(sample_annex(seed), province, 2021)


def zipped(**files: bytes) -> bytes:
    return zip_of({name.replace("_", "."): content for name, content in files.items()})


def ways(data: bytes) -> list[str]:
    return [member.way for member in parcel.members(data)]


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as raised:
        parcel.members(data)
    return raised.value.code


@pytest.mark.parametrize("pack", [zip_of, seven, mail, outlook_mail])
def test_what_was_packed_comes_out_byte_for_byte(pack) -> None:
    files = {"Báo cáo Hà Nam.docx": report(1, "Hà Nam"), "phụ lục.xlsx": make_xlsx(sample_annex(1))}
    assert {member.way: member.data for member in parcel.members(pack(files))} == files


def test_the_way_to_a_member_names_every_parcel_on_it() -> None:
    inner = zip_of({"thư mục/BC.docx": report(1, "Hà Nam")})
    assert ways(zip_of({"thu.eml": mail({"gửi.zip": inner})})) == ["thu.eml!/gửi.zip!/thư mục/BC.docx"]


def test_names_that_lead_out_of_the_folder_are_names_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zip_of({"../../x.docx": b"a", "/etc/y.docx": b"b", "..\\z.docx": b"c", "C:\\w.docx": b"d"}))
    found = parcel.unpack((path, tmp_path / "out"))
    assert [member.way for member in found] == ["x.docx", "etc/y.docx", "z.docx", "C:/w.docx"]
    assert all(member.path.resolve().is_relative_to(tmp_path / "out") for member in found)


def test_a_name_written_by_an_old_program_is_readable() -> None:
    made = zipped(a_txt=b"x").replace(b"a.txt", "Hà.tx".encode("cp1258"))
    assert ways(made) == ["Hà.tx"]


def test_files_that_a_system_leaves_behind_are_left_out() -> None:
    files = {"__MACOSX/._a.docx": b"x", "Thumbs.db": b"x", "~$a.docx": b"x", "a.txt": b"x"}
    assert ways(zip_of(files)) == ["a.txt"]


def test_the_sender_s_picture_in_a_mail_is_no_attachment() -> None:
    message = EmailMessage()
    message["From"] = "a@tinh.invalid"
    message.set_content("x")
    message.add_alternative("<p>x<img src='cid:logo'></p>", subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<logo>", filename="logo.png")
    message.add_attachment(b"report", maintype="application", subtype="pdf", filename="BC.pdf")
    assert ways(message.as_bytes()) == ["BC.pdf"]


def test_a_mail_without_attachment_is_its_text() -> None:
    (member,) = parcel.members(mail({}, "Báo cáo ở đây."))
    assert (member.way, "Báo cáo ở đây." in member.data.decode()) == ("thu.txt", True)


def test_a_mail_of_outlook_without_attachment_is_its_text() -> None:
    (member,) = parcel.members(outlook_mail({}, "Báo cáo ở đây."))
    assert (member.way, "Báo cáo ở đây." in member.data.decode()) == ("thu.txt", True)


def test_a_mail_of_outlook_gives_what_is_attached_to_mails_in_it_and_names_what_is_a_link() -> None:
    files, inner = {"BC.docx": report(1, "Hà Nam")}, {"phụ lục.xlsx": make_xlsx(sample_annex(1))}
    data = outlook_mail(files, mails={"Chuyển tiếp": inner, "Trống": {}}, links=("trên mạng.docx",))
    assert {member.way: member.data for member in parcel.members(data)} == {
        "BC.docx": files["BC.docx"],
        "Chuyển tiếp/phụ lục.xlsx": inner["phụ lục.xlsx"],
        "Trống/thu.txt": "\ufeffXin chuyển tiếp.".encode(),
        "trên mạng.docx": b"",
    }


def test_a_compound_file_is_what_another_reader_says() -> None:
    streams = {"a": b"x" * 10, "b/c": b"y" * 5000, "b/d": b"z" * 4096, "e": bytes(70_000), "b/f/g": b""}
    with olefile.OleFileIO(compound_file(streams)) as opened:
        assert {path: opened.openstream(path).read() for path in streams} == streams


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zip_of({}), "parcel_without_report"),
        (zip_of({"Thumbs.db": b"x"}), "parcel_without_report"),
        (seven({"a.docx": b"x"}, password="1"), "password"),
        (seven({"a.docx": b"x" * 5000})[:-20], "truncated"),
        (zip_of({"a.txt": bytes(40 << 20)}), "zip_bomb"),
        (zip_of({f"{n}.txt": b"x" for n in range(parcel.MAX_MEMBERS + 1)}), "zip_bomb"),
        (
            zip_of({"a.zip": zip_of({"b.zip": zip_of({"c.zip": zip_of({"d.zip": zipped(e_txt=b"x")})})})}),
            "parcel_too_deep",
        ),
    ],
    ids=["nothing", "nothing of use", "password", "cut", "bomb", "too many", "too deep"],
)
def test_a_parcel_that_cannot_be_opened_says_why(data: bytes, code: str) -> None:
    assert refusal(data) == code
    read = read_bytes(data, f"{PERIOD}/x.zip")
    assert (read.status, read.refusal and read.refusal.code) == (QUARANTINED, code)


@given(st.integers(0, 4000), st.binary(min_size=1, max_size=8), st.sampled_from(["zip", "7z", "eml"]))
@example(1470, b"\0", "zip")  # a member without a name
@settings(max_examples=60)
def test_a_damaged_parcel_is_opened_or_refused(at: int, rubbish: bytes, kind: str) -> None:
    data = {"zip": zip_of, "7z": seven, "eml": mail}[kind]({"a.txt": b"abc" * 200, "b.docx": b"PK" * 100})
    damaged = data[: at % len(data)] + rubbish + data[at % len(data) + len(rubbish) :]
    if parcel.is_parcel(damaged):
        try:
            assert all(member.data for member in parcel.members(damaged))
        except Refused as refused:
            assert refused.sentence.vi


@pytest.mark.parametrize(
    ("data", "kind"),
    [(zip_of({"a.txt": b"x"}), "zip"), (seven({"a.txt": b"x"}), "7z"), (mail({"a.txt": b"x"}), "eml")],
)
def test_content_tells_a_parcel(data: bytes, kind: str) -> None:
    assert detect(data) == kind


# In the inbox


class Home:
    def __init__(self, folder: Path) -> None:
        self.inbox, self.raw = folder / "inbox", folder / "raw"

    def put(self, name: str, content: bytes) -> Path:
        path = self.inbox / PERIOD / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def run(self) -> dict[str, tuple[str, bool]]:
        """inbox_path → reason or status, and whether it is in the inbox."""
        batch.read_period(self.inbox, self.raw, PERIOD)
        rows = raw.documents(self.raw, PERIOD).values()
        return {row["inbox_path"]: (row["reason_code"] or row["status"], row["is_in_inbox"]) for row in rows}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize("pack", [zip_of, seven, mail, outlook_mail])
def test_a_file_of_no_bytes_is_refused_by_its_name(pack, home) -> None:
    home.put("gui", pack({"trống.docx": b"", "Hà Nam.docx": report(1, "Hà Nam")}))
    assert home.run() == {"gui!/trống.docx": ("empty", True), "gui!/Hà Nam.docx": ("accepted", True)}


def test_two_reports_in_one_zip_are_two_reports(home: Home) -> None:
    home.put("gui.zip", zip_of({"35.docx": report(1, "Hà Nam"), "36.docx": report(2, "Nam Định"), "kh.txt": b"abc"}))
    assert home.run() == {
        "gui.zip!/35.docx": ("accepted", True),
        "gui.zip!/36.docx": ("accepted", True),
        "gui.zip!/kh.txt": ("no_annex", True),
    }
    assert batch.periods_to_run(home.inbox, home.raw) == []


def test_a_zip_in_a_mail_in_a_zip_is_read_beside_what_lies_there(home: Home) -> None:
    home.put("35.txt", make_txt(sample_annex(1), "Hà Nam", 2021))
    inner = zip_of({"BC.html": make_html(sample_annex(2), "Nam Định", 2021)})
    home.put("x.zip", zip_of({"thu.eml": mail({"g.zip": inner})}))
    assert home.run() == {"35.txt": ("accepted", True), "x.zip!/thu.eml!/g.zip!/BC.html": ("accepted", True)}


def test_a_bomb_in_a_mail_is_quarantined_and_what_lies_beside_it_is_read(home: Home) -> None:
    bomb = zip_of({"a.txt": bytes(40 << 20)})
    home.put("bom.eml", mail({"a.zip": bomb, "35.docx": report(1, "Hà Nam")}))
    assert home.run() == {"bom.eml!/a.zip": ("zip_bomb", True), "bom.eml!/35.docx": ("accepted", True)}


def test_a_parcel_taken_away_takes_its_members_along_and_brings_them_back(home: Home) -> None:
    path = home.put("gui.7z", seven({"35.docx": report(1, "Hà Nam")}))
    assert home.run() == {"gui.7z!/35.docx": ("accepted", True)}
    data = path.read_bytes()
    path.unlink()
    assert home.run() == {"gui.7z!/35.docx": ("accepted", False)}
    assert list(raw.parcels(home.raw, PERIOD).iterdir()) == []
    path.write_bytes(data)
    assert home.run() == {"gui.7z!/35.docx": ("accepted", True)}


def test_a_report_that_lies_there_and_in_a_zip_is_one_report(home: Home) -> None:
    home.put("35.docx", report(1, "Hà Nam"))
    home.put("gui.zip", zip_of({"35.docx": report(1, "Hà Nam")}))
    assert home.run() == {"35.docx": ("accepted", True)}


def test_where_members_were_lost_the_parcel_is_opened_again(home: Home) -> None:
    home.put("gui.zip", zip_of({"35.docx": report(1, "Hà Nam")}))
    home.run()
    parcel.keep_only(raw.parcels(home.raw, PERIOD), ())
    assert batch.periods_to_run(home.inbox, home.raw) == [PERIOD]
    assert home.run() == {"gui.zip!/35.docx": ("accepted", True)}


# Pictures of one report

PAGES = cache(lambda: make_photos(sample_annex(1), shot=Shot(wide=1500)))


def names_of_pages(stem: str = "BC Ha Nam_") -> dict[str, bytes]:
    return {f"{stem}{number}.jpg": page for number, page in enumerate(PAGES(), 1)}


@pytest.mark.parametrize(
    ("names", "runs"),
    [
        (["a_2.jpg", "a_1.jpg", "a_3.jpg"], [["a_1.jpg", "a_2.jpg", "a_3.jpg"]]),
        (["a_10.jpg", *(f"a_{n}.jpg" for n in range(1, 10))], [[f"a_{n}.jpg" for n in range(1, 11)]]),
        (["BC (1).jpg", "BC (2).png"], [["BC (1).jpg", "BC (2).png"]]),
        (["0.jpg", "1.jpg"], [["0.jpg", "1.jpg"]]),
        (["a_1.jpg", "a_2.jpg", "b_1.jpg", "b_2.jpg"], [["a_1.jpg", "a_2.jpg"], ["b_1.jpg", "b_2.jpg"]]),
        (["a_1.jpg", "a_3.jpg"], []),
        (["35.jpg", "36.jpg"], []),
        (["a_1.jpg", "b_2.jpg"], []),
        (["a.jpg"], []),
    ],
)
def test_pictures_numbered_from_one_without_a_gap_are_of_one_report(names: list[str], runs: list[list[str]]) -> None:
    assert [[names[at] for at in run] for run in photo.runs_of(names)] == runs


@pytest.mark.slow
def test_the_same_pictures_give_the_same_file() -> None:
    assert photo.pdf_of(PAGES()[:2]) == photo.pdf_of(PAGES()[:2])


def test_a_picture_that_cannot_be_opened_leaves_the_others_what_they_are() -> None:
    files = {"a_1.jpg": PAGES()[0], "a_2.jpg": PAGES()[1][:300]}
    assert ways(zip_of(files)) == ["a_1.jpg", "a_2.jpg"]


@pytest.mark.ocr
@pytest.mark.slow
def test_photos_of_the_pages_are_one_report_in_a_mail_and_in_a_folder(home: Home) -> None:
    home.put("thu.eml", mail(names_of_pages()))
    assert home.run() == {"thu.eml!/BC Ha Nam_1-7.pdf": ("accepted", True)}
    for name, page in names_of_pages().items():
        home.put(f"ảnh/{name}", page)
    assert home.run() == {"thu.eml!/BC Ha Nam_1-7.pdf": ("accepted", True)}
    (home.inbox / PERIOD / "thu.eml").unlink()
    assert home.run() == {"ảnh/BC Ha Nam_1.jpg!/BC Ha Nam_1-7.pdf": ("accepted", True)}
    assert batch.periods_to_run(home.inbox, home.raw) == []


@pytest.mark.ocr
@pytest.mark.slow
def test_a_page_that_comes_later_makes_the_report_whole(home: Home) -> None:
    *pages, last = names_of_pages().items()
    for name, page in pages:
        home.put(name, page)
    assert set(home.run().values()) == {("annex_cut_short", True)}
    home.put(*last)
    assert batch.periods_to_run(home.inbox, home.raw) == [PERIOD]
    assert home.run() == {
        "BC Ha Nam_1.jpg!/BC Ha Nam_1-6.pdf": ("annex_cut_short", False),
        "BC Ha Nam_1.jpg!/BC Ha Nam_1-7.pdf": ("accepted", True),
    }


def test_parcels_are_opened_where_they_can_do_no_harm(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    here = []
    monkeypatch.setattr(parcel, "members", here.append)
    home.put("gui.zip", zip_of({"35.docx": report(1, "Hà Nam")}))
    assert (home.run(), here) == ({"gui.zip!/35.docx": ("accepted", True)}, [])
