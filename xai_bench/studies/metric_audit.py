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

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from xai_bench.devices import float32_policy, pick_device
from xai_bench.errors import InputError
from xai_bench.methods import DERIVED, Methods, find_methods
from xai_bench.presets import PRESETS
from xai_bench.provenance import provenance
from xai_bench.results import Cell, read_cells
from xai_bench.results.cells import latest_scores
from xai_bench.results.study_tables import Schema, StudyResult
from xai_bench.scoring import Metrics
from xai_bench.stats import mean_auroc, mean_auroc_interval
from xai_bench.studies.base import Models
from xai_bench.studies.benchmark import run
from xai_bench.types import Progress
from xai_bench.zoo import TRUST, Zoo

__all__ = ["SCHEMA", "audit_metrics", "trust"]

SCHEMA = Schema(
    stem=TRUST.stem,
    keys={"metric": "str", "family": "str", "separation": "str"},
    more={"pairs": "int64"},
    mend="make one: xai-bench audit metrics",
)

_BLIND = "takes no notice of signs"


@float32_policy()
def audit_metrics(
    *,
    models: Models = PRESETS.metric_audit.models,
    methods: Methods = PRESETS.metric_audit.methods,
    metrics: Metrics = "all",
    n: int | None = PRESETS.metric_audit.n,
    seed: int = 0,
    out: str | Path = "audit",
    device: str | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Score methods, their maps untrained and flipped, and controls; then `trust` of the cells.

    models, methods, metrics: as in `run`.

    Cells go to the run folder `out` and are reused. Synthetic recordings of fold 10, because
    evidence must be known. Raises XaiBenchError.
    """
    zoo = zoo or Zoo()
    audited = find_methods(methods, zoo)
    made = [DERIVED[kind](method) for method in audited for kind in ("untrained", "flipped")]
    done = run(
        models,
        [*audited, *made, "oracle-twin"],
        metrics=metrics,
        n=n,
        seed=seed,
        device=device,
        out=out,
        zoo=zoo,
        progress=progress,
    )
    names = [method.name for method in audited]
    cells = [cell for cell in read_cells(done.folder) if cell.folder(done.folder) in done.cells]
    scored = list(dict.fromkeys(cell.model for cell in cells))
    facts = {"models": scored, "methods": names, "n": cells[0].provenance["n"], "seed": seed}
    facts |= {"protocol": cells[0].protocol, "left_out": list(done.left_out)}
    return StudyResult(
        schema=SCHEMA,
        table=trust(cells, names),
        facts=provenance(pick_device(device)) | facts,
    )


def trust(cells: Sequence[Cell], methods: Sequence[str]) -> pd.DataFrame:
    """The table of metrics x separations, with the columns of SCHEMA.

    value: the mean over pairs of model and method (of the first two: over models), with its 95 %
    bootstrap interval over patients, who are resampled together for all pairs; n recordings that
    every pair has scores of. reason: why there is no value. Costs are not audited.

    Raises InputError where cells are of different recordings.
    """
    if len({cell.protocol for cell in cells}) > 1:
        raise InputError("cells of different recordings cannot be audited together")
    scores = {
        (place.model, place.method, place.metric): rows.set_index(["patient_id", "record_id"])[
            "score"
        ]
        for place, (_, rows) in latest_scores(cells).items()
        if rows is not None
    }
    models = dict.fromkeys(cell.model for cell in cells)
    pairs = [(model, method) for model in models for method in methods]
    compared = {
        "evidence": [((model, "oracle"), (model, "random")) for model in models],
        "noticed": [((model, "oracle-twin"), (model, "random")) for model in models],
        "training": [((m, a), (m, f"{a}@untrained")) for m, a in pairs],
        "sign": [((m, a), (m, f"{a}@flipped")) for m, a in pairs],
    }
    cards = {name: card for cell in cells for name, card in cell.provenance["metrics"].items()}
    families = {k: v for cell in cells for k, v in cell.provenance["families"].items()}
    rows = []
    for metric, card in cards.items():
        if families[metric] == "runtime":
            continue
        sign = 1.0 if card["better"] == "higher" else -1.0
        for separation, sides in compared.items():
            known = [
                (scores[*a, metric], scores[*b, metric])
                for a, b in sides
                if (*a, metric) in scores and (*b, metric) in scores
            ]
            row = {"metric": metric, "family": families[metric], "separation": separation}
            rows.append(row | _separation(known, sign))
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates))


def _separation(
    pairs: Sequence[tuple[pd.Series, pd.Series]], sign: float
) -> dict[str, float | int | str]:
    """Of scores of the better and the worse side of each pair, by patient and recording."""
    facts: dict[str, float | int | str] = {"n": 0, "pairs": len(pairs)}
    columns = [side for pair in pairs for side in pair]
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
    return facts | {
        "value": mean_auroc(values, truth),
        "ci_low": low,
        "ci_high": high,
        "reason": "",
    }
