"""Relative stability against literal numpy loops, on a small net."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, closed_form
from tests.scoring.blocks import cases, signals
from tests.scoring.cases import metric
from xai_bench.generators import normal, seed_tensor
from xai_bench.methods.gradients import InputXGradient
from xai_bench.models import Model
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.layers import last_input
from xai_bench.scoring import Case, build_scorer

NAMES = (
    "relative_input_stability",
    "relative_output_stability",
    "relative_representation_stability",
)


def small() -> Model:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return closed_form(ECGConv2d())


def explained() -> Case:
    (found,) = cases(small(), ["input-x-gradient"], signals(2) + 3, target=[0, 1])
    return found


def noisy(case: Case, row: int) -> list[np.ndarray]:
    """As documented: 20 dB below the power about the lead means, one level. Of 30 versions the
    first 2 are explained."""
    x = case.block.millivolt[row].double().numpy()
    state = np.random.RandomState(case.block.seeds("noise")[row] % 2**32)
    power = np.mean((x - x.mean(axis=1, keepdims=True)) ** 2)
    seeds = [int(state.randint(2**63 - 1, dtype=np.int64)) for _ in range(30)]
    drawn = normal(seed_tensor(seeds), x.shape).double().numpy()
    return [(x + d * np.sqrt(power / 100)).astype(np.float32) for d in drawn]


def literal(case: Case, row: int, name: str) -> float:
    model, target = case.block.model, case.block.batch.target[row : row + 1]
    x, z = case.block.millivolt[row].double().numpy(), case.block.z[row : row + 1]
    a = case.attribution[row].double().numpy()

    def h(z: torch.Tensor) -> np.ndarray:
        with torch.no_grad():
            return last_input(model.net, z).double().numpy()

    def m(z: torch.Tensor) -> float:
        with torch.no_grad():
            return float(model.log_odds(z, target))

    changes, moves = [], []
    for number, version in enumerate(noisy(case, row)):
        again = model.normalise(torch.from_numpy(version)[None])
        if number < 2:
            batch = case.block.batch.versions(torch.tensor([row]), again)
            b = InputXGradient().attribute(model, batch)[0].double().numpy()
            changes.append(np.sqrt(((b - a) ** 2).sum()) / np.sqrt((a**2).sum()))
        if name == "relative_input_stability":
            centred = x - x.mean(axis=1, keepdims=True)
            moves.append(np.sqrt(((version - x) ** 2).sum()) / np.sqrt((centred**2).sum()))
        elif name == "relative_output_stability":
            moves.append(abs(m(again) - m(z)))
        else:
            moves.append(np.linalg.norm(h(again) - h(z)) / np.linalg.norm(h(z)))
    if name == "relative_output_stability":
        moves = [np.sqrt(np.mean(np.square(moves)))] * 2
    return float(np.log10(max(np.array(changes) / np.array(moves[:2]))))


@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", NAMES)
def test_literally_for_each_recording_of_a_block(name: str) -> None:
    case = explained()
    found = build_scorer(metric(name)).score(case)
    expected = [literal(case, row, name) for row in range(2)]
    np.testing.assert_allclose(found.values.numpy(), expected, rtol=1e-3)
    assert abs(expected[0] - expected[1]) > 1e-3


@pytest.mark.parametrize("name", [*NAMES, "relative_input_stability_quantus"])
def test_a_recording_does_not_know_its_block(name: str) -> None:
    (alone,) = cases(small(), ["input-x-gradient"], signals(2)[1:] + 3, target=[1], ids=["00001"])
    single = build_scorer(metric(name), "auto").score(alone).values[0]
    torch.testing.assert_close(
        build_scorer(metric(name), "auto").score(explained()).values[1], single, rtol=1e-4, atol=0
    )


def test_relative_to_the_input_is_the_largest_sensitivity_on_another_scale() -> None:
    """At 20 dB the noise has a tenth of the recording's norm; an offset must not count."""
    case = explained()
    largest = build_scorer(metric("max_sensitivity")).score(case).values
    found = build_scorer(metric("relative_input_stability")).score(case).values
    torch.testing.assert_close(found, largest.log10() + 1, atol=0.05, rtol=0)


def test_samples_of_no_attribution_decide_nothing() -> None:
    """What governs the element-wise ratio of Quantus moves a ratio of norms by next to nothing."""
    case, other = explained(), explained()
    other.attribution[:, 0, :3] = 1e-12
    before, after = (
        [build_scorer(metric(name)).score(one).values for name in (NAMES[0], f"{NAMES[0]}_quantus")]
        for one in (case, other)
    )
    assert (before[0] - after[0]).abs().max() < 0.1
    assert (before[1] - after[1]).abs().min() > 2


@pytest.mark.parametrize("name", NAMES)
def test_an_explanation_that_does_not_change_has_no_logarithm(name: str) -> None:
    (case,) = cases(closed_form(Linear()), ["saliency"], signals(2, (12, 1000)))
    found = build_scorer(metric(name)).score(case)
    assert found.values.isnan().all()
    assert all("does not change" in reason for reason in found.reason_of_each())
