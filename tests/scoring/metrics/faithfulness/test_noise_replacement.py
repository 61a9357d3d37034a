"""AUCSE and F, written out; and why not Simpson's rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.integrate
import torch

from tests.scoring.cases import value
from tests.scoring.written_out import Recording, W, agree, largest, probability, two
from xai_bench.generators import normal, seed_tensor
from xai_bench.randomness import seed_for
from xai_bench.scoring import Case, Unscorable
from xai_bench.scoring.metrics.faithfulness.noise_replacement import (
    NoiseReplacementArea,
    NoiseReplacementF,
)

PERCENT = (5, 15, 25, 35, 45, 55, 65, 75, 85, 95)


def areas(given: Case) -> list[tuple[float, float]]:
    """A_top and A_bot of each recording."""
    found = []
    for record_id, z, a in zip(
        given.block.record_id, given.block.z, given.attribution, strict=True
    ):
        seed = seed_for(0, record_id, "Turbe")
        noise = normal(seed_tensor([seed]), W.shape)[0].numpy()
        one = z.double().numpy()
        order = [place for place in largest(a.numpy()) if a[place] > 0]
        found.append((area(one, order, noise), area(one, order[::-1], noise)))
    return found


def area(z: Recording, order: list[tuple[int, int]], noise: Recording) -> float:
    x, y = [0.0], [0.0]
    for percent in PERCENT:
        count, changed = math.ceil(percent * len(order) / 100), z.copy()
        for place in order[:count]:
            changed[place] = noise[place]
        x.append(count / z.size)
        y.append((probability(z) - probability(changed)) / probability(z))
    return float(np.trapezoid([*y, y[-1]], [*x, 1.0]))


def few_positive() -> torch.Tensor:
    """One recording with many positive samples and one with seven, fewer than there are shares."""
    a = torch.randn(2, *W.shape, generator=torch.Generator().manual_seed(8))
    a[1] = -a[1].abs()
    a[1, 3, 100:107] = torch.arange(1.0, 8.0)
    return a


def test_area_under_the_fall() -> None:
    given = two(few_positive())
    tops = iter(areas(given))
    agree(NoiseReplacementArea(percent=PERCENT), given, lambda z, a: next(tops)[0])


def test_f_joins_top_and_bottom() -> None:
    given = two(few_positive())
    ends = iter(areas(given))

    def written_out(z: Recording, a: Recording) -> float:
        top, bottom = next(ends)
        top = max(top, 0.0)
        return top * (1 - bottom) / (top + 1 - bottom)

    agree(NoiseReplacementF(percent=PERCENT), given, written_out)


def test_an_attribution_without_positive_samples_has_no_score() -> None:
    given = two(torch.cat([-torch.ones(1, *W.shape), few_positive()[:1]]))
    for scorer in (NoiseReplacementArea(percent=PERCENT), NoiseReplacementF(percent=PERCENT)):
        found = scorer.score(given)
        assert [bool(reason) for reason in found.reason_of_each()] == [True, False]
        assert "no attribution is positive" in found.reason_of_each()[0]
    with pytest.raises(Unscorable, match="no attribution is positive"):
        value(NoiseReplacementArea(percent=PERCENT), two(-torch.ones(1, *W.shape)))


def test_simpsons_rule_leaves_a_curve_of_unequal_steps() -> None:
    """What the cards say of it: the fall never exceeds 0.9, and the area does."""
    share = np.array(PERCENT) / 100
    x, y = [0, *(0.01 * share), 1], [0, *(0.9 * share / 0.95), 0.9]
    assert scipy.integrate.simpson(y, x=x) == pytest.approx(16.4, abs=0.1)
    assert np.trapezoid(y, x) == pytest.approx(0.9, abs=0.01)
