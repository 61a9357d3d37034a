"""Permutation importance: a literal loop, and a linear net in closed form."""

from __future__ import annotations

import torch

from tests.closed_forms import Linear, Product, batch, closed_form, row_of
from xai_bench.methods import METHODS
from xai_bench.methods.background import background

METHOD = METHODS["permutation-importance"]


def test_literally_on_a_net_in_which_all_interacts() -> None:
    """Region by region, recording of the background by recording."""
    model, given = closed_form(Product()), batch(rows=1)
    found = METHOD.attribute(model, given)
    others = background(model)
    assert len(others) == 16
    for lead, segment in ((0, 0), (3, 7), (11, 9)):
        window = slice(segment * 100, (segment + 1) * 100)
        falls = []
        for other in others:
            replaced = given.z.clone()
            replaced[0, lead, window] = other[lead, window]
            with torch.no_grad():
                fall = model.log_odds(given.z, given.target) - model.log_odds(
                    replaced, given.target
                )
            falls.append(float(fall))
        expected = torch.full((100,), sum(falls) / 16 / 100)
        torch.testing.assert_close(found[0, lead, window], expected, rtol=1e-3, atol=1e-7)
    assert found.abs().max() > 1e-6


def test_of_a_linear_net_it_is_the_weights_times_what_differs_from_the_background() -> None:
    model, given = closed_form(Linear()), batch(rows=3)
    w = model.net.get_parameter("w").detach().double()
    terms = w * (given.z.double() - background(model).double().mean(dim=0))
    expected = terms.unflatten(2, (10, 100)).mean(dim=3).repeat_interleave(100, dim=2)
    found = METHOD.attribute(model, given)
    torch.testing.assert_close(found.double(), expected, rtol=1e-3, atol=1e-6)


def test_leads_that_a_net_does_not_read_have_no_importance() -> None:
    net = Linear()
    with torch.no_grad():
        net.get_parameter("w")[1:] = 0
    found = METHOD.attribute(closed_form(net), batch(rows=2))
    assert found[:, 1:].abs().max() < 1e-6
    assert found[:, 0].abs().max() > 1e-3


def test_an_attribution_belongs_to_the_recording_not_to_the_batch() -> None:
    model, given = closed_form(Product()), batch(rows=3)
    together = METHOD.attribute(model, given)
    alone = METHOD.attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], together[1], rtol=1e-4, atol=1e-7)
