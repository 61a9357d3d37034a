"""`xai-bench train`: make a model's weights by the recipe in its card."""

from __future__ import annotations

from pathlib import Path

import click

from xai_bench.cli.options import device_option

__all__ = ["command"]


@click.command("train")
@click.argument("folders", type=click.Path(path_type=Path), nargs=-1, required=True)
@device_option
def command(folders: tuple[Path, ...], device: str | None) -> None:
    """Train the models in FOLDERS (models/imn): writes weights, probe and measured claims.

    Fits on folds 1-8, selects and calibrates on fold 9, reports on fold 10.
    """
    from xai_bench.report.progress import progress
    from xai_bench.training import train

    for folder in folders:
        with progress() as tell:
            claims = train(folder, device=device, progress=tell).claims
        assert claims is not None, "train() writes claims"
        low, high = claims.auroc_ci
        click.echo(f"{folder}: AUROC {claims.auroc:.3f} [{low:.3f}, {high:.3f}], n = {claims.n}")
