"""One recording explained a few times: does what a method draws at random repeat?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float32

from xai_bench.methods import Method
from xai_bench.methods.attribute import attribute
from xai_bench.models import Model
from xai_bench.types import Attributions, Recordings

__all__ = ["DRAWS", "independent_draws", "same_sign"]

DRAWS = 4
"""Independent explanations of a recording by a method that draws."""


def independent_draws(
    model: Model, recording: Recordings, method: Method, *, target: str, seed: int
) -> list[Attributions]:
    """Explanations with `seed` and the seeds after it; one where another seed changes nothing."""
    first = attribute(model, recording, method, target=target, seed=seed)
    second = attribute(model, recording, method, target=target, seed=seed + 1)
    if np.array_equal(first.values, second.values, equal_nan=True):
        return [first]
    more = range(seed + 2, seed + DRAWS)
    return [
        first,
        second,
        *(attribute(model, recording, method, target=target, seed=one) for one in more),
    ]


def same_sign(
    draws: Sequence[Float32[np.ndarray, "lead time"]],
) -> Bool[np.ndarray, "lead time"]:
    """Where all draws are positive, all are negative, or all are zero."""
    signs = np.sign(np.stack(draws))
    same: Bool[np.ndarray, "lead time"] = (signs == signs[0]).all(axis=0)
    return same
