"""`xai-bench report`: one page to open and to pass on."""

from __future__ import annotations

from pathlib import Path

import click

from xai_bench.cli.options import device_option, zoo_option

__all__ = ["command"]


@click.command("report")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="report.html",
    show_default=True,
    help="The page.",
)
@click.option(
    "--records",
    type=click.IntRange(min=0),
    default=6,
    show_default=True,
    help="Recordings of the gallery; 0 for none.",
)
@click.option(
    "--data",
    default="synthetic",
    show_default=True,
    help="Where the gallery's recordings come from: 'synthetic', a PTB-XL folder or a folder of "
    "WFDB records.",
)
@device_option
@zoo_option
def command(
    runs: tuple[Path, ...],
    out: Path,
    records: int,
    data: str,
    device: str | None,
    zoo: Path | None,
) -> None:
    """Write RUNS, folders that run, compare or audit wrote (default: runs), as one page.

    The page holds everything: tables to sort and filter, figures, recordings on ECG paper with
    the attributions that were scored, methods, references, and every table to download. It needs
    no network.

    \b
    xai-bench report
    xai-bench report runs stability docs/audit --out report.html
    """
    from xai_bench.report.html import MOST_BYTES, write_report
    from xai_bench.report.progress_bar import progress
    from xai_bench.zoo import Zoo

    with progress() as tell:
        written = write_report(
            runs or ("runs",),
            out=out,
            records=records,
            data=data,
            device=device,
            zoo=Zoo(*[zoo] if zoo else []),
            progress=tell,
        )
    for line in written.left_out:
        click.echo(f"left out: {line}")
    if written.size > MOST_BYTES:
        click.echo(f"the page is larger than {MOST_BYTES / 1e6:g} MB; ask for fewer --records")
    click.echo(f"{written.path}: {written.size / 1e6:.1f} MB")
