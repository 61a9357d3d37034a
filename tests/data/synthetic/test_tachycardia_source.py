"""Tachycardias are reproducible to the bit, look as they should, and differ from twins by class."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from xai_bench.data.embedded import EMBEDDED
from xai_bench.data.signal_range import measure, unlike
from xai_bench.data.source import Record
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.tachycardia_cohort import REENTRY, draw_tachycardias
from xai_bench.data.synthetic.tachycardia_source import TachycardiaSource
from xai_bench.errors import DatasetError
from xai_bench.types import LEADS, WAVES

PATIENTS = 120
COHORT = draw_tachycardias(0, PATIENTS, 1)
CHEST = slice(6, 12)


@cache
def record(row: int) -> Record:
    return TachycardiaSource(patients=PATIENTS, each=1).read(row)


def rows(**wanted: object) -> list[int]:
    return [
        row
        for row in range(PATIENTS)
        if all(getattr(COHORT, name)[row] == value for name, value in wanted.items())
    ]


def waves_of(row: int) -> np.ndarray:
    waves = record(row).waves
    assert waves is not None
    return waves


def areas(row: int) -> np.ndarray:
    """The mean of each lead within QRS, less that of the recording: millivolt."""
    inside = waves_of(row) == WAVES.index("QRS")
    millivolt = record(row).microvolt / 1000
    return np.asarray(millivolt[:, inside].mean(axis=1) - np.median(millivolt, axis=1))


def runs(waves: np.ndarray, name: str) -> np.ndarray:
    """Lengths of what is labelled so, without the first and the last, in samples."""
    inside = np.concatenate([[False], waves == WAVES.index(name), [False]]).astype(int)
    change = np.diff(inside)
    return (np.flatnonzero(change == -1) - np.flatnonzero(change == 1))[1:-1]


def axis(row: int) -> float:
    """Of QRS in the frontal plane, degrees."""
    area = areas(row)
    lead = dict(zip(LEADS, area, strict=True))
    return float(np.degrees(np.arctan2(2 / np.sqrt(3) * lead["aVF"], lead["I"])))


def test_index_and_shapes() -> None:
    source = TachycardiaSource(rate_hz=250.0, seconds=4.0, patients=7, each=3)
    found = source.read(20)
    assert len(source.index) == 21
    assert source.index.labels == draw_tachycardias(0, 7, 3).labels
    assert found.microvolt.shape == (12, 1000)
    assert (source.name, source.has_evidence) == ("synthetic-tachycardia", True)
    assert len(TachycardiaSource().index) == 3000


@pytest.mark.parametrize("change", [{"rate_hz": 20.0}, {"patients": 0}, {"each": 0}])
def test_what_cannot_be_made(change: dict[str, float]) -> None:
    (name,) = change
    with pytest.raises(DatasetError, match=f"synthetic-tachycardia: {name}="):
        TachycardiaSource(**change)  # type: ignore[arg-type]


def test_bits_do_not_depend_on_the_order_or_on_the_number_of_patients() -> None:
    source = TachycardiaSource(each=1)
    for row in (9, 2, 9):
        for name in ("microvolt", "healthy", "evidence", "waves"):
            found, expected = getattr(source.read(row), name), getattr(record(row), name)
            assert np.array_equal(found, expected)
    assert not np.array_equal(TachycardiaSource(seed=1).read(0).microvolt, record(0).microvolt)
    small, large = TachycardiaSource(patients=5), TachycardiaSource(patients=6)
    assert small.fingerprint() != large.fingerprint()


def test_lead_identities_have_no_error() -> None:
    for row in range(20):
        leads = dict(zip(LEADS, record(row).microvolt.astype(np.int64), strict=True))
        assert np.abs(leads["I"] + leads["III"] - leads["II"]).max() == 0
        assert np.abs(2 * leads["aVR"] + leads["I"] + leads["II"]).max() == 0


def test_evidence_is_where_a_vt_differs_from_its_twin_and_an_svt_has_none() -> None:
    for row in range(20):
        one = record(row)
        assert one.healthy is not None
        assert one.evidence is not None
        if not COHORT.ventricular[row]:
            assert np.array_equal(one.microvolt, one.healthy)
            assert not one.evidence.any()
            continue
        difference = np.abs(one.microvolt.astype(int) - one.healthy)
        assert one.evidence[difference > 103].all()  # rounding moves a sample by up to 3 microvolt
        assert not one.evidence[difference < 97].any()
        if COHORT.focus[row] == REENTRY:  # no more than P waves
            assert one.evidence.mean() < 0.2
        else:
            assert 0.3 < one.evidence.mean() < 0.95


def test_qrs_is_wide() -> None:
    widths: dict[bool, list[float]] = {True: [], False: []}
    for row in range(60):
        is_vt = bool(COHORT.ventricular[row])
        widths[is_vt].append(float(np.median(runs(waves_of(row), "QRS"))))
    for of_class in widths.values():
        assert np.mean(np.array(of_class) >= 11) > 0.9  # 110 ms at 100 Hz
        assert np.mean(np.array(of_class) >= 12) > 0.75
    assert np.median(widths[True]) > np.median(widths[False])


def test_a_focus_in_the_apex_is_negative_in_all_chest_leads_and_turns_to_the_right_shoulder() -> (
    None
):
    found = rows(ventricular=True, focus="apex")
    assert len(found) >= 3
    chest = np.array([areas(row)[CHEST] for row in found])
    assert np.mean(chest < 0.05) > 0.9
    north_west = [row for row in found if axis(row) < -90.0]
    assert len(north_west) >= len(found) / 2


def test_a_focus_at_the_mitral_ring_is_positive_in_all_chest_leads() -> None:
    found = rows(ventricular=True, focus="mitral ring")
    assert len(found) >= 3
    chest = np.array([areas(row)[CHEST] for row in found])
    assert np.mean(chest > -0.05) > 0.85


def test_a_focus_in_the_right_outflow_tract_looks_like_a_left_block_that_points_down() -> None:
    found = rows(ventricular=True, focus="right outflow tract")
    assert len(found) >= 3
    for row in found:
        area = dict(zip(LEADS, areas(row), strict=True))
        assert area["V1"] < 0
        assert area["aVF"] > 0


def test_blocks_show_in_v1() -> None:
    for block, sign in (("RBBB", 1), ("LBBB", -1)):
        found = rows(ventricular=False, block=block)
        v1 = [record(row).microvolt[6] for row in found]
        late = []
        for row, signal in zip(found, v1, strict=True):
            qrs = waves_of(row) == WAVES.index("QRS")
            ends = np.flatnonzero(qrs[:-1] & ~qrs[1:])[1:-1]
            at = (ends[:, None] - np.arange(2, 6)).ravel()
            late.append(float(np.mean(signal[at]) - np.median(signal)))
        assert np.mean(np.sign(late) == sign) > 0.75


def test_p_of_dissociated_atria_is_labelled_at_their_rate() -> None:
    for row in rows(ventricular=True, dissociated=True)[:8]:
        count = len(runs(waves_of(row), "P"))
        assert count < COHORT.rate[row] / 6 * 0.95  # beats of the ventricles in ten seconds
        assert count > 2
    for row in rows(ventricular=False, mechanism="AFIB")[:4]:
        assert not (waves_of(row) == WAVES.index("P")).any()


def test_the_range_of_training_recordings_holds_tachycardias_and_no_sinus_rhythm() -> None:
    known = EMBEDDED["synthetic-tachycardia"].range
    usual = SyntheticSource()
    fast, slow = (
        [measure(read(row).microvolt / np.float32(1000), 100.0) for row in range(20)]
        for read in (record, usual.read)
    )
    assert np.mean([unlike(one, known) == "" for one in fast]) > 0.8
    assert all("beats/min" in unlike(one, known) for one in slow)
