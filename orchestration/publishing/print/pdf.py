"""Every PDF of a release, from one look at the nation.

In: a Nation. Out: Products. Not here: what stands in any of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.publishing.print import appeal, booklet, letter, profile
from orchestration.publishing.print.standing import Nation
from orchestration.publishing.product import Product


def products(nation: Nation) -> Iterator[Product]:
    """The booklet, then profiles, appeal packs and letters, each from north to south."""
    for kind in (booklet, profile, appeal, letter):
        yield from kind.products(nation)
