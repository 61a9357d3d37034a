"""Samples that go in the order of their attribution, against curves written out one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
import torch
from quantus.functions.perturb_func import noisy_linear_imputation
from scipy.interpolate import PchipInterpolator

from tests.scoring.written_out import (
    Recording,
    W,
    agree,
    largest,
    m,
    two,
    without,
)
from xai_bench.generators import normal, seed_tensor
from xai_bench.randomness import seed_for
from xai_bench.scoring import Case
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.faithfulness.sample_removal import (
    Comprehensiveness,
    Deletion,
    Insertion,
    InsertionLogOdds,
    PixelFlipping,
    PixelFlippingQuantus,
    Road,
    Sufficiency,
    imputed,
)

PERCENT = (1, 5, 50)
OF_SHARES = (120, 600, 6000)


def test_comprehensiveness() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        return float(np.mean([m(z) - m(without(z, order[:n])) for n in OF_SHARES]))

    agree(Comprehensiveness(percent=PERCENT), two(), written_out)


def test_sufficiency() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        return float(np.mean([m(z) - m(without(z, order[n:])) for n in OF_SHARES]))

    agree(Sufficiency(percent=PERCENT), two(), written_out)


NODES = (5, 20, 50, 75)
CURVE: dict[str, Any] = {"percent": NODES, "offset": 0.02}


def area(log_odds: list[float], *, probability: bool) -> float:
    """Under what scipy puts through log-odds at 0, NODES and 100 %, as finely as one may like."""
    at = np.array([0, *NODES, 100]) / 100
    fine = np.linspace(0, 1, 20_001)
    curve = PchipInterpolator(np.log(at + 0.02), log_odds)(np.log(fine + 0.02))
    return float(np.trapezoid(1 / (1 + np.exp(-curve)) if probability else curve, fine))


def samples(share: int) -> int:
    return W.size * share // 100


@pytest.mark.parametrize("scorer", [Deletion, PixelFlipping])
def test_curves_of_what_is_left(scorer: type[Deletion] | type[PixelFlipping]) -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        curve = [m(without(z, order[: samples(share)])) for share in (0, *NODES, 100)]
        return area(curve, probability=scorer is Deletion)

    agree(scorer(**CURVE), two(), written_out)


@pytest.mark.parametrize("scorer", [Insertion, InsertionLogOdds])
def test_curves_of_what_comes_back(scorer: type[Insertion] | type[InsertionLogOdds]) -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        curve = [m(without(z, order[samples(share) :])) for share in (0, *NODES, 100)]
        return area(curve, probability=scorer is Insertion)

    agree(scorer(**CURVE), two(), written_out)


SIZE = 500


def test_pixel_flipping_as_quantus_steps() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        return float(np.mean([m(without(z, order[:k])) for k in range(SIZE, W.size + 1, SIZE)]))

    agree(PixelFlippingQuantus(size=SIZE), two(), written_out)


def test_deleting_what_speaks_for_the_class_first_is_best() -> None:
    """m of the model is a sum over samples, so the order of its summands is the best there is."""
    given = two()
    best = two(given.block.z.square() * torch.from_numpy(W).float() / 2)
    for scorer, sign in (
        (Deletion(**CURVE), -1),
        (Insertion(**CURVE), 1),
        (InsertionLogOdds(**CURVE), 1),
        (PixelFlipping(**CURVE), -1),
        (PixelFlippingQuantus(size=SIZE), -1),
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
    Deletion(**CURVE).score(given)
    PixelFlipping(**CURVE).score(given)
    assert sum(passes) == 2 + 4  # m(z), m(0) and the shares between
    Comprehensiveness(percent=(1, 5, 10, 20, 50)).score(given)
    assert sum(passes) == 2 + 4 + 2  # 1 and 10 %
    Insertion(**CURVE).score(given)
    InsertionLogOdds(**CURVE).score(given)
    assert sum(passes) == 2 + 4 + 2 + 4
    Sufficiency(percent=(5, 20)).score(given)
    assert sum(passes) == 2 + 4 + 2 + 4
    other = Case(block=given.block, method=given.method, attribution=-given.attribution)
    Deletion(**CURVE).score(other)
    assert sum(passes) == 2 + 4 + 2 + 4 + 4


def solved(lead: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """Each sample that is gone is the mean of the neighbours it has: the system, solved."""
    last = len(lead) - 1
    above, diagonal, below = np.zeros((3, len(lead)))
    right = np.where(gone, 0.0, lead.astype(np.float64))
    diagonal[:] = 1.0
    for t in np.flatnonzero(gone):
        share = 1.0 if t in (0, last) else 0.5
        if t > 0:
            below[t - 1] = -share
        if t < last:
            above[t + 1] = -share
    answer: np.ndarray = scipy.linalg.solve_banded((1, 1), [above, diagonal, below], right)
    return answer


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_imputation_solves_its_system(share: float) -> None:
    generator = torch.Generator().manual_seed(4)
    z = torch.randn(2, 12, 60, generator=generator, dtype=torch.float64)
    gone = torch.rand(z.shape, generator=generator) < share
    gone[0, 0, :5] = gone[0, 1, -7:] = True
    gone[..., 30] = False  # a lead of which nothing is left has no solution
    found = imputed(z, gone)
    for row in range(2):
        for lead in range(12):
            expected = solved(z[row, lead].numpy(), gone[row, lead].numpy())
            np.testing.assert_allclose(found[row, lead].numpy(), expected, atol=1e-12)


def test_imputation_is_that_of_quantus_on_a_picture_one_lead_high() -> None:
    generator = torch.Generator().manual_seed(5)
    z = torch.randn(1, 80, generator=generator, dtype=torch.float64)
    gone = torch.rand(z.shape, generator=generator) < 0.6
    gone[:, :3] = True
    indices = np.flatnonzero(gone[0].numpy())
    expected = noisy_linear_imputation(z.numpy()[None], indices, noise=0.0)
    np.testing.assert_allclose(imputed(z, gone).numpy(), expected[0], atol=1e-12)


def test_a_lead_without_samples_is_its_mean() -> None:
    z = torch.ones(1, 2, 10)
    gone = torch.zeros(z.shape, dtype=torch.bool)
    gone[0, 1] = True
    assert imputed(z, gone)[0].tolist() == [[1.0] * 10, [0.0] * 10]


@pytest.mark.parametrize("noise", [0.01, 0.5])
def test_road(noise: float) -> None:
    given = two()
    record_ids = iter(given.block.record_id)

    def written_out(z: Recording, a: Recording) -> float:
        seed = seed_for(0, next(record_ids), "Road")
        drawn = normal(seed_tensor([seed]), W.shape)[0].numpy()
        order, falls = largest(a), []
        for count in (600, 6000):
            gone = np.zeros(z.shape, dtype=bool)
            for place in order[:count]:
                gone[place] = True
            filled = np.stack([solved(*lead) for lead in zip(z, gone, strict=True)])
            falls.append(m(z) - m(filled + noise * drawn * gone))
        return float(np.mean(falls))

    agree(Road(percent=(5, 50), noise=noise), given, written_out)
