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
    print_study,
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
@options("length", "gain", "seed", "device", "executor", "workers", "zoo")
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
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.stability.findings import StabilityFindings
    from xai_bench.report.stability.page import write_stability
    from xai_bench.report.stability.tables import summary_table
    from xai_bench.studies.stability import compare

    with progress() as bar:
        result = compare(**given, progress=bar)
    found = StabilityFindings(result)
    write_stability(found, out, command=command_text())
    print_study(
        (one.text for one in found.sentences if not one.folded),
        summary_table(result),
        warning=found.few_patients,
        remarks=result.facts["remarks"],
        left_out=found.left_out,
        page=out / "README.md",
    )
