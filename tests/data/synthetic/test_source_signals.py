"""A recording is the sum of its sources and of what is of none."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.cohort import Difficulty, draw_cohort
from xai_bench.data.synthetic.heart import SOURCES
from xai_bench.data.synthetic.heartbeats import render
from xai_bench.data.synthetic.leads import twelve
from xai_bench.data.synthetic.source_signals import lost, source_signals

SOURCE = SyntheticSource(seconds=3.0)


def _row(finding: str, rhythm: str) -> int:
    people = draw_cohort(0, 10_000, Difficulty())
    return next(
        row
        for row in range(10_000)
        if people.planted[row] == (finding,) and people.rhythm[row] == rhythm
    )


@pytest.mark.parametrize(("finding", "rhythm"), [("AMI", "SR"), ("IMI", "PVC")])
def test_sources_and_what_is_of_none_are_the_heart(finding: str, rhythm: str) -> None:
    """What is of none: the same beats, in which no source has a force, recovers or is injured."""
    row = _row(finding, rhythm)
    made, found = SOURCE.making(row), source_signals(SOURCE, row)
    for heart, parts in ((made.heart, found.sick), (made.patient.heart, found.healthy)):
        beats = made.beats(heart)
        whole = twelve(render(beats, SOURCE.sampling))
        bare = heart.copy()
        premature = made.premature.copy()
        for one in (bare, premature):
            one.recovery[:] = 0.0
            one.injury[:] = 0.0
        object.__setattr__(made, "premature", premature)
        rest = made.beats(bare)
        object.__setattr__(rest, "qrs_peak", np.zeros_like(rest.qrs_peak))
        object.__setattr__(made, "premature", SOURCE.making(row).premature)
        np.testing.assert_allclose(
            parts.sum(axis=0) + twelve(render(rest, SOURCE.sampling)), whole, atol=1e-12
        )
    record = SOURCE.read(row)
    assert record.healthy is not None
    difference = (record.microvolt.astype(float) - record.healthy) / 1000
    np.testing.assert_allclose(
        (found.sick - found.healthy).sum(axis=0), difference, atol=0.004
    )  # rounded, up to 1 µV in two leads each


def test_what_was_lost_is_lost_in_the_territory() -> None:
    row = _row("IMI", "SR")
    found = source_signals(SOURCE, row)
    share = dict(zip(SOURCES, found.lost, strict=True))
    assert share["mid inferior"] > 0.1
    assert share["mid anterior"] == 0.0
    made = SOURCE.making(row)
    for k in (SOURCES.index("mid inferior"), SOURCES.index("mid anterior")):
        before, after = made.patient.heart.force[k], made.heart.force[k]
        literal = 1 - np.sqrt((after**2).sum()) / np.sqrt((before**2).sum())
        assert found.lost[k] == pytest.approx(literal, abs=1e-12)
    assert not lost(made.heart, made.heart).any()
