"""`xai-bench probe`: what do nets know of a recording, and what does their answer follow?"""

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
from xai_bench.presets import PRESETS

__all__ = ["command"]

_PRESET = PRESETS.probe


@click.command("probe")
@names_option("--model", _PRESET.models)
@click.option("--layer", help="A layer of the nets, such as block3.  [default: their cam_layer]")
@options("data", "labels", "split", "fold")
@default_option(
    "--n",
    str(_PRESET.n),
    "Recordings, or 'all'.",
    callback=lambda context, parameter, text: count("--n", text),
)
@click.option(
    "--target",
    help="The class whose log-odds are followed.  [default: the last: of two the positive one]",
)
@out_option("probe", "Folder of the page, the table and the figure.")
@options("length", "gain", "seed", "device", "zoo")
def command(out: Path, **given: Any) -> None:
    """Look for clinical concepts (heart rate, PR, QRS, QTc, axis, voltage, ST by lead, age, sex) in
    a layer of each MODEL, beside the untrained net, and test which of them its log-odds follow.

    \b
    xai-bench probe
    xai-bench probe --model imn,resnet1d --data path/to/ptb-xl --n all
    """
    from xai_bench.report.probe.findings import ProbeFindings
    from xai_bench.report.probe.page import write_probe
    from xai_bench.report.probe.tables import summary_table
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.probe import probe

    with progress() as bar:
        found = ProbeFindings(probe(**given, progress=bar))
    write_probe(found, out, command=command_text())
    facts = found.result.facts
    print_study(
        found.sentences,
        summary_table(found),
        remarks=facts["remarks"],
        left_out=facts["left_out"],
        page=out / "README.md",
    )
