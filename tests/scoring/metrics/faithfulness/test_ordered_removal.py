"""Scores read off curves, against curves written out sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.scoring.written_out import (
    Recording,
    W,
    agree,
    largest,
    m,
    probability,
    two,
    without,
)
from xai_bench.scoring import Case
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.faithfulness.ordered_removal import (
    Deletion,
    FaithfulnessEstimate,
    Insertion,
    PixelFlipping,
)

SIZE = 500
COUNTS = range(0, W.size + 1, SIZE)


def test_faithfulness_estimate() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        groups = [order[k : k + SIZE] for k in COUNTS[:-1]]
        sums = [sum(a[place] for place in group) for group in groups]
        falls = [m(z) - m(without(z, group)) for group in groups]
        return float(np.corrcoef(sums, falls)[0, 1])

    agree(FaithfulnessEstimate(size=SIZE), two(), written_out)


def test_pixel_flipping() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        return float(np.mean([m(without(z, order[:k])) for k in COUNTS[1:]]))

    agree(PixelFlipping(size=SIZE), two(), written_out)


def test_deletion() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        curve = [probability(without(z, order[:k])) for k in COUNTS]
        return float(np.trapezoid(curve, np.array(COUNTS) / W.size))

    agree(Deletion(size=SIZE), two(), written_out)


def test_insertion() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        curve = [probability(without(z, order[k:])) for k in COUNTS]
        return float(np.trapezoid(curve, np.array(COUNTS) / W.size))

    agree(Insertion(size=SIZE), two(), written_out)


def test_deleting_what_speaks_for_the_class_first_is_best() -> None:
    """m of the model is a sum over samples, so the order of its summands is the best there is."""
    given = two()
    best = two(given.block.z.square() * torch.from_numpy(W).float() / 2)
    for scorer, sign in (
        (Deletion(size=SIZE), -1),
        (Insertion(size=SIZE), 1),
        (PixelFlipping(size=SIZE), -1),
    ):
        assert bool((sign * (scorer.score(best).values - scorer.score(given).values) > 0).all())


def test_metrics_of_one_method_share_a_curve_and_all_methods_its_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given, passes = two(), []
    one = Forward._one

    def counted(self: Forward, z: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        passes.append(len(z) / 2)
        return one(self, z, target)

    monkeypatch.setattr(Forward, "_one", counted)
    PixelFlipping(size=SIZE).score(given)
    Deletion(size=SIZE).score(given)
    assert sum(passes) == 2 + 23  # m(z), m(0) and the steps between
    Insertion(size=SIZE).score(given)
    assert sum(passes) == 2 + 23 + 23
    other = Case(block=given.block, method=given.method, attribution=-given.attribution)
    Deletion(size=SIZE).score(other)
    assert sum(passes) == 2 + 23 + 23 + 23
