"""Beats rendered and labelled in closed form equal their slow, literal counterparts."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from xai_bench.data.synthetic.arrhythmia import ventricular
from xai_bench.data.synthetic.cohort import Difficulty
from xai_bench.data.synthetic.heartbeats import Beats, label, lay_out, render
from xai_bench.data.synthetic.patient import draw_patient
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling
from xai_bench.types import WAVES


def beats(*, premature: bool = False, fibrillating: bool = False) -> Beats:
    patient = draw_patient(np.random.default_rng(8), age=50.0, male=True, difficulty=Difficulty())
    r_time = np.array([-0.31, 0.52, 1.13, 2.22, 3.07])
    return lay_out(
        patient.heart,
        ventricular(patient.heart, np.random.default_rng(9)),
        patient.field,
        Rhythm(
            r_time=r_time,
            rr_interval=np.array([0.85, 0.84, 0.70, 0.85, 0.97]),
            ventricular=np.array([False, False, premature, False, False]),
            fibrillating=fibrillating,
            gain=np.ones((5, 2)),
            breath_depth=1.0,
            breath_hz=0.25,
            breath_phase=1.0,
        ),
    )


def test_filtered_in_closed_form() -> None:
    """Sampling at 100 Hz equals a numerical convolution of the almost continuous signal."""
    fine = Sampling(rate_hz=5000.0, samples=12_500)
    coarse = Sampling(rate_hz=100.0, samples=250)
    sd = np.sqrt(coarse.blur**2 - fine.blur**2) * fine.rate_hz
    for laid_out in (beats(), beats(premature=True)):
        filtered = gaussian_filter1d(render(laid_out, fine), sd, axis=1, truncate=8.0)[:, ::50]
        # The record's ends lack their neighbours in the numerical filter only.
        np.testing.assert_allclose(
            render(laid_out, coarse)[:, 5:-5], filtered[:, 5:-5], rtol=0, atol=1e-5
        )


def test_r_peak_stands_where_the_rhythm_says() -> None:
    sampling = Sampling(rate_hz=1000.0, samples=3000)
    size = np.linalg.norm(render(beats(), sampling), axis=0)
    for r_time in (0.52, 1.13, 2.22):
        near = slice(round(1000 * r_time) - 150, round(1000 * r_time) + 150)
        assert abs(int(size[near].argmax()) - 150) <= 12


def test_labels_follow_the_intervals() -> None:
    sampling = Sampling(rate_hz=250.0, samples=700)
    laid_out = beats(premature=True)
    expected = []
    for i in range(sampling.samples):
        name = "TP"
        for beat, onset in enumerate(laid_out.onset):
            t = i / 250.0 - onset
            if 0 <= t < laid_out.qrs_end[beat]:
                name = "QRS"
            elif laid_out.qrs_end[beat] <= t < laid_out.t_onset[beat]:
                name = "ST"
            elif laid_out.p_end[beat] <= t < 0:
                name = "PR"
            elif laid_out.p_onset[beat] <= t < laid_out.p_end[beat]:
                name = "P"
            elif name == "TP" and laid_out.t_onset[beat] <= t < laid_out.t_end[beat]:
                name = "T"
        expected.append(WAVES.index(name))
    assert label(laid_out, sampling).tolist() == expected


def test_intervals_of_a_healthy_beat() -> None:
    laid_out = beats()
    assert (laid_out.qrs_end > 0.06).all()
    assert (laid_out.qrs_end < 0.12).all()
    assert ((-laid_out.p_onset) <= 0.20).all()
    qt = laid_out.t_end
    assert ((qt > 0.28) & (qt < 0.46)).all()
    assert qt[4] > qt[2]  # QT grows with the interval before it


def test_a_ventricular_beat_is_wide_and_has_no_p() -> None:
    laid_out = beats(premature=True)
    assert laid_out.qrs_end[2] > 0.12
    assert laid_out.p_end[2] == laid_out.p_onset[2] == 0
    assert (laid_out.peak[2, :, :2] == 0).all()
    assert (laid_out.peak[1, :, :2] != 0).all()


def test_fibrillating_atria_make_no_p() -> None:
    laid_out = beats(fibrillating=True)
    assert (laid_out.peak[:, :, :2] == 0).all()
    labels = set(label(laid_out, Sampling(rate_hz=250.0, samples=700)).tolist())
    assert labels == {WAVES.index(wave) for wave in ("TP", "QRS", "ST", "T")}


def test_breath_and_gain_scale_what_is_seen() -> None:
    """The peak of each source in each lead is a sum over three axes, written out."""
    patient = draw_patient(np.random.default_rng(8), age=50.0, male=True, difficulty=Difficulty())
    gain = np.array([[1.1, 0.9], [0.8, 1.2]])
    rhythm = Rhythm(
        r_time=np.array([0.5, 1.3]),
        rr_interval=np.array([0.8, 0.8]),
        ventricular=np.array([False, False]),
        fibrillating=False,
        gain=gain,
        breath_depth=2.0,
        breath_hz=0.25,
        breath_phase=0.3,
    )
    laid_out = lay_out(patient.heart, patient.heart, patient.field, rhythm)
    for beat, time in enumerate((0.5, 1.3)):
        breath = 2.0 * np.sin(2 * np.pi * 0.25 * time + 0.3)
        for lead, source in ((0, 3), (4, 12), (7, 19)):
            vector = (
                patient.field.sources[lead, source] + breath * patient.field.breath[lead, source]
            )
            expected = sum(vector * patient.heart.force[source]) * (1 + 0.045 * breath)
            assert np.isclose(laid_out.qrs_peak[beat, lead, source], expected * gain[beat, 0])
