"""The batched native pass: the same numbers as one recording at a time, in float64 too."""

import copy

import pytest
import torch

from tests.closed_forms import SUPERCLASS, Linear, TwoLinear, closed_form
from tests.recordings import recordings
from xai_bench import attribute, native_attributions
from xai_bench.errors import InputError
from xai_bench.methods.native_pass import auto_batch_size
from xai_bench.models import Model, zscore
from xai_bench.nets.imn import ECGIMN

CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
DEVICES = ["cpu", pytest.param("cuda", marks=[CUDA, pytest.mark.cuda])]


def _contrast(columns: torch.Tensor) -> torch.Tensor:
    return columns[:, 0] if columns.shape[1] == 1 else columns[:, 1] - columns[:, 0]


def _imn(outputs: int) -> Model:
    torch.manual_seed(outputs)
    facts = SUPERCLASS if outputs == 5 else {}
    return closed_form(ECGIMN(outputs=outputs, weight_scale=0.01), **facts)


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("outputs", [1, 2])
def test_logits_w_and_b_are_those_of_float64(outputs: int, device: str) -> None:
    model, given = _imn(outputs), recordings(4)
    z = zscore(torch.from_numpy(given.signal).double())
    exact = copy.deepcopy(model.net).double()
    assert isinstance(exact, ECGIMN)
    W, b = exact.generate(z)
    found = native_attributions(model, given, device, batch_size=3)
    torch.testing.assert_close(found.logits.double(), exact(z), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.W.double(), _contrast(W), rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(found.b.double(), _contrast(b), rtol=1e-4, atol=1e-5)
    assert found.target.tolist() == [1] * 4


@pytest.mark.parametrize("device", DEVICES)
def test_the_pass_explains_itself_and_does_not_depend_on_the_batch(device: str) -> None:
    model, given = _imn(2), recordings(9)
    passes = [native_attributions(model, given, device, batch_size=size) for size in (1, 4, 64)]
    z = zscore(torch.from_numpy(given.signal))
    for found in [*passes, native_attributions(model, given, device)]:
        log_odds = found.logits[:, 1] - found.logits[:, 0]
        explained = (found.W * z).sum((1, 2)) + found.b
        torch.testing.assert_close(explained, log_odds, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(found.W, passes[0].W, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("device", DEVICES)
def test_of_several_classes_the_predicted_one_is_explained(device: str) -> None:
    model, given = _imn(5), recordings(20)
    # Untrained, it prefers one class for all; biases are moved until it does not.
    logits = native_attributions(model, given, device).logits
    bias = model.net.get_parameter("bias_head.bias")
    bias.sub_(logits.mean(0).to(bias.device))
    found = native_attributions(model, given, device, batch_size=3)
    assert torch.equal(found.target, found.logits.argmax(1))
    assert len(set(found.target.tolist())) > 2
    explained = (found.W * zscore(torch.from_numpy(given.signal))).sum((1, 2)) + found.b
    torch.testing.assert_close(explained, found.logits.amax(1), rtol=1e-4, atol=1e-4)


def test_the_model_stays_where_it_is_and_can_be_explained_by_gradients_afterwards() -> None:
    """To torch, "cpu:0" is another device than "cpu": weights that go there are copied."""
    model, given = _imn(2), recordings(2)
    before = {name: weights.data_ptr() for name, weights in model.net.named_parameters()}
    found = native_attributions(model, given, "cpu:0")
    assert model.device == torch.device("cpu")
    for name, weights in model.net.named_parameters():
        assert weights.data_ptr() == before[name]
        assert not weights.requires_grad
        assert not weights.is_inference()
    assert torch.equal(found.W, native_attributions(model, given).W)
    attribute(model, given, "saliency")


def test_without_a_device_it_runs_where_the_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert native_attributions(_imn(1), recordings(1)).W.device == torch.device("cpu")


def test_what_cannot_be_explained_natively_says_so() -> None:
    with pytest.raises(InputError, match="does not generate weights of its own"):
        native_attributions(closed_form(Linear()), recordings(1), "cpu")
    with pytest.raises(InputError, match="no recordings to explain"):
        native_attributions(closed_form(TwoLinear()), recordings(1)[:0], "cpu")
    with pytest.raises(InputError, match="no device 'gpu'"):
        native_attributions(closed_form(TwoLinear()), recordings(1), "gpu")


def test_batches_on_a_cpu_are_small() -> None:
    assert auto_batch_size(torch.device("cpu"), 12, 1000) == 4
