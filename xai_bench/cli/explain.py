"""`xai-bench explain`: one recording on ECG paper, its attribution behind the trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.numbers import Amount, Whole
from xai_bench.cli.options import default_option, options, out_option, print_tables, print_text

__all__ = ["command"]


@click.command("explain")
@default_option("--model", "imn")
@default_option("--method", "native", "One, or several side by side: native,ig.")
@click.option(
    "--record",
    required=True,
    help="A WFDB record (path, suffix optional), DICOM (.dcm), EDF (.edf), HL7 aECG (.xml), "
    "SCP-ECG (.scp), a CSV of 12 columns or rows (lead names in the first line or column are "
    "honoured), an NPY array of 12 x time, synthetic:00012, or planted:FOLDER:RECORD_ID+AMI, with "
    "a finding planted into it. path@20s is the window of a longer one that begins there.",
)
@click.option(
    "--rate",
    "recorded_hz",
    type=Amount(min=0, min_open=True),
    help="Sampling rate of a CSV or NPY, which do not state it; Hz.",
)
@click.option(
    "--unit", type=click.Choice(["mV", "uV"]), help="Of the numbers in a CSV or NPY.  [default: mV]"
)
@options("target")
@out_option("explanation.png", "PNG, SVG or PDF.", is_file=True)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="Also write what is measured, what each method rests on and how far the two agree: "
    "report.md or report.json (docs/schema).",
)
@click.option(
    "--segments",
    type=Whole(min=1),
    help="Box this many windows of each lead with the largest positive sum, and as many with the "
    "lowest negative sum.",
)
@default_option("--window", 0.5, "Of --segments, in seconds.", Amount(min=0, min_open=True))
@default_option(
    "--stride",
    0.25,
    "Of --segments, in seconds; windows that overlap count what they share twice.",
    Amount(min=0, min_open=True),
)
@click.option(
    "--layout",
    type=click.Choice(["3x4+rhythm", "12x1", "median-beat"]),
    help="As on a ward, 2.5 s of each lead and lead II whole; every lead whole; or the median beat "
    "of each lead with the mean attribution over beats.  [default: 3x4+rhythm for 10 s of twelve "
    "leads, else 12x1]",
)
@options("waves", "labels", "length", "gain", "seed", "device", "zoo")
def command(
    out: Path,
    report: Path | None,
    segments: int | None,
    window: float,
    stride: float,
    **given: Any,
) -> None:
    """Draw a recording at 25 mm/s and 10 mm/mV with signed attribution as colour behind it.

    Below it bars show the shares of leads and waves; the strongest regions are printed as text. A
    method that draws at random is explained four times, and what does not repeat is hatched out.
    """
    from xai_bench.report.explanation.attribution_regions import Windows
    from xai_bench.report.explanation.record_explanation import explain
    from xai_bench.report.explanation.text import sentences, share_tables

    windows = Windows(most=segments, seconds=window, stride=stride) if segments else None
    explained = explain(**given, out=out, report=report, windows=windows)
    print_text("\n".join(sentences(explained)))
    print_tables(*share_tables(explained))
    print_text(str(out))
    if report is not None:
        print_text(str(report))
