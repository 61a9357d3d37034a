"""Any torch module as a Model: what it computes, what it keeps, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.closed_forms import TwoLinear
from tests.recordings import recordings
from xai_bench.errors import CardError, InputError, WeightsError
from xai_bench.methods import find_methods
from xai_bench.methods.attribute import attribute
from xai_bench.models import Model, load_model
from xai_bench.models.wrap import wrap
from xai_bench.scoring.score import score

SECONDS, RATE = 10.0, 100.0
Z = torch.randn(3, 12, 1000, generator=torch.Generator().manual_seed(3))


class Small(nn.Module):
    """A net as people write them: functional ReLU, mean over time."""

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 4, 7, padding=3)
        self.norm = nn.BatchNorm1d(4)
        self.fc = nn.Linear(4, outputs)

    def forward(self, z: Tensor) -> Any:
        logits: Tensor = self.fc(functional.relu(self.norm(self.conv(z))).mean(dim=2))
        return logits


def small(outputs: int = 2, kind: type[Small] = Small) -> Small:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return kind(outputs)


def wrapped(net: nn.Module, classes: list[str], **given: Any) -> Model:
    return wrap(net, classes, rate_hz=RATE, seconds=SECONDS, device="cpu", **given)


@torch.no_grad()
def test_the_scalar_of_one_two_three_and_several_outputs() -> None:
    target = torch.tensor([0, 1, 1])
    one, two, many = small(1), small(2), small(3)
    logits = one.eval()(Z)[:, 0]
    sign = torch.tensor([-1.0, 1, 1])
    torch.testing.assert_close(wrapped(one, ["NORM", "MI"]).log_odds(Z, target), sign * logits)
    contrast = two.eval()(Z)[:, 1] - two(Z)[:, 0]
    torch.testing.assert_close(wrapped(two, ["NORM", "MI"]).log_odds(Z, target), sign * contrast)
    softmax = wrapped(many, ["AF", "MI", "other"])
    p = many.eval()(Z).double().softmax(dim=1)[range(3), [2, 0, 1]]
    found = softmax.log_odds(Z, torch.tensor([2, 0, 1]))
    torch.testing.assert_close(found.double(), (p / (1 - p)).log(), rtol=1e-5, atol=1e-6)
    assert softmax.predicted(Z).tolist() == many(Z).argmax(dim=1).tolist()
    columns = softmax.column_log_odds(Z)
    torch.testing.assert_close(columns[:, 1], softmax.log_odds(Z, 1))
    several = wrapped(many, ["AF", "MI", "other"], multilabel=True)
    torch.testing.assert_close(several.log_odds(Z, 2), many(Z)[:, 2])
    assert not softmax.linear_in_logits
    assert several.linear_in_logits


def test_one_class_is_detected_or_not() -> None:
    model = wrapped(small(1), ["AF"])
    assert model.task.classes == ("no AF", "AF")
    assert [model.task.label(frozenset(s)) for s in ({"MI"}, {"AF", "MI"}, set())] == [0, 1, 0]
    assert wrapped(small(2), ["NORM", "MI"]).task == load_model("imn", device="cpu").task


def test_the_net_is_copied_and_stays_as_it_was() -> None:
    net = small().train()
    model = wrapped(net, ["NORM", "MI"])
    assert net.training
    assert all(weights.requires_grad for weights in net.parameters())
    with torch.no_grad():
        before = model.log_odds(Z, 1)
        net.fc.weight.zero_()
        assert torch.equal(model.log_odds(Z, 1), before)


class Returns(Small):
    """What nets put out beside logits, or instead of them."""

    def forward(self, z: Tensor) -> Any:
        logits = super().forward(z)
        return self.make(logits)

    make: Callable[[Tensor], Any] = staticmethod(lambda logits: logits)


@pytest.mark.parametrize(
    "make",
    [
        lambda logits: (logits, torch.zeros(len(logits), 128)),
        lambda logits: {"features": torch.zeros(len(logits), 7, 3), "logits": logits},
        lambda logits: [None, logits],
    ],
)
def test_logits_are_taken_out_of_what_a_net_puts_out(make: Callable[[Tensor], Any]) -> None:
    net = small(2, Returns)
    net.make = make  # type: ignore[assignment]
    plain = wrapped(small(2), ["NORM", "MI"]).log_odds(Z, 1)
    torch.testing.assert_close(wrapped(net, ["NORM", "MI"]).log_odds(Z, 1), plain)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda logits: (logits, logits), "puts out tuple with 2 tensors that could be logits"),
        (lambda logits: logits[:, :, None], r"makes \(3, 2, 1\) of 3 recordings"),
        (lambda logits: logits[:1], r"makes \(1, 2\) of 3 recordings"),
        (lambda logits: logits * torch.nan, "puts out nan"),
        (lambda logits: torch.cat([logits, logits], 1), "need 1 or 2 outputs, its net has 4"),
        (lambda logits: logits + torch.rand(()), "answers the same recording differently"),
        (lambda logits: logits - logits.mean(), "depends on the others in its batch"),
        (lambda logits: logits @ torch.zeros(3), "does not read 12 leads x 1000 samples"),
    ],
)
def test_nets_that_cannot_be_explained(make: Callable[[Tensor], Any], message: str) -> None:
    net = small(2, Returns)
    net.make = make  # type: ignore[assignment]
    with pytest.raises(InputError, match=message):
        wrapped(net, ["NORM", "MI"])


def test_batch_statistics_dropout_and_weights_that_are_no_numbers_are_refused() -> None:
    net = small()
    net.norm = nn.BatchNorm1d(4, track_running_stats=False)
    with pytest.raises(InputError, match="track_running_stats=True"):
        wrapped(net, ["NORM", "MI"])
    with torch.no_grad():
        (broken := small()).fc.weight[0, 0] = torch.inf
    with pytest.raises(WeightsError, match="fc.weight"):
        wrapped(broken, ["NORM", "MI"])
    with pytest.raises(InputError, match="classes want one name each"):
        wrapped(small(), ["MI", "MI"])
    with pytest.raises(InputError, match="no normalisation 'minmax'"):
        wrapped(small(), ["NORM", "MI"], normalise="minmax")


@pytest.mark.parametrize(
    ("normalise", "message"),
    [
        (lambda x: (x - x.mean()) / x.std(), "depend on the others in its batch"),
        (lambda x: x + torch.randn_like(x) * 0.1, "another z of the same recording each time"),
        (lambda x: x.div_(2), "changes the recording that it is given"),
        (lambda x: x.detach() * 2, "stops gradients"),
        (lambda x: x / 0, "not finite"),
    ],
)
def test_normalisations_that_cannot_be(normalise: Callable[[Tensor], Tensor], message: str) -> None:
    with pytest.raises(InputError, match=message):
        wrapped(small(), ["NORM", "MI"], normalise=normalise)


class ReadsTheBatch(Small):
    def forward(self, z: Tensor) -> Any:
        return super().forward(functional.batch_norm(z, None, None, training=True))


class Probabilities(Small):
    def forward(self, z: Tensor) -> Any:
        return super().forward(z).softmax(dim=1)


def test_batch_statistics_of_the_input_and_probabilities_are_refused() -> None:
    with pytest.raises(InputError, match="depends on the others in its batch"):
        wrapped(small(2, ReadsTheBatch), ["NORM", "MI"])
    with pytest.raises(InputError, match="puts out probabilities"):
        wrapped(small(2, Probabilities), ["NORM", "MI"])
    wrapped(small(2, Probabilities), ["NORM", "MI"], multilabel=True)


@pytest.mark.parametrize(
    ("net", "given", "message"),
    [
        (None, {}, "not NoneType; no class and no script"),
        (Small, {}, "not Small; no class and no script"),
        (small().half(), {}, r"give net.float\(\)"),
        (nn.Sequential(nn.LazyConv1d(2, 3)), {}, "not initialised"),
        (small(), {"combine": "median"}, "combine= is 'median', not maximum or mean"),
    ],
)
def test_what_is_no_net_to_wrap(net: Any, given: dict[str, Any], message: str) -> None:
    unchecked = getattr(wrap, "__wrapped__", wrap)
    with pytest.raises(InputError, match=message):
        unchecked(net, ["NORM", "MI"], rate_hz=RATE, device="cpu", **given)


class Detached(Small):
    def forward(self, z: Tensor) -> Any:
        return super().forward(z.detach())


class InPlace(Small):
    def forward(self, z: Tensor) -> Any:
        h = functional.relu(self.norm(self.conv(z)))
        h *= h
        found: Tensor = self.fc(h.mean(dim=2))
        return found


@pytest.mark.parametrize("kind", [Detached, InPlace])
def test_a_net_without_a_gradient_is_explained_by_methods_that_need_none(
    kind: type[Small],
) -> None:
    model = wrapped(small(2, kind), ["NORM", "MI"], cam_layer="conv")
    for name in ("saliency", "ig", "smoothgrad", "gradcam"):
        (method,) = find_methods([name])
        reason = method.unsupported(model, evidence=False)
        assert reason is not None
        assert "needs a gradient; " in reason
    assert attribute(model, recordings(1), "occlusion").values.any()


class Overwrites(Small):
    def forward(self, z: Tensor) -> Any:
        z[:, 0] = 0
        return super().forward(z)


def test_a_net_that_overwrites_its_input_is_explained_and_changes_nothing() -> None:
    model, given = wrapped(small(2, Overwrites), ["NORM", "MI"]), recordings(2)
    found = attribute(model, given, "saliency").values
    assert (found[:, 0] == 0).all()
    assert found[:, 1].any()
    z = Z.clone()
    model.log_odds(z, 1)
    assert torch.equal(z, Z)


def test_a_normalisation_of_ones_own_is_kept_by_all_that_is_made_of_the_model() -> None:
    def halved(millivolt: Tensor) -> Tensor:
        return millivolt / 2

    model = wrapped(small(), ["NORM", "MI"], normalise=halved)
    for one in (model, model.untrained, model.with_net(small()), replace(model, name="other")):
        assert torch.equal(one.normalise(Z), Z / 2)
        assert torch.equal(one.rescale(Z[:1], Z[1:2]), Z[1:2] / 2 - (Z[1:2] - Z[:1]) / 2)


def test_untrained_is_drawn_anew_always_the_same_and_of_every_layer() -> None:
    model = wrapped(small(), ["NORM", "MI"])
    fresh, again = model.untrained, wrapped(small(), ["NORM", "MI"]).untrained
    trained = dict(model.net.named_parameters())
    for name, weights in fresh.net.named_parameters():
        assert torch.equal(weights, again.net.get_parameter(name))
        if "norm" not in name:  # whose weights begin as ones and zeros
            assert not torch.equal(weights, trained[name])


class Writes(nn.Module):
    """A native net that is no NativeNet of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = TwoLinear()

    def parts(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return self.inside.generate(z)

    def forward(self, z: Tensor) -> Tensor:
        W, b = self.parts(z)
        return (W * z[:, None]).sum(dim=(2, 3)) + b


@pytest.mark.parametrize("native", ["parts", lambda net, z: net.parts(z)])
def test_a_native_net_of_ones_own_explains_itself(native: Any) -> None:
    model = wrapped(Writes(), ["NORM", "MI"], native=native)
    given = recordings(3)
    found = attribute(model, given, "native", target="MI")
    assert model.is_native
    assert found.residual.max() < 1e-5
    W, b = model.native(Z)
    torch.testing.assert_close((W * Z).sum(dim=(1, 2)) + b, model.log_odds(Z, 1))
    assert attribute(model.untrained, given, "native", target="MI").residual.max() < 1e-5


def test_a_native_claim_that_does_not_hold_is_refused() -> None:
    def wrong(net: Writes, z: Tensor) -> tuple[Tensor, Tensor]:
        W, b = net.parts(z)
        return W, b + 1

    with pytest.raises(InputError, match="does not explain the net"):
        wrapped(Writes(), ["NORM", "MI"], native=wrong)
    with pytest.raises(InputError, match="wanted are"):
        wrapped(Writes(), ["NORM", "MI"], native=lambda net, z: (z, z))


def test_cam_layer_by_path_and_by_layer() -> None:
    net, given = small(), recordings(2)
    by_path = wrapped(net, ["NORM", "MI"], cam_layer="conv")
    by_layer = wrapped(net, ["NORM", "MI"], cam_layer=net.conv)
    one, other = (attribute(model, given, "gradcam").values for model in (by_path, by_layer))
    assert (one == other).all()
    assert one.any()
    with pytest.raises(InputError, match="no layer of the net"):
        wrapped(net, ["NORM", "MI"], cam_layer=nn.ReLU())
    with pytest.raises(CardError, match="not in its net"):
        wrapped(net, ["NORM", "MI"], cam_layer="nowhere")


@torch.no_grad()
@pytest.mark.parametrize("combine", ["maximum", "mean"])
def test_windows(combine: Any) -> None:
    net = small(3).eval()
    model = wrapped(
        net, ["a", "b", "c"], multilabel=True, window_seconds=3, step_seconds=1.5, combine=combine
    )
    starts = [0, 150, 300, 450, 600, 700]
    each = torch.stack([net(Z[:, :, s : s + 300]) for s in starts])
    expected = each.amax(dim=0) if combine == "maximum" else each.mean(dim=0)
    torch.testing.assert_close(model.column_log_odds(Z), expected)
    for wrong in ({"window_seconds": 11}, {"window_seconds": 3, "cam_layer": "conv"}):
        with pytest.raises(InputError, match="do not fit|no cam_layer"):
            wrapped(net, ["a", "b", "c"], **wrong)


def test_content() -> None:
    first = wrapped(small(), ["NORM", "MI"])
    assert first.reusable
    assert wrapped(small(), ["NORM", "MI"], name="other").fingerprint() == first.fingerprint()
    changed = small()
    with torch.no_grad():
        changed.fc.bias.add_(1)
    others = [
        wrapped(changed, ["NORM", "MI"]),
        wrapped(small(), ["NORM", "STTC"]),
        wrapped(small(), ["NORM", "MI"], normalise="none"),
        wrapped(small(), ["NORM", "MI"], cam_layer="conv"),
        wrapped(small(), ["NORM", "MI"], normalise=lambda millivolt: 2 * millivolt),
    ]
    assert len({one.fingerprint() for one in (first, *others)}) == 6
    held = {"file": iter(())}
    unknown = wrapped(small(), ["NORM", "MI"], normalise=lambda mV: mV if held else -mV)
    assert not unknown.reusable
    with pytest.raises(InputError, match="cannot be known"):
        unknown.fingerprint()


@pytest.mark.slow
@pytest.mark.parametrize("multilabel", [False, True])
def test_every_metric_scores_a_net_of_three_classes(multilabel: bool) -> None:
    model = wrapped(small(3), ["NORM", "MI", "AF"], multilabel=multilabel, cam_layer="conv")
    given = recordings(2, evidence=True)
    found = score(model, given, "input-x-gradient")
    of_mi = found[found["record_id"] == "r1"]
    failed = of_mi[of_mi["status"] != "ok"]
    assert set(failed["metric"]) <= {"peak_memory"}, failed
    with pytest.raises(InputError, match="needs a net that generates its own weights"):
        attribute(model, given, "native")


def test_a_recurrent_net_is_kept_from_cudnn_which_refuses_its_gradient_in_eval_mode() -> None:
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(12, 2, batch_first=True)
            self.seen: list[bool] = []

        def forward(self, z: Tensor) -> Tensor:
            self.seen.append(torch.backends.cudnn.enabled)
            states, _ = self.gru(z.transpose(1, 2))
            last: Tensor = states[:, -1]
            return last

    before = torch.backends.cudnn.enabled
    model = wrap(Recurrent(), ["NORM", "MI"], rate_hz=100)
    inside = next(layer for layer in model.net.modules() if isinstance(layer, Recurrent))
    inside.seen.clear()
    z = torch.zeros(1, 12, 1000)
    with torch.no_grad():
        model.log_odds(z, 1)
    assert inside.seen == [before]
    model.log_odds(z.requires_grad_(), 1)
    assert inside.seen == [before, False]
    assert torch.backends.cudnn.enabled == before
