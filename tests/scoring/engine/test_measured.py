"""Costly metrics are measured on the first recordings of a run, and nothing is made for others."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.closed_forms import Quadratic, closed_form
from tests.scoring.cases import metric
from xai_bench.data import load_data
from xai_bench.methods import METHODS, Method, explain_together, find_methods
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.engine.measured import blocks_of, most_recordings
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Metric


def measured_on(name: str, recordings: int) -> Metric:
    found = metric(name)
    return replace(found, card=found.card.model_copy(update={"recordings": recordings}))


@pytest.mark.parametrize(
    ("method", "recordings", "most"),
    [
        ("native", 64, 64),
        ("ig-16", 64, 64),
        ("ig", 64, 32),
        ("kernelshap", 64, 16),
        ("kernelshap", 32, 16),
        ("kernelshap", 8, 8),
        ("random", 64, 64),
        ("ig@untrained", 64, 32),
        ("kernelshap", 0, None),
    ],
)
def test_methods_of_many_passes_are_measured_on_fewer(
    method: str, recordings: int, most: int | None
) -> None:
    (found,) = find_methods(method)
    assert most_recordings(measured_on("mprt", recordings), found) == most


def test_a_method_that_does_not_say_what_it_takes_is_measured_on_all_that_the_card_says() -> None:
    unknown = find_methods({"own": lambda model, z, target: z})[0]
    assert unknown.passes is None
    assert most_recordings(measured_on("mprt", 64), unknown) == 64


def test_cards_say_how_many() -> None:
    numbers = {"max_sensitivity": 64, "mprt": 16, "input_invariance": 16, "seconds_p50": 8}
    assert {name: metric(name).card.recordings for name in numbers} == numbers
    assert metric("insertion").card.recordings == 0


@pytest.mark.parametrize("first", [0, 10, 30, 100])
@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_no_block_has_recordings_on_both_sides_of_an_end(size: int, first: int) -> None:
    ends = [8, 16, 32, 33]
    blocks = list(blocks_of(50, size, first, ends))
    assert [row for rows in blocks for row in range(rows.start, rows.stop)] == list(range(50))
    for rows in blocks:
        assert 0 < rows.stop - rows.start <= size
        assert not any(first + rows.start < end < first + rows.stop for end in ends)
    if size == 2 and first == 0:
        assert len(blocks) == 26  # 33 is odd, and so costs one block more


def scores(first: int = 0, **counts: int) -> dict[tuple[str, str], list[str]]:
    """The recordings of which there is a score, of six that begin somewhere in a run."""
    model = closed_form(Quadratic())
    recordings = load_data("synthetic", n=6)
    tables = score_methods(
        model,
        recordings,
        [METHODS["saliency"], METHODS["ig"]],
        metrics=[measured_on(name, count) for name, count in counts.items()],
        forward=Forward(model, rows=8, block=4),
        first=first,
    )
    place = {name: str(row) for row, name in enumerate(recordings.record_id)}
    return {
        (method, str(name)): [place[one] for one in rows["record_id"]]
        for method, table in tables.items()
        for name, rows in table.groupby("metric")
    }


def test_rows_that_are_not_measured_are_absent() -> None:
    found = scores(first=12, max_sensitivity=16, sparseness=0)
    assert found["saliency", "sparseness"] == [*"012345"]
    assert found["saliency", "max_sensitivity"] == [*"0123"]
    assert found["ig", "max_sensitivity"] == [*"0123"]
    assert ("saliency", "max_sensitivity") not in scores(first=16, max_sensitivity=16, sparseness=0)
    found = scores(first=30, max_sensitivity=64)
    assert found["saliency", "max_sensitivity"] == [*"012345"]
    assert found["ig", "max_sensitivity"] == [*"01"]


def test_nothing_is_explained_where_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    explained: list[int] = []

    def watched(method: Method, model: object, batch: object) -> torch.Tensor:
        explained.append(len(batch.z))  # type: ignore[attr-defined]
        return torch.ones_like(batch.z)  # type: ignore[attr-defined]

    monkeypatch.setattr(type(METHODS["ig"]), "attribute", watched)
    monkeypatch.setattr(type(METHODS["ig"]), "total", lambda *given: None)
    scores(first=14, mprt=16)
    # Two recordings, and the same under three nets without their one layer; none of the other four.
    assert sum(explained) == 2 + 3 * 2
    explained.clear()
    scores(first=16, mprt=64)
    assert sum(explained) == 6 + 3 * 6


def test_costly_methods_are_not_explained_with_the_cheap_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Saliency is measured on recordings 16 to 21, kernelshap on none of them."""
    together: list[list[str]] = []

    def watched(model: object, batch: object, methods: list[Method], seeds: object) -> object:
        together.append([method.name for method in methods])
        return explain_together(model, batch, methods, seeds)  # type: ignore[arg-type]

    monkeypatch.setattr("xai_bench.scoring.engine.block.explain_together", watched)
    model = closed_form(Quadratic())
    score_methods(
        model,
        load_data("synthetic", n=2),
        [METHODS["saliency"], METHODS["feature-ablation"]],
        metrics=[measured_on("mprt", 32)],
        forward=Forward(model, rows=8, block=4),
        first=16,
    )
    assert together
    assert all(names == ["saliency"] for names in together)
