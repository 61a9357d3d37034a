"""The additive known net, written out function by function."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
import torch

from xai_bench.nets.known_additive import KnownAdditive

SAMPLES = 40
Z = 3 * torch.randn(2, 12, SAMPLES, generator=torch.Generator().manual_seed(1))


def _written(axes: Literal[1, 2], activation: str) -> KnownAdditive:
    net = KnownAdditive(axes=axes, activation=activation, samples=SAMPLES)
    net.write_weights_()
    return net


def _weight(lead: int, sample: int) -> float:
    size = 1 / 64 if lead < 6 else 1 / 512
    return size * math.sin(2 * math.pi * (lead + 2) * (sample + 0.5) / SAMPLES + lead)


@pytest.mark.parametrize("axes", [1, 2])
def test_limb_leads_saturate_at_two_and_chest_leads_are_squared(axes: Literal[1, 2]) -> None:
    """The square is drawn with straight lines through 0, 2 and 4, and exact there."""
    net = _written(axes, "relu")
    for height in (-4.0, -2.0, 0.0, 1.0, 2.0, 4.0, 7.0):
        z = torch.full((1, 12, SAMPLES), height)
        truth = net.truth(z)[0, 0]
        for lead, sample in ((0, 3), (5, 11), (6, 7), (11, 30)):
            if lead < 6:
                g = float(np.clip(height, -2, 2))
            else:
                g = float(np.interp(abs(height), [0, 2, 4, 8], [0, 4, 16, 56]))
            rounding = abs(g) / 2**17 + 1e-6  # of the weights, to steps of 2^-16
            expected = pytest.approx(_weight(lead, sample) * g, abs=rounding)
            assert truth[lead, sample].item() == expected


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("axes", [1, 2])
def test_each_sample_adds_what_goes_when_it_is_set_to_zero_whatever_else_is(
    axes: Literal[1, 2], activation: str
) -> None:
    """Alone and among all others: nothing interacts, so there is one truth."""
    net = _written(axes, activation).double()
    z = Z.double()
    with torch.no_grad():
        truth, logits, nothing = net.truth(z), net(z), net(torch.zeros_like(z))
        for lead, sample in ((1, 0), (6, 39), (9, 20)):
            without, alone = z.clone(), torch.zeros_like(z)
            without[:, lead, sample] = 0
            alone[:, lead, sample] = z[:, lead, sample]
            for change in (logits - net(without), net(alone) - nothing):
                torch.testing.assert_close(change[:, 0], truth[:, 0, lead, sample])


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_leads_as_channels_are_the_same_function(activation: str) -> None:
    one, two = _written(1, activation), _written(2, activation)
    with torch.no_grad():
        torch.testing.assert_close(one(Z), two(Z))
        torch.testing.assert_close(one.truth(Z), two.truth(Z))
