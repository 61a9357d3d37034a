"""`xai-bench audit`: what are explanations that nets write themselves worth, and what metrics?"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xai_bench.cli.options import device_option, seed_option, zoo_option
from xai_bench.errors import InputError

if TYPE_CHECKING:
    from xai_bench.zoo import Zoo

__all__ = ["command"]


@click.command("audit")
@click.argument("what", nargs=-1, required=True)
@click.option("--n", help="Recordings, or 'all'. [default: 64; 32 for metrics]")
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test", "all"]),
    default="test",
    show_default=True,
    help="Folds 1-8, 9, 10 or all.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="audit",
    show_default=True,
    help="Folder of the page, the table and the figures; a run folder too for metrics.",
)
@click.option("--model", help="For metrics: names, comma-separated. [default: imn,resnet1d]")
@click.option(
    "--method", help="For metrics: names, comma-separated. [default: native,input-x-gradient]"
)
@seed_option
@device_option
@zoo_option
def command(
    what: tuple[str, ...],
    n: str | None,
    split: str,
    out: Path,
    model: str | None,
    method: str | None,
    seed: int,
    device: str | None,
    zoo: Path | None,
) -> None:
    """Audit the explanations of WHAT: models that write their own, by name or folder; or the
    metrics, if WHAT is "metrics".

    Of models, seven questions on synthetic recordings: bias, gauge, slope and removal, local
    fidelity, weight collapse, reach, twin patching; beside post-hoc methods on the same net where
    it is defined.
    Of metrics, on synthetic recordings of fold 10: whether they tell planted evidence from noise,
    trained nets from untrained ones, and maps from their reverse.

    \b
    xai-bench audit models/imn
    xai-bench audit imn imn-lfr --n 32 --out audit
    xai-bench audit metrics
    """
    from xai_bench.zoo import Zoo

    cards = Zoo(*[zoo] if zoo else [])
    if what == ("metrics",):
        _audit_metrics(cards, n=n, seed=seed, out=out, device=device, model=model, method=method)
        return
    if model or method:
        raise InputError("--model and --method belong to: xai-bench audit metrics")
    from rich.console import Console

    from xai_bench.cli.options import count
    from xai_bench.presets import PRESETS
    from xai_bench.report.native_audit.page import write_audit
    from xai_bench.report.native_audit.tables import summary_table
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.terminal import terminal_table
    from xai_bench.studies.native_audit import audit

    n = n or str(PRESETS.native_audit.n)
    with progress() as tell:
        found = audit(
            what,
            n=count("--n", n),
            split=split,
            seed=seed,
            device=device,
            zoo=cards,
            progress=tell,
        )
    asked = ["xai-bench", "audit", *what, "--n", n, "--split", split, "--seed", str(seed)]
    write_audit(found, out, command=shlex.join([*asked, "--out", str(out)]))
    console = Console()
    console.print(terminal_table(summary_table(found.table)))
    console.print(f"page, table and figures: {out / 'README.md'}", highlight=False)


def _audit_metrics(
    zoo: Zoo,
    *,
    n: str | None,
    seed: int,
    out: Path,
    device: str | None,
    model: str | None,
    method: str | None,
) -> None:
    from rich.console import Console

    from xai_bench.cli.options import count
    from xai_bench.report.metric_audit.tables import trust_table, write_trust
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.metric_audit import (
        DEFAULT_METHODS,
        DEFAULT_MODELS,
        DEFAULT_N,
        audit_metrics,
    )

    with progress() as tell:
        found = audit_metrics(
            models=model.split(",") if model else DEFAULT_MODELS,
            methods=method.split(",") if method else DEFAULT_METHODS,
            n=count("--n", n or str(DEFAULT_N)),
            seed=seed,
            out=out,
            device=device,
            zoo=zoo,
            progress=tell,
        )
    write_trust(found, out)
    console = Console()
    console.print(trust_table(found))
    console.print(f"table: {out / 'trust.csv'}, picture: {out / 'trust.png'}", highlight=False)
