"""`par read`: what files were understood to say, as a table for people or JSON for programs, without a warehouse."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from orchestration.cli.console import bars, err, out
from orchestration.reading import batch
from orchestration.reading.reader import Reading
from orchestration.sentence import ToldError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
def read(files: tuple[Path, ...], as_json: bool) -> None:
    """Show what files were understood to say, without a warehouse. Exit status 1 if any was refused."""
    missing = [path for path in files if not path.exists()]
    if missing:
        raise ToldError(f"Không có tệp {missing[0]}.", f"There is no file {missing[0]}.")
    wanted = [
        path
        for file in files
        for path in (sorted(p for p in file.rglob("*") if p.is_file()) if file.is_dir() else [file])
    ]
    readings = {}
    with tempfile.TemporaryDirectory(prefix="par-read-") as folder, bars(as_json or len(wanted) < 2) as progress:
        opened = batch.open_parcels(wanted, Path(folder))
        # A parcel gives one answer a member.
        names: dict[Path, tuple[Path, str | None]] = {}
        for path in wanted:
            if path in opened:
                names.update((member.path, (path, member.way)) for member in opened[path])
            else:
                names[path] = (path, None)
        task = progress.add_task("Đọc tệp / reading", total=len(names))
        for path, reading in batch.read_limited(names):
            readings[path] = reading
            progress.advance(task)
    for path, (file, way) in names.items():
        if as_json:
            click.echo(json.dumps(_as_json(file, way, readings[path]), ensure_ascii=False))
        else:
            _show(readings[path])
    if any(reading.refusal for reading in readings.values()):
        sys.exit(1)


def _as_json(path: Path, way: str | None, reading: Reading) -> dict[str, Any]:
    """`member` is the way from a parcel to the file in it."""
    identity, refusal = reading.identity, reading.refusal
    return {
        "file": str(path),
        "member": way,
        "sha256": reading.sha256,
        "status": reading.status,
        "reason": refusal and {"code": refusal.code, **vars(refusal.sentence)},
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


def _show(reading: Reading) -> None:
    if reading.refusal:
        said = reading.refusal.sentence
        err.print(f"[bold red]✗ {reading.file_name}[/]\n  {said.vi}\n  {said.en}", highlight=False)
        return
    if reading.sheet:
        sheet = reading.sheet
        count = len(sheet.scores) + len(sheet.surveys) + len(sheet.editions)
        out.print(f"[bold green]✓ {reading.file_name}[/]  {sheet.kind} · {count} dòng / rows", highlight=False)
        return
    identity, annex = reading.identity, reading.annex
    if identity is None or annex is None:
        raise ValueError(f"{reading.file_name}: accepted without a province or an annex")
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
