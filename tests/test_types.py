"""Recordings: slices, millivolt, a fingerprint of what a score depends on."""

from dataclasses import replace

import numpy as np
import pytest

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from xai_bench.methods.attribute import attribute
from xai_bench.types import LEADS, Recordings, to_microvolt


def test_signal_is_float32_millivolt_on_the_microvolt_grid() -> None:
    given = recordings(2)
    assert given.signal.dtype == np.float32
    np.testing.assert_array_equal(to_microvolt(given.signal), given.microvolt)
    assert given.seconds == 10


def test_slices_and_lists_pick_rows_of_everything() -> None:
    given = recordings(5, evidence=True)
    for picked in (given[1:3], given[[1, 2]]):
        assert picked.record_id == ("r1", "r2")
        assert picked.patient_id == ("p0", "p1")
        assert picked.labels == given.labels[1:3]  # type: ignore[index]
        np.testing.assert_array_equal(picked.microvolt, given.microvolt[1:3])
        np.testing.assert_array_equal(picked.evidence, given.evidence[1:3])  # type: ignore
    assert given[-1:].record_id == ("r4",)


def test_parts_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        replace(recordings(3), record_id=("a",))
    with pytest.raises(ValueError, match="8 leads, not 12"):
        replace(recordings(1), microvolt=np.zeros((1, 8, 1000), dtype=np.int16))


def test_fingerprint_changes_with_whatever_a_score_depends_on() -> None:
    given = recordings(3, evidence=True)
    assert given.evidence is not None
    louder, moved = given.microvolt.copy(), given.evidence.copy()
    louder[1, 2, 3] += 1
    moved[0, 0, 0] = True
    others: list[Recordings] = [
        replace(given, microvolt=louder),
        replace(given, evidence=moved),
        replace(given, evidence=None),
        replace(given, waves=None),
        replace(given, record_id=("r0", "r1", "x")),
        replace(given, patient_id=("p0", "p0", "x")),
        replace(given, labels=(frozenset({"MI"}),) * 3),
        given[[1, 0, 2]],
    ]
    assert given.fingerprint() == recordings(3, evidence=True).fingerprint()
    assert len({one.fingerprint() for one in [given, *others]}) == len(others) + 1


def test_canonical_leads() -> None:
    assert len(LEADS) == len({lead.lower() for lead in LEADS}) == 12


def test_a_fingerprint_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given = recordings(2)
    first = given.fingerprint()
    monkeypatch.setattr("xai_bench.types.hashlib.sha256", None)
    assert given.fingerprint() == first


def test_a_line_says_what_recordings_and_attributions_are() -> None:
    given = recordings(3)
    assert repr(given) == "Recordings('made-up': 3 of 10 s at 100 Hz)"
    found = attribute(closed_form(Linear()), given, "saliency")
    assert repr(found) == "Attributions('saliency' of 'closed-form': (3, 12, 1000))"
    assert repr(closed_form(Linear())) == "Model('closed-form': NORM, MI; reads 10 s at 100 Hz)"


def test_recordings_are_chosen_by_a_mask_or_places_in_an_array() -> None:
    given = recordings(4)
    assert given[np.array([True, False, True, False])].record_id == given[[0, 2]].record_id
    assert given[np.array([3, 1])].record_id == given[[3, 1]].record_id
