"""What lies in the inbox is listed, whatever it is and is called; what cannot be read is named, not lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from orchestration.reading import digest, inbox
from orchestration.reading.refusal import Refused


@pytest.fixture
def box(tmp_path) -> Path:
    folder = tmp_path / "inbox"
    (folder / "2021-FY").mkdir(parents=True)
    return folder


@pytest.fixture
def open_box():
    """An inbox that another user may look into."""
    folder = Path(tempfile.mkdtemp(prefix="par-inbox-"))
    folder.chmod(0o755)
    (folder / "2021-FY").mkdir(mode=0o755)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def without_rights_later():
    """Called: be a user who is not root, so that rights count."""
    user = os.geteuid()

    def become() -> None:
        if user == 0:
            os.seteuid(65534)

    yield become
    os.seteuid(user)


def listed(box: Path) -> list[tuple[str, str | None]]:
    return [(inbox.path_in_period(box, file), file.trouble) for file in inbox.files(box)]


def put(box: Path, name: str, content: bytes = b"x") -> Path:
    path = box / "2021-FY" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_are_listed_in_the_order_of_their_paths_with_size_and_time(box):
    put(box, "b.docx", b"12")
    put(box, "a/c.docx")
    os.utime(box / "2021-FY" / "b.docx", ns=(5, 7_000_000_000))
    found = inbox.files(box)
    assert [inbox.path_in_period(box, file) for file in found] == ["a/c.docx", "b.docx"]
    assert (found[1].period, found[1].size, found[1].modified_ns) == ("2021-FY", 2, 7_000_000_000)


@pytest.mark.parametrize(
    "name",
    [
        "~$a.docx",
        ".DS_Store",
        ".hidden/a.docx",
        "a.docx.part",
        "a.docx.crdownload",
        "Thumbs.db",
        "thumbs.db",
        "desktop.ini",
        "a.docx:Zone.Identifier",
    ],
)
def test_what_programs_leave_behind_is_left_alone(box, name):
    put(box, name)
    assert listed(box) == []


@pytest.mark.parametrize(
    "name", ["a\nb.docx", "'; drop table x; --.docx", "-rf.docx", "$(x).docx", "[2026] {a} 'b'.docx"]
)
def test_odd_names_are_names(box, name):
    put(box, name)
    assert listed(box) == [(name, None)]


def test_a_name_that_is_not_utf8_is_listed_and_can_be_written_down(box):
    put(box, os.fsdecode("báo cáo.docx".encode("latin-1")))
    [(name, trouble)] = listed(box)
    assert (name, trouble) == (r"b\xe1o c\xe1o.docx", None)
    name.encode()


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("Hà Nam.docx".encode(), "Hà Nam.docx"),
        (b"H\xe0 Nam.docx", "Hà Nam.docx"),
        (b"Th\xe1i Bi\xccnh.docx", "Thái Bình.docx"),
        (b"Th\xe1i B\xecnh.docx", "Thái Bình.docx"),
        (b"\x81\xd2\xff.docx", r"\x81\xd2\xff.docx"),
    ],
)
def test_a_name_in_an_old_code_page_is_shown_readable(data, shown):
    text = digest.readable(os.fsdecode(data))
    text.encode()
    assert text == shown


def test_a_link_to_a_folder_is_followed_and_one_that_goes_in_circles_is_not(box, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "deep").mkdir(parents=True)
    (elsewhere / "deep" / "a.docx").write_bytes(b"1")
    (elsewhere / "deep" / "round").symlink_to(elsewhere)
    (box / "2021-FY" / "linked").symlink_to(elsewhere)
    assert listed(box) == [("linked/deep/a.docx", None)]


def test_a_link_back_to_the_inbox_or_to_nothing_is_named(box, tmp_path):
    put(box, "a.docx")
    (box / "2021-FY" / "all").symlink_to(box)
    (box / "2021-FY" / "gone.docx").symlink_to(tmp_path / "nothing.docx")
    (box / "2021-FY" / "root").symlink_to("/")
    (box / "2021-FY" / "self").symlink_to("self")
    assert listed(box) == [
        ("a.docx", None),
        ("all", "broken_link"),
        ("gone.docx", "broken_link"),
        ("root", "broken_link"),
        ("self", "broken_link"),
    ]


def test_a_pipe_is_named_and_not_waited_for(box):
    os.mkfifo(box / "2021-FY" / "pipe.docx")
    assert listed(box) == [("pipe.docx", "not_a_file")]


def test_a_linked_period_is_a_period(box, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.docx").write_bytes(b"1")
    (box / "2022-FY").symlink_to(tmp_path / "other")
    assert listed(box) == [("a.docx", None)]


def test_a_folder_without_rights_is_named(open_box, without_rights_later):
    put(open_box, "a.docx")
    put(open_box, "shut/b.docx")
    (open_box / "2021-FY" / "shut").chmod(0)
    without_rights_later()
    assert listed(open_box) == [("a.docx", None), ("shut", "no_rights")]


def test_a_file_without_rights_has_no_digest_but_a_reason(open_box, without_rights_later):
    path = put(open_box, "a.docx")
    path.chmod(0)
    without_rights_later()
    with pytest.raises(Refused) as refused:
        digest.of_file(path)
    assert refused.value.code == "no_rights"


def test_what_lies_outside_every_period_is_a_stray(box):
    put(box, "a.docx")
    (box / "loose.docx").write_bytes(b"1")
    (box / "2021").mkdir()
    (box / "2021" / "b.docx").write_bytes(b"1")
    (box / "2022-FY").write_bytes(b"a file that is called like a period")
    (box / "desktop.ini").write_bytes(b"1")
    (box / "gone").symlink_to(box / "nothing")
    assert [path.relative_to(box).as_posix() for path in inbox.strays(box)] == [
        "2021/b.docx",
        "2022-FY",
        "gone",
        "loose.docx",
    ]
    assert listed(box) == [("a.docx", None)]


def test_there_need_be_no_inbox(tmp_path):
    assert inbox.files(tmp_path / "nothing") == []
    assert inbox.strays(tmp_path / "nothing") == []


def test_a_large_file_is_hashed_by_blocks_and_once(tmp_path, monkeypatch):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(64 * 1024**2)
    calls = []
    hashed = digest.hashlib.file_digest
    monkeypatch.setattr(digest.hashlib, "file_digest", lambda *given: calls.append(1) or hashed(*given))
    first = digest.of_file(path)
    assert first == digest.of_file(path) and len(calls) == 1
    assert first == "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351"
    with path.open("r+b") as file:
        file.write(b"1")
    assert digest.of_file(path) != first
