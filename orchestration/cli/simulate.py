"""`par sample`, `empty` and `simulate`: made-up provinces, put into the inbox, taken out again, or written aside."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration import paths
from orchestration.cli.console import bars, out, warn
from orchestration.sentence import Sentence, ToldError
from orchestration.simulation import nation
from orchestration.simulation import sample as samples


@click.command()
def sample() -> None:
    """Put the sample into the inbox if the inbox is empty: a made-up nation, and one report of real figures."""
    if not samples.is_empty(paths.inbox()):
        out.print("Hộp thư đã có tệp; không thêm mẫu. / The inbox has files; no sample added.")
        return
    with bars() as progress:
        task = progress.add_task("Viết tỉnh mô phỏng / simulating", total=None)
        written = samples.fill(
            paths.inbox(),
            paths.raw(),
            paths.SAMPLE,
            lambda done, total: progress.update(task, completed=done, total=total),
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


@click.command()
@click.option("--simulated", is_flag=True, help="Every other simulated report too, wherever it came from.")
def empty(simulated: bool) -> None:
    """Take out exactly what the sample put into the inbox, and what was read of it."""
    removed = samples.take_out(paths.inbox(), paths.raw())
    others = samples.take_out_simulated(paths.inbox(), paths.raw()) if simulated else 0
    out.print(
        f"Đã gỡ {removed.files + others} tệp; bản phát hành cũ vẫn còn, kho dữ liệu đổi ở lần chạy tới. / "
        f"Took out {removed.files + others} files; the warehouse changes with the next run.",
        highlight=False,
        soft_wrap=True,
    )
    for path in removed.kept:
        warn(Sentence(f"{path.name}: đã bị sửa sau khi đặt vào nên được giữ lại.", "Changed since, so it stays."))


@click.command()
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
    order = nation.order_from_words(years, periods, provinces, seed, formats, faults, with_scores)
    if (folder / "inbox").exists() and any((folder / "inbox").iterdir()):
        raise ToldError(f"{folder / 'inbox'} đã có tệp; hãy chọn thư mục khác.", "It has files already.")
    with bars() as progress:
        task = progress.add_task("Viết báo cáo mô phỏng / simulating", total=None)
        written = nation.write_nation(
            order,
            folder / "inbox",
            folder / "truth",
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    out.print(
        f"{written.reports} báo cáo, {written.never_sent} không gửi, {written.faults} lỗi cài sẵn: {folder}. "
        f"Chạy / run: PAR_INBOX={folder / 'inbox'} par run",
        highlight=False,
        soft_wrap=True,
    )
