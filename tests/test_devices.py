"""Devices: what is there is picked, and what is not is one line."""

from __future__ import annotations

import pytest
import torch

from xai_bench.devices import pick_device, rows_of_a_pass
from xai_bench.errors import InputError


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
