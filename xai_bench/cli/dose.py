"""`xai-bench dose`: do log-odds and attribution follow the dose of a planted lesion?"""

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
from xai_bench.errors import InputError
from xai_bench.presets import PRESETS

__all__ = ["command"]

_PRESET = PRESETS.dose_response


def _doses(context: click.Context, parameter: click.Parameter, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--doses wants numbers in mV, not '{text}'") from None


@click.command("dose")
@names_option("--model", _PRESET.models)
@names_option("--method", _PRESET.methods)
@options("data", "labels", "split", "fold")
@names_option(
    "--lesion",
    _PRESET.lesions,
    "Names, comma-separated; mains (above 100 Hz), muscle, wander and electrode-motion are "
    "irrelevant changes, which lesions are compared with.",
)
@default_option(
    "--doses",
    ",".join(f"{dose:g}" for dose in _PRESET.doses),
    "Largest change over leads and samples, mV, comma-separated.",
    callback=_doses,
)
@default_option(
    "--n",
    str(_PRESET.n),
    "Healthy recordings, or 'all'.",
    callback=lambda context, parameter, text: count("--n", text),
)
@out_option("dose", "Folder of the page, the tables and the figure.")
@options("length", "gain", "seed", "device", "zoo")
def command(out: Path, **given: Any) -> None:
    """Plant lesions of rising dose in healthy recordings (labelled NORM and nothing else), and ask
    whether the log-odds of each MODEL and the attribution of each METHOD follow.

    \b
    xai-bench dose
    xai-bench dose --model imn --method native,ig-16 --lesion st-elevation-anterior,muscle
    xai-bench dose --data ptb-xl/ --split all --n 24 --out dose-ptb-xl
    """
    from xai_bench.report.dose_response.findings import DoseFindings
    from xai_bench.report.dose_response.page import write_dose_response
    from xai_bench.report.dose_response.tables import summary_table
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.dose_response import dose_response

    with progress() as bar:
        result = dose_response(**given, progress=bar)
    found = DoseFindings(result)
    write_dose_response(found, out, command=command_text())
    print_study(
        (one.text for one in found.sentences),
        summary_table(result),
        remarks=result.facts["remarks"],
        left_out=found.left_out,
        page=out / "README.md",
    )
