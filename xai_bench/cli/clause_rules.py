"""`xai-bench rules`: the clauses of a Tsetlin machine as rules in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.numbers import Whole
from xai_bench.cli.options import count, default_option, options, out_option, print_line, print_text

__all__ = ["command"]


@click.command("rules")
@click.argument("model", default="tsetlin-pvc")
@click.option("--data", help="Where rules are measured.  [default: what the model's recipe names]")
@options("split")
@default_option(
    "--n",
    "2000",
    "Recordings, or 'all'.",
    callback=lambda context, parameter, text: count("--n", text),
)
@click.option("--record", help="Say which rules are true of this one: synthetic-beats:00012.")
@default_option("--most", 6, "Rules that are told and drawn, the strongest first.", Whole(min=1))
@out_option("rules.png", "PNG, SVG or PDF.", is_file=True)
@options("seed", "device", "zoo")
def command(out: Path, most: int, **given: Any) -> None:
    """Say what the clauses of MODEL demand, and of how many recordings of each class they are true.

    Shares are of recordings that the model was not trained on (fold 10). The strongest rules are
    those that are true of one class much more often than of the other.

    \b
    xai-bench rules
    xai-bench rules tsetlin-pvc --record synthetic-beats:00012 --out beat.png
    """
    from xai_bench.report.clause_rules.figures import DPI, draw_rules
    from xai_bench.report.clause_rules.findings import sentences
    from xai_bench.report.figures.ecg_paper import check_suffix, save_figure
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.clause_rules import clause_rules

    check_suffix(out)
    with progress() as bar:
        found = clause_rules(**given, progress=bar)
    for text in sentences(found, most):
        print_line(f"- {text}")
    save_figure(draw_rules(found, most), out, dpi=DPI)
    print_text(str(out))
