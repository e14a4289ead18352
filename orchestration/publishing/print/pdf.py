"""Every PDF of a release, from one look at the facts.

In: Facts. Out: Products. Not here: what stands in any of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.publishing.facts import Facts
from orchestration.publishing.print import appeal, booklet, letter, profile
from orchestration.publishing.print.standing import Nation
from orchestration.publishing.product import Product


def products(facts: Facts) -> Iterator[Product]:
    """The booklet, then profiles, appeal packs and letters, each from north to south."""
    nation = Nation(facts)
    for kind in (booklet, profile, appeal, letter):
        yield from kind.products(nation)
