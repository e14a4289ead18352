"""The raw tables as assets, partitioned by reporting period: a period is one once something was received for it.

One run reads everything in the period's inbox folder that is not read yet. Not here: how files are read
(`orchestration/reading`), and whether what was read is right (checks of the marts).
"""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
from pydantic import Field

from orchestration import paths, store
from orchestration.defs.runs import writing_run
from orchestration.reading import batch, inbox, schema
from orchestration.reading.knowledge import catalogue
from orchestration.reading.mixed import refuse_mixed
from orchestration.sentence import Sentence

_PERIODS_NAME = "reporting_period"
PERIODS = dg.DynamicPartitionsDefinition(name=_PERIODS_NAME)
OWNERS = ["data-engineers@par.invalid"]

_DESCRIPTIONS = {
    "documents": "One row per file: what it is, who sent it for which period, accepted or quarantined and why.",
    "blocks": "One row per paragraph or table row, as printed, with its place.",
    "score_rows": "One row per figure of a score sheet: claimed, accepted or published points, statistics, results.",
    "survey_rows": "One row per result of the leadership survey or of SIPAS.",
    "published_rows": "One row per published figure of a province, a region or the nation, with its source.",
    "edition_rows": "One row per criterion of an edition that a file brings.",
    "annex_rows": "One row per row of the annex, as printed, keyed by code and ordinal.",
    "narrative_figures": "One row per figure of a narrative, as printed, with the words that it stands in.",
    "decisions": "One row per decision of a person about a file: withdrawn, dismissed or restored, and why.",
}


def add_partitions(instance: dg.DagsterInstance, periods: Iterable[str]) -> None:
    """Make a partition of every period given that is none yet."""
    new = [period for period in dict.fromkeys(periods) if not instance.has_dynamic_partition(_PERIODS_NAME, period)]
    try:
        instance.add_dynamic_partitions(_PERIODS_NAME, new)
    except Exception:
        # Somebody else may have added them in the same moment.
        if not all(instance.has_dynamic_partition(_PERIODS_NAME, period) for period in new):
            raise


class ReadingConfig(dg.Config):
    """What a person may ask of a reading."""

    again: str = Field(
        default="",
        description="Read again although read before: a file name, the start of a SHA-256, or * for every file.",
    )


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            ["raw", table],
            description=_DESCRIPTIONS[table],
            group_name="raw",
            kinds={"python", "parquet"},
            owners=OWNERS,
            tags={"layer": "raw"},
            metadata={
                "dagster/column_schema": dg.TableSchema(
                    [
                        dg.TableColumn(field.name, str(field.type), description=schema.DESCRIPTIONS.get(field.name))
                        for field in columns
                    ]
                )
            },
        )
        for table, columns in schema.TABLES.items()
    ],
    partitions_def=PERIODS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def raw_reports(context: dg.AssetExecutionContext, config: ReadingConfig) -> Iterator[dg.MaterializeResult[None]]:
    """Read what is new in the inbox, as printed, into raw Parquet."""
    unknown = [period for period in context.partition_keys if period not in catalogue.periods()]
    if unknown:
        said = Sentence(
            f"«{unknown[0]}» không phải kỳ báo cáo; hãy xóa phân vùng này.",
            "It is no reporting period such as 2021-FY: delete this partition.",
        )
        raise dg.Failure(str(said), allow_retries=False)
    with writing_run(context):
        yield from read(context, context.partition_keys, config.again)


def read(
    context: dg.AssetExecutionContext | dg.OpExecutionContext, periods: Iterable[str], again: str = ""
) -> Iterator[dg.MaterializeResult[None]]:
    """Read what is new of these periods, and what was read of them in shards; who calls holds the lock."""
    refuse_mixed(paths.inbox(), paths.raw())
    outcomes = [batch.read_period(paths.inbox(), paths.raw(), period, again=again) for period in periods]
    refuse_mixed(paths.inbox(), paths.raw())
    store.put(store.raw())
    for outcome in outcomes:
        for row in outcome.read:
            if row["status"] != "accepted":
                context.log.warning(f"{row['file_name']}: {row['reason_vi']} / {row['reason_en']}")
    for table in schema.TABLES:
        yield dg.MaterializeResult(
            asset_key=["raw", table],
            metadata={
                "dagster/row_count": sum(_rows(table, outcome.period) for outcome in outcomes),
                "dagster/uri": (paths.raw() / table).as_uri(),
                **(_seen(outcomes) if table == "documents" else {}),
            },
        )


def _rows(table: str, period: str) -> int:
    path = paths.raw() / table / f"period={period}" / "rows.parquet"
    return pq.read_metadata(path).num_rows if path.exists() else 0


def _seen(outcomes: list[batch.Outcome]) -> dict[str, dg.MetadataValue | int]:
    """What this run read, refused and skipped, as tables for people."""
    read = [row for outcome in outcomes for row in outcome.read]
    accepted = [row for row in read if row["status"] == "accepted"]
    refused = [
        {
            **row,
            "reason": f"{row['reason_vi']} / {row['reason_en']}",
            "show": f"par show {row['file_sha256'][:12]}",
        }
        for row in read
        if row["reason_code"]
    ]
    skipped = [
        {"period": outcome.period, "file_name": name, "why": why}
        for outcome in outcomes
        for name, why in outcome.skipped
    ]
    strays = [{"path": str(path.relative_to(paths.inbox()))} for path in inbox.strays(paths.inbox())]
    return {
        "files_read": len(read),
        "files_accepted": len(accepted),
        "files_quarantined": len(refused),
        "files_skipped": len(skipped),
        "quarantined": _table(refused, ("file_name", "reason", "show")),
        "read": _table(
            accepted,
            ("file_name", "province_found", "period_found", "form_code", "row_count", "rows_unmatched", "format"),
        ),
        "skipped": _table(skipped, ("period", "file_name", "why")),
        "outside_every_period": _table(strays, ("path",)),
    }


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> dg.TableMetadataValue:
    """A metadata table that has its columns even when it has no rows."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord({column: _plain(row[column]) for column in columns}) for row in rows],
        schema=dg.TableSchema([dg.TableColumn(column, "string") for column in columns]),
    )


def _plain(value: object) -> str | int:
    return value if isinstance(value, int) else str(value if value is not None else "")
