"""Shares of recordings: exactly the card's numbers at 12 x 1000, and as many parts elsewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from xai_bench.errors import CardError
from xai_bench.scoring import build_scorer
from xai_bench.scoring.engine.parts import (
    SAMPLES,
    edges,
    in_proportion,
    part_of_each,
    sums_of_parts,
)
from xai_bench.zoo import Zoo


@pytest.mark.parametrize("whole", [12_000, 7_200, 7_212, 25])
@pytest.mark.parametrize("count", [12, 20, 24])
def test_parts_cover_every_sample_once_and_differ_by_one(count: int, whole: int) -> None:
    found = edges(count, whole)
    sizes = [b - a for a, b in pairwise(found)]
    assert (found[0], found[-1], len(sizes)) == (0, whole, count)
    assert max(sizes) - min(sizes) <= 1
    part = part_of_each(torch.arange(whole), count, whole).tolist()
    assert part == [k for k, size in enumerate(sizes) for _ in range(size)]
    values = torch.randn(2, whole, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    literal = [[sum(row[a:b]) for a, b in pairwise(found)] for row in values.tolist()]
    torch.testing.assert_close(
        sums_of_parts(values, count), torch.tensor(literal, dtype=torch.float64)
    )


def test_recordings_of_the_cards_have_the_numbers_of_the_cards() -> None:
    assert edges(SAMPLES // 500, SAMPLES) == list(range(0, 12_001, 500))
    assert in_proportion(600, SAMPLES) == 600
    assert (in_proportion(600, 7_200), in_proportion(600, 60_000)) == (360, 3_000)
    values = torch.randn(3, SAMPLES, generator=torch.Generator().manual_seed(2)).double()
    plain = values.unflatten(1, (24, 500)).sum(dim=2)
    assert torch.equal(sums_of_parts(values, 24), plain)


@pytest.mark.parametrize(
    "name", ["faithfulness_correlation", "faithfulness_estimate", "selectivity"]
)
@pytest.mark.parametrize("size", [0, -5, 12_001])
def test_a_card_with_an_impossible_size_is_refused(name: str, size: int) -> None:
    (metric,) = Zoo().metrics(name)
    card = metric.card
    if card.fast is None:
        changed = card.model_copy(update={"params": card.params | {"size": size}})
    else:
        key = "width" if name == "selectivity" else "size"
        fast = card.fast.model_copy(update={"params": {key: size}})
        changed = card.model_copy(update={"fast": fast})
    with pytest.raises(CardError, match=rf"metric '{name}': \w+ = {size} is not 1 to"):
        build_scorer(replace(metric, card=changed))
