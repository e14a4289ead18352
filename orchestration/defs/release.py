"""A release of files as assets, one a product, written together from a private copy of what was just published.

Not here: what the files contain (`orchestration/publishing`).
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg

from orchestration import clock, paths, store, writer
from orchestration.defs import calendar, warehouse
from orchestration.defs.runs import writing_run
from orchestration.publishing import history
from orchestration.publishing.release import release_name, write_release
from orchestration.reading import batch

RELEASE = dg.AssetKey(["warehouse", "release"])
# Product → what it is, and which files of the release it is.
PRODUCTS = {
    "workbook": (
        "The national workbook: rankings, means, areas, coverage, findings, results.",
        ("*chi_tieu_cchc.xlsx",),
    ),
    "booklet": (
        "The national booklet to print: rankings, maps, regions, movements, method.",
        ("*an_pham_xep_hang.pdf",),
    ),
    "provinces": ("A folder a province: profile, appeal pack, letter, its reports as a workbook.", ("tinh/**/*",)),
    "figures": ("Every figure of each reporting period, one a row.", ("so_lieu/*",)),
    "web_page": ("A folder of pages that opens from disk.", ("trang_web/**/*",)),
    "open_data": (
        "Tables for programs and spreadsheets, with their descriptors.",
        ("bang_tinh/*", "csv/*", "parquet/*", "sdmx/*", "coin/*", "datapackage.json", "dcat.jsonld"),
    ),
}


def _spec(key: dg.AssetKey, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        deps=[warehouse.PUBLISHED],
        description=description,
        group_name="publication",
        owners=warehouse.OWNERS,
        tags={"layer": "publication"},
        freshness_policy=dg.FreshnessPolicy.cron(
            deadline_cron=calendar.deadline_cron(), lower_bound_delta=timedelta(days=1), timezone=calendar.TIME_ZONE
        ),
    )


@dg.multi_asset(
    name="release",
    specs=[
        _spec(RELEASE, "The newest release of files; a new one only where something differs from the one before."),
        *(_spec(dg.AssetKey(["release", name]), description) for name, (description, _) in PRODUCTS.items()),
    ],
)
def release(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """The release and each of its products: all are of one warehouse, so they are made together."""
    with writing_run(context):
        batch.tell("release", 0, 1)
        copy = writer.private_copy(paths.build_database(context.run_id))
        try:
            taken = {path.name for path in paths.exports().glob("*")}
            name = release_name(clock.now(), taken)
            written = write_release(copy, warehouse.project.manifest_path, paths.exports(), name, raw_root=paths.raw())
            noted = history.note(paths.history(), written, copy, clock.today().isoformat())
        finally:
            copy.unlink()
        store.put(store.exports())
        batch.tell("release", 1, 1)
    yield dg.MaterializeResult(
        asset_key=RELEASE,
        metadata={
            "release": written.name,
            "is_new": written.is_new,
            "path": dg.MetadataValue.path(written.folder),
            "made_from": dg.MetadataValue.path(noted),
            "files": dg.MetadataValue.md("\n".join(f"- {name}" for name in written.files)),
        },
    )
    for product, (_, patterns) in PRODUCTS.items():
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["release", product]), metadata=_files(written.folder, patterns)
        )


def _files(folder: Path, patterns: tuple[str, ...]) -> dict[str, dg.MetadataValue]:
    """How many files a product is, their bytes, and where the first of them is."""
    files = sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    return {
        "files": dg.MetadataValue.int(len(files)),
        "bytes": dg.MetadataValue.int(sum(path.stat().st_size for path in files)),
        **({"path": dg.MetadataValue.path(files[0])} if files else {}),
    }
