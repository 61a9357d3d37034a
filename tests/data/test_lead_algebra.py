"""Leads by name, and the identities of Einthoven and Goldberger, against the three electrodes."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from jaxtyping import Float64

from xai_bench.data.lead_algebra import EIGHT, broken_identity, find_leads
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

Twelve = Float64[np.ndarray, "12 frame"]


def from_electrodes(frames: int = 400, *, seed: int = 0) -> Twelve:
    """Leads as textbooks define them, from potentials at the right and left arm and the foot."""
    right, left, foot, *chest = np.random.default_rng(seed).normal(size=(9, frames))
    wilson = (right + left + foot) / 3
    limb = [left - right, foot - right, foot - left]
    augmented = [
        right - (left + foot) / 2,
        left - (right + foot) / 2,
        foot - (right + left) / 2,
    ]
    return np.stack([*limb, *augmented, *(one - wilson for one in chest)])


def test_leads_are_found_in_any_order_and_case_among_others() -> None:
    names = ["vx", "v6", "V5", "v4", "V3", "v2", "V1", "AVF", "avl", "aVR", "III ", "ii", "i"]
    found = find_leads(names)
    assert [names[row].strip().lower() for row in found.rows] == [lead.lower() for lead in LEADS]
    assert found.present == LEADS
    assert not found.derived


def test_missing_leads_and_those_found_are_named() -> None:
    with pytest.raises(RecordingError, match=r"^no lead aVR, V6; found I, II, III, aVL"):
        find_leads([lead for lead in LEADS if lead not in ("aVR", "V6")])
    with pytest.raises(RecordingError, match=r"^no lead II, III, .* or V1 to V6 and two limb"):
        find_leads(["I", *LEADS[6:]])


def test_a_lead_without_a_name_is_no_lead() -> None:
    with pytest.raises(RecordingError, match="no lead V1;"):
        find_leads([*LEADS[:6], None, *LEADS[7:]])


def test_a_lead_that_is_there_twice_is_ambiguous() -> None:
    with pytest.raises(RecordingError, match="lead II is there more than once"):
        find_leads([*LEADS, "ii"])


def test_eight_leads_become_twelve() -> None:
    signal = from_electrodes()
    found = find_leads(EIGHT)
    assert found.derived == ("III", "aVR", "aVL", "aVF")
    eight = signal[[LEADS.index(lead) for lead in EIGHT]]
    np.testing.assert_allclose(found.whole(eight), signal, atol=1e-12)


@pytest.mark.parametrize("absent", [*combinations(LEADS[:6], 1), *combinations(LEADS[:6], 4)])
def test_any_two_limb_leads_determine_the_others(absent: tuple[str, ...]) -> None:
    signal = from_electrodes()
    names = [lead for lead in LEADS if lead not in absent]
    found = find_leads(names)
    stored = signal[[LEADS.index(lead) for lead in names]]
    whole = found.whole(stored[list(found.rows)])
    np.testing.assert_allclose(whole, signal, atol=1e-12)
    np.testing.assert_array_equal(whole[[LEADS.index(lead) for lead in names]], stored)


def test_twelve_leads_are_left_alone() -> None:
    signal = from_electrodes()
    assert find_leads(LEADS).whole(signal) is signal


def test_leads_in_canonical_order_break_no_identity() -> None:
    assert broken_identity(from_electrodes()) == ""
    assert broken_identity(from_electrodes() + np.arange(12)[:, np.newaxis]) == ""  # offsets


def test_every_other_order_of_the_limb_leads_breaks_one() -> None:
    signal = from_electrodes()
    orders = list(permutations(range(6)))[1:]
    assert all(broken_identity(signal[[*order, *range(6, 12)]]) for order in orders)
    swapped = broken_identity(signal[[0, 2, 1, *range(3, 12)]])
    assert swapped.startswith("I + III = II is off by ")
    # As MIMIC-IV-ECG stores them: both sums hold, and the leads are wrong.
    assert broken_identity(signal[[0, 1, 2, 3, 5, 4, *range(6, 12)]]).startswith("aV")


def test_chest_leads_first_break_one() -> None:
    assert broken_identity(np.roll(from_electrodes(), 6, axis=0))


def test_the_error_is_in_standard_deviations_of_a_limb_lead() -> None:
    t = np.arange(1000) / 100
    one, two = np.sin(2 * np.pi * t), np.sin(4 * np.pi * t)
    wrong = np.sin(6 * np.pi * t)
    limb = [one, two, two - one + wrong, -(one + two) / 2, one - two / 2, two - one / 2]
    signal = np.stack([*limb, *np.zeros((6, 1000))])
    lead_sd = np.sqrt(np.mean([lead.var() for lead in limb]))
    expected = wrong.std() / lead_sd
    assert broken_identity(signal) == f"I + III = II is off by {expected:.2g} sd of a limb lead"
    signal[2] -= 0.7 * wrong
    assert broken_identity(signal) == ""


@pytest.mark.parametrize("size", [0.0, 0.001, 0.005])
def test_leads_of_almost_nothing_cannot_be_judged(size: float) -> None:
    steps = np.rint(np.random.default_rng(0).normal(size=(12, 1000)) * size / 0.005) * 0.005
    assert broken_identity(steps) == ""


def test_noise_contradicts_nothing() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(12, 1000))
    assert broken_identity(noise) == ""
    noise[2] = 0.3 * noise[1] - noise[0]
    assert broken_identity(noise)
