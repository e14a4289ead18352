"""Inbox, raw/ and releases in an object store, against a server that speaks S3."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import document_factory as factory
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from pipeline import SAMPLE, tree

from orchestration.sentence import ToldError
from orchestration.store import Mirror

pytestmark = pytest.mark.slow

KEYS = {"AWS_ACCESS_KEY_ID": "an", "AWS_SECRET_ACCESS_KEY": "an", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The name of an empty bucket that fsspec finds by the settings that its users know."""
    for name, text in (KEYS | {"AWS_ENDPOINT_URL": endpoint}).items():
        monkeypatch.setenv(name, text)
    name = f"b{abs(hash(request.node.name))}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


def mirror(url: str, folder: Path) -> Mirror:
    return Mirror(url, folder, folder.with_name(f".{folder.name}.json"))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_put_is_brought_to_another_host(bucket: str, tmp_path: Path) -> None:
    here, there = mirror(f"s3://{bucket}/raw", tmp_path / "a"), mirror(f"s3://{bucket}/raw", tmp_path / "b")
    write(here.folder / "documents" / "period=2021-FY" / "rows.parquet", "một")
    write(here.folder / "blocks" / "period=2021-FY" / "rows.parquet", "hai")
    write(here.folder / "blocks" / ".half.parquet", "dở")
    assert here.put() == 2
    assert here.put() == 0
    assert there.bring() == 2
    assert tree(there.folder) == {name: digest for name, digest in tree(here.folder).items() if ".half" not in name}


def test_a_change_is_told_by_content_and_not_by_time(bucket: str, tmp_path: Path) -> None:
    here, there = mirror(f"s3://{bucket}/inbox", tmp_path / "a"), mirror(f"s3://{bucket}/inbox", tmp_path / "b")
    path = write(here.folder / "2021-FY" / "a.txt", "1.921")
    here.put()
    there.bring()
    before = path.stat()
    write(path, "1.912")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert here.put() == 1
    assert there.bring() == 1
    assert (there.folder / "2021-FY" / "a.txt").read_text(encoding="utf-8") == "1.912"


def test_what_leaves_the_store_leaves_the_folder_and_what_was_written_here_stays(bucket: str, tmp_path: Path) -> None:
    here, there = mirror(f"s3://{bucket}/inbox", tmp_path / "a"), mirror(f"s3://{bucket}/inbox", tmp_path / "b")
    path = write(here.folder / "2021-FY" / "a.txt", "a")
    here.put()
    there.bring()
    write(there.folder / "2021-FY" / "quyet_dinh.csv", "rút")
    path.unlink()
    here.put()
    there.bring()
    here.bring()
    assert list(tree(there.folder)) == ["2021-FY/quyet_dinh.csv"]
    assert tree(here.folder) == tree(there.folder)


def test_the_documents_are_put_last(tmp_path: Path) -> None:
    here = mirror((tmp_path / "store").as_uri(), tmp_path / "raw")
    for table in ("documents", "annex_rows", "score_rows"):
        write(here.folder / table / "period=2021-FY" / "rows.parquet", table)
    here.put()
    times = {path.parts[-3]: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("rows.parquet")}
    assert times["documents"] > max(times["annex_rows"], times["score_rows"])


def test_a_store_that_does_not_answer_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for name, text in KEYS.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(ToldError, match="không dùng được"):
        mirror("s3://nowhere/inbox", tmp_path / "a").bring()


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y/z", "w"]), st.sampled_from(["", "1", "2"])),
        max_size=12,
    )
)
def test_after_both_have_put_and_brought_they_are_alike(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str]]
) -> None:
    """Any order of writing and taking away on two hosts, each in step with the store before and after it acts."""
    root = tmp_path_factory.mktemp("hosts")
    url = (root / "store").as_uri()
    hosts = {name: mirror(url, root / name) for name in "ab"}
    truth: dict[str, str] = {}
    for host, name, text in steps:
        hosts[host].bring()
        if text:
            truth[name] = text
            write(hosts[host].folder / name, text)
        elif truth.pop(name, None) is not None:
            (hosts[host].folder / name).unlink()
        hosts[host].put()
    for host in hosts.values():
        host.bring()
        assert {name: (host.folder / name).read_text(encoding="utf-8") for name in tree(host.folder)} == truth


@pytest.mark.slow
def test_the_whole_job_with_inbox_raw_and_releases_in_a_store(bucket: str, tmp_path: Path) -> None:
    client = boto3.client("s3")
    client.upload_file(str(SAMPLE), bucket, f"inbox/2021-FY/{SAMPLE.name}")
    report = factory.make_docx(factory.sample_annex(seed=11), "Nam Định", 2021)
    client.put_object(Bucket=bucket, Key="inbox/2021-FY/nam_dinh.docx", Body=report)
    urls = {f"PAR_{name.upper()}_URL": f"s3://{bucket}/{name}" for name in ("inbox", "raw", "exports")}
    par = [sys.executable, "-c", "from orchestration.cli import main; main()", "run"]

    home = tmp_path / "home"
    settings = os.environ | urls | {"PAR_HOME": str(home), "PAR_NOW": "2022-01-10T08:00:00+07:00"}
    done = subprocess.run(par, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # Another host has the readings and the release from the store, to the byte.
    for name, folder in (("raw", home / "raw"), ("exports", home / "warehouse" / "exports")):
        mirror(f"s3://{bucket}/{name}", tmp_path / name).bring()
        seen = {key: digest for key, digest in tree(folder).items() if not key.startswith(("inbox/", ".", "latest"))}
        assert tree(tmp_path / name) == seen
        assert any(key.endswith(("rows.parquet", "release.json")) for key in seen)
