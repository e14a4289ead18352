"""A product: one file or folder of a release, what it is made from, and how it is written.

In: facts and a mark, given to the module that makes the product. Out: Product records for release.py.
Not here: what stands in any of them.

A file whose `made_from` is that of the release before is taken over from it byte for byte, so one more report costs its
own province and not the whole nation. A folder is written anew each time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.sentence import Sentence

ALWAYS_NEW = ""
# Below it a folder a province; the README names it and not each file in it.
PROVINCES = "tinh"


@dataclass(frozen=True)
class Product:
    """path: below the release, of a file or a folder, with the mark of a made-up file in its name.

    title: for the README and the index of the release.

    is_simulated: whether it holds a made-up figure.
    made_from: `digest_of` all that it is made from, its layout included, or ALWAYS_NEW.
    write: makes it at the path that it is given.
    """

    path: str
    title: Sentence
    is_simulated: bool
    made_from: str
    write: Callable[[Path], None]


def digest_of(*parts: Any) -> str:
    """Equal for equal parts: anything that JSON or `str` can write, in the order given."""
    return hashlib.sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()


def layout_of(*files: Path) -> str:
    """Of the code and templates that lay a product out: a change of theirs makes it anew."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()
