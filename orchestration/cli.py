"""The `par` command: read, run, query, doctor, sample. Sentences for people, JSON for programs.

Each command is a thin skin over plain functions; `run` starts the same Dagster job as the UI. Heavy imports stay
inside the commands that need them, so that `par read` does not wait for Dagster.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from orchestration import clock, paths, writer

out = Console()
err = Console(stderr=True)


class _Sentences(click.Group):
    """A group whose commands end in a sentence, not a traceback, when something outside the program is wrong."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except KeyboardInterrupt as problem:
            raise click.ClickException(
                "Đã dừng theo yêu cầu; kho dữ liệu vẫn nguyên. / Interrupted; the warehouse is as it was."
            ) from problem
        except Exception as problem:
            if os.environ.get("PAR_DEBUG"):
                raise
            raise click.ClickException(f"{_sentence(problem)} (PAR_DEBUG=1 shows where)") from problem


def _sentence(problem: Exception) -> str:
    """What went wrong, and what to do where that is known: the disk, the memory, rights, or the first line it says."""
    text = next((line.strip() for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
    whole = f"{type(problem).__name__} {problem}".lower()
    if isinstance(problem, MemoryError) or "out of memory" in whole:
        return "Máy không đủ bộ nhớ cho việc này. / This machine has not enough memory for it."
    if any(words in whole for words in ("no space left", "disk is full", "disk i/o error", "errno 28")):
        return (
            f"Đĩa đã đầy ({paths.home()}); hãy giải phóng chỗ rồi chạy lại, kho đang dùng vẫn nguyên. / The disk is "
            "full: make room and run again; the warehouse in use is as it was."
        )
    if isinstance(problem, PermissionError):
        return f"Không có quyền với {problem.filename}. / No rights to it: change its owner or rights. ({text})"
    return text


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="par-warehouse")
def main() -> None:
    """The PAR warehouse: provinces' reform reports → star schema → ranking."""


# --- read -----------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
def read(files: tuple[Path, ...], as_json: bool) -> None:
    """Show what files were understood to say, without a warehouse. Exit status 1 if any was refused."""
    from orchestration.reading import batch  # noqa: PLC0415

    missing = [path for path in files if not path.exists()]
    if missing:
        raise click.ClickException(f"Không có tệp {missing[0]}. / There is no file {missing[0]}.")
    wanted = [
        path
        for file in files
        for path in (sorted(p for p in file.rglob("*") if p.is_file()) if file.is_dir() else [file])
    ]
    readings = {}
    with _bars(as_json or len(wanted) < 2) as bars:
        task = bars.add_task("Đọc tệp / reading", total=len(wanted))
        for path, reading in batch.read_limited(wanted):
            readings[path] = reading
            bars.advance(task)
    for path in wanted:
        if as_json:
            click.echo(json.dumps(_as_json(path, readings[path]), ensure_ascii=False))
        else:
            _show(readings[path])
    if any(reading.refusal for reading in readings.values()):
        sys.exit(1)


def _as_json(path: Path, reading) -> dict:
    identity, refusal = reading.identity, reading.refusal
    return {
        "file": str(path),
        "sha256": reading.sha256,
        "status": reading.status,
        "reason": refusal and {"code": refusal.code, "vi": refusal.vi, "en": refusal.en},
        "format": reading.format,
        "form": reading.annex and reading.annex.form_code,
        "province": identity
        and {
            "key": identity.province.key,
            "code": identity.province.code,
            "name": identity.province.name,
            "printed": identity.province_printed,
        },
        "period": identity and identity.period.key,
        "report_number": identity and identity.report_number,
        "report_date": identity and identity.report_date,
        "signatory": identity and identity.signatory,
        "kind": reading.sheet.kind if reading.sheet else "report",
        "pages": reading.pages,
        "rows_expected": reading.annex and reading.annex.rows_expected,
        "rows_not_found": list(reading.annex.rows_not_found) if reading.annex else [],
        "flags": list(reading.flags),
        "rows": [
            {
                "code": row.code,
                "ordinal": row.ordinal or None,
                "code_source": row.code_source,
                "label": row.label,
                "unit": row.unit,
                "value_raw": row.value_raw,
                "value_typed": row.value_typed,
                "note": row.note,
                "page": row.page,
                "table": row.table,
                "row": row.row,
                "confidence": row.confidence,
                "flags": list(row.flags),
            }
            for row in reading.rows
        ],
    }


def _show(reading) -> None:
    if reading.refusal:
        err.print(
            f"[bold red]✗ {reading.file_name}[/]\n  {reading.refusal.vi}\n  {reading.refusal.en}", highlight=False
        )
        return
    if reading.sheet:
        sheet = reading.sheet
        count = len(sheet.scores) + len(sheet.surveys) + len(sheet.editions)
        out.print(f"[bold green]✓ {reading.file_name}[/]  {sheet.kind} · {count} dòng / rows", highlight=False)
        return
    identity, annex = reading.identity, reading.annex
    signed = f", {identity.report_number or 'không số'} ngày {identity.report_date or '?'}"
    out.print(
        f"[bold green]✓ {reading.file_name}[/]  {identity.province.name} · {identity.period.key}{signed} · "
        f"mẫu {annex.form_code} · {len(reading.rows)}/{annex.rows_expected} dòng, {reading.unmatched} không khớp",
        highlight=False,
    )
    if reading.flags:
        out.print("  lưu ý / flags: " + ", ".join(reading.flags), highlight=False)
    table = Table("Mã", "Chỉ tiêu", "Đơn vị tính", "Số liệu", "Ghi chú", "Trang/bảng/dòng", "Cờ", show_lines=False)
    for row in reading.rows:
        part = f"{row.code or '?'}" + (f" ({row.ordinal})" if row.ordinal else "")
        place = "/".join(str(x) if x is not None else "–" for x in (row.page, row.table, row.row))
        flags = ([row.code_source] if row.code_source != "printed" else []) + list(row.flags)
        table.add_row(part, row.label, row.unit, row.value_raw, row.note, place, " ".join(flags))
    out.print(table)


# --- run ------------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--period", help="One reporting period, such as 2021-FY; without it, every period with new files.")
@click.option("--allow-mixed", is_flag=True, help="Real and simulated reports together; every product stays marked.")
def run(period: str | None, allow_mixed: bool) -> None:
    """Inbox → raw → warehouse → exports: the Dagster jobs of the UI, a reading a period and one build."""
    from orchestration.reading import batch, catalogue, inbox  # noqa: PLC0415
    from orchestration.simulation import sample as samples  # noqa: PLC0415

    if allow_mixed:
        os.environ[samples.ALLOW_MIXED] = "1"
    samples.refuse_mixed(paths.inbox(), paths.raw())

    if period and period not in catalogue.periods():
        raise click.ClickException(f"Không có kỳ báo cáo «{period}»; ví dụ đúng: 2021-FY, 2022-Q1, 2022-H1, 2022-Q3.")
    for stray in inbox.strays(paths.inbox()):
        err.print(f"! {stray.name}: nằm ngoài thư mục kỳ báo cáo nên không được đọc; hãy chuyển vào inbox/<kỳ>/.")
    received = list(dict.fromkeys(file.period for file in inbox.files(paths.inbox())))
    if not received and not period:
        raise click.ClickException(
            f"Hộp thư {paths.inbox()} chưa có báo cáo. Hãy đặt tệp vào inbox/<kỳ>/, ví dụ inbox/2021-FY/."
        )
    token = writer.told.set(lambda sentence: err.print(sentence, highlight=False, soft_wrap=True))
    try:
        with writer.writing("par run"):
            new = [period] if period else batch.periods_to_run(paths.inbox(), paths.raw())
        # Where nothing is new the warehouse is built all the same: what it is built by may have changed.
        results, log, is_published = _run_with_bars(received, new or received[-1:])
    finally:
        writer.told.reset(token)
    # Dagster calls a run in which steps were skipped a success.
    if not all(result.success for result in results) or "warehouse/release" not in _materialized(results):
        _explain_failure(results, log, is_published=is_published)
        sys.exit(1)
    _summary(results, len(inbox.files(paths.inbox())))


def _run_with_bars(received: list[str], periods: list[str]) -> tuple[list, Path, bool]:
    """Results of the runs, where their output is, and whether a warehouse was published."""
    from orchestration.reading import batch  # noqa: PLC0415

    with _bars(False) as bars:
        tasks: dict[str, int] = {}

        def listen(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_STAGES[stage], total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)

        starting = bars.add_task("Khởi động Dagster / starting", total=None)
        instance = _instance()
        bars.update(starting, total=1, completed=1)
        log, published = _log(), writer.published()
        token = batch.progress.set(listen)
        try:
            with log.open("w", encoding="utf-8") as stream, redirect_stdout(stream):
                results = _execute(instance, received, periods)
        finally:
            batch.progress.reset(token)
            instance.dispose()
    return results, log, writer.published() != published


_STAGES = {"read": "Đọc báo cáo / reading", "dbt": "Dựng kho dữ liệu / dbt", "release": "Xuất bản / release"}
_LOGS_KEPT = 20


def _log() -> Path:
    """Where dbt's and Dagster's own lines go, which would tear the progress bars."""
    paths.logs().mkdir(parents=True, exist_ok=True)
    for old in sorted(paths.logs().glob("par_run_*.log"))[: -_LOGS_KEPT + 1]:
        old.unlink(missing_ok=True)
    return paths.logs() / f"par_run_{clock.now().astimezone(clock.LOCAL_TIME):%Y-%m-%d_%H%M%S}_{os.getpid()}.log"


def _instance():
    """The Dagster instance that the UI also uses, so that runs started here are seen there."""
    os.environ["DAGSTER_HOME"] = str(_dagster_home())
    import logging  # noqa: PLC0415
    import warnings  # noqa: PLC0415

    warnings.filterwarnings("ignore")
    import dagster as dg  # noqa: PLC0415
    from filelock import FileLock  # noqa: PLC0415

    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        # Two first starts at once would both make the tables of Dagster's storage.
        with FileLock(paths.dagster_home() / ".start.lock"):
            return dg.DagsterInstance.get()
    except Exception as problem:
        raise click.ClickException(
            f"Dagster không mở được theo {paths.dagster_home() / 'dagster.yaml'}: {problem} Hãy sửa hoặc xóa tệp đó; "
            "`par` sẽ chép lại tệp mặc định. / Dagster cannot start by that file: mend or delete it, and `par` copies "
            "its own."
        ) from problem


def _dagster_home() -> Path:
    """DAGSTER_HOME with settings in it: the project's where there are none; an operator's own are left as they are."""
    home, settings = paths.dagster_home(), paths.dagster_home() / "dagster.yaml"
    home.mkdir(parents=True, exist_ok=True)
    wanted = (paths.PROJECT / "dagster.yaml").read_bytes()
    if not settings.exists():
        aside = settings.with_name(f".dagster.yaml.{os.getpid()}")
        aside.write_bytes(wanted)
        os.replace(aside, settings)
    elif settings.read_bytes() != wanted:
        err.print(
            f"! {settings} khác với tệp dagster.yaml của dự án và được giữ nguyên. / It differs from the project's and "
            "is used as it is.",
            highlight=False,
            soft_wrap=True,
        )
    return home


def _execute(instance, received: list[str], periods: list[str]) -> list:
    """Read every period and build once, in this process; stops at the first run that fails."""
    from orchestration.definitions import defs  # noqa: PLC0415
    from orchestration.defs import automation, reports, runs  # noqa: PLC0415

    reports.add_partitions(instance, [*received, *periods])
    runs.fail_dead_runs(instance)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    results = []
    for request in automation.requests(periods):
        job = defs.resolve_job_def(request.job_name)
        result = job.execute_in_process(
            run_config=quiet,
            instance=instance,
            partition_key=request.partition_key,
            raise_on_error=False,
        )
        results.append(result)
        if not result.success:
            break
    return results


def _materialized(results: list) -> dict[str, list]:
    """Asset → metadata of each time that the runs made it."""
    found = defaultdict(list)
    for result in results:
        for event in result.all_events:
            if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key:
                metadata = event.step_materialization_data.materialization.metadata
                found[event.asset_key.to_user_string()].append(metadata)
    return found


_MOST_ROWS_SHOWN = 5


def _explain_failure(results: list, log: Path, *, is_published: bool) -> None:
    from orchestration.defs.warehouse import FAILING_ROWS  # noqa: PLC0415

    if "warehouse/par_duckdb" in _materialized(results):
        err.print(
            "[bold red]Kho dữ liệu mới đã được công bố, nhưng bản phát hành chưa ghi được.[/]\n"
            "The new warehouse was published, but its release could not be written."
        )
    elif is_published:
        err.print(
            "[bold red]Chạy không thành công; trong lúc đó kho dữ liệu đã được thay (bởi lần này hoặc lần khác).[/]\n"
            "The run failed; the warehouse was replaced meanwhile, by this run or another."
        )
    else:
        err.print(
            "[bold red]Chạy không thành công; kho dữ liệu và bản phát hành trước vẫn nguyên.[/]\n"
            "The run failed; nothing was published."
        )
    has_failed_check = False
    for event in (event for result in results for event in result.all_events):
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.event_specific_data
            if not check.passed and check.severity.value == "ERROR":
                has_failed_check = True
                err.print(
                    f"  ✗ {check.asset_key.to_user_string()}: kiểm tra {check.check_name} không đạt", highlight=False
                )
                rows = check.metadata.get(FAILING_ROWS)
                for row in rows.records[:_MOST_ROWS_SHOWN] if rows else ():
                    line = "      " + " · ".join(str(value) for value in row.data.values())
                    err.print(line, highlight=False, markup=False, soft_wrap=True)
        elif event.is_step_failure:
            failure = event.step_failure_data.error
            while failure and failure.cause:
                failure = failure.cause
            said = failure.message.strip() if failure else ""
            if failure and failure.cls_name == "DagsterExecutionInterruptedError":
                said = "đã dừng theo yêu cầu / interrupted"
            # Of dbt the checks above say more than its own list of what it ran.
            said = said.partition("\n")[0] if has_failed_check else said
            err.print(f"  ✗ bước {event.step_key}: {said}", highlight=False, markup=False, soft_wrap=True)
    err.print(f"  Xem chi tiết: make ui → Runs, hoặc {log}. / Details in the UI under Runs, or there.", soft_wrap=True)


def _summary(results: list, files: int) -> None:
    from orchestration import summary  # noqa: PLC0415
    from orchestration.publishing.release import latest_release  # noqa: PLC0415

    made = _materialized(results)
    read_count = sum(seen["files_read"].value for seen in made["raw/documents"])
    out.print(f"\nĐã đọc {read_count} tệp mới, bỏ qua {files - read_count} tệp đã đọc.", highlight=False)
    for name, reason_vi, reason_en in summary.quarantined(paths.database()):
        err.print(f"[red]✗ {name}[/]: {reason_vi} / {reason_en}", highlight=False)
    for table in summary.tables(paths.database()):
        out.print(table)
    out.print(
        f"\nKho dữ liệu / warehouse: {paths.database()}\nBản phát hành / release: {latest_release(paths.exports())}"
        f"{'' if made['warehouse/release'][0]['is_new'].value else ' (không đổi / unchanged)'}\n"
        'Truy vấn / query: par query "select * from marts.fct_indicator_value limit 5" · giao diện / UI: make ui',
        highlight=False,
        soft_wrap=True,
    )


# --- decisions ------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("file")
@click.option("--reason", required=True, help="Why, in words; it is kept and published.")
@click.option("--by", "decided_by", default=None, help="Who decides; the user of this machine unless told.")
def withdraw(file: str, reason: str, decided_by: str | None) -> None:
    """Take an accepted report or sheet out of the warehouse. FILE: its path, its name, or the start of its SHA-256."""
    _decide("withdraw", file, reason, decided_by)


@main.command()
@click.argument("file")
@click.option("--reason", required=True, help="Why, in words; it is kept.")
@click.option("--by", "decided_by", default=None, help="Who decides; the user of this machine unless told.")
def dismiss(file: str, reason: str, decided_by: str | None) -> None:
    """Call a quarantined file dealt with. FILE: its path, its name, or the start of its SHA-256."""
    _decide("dismiss", file, reason, decided_by)


@main.command()
@click.argument("file")
@click.option("--reason", required=True, help="Why, in words; it is kept.")
@click.option("--by", "decided_by", default=None, help="Who decides; the user of this machine unless told.")
def restore(file: str, reason: str, decided_by: str | None) -> None:
    """Take back what was decided about a file. FILE: its path, its name, or the start of its SHA-256."""
    _decide("restore", file, reason, decided_by)


_STATUS_NEEDED = {"withdraw": "accepted", "dismiss": "quarantined"}
_NOT_SO = {
    "withdraw": "«{name}» chưa được chấp nhận nên không có gì để rút; dùng `par dismiss` với tệp bị cách ly. / It was "
    "not accepted, so there is nothing to withdraw: `par dismiss` is for a quarantined file.",
    "dismiss": "«{name}» không bị cách ly; dùng `par withdraw` để rút một báo cáo đã được chấp nhận. / It is not in "
    "quarantine: `par withdraw` is for an accepted report.",
}


def _decide(decision: str, file: str, reason: str, decided_by: str | None) -> None:
    """Write a decision file into the inbox, beside the file it is about; the next run follows it."""
    import getpass  # noqa: PLC0415

    from orchestration.reading import raw  # noqa: PLC0415
    from orchestration.reading.decision import write_decision  # noqa: PLC0415

    found = raw.documents_like(paths.raw(), file)
    if not found:
        raise click.ClickException(
            f"Kho chưa đọc tệp nào như «{file}»; hãy nêu đường dẫn, tên tệp hoặc phần đầu mã SHA-256. / Nothing like "
            "it was read: give a path, a file name, or the start of a SHA-256."
        )
    if len({row["file_sha256"] for _, row in found}) > 1:
        names = "; ".join(f"{period}/{row['inbox_path']} ({row['file_sha256'][:12]})" for period, row in found)
        raise click.ClickException(
            f"«{file}» chỉ nhiều tệp, hãy nêu mã SHA-256: {names}. / It names several files: give the SHA-256."
        )
    needed = _STATUS_NEEDED.get(decision)
    if needed and all(row["status"] != needed for _, row in found):
        raise click.ClickException(_NOT_SO[decision].format(name=found[0][1]["file_name"]))
    period, row = found[0]
    moment = clock.now().astimezone(clock.LOCAL_TIME)
    written = write_decision(
        paths.inbox() / period,
        decision,
        row["file_sha256"],
        row["file_name"],
        reason,
        decided_by or getpass.getuser(),
        moment,
    )
    out.print(
        f"Đã ghi {written}; có hiệu lực từ lần `par run` tới. / Written; the next `par run` follows it.",
        highlight=False,
        soft_wrap=True,
    )


# --- query ----------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("sql")
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of a table.")
def query(sql: str, as_csv: bool) -> None:
    """Ask the published warehouse in SQL (read-only)."""
    import duckdb  # noqa: PLC0415

    if not paths.database().exists():
        raise click.ClickException(
            "Chưa có kho dữ liệu; hãy chạy `par run` trước. / There is no warehouse yet: run `par run`."
        )
    try:
        with duckdb.connect(str(paths.database()), read_only=True) as connection:
            relation = connection.sql(sql)
            if relation is None:
                return
            if as_csv:
                relation.df().to_csv(sys.stdout, index=False)
                return
            table = Table(*relation.columns)
            rows = relation.limit(1001).fetchall()
            for row in rows[:1000]:
                table.add_row(*("" if value is None else str(value) for value in row))
            out.print(table)
            if len(rows) > 1000:
                err.print("Chỉ hiện 1.000 dòng đầu; dùng --csv để lấy hết. / First 1,000 rows; --csv gives all.")
    except duckdb.Error as problem:
        raise click.ClickException(str(problem)) from problem


# --- ui -------------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--port", default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def ui(port: int, host: str) -> None:
    """Open Dagster: webserver and daemon, so that the sensor and the schedule can be switched on."""
    from orchestration.defs import reports, runs  # noqa: PLC0415

    with _instance() as instance:
        reports.add_partitions(instance, reports.received_periods())
        runs.fail_dead_runs(instance)
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    dagster = Path(sys.executable).parent / "dagster"
    workspace = paths.PROJECT / "workspace.yaml"
    out.print(f"Dagster: http://{host}:{port}  (Ctrl+C để dừng / to stop)", highlight=False)
    os.chdir(paths.PROJECT)
    os.execve(dagster, [str(dagster), "dev", "-w", str(workspace), "-h", host, "-p", str(port)], environment)


# --- editions -------------------------------------------------------------------------------------------------------


@main.group()
def edition() -> None:
    """Editions of an index: a template to fill in, and a check of a filled-in file."""


@edition.command("template")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--index", "index_code", default="PAR", show_default=True)
@click.option("--edition", "edition_code", default="876", show_default=True)
def edition_template(target: Path, index_code: str, edition_code: str) -> None:
    """Write an edition of the seeds as a workbook, to be corrected and dropped into the inbox."""
    from orchestration.reading.edition import write_template  # noqa: PLC0415

    count = write_template(target, index_code, edition_code)
    out.print(
        f"Đã ghi {count} tiêu chí vào {target}. Sửa xong, chạy `par edition check {target.name}` rồi đặt vào "
        "inbox/<năm>-FY/. / Correct it, check it, and put it into the inbox.",
        highlight=False,
    )


@edition.command("check")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def edition_check(file: Path) -> None:
    """Say every mistake of an edition file in a sentence. Exit status 1 if there is one."""
    from orchestration.reading.edition import differences  # noqa: PLC0415
    from orchestration.reading.reader import edition_of  # noqa: PLC0415

    rows, mistakes = edition_of(file)
    for mistake in mistakes:
        err.print(f"[red]✗[/] {mistake.vi} / {mistake.en}", highlight=False)
    if mistakes:
        sys.exit(1)
    for difference in differences(rows):
        err.print(f"[yellow]![/] {difference.vi} / {difference.en}", highlight=False)
    count = len({row.criterion_code for row in rows})
    out.print(
        f"[bold green]✓[/] {count} tiêu chí, bộ {rows[0].edition_code} của chỉ số {rows[0].index_code}: "
        "không có lỗi. / no mistakes.",
        highlight=False,
    )


# --- sample and doctor ----------------------------------------------------------------------------------------------


@main.command()
def sample() -> None:
    """Put the sample into the inbox if the inbox is empty: a made-up nation, and one report of real figures."""
    from orchestration.simulation import sample as samples  # noqa: PLC0415

    if not samples.is_empty(paths.inbox()):
        out.print("Hộp thư đã có tệp; không thêm mẫu. / The inbox has files; no sample added.")
        return
    with _bars(False) as bars:
        task = bars.add_task("Viết tỉnh mô phỏng / simulating", total=None)
        written = samples.fill(
            paths.inbox(), paths.raw(), paths.SAMPLE, lambda done, total: bars.update(task, completed=done, total=total)
        )
    out.print(
        f"Hộp thư trống: đã đặt {written.reports} báo cáo MÔ PHỎNG, báo cáo mẫu của Hà Nam và các bảng "
        f"PAPI 2011–2024 vào {paths.inbox()}; "
        "gỡ ra bằng `make empty`.\n"
        f"The inbox was empty: put {written.reports} SIMULATED reports, the Hà Nam sample and the PAPI tables into it; "
        "`make empty` takes them out.",
        highlight=False,
        soft_wrap=True,
    )


@main.command()
@click.option("--simulated", is_flag=True, help="Every other simulated report too, wherever it came from.")
def empty(simulated: bool) -> None:
    """Take out exactly what the sample put into the inbox, and what was read of it."""
    from orchestration.simulation import sample as samples  # noqa: PLC0415

    removed = samples.take_out(paths.inbox(), paths.raw())
    others = samples.take_out_simulated(paths.inbox(), paths.raw()) if simulated else 0
    out.print(
        f"Đã gỡ {removed.files + others} tệp; bản phát hành cũ vẫn còn, kho dữ liệu đổi ở lần chạy tới. / "
        f"Took out {removed.files + others} files; the warehouse changes with the next run.",
        highlight=False,
        soft_wrap=True,
    )
    for path in removed.kept:
        err.print(f"! {path.name}: đã bị sửa sau khi đặt vào nên được giữ lại. / changed since, so it stays.")


@main.command()
@click.option("--years", default="2022-2024", show_default=True, help="A year, years, or a span: 2019-2025.")
@click.option("--periods", default="Q1,H1,Q3,FY", show_default=True, help="Which of a year's four reports.")
@click.option("--provinces", default="all", show_default=True, help="Names or codes, with commas.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same bytes.")
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path), help="Gets inbox/ and truth/.")
@click.option("--formats", default="docx,xlsx,html,txt", show_default=True, help="Also pdf and scan.")
@click.option("--faults", default="typical", show_default=True, type=click.Choice(["none", "typical", "hostile"]))
@click.option(
    "--scores", "with_scores", is_flag=True, help="Also claims, verified points, surveys, statistics, result."
)
def simulate(  # noqa: PLR0917 - one a word of the command
    years: str, periods: str, provinces: str, seed: int, folder: Path, formats: str, faults: str, with_scores: bool
) -> None:
    """Write a made-up nation's reports with known truth, every one of them marked as simulated."""
    from orchestration.simulation import nation  # noqa: PLC0415

    order = nation.order_from_words(years, periods, provinces, seed, formats, faults, with_scores)
    if (folder / "inbox").exists() and any((folder / "inbox").iterdir()):
        raise click.ClickException(f"{folder / 'inbox'} đã có tệp; hãy chọn thư mục khác. / It has files already.")
    with _bars(False) as bars:
        task = bars.add_task("Viết báo cáo mô phỏng / simulating", total=None)
        written = nation.write_nation(
            order,
            folder / "inbox",
            folder / "truth",
            lambda done, total: bars.update(task, completed=done, total=total),
        )
    out.print(
        f"{written.reports} báo cáo, {written.never_sent} không gửi, {written.faults} lỗi cài sẵn: {folder}. "
        f"Chạy / run: PAR_INBOX={folder / 'inbox'} par run",
        highlight=False,
        soft_wrap=True,
    )


@main.command()
@click.option("--seeds", is_flag=True, help="Check the seeds (provinces, forms, calendar, …) instead of the machine.")
def doctor(seeds: bool) -> None:
    """Say what is missing on this machine and how to get it. Exit status 1 if the main job cannot run."""
    from orchestration import machine, seed_check  # noqa: PLC0415

    if seeds:
        mistakes = seed_check.check(paths.SEEDS)
        for mistake in mistakes:
            out.print(f"[red]✗[/] {escape(str(mistake))}", highlight=False, soft_wrap=True)
        if not mistakes:
            out.print("[green]✓[/] Các danh mục không có lỗi. / The seeds have no mistake.", highlight=False)
        sys.exit(1 if mistakes else 0)
    problems = 0
    for finding in machine.findings():
        mark = {"ok": "[green]✓[/]", "optional": "[yellow]![/]", "error": "[red]✗[/]"}[finding.level]
        out.print(f"{mark} {finding.what}: {finding.found}", highlight=False)
        if finding.remedy:
            out.print(f"    → {finding.remedy}", highlight=False)
        problems += finding.level == "error"
    sys.exit(1 if problems else 0)


def _bars(disabled: bool) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=disabled,
    )


if __name__ == "__main__":
    main()
