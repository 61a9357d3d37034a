"""Blocks of several recordings, for tests of scorers on small or closed-form nets."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods import METHODS, Batch, Method
from xai_bench.methods.attribute import explain_batch
from xai_bench.models import Model
from xai_bench.scoring import Block, Case
from xai_bench.scoring.engine.forward import Forward

SHAPE = (12, 64)


def signals(rows: int, shape: tuple[int, int] = SHAPE) -> Float[Tensor, "record lead time"]:
    """Smooth random recordings in millivolt."""
    generator = torch.Generator().manual_seed(5)
    return torch.randn(rows, *shape, generator=generator).cumsum(-1) / 20


def cases(
    model: Model,
    names: Sequence[str],
    millivolt: Float[Tensor, "record lead time"],
    *,
    target: Sequence[int] | None = None,
    ids: Sequence[str] | None = None,
    evidence: Tensor | None = None,
) -> list[Case]:
    """One block, and what each method says about it, explained as a run explains it."""
    methods: tuple[Method, ...] = tuple(METHODS[name] for name in names)
    rows = len(millivolt)
    batch = Batch(
        z=model.normalise(millivolt),
        target=torch.tensor(target or [1] * rows),
        evidence=evidence,
    )
    record_id = tuple(ids or [f"{row:05d}" for row in range(rows)])
    block = Block(
        model=model,
        forward=Forward(model, rows=4),
        methods=methods,
        seed=0,
        record_id=record_id,
        millivolt=millivolt,
        batch=batch,
    )
    explained = explain_batch(model, batch, methods, record_id, 0)
    return [Case(block=block, method=m, attribution=explained[m.name].values) for m in methods]
