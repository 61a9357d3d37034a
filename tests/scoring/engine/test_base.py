"""Cases and blocks: seeds of their own, and questions that are asked once."""

from pathlib import Path

import pytest
import torch

from tests.closed_forms import Quadratic, closed_form
from tests.scoring.cases import case, metric
from xai_bench.cards import MetricCard
from xai_bench.errors import CardError, InputError
from xai_bench.methods.controls import Random
from xai_bench.methods.gradients import InputXGradient
from xai_bench.scoring import Engine, Unscorable, build_scorer, engine_of
from xai_bench.scoring.engine.base import one_by_one, scored
from xai_bench.scoring.engine.quantus_scorer import QuantusScorer
from xai_bench.scoring.metrics.complexity import Sparseness
from xai_bench.zoo import Metric


def test_draws_differ_by_purpose_and_by_seed() -> None:
    block = case().block
    assert block.seeds("a") == block.seeds("a")
    assert len({*block.seeds("a"), *block.seeds("b"), *case(seed=1).block.seeds("a")}) == 3


def test_explaining_versions_keeps_the_target() -> None:
    given = case(model=closed_form(Quadratic()), target=0)
    versions = torch.stack([given.block.z, 2 * given.block.z], dim=1)
    found = given.block.explain(given.method, "twice", versions)
    torch.testing.assert_close(found[:, 0], given.attribution)
    torch.testing.assert_close(found[:, 1], 4 * given.attribution)
    assert isinstance(given.method, InputXGradient)


def test_a_method_that_draws_draws_afresh_for_each_version() -> None:
    given = case(method=Random())
    versions = given.block.z.unsqueeze(1).expand(-1, 2, -1, -1)
    first, second = given.block.explain(given.method, "two", versions).unbind(1)
    assert not torch.equal(first, second)
    assert not torch.equal(first, given.attribution)
    again = case(method=Random()).block.explain(given.method, "two", versions)
    torch.testing.assert_close(again[:, 0], first)


def test_engines() -> None:
    """auto: the fast scorer where there is one; what is our own has no other."""
    stock = metric("sparseness")
    assert isinstance(build_scorer(stock, "quantus"), QuantusScorer)
    assert isinstance(build_scorer(stock, "fast"), Sparseness)
    assert isinstance(build_scorer(stock), Sparseness)
    card = stock.card.model_copy(update={"fast": None})
    slow = Metric(name="mine", family="complexity", card=card)
    assert isinstance(build_scorer(slow), QuantusScorer)
    with pytest.raises(CardError, match="metric 'mine' has no fast scorer; use engine 'auto'"):
        build_scorer(slow, "fast")
    engines: tuple[Engine, ...] = ("auto", "quantus", "fast")
    assert {engine_of(metric("roc_auc"), engine) for engine in engines} == {"own"}


def test_a_card_whose_scorer_cannot_be_built_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from collections import Counter\n")
    good = metric("effective_complexity")
    for change, message in (
        ({"params": {"share": 0.5, "most": 1}}, "metric 'mine': .*unexpected keyword.*'most'"),
        ({"target": "./mine.py:Counter"}, "metric 'mine': ./mine.py:Counter is not a Scorer"),
        ({"target": "clutterd"}, "no scorer 'clutterd'. Did you mean 'clutter'"),
    ):
        content = good.card.model_dump() | {"quantus": None, "fast": None, "callables": {}}
        card = MetricCard.model_validate(content | {"target": "clutter", "params": {}} | change)
        with pytest.raises(InputError, match=message):
            build_scorer(Metric(name="mine", family="complexity", card=card, code=tmp_path))


def test_scores_without_a_value_have_a_reason() -> None:
    found = scored(torch.tensor([1.0, torch.inf, torch.nan]), "no")
    assert found.reason_of_each() == ("", "no", "no")
    assert found.values.isnan().tolist() == [False, True, True]

    def one(row: int) -> float:
        if row:
            raise Unscorable("second")
        return 0.5

    found = one_by_one(2, one)
    assert found.reason_of_each() == ("", "second")
    assert float(found.values[0]) == pytest.approx(0.5)
