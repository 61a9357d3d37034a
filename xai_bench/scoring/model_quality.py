"""The quality gate: whether a model classifies well enough for its explanations to be ranked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.devices import ShortMemory, float32_policy, rows_of_a_pass
from xai_bench.models import Model
from xai_bench.stats import FEWEST_PATIENTS, mean_auroc, mean_auroc_interval
from xai_bench.tasks import Task
from xai_bench.types import Recordings

__all__ = ["EVALUATED", "LEAST_AUROC", "Quality", "claimed_quality", "labelled"]
__all__ += ["measure_quality", "predict"]

LEAST_AUROC = 0.7
"""Where "acceptable" discrimination begins (Hosmer, Lemeshow & Sturdivant 2013, section 5.2.4).

Below it more than three in ten pairs of a positive and a negative recording are in the wrong order:
what such a model looks at is not what tells them apart.
"""

EVALUATED = 256
"""Recordings that are evaluated where the split has them, however few are scored.

The interval of an AUROC of 0.9 is about 0.04 to each side on 256 recordings, and 0.16 on 16: a run
on few recordings would call good models unreliable by accident.
"""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well a model classifies the recordings that it is scored on, or more of their split."""

    verdict: Literal["ok", "unreliable", "unknown", "known"]
    """unreliable: the interval reaches below LEAST_AUROC. unknown: there is no interval. known: the
    exact attribution of the net is known, which is no classifier and needs no AUROC."""
    auroc: float | None = None
    """For several classes the mean of theirs."""
    ci_low: float | None = None
    ci_high: float | None = None
    n: int = 0
    """Recordings that were evaluated."""
    recordings: str = ""
    """Fingerprint of the recordings that were offered for it, or of the data that a card claims
    it of."""

    @classmethod
    def of(cls, provenance: dict[str, Any]) -> Quality:
        """What a cell says about its model; unknown for a cell from before there was a gate."""
        return cls(**provenance.get("quality", {"verdict": "unknown"}))

    @property
    def text(self) -> str:
        """Such as "AUROC 0.52 [0.41, 0.63]"."""
        if self.auroc is None:
            return "AUROC unknown"
        return f"AUROC {self.auroc:.2f} [{self.ci_low:.2f}, {self.ci_high:.2f}]"


def claimed_quality(model: Model, source: str) -> Quality | None:
    """What the card of `model` claims of all of fold 10, where that is fold 10 of this very source;
    None of other data, of another version of them, and of a model without a card.

    source: the fingerprint of the embedded data, in the form that the model reads. The weights are
    those of the card: others are not loaded.
    """
    claims = None if model.card is None else model.card.claims
    if claims is None or not source or claims.source != source:
        return None
    low, high = claims.auroc_ci
    return Quality(
        verdict=_verdict(low),
        auroc=claims.auroc,
        ci_low=low,
        ci_high=high,
        n=claims.n,
        recordings=source,
    )


def measure_quality(
    model: Model,
    recordings: Recordings,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Quality:
    """The AUROC of `model` on labelled recordings, with its 95 % interval over patients.

    For several classes it is the mean over those that some recordings are of and others are not,
    resampled together. Recordings for which the model's log-odds are not finite are left out. The
    verdict is "unknown" without labels, without such a class, and with patients too few for an
    interval.
    """
    evaluated, truth = labelled(recordings, model.task)
    unknown = Quality(verdict="unknown", n=len(evaluated), recordings=recordings.fingerprint())
    if not _enough(evaluated, truth):
        return unknown
    log_odds = predict(model, evaluated, progress)
    finite = np.flatnonzero(np.isfinite(log_odds).all(axis=1))
    if len(finite) < len(evaluated):
        evaluated, truth, log_odds = evaluated[finite.tolist()], truth[finite], log_odds[finite]
        unknown = replace(unknown, n=len(evaluated))
        if not _enough(evaluated, truth):
            return unknown
    low, high = mean_auroc_interval(log_odds, truth, evaluated.patient_id)
    return replace(
        unknown,
        verdict=_verdict(low),
        auroc=mean_auroc(log_odds, truth),
        ci_low=low,
        ci_high=high,
    )


def _verdict(low: float) -> Literal["ok", "unreliable"]:
    return "unreliable" if low < LEAST_AUROC else "ok"


def _enough(evaluated: Recordings, truth: Int64[np.ndarray, "record column"]) -> bool:
    """Whether there are patients for an interval, and a class that some are of and others not."""
    if len(set(evaluated.patient_id)) < FEWEST_PATIENTS:
        return False
    return bool(((truth.min(axis=0) == 0) & (truth.max(axis=0) == 1)).any())


def labelled(
    recordings: Recordings, task: Task
) -> tuple[Recordings, Int64[np.ndarray, "record column"]]:
    """The recordings that belong to the task, and what each column of it is, 0 or 1."""
    truths = [task.truth(labels) for labels in recordings.labels or ()]
    rows = [row for row, truth in enumerate(truths) if truth is not None]
    truth = np.array([truths[row] for row in rows], dtype=np.int64)
    return recordings[rows], truth.reshape(len(rows), len(task.columns))


@float32_policy()
@torch.inference_mode()
def predict(
    model: Model,
    recordings: Recordings,
    progress: Callable[[int, int], None] | None = None,
) -> Float[np.ndarray, "record column"]:
    """Log-odds of every column of the model's task, float64."""
    parts: list[Tensor] = []
    memory = ShortMemory(f"predictions of '{model.name}'", model.device)
    rows = rows_of_a_pass(model.device, "versions")

    def log_odds(part: slice) -> Tensor:
        millivolt = torch.from_numpy(recordings[part].signal)
        return model.column_log_odds(model.normalise(millivolt)).cpu()

    for start in range(0, len(recordings), rows):
        stop = min(start + rows, len(recordings))
        parts += [found for _, found in memory.do(slice(start, stop), log_odds)]
        if progress:
            progress(stop, len(recordings))
    return torch.cat(parts).double().numpy()
