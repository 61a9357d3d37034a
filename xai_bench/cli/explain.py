"""`xai-bench explain`: one recording on ECG paper, its attribution behind the trace."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from xai_bench.cli.options import (
    device_option,
    length_option,
    seed_option,
    target_option,
    zoo_option,
)

__all__ = ["command"]


@click.command("explain")
@click.option("--model", default="imn", show_default=True)
@click.option("--method", default="native", show_default=True)
@click.option(
    "--record", required=True, help="A WFDB record (path, suffix optional) or synthetic:00012."
)
@target_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="explanation.png",
    show_default=True,
    help="PNG, SVG or PDF.",
)
@length_option
@seed_option
@device_option
@zoo_option
def command(
    model: str,
    method: str,
    record: str,
    target: str,
    out: Path,
    length: Literal["exact", "crop", "pad"],
    seed: int,
    device: str | None,
    zoo: Path | None,
) -> None:
    """Draw 12 leads at 25 mm/s and 10 mm/mV with signed attribution as colour behind them."""
    from xai_bench.report.explanation import explain_record
    from xai_bench.zoo import Zoo

    explained = explain_record(
        model,
        method,
        record,
        target=target,
        out=out,
        length=length,
        seed=seed,
        device=device,
        zoo=Zoo(*[zoo] if zoo else []),
    )
    click.echo(f"{explained}\n{out}")
