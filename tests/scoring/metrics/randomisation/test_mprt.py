"""Randomised nets, and what explanations make of them, against literal re-implementations."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any, cast

import numpy as np
import pytest
import torch
from scipy.stats import entropy, spearmanr
from torch import nn

from tests.closed_forms import SUPERCLASS, FiveLinear, Linear, Quadratic, closed_form
from tests.scoring.blocks import SHAPE, cases, signals
from tests.scoring.cases import metric
from xai_bench.methods import Method
from xai_bench.methods.gradients import InputXGradient
from xai_bench.models import Model
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.lstm import LSTM
from xai_bench.randomness import seed_for
from xai_bench.scoring import Block, Case, Scorer, build_scorer
from xai_bench.scoring.engine.base import evaluate
from xai_bench.scoring.metrics.randomisation import mprt
from xai_bench.scoring.metrics.randomisation.cascade import (
    STAGES,
    RandomisedLayers,
)

DRAWS = 2
"""Less than the cards' number, which takes time and shows the same."""
MPRT = replace(cast(mprt.MPRT, build_scorer(metric("mprt"))), draws=DRAWS)
EFFICIENT = replace(cast(mprt.EfficientMPRT, build_scorer(metric("efficient_mprt"))), draws=DRAWS)
LOGIT = build_scorer(metric("random_logit"))
NETS = {"conv2d": ECGConv2d, "imn": ECGIMN, "lstm": LSTM}


def trained(kind: str = "conv2d") -> Model:
    """A net whose every weight and statistic is far from a new one's."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = NETS[kind](outputs=1)
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                value.add_(torch.rand_like(value) * (1 if "running" in name else 0.2))
    return closed_form(net)


def explained(names: tuple[str, ...] = ("input-x-gradient",), **rest: object) -> list[Case]:
    return cases(trained(), names, signals(2), **rest)  # type: ignore[arg-type]


def changed(before: nn.Module, after: nn.Module) -> set[str]:
    """Names of the layers with other parameters."""
    new = dict(after.named_parameters())
    return {
        name.rpartition(".")[0]
        for name, value in before.named_parameters()
        if not torch.equal(value, new[name])
    }


def test_layers_are_lost_from_the_output_down() -> None:
    """Seven layers of the small net in six groups of equal size, up to one."""
    model = trained()
    order = ["fc", "conv3.1", "conv3.0", "conv2.1", "conv2.0", "conv1.1", "conv1.0"]
    lost = [changed(model.net, stage.net) for stage in RandomisedLayers.of(model, SHAPE).cascade(0)]
    assert lost == [set(order[:end]) for end in (1, 2, 3, 4, 5, 7)]


def test_each_group_is_lost_alone_to_the_weights_of_the_cascade() -> None:
    model = trained()
    groups, last = (
        RandomisedLayers.of(model, SHAPE).groups,
        RandomisedLayers.of(model, SHAPE).cascade(0)[-1],
    )
    alone = RandomisedLayers.of(model, SHAPE).independent(0)
    assert [changed(model.net, one.net) for one in alone] == [set(group) for group in groups]
    for group, one in zip(groups, alone, strict=True):
        for name in group:
            for key, value in one.net.get_submodule(name).named_parameters(recurse=False):
                assert torch.equal(value, last.net.get_submodule(name).get_parameter(key))
        assert not one.net.training


def test_of_a_native_net_both_branches_go_before_the_encoder() -> None:
    lost = [changed(one.net, two.net) for one, two in _steps(trained("imn"))]
    assert "bias_head" in lost[0]
    assert set().union(*lost[:3]) == {
        "bias_head", "transition.8", "transition.5", "transition.4", "transition.1", "transition.0"
    }  # fmt: skip


def _steps(model: Model) -> list[tuple[Model, Model]]:
    stages = RandomisedLayers.of(model, SHAPE).cascade(0)
    assert len(stages) == STAGES
    return list(zip([model, *stages], stages, strict=False))


@pytest.mark.parametrize("kind", NETS)
def test_each_layer_is_initialised_as_its_class_does_under_its_own_seed(kind: str) -> None:
    model = trained(kind)
    last = RandomisedLayers.of(model, SHAPE).cascade(7)[-1].net
    for name, layer in copy.deepcopy(model.net).named_modules():
        if next(layer.parameters(recurse=False), None) is None:
            continue
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_for(7, "", f"randomised {name}"))
            layer.reset_parameters()
        for key, value in layer.named_parameters(recurse=False):
            assert torch.equal(value, last.get_submodule(name).get_parameter(key)), name


def test_layers_of_one_shape_get_other_weights() -> None:
    class Twins(Linear):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(64, 64), nn.Linear(64, 64)
            del self.w

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            maps: torch.Tensor = self.b(self.a(z))
            return maps.mean(dim=(1, 2)).unsqueeze(1)

    last = RandomisedLayers.of(closed_form(Twins()), SHAPE).cascade(0)[-1].net
    assert not torch.equal(last.get_parameter("a.weight"), last.get_parameter("b.weight"))


def test_batch_norms_normalise_white_noise_and_the_rest_keep_their_statistics() -> None:
    model = trained()
    stages = RandomisedLayers.of(model, SHAPE).cascade(0)
    generator = torch.Generator().manual_seed(seed_for(0, "", "randomised reference"))
    noise = torch.randn(2, *SHAPE, generator=generator)
    last = stages[-1].net
    read: list[torch.Tensor] = []
    last.get_submodule("conv2.1").register_forward_hook(lambda *passed: read.append(passed[2]))
    last(noise)
    # Norms before it divided by the biased variance when statistics were taken: 1 / n apart.
    near = 1 / noise[:, 0].numel()
    torch.testing.assert_close(read[0].mean(dim=(0, 2, 3)), torch.zeros(32), atol=near, rtol=0)
    torch.testing.assert_close(read[0].std(dim=(0, 2, 3)), torch.ones(32), atol=1e-2, rtol=0)
    kept, own = (m.net.get_buffer("conv2.1.running_mean") for m in (stages[2], model))
    assert torch.equal(kept, own)
    assert not last.training
    assert not any(layer.training for layer in last.modules())


def test_a_random_net_still_tells_recordings_apart() -> None:
    """With the statistics of new batch norms, 0 and 1, its answers would hardly differ."""
    z = trained().normalise(signals(8))
    settled = RandomisedLayers.of(trained(), SHAPE).cascade(0)[-1]
    stock = copy.deepcopy(settled.net)
    for layer in stock.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
    with torch.no_grad():
        assert settled.log_odds(z, 1).std() > 5 * stock(z).std()


def test_weights_that_no_class_can_draw_are_shuffled() -> None:
    model = closed_form(Quadratic())
    (stage,) = RandomisedLayers.of(model, (12, 1000)).cascade(0)
    before, after = (m.net.get_parameter("w").flatten() for m in (model, stage))
    assert torch.equal(before.sort().values, after.sort().values)
    assert (before != after).float().mean() > 0.9


def test_the_trained_net_and_the_global_generator_stay_as_they_are() -> None:
    model = trained()
    before = copy.deepcopy(model.net.state_dict())
    state = torch.get_rng_state()
    one, two = (
        RandomisedLayers.of(model, SHAPE).cascade(seed)[-1].net.state_dict() for seed in (0, 1)
    )
    assert torch.equal(state, torch.get_rng_state())
    for key, value in model.net.state_dict().items():
        assert torch.equal(value, before[key])
    assert not torch.equal(one["fc.weight"], two["fc.weight"])


def drawn_cascade(case: Case, row: int, draw: int) -> tuple[Model, ...]:
    """One of a recording's own cascades."""
    seed = seed_for(case.block.seed, case.block.record_id[row], f"cascade {draw}")
    return RandomisedLayers.of(case.block.model, SHAPE, 3).cascade(seed)


def test_every_recording_and_draw_has_random_weights_of_its_own() -> None:
    (case,) = cases(trained(), ["input-x-gradient"], signals(1).repeat(2, 1, 1))
    found = list(MPRT.randomised(case))
    assert [len(stages) for stages in found] == [3, 3]
    drawn = {}
    for draw, stages in enumerate(found):
        for row in range(2):
            batch = case.block.batch.versions(torch.tensor([row]), case.block.z[row : row + 1])
            for stage, model in enumerate(drawn_cascade(case, row, draw)):
                expected = InputXGradient().attribute(model, batch)[0]
                # Beside a kink of a ReLU, rounding turns a slope over in a few samples.
                assert (stages[stage][row] - expected).norm() < 0.02 * expected.norm()
            drawn[row, draw] = stages[-1][row].flatten()
    # The same signal twice, under two record ids.
    for one, other in combinations(drawn.values(), 2):
        assert torch.cosine_similarity(one, other, dim=0) < 0.9


@pytest.mark.slow_but_one
@pytest.mark.parametrize(("passes", "draws"), [(1, 4), (7, 4), (8, 2), (None, 2)])
def test_methods_of_many_passes_have_fewer_draws(passes: int | None, draws: int) -> None:
    (case,) = explained()
    few = replace(MPRT, draws=4, many_passes=8, draws_of_many=2)

    class Costly(InputXGradient):  # type: ignore[misc]
        pass

    method: Method = Costly()
    method.passes = passes
    case.method = method
    assert len(list(few.randomised(case))) == draws


def test_three_stages_are_every_second_of_six() -> None:
    model = trained("imn")
    six, three = (
        RandomisedLayers.of(model, SHAPE).cascade(0),
        RandomisedLayers.of(model, SHAPE, 3).cascade(0),
    )
    assert len(three) == 3
    for few, many in zip(three, six[1::2], strict=True):
        weights = many.net.state_dict()
        assert all(torch.equal(one, weights[key]) for key, one in few.net.state_dict().items())


def test_parameter_randomisation_literally_for_each_recording_of_a_block() -> None:
    (case,) = explained()
    found = MPRT.score(case).values.numpy()
    for row in range(2):
        batch = case.block.batch.versions(torch.tensor([row]), case.block.z[row : row + 1])
        a = case.attribution[row].abs().numpy().ravel()
        similar = []
        for draw in range(DRAWS):
            for stage in drawn_cascade(case, row, draw):
                b = InputXGradient().attribute(stage, batch).abs().numpy().ravel()
                similar.append(spearmanr(a, b).statistic)
        assert len(similar) == 3 * DRAWS
        assert found[row] == pytest.approx(np.mean(similar), abs=1e-3)
    assert abs(found[0] - found[1]) > 1e-3


def test_efficient_randomisation_literally_for_each_recording_of_a_block() -> None:
    (case,) = explained()
    found = EFFICIENT.score(case).values.numpy()

    def complexity(a: torch.Tensor) -> float:
        return float(entropy(np.histogram(a.double().numpy(), bins=100)[0]))

    for row in range(2):
        batch = case.block.batch.versions(torch.tensor([row]), case.block.z[row : row + 1])
        c = complexity(case.attribution[row])
        drawn = [drawn_cascade(case, row, draw)[-1] for draw in range(DRAWS)]
        maps = [InputXGradient().attribute(model, batch)[0] for model in drawn]
        random = np.mean([complexity(one) for one in maps])
        assert found[row] == pytest.approx((random - c) / c, abs=5e-3)
        assert abs(found[row]) > 1e-2


@pytest.mark.slow
@pytest.mark.parametrize("scorer", [MPRT, EFFICIENT])
def test_a_recording_does_not_know_its_block(scorer: Scorer) -> None:
    (alone,) = cases(trained(), ["input-x-gradient"], signals(2)[1:], ids=["00001"])
    (case,) = explained()
    torch.testing.assert_close(
        scorer.score(case).values[1:], scorer.score(alone).values, rtol=1e-3, atol=1e-4
    )


def test_methods_that_do_not_read_the_model_keep_everything() -> None:
    for case in explained(("random", "amplitude", "slope")):
        assert MPRT.score(case).values.tolist() == pytest.approx([1.0, 1.0], abs=1e-12)
        assert EFFICIENT.score(case).values.tolist() == [0.0, 0.0]


def test_a_map_that_is_the_same_everywhere_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = explained()

    def nothing(block: Block, method: Method, key: str, **rest: Any) -> torch.Tensor:
        return torch.zeros(len(rest["rows"]), *SHAPE)

    monkeypatch.setattr(Block, "explain_instead", nothing)
    assert MPRT.score(case).values.tolist() == [0.0, 0.0]
    assert EFFICIENT.score(case).values.tolist() == [-1.0, -1.0]
    case.attribution = torch.ones(2, *SHAPE)
    for scorer in (MPRT, EFFICIENT):
        assert all("same everywhere" in reason for reason in scorer.score(case).reason_of_each())


def test_random_logit_literally_for_each_recording_of_a_block() -> None:
    model = closed_form(FiveLinear(), **SUPERCLASS)
    (case,) = cases(model, ["native"], signals(2, (12, 1000)), target=[1, 4])
    w = model.net.get_parameter("w").double().numpy()
    z = case.block.z.double().numpy()
    expected = []
    for row, target in enumerate([1, 4]):
        maps = [(w[k] * z[row]).ravel() for k in range(5)]
        cosines = [
            abs(maps[target] @ maps[k]) / np.linalg.norm(maps[target]) / np.linalg.norm(maps[k])
            for k in range(5)
            if k != target
        ]
        expected.append(np.mean(cosines))
    np.testing.assert_allclose(LOGIT.score(case).values.numpy(), expected, rtol=1e-4)


def test_methods_that_do_not_read_the_class_cannot_tell_classes_apart() -> None:
    model = closed_form(FiveLinear(), **SUPERCLASS)
    for case in cases(model, ["random", "amplitude"], signals(2, (12, 1000)), target=[0, 2]):
        assert LOGIT.score(case).values.tolist() == pytest.approx([1.0, 1.0], abs=1e-6)


def test_a_class_with_an_empty_map_has_nothing_in_common() -> None:
    model = closed_form(FiveLinear(), **SUPERCLASS)
    (case,) = cases(model, ["native"], signals(1, (12, 1000)), target=[0])
    for step in (1, 2, 3, 4):
        same = {"native": case.attribution * (step == 4)}
        case.block.memo(
            ("explain instead", f"class + {step}", "one pass", (0,)), partial(dict, same)
        )
    assert LOGIT.score(case).values.tolist() == pytest.approx([0.25])


def test_of_two_classes_the_other_says_nothing() -> None:
    (case,) = explained()
    found = evaluate(LOGIT, case)
    assert found.values.isnan().all()
    assert all("binary" in reason for reason in found.reason_of_each())
