"""Two delineations are compared beat by beat; openecg is asked as its authors ask it."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from typing import Any

import numpy as np
import pytest

from xai_bench.data import second_opinion as opinion
from xai_bench.data.delineate import delineate_recording
from xai_bench.data.second_opinion import (
    BeatWaves,
    beat_waves,
    disagreement,
    second_opinion,
    second_reader,
)
from xai_bench.data.synthetic.synthetic_source import SyntheticSource
from xai_bench.errors import DatasetError, WeightsError
from xai_bench.types import WAVES

AT = np.arange(0.5, 9.9, 0.9)
"""Seconds of eleven beats."""


def _waves(at: np.ndarray = AT) -> BeatWaves:
    """Beats with a QRS of 100 ms, P 180 to 80 ms before it and T 200 to 360 ms after its onset."""
    spans = [np.array(span) for span in ((-0.05, 0.05), (-0.23, -0.13), (0.15, 0.31))]
    qrs, p, t = (at[:, None] + span for span in spans)
    return BeatWaves(qrs=qrs, p=p, t=t)


def _moved(waves: BeatWaves, wave: str, end: int, by: float, beats: slice) -> BeatWaves:
    moved = getattr(waves, wave).copy()
    moved[beats, end] += by
    return replace(waves, **{wave: moved})


def _without(waves: BeatWaves, wave: str, beats: slice) -> BeatWaves:
    left = getattr(waves, wave).copy()
    left[beats] = np.nan
    return replace(waves, **{wave: left})


ALL, MOST, FEW = slice(None), slice(0, 6), slice(0, 5)


class TestDisagreement:
    def test_the_same_waves_agree(self) -> None:
        assert disagreement(_waves(), _waves(), 10.0) is None

    @pytest.mark.parametrize(
        ("at", "missed"),
        [
            (np.delete(AT, 4), 1),
            (np.delete(AT, [4, 7]), 2),
            (np.sort([*AT, 2.0]), 1),
            (np.sort([*np.delete(AT, 4), 2.0]), 2),
            (AT[1:], 0),  # a beat in the first second
            (AT[:-1], 0),  # and in the last
            ([0.9, *AT], 0),
            ([*AT[:3], AT[3] + 0.059, *AT[4:]], 0),
            ([*AT[:3], AT[3] + 0.061, *AT[4:]], 2),
        ],
    )
    def test_every_beat_but_those_at_the_ends(self, at: Any, missed: int) -> None:
        other = _waves(np.asarray(at))
        for ours, theirs in ((_waves(), other), (other, _waves())):
            found = disagreement(ours, theirs, 10.0)
            if missed:
                assert found == (
                    f"{len(ours)} beats by us, {len(theirs)} by it, {missed} of them are not the "
                    "same"
                )
            else:
                assert found is None

    @pytest.mark.parametrize("wave", ["p", "t"])
    def test_a_wave_is_in_most_beats_of_both_or_of_neither(self, wave: str) -> None:
        name = wave.upper()
        assert disagreement(_waves(), _without(_waves(), wave, FEW), 10.0) is None
        found = disagreement(_waves(), _without(_waves(), wave, MOST), 10.0)
        assert found == f"{name} in 11 of 11 beats by us, 5 by it"
        none = _without(_waves(), wave, ALL)
        assert disagreement(none, _waves(), 10.0) == f"{name} in 0 of 11 beats by us, 11 by it"
        assert disagreement(none, none, 10.0) is None

    @pytest.mark.parametrize(
        ("wave", "end", "most", "name"),
        [
            ("qrs", 0, 50, "QRS onset"),
            ("qrs", 1, 50, "QRS end"),
            ("p", 0, 50, "P onset"),
            ("p", 1, 50, "P end"),
            ("t", 1, 80, "T end"),
        ],
    )
    def test_the_median_beat_ends_where_it_ends_by_us(
        self, wave: str, end: int, most: float, name: str
    ) -> None:
        for by, way in ((1, "later"), (-1, "earlier")):
            within = _moved(_waves(), wave, end, by * (most - 1) / 1000, ALL)
            assert disagreement(_waves(), within, 10.0) is None
            beyond = _moved(_waves(), wave, end, by * (most + 1) / 1000, ALL)
            found = disagreement(_waves(), beyond, 10.0)
            assert found == f"{name} {most + 1:.0f} ms {way} by it"
            few = _moved(_waves(), wave, end, by * (most + 40) / 1000, FEW)
            assert disagreement(_waves(), few, 10.0) is None

    def test_the_onset_of_t_does_not_count(self) -> None:
        assert disagreement(_waves(), _moved(_waves(), "t", 0, 0.1, ALL), 10.0) is None

    def test_without_beats(self) -> None:
        none = _waves(np.zeros(0))
        assert disagreement(none, none, 10.0) is None
        assert disagreement(_waves(), none, 10.0) == "11 beats by us, 0 by it"
        assert disagreement(none, _waves(), 10.0) == "0 beats by us, 11 by it"


def _labels(seconds: float, **spans: list[tuple[float, float]]) -> np.ndarray:
    labels = np.full(round(seconds * 500), WAVES.index("TP"), dtype=np.int8)
    for wave, each in spans.items():
        for first, last in each:
            labels[round(first * 500) : round(last * 500)] = WAVES.index(wave)
    return labels


def test_waves_belong_to_the_beat_beside_which_they_lie() -> None:
    labels = _labels(
        4.0,
        P=[(0.8, 0.9), (1.5, 1.55), (1.8, 1.9)],  # the second before the T of its beat ends
        QRS=[(0.0, 0.05), (1.0, 1.1), (2.0, 2.1), (3.9, 4.0)],
        T=[(0.2, 0.4), (1.3, 1.5), (2.8, 2.9)],  # the last is too far from its QRS
    )
    found = beat_waves(labels)
    nan = np.nan
    np.testing.assert_allclose(found.qrs, [(0.0, 0.05), (1.0, 1.1), (2.0, 2.1), (3.9, 4.0)])
    np.testing.assert_allclose(found.p, [(nan, nan), (0.8, 0.9), (1.8, 1.9), (nan, nan)])
    np.testing.assert_allclose(found.t, [(0.2, 0.4), (1.3, 1.5), (nan, nan), (nan, nan)])
    assert len(beat_waves(_labels(1.0))) == 0


def test_ranks_have_no_unit() -> None:
    assert opinion._ranks(np.array([3.0, 1.0, 1.0, 2.0, 9.0])).tolist() == [0.5, -0.75, -0.75, 0, 1]
    x = np.random.default_rng(0).normal(size=50)
    np.testing.assert_array_equal(opinion._ranks(x), opinion._ranks(1000 * x + 3))


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [(2.5, [0]), (10.0, [0]), (11.0, [0, 1]), (18.0, [0, 8]), (19.0, [0, 8, 9])],
)
def test_long_recordings_are_read_in_windows_that_overlap(
    seconds: float, starts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A net that says another wave in each window: all but its first second counts."""
    said = ["P", "QRS", "T"]
    lengths: list[int] = []

    def run(window: np.ndarray) -> np.ndarray:
        scores = np.zeros((len(window), 4))
        scores[:, 1 + len(lengths)] = 1
        lengths.append(len(window))
        return scores

    monkeypatch.setattr(opinion, "_net", lambda: run)
    labels = opinion.read_lead(np.arange(seconds * 500))
    assert lengths == [5000] * len(starts)
    expected = np.zeros(len(labels), dtype=np.int8)
    for start, wave in zip(starts, said, strict=False):
        expected[500 * (start + (start > 0)) :] = WAVES.index(wave)
    np.testing.assert_array_equal(labels, expected)


@pytest.mark.parametrize(
    ("wrong", "asked", "agrees"),
    [(0, 1, True), (1, 2, True), (2, 3, True), (3, 3, False)],
)
def test_a_lead_is_asked_where_those_before_it_disagree(
    wrong: int, asked: int, agrees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = _labels(10.0, QRS=[(at - 0.05, at + 0.05) for at in AT])
    other = _labels(10.0, QRS=[(at - 0.05, at + 0.05) for at in AT[::2]])
    leads: list[int] = []

    def read(lead: np.ndarray) -> np.ndarray:
        leads.append(round(float(np.median(lead)) * 10))
        return other if len(leads) <= wrong else ours

    monkeypatch.setattr(opinion, "delineate_recording", lambda *_: ours)
    monkeypatch.setattr(opinion, "read_lead", read)
    microvolt = np.repeat(100 * np.arange(12, dtype=np.int16)[:, None], 1000, axis=1)
    found = second_opinion(microvolt, 100.0)
    assert leads == [1, 10, 7][:asked]
    assert (found is None) == agrees
    if found:
        assert found.startswith("openecg does not find our waves in lead II: 11 beats by us, 6")


class TestMissing:
    def test_openecg(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def absent(name: str) -> None:
            raise PackageNotFoundError(name)

        monkeypatch.setattr(opinion, "distribution", absent)
        self._one_line()

    def test_onnxruntime(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opinion, "find_spec", lambda _: None)
        self._one_line()

    def _one_line(self) -> None:
        assert second_reader() is None
        with pytest.raises(DatasetError, match=r"pip install 'xai-bench\[openecg\]'") as caught:
            opinion._net.__wrapped__()
        assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def openecg_installed() -> None:
    if second_reader() is None:
        pytest.skip("openecg or onnxruntime is not installed")


@pytest.mark.usefixtures("openecg_installed")
class TestInstalled:
    def test_another_net_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opinion, "_SHA256", "0" * 64)
        with pytest.raises(WeightsError, match=r"instead of 000000000.*openecg==0\.11\.0"):
            opinion._net.__wrapped__()

    def test_it_says_what_its_authors_code_says(self) -> None:
        from openecg import load_codec_onnx

        lead = SyntheticSource(rate_hz=500.0).read(8).microvolt[1] / 1000.0
        theirs = load_codec_onnx().encode(lead, fs=500).frame
        assert set(theirs.tolist()) == {0, 1, 2, 3}
        as_ours = np.array([WAVES.index(name) for name in ("TP", "P", "QRS", "T")])[theirs]
        assert np.array_equal(opinion.read_lead(lead), as_ours)

    @pytest.mark.parametrize("rate_hz", [100.0, 500.0])
    def test_a_healthy_recording_passes_and_wrong_waves_do_not(
        self, rate_hz: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        microvolt = SyntheticSource(rate_hz=rate_hz).read(8).microvolt
        assert second_opinion(microvolt, rate_hz) is None
        right = delineate_recording

        def without_p(*given: Any) -> np.ndarray:
            labels = right(*given).copy()
            labels[labels == WAVES.index("P")] = WAVES.index("TP")
            return labels

        def later(*given: Any) -> np.ndarray:
            return np.roll(right(*given), 50)

        monkeypatch.setattr(opinion, "delineate_recording", without_p)
        assert "P in 0 of" in str(second_opinion(microvolt, rate_hz))
        monkeypatch.setattr(opinion, "delineate_recording", later)
        assert second_opinion(microvolt, rate_hz) is not None
