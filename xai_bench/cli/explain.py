"""`xai-bench explain`: one recording on ECG paper, its attribution behind the trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from xai_bench.cli.options import options, out_option

if TYPE_CHECKING:
    from xai_bench.zoo import Zoo

__all__ = ["command"]


@click.command("explain")
@click.option("--model", default="imn", show_default=True)
@click.option(
    "--method",
    default="native",
    show_default=True,
    help="One, or several side by side: native,ig.",
)
@click.option(
    "--record",
    required=True,
    help="A WFDB record (path, suffix optional), a CSV of 12 columns or rows (lead names in the "
    "first line or column are honoured), an NPY array of 12 x time, or synthetic:00012.",
)
@click.option(
    "--rate", type=float, help="Sampling rate of a CSV or NPY, which do not state it; Hz."
)
@click.option(
    "--unit", type=click.Choice(["mV", "uV"]), help="Of the numbers in a CSV or NPY.  [default: mV]"
)
@options("target")
@out_option("explanation.png", "PNG, SVG or PDF.")
@click.option(
    "--segments",
    type=click.IntRange(min=1),
    help="Box this many windows of each lead with the largest positive sum, and as many with the "
    "lowest negative sum.",
)
@click.option(
    "--window", type=float, default=0.5, show_default=True, help="Of --segments, in seconds."
)
@click.option(
    "--stride",
    type=float,
    default=0.25,
    show_default=True,
    help="Of --segments, in seconds; windows that overlap count what they share twice.",
)
@options("length", "seed", "device", "zoo")
def command(
    model: str,
    method: str,
    record: str,
    rate: float | None,
    unit: Literal["mV", "uV"] | None,
    target: str,
    out: Path,
    segments: int | None,
    window: float,
    stride: float,
    length: Literal["exact", "crop", "pad"],
    seed: int,
    device: str | None,
    zoo: Zoo,
) -> None:
    """Draw 12 leads at 25 mm/s and 10 mm/mV with signed attribution as colour behind them.

    Beside them stand the shares of leads and waves; the strongest regions are printed as text.
    """
    from rich.console import Console

    from xai_bench.report.explanation.attribution_regions import Windows
    from xai_bench.report.explanation.record_explanation import explain_record
    from xai_bench.report.explanation.text import sentences, share_tables
    from xai_bench.report.terminal import terminal_table

    explained = explain_record(
        model,
        method,
        record,
        target=target,
        out=out,
        length=length,
        recorded_hz=rate,
        unit=unit,
        windows=Windows(most=segments, seconds=window, stride=stride) if segments else None,
        seed=seed,
        device=device,
        zoo=zoo,
    )
    click.echo("\n".join(sentences(explained)))
    console = Console()
    for table in share_tables(explained):
        console.print(terminal_table(table))
    click.echo(out)
