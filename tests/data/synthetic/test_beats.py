"""Beats rendered and labelled in closed form equal their slow, literal counterparts."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from xai_bench.data.synthetic.beats import Beats, label, lay_out, render
from xai_bench.data.synthetic.ectopy import ventricular
from xai_bench.data.synthetic.patient import draw_patient
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling
from xai_bench.types import WAVES


def beats(*, premature: bool = False) -> Beats:
    patient = draw_patient(np.random.default_rng(8), age=50.0, male=True)
    r_time = np.array([-0.31, 0.52, 1.13, 2.22, 3.07])
    return lay_out(
        patient.morphology,
        ventricular(patient.morphology, np.random.default_rng(9)),
        patient.field,
        Rhythm(
            r_time=r_time,
            rr_interval=np.array([0.85, 0.84, 0.70, 0.85, 0.97]),
            ventricular=np.array([False, False, premature, False, False]),
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
        for beat, r_time in enumerate(laid_out.r_time):
            t = i / 250.0 - r_time
            if laid_out.qrs_onset[beat] <= t < laid_out.qrs_end[beat]:
                name = "QRS"
            elif laid_out.qrs_end[beat] <= t < laid_out.t_onset[beat]:
                name = "ST"
            elif laid_out.p_end[beat] <= t < laid_out.qrs_onset[beat]:
                name = "PR"
            elif laid_out.p_onset[beat] <= t < laid_out.p_end[beat]:
                name = "P"
            elif name == "TP" and laid_out.t_onset[beat] <= t < laid_out.t_end[beat]:
                name = "T"
        expected.append(WAVES.index(name))
    assert label(laid_out, sampling).tolist() == expected


def test_intervals_of_a_healthy_beat() -> None:
    laid_out = beats()
    assert ((laid_out.qrs_end - laid_out.qrs_onset) > 0.06).all()
    assert ((laid_out.qrs_end - laid_out.qrs_onset) < 0.12).all()
    assert ((laid_out.qrs_onset - laid_out.p_onset) <= 0.20).all()
    qt = laid_out.t_end - laid_out.qrs_onset
    assert ((qt > 0.28) & (qt < 0.46)).all()
    assert qt[4] > qt[2]  # QT grows with the interval before it


def test_a_ventricular_beat_is_wide_and_has_no_p() -> None:
    laid_out = beats(premature=True)
    assert laid_out.qrs_end[2] - laid_out.qrs_onset[2] > 0.12
    assert laid_out.p_end[2] == laid_out.p_onset[2] == laid_out.qrs_onset[2]
    assert (laid_out.peak[2, :, :2] == 0).all()
    assert (laid_out.peak[1, :, :2] != 0).all()
