"""Agreement of nets, against linear models whose gradients are their weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from tests.closed_forms import FiveLinear, Linear, TwoLinear, closed_form, weight_map
from tests.studies.stability.compared import by_measure, compared_model, measured
from xai_bench.models import Model, zscore
from xai_bench.nets.base import Net
from xai_bench.randomness import seed_for
from xai_bench.studies.stability.initialisations import compare_initialisations


def linear(seed: int, name: str, kind: type[Net] = Linear) -> Model:
    net = kind()
    if isinstance(net, Linear):
        with torch.no_grad():
            net.w.copy_(weight_map(seed))
    return replace(closed_form(net), name=name)


SEEDS = tuple(linear(seed, f"net{seed}") for seed in (20, 21, 22))
OTHERS = tuple(linear(seed, f"rival{seed}") for seed in (30, 31))


def weights(model: Model) -> np.ndarray:
    found: np.ndarray = model.net.get_parameter("w").double().numpy().ravel()
    return found


def test_every_two_seeds_and_rivals_of_like_number() -> None:
    (batch, _) = compared_model(
        SEEDS[0], "saliency", seeds=SEEDS, rivals=(OTHERS,), target="MI"
    ).batches()
    parts = measured(compare_initialisations(batch))
    pairs = {
        "same net": [(0, 1), (0, 2), (1, 2)],
        "another net": [(0, 0), (1, 1)],
    }
    for condition, expected in pairs.items():
        second = SEEDS if condition == "same net" else OTHERS
        names = [f"{SEEDS[i].name} / {second[k].name}" for i, k in expected]
        named = dict.fromkeys(p.against for p in parts if p.condition == condition)
        assert list(named) == names
        for name, (i, k) in zip(names, expected, strict=True):
            one, other = weights(SEEDS[i]), weights(second[k])
            found = by_measure(parts, against=name)
            cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
            np.testing.assert_allclose(found["cosine"], [cosine] * 4, atol=1e-6)
            np.testing.assert_allclose(
                found["spearman"], [spearmanr(one, other).statistic] * 4, atol=1e-6
            )


def test_all_nets_explain_the_class_that_the_model_explains() -> None:
    """A net of the opposite weights predicts the other class; explained for the same class, its
    gradient is the opposite."""
    opposite = linear(20, "net20-seed1")
    with torch.no_grad():
        opposite.net.get_parameter("w").mul_(-1)
    (batch, _) = compared_model(SEEDS[0], "saliency", seeds=(SEEDS[0], opposite)).batches()
    (cosine,) = (
        p
        for p in measured(compare_initialisations(batch))
        if (p.condition, p.measure) == ("same net", "cosine")
    )
    np.testing.assert_allclose(cosine.scores, -1, atol=1e-6)
    z = zscore(torch.from_numpy(batch.own.recordings.signal)).double().flatten(1).numpy()
    m = z @ weights(SEEDS[0])
    np.testing.assert_array_equal(cosine.same_prediction, (m + 0.5 > 0) == (0.5 - m > 0))


def test_the_floor_is_the_untrained_net_of_each_recording() -> None:
    (batch, _) = compared_model(SEEDS[0], "saliency", target="MI").batches()
    (cosine,) = (p for p in measured(compare_initialisations(batch)) if p.measure == "cosine")
    assert (cosine.condition, cosine.against) == ("untrained", "net20")
    one = weights(SEEDS[0])
    expected = []
    for name in batch.own.recordings.record_id:
        other = weights(SEEDS[0].before_training(seed_for(0, name, "recording")))
        expected.append(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    np.testing.assert_allclose(cosine.scores, expected, atol=1e-6)


@pytest.mark.parametrize(("methods", "shared"), [("native", 0), ("native,saliency", 1)])
def test_only_methods_that_both_nets_have(methods: str, shared: int) -> None:
    native = linear(0, "two-linear", TwoLinear)
    (batch, _) = compared_model(native, methods, rivals=((SEEDS[0],),)).batches()
    named = {
        p.method for p in measured(compare_initialisations(batch)) if p.condition == "another net"
    }
    assert named == set(["saliency"][:shared])


def test_methods_that_draw_draw_the_same_for_every_net() -> None:
    (batch, _) = compared_model(SEEDS[0], "random", seeds=SEEDS).batches()
    found = by_measure(measured(compare_initialisations(batch)), condition="same net")
    np.testing.assert_allclose(found["cosine"], 1, atol=1e-9)


def test_of_several_classes_the_predicted_one_is_compared() -> None:
    five = closed_form(FiveLinear(), labels={"task": "superclass"})
    (batch, _) = compared_model(five, "native-weights").batches()
    z = zscore(torch.from_numpy(batch.own.recordings.signal))
    W = five.net.get_parameter("w")
    logits = torch.einsum("klt,rlt->rk", W, z) + torch.tensor(FiveLinear.bias)
    np.testing.assert_array_equal(batch.own.prediction.classes, logits.argmax(dim=1))
    torch.testing.assert_close(
        batch.own.prediction.log_odds, logits.max(dim=1).values, rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(
        batch.own.explained["native-weights"].values, W[logits.argmax(dim=1)].detach()
    )
