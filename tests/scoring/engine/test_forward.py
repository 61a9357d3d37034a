"""Forward passes of scorers: those of the model, in any number of rows."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.closed_forms import Linear, Quadratic, batch, closed_form
from xai_bench import load_model
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.scoring.engine.forward import Forward


@pytest.mark.parametrize("rows", [1, 3, 8])
def test_versions_are_those_of_a_loop(rows: int) -> None:
    model, given = closed_form(Quadratic()), batch(rows=2)
    target = torch.tensor([1, 0])
    asked: list[int] = []

    def version(k: int) -> Tensor:
        asked.append(k)
        return k * given.z

    found = Forward(model, rows=rows).versions(target, 5, version)
    assert asked == [0, 1, 2, 3, 4]
    assert found.dtype == torch.float64
    for k in range(5):
        expected = model.log_odds(k * given.z, target).double()
        torch.testing.assert_close(found[:, k], expected, rtol=1e-5, atol=1e-6)


def test_no_more_rows_than_asked_for_go_through_the_net_at_once() -> None:
    seen: list[int] = []

    class Watched(Linear):
        def forward(self, z: Tensor) -> Tensor:
            seen.append(len(z))
            return super().forward(z)

    through = Forward(closed_form(Watched()), rows=4)
    seen.clear()
    through(torch.zeros(10, 12, 1000), torch.ones(10, dtype=torch.int64))
    assert seen == [4, 4, 2]


def test_a_pass_of_a_cpu_has_eight_rows_and_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(Forward, "_seconds")
    assert Forward(closed_form(Linear())).rows == 8
    assert Forward(closed_form(Linear()), rows=3).rows == 3


def test_rows_are_found_by_measurement_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fewest that are within a twentieth of the best, for each row."""
    a_pass = {8: 4.0, 16: 7.0, 32: 15.0}
    monkeypatch.setattr(Forward, "_seconds", lambda _, rows: a_pass[rows])
    monkeypatch.setattr(Forward, "_candidates", lambda _: tuple(a_pass))
    through = Forward(closed_form(Linear()))
    assert through._fastest() == 16
    a_pass[32] = 13.9
    assert through._fastest() == 16, "32 save less than a twentieth"
    a_pass[32] = 8.0
    assert through._fastest() == 32


def test_bf16_passes_round_and_are_never_local() -> None:
    torch.manual_seed(0)
    model, given = closed_form(ECGConv2d(outputs=1)), batch(rows=2)
    z = given.z[..., :200]
    exact, rounded = Forward(model, rows=2), Forward(model, rows=2, precision="bf16")
    a, b = exact(z, given.target), rounded(z, given.target)
    assert not torch.equal(a, b)
    torch.testing.assert_close(a, b, rtol=0.1, atol=0.02)
    assert exact.local((12, 200)) is not None
    assert rounded.local((12, 200)) is None


def test_changed_recordings_are_explained_by_the_frozen_net_unless_grad_cam_would_change() -> None:
    for name, by_frozen in (("resnet1d", True), ("imn", False)):
        model = load_model(name, device="cpu")
        assert (Forward(model, rows=2).explains is not model) == by_frozen
