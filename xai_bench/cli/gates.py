"""`xai-bench gates`: do the gates of a net say which of its channels matter?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.options import (
    command_text,
    count,
    default_option,
    options,
    out_option,
    print_study,
)

__all__ = ["command"]


@click.command("gates")
@click.argument("what", nargs=-1, required=True)
@default_option("--n", "128", "Recordings, or 'all'.")
@options("data", "labels", "split")
@out_option("gates", "Folder of the page, the table and the figure.")
@options("length", "gain", "seed", "device", "zoo")
def command(what: tuple[str, ...], n: str, out: Path, **given: Any) -> None:
    """Ask whether the gates of WHAT, models with gates on their channels, by name or folder, say
    which channels matter for a recording: against the exact effect of removing each, beside
    gradients, the size of maps, the gates of other recordings and of the untrained net.

    \b
    xai-bench gates sevgg-lstm ia-resnet
    xai-bench gates ia-resnet --data ptb-xl/ --n all --out gates-ptb-xl
    """
    from xai_bench.report.gates.findings import gate_findings
    from xai_bench.report.gates.page import write_gates
    from xai_bench.report.gates.tables import agreement_table
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.gates import gates

    with progress() as bar:
        found = gates(what, n=count("--n", n), **given, progress=bar)
    write_gates(found, out, command=command_text())
    print_study(
        gate_findings(found),
        agreement_table(found),
        remarks=found.facts["remarks"],
        left_out=found.facts["left_out"],
        page=out / "README.md",
    )
