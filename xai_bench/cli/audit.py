"""`xai-bench audit`: what are explanations that nets write themselves worth, and what metrics?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xai_bench.cli.completing import completion_of
from xai_bench.cli.options import (
    command_text,
    count,
    options,
    out_option,
    print_line,
    print_tables,
)
from xai_bench.errors import InputError
from xai_bench.presets import PRESETS

__all__ = ["command"]

_NATIVE, _METRICS = PRESETS.native_audit, PRESETS.metric_audit
_NAMES = "For metrics: names, comma-separated. [default: {}]"


@click.command("audit")
@click.argument("what", nargs=-1, required=True)
@click.option("--n", help=f"Recordings, or 'all'. [default: {_NATIVE.n}; {_METRICS.n} for metrics]")
@options("data", "labels", "split")
@out_option("audit", "Folder of the page, the table and the figures; a run folder too for metrics.")
@click.option(
    "--model",
    help=_NAMES.format(",".join(_METRICS.models)),
    shell_complete=completion_of("--model"),
)
@click.option(
    "--method",
    help=_NAMES.format(",".join(_METRICS.methods)),
    shell_complete=completion_of("--method"),
)
@options("length", "gain", "seed", "device", "executor", "zoo")
def command(
    what: tuple[str, ...],
    n: str | None,
    out: Path,
    model: str | None,
    method: str | None,
    **given: Any,
) -> None:
    """Audit the explanations of WHAT: models that write their own, by name or folder; or the
    metrics, if WHAT is "metrics".

    Of models, seven questions, on labelled recordings: bias, gauge, slope and removal, local
    fidelity, weight collapse, reach, twin patching; beside post-hoc methods on the same net where
    it is defined. Where nothing was planted there is no twin to patch in.
    Of metrics: whether they tell the truth of nets that are known from noise and from its
    corruptions, trained nets from untrained ones, and maps from their reverse; whether they repeat;
    which ask the same; and which are the core. Where nothing was planted, localisation is not
    asked.

    \b
    xai-bench audit models/imn
    xai-bench audit imn imn-lfr --n 32 --out audit
    xai-bench audit imn --data ptb-xl/ --n all --out audit-ptb-xl
    xai-bench audit metrics
    xai-bench audit metrics --data ptb-xl/ --out audit-metrics-ptb-xl
    """
    from xai_bench.report.progress_bar import progress

    if what == ("metrics",):
        from xai_bench.report.metric_audit.page import write_metric_audit
        from xai_bench.report.metric_audit.tables import core_table, trust_table
        from xai_bench.studies.metric_audit import audit_metrics

        with progress() as bar:
            tested = audit_metrics(
                models=model.split(",") if model else _METRICS.models,
                methods=method.split(",") if method else _METRICS.methods,
                n=count("--n", n or str(_METRICS.n)),
                out=out,
                **given,
                progress=bar,
            )
        write_metric_audit(tested, out, command=command_text(n=n or str(_METRICS.n)))
        print_tables(trust_table(tested.trust.table), core_table(tested.core.table))
        print_line(f"page, tables and pictures: {out / 'README.md'}")
        return
    if model or method:
        raise InputError("--model and --method belong to: xai-bench audit metrics")
    from xai_bench.report.native_audit.page import write_audit
    from xai_bench.report.native_audit.tables import summary_table
    from xai_bench.studies.native_audit import audit

    n = n or str(_NATIVE.n)
    with progress() as bar:
        found = audit(what, n=count("--n", n), **given, progress=bar)
    write_audit(found, out, command=command_text(n=n))
    print_tables(summary_table(found.table))
    print_line(f"page, table and figures: {out / 'README.md'}")
