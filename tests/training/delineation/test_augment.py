"""What a changed trace must keep, and what each rule does to a trace that is drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.training.delineation import augment as rules
from xai_bench.training.delineation.augment import Trace, augment
from xai_bench.training.delineation.segments import Segment, put_together, take_apart
from xai_bench.types import WAVES

RATE_HZ = 250.0
P, PR, QRS, ST, T, TP = (WAVES.index(wave) for wave in ("P", "PR", "QRS", "ST", "T", "TP"))
BEAT = ((TP, 60, 0.0), (P, 25, 0.15), (PR, 15, 0.0), (QRS, 24, 1.0), (ST, 20, 0.0), (T, 44, 0.3))


def _trace(beats: int = 6, t: float = 1.0) -> Trace:
    """Half sines on zero: P of 0.15, QRS of 1 and T of 0.3 mV."""
    lead, labels = [], []
    for _ in range(beats):
        for wave, samples, height in BEAT:
            size = t * height if wave == T else height
            lead.append(size * np.sin(np.pi * np.arange(samples) / samples))
            labels.append(np.full(samples, wave, dtype=np.int8))
    return Trace(np.concatenate(lead), np.concatenate(labels), RATE_HZ)


def _parts() -> list[Segment]:
    trace = _trace()
    return take_apart(trace.lead, trace.labels)[1]


def _waves(parts: list[Segment]) -> list[int]:
    return [part.wave for part in parts]


def test_the_same_draws_make_the_same_trace_and_nothing_is_changed_in_place() -> None:
    one, other = _trace(), _trace(t=2.0)
    before = one.lead.copy()
    made = [augment(one, other, np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(made[0].lead, made[1].lead)
    np.testing.assert_array_equal(one.lead, before)


def test_every_trace_is_finite_and_as_long_as_its_labels() -> None:
    lengths = set()
    for seed in range(60):
        made = augment(_trace(), _trace(t=0.5), np.random.default_rng(seed))
        assert len(made.lead) == len(made.labels)
        assert np.isfinite(made.lead).all()
        assert set(np.unique(made.labels)) <= set(range(len(WAVES)))
        lengths.add(len(made.lead))
    assert len(lengths) > 30


def test_a_removed_wave_is_tp_with_the_noise_of_tp() -> None:
    parts = _parts()
    parts[0].course = np.tile([0.01, -0.01], 30)  # the noise of the longest TP
    rules._remove(parts, range(len(parts)), (P, PR))
    assert not {P, PR} & set(_waves(parts))
    np.testing.assert_allclose(np.abs(parts[1].course), 0.01)


def test_an_ectopic_beat_is_wide_has_no_p_and_a_t_that_points_the_other_way() -> None:
    parts = _parts()
    rules._ectopic(parts, np.random.default_rng(0), 1.0)
    assert P not in _waves(parts)
    for qrs, t in zip(
        (p for p in parts if p.wave == QRS), (p for p in parts if p.wave == T), strict=True
    ):
        assert 1.3 * 24 - 1 <= len(qrs) <= 2.4 * 24 + 1
        assert np.sign(qrs.course.sum()) == -np.sign(t.course.sum())


def test_a_dropped_beat_is_a_p_after_which_nothing_follows() -> None:
    parts = _parts()
    rules._drop_beats(parts, np.random.default_rng(0), 1.0)
    assert set(_waves(parts)) == {P, TP}
    assert _waves(parts).count(P) == 6


def test_an_elevation_lies_between_qrs_and_the_end_of_t_and_comes_back() -> None:
    trace = _trace()
    level, parts = take_apart(trace.lead, trace.labels)
    rules._elevate(parts, np.random.default_rng(1))
    lead, labels = put_together(level, parts)
    moved = lead - trace.lead
    height = np.median(moved[labels == ST])
    assert 0 < abs(height) <= 0.2
    np.testing.assert_allclose(moved[labels == ST], height, atol=1e-9)
    for wave in (P, PR, TP):
        np.testing.assert_allclose(moved[labels == wave], 0.0, atol=1e-9)


def test_a_pause_makes_one_tp_longer_by_half_a_second_to_two() -> None:
    parts = _parts()
    rules._pause(parts, np.random.default_rng(2), RATE_HZ)
    longer = [len(part) - 60 for part in parts if part.wave == TP]
    assert sum(more > 0 for more in longer) == 1
    assert 0.5 * RATE_HZ - 1 <= max(longer) <= 2.0 * RATE_HZ + 1


def test_a_mixed_wave_lies_between_both_hearts() -> None:
    parts, other = _parts(), _trace(t=3.0)
    rules._mix(parts, take_apart(other.lead, other.labels)[1], np.random.default_rng(3))
    heights = [part.course.max() for part in parts if part.wave == T]
    assert all(0.3 < height < 0.9 for height in heights)


def test_u_waves_follow_t() -> None:
    trace = _trace()
    level, parts = take_apart(trace.lead, trace.labels)
    rules._add_u(parts, np.random.default_rng(4), RATE_HZ)
    moved = put_together(level, parts)[0] - trace.lead
    assert set(trace.labels[moved > 1e-9]) == {TP}
    assert 0.05 * 0.3 * 0.99 <= moved.max() <= 0.15 * 0.3


def test_flutter_is_fast_and_small() -> None:
    waves = rules._flutter(2500, RATE_HZ, np.random.default_rng(6))
    power = np.abs(np.fft.rfft(waves)) ** 2
    hz = np.fft.rfftfreq(2500, 1 / RATE_HZ)
    assert 3.0 < hz[power.argmax()] < 12.0
    assert np.abs(waves).max() < 0.5


def test_a_flat_line_has_no_waves() -> None:
    found = 0
    for seed in range(60):
        made = rules._recorded(_trace(), np.random.default_rng(seed))
        nothing = made.labels == WAVES.index("none")
        found += nothing.any()
    assert found == pytest.approx(3, abs=3)
    assert found
