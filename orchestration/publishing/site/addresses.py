"""Where things stand: the file of each page, and the anchors on it.

Names are slugs, so an address holds letters, digits and hyphens whatever a document says.
"""

from __future__ import annotations

from orchestration.publishing.facts import Row
from orchestration.publishing.site.standing import Key, anchor
from orchestration.publishing.words import slug


def province_path(row: Row) -> str:
    """`tinh/35-1-ha-nam.html`: the key, because a code belongs to several provinces in turn."""
    return f"tinh/{slug(row['province_key'])}-{slug(row['province_name'])}.html"


def area_path(key: Key, area_code: str) -> str:
    return f"linh_vuc/{anchor(key)}-{slug(area_code)}.html"


def section(criterion: Row) -> str:
    """Of a criterion, on the page of its area."""
    return f"c{slug(criterion['criterion_code'])}"


def card(criterion: Row, province: Row) -> str:
    """Of a province's points of a criterion, there."""
    return f"{section(criterion)}-{point_anchor(province)}"


def card_path(key: Key, criterion: Row, province: Row) -> str:
    return f"{area_path(key, criterion['area_code'])}#{card(criterion, province)}"


def point_anchor(row: Row) -> str:
    """Of a province's line on the page of a criterion."""
    return f"t{slug(row['province_key'])}"


def source_path(report: Row) -> str:
    """`nguon/35-1-2021-fy.html`: of the report that counts for a province and period."""
    return f"nguon/{slug(report['province_key'])}-{slug(report['period_key'])}.html"


def bridge_path(index_code: str, is_simulated: bool) -> str:
    """`vi_sao/papi.html`: what changed an index between years."""
    return f"vi_sao/{slug(index_code)}{'-mo-phong' if is_simulated else ''}.html"


def audit_path(key: Key) -> str:
    return f"kiem_dinh/{anchor(key)}.html"


def appraisal_path(key: Key) -> str:
    return f"tham_dinh/{anchor(key)}.html"


def snapshot_path(index_code: str) -> str:
    """`theo_ngay/766.html`: of an index that has days."""
    return f"theo_ngay/{slug(index_code)}.html"
