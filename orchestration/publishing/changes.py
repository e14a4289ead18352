"""What changed against the release before: reports, figures, ranks and published results, each with its reason.

In: the Parquet files of two releases. Out: one table, `thay_doi`, and the release that it is compared with.
Not here: where it is shown (workbook.py, the web page).

A release whose marts equal those of the latest one tells the same changes as that one, against the same release: so it
differs from it in nothing and is not made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.publishing.package import PARQUET
from orchestration.publishing.readme import INDEX
from orchestration.publishing.sheet import Column, Row, Sheet, Styled
from orchestration.publishing.table import PublishedColumn, PublishedTable

NAME = "thay_doi"
COMPARED = (
    "dim_province",
    "dim_period",
    "dim_indicator",
    "dim_report",
    "fct_indicator_value",
    "mart_national_ranking",
    "mart_official_result",
)
TABLE = PublishedTable(
    schema="",
    name=NAME,
    description_vi="Mỗi dòng là một thay đổi so với bản công bố trước, kèm lý do; trống ở bản công bố đầu tiên.",
    description_en="One row per change against the release before, with its reason; empty in the first release.",
    columns={
        column.name: column
        for column in (
            PublishedColumn("subject", "Đối tượng.", "What changed.", None, {"required": True}),
            PublishedColumn("kind", "Mới, mất, tăng, giảm, khác.", "Added, removed, rose, fell, differs."),
            PublishedColumn("province_name", "Tỉnh, thành phố.", "Province."),
            PublishedColumn("report_year", "Năm.", "Year."),
            PublishedColumn("period_name", "Kỳ báo cáo.", "Reporting period, in Vietnamese."),
            PublishedColumn("item", "Báo cáo, chỉ tiêu hoặc chỉ số.", "Report, indicator or index."),
            PublishedColumn("old_value", "Giá trị ở bản trước.", "Value in the release before."),
            PublishedColumn("new_value", "Giá trị ở bản này.", "Value in this release."),
            PublishedColumn("reason", "Vì sao (mã).", "Why: document, decision, edition, code, others."),
            PublishedColumn("reason_vi", "Vì sao.", "Why, in Vietnamese."),
            PublishedColumn("reason_en", "Vì sao, tiếng Anh.", "Why."),
            PublishedColumn("is_simulated", "Số liệu mô phỏng.", "Whether the figure was made up."),
        )
    },
)
_TYPES = {"report_year": pa.int32(), "is_simulated": pa.bool_()}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in TABLE.columns])

_CHANGES = """
with reports as (
    select
        'report' as subject,
        case when earlier.report_key is null then 'added' else 'removed' end as kind,
        coalesce(later.province_key, earlier.province_key) as province_key,
        coalesce(later.period_key, earlier.period_key) as period_key,
        null as indicator_key,
        coalesce(later.report_number, earlier.report_number, 'không ghi số') as item,
        null as old_value, null as new_value,
        case when earlier.report_key is null then 'document' else 'decision' end as reason,
        null as detail,
        coalesce(later.is_simulated, earlier.is_simulated) as is_simulated
    from (select * from later.dim_report where is_current) as later
    full outer join (select * from earlier.dim_report where is_current) as earlier using (report_key)
    where earlier.report_key is null or later.report_key is null
),

-- A report that came or went is one row above; here are figures of what both releases know.
figures as (
    select
        'figure' as subject,
        case
            when later.value > earlier.value then 'rose' when later.value < earlier.value then 'fell'
            when earlier.value is null then 'added' when later.value is null then 'removed' else 'differs'
        end as kind,
        province_key, period_key, indicator_key, null as item,
        coalesce(plain(earlier.value), earlier.value_text) as old_value,
        coalesce(plain(later.value), later.value_text) as new_value,
        case
            when later.report_key <> earlier.report_key then 'document'
            when later.is_corrected is distinct from earlier.is_corrected
                or later.correction_reason_vi is distinct from earlier.correction_reason_vi then 'decision'
            else 'code'
        end as reason,
        later.correction_reason_vi as detail,
        later.is_simulated
    from later.fct_indicator_value as later
    inner join earlier.fct_indicator_value as earlier using (province_key, period_key, indicator_key)
    where
        later.value is distinct from earlier.value
        or (later.value is null and later.value_text is distinct from earlier.value_text)
),

moved as (
    select province_key, split_part(period_key, '-', 1)::int as report_year, min(reason) as reason
    from (select * from reports union all by name select * from figures)
    group by all
),

ranks as (
    select
        'index' as subject,
        case
            when later.index_pct > earlier.index_pct then 'rose' when later.index_pct < earlier.index_pct then 'fell'
            when earlier.province_key is null then 'added' when later.province_key is null then 'removed'
            else 'differs'
        end as kind,
        province_key, report_year, index_code as item,
        case when earlier.province_key is not null
            then concat_ws('; ', 'hạng ' || earlier.rank, plain(earlier.index_pct) || ' %') end as old_value,
        case when later.province_key is not null
            then concat_ws('; ', 'hạng ' || later.rank, plain(later.index_pct) || ' %') end as new_value,
        case
            when earlier.province_key is null or later.province_key is null then 'document'
            when later.edition_code <> earlier.edition_code or later.decision is distinct from earlier.decision
                or later.is_edition_verified <> earlier.is_edition_verified then 'edition'
            when later.index_pct is not distinct from earlier.index_pct then 'others'
            else coalesce(moved.reason, 'score')
        end as reason,
        coalesce(later.is_simulated, earlier.is_simulated) as is_simulated
    from later.mart_national_ranking as later
    full outer join earlier.mart_national_ranking as earlier using (index_code, report_year, province_key)
    left join moved using (province_key, report_year)
    where later.index_pct is distinct from earlier.index_pct or later.rank is distinct from earlier.rank
),

results as (
    select
        'published' as subject,
        case when earlier.subject_name is null then 'added' when later.subject_name is null then 'removed'
            else 'differs' end as kind,
        subject_name, result_year, concat_ws(', ', index_name, nullif(component, 'total')) as item,
        concat_ws('; ', earlier.score_printed, 'hạng ' || earlier.rank, earlier.status) as old_value,
        concat_ws('; ', later.score_printed, 'hạng ' || later.rank, later.status) as new_value
    from later.mart_official_result as later
    full outer join earlier.mart_official_result as earlier
        using (result_year, subject_kind, subject_name, index_name, component)
    where (later.score_printed, later.rank, later.status) is distinct from
        (earlier.score_printed, earlier.rank, earlier.status)
),

named as (
    select
        subject, kind, province.province_name, period.report_year, period.period_name,
        coalesce(item, indicator.indicator_name, indicator_key) as item, old_value, new_value, reason, detail,
        is_simulated
    from (select * from reports union all by name select * from figures) as changed
    left join later.dim_province as province using (province_key)
    left join later.dim_period as period using (period_key)
    left join later.dim_indicator as indicator using (indicator_key)
    union all by name
    select subject, kind, province.province_name, report_year, item, old_value, new_value, reason, is_simulated
    from ranks left join later.dim_province as province using (province_key)
    union all by name
    select subject, kind, subject_name as province_name, result_year as report_year, item,
        nullif(old_value, '') as old_value, nullif(new_value, '') as new_value, 'document' as reason,
        false as is_simulated
    from results
)

select
    subject, kind, province_name, report_year, period_name, item, old_value, new_value, reason,
    case reason
        when 'document' then 'tài liệu mới, hoặc tài liệu không còn được tính'
        when 'decision' then 'quyết định của người phụ trách' || coalesce(': ' || detail, '')
        when 'edition' then 'bộ tiêu chí khác, hoặc đã đối chiếu với quyết định'
        when 'others' then 'chỉ số không đổi, đơn vị khác thay đổi'
        when 'score' then 'bảng điểm, kết quả khảo sát hoặc thống kê thay đổi'
        else 'cách đọc hoặc quy tắc của kho thay đổi'
    end as reason_vi,
    case reason
        when 'document' then 'a new document, or one that no longer counts'
        when 'decision' then 'a decision of a person'
        when 'edition' then 'another edition of the criteria, or checked against the decision'
        when 'others' then 'the index is the same, other provinces changed'
        when 'score' then 'score sheets, survey results or statistics changed'
        else 'reading or rules of the warehouse changed'
    end as reason_en,
    is_simulated
from named
order by
    case subject when 'index' then 1 when 'report' then 2 when 'figure' then 3 else 4 end, report_year desc,
    period_name, item, province_name, old_value, new_value, kind, reason, reason_vi, is_simulated
"""


@dataclass(frozen=True)
class Changes:
    """`against` is the digest of the contents of the release compared with; None where there is none before.

    is_comparable: false where the release before lacks what is compared.
    """

    rows: pa.Table
    against: str | None
    is_comparable: bool = True


def changes_of(folder: Path, contents: str, earlier: Path | None) -> Changes:
    """What `folder`, being written, changes against the release `earlier`; `contents` is the digest of its tables."""
    if earlier is None:
        return Changes(SCHEMA.empty_table(), None)
    try:
        index = json.loads((earlier / INDEX).read_text(encoding="utf-8"))
        if index["contents"] == contents:
            told = pq.read_table(earlier / PARQUET / f"{NAME}.parquet", schema=SCHEMA)
            return Changes(told, index["changes_since"], index["changes_are_known"])
        return Changes(compared(earlier, folder), index["contents"])
    except (OSError, ValueError, KeyError, duckdb.Error):  # damaged, or of an older make
        return Changes(SCHEMA.empty_table(), None, is_comparable=False)


def compared(earlier: Path, later: Path) -> pa.Table:
    """What differs between two releases, each with its cause. Raises duckdb.Error where one lacks a table."""
    with duckdb.connect() as connection:
        for name, release in (("earlier", earlier), ("later", later)):
            connection.execute(f"create schema {name}")
            for table in COMPARED:
                path = str(release / PARQUET / f"{table}.parquet").replace("'", "''")
                connection.execute(f"create view {name}.{table} as select * from read_parquet('{path}')")
        # 36.000000 is 36.
        connection.execute("create macro plain(value) as rtrim(rtrim(value::varchar, '0'), '.')")
        return connection.execute(_CHANGES).to_arrow_table().cast(SCHEMA)


def _in_vietnamese(value: str | None) -> str | None:
    """With decimal commas."""
    return value and re.sub(r"(?<=\d)\.(?=\d)", ",", value)


SUBJECTS = {"report": "Báo cáo", "figure": "Số liệu", "index": "Chỉ số, hạng", "published": "Kết quả công bố"}
KINDS = {
    "added": Styled("Mới", ("good",)),
    "removed": Styled("Không còn", ("bad",)),
    "rose": Styled("Tăng", ("good",)),
    "fell": Styled("Giảm", ("bad",)),
    "differs": Styled("Khác", ()),
}


def changes_sheet(changes: Changes) -> Sheet:
    """Every change, ranks first; the line above says against which release."""
    rows: list[dict[str, Any]] = changes.rows.to_pylist()
    if not changes.is_comparable:
        said = "Bản công bố trước thiếu các bảng cần để so sánh, nên không nêu thay đổi."
    elif changes.against is None:
        said = "Đây là bản công bố đầu tiên; không có bản trước để so sánh."
    else:
        said = f"{len(rows)} thay đổi so với bản công bố trước (mã nội dung {changes.against[:8]})."
    return Sheet(
        name="Thay đổi",
        title="THAY ĐỔI SO VỚI BẢN CÔNG BỐ TRƯỚC",
        about="Số liệu, hạng, kết quả nào mới, mất, tăng, giảm, được đính chính; vì sao",
        lines=(said,),
        columns=(
            Column("Đối tượng", 15),
            Column("Thay đổi", 11, ("middle",)),
            Column("Tỉnh, thành phố", 18),
            Column("Năm", 7, ("middle", "code")),
            Column("Kỳ báo cáo", 15),
            Column("Báo cáo, chỉ tiêu, chỉ số", 34),
            Column("Bản trước", 17),
            Column("Bản này", 17),
            Column("Vì sao", 28),
            Column("Ghi chú", 10, ("middle",)),
        ),
        rows=_sheet_rows(rows),
        is_simulated=any(row["is_simulated"] for row in rows),
        footer="Thay đổi so với bản công bố trước",
        frozen_columns=3,
        printed_rows=min(len(rows), PRINTED),
    )


PRINTED = 100


def _sheet_rows(rows: list[dict[str, Any]]) -> Iterator[Row]:
    for row in rows:
        yield Row(
            (
                SUBJECTS[row["subject"]],
                KINDS[row["kind"]],
                row["province_name"],
                row["report_year"],
                row["period_name"],
                row["item"],
                _in_vietnamese(row["old_value"]),
                _in_vietnamese(row["new_value"]),
                row["reason_vi"],
                "mô phỏng" if row["is_simulated"] else None,
            )
        )
