"""Cases: seeds of their own, and questions that are asked once."""

import torch

from tests.closed_forms import Quadratic, closed_form
from tests.scoring.cases import case
from xai_bench.methods.controls import Random


def test_draws_differ_by_purpose_and_by_seed() -> None:
    assert case().draw("a") == case().draw("a")
    assert len({case().draw("a"), case().draw("b"), case(seed=1).draw("a")}) == 3


def test_explaining_normalises_and_keeps_the_target() -> None:
    given = case(model=closed_form(Quadratic()), target=0)
    louder = 3 * given.millivolt
    torch.testing.assert_close(given.explain(louder), given.attribution, rtol=1e-3, atol=1e-5)


def test_a_method_that_draws_draws_afresh_for_another_version_of_the_recording() -> None:
    given = case(method=Random())
    first, second = given.explain(given.millivolt * 2), given.explain(given.millivolt * 3)
    assert not torch.equal(first, second)
    assert not torch.equal(first, given.attribution)
    assert torch.equal(first, given.explain(given.millivolt * 2))
    again = case(method=Random())
    assert torch.equal(first, again.explain(again.millivolt * 2))
