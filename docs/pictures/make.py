"""The pictures of this folder, of the web page of the newest release (`make pictures`; needs Chromium).

In: PAR_HOME with a release of the sample. Out: docs/pictures/*.png, of few colours so that they stay small.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from orchestration.paths import exports
from orchestration.publishing.release import latest_release

# Name → page, width and height of the window, what to scroll to, colour scheme.
PICTURES = {
    "ranking": ("index.html", 1280, 820, "#bang", "light"),
    "map": ("index.html", 760, 1120, "#ban-do", "light"),
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
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(64)
            picture.save(Path(__file__).with_name(f"{name}.png"), optimize=True)


if __name__ == "__main__":
    main()
