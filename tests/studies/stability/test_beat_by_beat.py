"""Beats against periodic attributions, literal windows and hand-made waves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear
from tests.studies.stability.compared import compared_model, measured
from xai_bench.studies.stability.beat_by_beat import PARTS, align, compare_beats
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.types import WAVES, Recordings, to_microvolt

RR = 80
"""Samples at 100 Hz."""
R = range(60, 1000, RR)


def heart(rr: int = RR, *, first: int = 60, width: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Millivolt (12, 1000) and waves of a regular rhythm: P, QRS, T."""
    time, signal = np.arange(1000), np.zeros((12, 1000))
    waves = np.full(1000, WAVES.index("TP"), dtype=np.int8)
    gains = np.linspace(-1, 1, 12)[:, None]
    for r in range(first, 1000, rr):
        signal += gains * 1.2 * np.exp(-0.5 * ((time - r) / width) ** 2)
        signal += 0.1 * np.exp(-0.5 * ((time - r + 16) / 2) ** 2)
        signal += 0.3 * gains**2 * np.exp(-0.5 * ((time - r - 26) / 4) ** 2)
        for name, start, end in (("P", -22, -10), ("QRS", -5, 6), ("ST", 6, 15), ("T", 15, 38)):
            waves[max(r + start, 0) : max(r + end, 0)] = WAVES.index(name)
    return signal, waves


def beats_of(*hearts: tuple[np.ndarray, np.ndarray], method: str = "amplitude") -> ComparedBatch:
    given = Recordings(
        name="made-up",
        microvolt=np.stack([to_microvolt(s.astype(np.float32)) for s, _ in hearts]),
        rate_hz=100.0,
        record_id=tuple(f"r{i}" for i in range(len(hearts))),
        patient_id=tuple(f"p{i}" for i in range(len(hearts))),
        waves=np.stack([waves for _, waves in hearts]),
    )
    (made,) = compared_model(Linear(), method, given=given).batches()
    return made


def scores(given: ComparedBatch, condition: str, row: int = 0) -> dict[tuple[str, str], float]:
    return {
        (part.against, part.measure): float(part.scores[row])
        for part in measured(compare_beats(given))
        if part.condition == condition
    }


def test_whole_typical_beats_are_found_where_they_are() -> None:
    signal, waves = heart()
    found = align(signal, waves, 100.0)
    inside = [r for r in R if r >= 40 and r + found.after <= 1000]
    np.testing.assert_allclose(found.at, inside, atol=2)
    assert len(set(found.at - inside)) == 1  # alike in all of them
    assert (found.before, found.after) == (40, 56)  # 0.4 s, and 0.24 s before the next beat
    np.testing.assert_array_equal(found.follows, [True] * (len(inside) - 1) + [False])


@pytest.mark.parametrize("width", [2, 5])
def test_a_beat_that_is_not_typical_follows_nothing(width: int) -> None:
    """Of another shape; so slow that it is no beat at all, it leaves a gap that is too long."""
    signal, waves = heart()
    r = R[5]
    signal[:, r - 12 : r + 13] = -1.2 * np.exp(-0.5 * (np.arange(-12, 13) / width) ** 2)
    found = align(signal, waves, 100.0)
    assert not np.isclose(found.at, r, atol=6).any()
    gap = int(np.diff(found.at).argmax())
    assert not found.follows[gap]
    assert found.follows[:gap].all()


def test_equal_beats_are_explained_alike_by_what_repeats() -> None:
    for name, score in scores(beats_of(heart(), heart(90)), "next beat").items():
        assert score == pytest.approx(1, abs=5e-3), name


def test_literally() -> None:
    """Neighbouring windows of a map that does not repeat; of waves, what both call so."""
    given = beats_of(heart(), heart(90), method="random")
    values = given.own.explained["random"].values[0].double().numpy()
    signal, waves = heart()
    beats = align(signal, waves, 100.0)
    found = scores(given, "next beat")
    for part in PARTS:
        cosines = []
        for r, after in zip(beats.at[:-1], beats.at[1:], strict=True):
            offsets = [
                k
                for k in range(-beats.before, beats.after)
                if part == "beat"
                or (
                    waves[r + k] == waves[after + k] == WAVES.index(part)
                    and (k < 0 if part == "P" else k >= 0 if part in ("ST", "T") else True)
                )
            ]
            a, b = (np.concatenate([values[:, at + k] for k in offsets]) for at in (r, after))
            cosines.append(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        assert found[part, "cosine"] == pytest.approx(np.mean(cosines), abs=1e-6)


def test_the_floor_compares_beats_of_two_patients() -> None:
    """As far as both reach: 0.4 s before R, and 0.56 s after it in the faster rhythm."""
    given = beats_of(heart(), heart(90), method="random")
    a = given.own.explained["random"].values[0].double().numpy()
    b = given.partners.explained["random"].values[0].double().numpy()
    one, other = align(*heart(), 100.0), align(*heart(90), 100.0)
    cosines = []
    for r, s in zip(one.at, other.at, strict=False):
        x, y = a[:, r - 40 : r + 56].ravel(), b[:, s - 40 : s + 56].ravel()
        cosines.append(x @ y / np.linalg.norm(x) / np.linalg.norm(y))
    found = scores(given, "beat of another recording")["beat", "cosine"]
    assert found == pytest.approx(np.mean(cosines), abs=1e-6)


def test_a_t_before_r_is_that_of_another_beat() -> None:
    """At 0.5 s from beat to beat, the T of the last ends 0.12 s before R."""
    signal, waves = heart(50, first=45)
    waves[waves == WAVES.index("P")] = WAVES.index("TP")
    found = align(signal, waves, 100.0)
    label = waves[found.at[3] + np.arange(-40, found.after)] == WAVES.index("T")
    assert label[:40].any()  # there is one, and it must not count
    given = beats_of((signal, waves), heart(90), method="random")
    values = given.own.explained["random"].values[0].double().numpy()
    cosines = []
    for r, after in zip(found.at[:-1], found.at[1:], strict=True):
        own = [
            k for k in range(found.after) if waves[r + k] == waves[after + k] == WAVES.index("T")
        ]
        a, b = (np.concatenate([values[:, at + k] for k in own]) for at in (r, after))
        cosines.append(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    assert scores(given, "next beat")["T", "cosine"] == pytest.approx(np.mean(cosines), abs=1e-6)


def test_what_is_not_there_says_why() -> None:
    signal, waves = heart()
    waves[waves == WAVES.index("P")] = WAVES.index("TP")
    slow = heart(2000, first=500)  # one beat in ten seconds
    given = beats_of((signal, waves), slow)
    parts = {(p.condition, p.against, p.measure): p for p in measured(compare_beats(given))}
    no_p = parts["next beat", "P", "cosine"]
    assert no_p.reasons[0] == "no P in both of two beats"
    assert np.isnan(no_p.scores[0])
    few = parts["next beat", "beat", "cosine"]
    assert few.reasons == ("", "fewer than two neighbouring beats that are typical and there whole")
    floor = parts["beat of another recording", "beat", "cosine"]
    assert set(floor.reasons) == {
        "no typical beat that is there whole, here or in the other recording"
    }
    assert np.isnan(floor.scores).all()


def test_a_flaw_is_a_flaw_of_every_part() -> None:
    given = beats_of(heart(), heart(90))
    own = given.own.explained["amplitude"]
    given.own.explained["amplitude"] = replace(own, residual=torch.tensor([0.0, 0.5]))
    for part in measured(compare_beats(given)):
        assert part.reasons[1] == "completeness residual 0.5 > 0.05"
    (alone,) = compared_model(Linear(), "amplitude", given=given.own.recordings[[0]]).batches()
    for part in measured(compare_beats(alone)):
        if part.condition == "beat of another recording":
            assert part.reasons == ("no recording of another patient",)


def test_recordings_whose_waves_are_not_known_are_delineated() -> None:
    known = beats_of(heart(), heart(90)).own.recordings
    (made,) = compared_model(Linear(), "amplitude", given=replace(known, waves=None)).batches()
    found = scores(made, "next beat")
    assert found["QRS", "cosine"] == pytest.approx(1, abs=0.02)
