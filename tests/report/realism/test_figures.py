"""Pictures hold what they claim: both recordings, every lead, the right neighbour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.data.literal import RATE, ecg, recordings
from tests.studies.realism.feature_tables import COLUMNS, noise
from xai_bench.data.ecg_features import measure
from xai_bench.report.realism.figures import draw_amplitudes, draw_pair, draw_spectra, nearest
from xai_bench.types import LEADS


def test_the_nearest_is_the_one_that_was_only_jittered() -> None:
    synthetic = noise(30, 0)
    real = synthetic.iloc[[7, 3, 29]] + 0.01
    assert nearest(real, synthetic) == [7, 3, 29]
    real["R", "V2"] = np.nan  # what is not known does not decide
    assert nearest(real, synthetic) == [7, 3, 29]


def test_the_residual_does_not_make_a_neighbour() -> None:
    residuals = {column: 5.0 for column in COLUMNS if column[0] == "residual"}
    noisy, taller = noise(1, 0, residuals), noise(1, 0, {("R", "I"): 1.0})
    real, synthetic = noise(1, 0), pd.concat([noisy, taller], ignore_index=True)
    assert nearest(real, synthetic) == [0]


def test_a_pair_has_two_papers_of_one_scale() -> None:
    left, right = ecg().astype(np.float32), 2 * ecg().astype(np.float32)
    figure = draw_pair(left, right, rate_hz=RATE, titles=("real: a", "synthetic: b"))
    papers = figure.axes
    assert len(papers) == 2
    assert papers[0].get_ylim() == papers[1].get_ylim()
    for paper, signal in zip(papers, (left, right), strict=True):
        assert [text.get_text() for text in paper.texts] == list(LEADS)
        traces = [line for line in paper.lines if len(np.asarray(line.get_xdata())) == 2000]
        assert len(traces) == 12
        drawn = np.asarray(traces[6].get_ydata(), dtype=float)
        np.testing.assert_allclose(np.ptp(drawn), np.ptp(signal[6, :2000]), rtol=1e-5)
    assert {text.get_text() for text in figure.texts} >= {"real: a", "synthetic: b"}


def test_amplitudes_show_every_real_recording_in_every_lead() -> None:
    table = measure(recordings([ecg(), 1.5 * ecg(), 0.5 * ecg()]))
    figure = draw_amplitudes(table.head(2), table)
    assert len(figure.axes) == 6
    r = next(axes for axes in figure.axes if axes.get_title(loc="left") == "R")
    dots = [np.asarray(line.get_ydata()) for line in r.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(np.stack(dots, axis=1), table["R"].head(2).to_numpy())


def test_spectra_show_a_line_where_there_is_one() -> None:
    mains = 0.3 * np.sin(2 * np.pi * 50 * np.arange(5000) / RATE)
    figure = draw_spectra(recordings([ecg() + mains]), recordings([ecg(), ecg()]))
    for axes in figure.axes:
        curves = {
            str(line.get_label()): line for line in axes.lines if "n =" in str(line.get_label())
        }
        at = {}
        for name, line in curves.items():
            x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
            at[name] = float(y[np.abs(x - 50).argmin()])
        assert at["real, n = 1"] > 50 * at["made, n = 2"]
