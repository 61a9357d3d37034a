"""The explained log-odds as a function of the logits, linear or a softmax over several classes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from tests.closed_forms import SUPERCLASS, Linear, batch, closed_form
from tests.foreign_nets import Chain
from xai_bench.methods import Batch
from xai_bench.methods.propagation.deeplift import DeepLIFT, rescaled_differences
from xai_bench.methods.propagation.head import absorbed_by, gradient, multipliers
from xai_bench.methods.propagation.lrp import LRPGamma, propagate
from xai_bench.models import Model
from xai_bench.tasks import MulticlassTask


def _exclusive(net: nn.Module, classes: int) -> Model:
    task = MulticlassTask(name="rhythm", classes=tuple("abcdef"[:classes]))
    return replace(closed_form(net), task=task)


def _logits(rows: int, classes: int, size: float, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return size * torch.randn(rows, classes, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("size", [0.0, 0.1, 3.0, 50.0])
@pytest.mark.parametrize("classes", [3, 6])
def test_multipliers_times_differences_are_the_difference(classes: int, size: float) -> None:
    model, target = _exclusive(Linear(), classes), torch.arange(8) % classes
    ends, base = _logits(8, classes, size), _logits(8, classes, size, seed=1)
    found = multipliers(model, ends, base, target)
    expected = model.log_odds_of(ends, target) - model.log_odds_of(base, target)
    torch.testing.assert_close((found * (ends - base)).sum(dim=1), expected)
    torch.testing.assert_close(found.gather(1, target[:, None]), torch.ones(8, 1).double())


def test_others_that_are_alike_share_alike() -> None:
    """z_0 - log(e^z + e^z) = z_0 - z - log 2."""
    model, target = _exclusive(Linear(), 3), torch.zeros(1, dtype=torch.int64)
    ends, base = torch.tensor([[1.0, 2.0, 2.0]]), torch.tensor([[-3.0, 5.0, 5.0]])
    expected = torch.tensor([[1.0, -0.5, -0.5]])
    torch.testing.assert_close(multipliers(model, ends, base, target), expected)
    torch.testing.assert_close(gradient(model, ends, target), expected)
    absorbed = absorbed_by(model, ends, target)
    torch.testing.assert_close(absorbed, -torch.tensor([2.0]).double().log())


def test_what_logits_have_in_common_has_no_part() -> None:
    model, target = _exclusive(Linear(), 4), torch.arange(4)
    ends, base = _logits(4, 4, 5.0), _logits(4, 4, 5.0, seed=1)
    found = multipliers(model, ends, base, target)
    torch.testing.assert_close(multipliers(model, ends + 7, base - 2, target), found)
    torch.testing.assert_close(found.sum(dim=1), torch.zeros(4).double(), rtol=0, atol=1e-12)


def test_where_log_odds_are_linear_nothing_is_absorbed() -> None:
    model, target = closed_form(Linear(), **SUPERCLASS), torch.tensor([1, 4])
    ends, base = _logits(2, 5, 5.0), _logits(2, 5, 5.0, seed=1)
    expected = torch.nn.functional.one_hot(target, 5).double()
    assert torch.equal(multipliers(model, ends, base, target), expected)
    assert not absorbed_by(model, ends, target).any()


def _softmax_net() -> tuple[Model, Batch]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layers = nn.Conv1d(12, 4, 50, stride=50), nn.ReLU(), nn.Flatten(), nn.Linear(80, 4)
        net = Chain(*layers)
    with torch.no_grad():
        net.get_parameter("layers.3.weight").mul_(20)
    return _exclusive(net, 4), replace(batch(rows=4), target=torch.arange(4))


def test_deeplift_of_a_softmax_over_classes_is_complete() -> None:
    model, given = _softmax_net()
    assert DeepLIFT().unsupported(model, evidence=False) is None
    reference = 2 * batch(rows=4, seed=5).z
    found = rescaled_differences(model, given.z, reference, given.target)
    with torch.no_grad():
        expected = model.log_odds(given.z, given.target) - model.log_odds(reference, given.target)
    assert expected.abs().min() > 0.1
    torch.testing.assert_close(found.sum(dim=(1, 2)), expected, rtol=1e-4, atol=1e-4)


def test_a_softmax_over_classes_absorbs_relevance() -> None:
    model, given = _softmax_net()
    assert LRPGamma().unsupported(model, evidence=False) is None
    found, absorbed = propagate(model, given, LRPGamma().rules)
    m = model.log_odds(given.z, given.target).double()
    torch.testing.assert_close(found.sum((1, 2)) + absorbed, m, rtol=1e-4, atol=1e-4)
    logits = model.net(given.z)
    share = gradient(model, logits, given.target)
    kept = m - (logits * share).sum(dim=1)
    assert kept.abs().max() > 0.1
    torch.testing.assert_close(absorbed_by(model, logits, given.target), kept, rtol=1e-4, atol=1e-4)
