"""Which scores are pooled: localisation asks where a model sees a finding, so that only recordings
in which it sees one can answer."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Shaped

from xai_bench.tasks import UNKNOWN_OUTCOME

__all__ = ["POOLED", "is_pooled", "pooled_recordings"]

_DETECTED_ALONE = "localisation"
"""The family of metrics whose scores of other recordings are reported apart."""

POOLED = ("all", "detected", "all, outcome unknown")
"""What a row of a leaderboard is of."""

Outcomes = Shaped[np.ndarray, " record"]


def pooled_recordings(family: str, outcomes: Outcomes) -> str:
    """Which of recordings with these outcomes a metric of this family is averaged over, a word of
    POOLED.

    Localisation is of those that the model detects: what it calls normal has evidence that the
    model does not see. Where no outcome is known, as of cells from before they were stored, it is
    of all.
    """
    if family != _DETECTED_ALONE:
        return "all"
    return "all, outcome unknown" if (outcomes == UNKNOWN_OUTCOME).all() else "detected"


def is_pooled(family: str, outcomes: Outcomes) -> Bool[np.ndarray, " record"]:
    """Whether each recording counts, see `pooled_recordings`."""
    if pooled_recordings(family, outcomes) != "detected":
        return np.ones(len(outcomes), dtype=np.bool_)
    detected: Bool[np.ndarray, " record"] = np.asarray(outcomes == "detected", dtype=np.bool_)
    return detected
