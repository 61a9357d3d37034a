"""One dial from clear to hard."""

from __future__ import annotations

import pytest

from xai_bench.data.synthetic.difficulty import Difficulty
from xai_bench.errors import DatasetError


def test_the_dial() -> None:
    assert [Difficulty(dial=d).mildest for d in (0.0, 0.5, 1.0)] == pytest.approx(
        [0.5, 0.25, 0.125]
    )
    assert [Difficulty(dial=d).mimics for d in (0.0, 0.5, 1.0)] == [0.0, 1.0, 2.0]
    assert [Difficulty(dial=d).errors for d in (0.0, 0.5, 1.0)] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("dial", [-0.1, 1.1, float("nan")])
def test_beyond_its_ends(dial: float) -> None:
    with pytest.raises(DatasetError, match="difficulty=.* was asked for; use 0 to 1"):
        Difficulty(dial=dial)
