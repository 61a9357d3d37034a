"""A trace cut at its labels is the same trace when it is put together again."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.training.delineation.segments import put_together, resampled, take_apart


def _trace() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.array([6, 1, 2, 3, 4, 5, 6], dtype=np.int8), [9, 5, 3, 6, 4, 8, 7])
    return rng.normal(size=len(labels)).cumsum(), labels


def test_nothing_is_lost() -> None:
    lead, labels = _trace()
    made, names = put_together(*take_apart(lead, labels))
    np.testing.assert_allclose(made, lead, atol=1e-12)
    np.testing.assert_array_equal(names, labels)


def test_a_course_is_what_lies_above_the_line_to_the_next_segment() -> None:
    lead, labels = _trace()
    _, parts = take_apart(lead, labels)
    start, stop = 17, 23  # QRS
    line = [lead[start] + (lead[stop] - lead[start]) * k / 6 for k in range(6)]
    np.testing.assert_allclose(parts[3].course, lead[start:stop] - line, atol=1e-12)
    assert parts[3].rise == pytest.approx(lead[stop] - lead[start])


def test_a_segment_without_samples_leaves_no_step() -> None:
    lead, labels = _trace()
    level, parts = take_apart(lead, labels)
    parts[2].course = parts[2].course[:0]
    made, names = put_together(level, parts)
    assert not (names == 2).any()
    np.testing.assert_allclose(made[:14], lead[:14], atol=1e-12)
    np.testing.assert_allclose(np.diff(made[14:]), np.diff(lead[17:]), atol=1e-12)
    assert made[14] == pytest.approx(lead[14])  # QRS begins where PR began


def test_twice_as_long_keeps_every_sample_and_puts_means_between() -> None:
    course = np.array([0.0, 2.0, 4.0, -2.0])
    np.testing.assert_allclose(
        resampled(course, 8), [0.0, 1.0, 2.0, 3.0, 4.0, 1.0, -2.0, -1.0], atol=1e-12
    )
    assert len(resampled(course, 0)) == 0
