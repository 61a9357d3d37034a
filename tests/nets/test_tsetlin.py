"""A machine of two clauses that are written out, and what its votes must be."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from xai_bench.errors import InputError
from xai_bench.nets.tsetlin import Clauses, Tsetlin


def hand_made() -> Tsetlin:
    """One lead of five samples at levels 0 and 1, and rises over two samples of more than 0.5.

    For: sample 0 above 1, sample 4 not above 0, a rise from sample 1. Against: sample 2 above 0.
    """
    net = Tsetlin(
        leads=1, samples=5, step=1, levels=[0.0, 1.0], rises=[0.5], rise_samples=2, clauses=2
    )
    names = [(one.kind, one.sample, one.above) for one in net.code.features()]
    included = torch.zeros_like(net.clauses.included)
    included[0, names.index(("level", 0, 1.0))] = 1
    included[0, names.index(("level", 4, 0.0)) + len(names)] = 1
    included[0, names.index(("rise", 1, 0.5))] = 1
    included[1, names.index(("level", 2, 0.0))] = 1
    net.clauses.included.copy_(included)
    net.rescale_(torch.tensor([3.0]), torch.tensor([0.25]))
    return net


BOTH = [2.0, 0.0, 0.5, 1.0, -1.0]
FOR_ALONE = [2.0, 0.0, -0.5, 1.0, -1.0]
NEITHER = [2.0, 0.0, -0.5, 0.1, -1.0]


def _z(*rows: list[float]) -> Tensor:
    return torch.tensor(rows)[:, None]


def test_logits_count_votes() -> None:
    logits = hand_made()(_z(BOTH, FOR_ALONE, NEITHER))
    torch.testing.assert_close(logits, torch.tensor([[0.25], [3.25], [0.25]]))


def test_votes_are_shared_by_literals_and_lie_where_these_read() -> None:
    found = hand_made().votes(_z(BOTH, FOR_ALONE, NEITHER))[:, 0, 0]
    # Three literals share 3: samples 0 and 4 get 1 each, the rise half of it at 1 and at 3.
    of_for = [1.0, 0.5, 0.0, 0.5, 1.0]
    of_against = [0.0, 0.0, -3.0, 0.0, 0.0]
    both = [one + other for one, other in zip(of_for, of_against, strict=True)]
    torch.testing.assert_close(found, torch.tensor([both, of_for, [0.0] * 5]))


def test_votes_and_shift_are_the_logit_of_a_random_machine() -> None:
    torch.manual_seed(0)
    net = Tsetlin(
        leads=2, samples=40, step=2, levels=[-0.5, 0.5], rises=[0.0], rise_samples=6, clauses=60
    )
    z = torch.randn(50, 2, 40)
    net.rescale_(torch.tensor([0.3]), torch.tensor([-1.0]))
    assert net.true_clauses(z).any(dim=0).sum() > 30, "clauses that say something"
    total = net.votes(z).sum(dim=(2, 3)) + net.shift
    torch.testing.assert_close(total, net(z))


def test_clauses_are_conjunctions() -> None:
    torch.manual_seed(1)
    clauses = Clauses(10, 6)
    clauses.included[3] = 0
    features = torch.rand(64, 6) > 0.5
    literals = torch.cat([features, ~features], dim=1)
    found = clauses(features)
    for row, clause in ((row, clause) for row in range(64) for clause in range(10)):
        demanded = clauses.included[clause].bool()
        expected = bool(demanded.any()) and bool(literals[row][demanded].all())
        assert bool(found[row, clause]) == expected


def test_an_untrained_clause_can_be_true() -> None:
    torch.manual_seed(2)
    clauses = Clauses(200, 30)
    asserted, negated = clauses.included.chunk(2, dim=1)
    assert not (asserted & negated).any()
    assert set(clauses.sizes.tolist()) == {4.0}


def test_an_odd_number_of_clauses_is_refused() -> None:
    with pytest.raises(InputError, match="clauses = 3: give an even number"):
        Clauses(3, 4)
