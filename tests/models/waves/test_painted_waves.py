"""Scores of three waves become labels by rules that are written out here."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from xai_bench.models.waves.painted_waves import painted, seen_by_leads
from xai_bench.types import WAVES

RATE_HZ = 250.0


def _scores(**spans: list[tuple[int, int]]) -> np.ndarray:
    scores = np.full((3, 300), 0.1)
    for row, wave in enumerate(("P", "QRS", "T")):
        for start, stop in spans.get(wave, []):
            scores[row, start:stop] = 0.9
    return scores


def _names(labels: np.ndarray) -> list[tuple[str, int]]:
    """Label and length of each run."""
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return [(WAVES[labels[a]], b - a) for a, b in pairwise(edges)]


def test_what_lies_between_is_named_by_its_neighbours() -> None:
    scores = _scores(P=[(20, 40)], QRS=[(50, 75)], T=[(100, 140)])
    assert _names(painted(scores, RATE_HZ)) == [
        *(("TP", 20), ("P", 20), ("PR", 10), ("QRS", 25), ("ST", 25), ("T", 40), ("TP", 160))
    ]


def test_no_t_is_none_up_to_the_next_wave_and_a_p_alone_has_no_pr() -> None:
    scores = _scores(P=[(120, 140), (180, 200)], QRS=[(50, 75), (220, 240)])
    assert _names(painted(scores, RATE_HZ)) == [
        *(("TP", 50), ("QRS", 25), ("none", 45), ("P", 20), ("TP", 40), ("P", 20)),
        *(("PR", 20), ("QRS", 20), ("ST", 60)),
    ]


def test_without_a_qrs_nothing_is_known() -> None:
    assert _names(painted(_scores(P=[(20, 40)], T=[(100, 140)]), RATE_HZ)) == [("none", 300)]


def test_six_samples_of_nothing_are_closed_and_seven_are_not() -> None:
    for gap, runs in ((6, 1), (7, 2)):
        scores = _scores(QRS=[(50, 75), (75 + gap, 100)])
        labels = painted(scores, RATE_HZ)
        assert [name for name, _ in _names(labels)].count("QRS") == runs


def test_shorter_than_a_wave_is_none() -> None:
    scores = _scores(QRS=[(50, 75)], P=[(20, 27), (100, 108)], T=[(150, 164), (200, 215)])
    lengths = _names(painted(scores, RATE_HZ))
    assert [run for run in lengths if run[0] in "PT"] == [("P", 8), ("T", 15)]


def test_the_higher_score_wins_where_waves_overlap() -> None:
    scores = _scores(QRS=[(50, 80)], T=[(70, 120)])
    scores[1, 70:80] = 0.95
    assert _names(painted(scores, RATE_HZ))[1:3] == [("QRS", 30), ("T", 40)]


def test_leads_are_averaged_and_samples_between_lie_on_a_line() -> None:
    scores = np.zeros((2, 3, 4))
    scores[0, 1], scores[1, 1] = [0, 1, 1, 0], [0, 0, 1, 1]
    mean = seen_by_leads(scores, 250.0, 500.0, 7)
    np.testing.assert_allclose(mean[1], [0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5])
    np.testing.assert_allclose(mean[[0, 2]], 0)
