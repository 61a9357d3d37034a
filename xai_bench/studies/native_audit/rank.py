"""Rank correlation, recording by recording."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata
from torch import Tensor

__all__ = ["spearman"]


def spearman(
    a: Float[Tensor, "record part"], b: Float[Tensor, "record part"]
) -> Float[np.ndarray, " record"]:
    """Spearman's rank correlation of the parts of each recording; NaN where one is constant."""
    ranks = [rankdata(x.double().cpu().numpy(), axis=1) for x in (a, b)]
    x, y = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
    with np.errstate(invalid="ignore"):
        found: Float[np.ndarray, " record"] = (x * y).sum(axis=1) / np.sqrt(
            (x**2).sum(axis=1) * (y**2).sum(axis=1)
        )
    return found
