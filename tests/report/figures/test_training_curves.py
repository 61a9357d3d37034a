"""The curves are a PNG that is the same each time."""

from __future__ import annotations

import numpy as np

from xai_bench.report.figures.training_curves import draw_curves


def test_a_small_png_without_a_date() -> None:
    loss = np.exp(-np.linspace(0, 3, 400)).tolist()
    made = [draw_curves(loss, [0.7, 0.9, 0.85], best=1, title="imn") for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].startswith(b"\x89PNG")
    assert len(made[0]) < 60_000


def test_one_step_and_one_epoch() -> None:
    assert draw_curves([0.7], [0.5], best=0, title="short").startswith(b"\x89PNG")
