"""Recordings are reproducible to the bit, plausible, and their evidence is what was planted."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import pytest
from scipy.signal import resample_poly

from xai_bench.data.source import Record
from xai_bench.data.synthetic import EVIDENCE_MILLIVOLT, SyntheticSource
from xai_bench.data.synthetic.cohort import Cohort, Difficulty, draw_cohort
from xai_bench.data.synthetic.synthetic_source import evidence
from xai_bench.errors import DatasetError
from xai_bench.types import LEADS, WAVES

QRS = WAVES.index("QRS")
N = 150


@cache
def cohort() -> Cohort:
    return draw_cohort(0, N, Difficulty())


@cache
def records() -> list[Record]:
    source = SyntheticSource(size=N)
    return [source.read(row) for row in range(N)]


def waves_of(record: Record) -> np.ndarray:
    assert record.waves is not None
    return record.waves


def evidence_of(record: Record) -> np.ndarray:
    assert record.evidence is not None
    return record.evidence


def onsets(waves: np.ndarray, wave: int) -> np.ndarray:
    return np.flatnonzero((waves[1:] == wave) & (waves[:-1] != wave)) + 1


def test_shapes_and_index() -> None:
    source = SyntheticSource(rate_hz=250.0, seconds=4.0, size=30)
    record = source.read(29)
    assert source.samples == 1000
    assert record.microvolt.shape == (12, 1000)
    assert evidence_of(record).shape == (12, 1000)
    assert waves_of(record).shape == (1000,)
    assert len(source.index) == 30
    assert source.index.labels == draw_cohort(0, 30, Difficulty()).labels
    assert (source.name, source.has_evidence) == ("synthetic", True)


def test_lead_identities_have_no_error() -> None:
    for record in records():
        leads = dict(zip(LEADS, record.microvolt.astype(np.int64), strict=True))
        assert np.abs(leads["I"] + leads["III"] - leads["II"]).max() == 0
        assert np.abs(2 * leads["aVR"] + leads["I"] + leads["II"]).max() == 0
        assert np.abs(2 * leads["aVL"] - 2 * leads["I"] + leads["II"]).max() == 0
        assert np.abs(2 * leads["aVF"] - 2 * leads["II"] + leads["I"]).max() == 0


@pytest.mark.slow
def test_bits_do_not_depend_on_what_was_read_before_or_on_the_size() -> None:
    rows = [7, 0, 23, 7, 101]
    for source in (SyntheticSource(size=N), SyntheticSource()):
        for row in rows:
            record = source.read(row)
            assert np.array_equal(record.microvolt, records()[row].microvolt)
            assert np.array_equal(evidence_of(record), evidence_of(records()[row]))
            assert np.array_equal(waves_of(record), waves_of(records()[row]))
    assert not np.array_equal(SyntheticSource(seed=1).read(0).microvolt, records()[0].microvolt)


def test_golden() -> None:
    """Guards against silent drift: what moves a sample, numpy included, needs a new version."""
    digest = hashlib.sha256()
    for row in (0, 9, 88):  # an anterior infarct, a normal one, left bundle branch block
        digest.update(records()[row].microvolt.astype("<i2").tobytes())
    assert digest.hexdigest() == "40cafa8a9ea710e7d6b64453bbc2635ffcf190d5d36babeba1ac7236691de5c4"


def test_two_rates_show_the_same_recording() -> None:
    fast = SyntheticSource(rate_hz=500.0, size=N)
    for row in range(12):
        decimated = resample_poly(fast.read(row).microvolt.astype(float), 1, 5, axis=1)
        for lead, (a, b) in enumerate(zip(decimated, records()[row].microvolt, strict=True)):
            # The resampler has edges of its own.
            assert np.corrcoef(a[20:-20], b[20:-20])[0, 1] > 0.98, (row, LEADS[lead])


def test_evidence_is_empty_where_nothing_was_planted_and_seldom_elsewhere() -> None:
    """The mildest disease may move no sample by 0.1 mV; that is the exception."""
    sick = 0
    empty = 0
    for record, planted in zip(records(), cohort().planted, strict=True):
        found = bool(evidence_of(record).any())
        assert planted or not found
        sick += bool(planted)
        # A P that comes early is seldom 0.1 mV from where it was.
        empty += bool(planted) and not found and planted != ("AVB1",)
    assert empty <= 0.05 * sick


def twin_of(record: Record) -> np.ndarray:
    assert record.healthy is not None
    return record.healthy.astype(np.int64)


def test_evidence_is_the_difference_from_the_healthy_twin() -> None:
    for record in records()[::5]:
        difference = record.microvolt - twin_of(record)
        # Each recording is rounded by up to 1 µV in I and II, and 3/2 of that in III and aVx.
        clear = np.abs(np.abs(difference) - 1000 * EVIDENCE_MILLIVOLT) > 4
        literal = np.abs(difference) > 1000 * EVIDENCE_MILLIVOLT
        assert np.array_equal(evidence_of(record)[clear], literal[clear])


def test_a_normal_recording_is_its_own_twin() -> None:
    for row, record in enumerate(records()[:40]):
        same = np.array_equal(twin_of(record), record.microvolt)
        assert same == (not cohort().planted[row])


def test_a_first_degree_block_moves_p_and_nothing_else() -> None:
    source, people = SyntheticSource(size=2000), draw_cohort(0, 2000, Difficulty())
    rows = [row for row in range(2000) if people.planted[row] == ("AVB1",)][:10]
    assert rows
    for row in rows:
        record = source.read(row)
        moved = np.abs(record.microvolt - twin_of(record)).max(axis=0) > 20
        p, pr, tp, t = (WAVES.index(wave) for wave in ("P", "PR", "TP", "T"))
        assert np.isin(waves_of(record)[moved], [p, pr, tp, t]).mean() > 0.95


@pytest.mark.parametrize(
    ("finding", "territory", "remote"),
    [("AMI", ("V1", "V2", "V3"), ("I", "II", "aVR")), ("IMI", ("III", "aVF"), ("I", "V6"))],
)
def test_evidence_of_an_infarct_lies_in_its_territory(
    finding: str, territory: tuple[str, ...], remote: tuple[str, ...]
) -> None:
    source, people = SyntheticSource(size=1000), draw_cohort(0, 1000, Difficulty())
    rows = [row for row in range(1000) if people.planted[row] == (finding,)][:30]
    share = np.mean([evidence_of(source.read(row)) for row in rows], axis=(0, 2))
    near, far = (
        np.mean([share[LEADS.index(lead)] for lead in leads]) for leads in (territory, remote)
    )
    assert near > 2 * far


def test_every_sample_has_a_wave_and_most_of_the_time_the_heart_rests() -> None:
    counts = np.zeros(len(WAVES))
    for record in records():
        counts += np.bincount(waves_of(record), minlength=len(WAVES))
    share = dict(zip(WAVES, counts / counts.sum(), strict=True))
    assert share["none"] == 0
    expected = {"P": 0.13, "PR": 0.06, "QRS": 0.11, "ST": 0.14, "T": 0.20, "TP": 0.37}
    for wave, value in expected.items():
        assert abs(share[wave] - value) < 0.04, wave


def test_heart_rate_from_the_wave_labels() -> None:
    for row, record in enumerate(records()):
        rate = 60 * 100 / np.median(np.diff(onsets(waves_of(record), QRS)))
        # Fibrillation has no order, and its few beats a rate of their own.
        assert abs(rate / cohort().heart_rate[row] - 1) < (
            0.25 if cohort().rhythm[row] == "AFIB" else 0.08
        )


def test_the_steepest_samples_lie_in_qrs() -> None:
    inside = []
    for record in records():
        steep = np.abs(np.diff(record.microvolt.astype(float), axis=1)).sum(axis=0)
        inside.append((waves_of(record)[steep.argsort()[-20:]] == QRS).mean())
    assert np.mean(inside) > 0.95


def test_normal_amplitudes_are_those_of_real_recordings() -> None:
    """Medians of ten healthy recordings of PTB-XL, millivolt; within what ten can tell."""
    r: list[np.ndarray] = []
    s: list[np.ndarray] = []
    t: list[np.ndarray] = []
    source, people = SyntheticSource(rate_hz=500.0), draw_cohort(0, 10_000, Difficulty())
    normal = [row for row in range(250) if not people.planted[row]]
    for row in normal[:80]:
        record = source.read(row)
        signal = record.microvolt / 1000
        beats = []
        for onset in onsets(waves_of(record), QRS)[1:-1]:
            level = signal[:, onset - 12 : onset - 2].mean(axis=1, keepdims=True)
            complex_ = signal[:, onset : onset + 50] - level
            after = signal[:, onset + 75 : onset + 220] - level
            extreme = np.abs(after).argmax(axis=1)
            beats.append((complex_.max(1), -complex_.min(1), after[np.arange(12), extreme]))
        for values, of_beats in zip((r, s, t), np.median(beats, axis=0), strict=True):
            values.append(of_beats)
    for values, real, tolerance in (
        (r, {"I": 0.86, "II": 1.00, "V1": 0.12, "V4": 1.43, "V5": 1.38, "V6": 1.15}, 0.25),
        (s, {"V1": 0.91, "V2": 0.99, "V3": 1.04, "V4": 0.60}, 0.30),
        (t, {"I": 0.24, "II": 0.27, "V1": -0.08, "V2": 0.27, "V4": 0.35}, 0.20),
    ):
        median = np.median(values, axis=0)
        for lead, value in real.items():
            assert abs(median[LEADS.index(lead)] - value) < tolerance, lead


def test_fingerprint_follows_every_parameter() -> None:
    sources = (
        SyntheticSource(),
        SyntheticSource(rate_hz=500.0),
        SyntheticSource(seconds=5.0),
        SyntheticSource(seed=1),
        SyntheticSource(size=100),
        SyntheticSource(difficulty=0.7),
    )
    assert len({source.fingerprint() for source in sources}) == len(sources)
    assert SyntheticSource().fingerprint() == SyntheticSource().fingerprint()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rate_hz": 10.0}, "rate_hz=10.0"),
        ({"rate_hz": float("nan")}, "rate_hz=nan"),
        ({"seconds": 0.0}, "seconds=0.0"),
        ({"seconds": float("inf")}, "seconds=inf"),
        ({"size": 0}, "size=0"),
        ({"difficulty": 2.0}, "difficulty=2.0"),
    ],
)
def test_what_cannot_be_made(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        SyntheticSource(**parameters)  # type: ignore[arg-type]


def test_both_signs_and_strictly_beyond() -> None:
    difference = np.zeros((12, 4))
    difference[3] = [0.11, -0.11, 0.1, -0.04]
    expected = np.zeros((12, 4), dtype=bool)
    expected[3, :2] = True
    assert EVIDENCE_MILLIVOLT == 0.1
    assert np.array_equal(evidence(difference), expected)
    expected[3, :] = True
    assert np.array_equal(evidence(difference, threshold=0.03), expected)
