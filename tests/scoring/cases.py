"""Cases for tests of scorers."""

from __future__ import annotations

from dataclasses import replace

import torch

from tests.closed_forms import Linear, closed_form
from xai_bench.methods import Batch, Method
from xai_bench.methods.gradients import InputXGradient
from xai_bench.models import Model
from xai_bench.scoring import Case
from xai_bench.zoo import Metric, Zoo


def case(
    *,
    model: Model | None = None,
    method: Method | None = None,
    attribution: torch.Tensor | None = None,
    evidence: torch.Tensor | None = None,
    twin: torch.Tensor | None = None,
    seed: int = 0,
    target: int = 1,
) -> Case:
    """One smooth random recording in millivolt, explained."""
    model, method = model or closed_form(Linear()), method or InputXGradient()
    generator = torch.Generator().manual_seed(11)
    shape = (1, 12, 1000) if attribution is None else attribution.shape
    millivolt = torch.randn(shape, generator=generator).cumsum(-1) / 50
    batch = Batch(
        z=model.normalise(millivolt),
        target=torch.tensor([target]),
        seeds=(3,),
        evidence=evidence,
        twin=twin,
    )
    if attribution is None:
        attribution = method.attribute(model, batch)
    return Case(
        model=model,
        method=method,
        record_id="00001",
        seed=seed,
        millivolt=millivolt,
        batch=replace(batch, target=torch.tensor([target])),
        attribution=attribution,
    )


def metric(name: str) -> Metric:
    (found,) = Zoo().metrics(name)
    return found
