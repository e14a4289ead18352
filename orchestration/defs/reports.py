"""The raw tables as assets, partitioned by reporting period.

One run reads everything in the period's inbox folder that is not read yet. Not here: how files are read
(`orchestration/reading`).
"""

from collections.abc import Iterator

import dagster as dg

from orchestration import paths
from orchestration.reading import batch, catalogue, inbox, schema
from orchestration.simulation.sample import refuse_mixed

PERIODS = dg.StaticPartitionsDefinition(list(catalogue.periods()))
DOCUMENTS = dg.AssetKey(["raw", "documents"])
ANNEX_ROWS = dg.AssetKey(["raw", "annex_rows"])

_DESCRIPTIONS = {
    "documents": "One row per file: what it is, who sent it for which period, accepted or quarantined and why.",
    "blocks": "One row per paragraph or table row, as printed, with its place.",
    "score_rows": "One row per figure of a score sheet: claimed, accepted or published points, statistics, results.",
    "survey_rows": "One row per result of the leadership survey or of SIPAS.",
    "edition_rows": "One row per criterion of an edition that a file brings.",
    "annex_rows": "One row per row of the annex, as printed, keyed by code and ordinal.",
}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            ["raw", table],
            description=_DESCRIPTIONS[table],
            group_name="raw",
            kinds={"python", "parquet"},
            metadata={
                "dagster/column_schema": dg.TableSchema(
                    [dg.TableColumn(field.name, str(field.type)) for field in schema.TABLES[table]]
                )
            },
        )
        for table in schema.TABLES
    ],
    check_specs=[
        dg.AssetCheckSpec("nothing_quarantined", asset=DOCUMENTS, description="Every file received could be read."),
        dg.AssetCheckSpec("every_row_known", asset=ANNEX_ROWS, description="Every annex row is a row of its form."),
    ],
    partitions_def=PERIODS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def raw_reports(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Read what is new in the inbox, as printed, into raw Parquet."""
    outcomes = [batch.read_period(paths.inbox(), paths.raw(), period) for period in context.partition_keys]
    refuse_mixed(paths.inbox(), paths.raw())
    accepted = [row for outcome in outcomes for row in outcome.read if row["status"] == "accepted"]
    quarantined = [
        {**row, "reason": f"{row['reason_vi']} / {row['reason_en']}"}
        for outcome in outcomes
        for row in outcome.quarantined
    ]
    skipped = [(outcome.period, *skip) for outcome in outcomes for skip in outcome.skipped]
    unmatched = [row for row in accepted if row["rows_unmatched"]]
    for row in quarantined:
        context.log.warning(f"{row['file_name']}: {row['reason']}")
    yield dg.MaterializeResult(
        asset_key=DOCUMENTS,
        metadata={
            "files_read": sum(len(outcome.read) for outcome in outcomes),
            "files_accepted": len(accepted),
            "files_quarantined": len(quarantined),
            "files_skipped": len(skipped),
            "quarantined": _table(quarantined, ("file_name", "reason")),
            "read": _table(
                accepted, ("file_name", "province_found", "period_found", "form_code", "row_count", "format")
            ),
            "skipped": _table(
                [dict(zip(("period", "file_name", "why"), skip, strict=True)) for skip in skipped],
                ("period", "file_name", "why"),
            ),
            "outside_every_period": _table(
                [{"path": str(path.relative_to(paths.inbox()))} for path in inbox.strays(paths.inbox())], ("path",)
            ),
            "dagster/uri": (paths.raw() / "documents").as_uri(),
        },
    )
    yield dg.MaterializeResult(asset_key=["raw", "blocks"], metadata={"dagster/uri": (paths.raw() / "blocks").as_uri()})
    for table in ("score_rows", "survey_rows", "edition_rows"):
        yield dg.MaterializeResult(asset_key=["raw", table], metadata={"dagster/uri": (paths.raw() / table).as_uri()})
    yield dg.MaterializeResult(
        asset_key=ANNEX_ROWS,
        metadata={
            "rows_read": sum(row["row_count"] for row in accepted),
            "rows_unmatched": sum(row["rows_unmatched"] for row in accepted),
            "unmatched": _table(unmatched, ("file_name", "province_found", "rows_unmatched", "row_count")),
            "dagster/uri": (paths.raw() / "annex_rows").as_uri(),
        },
    )
    yield dg.AssetCheckResult(
        check_name="nothing_quarantined",
        asset_key=DOCUMENTS,
        passed=not quarantined,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"quarantined": _table(quarantined, ("file_name", "reason"))},
    )
    yield dg.AssetCheckResult(
        check_name="every_row_known",
        asset_key=ANNEX_ROWS,
        passed=not unmatched,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"unmatched": _table(unmatched, ("file_name", "province_found", "rows_unmatched", "row_count"))},
    )


def _table(rows: list[dict], columns: tuple[str, ...]) -> dg.TableMetadataValue:
    """A metadata table that has its columns even when it has no rows."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord({column: _plain(row[column]) for column in columns}) for row in rows],
        schema=dg.TableSchema([dg.TableColumn(column, "string") for column in columns]),
    )


def _plain(value: object) -> str | int:
    return value if isinstance(value, int) else str(value if value is not None else "")
