"""Which metrics can be trusted: do they tell apart, on planted data, what they should?

Four separations, each the AUROC of a metric's scores of recordings, the better way up:

    evidence   the planted evidence (oracle) from white noise (random)
    noticed    what was planted, as far as the model's gradient takes notice of it (oracle-twin),
               from white noise: a model need not use all the evidence, and a metric of
               faithfulness need not reward what the model does not use
    training   a method's maps of the trained net from its maps of the net before training
    sign       a method's maps from the same maps with their sign turned

0.5 is chance. A metric that scores a map and its reverse alike takes no notice of signs: that
separation is not asked of it. Adebayo et al. 2018 asked the second of methods; here it is asked of
metrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from xai_bench.errors import InputError
from xai_bench.results import Cell, read_cells
from xai_bench.stats import mean_auroc, mean_auroc_interval
from xai_bench.studies.benchmark import run
from xai_bench.types import Progress
from xai_bench.zoo import Zoo

__all__ = [
    "COLUMNS",
    "DEFAULT_METHODS",
    "DEFAULT_MODELS",
    "DEFAULT_N",
    "SEPARATIONS",
    "audit_metrics",
    "trust",
]

COLUMNS = ("metric", "family", "separation", "auc", "ci_low", "ci_high", "n", "pairs", "reason")
SEPARATIONS = ("evidence", "noticed", "training", "sign")
DEFAULT_MODELS = ("imn", "resnet1d")
DEFAULT_METHODS = ("native", "input-x-gradient")
DEFAULT_N = 32

_BLIND = "takes no notice of signs"


def audit_metrics(
    *,
    models: Iterable[str] = DEFAULT_MODELS,
    methods: Iterable[str] = DEFAULT_METHODS,
    n: int | None = DEFAULT_N,
    seed: int = 0,
    out: str | Path = "audit",
    device: str | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Score methods, their maps untrained and flipped, and controls; then `trust` of the cells.

    Cells go to the run folder `out` and are reused. Synthetic recordings of fold 10, because
    evidence must be known. Raises XaiBenchError.
    """
    named = list(methods)
    wanted = [f"{name}{of}" for name in named for of in ("", "@untrained", "@flipped")]
    wanted.append("oracle-twin")
    done = run(
        models,
        wanted,
        n=n,
        seed=seed,
        device=device,
        out=out,
        zoo=zoo,
        progress=progress,
    )
    cells = [cell for cell in read_cells(done.folder) if cell.folder(done.folder) in done.cells]
    return trust(cells, named)


def trust(cells: Sequence[Cell], methods: Sequence[str]) -> pd.DataFrame:
    """The table of metrics x separations, with the columns COLUMNS.

    auc: the mean over pairs of model and method (of the first two: over models), with its 95 %
    bootstrap interval over patients, who are resampled together for all pairs; n recordings that
    every pair has scores of. reason: why there is no auc. Costs are not audited.

    Raises InputError where cells are of different recordings.
    """
    if len({cell.protocol for cell in cells}) > 1:
        raise InputError("cells of different recordings cannot be audited together")
    scores = {(cell.model, cell.method): cell for cell in cells if cell.scores is not None}
    models = dict.fromkeys(cell.model for cell in cells)
    pairs = [(model, method) for model in models for method in methods]
    compared = {
        "evidence": [((model, "oracle"), (model, "random")) for model in models],
        "noticed": [((model, "oracle-twin"), (model, "random")) for model in models],
        "training": [((m, a), (m, f"{a}@untrained")) for m, a in pairs],
        "sign": [((m, a), (m, f"{a}@flipped")) for m, a in pairs],
    }
    rows = []
    cards = {name: card for cell in cells for name, card in cell.provenance["metrics"].items()}
    families = {k: v for cell in cells for k, v in cell.provenance["families"].items()}
    for metric, card in cards.items():
        if families[metric] == "runtime":
            continue
        sign = 1.0 if card["better"] == "higher" else -1.0
        for separation, sides in compared.items():
            known = [(scores[a], scores[b]) for a, b in sides if a in scores and b in scores]
            found = _separation(metric, known, sign)
            rows.append({"metric": metric, "family": families[metric], "separation": separation})
            rows[-1] |= found
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _separation(
    metric: str, pairs: Sequence[tuple[Cell, Cell]], sign: float
) -> dict[str, float | int | str]:
    facts: dict[str, float | int | str] = {"n": 0, "pairs": len(pairs)}
    columns = [_of(cell, metric) for pair in pairs for cell in pair]
    if not columns:
        return facts | {"reason": "no method was scored"}
    table = pd.concat(columns, axis=1, join="inner").dropna()
    facts["n"] = len(table)
    if table.empty:
        return facts | {"reason": "no recording has all scores"}
    good, bad = sign * table.to_numpy()[:, ::2], sign * table.to_numpy()[:, 1::2]
    if np.allclose(good, bad, rtol=1e-9, atol=0):
        return facts | {"reason": _BLIND}
    values = np.concatenate([good, bad])
    truth = np.concatenate([np.ones(good.shape, np.int64), np.zeros(bad.shape, np.int64)])
    patients = [str(patient) for patient in table.index.get_level_values("patient_id")] * 2
    low, high = mean_auroc_interval(values, truth, patients)
    return facts | {"auc": mean_auroc(values, truth), "ci_low": low, "ci_high": high, "reason": ""}


def _of(cell: Cell, metric: str) -> pd.Series:
    """One cell's scores of a metric by patient and recording; NaN where there is none."""
    assert cell.scores is not None, "cells without scores were left out"
    rows = cell.scores[cell.scores["metric"] == metric]
    return rows.set_index(["patient_id", "record_id"])["score"]
