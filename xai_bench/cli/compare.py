"""`xai-bench compare`: how stable are explanations?"""

from __future__ import annotations

import shlex
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


@click.command("compare")
@click.option("--model", default="imn,resnet1d", show_default=True, help="Names, comma-separated.")
@click.option(
    "--method",
    default="native,input-x-gradient,saliency,gradcam,ig-16,amplitude",
    show_default=True,
    help="Names, comma-separated.",
)
@data_option
@split_option
@fold_option
@click.option("--n", default="32", show_default=True, help="Recordings, or 'all'.")
@target_option
@click.option(
    "--questions",
    default="all",
    show_default=True,
    help="Of input, initialisations, methods, weights and beats, comma-separated.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="stability",
    show_default=True,
    help="Folder of the page, the tables and the figures.",
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
    questions: str,
    out: Path,
    length: Literal["exact", "crop", "pad"],
    seed: int,
    device: str | None,
    zoo: Path | None,
) -> None:
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

    from xai_bench.cli.options import count, numbers
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.stability.findings import StabilityFindings
    from xai_bench.report.stability.page import write_stability
    from xai_bench.report.stability.tables import summary_table
    from xai_bench.report.terminal import terminal_table
    from xai_bench.studies.stability import compare
    from xai_bench.zoo import Zoo

    with progress() as tell:
        result = compare(
            model,
            method,
            data=data,
            split=split,
            fold=numbers("--fold", fold) if fold else None,
            n=count("--n", n),
            target=target,
            seed=seed,
            device=device,
            length=length,
            questions=questions,
            zoo=Zoo(*[zoo] if zoo else []),
            progress=tell,
        )
    asked = {
        "--model": model, "--method": method, "--data": data, "--split": split, "--fold": fold,
        "--n": n, "--target": target, "--questions": questions, "--length": length,
        "--seed": str(seed), "--out": str(out),
    }  # fmt: skip
    words = [part for option, value in asked.items() if value for part in (option, value)]
    found = StabilityFindings(result)
    write_stability(found, out, command=shlex.join(["xai-bench", "compare", *words]))
    console = Console()
    for one in found.sentences:
        console.print(f"- {one.text}", highlight=False, markup=False)
    console.print(terminal_table(summary_table(result)))
    remarks = [found.few_patients] if found.few_patients else []
    for line in [*remarks, *(f"left out: {line}" for line in found.left_out)]:
        console.print(line, style="yellow", highlight=False, markup=False)
    console.print(f"page, tables and figures: {out / 'README.md'}", highlight=False)
