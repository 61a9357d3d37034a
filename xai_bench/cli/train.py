"""`xai-bench train`: make a model's weights by the recipe in its card, or by a changed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.numbers import Whole
from xai_bench.cli.options import options, out_option, print_text

__all__ = ["command"]


@click.command("train")
@click.argument("folders", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--data", help="'synthetic' or a PTB-XL folder; default: what the card says.")
@click.option(
    "--task",
    help="norm_vs_mi, norm_vs_sttc, norm_vs_cd, norm_vs_hyp, superclass or vt_vs_svt.",
)
@click.option(
    "--rule",
    type=click.Choice(["authors", "strict"]),
    help="Which recordings are in a binary task: those with exactly one of the two classes, "
    "whatever else they have (authors), or with nothing else (strict).",
)
@click.option("--seed", type=Whole(min=0), help="Of initialisation, crops and dropout.")
@out_option(
    "mine",
    "Where models of a changed card go: OUT/models/NAME; use them with --zoo OUT.",
    is_needed=False,
)
@click.option("--fresh", is_flag=True, help="Begin again, even where a training can go on.")
@options("device")
def command(
    folders: tuple[Path, ...], out: Path, fresh: bool, device: str | None, **changes: Any
) -> None:
    """Train the models in FOLDERS (models/imn): writes weights, probe, curves and claims.

    Fits on folds 1-8, selects and calibrates on fold 9, reports on fold 10. With --data, --task,
    --rule or --seed the card is copied to a new folder and changed; FOLDERS stay as they are. An
    interrupted training goes on after its last epoch when the same command is given again.

    \b
    xai-bench train models/imn
    xai-bench train models/imn models/conv2d --data ptb-xl/ --task superclass
    """
    from xai_bench.report.progress_bar import progress
    from xai_bench.training import derive, train

    changed = any(value is not None for value in changes.values())
    for folder in folders:
        if changed:
            folder = derive(folder, out, **changes)
        with progress() as bar:
            claims = train(
                folder, data=changes["data"], device=device, fresh=fresh, progress=bar
            ).claims
        assert claims is not None, "train() writes claims"
        low, high = claims.auroc_ci
        print_text(f"{folder}: AUROC {claims.auroc:.3f} [{low:.3f}, {high:.3f}], n = {claims.n}")
        for name, (value, least, most) in claims.auroc_by_class.items():
            print_text(f"  {name}: {value:.3f} [{least:.3f}, {most:.3f}]")
    if changed:
        print_text(f"use them: xai-bench run --zoo {out} --model NAME")
