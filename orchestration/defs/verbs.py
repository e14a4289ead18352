"""What an operator does by hand, as jobs with a form to fill in: file, read again, decide, rebuild, release, verify.

A run's configuration names a file, a period, a reason or a release; never a program or a path of the machine.
Not here: what starts by itself (`automation.py`); decisions about figures (`par review`).
"""

from datetime import timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration import clock, paths, store
from orchestration.defs.runs import writing_run
from orchestration.publishing import checksums
from orchestration.publishing.release import RELEASE_NAME, announce, latest_release, remove_outdated
from orchestration.reading.deciding import decide
from orchestration.reading.filing import file_strays
from orchestration.sentence import ToldError

_OWNER = {"owner": "data-engineers"}


@dg.op
def file_strays_of_the_inbox(context: dg.OpExecutionContext) -> None:
    with writing_run(context):
        filed = file_strays(paths.inbox(), paths.raw())
        store.put(store.inbox())
    rows = [
        {
            "file": str(one.path.relative_to(paths.inbox())),
            "moved_to": str(one.target.relative_to(paths.inbox())) if one.target else "",
            "why_not": str(one.why or ""),
        }
        for one in filed
    ]
    for row in rows:
        context.log.info(f"{row['file']} → {row['moved_to'] or row['why_not']}")
    context.add_output_metadata(
        {"files": dg.MetadataValue.table([dg.TableRecord(row) for row in rows])} if rows else {}
    )


@dg.job(
    name="file_inbox",
    description="Moves files that lie outside every period's folder into the period that they speak of; those that "
    "speak of none stay, and the run says why.",
    tags=_OWNER,
)
def file_inbox() -> None:
    file_strays_of_the_inbox()


class Decision(dg.Config):
    """What a decision needs; it is written into the inbox as a file and published with the figures."""

    file: str = Field(description="The file: its path in the inbox, its name, or the start of its SHA-256.")
    reason: str = Field(description="Why, in words; it is kept, and of a withdrawn report published.")
    decided_by: str = Field(description="Who decides.")


def _deciding(name: str, decision: str, description: str) -> dg.JobDefinition:
    @dg.op(name=f"write_{decision}")
    def write(context: dg.OpExecutionContext, config: Decision) -> None:
        try:
            written = decide(paths.inbox(), paths.raw(), decision, config.file, config.reason, config.decided_by)
        except ToldError as problem:
            raise dg.Failure(str(problem), allow_retries=False) from problem
        context.log.info(f"{written.relative_to(paths.inbox())}: the next reading follows it.")

    @dg.job(name=name, description=description, tags=_OWNER)
    def deciding() -> None:
        write()

    return deciding


withdraw = _deciding(
    "withdraw_report", "withdraw", "Takes an accepted report or sheet out of the warehouse, from the next run on."
)
dismiss = _deciding("dismiss_file", "dismiss", "Calls a file in quarantine dealt with, from the next run on.")
restore = _deciding("restore_file", "restore", "Takes back what was decided about a file, from the next run on.")

read_again = dg.define_asset_job(
    "read_again",
    selection=dg.AssetSelection.groups("raw"),
    config={"ops": {"raw_reports": {"config": {"again": "*"}}}},
    description="Reads a period again, or one file of it (`again`), although it was read before; nothing is built.",
    tags=_OWNER,
)
rebuild = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("raw"),
    description="Builds the warehouse and its release anew from what was read; the inbox is not looked at.",
    tags=_OWNER,
)
release_again = dg.define_asset_job(
    "release_again",
    selection=dg.AssetSelection.assets(dg.AssetKey(["warehouse", "release"])).required_multi_asset_neighbors(),
    description="Writes the files of a release from the published warehouse, without building it.",
    tags=_OWNER,
)


class Verified(dg.Config):
    release: str = Field(default="", description="The name of a release, such as 2026-11-24_171500; blank: the latest.")


@dg.op
def compare_with_checksums(context: dg.OpExecutionContext, config: Verified) -> None:
    if config.release and not RELEASE_NAME.fullmatch(config.release):
        raise dg.Failure(f"«{config.release}» không phải tên bản công bố. / It is no name of a release.")
    folder = paths.exports() / config.release if config.release else latest_release(paths.exports())
    if folder is None or not folder.is_dir():
        raise dg.Failure("Không có bản công bố này. / There is no such release.", allow_retries=False)
    if problems := checksums.verify(folder):
        raise dg.Failure("\n".join(map(str, problems)), allow_retries=False)
    context.log.info(f"{folder.name}: nguyên vẹn / as it was published.")


@dg.job(description="Compares a release with its SHA256SUMS; fails on any difference.", tags=_OWNER)
def verify_release() -> None:
    compare_with_checksums()


class Announced(dg.Config):
    release: str = Field(description="The name of the release that was made public.")


@dg.op
def note_announcement(context: dg.OpExecutionContext, config: Announced) -> None:
    try:
        announce(paths.exports(), config.release)
    except ToldError as problem:
        raise dg.Failure(str(problem), allow_retries=False) from problem


@dg.job(description="Notes that a release was made public: it is kept for ever.", tags=_OWNER)
def announce_release() -> None:
    note_announcement()


class Kept(dg.Config):
    releases: int = Field(default=50, ge=1, description="How many of the newest releases stay; announced ones all do.")
    run_days: int = Field(default=400, ge=1, description="For how many days runs and their logs are kept.")


@dg.op
def remove_what_is_old(context: dg.OpExecutionContext, config: Kept) -> None:
    with writing_run(context):
        gone = remove_outdated(paths.exports(), config.releases)
    before = clock.now() - timedelta(days=config.run_days)
    runs = [run for run in context.instance.get_runs(dg.RunsFilter(created_before=before)) if run.is_finished]
    for run in runs:
        context.instance.delete_run(run.run_id)
        context.instance.compute_log_manager.delete_logs(prefix=[run.run_id])
    context.log.info(f"Đã xóa / removed: {len(gone)} bản công bố / releases ({', '.join(gone)}), {len(runs)} runs.")


@dg.job(description="Removes old releases, runs and logs; announced releases and the newest ones stay.", tags=_OWNER)
def tidy() -> None:
    remove_what_is_old()


JOBS: list[Any] = [
    file_inbox,
    withdraw,
    dismiss,
    restore,
    read_again,
    rebuild,
    release_again,
    verify_release,
    announce_release,
    tidy,
]
