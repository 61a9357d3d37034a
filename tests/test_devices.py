"""Devices: what is there is picked, and what is not is one line."""

from __future__ import annotations

import copy
import subprocess

import pytest
import torch

from tests.closed_forms import Linear, batch, closed_form
from tests.recordings import recordings
from xai_bench import attribute, load_model, score
from xai_bench.devices import (
    device_facts,
    fixed_order,
    float32_policy,
    gradients_without_cudnn,
    pick_device,
    reusable_bytes,
    rows_by_memory,
    rows_of_a_pass,
)
from xai_bench.errors import InputError, RunError
from xai_bench.methods.perturbation.regions import divide
from xai_bench.nets.lstm import LSTM
from xai_bench.scoring.model_quality import predict


def test_what_is_there_is_picked() -> None:
    assert pick_device("cpu").type == "cpu"
    with pytest.raises(InputError, match="no device 'gpu'; use cpu, cuda"):
        pick_device("gpu")
    if not torch.cuda.is_available():
        assert pick_device().type == "cpu"
        with pytest.raises(InputError, match="sees no CUDA device"):
            pick_device("cuda")


@pytest.mark.parametrize("device", ["mps", "xla", "meta"])
def test_a_device_that_nets_are_not_run_on_is_refused(device: str) -> None:
    with pytest.raises(InputError, match=f"device '{device}' is not supported; use cpu, cuda or"):
        pick_device(device)


def test_a_device_beyond_those_there_are_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(InputError, match="'cuda:2' was asked for, but there are 2 CUDA devices"):
        pick_device("cuda:2")


def test_passes_have_more_rows_where_there_is_room() -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert rows_of_a_pass(cpu, "pairs") < rows_of_a_pass(cuda, "pairs")


FLAGS = (
    (torch.backends.cuda.matmul, "allow_tf32"),
    (torch.backends.cudnn, "allow_tf32"),
    (torch.backends.cudnn, "deterministic"),
)


def _flags() -> list[bool]:
    return [getattr(owner, name) for owner, name in FLAGS]


def test_float32_has_all_its_bits_in_the_block_and_what_was_set_comes_back() -> None:
    before = _flags()
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
    try:
        with float32_policy():
            assert _flags() == [False, False, True]
        assert _flags()[:2] == [True, True]
        with pytest.raises(KeyError), float32_policy():
            raise KeyError
        assert _flags()[:2] == [True, True]
        with float32_policy("bf16"):
            assert _flags()[:2] == [False, False]
    finally:
        for (owner, name), value in zip(FLAGS, before, strict=True):
            setattr(owner, name, value)


def test_of_policies_within_each_other_the_outermost_decides() -> None:
    with float32_policy("tf32"):
        assert _flags()[:2] == [True, True]
        with float32_policy():
            assert _flags()[:2] == [True, True]
        assert _flags()[:2] == [True, True]
    with float32_policy():
        assert _flags()[:2] == [False, False]


def test_public_functions_compute_in_float32() -> None:
    seen = []

    class Watched(Linear):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            seen.append(_flags())
            return super().forward(z)

    model, given = closed_form(Watched()), recordings(2)
    assert not model.gradient_flaw
    seen.clear()
    torch.backends.cudnn.allow_tf32 = True
    attribute(model, given, "saliency")
    score(model, given, "saliency", metrics="deletion")
    predict(model, given)
    assert [False, False, True] in seen
    assert all(flags == [False, False, True] for flags in seen)
    assert torch.backends.cudnn.allow_tf32


def test_settings_that_torch_cannot_read_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def mixed(do: object) -> None:
        raise RuntimeError("PyTorch is checking whether allow_tf32 is enabled; mix of the legacy")

    monkeypatch.setattr("xai_bench.devices._quietly", mixed)
    with pytest.raises(InputError, match="old and new settings at once"), float32_policy():
        pass
    monkeypatch.undo()
    with float32_policy("tf32"):
        assert _flags()[0], "the policy that failed decides nothing"


def test_cudnn_is_left_out_only_where_gradients_flow() -> None:
    before = torch.backends.cudnn.enabled, torch.backends.cudnn.allow_tf32
    for needed in (False, True):
        with gradients_without_cudnn(needed=needed):
            assert torch.backends.cudnn.enabled == (before[0] and not needed)
            assert torch.backends.cudnn.allow_tf32 == before[1]
        assert torch.backends.cudnn.enabled == before[0]
    seen = []

    net = copy.deepcopy(load_model("lstm", device="cpu").net)
    assert isinstance(net, LSTM)
    net.lstm.register_forward_hook(lambda *_: seen.append(torch.backends.cudnn.enabled))
    z = torch.zeros(1, 12, 80)
    with torch.inference_mode():
        net(z)
    net(z.requires_grad_())
    assert seen == [before[0], False]


def test_sums_into_regions_add_in_a_fixed_order_and_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add, seen = torch.Tensor.scatter_add_, []

    def watched(
        sums: torch.Tensor, dim: int, index: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        seen.append(torch.are_deterministic_algorithms_enabled())
        return add(sums, dim, index, values)

    monkeypatch.setattr(torch.Tensor, "scatter_add_", watched)
    found = divide("leads", batch(rows=2)).sums(torch.ones(2, 12, 1000))
    assert found.tolist() == [[1000.0] * 12] * 2
    assert seen == [True]
    assert not torch.are_deterministic_algorithms_enabled()
    with pytest.raises(KeyError), fixed_order():
        raise KeyError
    assert not torch.are_deterministic_algorithms_enabled()


class Memory:
    """A device of so many bytes, in which torch keeps some and uses some of these."""

    def __init__(self, patch: pytest.MonkeyPatch, *, free: int, kept: int, used: int) -> None:
        patch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 2 * free))
        patch.setattr(torch.cuda, "memory_reserved", lambda device: kept)
        patch.setattr(torch.cuda, "memory_allocated", lambda device: used)


def test_memory_that_torch_keeps_and_does_not_use_can_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Memory(monkeypatch, free=100, kept=70, used=20)
    assert reusable_bytes(torch.device("cuda")) == 150


def test_rows_are_those_that_fit_half_of_the_memory() -> None:
    tried: list[int] = []

    def taken(rows: int) -> int:
        tried.append(rows)
        return 10 * rows

    def found(free: int) -> tuple[int, ...]:
        return rows_by_memory("passes", taken, lambda: free, (8, 16, 32))

    assert found(10_000) == (8, 16, 32)
    assert found(320) == (8, 16)
    assert found(319) == (8,)
    assert found(90) == (8,), "it was run: what fits is never fewer"
    assert tried == [8, 8, 8, 8]


def test_rows_are_halved_where_there_is_no_memory_and_one_that_does_not_fit_is_one_line() -> None:
    tried: list[int] = []

    def taken(rows: int, most: int) -> int:
        tried.append(rows)
        if rows > most:
            raise torch.OutOfMemoryError
        return rows

    found = rows_by_memory("passes", lambda rows: taken(rows, 2), lambda: 99, (8, 16))
    assert (found, tried) == ((2,), [8, 4, 2])
    with pytest.raises(RunError, match=r"gradients of one recording do not fit the 3.0 GB.*--dev"):
        rows_by_memory("gradients", lambda rows: taken(rows, 0), lambda: 3 * 2**30, (8, 16))


def test_facts_of_a_cuda_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H200")
    said = subprocess.CompletedProcess([], 0, stdout="580.65.06\n580.65.06\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)
    facts = device_facts(torch.device("cuda:0"))
    assert (facts["device"], facts["driver"]) == ("NVIDIA H200", "580.65.06")
    assert facts.keys() == {"device", "cuda", "cudnn", "driver"}

    def absent(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", absent)
    assert device_facts(torch.device("cuda:0"))["driver"] is None
    assert device_facts(torch.device("cpu")) == {"device": "cpu"}
