"""Evidence: where a recording differs from its healthy twin."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

__all__ = ["EVIDENCE_MILLIVOLT", "evidence"]

EVIDENCE_MILLIVOLT = 0.1
"""One millimetre on ECG paper: the smallest deviation a reader calls."""


def evidence(
    difference: Float64[np.ndarray, "12 time"], threshold: float = EVIDENCE_MILLIVOLT
) -> Bool[np.ndarray, "12 time"]:
    """Samples at which |recording - twin| exceeds `threshold`; both in millivolt, before noise.

    Lead by lead, so that a lead that the disease does not reach has no evidence. Thresholds are in
    millivolt and not relative to the recording: after z-scoring half of all samples differ.
    """
    return np.asarray(np.abs(difference) > threshold)
