"""`xai-bench check`: is a model, method or metric of one's own fit to be benchmarked?"""

from __future__ import annotations

from typing import Any

import click

from xai_bench.cli.options import count, default_option, options, print_line, print_tables
from xai_bench.errors import RunError

__all__ = ["command"]


@click.command("check")
@click.argument("kind", type=click.Choice(["model", "method", "metric"]))
@click.argument("names")
@click.option("--model", "tried_on", help="What a method is tried on, if not one of the zoo.")
@options("data")
@default_option("--n", "6", "Recordings that are explained.")
@options("seed", "device", "zoo")
def command(kind: str, names: str, tried_on: str | None, n: str, **given: Any) -> None:
    """Check NAMES, comma-separated, of one KIND; a model may be a folder.

    Of a model: whether it answers each recording by itself and the same again, in another
    precision and on another device; whether gradients reach its input, its normalisation is
    differentiable and frozen, its own weights add up; which methods apply; whether it classifies,
    and what it says of noise. Of a method or metric: one map or number a recording, alone as in
    company, repeatable, of any length; the class that is asked about; the right way round.
    Ends with what to mend; exit status 1 where there is something.

    \b
    xai-bench check model imn
    xai-bench check model mine --zoo mine --allow-code --data my_records/
    xai-bench check method ig --model resnet1d
    xai-bench check metric sparseness,deletion
    """
    from xai_bench.errors import InputError
    from xai_bench.report.conformance.tables import conformance_table, verdict
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.conformance import check

    if tried_on and kind != "method":
        raise InputError("--model belongs to: xai-bench check method")
    size = count("--n", n)
    if size is None:
        raise InputError("--n all: a few recordings are enough for checks")
    verdicts = []
    broken = False
    for name in names.split(","):
        with progress() as bar:
            of: dict[str, Any] = {"model": tried_on} | {kind: name}
            found = check(**of, n=size, **given, progress=bar)
        print_tables(conformance_table(found))
        verdicts.append(verdict(found))
        broken = broken or bool(found.problems)
    if broken:
        raise RunError("; ".join(verdicts))
    for line in verdicts:
        print_line(line)
