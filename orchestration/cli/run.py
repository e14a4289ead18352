"""`par run`: inbox → raw → warehouse → exports, with progress bars, and in words what came of it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
from rich.progress import TaskID

from orchestration import paths, store, writer
from orchestration.cli.console import bars, err, out, warn
from orchestration.reading import batch, inbox, mixed
from orchestration.reading.knowledge import catalogue
from orchestration.sentence import Sentence, ToldError

if TYPE_CHECKING:
    from orchestration.run import Done

_STAGES = {"read": "Đọc báo cáo / reading", "dbt": "Dựng kho dữ liệu / dbt", "release": "Xuất bản / release"}
_MOST_ROWS_SHOWN = 5


@click.command()
@click.option("--period", help="One reporting period, such as 2021-FY; without it, every period with new files.")
@click.option("--allow-mixed", is_flag=True, help="Real and simulated reports together; every product stays marked.")
def run(period: str | None, allow_mixed: bool) -> None:
    """Inbox → raw → warehouse → exports: the Dagster jobs of the UI, a reading a period and one build."""
    if allow_mixed:
        os.environ[mixed.ALLOW_MIXED] = "1"
    store.bring()
    mixed.refuse_mixed(paths.inbox(), paths.raw())

    if period and period not in catalogue.periods():
        raise ToldError(
            f"Không có kỳ báo cáo «{period}»; ví dụ đúng: 2021-FY, 2022-Q1, 2022-H1, 2022-Q3.",
            "There is no such reporting period.",
        )
    for stray in inbox.strays(paths.inbox()):
        warn(
            Sentence(
                f"{stray.name}: nằm ngoài thư mục kỳ báo cáo nên không được đọc; hãy chuyển vào inbox/<kỳ>/.",
                "It lies in no period's folder and was not read: move it into one.",
            )
        )
    received = inbox.periods(paths.inbox())
    if not received and not period:
        raise ToldError(
            f"Hộp thư {paths.inbox()} chưa có báo cáo. Hãy đặt tệp vào inbox/<kỳ>/, ví dụ inbox/2021-FY/.",
            "The inbox has no report: put files into a period's folder.",
        )
    token = writer.told.set(warn)
    try:
        with writer.writing("par run"):
            new = [period] if period else batch.periods_to_run(paths.inbox(), paths.raw())
        # Where nothing is new the warehouse is built all the same: what it is built by may have changed.
        done = _run_with_bars(received, new or received[-1:])
    finally:
        writer.told.reset(token)
    if not done.is_whole:
        _explain_failure(done)
        sys.exit(1)
    _summary(done, len(inbox.files(paths.inbox())))


def _run_with_bars(received: list[str], periods: list[str]) -> Done:
    with bars() as progress:
        tasks: dict[str, TaskID] = {}

        def listen(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(_STAGES[stage], total=total or None)
            progress.update(tasks[stage], completed=done, total=total or None)

        starting = progress.add_task("Khởi động Dagster / starting", total=None)
        # Dagster takes seconds to load, which the bar above is for.
        from orchestration import run as runs  # noqa: PLC0415

        token = batch.progress.set(listen)
        try:
            with runs.instance(warn) as instance:
                progress.update(starting, total=1, completed=1)
                return runs.run(instance, received, periods)
        finally:
            batch.progress.reset(token)


def _explain_failure(done: Done) -> None:
    if "warehouse/par_duckdb" in done.made:
        err.print(
            "[bold red]Kho dữ liệu mới đã được công bố, nhưng bản phát hành chưa ghi được.[/]\n"
            "The new warehouse was published, but its release could not be written."
        )
    elif done.is_published:
        err.print(
            "[bold red]Chạy không thành công; trong lúc đó kho dữ liệu đã được thay (bởi lần này hoặc lần khác).[/]\n"
            "The run failed; the warehouse was replaced meanwhile, by this run or another."
        )
    else:
        err.print(
            "[bold red]Chạy không thành công; kho dữ liệu và bản phát hành trước vẫn nguyên.[/]\n"
            "The run failed; nothing was published."
        )
    for check in done.failed_checks:
        err.print(f"  ✗ {check.asset}: kiểm tra {check.name} không đạt", highlight=False)
        for row in check.rows[:_MOST_ROWS_SHOWN]:
            err.print(f"      {row}", highlight=False, markup=False, soft_wrap=True)
    for step, said in done.failed_steps.items():
        # Of dbt the checks above say more than its own list of what it ran.
        words = said.partition("\n")[0] if done.failed_checks else said
        err.print(f"  ✗ bước {step}: {words}", highlight=False, markup=False, soft_wrap=True)
    err.print(
        f"  Xem chi tiết: make ui → Runs, hoặc {done.log}. / Details in the UI under Runs, or there.", soft_wrap=True
    )


def _summary(done: Done, files: int) -> None:
    from orchestration.cli import summary  # noqa: PLC0415
    from orchestration.publishing.release import latest_release  # noqa: PLC0415

    made = done.made
    read_count = sum(seen["files_read"].value for seen in made["raw/documents"])
    out.print(f"\nĐã đọc {read_count} tệp mới, bỏ qua {files - read_count} tệp đã đọc.", highlight=False)
    for name, why in summary.quarantined(paths.database()):
        err.print(f"[red]✗ {name}[/]: {why}", highlight=False)
    for table in summary.tables(paths.database()):
        out.print(table)
    out.print(
        f"\nKho dữ liệu / warehouse: {paths.database()}\nBản phát hành / release: {latest_release(paths.exports())}"
        f"{'' if made['warehouse/release'][0]['is_new'].value else ' (không đổi / unchanged)'}\n"
        'Truy vấn / query: par query "select * from marts.fct_indicator_value limit 5" · giao diện / UI: make ui',
        highlight=False,
        soft_wrap=True,
    )
