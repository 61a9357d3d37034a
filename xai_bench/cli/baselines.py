"""`xai-bench baselines`: how do conclusions depend on what removed samples become?"""

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
from xai_bench.types import BASELINES

__all__ = ["command"]

_PRESET = PRESETS.baselines


@click.command("baselines")
@cohort_options(_PRESET.models, _PRESET.methods, _PRESET.n)
@names_option("--metrics", _PRESET.metrics, "Metrics that set samples to zero, comma-separated.")
@names_option("--baselines", BASELINES)
@out_option("baselines", "Folder of the page, the tables and the figure.")
@options("length", "gain", "seed", "device", "zoo")
def command(out: Path, baselines: str, **given: Any) -> None:
    """Score METHODS by metrics that remove samples, which become zero, the recording's median beat,
    a typical beat, noise, or the healthy twin; and begin the methods that can at each of them.

    \b
    xai-bench baselines
    xai-bench baselines --model resnet1d --method gradcam,ig-16,shap --baselines zero,twin --n 8
    """
    from xai_bench.report.baselines.findings import baseline_findings
    from xai_bench.report.baselines.page import write_baselines
    from xai_bench.report.baselines.tables import order_table
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.baselines import baseline_dependence

    with progress() as bar:
        found = baseline_dependence(**given, baselines=baselines.split(","), progress=bar)
    write_baselines(found, out, command=command_text())
    print_study(
        baseline_findings(found),
        order_table(found.result),
        remarks=found.result.facts["remarks"],
        left_out=found.result.facts["left_out"],
        page=out / "README.md",
    )
