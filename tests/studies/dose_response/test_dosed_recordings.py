"""Doses are checked, and recordings are the same at all of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.studies.dose_response.stand_in_lesions import healthy_ones, use_stand_ins
from xai_bench.errors import DatasetError, InputError
from xai_bench.studies.dose_response.dosed_recordings import check_doses, plant_doses


def test_doses_are_put_in_order_and_begin_at_zero() -> None:
    assert check_doses([0.5, 0.1, 0.5]) == (0.0, 0.1, 0.5)


@pytest.mark.parametrize(
    ("doses", "what"),
    [
        ([0.5], "at least two numbers above 0 in mV, not 0.5"),
        ([-0.1, 0.2, 0.5], "not -0.1, 0.2, 0.5"),
        ([0.1, float("nan"), 0.5], "doses are numbers in mV, and nan is none"),
        ([0.05, 0.1], "the largest dose, 0.1 mV, leaves no evidence"),
    ],
)
def test_doses_that_cannot_work_are_refused(doses: list[float], what: str) -> None:
    with pytest.raises(InputError, match=what):
        check_doses(doses)


def test_versions_are_dose_after_dose_under_the_mask_of_the_largest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_stand_ins(monkeypatch, bump=("r1",))
    healthy = healthy_ones(3)
    dosed = plant_doses(healthy, "bump", (0.0, 0.05, 0.3))
    assert dosed.recordings.record_id == ("r0", "r2")
    assert dosed.left_out == ("bump: r1: refused",)
    versions = dosed.versions([1, 0])
    assert versions.record_id == ("r2",) * 3 + ("r0",) * 3
    for place, (row, microvolt) in enumerate(
        zip([2, 2, 2, 0, 0, 0], [0, 50, 300] * 2, strict=True)
    ):
        added = np.asarray(versions.microvolt[place]) - healthy.microvolt[row]
        assert added[7, 100:160].tolist() == [microvolt] * 60
        assert np.abs(added[:7]).max() == 0
        assert versions.evidence is not None
        assert versions.healthy is not None
        assert np.flatnonzero(np.asarray(versions.evidence[place]).any(axis=1)).tolist() == [7, 8]
        assert np.asarray(versions.healthy[place]).tolist() == healthy.microvolt[row].tolist()


def test_evidence_in_another_lesions_recordings_goes_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_ins(monkeypatch, bump=("r1",))
    doses = (0.0, 0.1, 0.3)
    bump, hum = (plant_doses(healthy_ones(3), name, doses) for name in ("bump", "hum"))
    mask = bump.evidence_in(hum)
    assert mask.shape == (3, 12, 1000)
    assert mask.any(axis=(1, 2)).tolist() == [True, False, True]
    assert mask[2].sum() == 120


def test_a_lesion_that_fits_no_recording_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    use_stand_ins(monkeypatch, bump=("r0", "r1"))
    with pytest.raises(
        DatasetError, match=r"in none of 2 recordings of made-up; bump: r0: refused"
    ):
        plant_doses(healthy_ones(2), "bump", (0.0, 0.1, 0.3))
