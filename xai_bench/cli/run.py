"""`xai-bench run`: score, then show what was scored."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from xai_bench.cli.options import (
    data_option,
    device_option,
    fold_option,
    length_option,
    seed_option,
    split_option,
    target_option,
    zoo_option,
)

__all__ = ["command"]

_HEADLINE = "faithfulness_correlation"
_ENOUGH = 64
"""Recordings; with fewer, a run says which differences it cannot see."""


@click.command("run")
@click.option("--model", default="imn", show_default=True, help="Names, comma-separated.")
@click.option("--method", default="native", show_default=True, help="Names, comma-separated.")
@data_option
@split_option
@fold_option
@click.option("--n", default="16", show_default=True, help="Recordings, or 'all'.")
@target_option
@click.option(
    "--metrics", default="all", show_default=True, help="Names or families, comma-separated."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default="runs", show_default=True, help="Run folder."
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "fast", "quantus"]),
    default="auto",
    show_default=True,
    help="Quantus's own code, or fast scorers that agree with it; auto: fast where there is one.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32", "bf16"]),
    default="float32",
    show_default=True,
    help="Of the scorers' forward passes; bf16 is for exploration.",
)
@length_option
@seed_option
@device_option
@zoo_option
def command(
    model: str,
    method: str,
    data: str,
    split: str,
    fold: str | None,
    n: str,
    target: str,
    metrics: str,
    out: Path,
    engine: Literal["auto", "fast", "quantus"],
    precision: Literal["float32", "bf16"],
    length: Literal["exact", "crop", "pad"],
    seed: int,
    device: str | None,
    zoo: Path | None,
) -> None:
    """Score every METHOD on every MODEL and write cells and a leaderboard.

    The controls random and oracle are scored on the same recordings, as floor and ceiling. Cells
    that were scored before are reused. A model that classifies too badly is scored, marked
    unreliable, and never leads a ranking.

    \b
    xai-bench run --model imn,conv2d --method native,gradcam,ig --metrics faithfulness
    xai-bench run --data ptb-xl/ --n all --target MI
    """
    from rich.console import Console

    from xai_bench.cli.options import count, numbers
    from xai_bench.report.leaderboard.tables import leaderboard_tables
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.terminal import terminal_table
    from xai_bench.report.verdicts.tables import detectable_difference
    from xai_bench.results import read_cells
    from xai_bench.studies.benchmark import run
    from xai_bench.zoo import Zoo

    cards = Zoo(*[zoo] if zoo else [])
    with progress() as tell:
        done = run(
            model,
            method,
            data=data,
            split=split,
            fold=numbers("--fold", fold) if fold else None,
            n=count("--n", n),
            target=target,
            metrics=metrics,
            seed=seed,
            engine=engine,
            precision=precision,
            device=device,
            length=length,
            out=out,
            zoo=cards,
            progress=tell,
        )
    console = Console()
    labels = {metric.name: metric for metric in cards.metrics()}
    for table in leaderboard_tables(done.leaderboard, labels):
        console.print(terminal_table(table))
    scored = [cell for cell in read_cells(done.folder) if cell.folder(done.folder) in done.cells]
    if all(cell.provenance["n"] < _ENOUGH for cell in scored):
        told = detectable_difference(scored, _HEADLINE, labels[_HEADLINE].label)
        if told:
            console.print(told, style="yellow", highlight=False)
    for line in done.unreliable:
        console.print(line, style="yellow", highlight=False, markup=False)
    for line in done.left_out:
        console.print(f"left out: {line}", style="yellow", highlight=False)
    reused = f" ({done.reused} scored before)" if done.reused else ""
    console.print(f"{len(done.cells)} cells{reused} in {done.folder}", highlight=False)
    console.print(f"leaderboard: {done.folder / 'leaderboard.csv'}", highlight=False)
