"""The top windows of each lead, against a loop over all windows."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.errors import InputError
from xai_bench.report.explanation.top_segments import Windows, top_segments


@pytest.mark.parametrize("windows", [Windows(most=3), Windows(most=2, seconds=1.0, stride=0.1)])
def test_the_windows_of_the_largest_and_lowest_sums(windows: Windows) -> None:
    rng = np.random.default_rng(4)
    a = rng.standard_normal((12, 503)).astype(np.float32)
    a[2] = np.abs(a[2])
    a[3] = -np.abs(a[3])
    a[4] = 0
    width, step = round(windows.seconds * 100), round(windows.stride * 100)
    found = top_segments(a, 100.0, windows)
    for lead in range(12):
        sums = {}
        start = 0
        while start + width <= 503:
            sums[start] = sum(float(v) for v in a[lead, start : start + width])
            start += step
        by_size = sorted(sums, key=lambda s: sums[s])
        highest = [s for s in by_size[::-1][: windows.most] if sums[s] > 0]
        lowest = [s for s in by_size[: windows.most] if sums[s] < 0]
        mine = [segment for segment in found if segment.lead == lead]
        assert [segment.first for segment in mine] == highest + lowest
        assert all(segment.stop == segment.first + width for segment in mine)
        np.testing.assert_allclose([s.sum for s in mine], [sums[s.first] for s in mine], atol=1e-9)
    assert not [segment for segment in found if segment.lead == 4]
    assert all(segment.sum > 0 for segment in found if segment.lead == 2)
    assert all(segment.sum < 0 for segment in found if segment.lead == 3)


@pytest.mark.parametrize(
    ("windows", "reason"),
    [
        (Windows(most=1, seconds=0.001), "0 samples"),
        (Windows(most=1, seconds=11.0), "1100 samples"),
        (Windows(most=1, seconds=-1.0), "-100 samples"),
        (Windows(most=1, stride=0.001), "less than a sample"),
        (Windows(most=1, stride=-1.0), "less than a sample"),
    ],
)
def test_windows_that_are_none_are_refused(windows: Windows, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        top_segments(np.ones((12, 1000), dtype=np.float32), 100.0, windows)


def test_one_window_may_be_the_whole_recording() -> None:
    found = top_segments(np.ones((12, 100)), 100.0, Windows(most=5, seconds=1.0))
    assert [(s.lead, s.first, s.stop, s.sum) for s in found] == [
        (i, 0, 100, 100) for i in range(12)
    ]
