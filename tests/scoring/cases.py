"""Cases for tests of scorers."""

from __future__ import annotations

import torch

from tests.closed_forms import Linear, closed_form
from xai_bench.methods import Batch, Method
from xai_bench.methods.gradients import InputXGradient
from xai_bench.models import Model
from xai_bench.scoring import Block, Case, Scorer, Unscorable
from xai_bench.scoring.engine.base import evaluate
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.engine.references import References
from xai_bench.types import Recordings
from xai_bench.zoo import Metric, Zoo


def case(
    *,
    model: Model | None = None,
    method: Method | None = None,
    attribution: torch.Tensor | None = None,
    evidence: torch.Tensor | None = None,
    twin: torch.Tensor | None = None,
    waves: torch.Tensor | None = None,
    seed: int = 0,
    target: int = 1,
    others: Recordings | None = None,
) -> Case:
    """Smooth random recordings in millivolt, explained; one, or as many as `attribution` has.

    others: what they are compared with; they are then of class `target`.
    """
    model, method = model or closed_form(Linear()), method or InputXGradient()
    generator = torch.Generator().manual_seed(11)
    shape = (1, 12, 1000) if attribution is None else attribution.shape
    millivolt = torch.randn(shape, generator=generator).cumsum(-1) / 50
    batch = Batch(
        z=model.normalise(millivolt),
        target=torch.full(shape[:1], target),
        seeds=tuple(range(3, 3 + shape[0])),
        evidence=evidence,
        twin=twin,
        find_waves=None if waves is None else lambda: waves,
    )
    if attribution is None:
        attribution = method.attribute(model, batch)
    forward = Forward(model, rows=8)
    block = Block(
        model=model,
        forward=forward,
        methods=(method,),
        seed=seed,
        record_id=tuple(f"{row:05d}" for row in range(1, 1 + shape[0])),
        millivolt=millivolt,
        batch=batch,
        classes=None if others is None else batch.target,
        references=None
        if others is None
        else References(model=model, recordings=others, seed=seed, memo=forward.memo),
    )
    return Case(block=block, method=method, attribution=attribution)


def value(scorer: Scorer, given: Case) -> float:
    """The score of the one recording of a case. Raises Unscorable."""
    found = evaluate(scorer, given)
    assert len(found.values) == 1
    if found.reason_of_each()[0]:
        raise Unscorable(found.reason_of_each()[0])
    return float(found.values[0])


def metric(name: str) -> Metric:
    (found,) = Zoo().metrics(name)
    return found
