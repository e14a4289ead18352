"""Reading a period on many machines: its files in shards, each read by a step of its own, taken over by one writer.

A shard is read into a raw folder of its own below raw/.shards and holds no lock; a shard that was killed is read again
by re-executing the run from its failure, or by the next reading. Not here: how files are divided and read
(`reading/batch.py`). Where the steps run is the deployment's choice (`PAR_SHARD_EXECUTOR`, docs/scale.md).
"""

import os
import pkgutil
from collections.abc import Iterator
from contextlib import AbstractContextManager

import dagster as dg
from pydantic import Field

from orchestration import paths, store, writer
from orchestration.defs import reports
from orchestration.reading import batch
from orchestration.reading.mixed import refuse_mixed

_EXECUTOR = os.environ.get("PAR_SHARD_EXECUTOR", "dagster:multiprocess_executor")
"""module:name of a Dagster executor, such as dagster_k8s:k8s_job_executor."""


class Sharding(dg.Config):
    """What a person may ask of a reading in shards."""

    shards: int = Field(default=4, ge=1, le=1000, description="Into how many parts the period's files are divided.")


@dg.op(out=dg.DynamicOut(list[str]))
def divide_files(context: dg.OpExecutionContext, config: Sharding) -> Iterator[dg.DynamicOutput[list[str]]]:
    with _writing(context):
        store.bring()
        refuse_mixed(paths.inbox(), paths.raw())
        parts = batch.divide(paths.inbox(), paths.raw(), context.partition_key, config.shards)
    for number, part in enumerate(parts):
        yield dg.DynamicOutput(part, mapping_key=str(number))


@dg.op
def read_shard(context: dg.OpExecutionContext, contents: list[str]) -> int:
    number = int(str(context.get_mapping_key()))
    return len(batch.read_shard(paths.inbox(), paths.raw(), context.partition_key, number, contents))


@dg.op
def take_shards(context: dg.OpExecutionContext, files_read: list[int]) -> None:
    context.log.info(f"{sum(files_read)} tệp trong {len(files_read)} phần / files in {len(files_read)} shards.")
    with _writing(context):
        for made in reports.read(context, [context.partition_key]):
            assert made.asset_key
            context.log_event(
                dg.AssetMaterialization(made.asset_key, metadata=made.metadata, partition=context.partition_key)
            )


def _writing(context: dg.OpExecutionContext) -> AbstractContextManager[None]:
    # The run outlives the process of each of its steps: it is not called dead when one of them ends.
    return writer.writing(f"run {context.run_id[:8]}, {context.job_name}", lambda said: context.log.warning(str(said)))


@dg.job(
    partitions_def=reports.PERIODS,
    executor_def=pkgutil.resolve_name(_EXECUTOR),
    description="Inbox → raw Parquet for one reporting period, its files divided into shards that are read side by "
    "side, on this host or on many; the warehouse stays as it is.",
    tags={"owner": "data-engineers"},
)
def read_in_shards() -> None:
    take_shards(divide_files().map(read_shard).collect())
