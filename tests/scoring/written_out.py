"""Recordings, an attribution and a model for scorers that are written out in numpy, one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from jaxtyping import Float

from tests.closed_forms import Quadratic, closed_form
from tests.scoring.cases import case
from xai_bench.scoring import Case, Scorer
from xai_bench.scoring.engine.base import evaluate

W = Quadratic().w.detach().numpy().astype(np.float64)
Recording = Float[np.ndarray, "lead time"]
Places = list[tuple[int, int]]


def two(attribution: torch.Tensor | None = None) -> Case:
    """A block of two recordings, whose random attributions have nothing in common."""
    if attribution is None:
        attribution = torch.randn(2, *W.shape, generator=torch.Generator().manual_seed(8))
    return case(model=closed_form(Quadratic()), attribution=attribution)


def agree(
    scorer: Scorer, given: Case, written_out: Callable[[Recording, Recording], float]
) -> None:
    """A block scores as a function of z and a of one recording does."""
    found = evaluate(scorer, given)
    expected = [
        written_out(z.double().numpy(), a.double().numpy())
        for z, a in zip(given.block.z, given.attribution, strict=True)
    ]
    assert found.reason_of_each() == ("",) * len(expected)
    assert found.values.tolist() == pytest.approx(expected, abs=1e-5)


def m(z: Recording) -> float:
    """The log-odds that the model of `two` gives."""
    return float((W * z**2).sum() / 2)


def probability(z: Recording) -> float:
    return float(1 / (1 + np.exp(-m(z))))


def largest(a: Recording) -> Places:
    """Places (lead, time), that of the largest attribution first."""
    every = [(i, t) for i in range(a.shape[0]) for t in range(a.shape[1])]
    return sorted(every, key=lambda place: a[place], reverse=True)


def without(z: Recording, gone: Places) -> Recording:
    changed = z.copy()
    for place in gone:
        changed[place] = 0.0
    return changed
