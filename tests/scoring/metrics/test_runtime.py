"""Runtime metrics report the cost of one explanation, measured once."""

import pytest

from tests.scoring.cases import case, value
from xai_bench.scoring import Case, Unscorable
from xai_bench.scoring.engine.cost import Cost
from xai_bench.scoring.metrics.runtime import BackwardPasses, ForwardPasses, PeakMemory, Seconds


def _costing(cost: Cost) -> Case:
    given = case()
    given.memo("cost", lambda: [cost])
    return given


def test_each_metric_reads_its_part_of_one_measurement() -> None:
    given = _costing(Cost(seconds=0.25, forward=7, backward=3, peak_bytes=4096))
    scorers = (Seconds(), ForwardPasses(), BackwardPasses(), PeakMemory())
    assert [value(scorer, given) for scorer in scorers] == [0.25, 7, 3, 4096]


def test_the_cost_is_that_of_the_method() -> None:
    given = case()
    assert value(ForwardPasses(), given) == 1
    assert value(BackwardPasses(), given) == 1


def test_memory_that_cannot_be_measured_is_a_counted_failure() -> None:
    given = _costing(Cost(seconds=0.1, forward=1, backward=0, peak_bytes=None))
    with pytest.raises(Unscorable, match="cannot be measured"):
        value(PeakMemory(), given)
