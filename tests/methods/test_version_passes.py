"""Versions of recordings share passes, and nothing is lost, doubled or mixed up."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.closed_forms import batch, closed_form
from xai_bench import devices
from xai_bench.methods.version_passes import gradients_at, version_passes
from xai_bench.nets.conv2d import ECGConv2d


@pytest.mark.parametrize(("records", "versions"), [(5, 3), (3, 8), (2, 13), (1, 1), (4, 9)])
def test_every_version_of_every_recording_is_in_one_pass(records: int, versions: int) -> None:
    held = torch.zeros(records, versions, dtype=torch.int64)
    passes = list(version_passes(records, versions, 8))
    for of, some in passes:
        held[of, some] += 1
        assert held[of, some].numel() <= 8
        several = held[of, some].shape[0] > 1
        assert not several or held[of, some].shape[1] == versions
    assert (held == 1).all()
    fewest = -(-records // max(1, 8 // versions)) * -(-versions // 8)
    assert len(passes) == fewest


@pytest.mark.parametrize("rows", [2, 64])
def test_gradients_at_many_versions_are_those_of_one_at_a_time(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(devices._ROWS["versions"], "cpu", rows)
    torch.manual_seed(0)
    model = closed_form(ECGConv2d())
    z = batch(rows=15).z[..., :100].unflatten(0, (3, 5))
    given = replace(batch(rows=3), z=z[:, 0], target=torch.tensor([0, 1, 1]))
    found = torch.zeros_like(z)
    for records, some, gradient in gradients_at(model, given, 5, lambda of, some: z[of, some]):
        found[records, some] += gradient
    for record in range(3):
        for version in range(5):
            one = z[record, version][None].clone().requires_grad_()
            m = model.log_odds(one, int(given.target[record]))
            (expected,) = torch.autograd.grad(m.sum(), one)
            torch.testing.assert_close(found[record, version], expected[0], rtol=1e-4, atol=1e-7)
