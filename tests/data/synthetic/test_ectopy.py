"""A ventricular beat: no P, wide, and T against QRS."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.ectopy import ventricular
from xai_bench.data.synthetic.morphology import T_WAVE, Component
from xai_bench.data.synthetic.patient import draw_patient


def test_wide_without_p_and_discordant() -> None:
    for seed in range(20):
        healthy = draw_patient(np.random.default_rng(seed), age=50.0, male=True).morphology
        beat = ventricular(healthy, np.random.default_rng([seed, 1]))
        qrs = beat.dipole[Component.MAIN] + beat.dipole[Component.LATE]
        assert (beat.dipole[: Component.SEPTAL] == 0).all()
        assert beat.qrs_end - beat.qrs_onset > 0.12
        assert beat.dipole[T_WAVE].sum(axis=0) @ qrs < 0
        assert (healthy.dipole[: Component.SEPTAL] != 0).any()
