"""Files outside every period's folder go to the period that they speak of, never over another file."""

import container_factory as containers
import document_factory as factory
import pytest

from orchestration.reading import batch
from orchestration.reading.deciding import decide
from orchestration.reading.filing import file_strays


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox", tmp_path / "raw"


def report(province="Hà Nam", year=2021):
    return factory.make_txt(factory.sample_annex(), province, year)


def filed(folders):
    """Where each stray went, or that it stays, by its path in the inbox."""
    return {
        one.path.relative_to(folders[0]).as_posix(): one.target and one.target.relative_to(folders[0]).as_posix()
        for one in file_strays(*folders)
    }


def test_a_file_goes_where_it_says_whatever_it_and_its_folder_are_called(folders):
    inbox, _ = folders
    (inbox / "2021-fy").mkdir()
    (inbox / "2021-fy" / "a.txt").write_bytes(report())
    (inbox / "bao_cao.txt").write_bytes(report("Nam Định", 2022))
    assert filed(folders) == {"2021-fy/a.txt": "2021-FY/a.txt", "bao_cao.txt": "2022-FY/bao_cao.txt"}
    assert (inbox / "2022-FY" / "bao_cao.txt").read_bytes() == report("Nam Định", 2022)
    assert filed(folders) == {}


def test_a_parcel_goes_where_all_that_is_in_it_belongs_and_stays_where_that_is_two_places(folders):
    inbox, _ = folders
    (inbox / "one.zip").write_bytes(containers.zip_of({"a.txt": report(), "b.txt": report("Nam Định")}))
    (inbox / "two.zip").write_bytes(containers.zip_of({"a.txt": report(), "b.txt": report("Nam Định", 2022)}))
    assert filed(folders) == {"one.zip": "2021-FY/one.zip", "two.zip": None}
    [stays] = file_strays(*folders)
    assert "2021-FY, 2022-FY" in str(stays.why)


def test_a_file_that_speaks_of_no_period_stays_with_a_sentence(folders):
    inbox, _ = folders
    (inbox / "thu.txt").write_text("Kính gửi Bộ Nội vụ.", encoding="utf-8")
    [stays] = file_strays(*folders)
    assert stays.target is None
    assert "inbox/<kỳ>/" in str(stays.why)
    assert (inbox / "thu.txt").exists()


def test_another_file_of_the_name_is_not_overwritten_and_the_same_content_is_not_put_there_twice(folders):
    inbox, _ = folders
    (inbox / "2021-FY").mkdir()
    (inbox / "2021-FY" / "a.txt").write_bytes(report("Nam Định"))
    (inbox / "a.txt").write_bytes(report())
    assert filed(folders) == {"a.txt": "2021-FY/a (2).txt"}
    (inbox / "a.txt").write_bytes(report())
    [stays] = file_strays(*folders)
    assert stays.target is None
    assert "2021-FY/a (2).txt" in str(stays.why)


def test_a_decision_goes_to_the_file_that_it_is_about(folders):
    inbox, raw = folders
    (inbox / "2021-FY").mkdir()
    (inbox / "2021-FY" / "a.txt").write_bytes(report())
    batch.read_period(inbox, raw, "2021-FY")
    decision = decide(inbox, raw, "withdraw", "a.txt", "gửi nhầm", "Nguyễn Thị Ba")
    decision.rename(inbox / "mang_tu_noi_khac.csv")
    assert filed(folders) == {"mang_tu_noi_khac.csv": "2021-FY/mang_tu_noi_khac.csv"}
