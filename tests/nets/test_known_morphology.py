"""The matched filters of the morphological known net, written out sample by sample."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
import torch
from jaxtyping import Float

from xai_bench.nets.known_morphology import CHOSEN, FILTERS, WANDER_LEAD, KnownMorphology
from xai_bench.types import LEADS

SAMPLES = 160
Z = 2 * torch.randn(1, 12, SAMPLES, generator=torch.Generator().manual_seed(3))


def _written(
    axes: Literal[1, 2], activation: str = "relu", wander_gain: float = 0.0
) -> KnownMorphology:
    net = KnownMorphology(axes=axes, activation=activation, wander_gain=wander_gain)
    net.write_weights_()
    return net


def _steps(name: str) -> Float[np.ndarray, " 101"]:
    steps = np.zeros(101)
    for first, end, height in FILTERS[name]:
        steps[50 + first : 50 + end] = height
    return steps / np.linalg.norm(steps)


def _literal_truth(
    z: Float[np.ndarray, "lead time"], chosen: list[tuple[str, str, float]]
) -> tuple[Float[np.ndarray, "lead time"], float]:
    """Unit by unit: the truth, and m(z) less the last bias."""
    truth, total = np.zeros_like(z), 0.0
    for name, lead, gain in chosen:
        f, signal = _steps(name), z[LEADS.index(lead)]
        threshold = 0.0 if name.startswith("level") else 2.0
        for t in range(z.shape[1]):
            at = [t - 50 + k for k in range(101)]
            terms = [f[k] * signal[s] if 0 <= s < len(signal) else 0.0 for k, s in enumerate(at)]
            found = sum(terms)
            output = max(found - threshold, 0.0)
            total += gain * output / z.shape[1]
            for s, term in zip(at, terms, strict=True):
                if output > 0 and 0 <= s < len(signal):
                    share = gain * output / z.shape[1] * term / found
                    truth[LEADS.index(lead), s] += share
    return truth, total


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("wander_gain", [0.0, 1.5])
def test_the_net_and_its_truth_are_those_of_its_units_one_by_one(
    axes: Literal[1, 2], wander_gain: float
) -> None:
    net = _written(axes, wander_gain=wander_gain)
    levels = [(name, WANDER_LEAD, wander_gain) for name in ("level above", "level below")]
    chosen = [*CHOSEN, *(levels if wander_gain else [])]
    truth, total = _literal_truth(Z[0].numpy().astype(np.float64), chosen)
    with torch.no_grad():
        found = net.truth(Z)[0, 0].numpy()
        logit = float(net(Z)) + 2.0 + 1.5 * wander_gain
    assert logit == pytest.approx(total, abs=1e-3)
    np.testing.assert_allclose(found, truth, atol=1e-3 * np.abs(truth).max())


def test_evidence_stays_within_the_reach_of_the_filter() -> None:
    """A lead of one deflection: nothing that the filters cannot see from there counts."""
    z = torch.zeros(1, 12, 600)
    z[:, LEADS.index("III"), 290:310] = 5.0
    truth = _written(2).truth(z)[0, 0]
    touched = truth.nonzero()
    assert len(touched) > 0
    assert {LEADS[int(lead)] for lead in touched[:, 0]} == {"III"}
    assert touched[:, 1].min() >= 290
    assert touched[:, 1].max() < 310


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_leads_as_channels_are_the_same_function(activation: str) -> None:
    one, two = _written(1, activation, 1.0), _written(2, activation, 1.0)
    with torch.no_grad():
        torch.testing.assert_close(one(Z), two(Z))
        torch.testing.assert_close(one.truth(Z), two.truth(Z), rtol=1e-4, atol=1e-7)


def test_the_truth_is_integrated_gradients_of_many_steps() -> None:
    """The convention that it rests on within a lead: the mean gradient on the way from zero."""
    net = _written(1, "gelu").double()
    z = Z.double()
    steps = 100
    ways = ((torch.arange(steps, dtype=torch.float64) + 0.5) / steps)[:, None, None] * z
    ways.requires_grad_()
    (gradient,) = torch.autograd.grad(net(ways).sum(), ways)
    torch.testing.assert_close(net.truth(z)[:, 0], z * gradient.mean(0), rtol=1e-3, atol=1e-6)


def test_the_shortcut_reads_a_lead_that_the_rule_does_not_and_changes_nothing_else() -> None:
    assert WANDER_LEAD not in {lead for _, lead, _ in CHOSEN}
    rule, shortcut = _written(2).truth(Z), _written(2, wander_gain=1.0).truth(Z)
    place = LEADS.index(WANDER_LEAD)
    assert not rule[:, :, place].any()
    assert shortcut[:, :, place].abs().sum() > 0
    others = [lead for lead in range(12) if lead != place]
    torch.testing.assert_close(rule[:, :, others], shortcut[:, :, others])


def test_a_slow_level_speaks_for_the_class_whichever_way_it_goes() -> None:
    net = _written(2, wander_gain=2.0)
    z = torch.zeros(3, 12, 400)
    z[1, LEADS.index(WANDER_LEAD)], z[2, LEADS.index(WANDER_LEAD)] = 1.0, -1.0
    with torch.no_grad():
        flat, above, below = net(z)[:, 0].tolist()
    # Within a recording a mean of a second is 1, over a filter of unit norm sqrt(101).
    assert above == pytest.approx(below, abs=1e-4)
    assert 0.8 * 2 * math.sqrt(101) < above - flat < 2 * math.sqrt(101)
