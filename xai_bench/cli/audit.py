"""`xai-bench audit`: ask explanations that nets write themselves what they are worth."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from xai_bench.cli.options import device_option, seed_option, zoo_option

__all__ = ["command"]


@click.command("audit")
@click.argument("what", nargs=-1, required=True)
@click.option("--n", default="64", show_default=True, help="Recordings, or 'all'.")
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
    help="Folder of the page, the table and the figures.",
)
@seed_option
@device_option
@zoo_option
def command(
    what: tuple[str, ...],
    n: str,
    split: str,
    out: Path,
    seed: int,
    device: str | None,
    zoo: Path | None,
) -> None:
    """Audit the explanations of WHAT: models that write their own, by name or folder.

    Seven questions on synthetic recordings: bias, gauge, slope and removal, local fidelity, weight
    collapse, reach, twin patching; beside post-hoc methods on the same net where it is defined.

    \b
    xai-bench audit models/imn
    xai-bench audit imn imn-lfr --n 32 --out audit
    """
    from rich.console import Console

    from xai_bench.audit import audit, write_audit
    from xai_bench.audit.show import summary
    from xai_bench.cli.options import count
    from xai_bench.report.progress import progress
    from xai_bench.zoo import Zoo

    with progress() as tell:
        found = audit(
            what,
            n=count("--n", n),
            split=split,
            seed=seed,
            device=device,
            zoo=Zoo(*[zoo] if zoo else []),
            progress=tell,
        )
    asked = ["xai-bench", "audit", *what, "--n", n, "--split", split, "--seed", str(seed)]
    write_audit(found, out, command=shlex.join([*asked, "--out", str(out)]))
    console = Console()
    console.print(summary(found))
    console.print(f"page, table and figures: {out / 'README.md'}", highlight=False)
