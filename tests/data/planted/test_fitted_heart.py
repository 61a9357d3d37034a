"""The fit: its picture is that of the renderer, its slopes are right, and it finds known hearts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from xai_bench.data.delineate import Delineation, delineated
from xai_bench.data.planted.fitted_heart import (
    _AT,
    _COUNT,
    _SPREAD,
    FittedHeart,
    _MedianBeat,
    fit_heart,
)
from xai_bench.data.synthetic.cohort import Difficulty
from xai_bench.data.synthetic.heart import Heart
from xai_bench.data.synthetic.heartbeats import R_PEAK, lay_out, render
from xai_bench.data.synthetic.leads import LeadField, quantised, twelve
from xai_bench.data.synthetic.pathology import plant
from xai_bench.data.synthetic.patient import draw_patient
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling

SAMPLING = Sampling(rate_hz=500.0, samples=5000)


def steady(gain: np.ndarray, *, fibrillating: bool = False) -> Rhythm:
    """Beats 0.9 s apart, each of its own size."""
    beats = len(gain)
    return Rhythm(
        r_time=0.3 + 0.9 * np.arange(beats),
        rr_interval=np.full(beats, 0.9),
        ventricular=np.zeros(beats, dtype=np.bool_),
        fibrillating=fibrillating,
        gain=np.repeat(gain[:, None], 2, axis=1),
        breath_depth=0.0,
        breath_hz=0.25,
        breath_phase=0.0,
    )


def patient(seed: int) -> tuple[Heart, LeadField]:
    drawn = draw_patient(
        np.random.default_rng(seed), age=50.0, male=bool(seed % 2), difficulty=Difficulty()
    )
    return drawn.heart, drawn.field


def shown(heart: Heart, field: LeadField, rhythm: Rhythm) -> np.ndarray:
    picture: np.ndarray = render(lay_out(heart, heart, field, rhythm), SAMPLING)
    return picture


def found_in(heart: Heart, field: LeadField, rhythm: Rhythm) -> tuple[Delineation, FittedHeart]:
    """The fit to a recording of this heart, in whole microvolt and without noise."""
    millivolt = quantised(shown(heart, field, rhythm)) / 1000.0
    found = delineated(millivolt, SAMPLING.rate_hz)
    assert found is not None
    return found, fit_heart(found, millivolt, SAMPLING.rate_hz)


@pytest.fixture(scope="module")
def beat() -> _MedianBeat:
    found, _ = found_in(*patient(0), steady(np.ones(11)))
    return _MedianBeat(found, SAMPLING.rate_hz)


def test_picture_is_what_the_renderer_shows(beat: _MedianBeat) -> None:
    """The same heart through the same field, at the same moments, plus a level for each lead."""
    theta = 0.5 * np.random.default_rng(1).normal(size=_COUNT)
    values = theta * _SPREAD
    onset = beat.onset(values)
    rhythm = replace(
        steady(np.ones(1)),
        r_time=np.array([1.0 + onset + R_PEAK]),
        rr_interval=np.array([beat._found.usual]),
    )
    heart, field = beat.heart(values), beat.field(values)
    rendered = render(lay_out(heart, heart, field, rhythm), Sampling(rate_hz=500.0, samples=1500))
    at = np.rint((1.0 + beat._time) * 500.0).astype(int)
    level = values[_AT["offset"]][:, None] + values[_AT["slope"]][:, None] * beat._time
    np.testing.assert_allclose(beat.picture(theta), rendered[:, at] + level, atol=1e-9)


def test_slopes_are_those_of_the_picture(beat: _MedianBeat) -> None:
    theta = 0.3 * np.random.default_rng(2).normal(size=_COUNT)
    jacobian = beat.jacobian(theta)
    some = {place.start + k for place in _AT.values() for k in (0, (place.stop - place.start) // 2)}
    for k in sorted(some):
        step = np.zeros(_COUNT)
        step[k] = 1e-5
        expected = (beat.miss(theta - step) - beat.miss(theta + step)) / 2e-5
        scale = max(float(np.abs(expected).max()), 1e-3)
        np.testing.assert_allclose(jacobian[:, k], expected, rtol=0, atol=3e-3 * scale)


@pytest.mark.parametrize("seed", [3, 4])
def test_a_known_heart_is_found(seed: int) -> None:
    """Its beats are explained, and what diseases would add is what they add in truth."""
    heart, field = patient(seed)
    rhythm = steady(np.ones(11))
    _, fitted = found_in(heart, field, rhythm)
    assert fitted.explained_qrs > 0.98
    assert fitted.explained_st_t > 0.99
    healthy = shown(heart, field, rhythm)
    for finding, least in (
        ("AMI", 0.9),
        ("IMI", 0.9),
        ("ISC", 0.95),
        ("LBBB", 0.95),
        ("LVH", 0.95),
    ):
        sick = plant(heart, finding, 0.8, np.random.default_rng(5))
        truth = twelve(shown(sick, field, rhythm) - healthy)
        other = plant(fitted.heart, finding, 0.8, np.random.default_rng(5))
        planted = twelve(fitted.difference(other, SAMPLING))
        cosine = (truth * planted).sum() / np.sqrt((truth**2).sum() * (planted**2).sum())
        assert cosine > least, finding
        assert 0.75 < np.sqrt((planted**2).sum() / (truth**2).sum()) < 1.33, finding


def test_beats_come_when_they_come_and_in_their_own_size() -> None:
    gain = np.tile([1.0, 0.9, 1.15], 4)[:11]
    rhythm = steady(gain)
    _, fitted = found_in(*patient(6), rhythm)
    inside = [int(np.abs(fitted.rhythm.r_time - r).argmin()) for r in rhythm.r_time[1:-1]]
    # R of this heart is not where that of the average one is, but as far from it in every beat.
    apart = fitted.rhythm.r_time[inside] - rhythm.r_time[1:-1]
    assert np.ptp(apart) < 0.005
    assert abs(apart).max() < 0.03
    sizes = fitted.rhythm.gain[inside, 0]
    np.testing.assert_allclose(sizes, gain[1:-1], atol=0.02)
    assert not fitted.rhythm.fibrillating


def test_no_p_where_none_is_found() -> None:
    heart, field = patient(7)
    millivolt = quantised(shown(heart, field, steady(np.ones(11), fibrillating=True))) / 1000.0
    found = delineated(millivolt, 500.0)
    assert found is not None
    nothing = float("nan")
    without = replace(found.common, p_onset=nothing, p_peak=nothing, p_end=nothing)
    fitted = fit_heart(replace(found, common=without), millivolt, 500.0)
    assert fitted.heart.p_duration == 0.0
    assert fitted.rhythm.fibrillating
