"""`xai-bench report`: one page to open and to pass on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.numbers import Whole
from xai_bench.cli.options import default_option, options, out_option, print_left_out, print_text

__all__ = ["command"]


@click.command("report")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@out_option("report.html", "The page.", is_file=True)
@default_option("--records", 3, "Recordings of the gallery; 0 for none.", Whole(min=0))
@default_option(
    "--data",
    "synthetic",
    "Where the gallery's recordings come from: 'synthetic', a PTB-XL folder or a folder of WFDB "
    "records.",
)
@options("device", "zoo")
def command(runs: tuple[Path, ...], **given: Any) -> None:
    """Write RUNS, folders that run, compare, dose or audit wrote (default: runs), as one page.

    The page holds everything: tables to sort and filter, figures, recordings on ECG paper with
    the attributions that were scored, methods, references, and every table to download. It needs
    no network.

    \b
    xai-bench report
    xai-bench report runs stability docs/audit --out report.html
    """
    from xai_bench.report.html import MOST_BYTES, write_report
    from xai_bench.report.progress_bar import progress

    with progress() as bar:
        written = write_report(runs or ("runs",), **given, progress=bar)
    print_left_out(written.left_out)
    if written.size > MOST_BYTES:
        print_text(f"the page is larger than {MOST_BYTES / 1e6:g} MB; ask for fewer --records")
    print_text(f"{written.path}: {written.size / 1e6:.1f} MB")
