"""The state of a training survives a round through the disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from xai_bench.errors import InputError
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.training.checkpoint import FILE, History, State


def state(seed: int) -> State:
    torch.manual_seed(seed)
    net = ECGConv2d(outputs=1)
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3)
    return State(
        net=net,
        optimiser=optimiser,
        schedule=torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=10),
        rng=np.random.default_rng(seed),
        best={},
        history=History(),
    )


def step(of: State) -> float:
    z = torch.from_numpy(of.rng.standard_normal((2, 12, 64)).astype(np.float32))
    found = of.net(z + torch.randn(())).square().mean()
    of.optimiser.zero_grad()
    found.backward()
    of.optimiser.step()
    of.schedule.step()
    return float(found.detach())


def test_what_follows_is_what_would_have_followed(tmp_path: Path) -> None:
    with torch.random.fork_rng():
        going = state(0)
        step(going)
        step(going)
        going.history = History(loss=[1.0, 0.5], auroc=[0.75])
        going.best = {name: v.clone() for name, v in going.net.state_dict().items()}
        going.save(tmp_path, "key")
        expected = [step(going), step(going)]

        resumed = state(1)
        assert not resumed.load(tmp_path, "another key")
        assert resumed.load(tmp_path, "key")
        assert resumed.history == History(loss=[1.0, 0.5], auroc=[0.75])
        assert [step(resumed), step(resumed)] == expected
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_the_first_of_equals_is_best() -> None:
    assert History(auroc=[0.6, 0.9, 0.9]).best == 1


def test_the_key_without_the_tensors_is_one_line(tmp_path: Path) -> None:
    with torch.random.fork_rng():
        going = state(0)
        step(going)
        going.save(tmp_path, "key")
        other = state(1)
        other.net = ECGConv2d(outputs=2)
        with pytest.raises(InputError, match="cannot be gone on from .*; begin again with --fresh"):
            other.load(tmp_path, "key")
