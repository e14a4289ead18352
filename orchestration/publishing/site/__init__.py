"""The web page of a release: a folder that opens from disk, without a server, a network or, if need be, a script.

In: facts, the other products of the release and its published tables. Out: trang_web/, the same bytes for equal facts.
Not here: any figure that no mart has, and anything fetched: one stylesheet, one script and
cut-outs of scanned cells are all that a page loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.publishing.facts import Facts, Row
from orchestration.publishing.product import ALWAYS_NEW, Product
from orchestration.publishing.site.markup import TEMPLATES, environment
from orchestration.publishing.site.pages import Site, TableFiles
from orchestration.publishing.table import Method
from orchestration.sentence import Sentence

FOLDER = "trang_web"
TITLE = Sentence("Trang web (mở index.html)", "Web page (open index.html)")
STYLE = "trang.css"
SCRIPT = "trang.js"


def product(
    facts: Facts,
    others: Sequence[Product],
    tables: Sequence[TableFiles],
    method: Method,
    mark: str | None,
    *,
    changes: Sequence[Row] = (),
) -> Product:
    """The folder as a product; `others` and the files of `tables` are what its page of downloads leads to.

    changes: what differs from the release before, one row a change; without one there is no page of changes.
    mark: what a page with a made-up figure carries; a page without one never does.
    """
    site = Site(facts, others, tables, method, changes=changes)
    return Product(FOLDER, TITLE, mark is not None, ALWAYS_NEW, lambda folder: write(site, folder, mark or ""))


def write(site: Site, folder: Path, mark: str) -> None:
    """Write every page, the stylesheet and the script below `folder`."""
    templates = environment()
    for page in site.pages():
        path = folder / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        root = "../" * page.path.count("/")
        text = templates.get_template(page.template).render(
            page.content, page=page, site=site, root=root, mark=mark, style=STYLE, script=SCRIPT
        )
        path.write_text(text, encoding="utf-8", newline="\n")
        for name, png in page.pictures.items():
            picture = folder / name
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_bytes(png)
    style = templates.get_template(STYLE).render()
    (folder / STYLE).write_text(style, encoding="utf-8", newline="\n")
    (folder / SCRIPT).write_bytes((TEMPLATES / SCRIPT).read_bytes())
