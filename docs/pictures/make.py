"""Pictures of the newest release: of its web page, and of a sheet as it is printed (`make pictures`).

In: PAR_HOME with a release of the sample; Chromium and LibreOffice. Out: PNG files beside this one, of few colours so
that they stay small.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import sync_playwright

from orchestration.paths import exports
from orchestration.publishing.release import latest_release

# Name → page, width and height of the window, what to scroll to, colour scheme.
PICTURES = {
    "ranking": ("index.html", 1280, 820, "#bang", "light"),
    "map": ("index.html", 760, 1300, "#ban-do", "light"),
    "province": ("tinh/35-1-ha-nam.html", 1280, 820, None, "dark"),
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
    [book] = release.glob("tinh/35-ha-nam/*chi_tieu.xlsx")
    save(sheet(book, "CHỈ TIÊU THỐNG KÊ CẢI CÁCH HÀNH CHÍNH – NĂM 2021"), "workbook")


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
