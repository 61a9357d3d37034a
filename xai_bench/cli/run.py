"""`xai-bench run`: score, then show what was scored."""

from __future__ import annotations

from typing import Any

import click

from xai_bench.cli.numbers import Whole
from xai_bench.cli.options import (
    choice_option,
    cohort_options,
    default_option,
    names_option,
    options,
    print_leaderboard,
    print_left_out,
    print_line,
    print_warning,
)
from xai_bench.cli.protocol_option import check_form, protocol_option
from xai_bench.durations import parse_duration
from xai_bench.presets import PRESETS

__all__ = ["command"]

_ENOUGH = 64
"""Recordings; with fewer, a run says which differences it cannot see."""


@click.command("run")
@protocol_option(PRESETS.protocol)
@cohort_options(PRESETS.run.models, PRESETS.run.methods, PRESETS.run.n)
@names_option("--metrics", ["core"], "Names, families, 'core' or 'all', comma-separated.")
@default_option("--out", "runs", "Run folder, or one in an object store: s3://bucket/run.")
@choice_option(
    "--engine",
    ["auto", "fast", "quantus"],
    "Quantus's own code, or fast scorers that agree with it; auto: fast where there is one.",
)
@choice_option(
    "--precision",
    ["float32", "tf32", "bf16"],
    "tf32: faster and coarser products on CUDA. bf16: of the scorers' passes; for exploration.",
)
@options("executor", "workers")
@click.option(
    "--rows",
    type=Whole(min=1),
    help="Recordings in one pass of a scorer; the same rows give the same scores to the last bit.  "
    "[default: 8 on a CPU, measured on CUDA]",
)
@click.option(
    "--time-limit",
    callback=lambda context, parameter, text: text and parse_duration(text),
    help="Such as 30m or 2h; then the run ends, and the same command goes on from there.",
)
@options("length", "gain", "waves")
@click.option(
    "--strict", is_flag=True, help="A recording that cannot be read is an error and not left out."
)
@options("seed", "device", "zoo")
def command(protocol: str | None, **given: Any) -> None:
    """Score every METHOD on every MODEL and write cells and a leaderboard.

    The controls random and oracle are scored on the same recordings, as floor and ceiling. Cells
    that were scored before are reused, and a run that was interrupted is gone on with. A model that
    classifies too badly is scored, marked unreliable, and never leads a ranking.

    \b
    xai-bench run --model imn,conv2d --method native,gradcam,ig --metrics faithfulness
    xai-bench run --data ptb-xl/ --n all --target MI --time-limit 8h
    xai-bench run --protocol beat-mitbih --data mitbih:mit-bih/
    """
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.scored_metrics import scored_metrics
    from xai_bench.report.verdicts.tables import detectable_difference
    from xai_bench.results import read_cells
    from xai_bench.studies.benchmark import run

    if protocol is not None:
        check_form(protocol, PRESETS.protocol[protocol], given["model"], given["zoo"])
    with progress() as bar:
        done = run(**given, progress=bar, notice=bar.notice)
    out = given["out"].rstrip("/")
    scored = [cell for cell in read_cells(done.folder) if cell.folder(done.folder) in done.cells]
    labels = scored_metrics(scored, given["zoo"].flags())
    print_leaderboard(done.leaderboard, labels)
    headline = PRESETS.report.faithfulness
    if headline in labels and all(cell.provenance["n"] < _ENOUGH for cell in scored):
        too_small = detectable_difference(scored, headline, labels[headline].label)
        if too_small:
            print_warning(too_small)
    for line in (*done.unreliable, *done.remarks):
        print_warning(line)
    print_left_out(done.left_out)
    reused = f" ({done.reused} scored before)" if done.reused else ""
    print_line(f"{len(done.cells)} cells{reused} in {out}")
    print_line(f"leaderboard: {out}/leaderboard.csv")
