"""A ventricular beat: no P, wide, and T against QRS."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.difficulty import Difficulty
from xai_bench.data.synthetic.ectopy import ventricular
from xai_bench.data.synthetic.heart import POSITION, average_heart
from xai_bench.data.synthetic.patient import draw_patient


def test_wide_without_p_and_discordant() -> None:
    cosine = []
    for seed in range(40):
        healthy = draw_patient(
            np.random.default_rng(seed), age=50.0, male=True, difficulty=Difficulty()
        ).heart
        beat = ventricular(healthy, np.random.default_rng([seed, 1]))
        assert (beat.atria == 0).all()
        assert beat.pr_interval == beat.p_duration == 0
        assert beat.qrs_duration > 0.12
        area = (beat.force * beat.width[:, None]).sum(axis=0)
        size = np.linalg.norm(beat.t_dipole) * np.linalg.norm(area)
        cosine.append(float(beat.t_dipole @ area / size))
        assert (healthy.atria != 0).any()
    assert np.mean(np.array(cosine) < 0) > 0.9


def test_it_starts_where_the_focus_is() -> None:
    """The first third of the activation lies on one side; a sinus beat starts all around."""
    for seed in range(10):
        beat = ventricular(average_heart(), np.random.default_rng(seed))
        first = beat.activation.argsort()[:5]
        spread = np.linalg.norm(POSITION[first] - POSITION[first].mean(axis=0), axis=1).mean()
        overall = np.linalg.norm(POSITION - POSITION.mean(axis=0), axis=1).mean()
        assert spread < 0.85 * overall
