"""`xai-bench ls`: what there is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from xai_bench.cli.completing import METHODS_FILE
from xai_bench.cli.options import options, print_tables
from xai_bench.errors import InputError, XaiBenchError
from xai_bench.presets import PRESETS
from xai_bench.types import BASELINES, ZERO
from xai_bench.wave_names import PLANTED_WAVES, WAVE_READERS

if TYPE_CHECKING:
    from xai_bench.zoo import Zoo

__all__ = ["command"]

_LISTED = ("models", "methods", "metrics", "datasets", "waves", "protocols")
Rows = Iterator[tuple[str, ...]]


@click.command("ls")
@click.argument("what", required=False, type=click.Choice(_LISTED))
@options("zoo")
def command(what: str | None, zoo: Zoo) -> None:
    """List what can be run."""
    from xai_bench.report.table import Column, text_table

    if what is None:
        raise InputError(f"ls lists {', '.join(_LISTED)}; say which: xai-bench ls {_LISTED[0]}")
    header, *rows = {
        "models": _models,
        "methods": _methods,
        "metrics": _metrics,
        "datasets": _datasets,
        "waves": _waves,
        "protocols": _protocols,
    }[what](zoo)
    columns = [
        Column(heading=name, kind="words" if name == "summary" else "name") for name in header
    ]
    print_tables(text_table("", columns, rows))


def _models(zoo: Zoo) -> Rows:
    yield "model", "task", "AUROC [95 % CI]", "summary"
    broken = zoo.broken_cards("models")
    for name in zoo.model_folders():
        if name in broken:
            yield name, "", "cannot be used", str(broken[name])
            continue
        card, _ = zoo.model_card(name)
        auroc = "not measured" if card.weights else "not trained"
        if card.claims is not None:
            low, high = card.claims.auroc_ci
            auroc = f"{card.claims.auroc:.3f} [{low:.3f}, {high:.3f}]"
        yield name, card.task.name, auroc, card.summary
    for name in zoo.own("models"):
        yield name, "", "not measured", "offered by a package"


def _methods(zoo: Zoo) -> Rows:
    header, *rows = csv.reader(METHODS_FILE.read_text(encoding="utf-8").splitlines())
    yield tuple(header)
    yield from (tuple(row) for row in rows if "@" not in row[0])
    for name in zoo.own("methods"):
        from xai_bench.methods import find_methods  # imports torch

        try:
            (method,) = find_methods(name, zoo)
        except XaiBenchError as error:  # code that is not allowed, or that is broken
            yield name, "method", "", str(error)
        else:
            yield name, "method", f"{method.passes or ''}", method.summary
    yield from (tuple(row) for row in rows if "@" in row[0])


def _metrics(zoo: Zoo) -> Rows:
    yield "metric", "family", "better", "summary"
    for metric in zoo.every_metric():
        yield metric.name, metric.family, metric.card.better, metric.card.summary
    for name, error in zoo.broken_cards("metrics").items():
        yield name, "", "", f"cannot be used: {error}"
    for key in zoo.own("metrics"):
        from xai_bench.scoring import find_metrics  # imports torch

        family, _, name = key.rpartition("/")
        try:
            (metric,) = find_metrics(key, zoo)
        except XaiBenchError as error:
            yield name, family, "", str(error)
        else:
            yield metric.name, metric.family, metric.card.better, metric.card.summary
    others = ", ".join(f"@{name}" for name in BASELINES if name != ZERO)
    yield "METRIC@BASELINE", "", "", f"a metric that sets samples to zero sets them to {others}"


def _datasets(zoo: Zoo) -> Rows:
    yield "dataset", "summary"
    from xai_bench.data.embedded import EMBEDDED  # imports scipy

    yield from ((name, embedded.summary) for name, embedded in EMBEDDED.items())
    yield (
        "planted:deepfake",
        "findings planted into generated normal recordings; with 'xai-bench[deepfake]'",
    )
    yield "planted:PATH", "findings planted into the normal recordings of a folder (--labels)"
    yield "mitbih:PATH", "beats of a folder of annotated records (.hea, .dat, .atr), AAMI classes"
    for name in zoo.own("datasets"):
        yield name, "recordings of a zoo or a package"
    yield "PATH", "a PTB-XL folder (has ptbxl_database.csv): official folds, 100 or 500 Hz"
    yield "PATH", "any folder of recordings: WFDB (.hea with .dat or .mat), PhysioNet Challenge"
    yield (
        "PATH",
        "SCP-ECG (.scp); with 'xai-bench[formats]': DICOM (.dcm), EDF (.edf), HL7 aECG (.xml)",
    )


def _waves(zoo: Zoo) -> Rows:
    yield "reader", "summary"
    yield PLANTED_WAVES, "the truth; of synthetic and planted recordings only"
    yield from WAVE_READERS.items()


def _protocols(zoo: Zoo) -> Rows:
    yield "protocol", "of", "summary"
    for name, protocol in PRESETS.protocol.items():
        yield name, "", protocol.summary
        facts = {"recordings": protocol.form} | protocol.model_dump()
        for of in ("recordings", "data", "models", "methods", "metrics", "target", "n", "cite"):
            value = facts[of]
            yield "", of, ", ".join(value) if isinstance(value, tuple) else str(value)
