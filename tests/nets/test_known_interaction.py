"""Products of two regions: the nets written out, and Shapley values of all coalitions."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.nets.base import KnownNet
from xai_bench.nets.known_interaction import PAIRS, KnownHypernet, KnownInteraction

SAMPLES = 40
"""Four to a region."""
Z = torch.randn(2, 12, SAMPLES, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def _net(activation: str) -> KnownNet:
    net: KnownNet = (
        KnownHypernet(samples=SAMPLES)
        if activation == "native"
        else KnownInteraction(activation=activation, samples=SAMPLES)
    )
    net.write_weights_()
    return net.double().requires_grad_(False)


def _sums(
    z: Float[Tensor, "record lead time"], pair: int
) -> tuple[Float[Tensor, " record"], Float[Tensor, " record"]]:
    """u and v of a pair: under a hump of unit norm over each region."""
    hump = torch.tensor([math.sin(math.pi * (k + 0.5) / 4) for k in range(4)], dtype=torch.float64)
    hump = hump / hump.norm()
    (lead, part), (other_lead, other_part) = PAIRS[pair]
    u = z[:, lead, 4 * part : 4 * part + 4] @ hump
    v = z[:, other_lead, 4 * other_part : 4 * other_part + 4] @ hump
    return u, v


def test_no_region_is_in_two_pairs() -> None:
    regions = [region for pair in PAIRS for region in pair]
    assert len(set(regions)) == len(regions) == 24
    assert all(first[0] != second[0] for first, second in PAIRS)


@pytest.mark.parametrize("activation", ["square", "relu", "native"])
def test_the_net_is_a_sum_of_products_or_of_the_smaller_of_two(activation: str) -> None:
    expected = torch.zeros(2, dtype=torch.float64)
    for pair in range(12):
        u, v = _sums(Z, pair)
        if activation == "relu":
            f, gain = torch.sign(u * v) * torch.minimum(u.abs(), v.abs()), 0.5
        else:
            f, gain = u * v, 1 / 16
        expected += (-1) ** pair * gain * f
    with torch.no_grad():
        found = _net(activation)(Z)[:, 0]
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("activation", ["square", "relu", "gelu", "native"])
def test_halves_are_the_shapley_values_of_the_regions(activation: str) -> None:
    """All coalitions of the eight regions of four pairs, and of one region that is not read."""
    net = _net(activation)
    z = torch.zeros(1, 12, SAMPLES, dtype=torch.float64)
    players = [*(region for pair in PAIRS[:4] for region in pair), (0, 5)]
    for lead, part in players:
        z[:, lead, 4 * part : 4 * part + 4] = Z[:1, lead, 4 * part : 4 * part + 4]
    value = {}
    for kept in itertools.product([0, 1], repeat=len(players)):
        version = torch.zeros_like(z)
        for is_in, (lead, part) in zip(kept, players, strict=True):
            at = slice(4 * part, 4 * part + 4)
            version[:, lead, at] = is_in * z[:, lead, at]
        with torch.no_grad():
            value[kept] = float(net(version))
    truth = net.truth(z)[0, 0]
    size = len(players)
    for player, (lead, part) in enumerate(players):
        shapley = 0.0
        for kept, before in value.items():
            if not kept[player]:
                joined = (*kept[:player], 1, *kept[player + 1 :])
                share = math.factorial(sum(kept)) * math.factorial(size - 1 - sum(kept))
                shapley += share / math.factorial(size) * (value[joined] - before)
        found = float(truth[lead, 4 * part : 4 * part + 4].sum())
        assert found == pytest.approx(shapley, abs=1e-12)
    assert truth[0, 20:24].abs().max() == 0


@pytest.mark.parametrize("activation", ["square", "native"])
def test_of_a_product_samples_have_their_shapley_values_too(activation: str) -> None:
    """All coalitions of the eight samples of one pair."""
    net = _net(activation)
    (lead, part), (other_lead, other_part) = PAIRS[3]
    players = [(lead, 4 * part + k) for k in range(4)]
    players += [(other_lead, 4 * other_part + k) for k in range(4)]
    z = torch.zeros(1, 12, SAMPLES, dtype=torch.float64)
    for place in players:
        z[0, place[0], place[1]] = Z[0, place[0], place[1]]
    coalitions = list(itertools.product([0.0, 1.0], repeat=8))
    versions = torch.zeros(len(coalitions), 12, SAMPLES, dtype=torch.float64)
    for row, kept in enumerate(coalitions):
        for is_in, place in zip(kept, players, strict=True):
            versions[row, place[0], place[1]] = is_in * z[0, place[0], place[1]]
    with torch.no_grad():
        value = dict(zip(coalitions, net(versions)[:, 0].tolist(), strict=True))
    truth = net.truth(z)[0, 0]
    for player, place in enumerate(players):
        shapley = 0.0
        for kept, before in value.items():
            if not kept[player]:
                joined = (*kept[:player], 1.0, *kept[player + 1 :])
                share = math.factorial(int(sum(kept))) * math.factorial(7 - int(sum(kept)))
                shapley += share / math.factorial(8) * (value[joined] - before)
        assert float(truth[place[0], place[1]]) == pytest.approx(shapley, abs=1e-12)


def test_what_the_native_net_writes_gives_all_to_the_first_region() -> None:
    net = _net("native")
    assert isinstance(net, KnownHypernet)
    with torch.no_grad():
        W, b = net.generate(Z)
        own, truth = (W * Z[:, None])[:, 0], net.truth(Z)[:, 0]
        torch.testing.assert_close(own.sum(dim=(1, 2)) + b[:, 0], net(Z)[:, 0])
    for (lead, part), (other_lead, other_part) in PAIRS:
        here, there = slice(4 * part, 4 * part + 4), slice(4 * other_part, 4 * other_part + 4)
        assert not own[:, other_lead, there].any()
        torch.testing.assert_close(own[:, lead, here], 2 * truth[:, lead, here])


def test_a_recording_without_anything_has_a_truth_of_zeros() -> None:
    assert not _net("relu").truth(torch.zeros(1, 12, SAMPLES, dtype=torch.float64)).any()
