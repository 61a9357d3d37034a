"""What an explanation costs: passes are counted exactly, memory and time within reason."""

import time

import pytest
import torch

from tests.closed_forms import batch, closed_form, row_of
from xai_bench.methods import METHODS
from xai_bench.nets.imn import ECGIMN
from xai_bench.scoring.engine.cost import counted, measure

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("method", "forward", "backward"),
    [
        ("native", 1, 0),
        ("saliency", 1, 1),
        ("input-x-gradient", 1, 1),
        ("gradcam", 1, 1),
        ("ig", 32, 32),
        ("random", 0, 0),
    ],
)
def test_passes_of_each_method(method: str, forward: int, backward: int) -> None:
    model = closed_form(ECGIMN().eval(), cam_layer="conv3.0")
    given = row_of(batch(rows=1), 0)
    with counted(model.net) as passes:
        METHODS[method].attribute(model, given)
    assert (passes.forward, passes.backward) == (forward, backward)


def test_passes_count_recordings_not_calls_and_hooks_are_removed() -> None:
    model, given = closed_form(ECGIMN().eval()), batch(rows=3)
    with counted(model.net) as passes:
        METHODS["saliency"].attribute(model, given)
    assert (passes.forward, passes.backward) == (3, 3)
    METHODS["saliency"].attribute(model, given)
    assert (passes.forward, passes.backward) == (3, 3)


def test_seconds_and_peak_memory_of_something_known() -> None:
    megabytes = 64

    def explain() -> torch.Tensor:
        time.sleep(0.05)
        return torch.ones(megabytes * 2**18).max()

    cost = measure(explain, ECGIMN(), CPU)
    assert 0.05 <= cost.seconds < 1
    if cost.peak_bytes is None:
        pytest.skip("this system does not tell peak memory")
    assert megabytes * 2**20 <= cost.peak_bytes + 2**20 <= 2 * megabytes * 2**20
