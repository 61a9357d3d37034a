"""f waves: between 4 and 8 Hz, largest in V1, the same at every rate."""

from __future__ import annotations

import numpy as np
from scipy.signal import periodogram

from xai_bench.data.synthetic.arrhythmia import draw_fibrillation, ventricular
from xai_bench.data.synthetic.cohort import Difficulty
from xai_bench.data.synthetic.heart import POSITION, average_heart
from xai_bench.data.synthetic.leads import draw_lead_field
from xai_bench.data.synthetic.patient import draw_patient
from xai_bench.data.synthetic.sampling import Sampling

V1 = 2


def waves(seed: int, rate_hz: float) -> np.ndarray:
    field = draw_lead_field(np.random.default_rng(seed), 70.0)
    sampling = Sampling(rate_hz=rate_hz, samples=round(10 * rate_hz))
    return draw_fibrillation(np.random.default_rng([seed, 1]), field, sampling)


def test_frequency_size_and_place() -> None:
    peak, size, spread = [], [], []
    for seed in range(40):
        made = waves(seed, 100.0)
        hz, power = periodogram(made[V1], fs=100.0)
        peak.append(hz[power.argmax()])
        size.append(np.abs(made[V1]).max())
        spread.append(made.std(axis=1))
    assert min(peak) > 4.0
    assert max(peak) < 8.5
    assert 0.03 < np.median(size) < 0.25
    assert np.mean(spread, axis=0).argmax() == V1


def test_two_rates_show_the_same_waves() -> None:
    low, high = waves(3, 100.0), waves(3, 500.0)[:, ::5]
    assert np.abs(low - high).max() < 0.1 * np.abs(high).max()


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
