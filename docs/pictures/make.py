"""Pictures of the newest release, web page and printed sheet, and of Dagster's pages after that run (`make pictures`).

In: PAR_HOME with a release of the sample; Chromium and LibreOffice. Out: PNG files beside this one, of few colours so
that they stay small.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pypdfium2
from PIL import Image
from playwright.sync_api import sync_playwright

from orchestration.chase import LATE, TITLES
from orchestration.paths import dagster_home, exports
from orchestration.publishing.release import latest_release

# Name → page, width and height of the window, what to scroll to, colour scheme.
PICTURES = {
    "ranking": ("index.html", 1280, 820, "#bang", "light"),
    "map": ("index.html", 760, 1300, "#ban-do", "light"),
    "province": ("tinh/35-1-ha-nam.html", 1280, 820, None, "dark"),
}
CHECKED = "assets/marts/mart_open_quarantine"
# Name → address in Dagster's UI, what is seen there when it has loaded, what to click then, height of the picture.
DAGSTER = {
    "dagster_catalog": ("assets", "int_annex_values", None, 620),
    "dagster_lineage": ("asset-groups", "publication", None, 620),
    "dagster_check": (f"{CHECKED}?view=checks&checkDetail=nothing_is_in_quarantine", "failing_rows", None, 860),
    "dagster_chase": ("assets/warehouse/to_chase?view=overview", "page", "Show Markdown", 860),
    # What the steps made is below; it holds the paths of this machine.
    "dagster_run": ("runs/{run}", "release", None, 350),
}


def main() -> None:
    release = latest_release(exports())
    if release is None:
        raise SystemExit("Chưa có bản công bố; hãy chạy `make run`. / There is no release yet; run `make run`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for name, (path, width, height, place, scheme) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto((release / "trang_web" / path).as_uri())
            if place:
                page.locator(place).evaluate("element => element.scrollIntoView()")
            save(Image.open(io.BytesIO(page.screenshot())), name)
        with dagster() as address:
            for name, (place, seen, click, height) in DAGSTER.items():
                page = browser.new_page(viewport={"width": 1440, "height": 860})
                page.goto(f"{address}/{place.format(run=last_run())}")
                page.get_by_text(seen).first.wait_for(timeout=120_000)
                if click:
                    page.get_by_text(click).first.click()
                    page.get_by_text(TITLES[LATE].vi).first.scroll_into_view_if_needed()
                # The page goes on asking for what is new; this long nothing has moved in it any more.
                page.wait_for_timeout(10_000)
                shown = page.screenshot(clip={"x": 0, "y": 0, "width": 1440, "height": height})
                save(Image.open(io.BytesIO(shown)), name)
    [book] = release.glob("tinh/35-ha-nam/*chi_tieu.xlsx")
    save(sheet(book, "CHỈ TIÊU THỐNG KÊ CẢI CÁCH HÀNH CHÍNH – NĂM 2021"), "workbook")


@contextmanager
def dagster() -> Iterator[str]:
    """The address of a web server that only shows, for as long as it is needed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("dagster-webserver")
    server = subprocess.Popen(
        [program, "--read-only", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)],
        env=os.environ | {"DAGSTER_HOME": str(dagster_home())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while "Serving" not in server.stdout.readline():
            pass
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def last_run() -> str:
    with dg.DagsterInstance.from_config(str(dagster_home())) as instance:
        return next(run.run_id for run in instance.get_runs(limit=20) if run.job_name == "national_ranking")


def sheet(book: Path, title: str) -> Image.Image:
    """The first printed page that has a title."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf"]
        subprocess.run([*command, "--outdir", folder, str(book)], check=True, capture_output=True)
        document = pypdfium2.PdfDocument(next(Path(folder).glob("*.pdf")).read_bytes())
        page = next(page for page in document if title in page.get_textpage().get_text_range())
        return page.render(scale=1.5).to_pil()


def save(picture: Image.Image, name: str) -> None:
    picture.convert("RGB").quantize(64).save(Path(__file__).with_name(f"{name}.png"), optimize=True)


if __name__ == "__main__":
    main()
