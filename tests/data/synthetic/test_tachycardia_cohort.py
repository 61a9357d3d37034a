"""Patients keep their class, their fold and their heart; rates say nothing of the class."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.synthetic.tachycardia_cohort import (
    BLOCKS,
    FOCI,
    MECHANISMS,
    REENTRY,
    draw_tachycardias,
)


def test_recordings_of_a_patient_agree_in_what_the_patient_is() -> None:
    cohort = draw_tachycardias(0, 60, 3)
    assert cohort.record_id[:4] == ("T0001-1", "T0001-2", "T0001-3", "T0002-1")
    assert len(set(cohort.record_id)) == 180
    for patient in set(cohort.patient_id):
        rows = [row for row, name in enumerate(cohort.patient_id) if name == patient]
        assert len(rows) == 3
        for column in (cohort.labels, cohort.fold, cohort.focus, cohort.disease, cohort.age):
            assert len({column[row] for row in rows}) == 1


def test_fewer_patients_begin_more_and_more_recordings_change_none() -> None:
    few, many = draw_tachycardias(0, 20, 2), draw_tachycardias(0, 50, 2)
    assert many.record_id[:40] == few.record_id
    assert many.labels[:40] == few.labels
    assert many.mechanism[:40] == few.mechanism
    np.testing.assert_array_equal(many.rate[:40], few.rate)
    np.testing.assert_array_equal(draw_tachycardias(0, 20, 5).rate[0::5], few.rate[0::2])
    assert draw_tachycardias(1, 20, 2).labels != few.labels


def test_folds_are_of_equal_size_and_classes_of_about_equal_share() -> None:
    cohort = draw_tachycardias(0, 1500, 2)
    assert np.bincount(cohort.fold)[1:].tolist() == [300] * 10
    assert 0.46 < cohort.ventricular.mean() < 0.54
    for labels, is_vt in zip(cohort.labels, cohort.ventricular, strict=True):
        assert labels == {"VT" if is_vt else "SVT"}


def test_rates_are_alike_in_both_classes() -> None:
    cohort = draw_tachycardias(0, 1500, 1)
    regular = np.array(cohort.mechanism) != "AFIB"
    vt, svt = (cohort.rate[(cohort.ventricular == one) & regular] for one in (True, False))
    for share in (0.1, 0.5, 0.9):
        assert abs(np.quantile(vt, share) - np.quantile(svt, share)) < 6.0
    assert cohort.rate.min() >= 130.0
    assert cohort.rate.max() <= 220.0
    assert cohort.rate[~regular].max() <= 190.0


@pytest.mark.parametrize(("column", "shares"), [("mechanism", MECHANISMS), ("block", BLOCKS)])
def test_shares(column: str, shares: dict[str, float]) -> None:
    cohort = draw_tachycardias(0, 1500, 1)
    of_svt = np.array(getattr(cohort, column))[~cohort.ventricular]
    for name, share in shares.items():
        assert abs((of_svt == name).mean() - share) < 0.06
    of_vt = np.array(cohort.mechanism)[cohort.ventricular]
    assert not (of_vt == "AFIB").any()  # the twin's beats are those of the VT, which are regular
    assert set(cohort.focus) == {*FOCI, REENTRY}


def test_two_recordings_of_a_patient_differ_in_rate_by_a_few_percent() -> None:
    rate = draw_tachycardias(0, 500, 2).rate.reshape(-1, 2)
    inside = rate[((rate > 140.0) & (rate < 185.0)).all(axis=1)]
    change = np.log(inside[:, 1] / inside[:, 0])
    assert 0.03 < change.std() < 0.09
    assert abs(change.mean()) < 0.02
