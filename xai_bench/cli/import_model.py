"""`xai-bench import`: a checkpoint of the ECG-IMN authors becomes a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.options import out_option, print_text

__all__ = ["command"]


@click.command("import")
@click.argument("location")
@click.option("--name", help="What to call the model; made of variant and task if left out.")
@out_option("mine", "Folder for models of your own; the model goes to OUT/models/NAME.")
@click.option("--task", help="Such as norm_vs_mi, where LOCATION does not say it.")
@click.option(
    "--rate", type=click.Choice(["100", "500"]), help="In Hz, where nothing else says it."
)
@click.option("--sha256", help="What the checkpoint must hash to.")
def command(out: Path, rate: str | None, **given: Any) -> None:
    """Make a model of the checkpoint at LOCATION, one of arXiv 2602.09566.

    LOCATION is a path, https://... or hf://SEARCH-IHI/mesomorphicECG/FOLDER/TASK[/FILE.ckpt].
    Only tensors and plain values are read from it; code in it is never run.
    """
    from xai_bench.models.imported.convert import import_checkpoint
    from xai_bench.report.progress_bar import progress

    with progress() as bar:
        done = import_checkpoint(
            **given,
            out=out,
            rate_hz=int(rate) if rate else None,
            progress=lambda k, total: bar("downloading", k, total),
        )
    assert done.card.origin is not None, "import_checkpoint() writes where a model comes from"
    epoch = "unknown" if done.epoch is None else done.epoch
    print_text(
        f"{done.folder}: {done.card.origin.variant} for {done.card.task.name}, "
        f"K = {done.outputs}, L = {done.samples}, epoch {epoch}"
    )
    if done.stated_auroc is not None:
        print_text(
            f"AUROC {done.stated_auroc:.4f} is the authors' own, on folds 9+10, "
            "which also selected the model"
        )
    print_text(
        "Nothing was measured here, so its card makes no claims; score it: "
        f"xai-bench run --zoo {out} --model {done.folder.name}"
    )
