"""Shift continuity against a literal loop, and where it is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, Quadratic, closed_form
from tests.scoring.blocks import cases, signals
from tests.scoring.cases import metric
from xai_bench.models import zscore
from xai_bench.scoring import build_scorer

SHAPE = (12, 1000)


def constant(net: Linear) -> Linear:
    with torch.no_grad():
        net.get_parameter("w").fill_(0.01)
    return net


def literal(x: np.ndarray, w: np.ndarray, power: int) -> float:
    """Of a = w z^power. 20 and 100 ms at 100 Hz."""

    def explain(x: np.ndarray) -> np.ndarray:
        z = zscore(torch.from_numpy(x)[None].float())[0].double().numpy()
        found: np.ndarray = w * z**power
        return found

    a, changes = explain(x), []
    for shift in (2, 10, -2, -10):
        moved = np.empty_like(x)
        for t in range(1000):
            moved[:, t] = x[:, min(max(t - shift, 0), 999)]
        again = explain(moved)
        pairs = [(a[:, t], again[:, t + shift]) for t in range(1000) if 0 <= t + shift < 1000]
        before, after = (np.stack(part) for part in zip(*pairs, strict=True))
        changes.append(np.linalg.norm(after - before) / np.linalg.norm(before))
    return float(np.mean(changes))


@pytest.mark.parametrize(("net", "power"), [(Linear, 1), (Quadratic, 2)])
def test_literally_for_each_recording_of_a_block(
    net: type[Linear] | type[Quadratic], power: int
) -> None:
    model = closed_form(net())
    w = model.net.get_parameter("w").double().numpy()
    x = signals(2, SHAPE)
    (case,) = cases(model, ["input-x-gradient"], x)
    found = build_scorer(metric("shift_continuity")).score(case).values
    expected = [literal(one, w, power) for one in x.double().numpy()]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-3)


def test_weights_at_fixed_positions_do_not_follow_and_equal_ones_do() -> None:
    """w z moves with z only if w is the same everywhere; independent weights differ by sqrt 2."""
    fixed, even = (
        cases(closed_form(net), ["input-x-gradient"], signals(1, SHAPE))[0]
        for net in (Linear(), constant(Linear()))
    )
    scorer = build_scorer(metric("shift_continuity"))
    assert float(scorer.score(fixed).values) == pytest.approx(2**0.5, abs=0.1)
    assert float(scorer.score(even).values) < 0.05


def test_controls() -> None:
    """What follows the recording is continuous: planted evidence too; white noise is not."""
    x = signals(2, SHAPE)
    evidence = torch.zeros(2, *SHAPE, dtype=torch.bool)
    evidence[:, 2, 300:360] = True
    oracle, amplitude, random = (
        build_scorer(metric("shift_continuity")).score(case).values
        for case in cases(
            closed_form(Linear()), ["oracle", "amplitude", "random"], x, evidence=evidence
        )
    )
    assert oracle.tolist() == [0.0, 0.0]
    assert amplitude.max() < 0.05
    torch.testing.assert_close(random, torch.full_like(random, 2**0.5), rtol=0.02, atol=0)


def test_an_attribution_outside_what_both_have_has_no_score() -> None:
    (case,) = cases(closed_form(Linear()), ["input-x-gradient"], signals(1, SHAPE))
    case.attribution = torch.zeros(1, *SHAPE)
    case.attribution[..., :3] = 1.0
    found = build_scorer(metric("shift_continuity")).score(case)
    assert "zero wherever" in found.reason_of_each()[0]
