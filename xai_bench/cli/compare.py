"""`xai-bench compare`: how stable are explanations?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.options import (
    cohort_options,
    command_text,
    names_option,
    options,
    out_option,
    print_left_out,
    print_line,
    print_warning,
)
from xai_bench.presets import PRESETS

__all__ = ["command"]


@click.command("compare")
@cohort_options(PRESETS.stability.models, PRESETS.stability.methods, PRESETS.stability.n)
@names_option(
    "--questions",
    ["all"],
    "Of input, initialisations, methods, weights and beats, comma-separated.",
)
@out_option("stability", "Folder of the page, the tables and the figures.")
@options("length", "seed", "device", "zoo")
def command(out: Path, **given: Any) -> None:
    """Compare the explanations of every METHOD on every MODEL with what they should resemble.

    Five questions: does an explanation stay when the recording is disturbed (in millivolt, before
    normalisation), do nets that differ in their seed explain alike, do methods agree and are they
    right where they do, does the explanation go when the weights do, is a beat explained like the
    next one.

    \b
    xai-bench compare
    xai-bench compare --model imn --method native,gradcam --questions input,beats
    xai-bench compare --data ptb-xl/ --n 200 --out stability-ptb-xl
    """
    from rich.console import Console

    from xai_bench.report.progress_bar import progress
    from xai_bench.report.stability.findings import findings, least_detectable
    from xai_bench.report.stability.tables import summary
    from xai_bench.report.stability.write import write_comparison
    from xai_bench.studies.stability import compare

    with progress() as bar:
        found = compare(**given, progress=bar)
    write_comparison(found, out, command=command_text())
    console = Console()
    for one in findings(found.scores, found.table):
        print_line(f"- {one.text}")
    console.print(summary(found.scores, found.table))
    few = least_detectable(found.scores)
    if few:
        print_warning(few)
    print_left_out(found.facts["left_out"])
    print_left_out(
        f"{', '.join(one[name] for name in ('model', 'method', 'question') if one[name])}: "
        f"{one['reason']}"
        for one in found.facts["skipped"]
    )
    print_line(f"page, tables and figures: {out / 'README.md'}")
