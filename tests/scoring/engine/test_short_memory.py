"""Where a device has no memory for a pass its rows are halved, and scores stay what they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.closed_forms import Linear, Product, closed_form
from tests.recordings import recordings
from tests.small_memory import room_for
from xai_bench import attribute, metric, score
from xai_bench.devices import ShortMemory, halved, rows_of_a_pass
from xai_bench.errors import RunError
from xai_bench.methods import find_methods
from xai_bench.models import Model
from xai_bench.scoring import Case, find_metrics
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.model_quality import predict
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Zoo

CPU = torch.device("cpu")
METRICS = "faithfulness_correlation,sufficiency"


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 3])
def test_scores_are_what_they_were(rows: int) -> None:
    model, given = closed_form(Product()), recordings(3)
    methods = find_methods("saliency,ig-16,smoothgrad")
    chosen = find_metrics(METRICS, Zoo())

    def scored() -> tuple[Forward, Any]:
        forward = Forward(model, rows=8, block=4)
        return forward, score_methods(model, given, methods, metrics=chosen, forward=forward)

    forward, expected = scored()
    assert forward.rows == 8
    with room_for(rows, model) as failed:
        forward, found = scored()
    assert failed, "the allocator was asked for too much"
    assert forward.rows <= max(rows, 1)
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        assert found[name]["metric"].tolist() == table["metric"].tolist()
        assert found[name]["reason"].tolist() == table["reason"].tolist()
        np.testing.assert_allclose(found[name]["score"], table["score"], rtol=2e-5, atol=1e-6)


def test_what_fails_is_tried_once_and_not_for_every_block() -> None:
    model, given = closed_form(Linear()), recordings(12)
    forward = Forward(model, rows=8, block=4)
    chosen = find_metrics("faithfulness_correlation", Zoo())
    with room_for(2, model) as failed:
        score_methods(model, given, find_methods("saliency"), metrics=chosen, forward=forward)
    assert failed == [4, 4], "four recordings together, and a pass of four versions of two"


def test_no_room_for_one_recording_is_one_line() -> None:
    model, given = closed_form(Linear()), recordings(3)
    message = (
        r"^scoring with '.*': there is no memory for one recording \(CUDA out of memory. Tried to "
        r"allocate 20 GiB\); end what else runs there, or use --device cpu$"
    )
    with room_for(0, model), pytest.raises(RunError, match=message):
        score(model, given, "random", metrics="sparseness", target="label")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("out"),
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_attributions_and_predictions_are_what_they_were(error: Exception) -> None:
    model, given = closed_form(Product()), recordings(9)
    expected, log_odds = attribute(model, given, "ig-16"), predict(model, given)
    with room_for(3, model, error) as failed:
        found = attribute(model, given, "ig-16")
        again = predict(model, given)
    assert failed
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-4, atol=1e-6)
    assert (found.target == expected.target).all()
    np.testing.assert_allclose(again, log_odds, rtol=1e-5)


def test_methods_and_metrics_of_ones_own_are_asked_again_for_fewer() -> None:
    model, given = closed_form(Linear()), recordings(4)

    def mine(model: Model, z: Tensor, target: Tensor) -> Tensor:
        if len(z) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return z

    @metric(better="higher", family="complexity")
    def peak(case: Case) -> Tensor:
        if len(case.block) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return case.attribution.flatten(1).amax(dim=1)

    table = score(model, given, mine, metrics=peak)
    assert table["status"].tolist() == ["ok"] * 4


def test_another_error_is_raised_as_it_is() -> None:
    memory = ShortMemory("work", CPU)

    def work(part: slice) -> None:
        raise RuntimeError("of another kind")

    with pytest.raises(RuntimeError, match="of another kind"):
        list(memory.do(slice(0, 4), work))


def test_rows_of_passes_are_halved_within_the_work_alone() -> None:
    memory, seen = ShortMemory("work", CPU), []

    def work(part: slice) -> tuple[int, int]:
        seen.append((part.stop - part.start, rows_of_a_pass(CPU, "versions")))
        if part.stop - part.start > 2:
            raise torch.OutOfMemoryError("out")
        return halved(8), halved(1)

    found = list(memory.do(slice(3, 10), work))
    assert [(part.start, part.stop) for part, _ in found] == [(3, 5), (5, 7), (7, 9), (9, 10)]
    assert seen == [(7, 8), (4, 4), (2, 2), (2, 2), (2, 2), (1, 2)]
    assert found[-1][1] == (2, 1)
    assert rows_of_a_pass(CPU, "versions") == 8
    assert memory.rows(8) == 2
    assert len(list(memory.do(slice(0, 4), work))) == 2
    assert len(seen) == 8, "what does not fit is not tried again"
