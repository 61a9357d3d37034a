"""Recordings of the second generator: reproducible, obeying Einthoven, with known evidence."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import pytest

from xai_bench.data import load_record, open_source
from xai_bench.data.ode import OdeSource
from xai_bench.data.source import Record
from xai_bench.data.synthetic import EVIDENCE_MILLIVOLT, SyntheticSource
from xai_bench.data.synthetic.cohort import Cohort, Difficulty, draw_cohort
from xai_bench.errors import DatasetError
from xai_bench.types import LEADS, WAVES

N = 60


@cache
def cohort() -> Cohort:
    return draw_cohort(0, N, Difficulty())


@cache
def records() -> list[Record]:
    source = OdeSource(size=N)
    return [source.read(row) for row in range(N)]


def twin_of(record: Record) -> np.ndarray:
    assert record.healthy is not None
    return record.healthy.astype(np.int64)


def test_shapes_and_the_cohort_of_synthetic() -> None:
    source = open_source("synthetic-ode", rate_hz=250.0, seconds=4.0)
    record = source.read(29)
    assert record.microvolt.shape == (12, 1000)
    assert record.evidence is not None
    assert record.evidence.shape == (12, 1000)
    assert record.waves is not None
    assert record.waves.shape == (1000,)
    other = SyntheticSource().index
    assert (source.index.record_id, source.index.labels) == (other.record_id, other.labels)
    assert source.index.fold is not None
    np.testing.assert_array_equal(source.index.fold, other.fold)
    assert (source.name, source.has_evidence) == ("synthetic-ode", True)


def test_lead_identities_have_no_error() -> None:
    for record in records():
        for signal in (record.microvolt.astype(np.int64), twin_of(record)):
            leads = dict(zip(LEADS, signal, strict=True))
            assert np.abs(leads["I"] + leads["III"] - leads["II"]).max() == 0
            assert np.abs(2 * leads["aVR"] + leads["I"] + leads["II"]).max() == 0
            assert np.abs(2 * leads["aVL"] - 2 * leads["I"] + leads["II"]).max() == 0
            assert np.abs(2 * leads["aVF"] - 2 * leads["II"] + leads["I"]).max() == 0


def test_bits_do_not_depend_on_what_was_read_before_or_on_the_size() -> None:
    source = OdeSource()
    for row in (7, 0, 23, 7):
        np.testing.assert_array_equal(source.read(row).microvolt, records()[row].microvolt)
    assert not np.array_equal(OdeSource(seed=1).read(0).microvolt, records()[0].microvolt)


def test_golden() -> None:
    """Guards against silent drift: what moves a sample, numpy included, needs a new version."""
    digest = hashlib.sha256()
    for row in (0, 9, 37):  # an anterior infarct, a normal one, left bundle branch block
        digest.update(records()[row].microvolt.astype("<i2").tobytes())
    assert digest.hexdigest() == "591619d7406607f86efa8015cd326b3e9bfb72e5b47de29996e893503599ae34"


def test_without_noise_all_leads_are_three_numbers_in_time() -> None:
    """Sick less healthy has no noise: eight leads, up to rounding, of a dipole's three."""
    differing = [
        record.microvolt - twin_of(record)
        for record, planted in zip(records(), cohort().planted, strict=True)
        if planted
    ]
    independent = [LEADS.index(lead) for lead in ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")]
    for difference in differing:
        size = np.linalg.svd(difference[independent].astype(float), compute_uv=False)
        assert size[3] < 2.0 * np.sqrt(1000)  # a microvolt or two a sample


def test_evidence_is_the_difference_from_the_healthy_twin() -> None:
    found = 0
    for record, planted in zip(records(), cohort().planted, strict=True):
        assert record.evidence is not None
        difference = record.microvolt - twin_of(record)
        clear = np.abs(np.abs(difference) - 1000 * EVIDENCE_MILLIVOLT) > 4
        literal = np.abs(difference) > 1000 * EVIDENCE_MILLIVOLT
        np.testing.assert_array_equal(record.evidence[clear], literal[clear])
        assert planted or not difference.any()
        found += bool(record.evidence.any()) and planted != ("AVB1",)
    assert found > 0.9 * sum(bool(names) and names != ("AVB1",) for names in cohort().planted)


def test_the_r_peak_is_where_the_label_says_and_beats_come_at_the_cohort_s_rate() -> None:
    qrs = WAVES.index("QRS")
    for row, record in enumerate(records()):
        assert record.waves is not None
        steep = np.abs(np.diff(record.microvolt.astype(float), axis=1)).sum(axis=0)
        assert (record.waves[steep.argsort()[-10:]] == qrs).mean() > 0.8
        onset = np.flatnonzero((record.waves[1:] == qrs) & (record.waves[:-1] != qrs))
        rate = 60 * 100 / np.mean(np.diff(onset))
        assert abs(rate / cohort().heart_rate[row] - 1) < 0.06


def test_one_recording_by_its_id() -> None:
    row = OdeSource().index.record_id.index("00012")
    found = load_record("synthetic-ode:00012")
    np.testing.assert_array_equal(found.microvolt[0], OdeSource().read(row).microvolt)


def test_fingerprint_follows_every_parameter() -> None:
    sources = [
        *(OdeSource(), OdeSource(rate_hz=500.0), OdeSource(seconds=5.0)),
        *(OdeSource(seed=1), OdeSource(size=100)),
    ]
    prints = {source.fingerprint() for source in sources}
    assert len(prints) == len(sources)
    assert SyntheticSource().fingerprint() not in prints


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rate_hz": 10.0}, "rate_hz=10.0"),
        ({"seconds": float("inf")}, "seconds=inf"),
        ({"size": 0}, "size=0"),
    ],
)
def test_what_cannot_be_made(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        OdeSource(**parameters)  # type: ignore[arg-type]
