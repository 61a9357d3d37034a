"""`xai-bench territories`: which muscle do explanations of an infarct point at?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.options import (
    command_text,
    count,
    default_option,
    names_option,
    options,
    out_option,
    print_study,
)

__all__ = ["command"]

# As in studies/territories/study.py, which imports torch; a test compares them.
_MODELS = ("imn", "resnet1d")
_METHODS = (
    *("native", "input-x-gradient", "ig-16", "deeplift", "saliency", "gradcam"),
    *("input-x-gradient@untrained", "random"),
)


@click.command("territories")
@names_option("--model", _MODELS)
@names_option("--method", _METHODS)
@default_option(
    "--n",
    "48",
    "Infarcts of the test fold, or 'all'.",
    callback=lambda context, parameter, text: count("--n", text),
)
@out_option("territories", "Folder of the page, the tables and the pictures.")
@options("seed", "device", "zoo")
def command(out: Path, **given: Any) -> None:
    """Pull attributions back through the lead field of the synthetic heart, and compare the
    segments that they point at with those that the planted infarct silenced.

    \b
    xai-bench territories
    xai-bench territories --model imn --method native,ig-16 --n 16
    """
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.territories.findings import findings
    from xai_bench.report.territories.page import write_territories
    from xai_bench.report.territories.tables import summary_tables
    from xai_bench.studies.territories import territories

    with progress() as bar:
        found = territories(**given, progress=bar)
    write_territories(found, out, command=command_text())
    print_study(
        findings(found),
        summary_tables(found.result)[0],
        remarks=found.result.facts["remarks"],
        left_out=[f"{one['model']}: {one['reason']}" for one in found.result.facts["skipped"]],
        page=out / "README.md",
    )
