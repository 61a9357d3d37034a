"""Votes of clauses as an attribution: exact, in log-odds, and refused where there are none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import xai_bench as xb
from tests.nets.test_tsetlin import BOTH, FOR_ALONE, NEITHER, hand_made
from xai_bench.errors import InputError
from xai_bench.methods import METHODS, find_methods
from xai_bench.methods.attribute import make_batch
from xai_bench.models import Model
from xai_bench.scoring.engine.cost import counted
from xai_bench.scoring.score import score_methods
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo


@pytest.fixture
def model() -> Model:
    wrapped = xb.wrap(
        hand_made(), ["N", "V"], rate_hz=5, seconds=1, leads=["MLII"], normalise="none", name="two"
    )
    assert wrapped.has_clauses
    return wrapped


@pytest.fixture
def three() -> Recordings:
    signal = np.array([BOTH, FOR_ALONE, NEITHER])[:, None]
    return xb.recordings(signal, rate_hz=5, leads=["MLII"], as_named=True)


def test_attribution_is_that_of_the_votes_and_turns_with_the_class(
    model: Model, three: Recordings
) -> None:
    for_v, for_n = (xb.attribute(model, three, "clauses", target=name) for name in ("V", "N"))
    expected = [[1.0, 0.5, -3.0, 0.5, 1.0], [1.0, 0.5, 0.0, 0.5, 1.0], [0.0] * 5]
    np.testing.assert_allclose(for_v.values[:, 0], expected, atol=1e-6)
    np.testing.assert_allclose(for_n.values, -for_v.values, atol=1e-6)
    np.testing.assert_allclose(for_v.log_odds, [0.25, 3.25, 0.25])
    # Against the log-odds of no vote: the promise is checked for every recording.
    assert for_v.residual.max() < 1e-6
    assert for_n.residual.max() < 1e-6


def test_a_net_without_clauses_is_refused() -> None:
    model = xb.load_model("known-linear")
    (clauses,) = find_methods("clauses")
    reason = clauses.unsupported(model, evidence=False)
    assert reason == "clauses needs a net of clauses, such as that of tsetlin-pvc"
    with pytest.raises(InputError, match="its net has no clauses"):
        model.votes(torch.zeros(1, 12, 1000))


def test_methods_that_need_a_gradient_are_refused_with_words(model: Model) -> None:
    said = "'two' has none at its input: its clauses are true or false, and steps have no slope"
    for name in ("saliency", "ig-16", "gradcam", "lrp-epsilon", "deeplift"):
        reason = METHODS[name].unsupported(model, evidence=False)
        assert reason is not None
        assert reason.endswith(said)


def test_clauses_that_are_drawn_anew_have_other_maps(model: Model, three: Recordings) -> None:
    """What randomises weights finds the clauses, and a machine before training has some."""
    methods = find_methods("clauses,clauses@untrained")
    metrics = Zoo().metrics("mprt")
    # Of the third no clause is true: its map is zero everywhere, and has no rank correlation.
    tables = score_methods(model, three[:2], methods, metrics=metrics)
    found = tables["clauses"]
    assert set(found["status"]) == {"ok"}
    assert (found["score"].abs() < 1).all()
    other = model.before_training(3)
    assert isinstance(other.net, type(model.net))
    assert not torch.equal(other.net.clauses.included, model.net.clauses.included)  # type: ignore[union-attr, arg-type]


def test_it_takes_the_passes_that_it_says(model: Model, three: Recordings) -> None:
    given = make_batch(model, three[[0]], target="V")
    with counted(model.net) as count:
        METHODS["clauses"].attribute(model, given)
    assert count.forward + count.backward == METHODS["clauses"].passes
