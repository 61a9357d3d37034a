"""`xai-bench accuracy`: how near do methods come to the truth about known nets?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.options import (
    cohort_options,
    command_text,
    options,
    out_option,
    print_study,
)
from xai_bench.presets import PRESETS

__all__ = ["command"]

_PRESET = PRESETS.method_accuracy


@click.command("accuracy")
@cohort_options(_PRESET.models, _PRESET.methods, _PRESET.n)
@out_option("accuracy", "Folder of the page, the tables and the figure.")
@options("length", "gain", "seed", "device", "zoo")
def command(out: Path, **given: Any) -> None:
    """Compare the attributions of each METHOD with the truth about each MODEL, a known net: what
    every sample adds to its log-odds is known from how it is built.

    \b
    xai-bench accuracy
    xai-bench accuracy --model known-linear,known-hypernet --method native,ig-16,kernelshap --n 8
    """
    from xai_bench.report.method_accuracy.findings import AccuracyFindings
    from xai_bench.report.method_accuracy.page import write_method_accuracy
    from xai_bench.report.method_accuracy.tables import summary_table
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.method_accuracy import method_accuracy

    with progress() as bar:
        result = method_accuracy(**given, progress=bar)
    found = AccuracyFindings(result)
    write_method_accuracy(found, out, command=command_text())
    print_study(
        (one.text for one in found.sentences),
        summary_table(result),
        remarks=result.facts["remarks"],
        left_out=found.left_out,
        page=out / "README.md",
    )
