"""Question 2: is W * z the only exact explanation of this logit? It is not; how much differs?

z is z-scored, so that sum_t z[l, t] = 0: W[l, t] + c[l] gives the same logit for any c, and another
explanation. Of two columns only W1 - W0 counts: adding one map to both changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.scoring.score import score_attributions
from xai_bench.stats.correlation import spearman
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import (
    QuantityEstimate,
    estimates,
    over_recordings,
)
from xai_bench.types import Attributions

__all__ = ["METRICS", "centred", "gauge"]

METRICS = ("roc_auc", "relevance_mass", "deletion")
_FEW = {"deletion": 16}
"""Recordings for metrics that cost forward passes."""
_TOLERANCE = 1e-5
"""Of the logit, relative to sum|W * z|: what float32 sums of 12,000 terms may differ by."""

_NOT_CENTRED = "this normalisation does not centre z in each lead: W centred is another logit"


def gauge(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Rank correlation and change of metrics: W centred per lead, and a single column."""
    before = audited.terms
    after = centred(audited.weights) * audited.z
    moved = (after - before).double().sum(dim=(1, 2)).abs()
    scores = _scores(audited, before)
    if (moved <= _TOLERANCE * before.abs().double().sum(dim=(1, 2))).all():
        yield QuantityEstimate(quantity="gauge_log_odds", value=float(moved.max()), n=len(audited))
        yield over_recordings(audited, "gauge_rank", spearman(before.flatten(1), after.flatten(1)))
        yield from _changes(audited, "gauge", scores, _scores(audited, after))
    else:
        names = (f"gauge_{what}" for what in ("log_odds", "rank", *METRICS))
        yield from estimates(audited, dict.fromkeys(names, _NOT_CENTRED))

    column = _column(audited)
    if isinstance(column, str):
        names = (f"column_{what}" for what in ("rank", *METRICS))
        yield from estimates(audited, dict.fromkeys(names, column))
        return
    yield over_recordings(audited, "column_rank", spearman(before.flatten(1), column.flatten(1)))
    yield from _changes(audited, "column", scores, _scores(audited, column))


def centred(W: Float[Tensor, "record lead time"]) -> Float[Tensor, "record lead time"]:
    """W without its mean in each lead: the one of all equivalent W that is smallest."""
    return W - W.mean(dim=-1, keepdim=True)


@torch.inference_mode()
def _column(audited: AuditedNet) -> Float[Tensor, "record lead time"] | str:
    """The target's own column times z, or why there is no single column."""
    if audited.model.task.multilabel:
        return "every class has a column and a logit of its own"
    terms = []
    for part in audited.parts(len(audited)):
        W, _ = audited.model.generated(part.z)
        if W.shape[1] == 1:
            return "one logit, so there is no single column"
        rows = torch.arange(len(W), device=W.device)
        terms.append(W[rows, part.target] * part.z)
    return torch.cat(terms)


def _scores(
    audited: AuditedNet, attribution: Float[Tensor, "record lead time"]
) -> dict[str, Float[Tensor, " record"]]:
    """Scores of an attribution by metric; NaN where a metric is not defined."""
    scores = {}
    for metric in audited.zoo.metrics(METRICS):
        count = min(_FEW.get(metric.name, len(audited)), len(audited))
        given = Attributions(
            model=audited.model.name,
            method="native",
            values=attribution[:count].float().cpu().numpy(),
            target=audited.batch.target[:count].cpu().numpy(),
            log_odds=audited.log_odds[:count].float().cpu().numpy(),
            residual=np.full(count, np.nan, dtype=np.float32),
        )
        tables = score_attributions(
            audited.model,
            audited.recordings[:count],
            [given],
            metrics=[metric],
            seed=audited.seed,
            forward=audited.forward,
        )
        scores[metric.name] = torch.tensor(tables["native"]["score"], dtype=torch.float64)
    return scores


def _changes(
    audited: AuditedNet,
    prefix: str,
    before: dict[str, Float[Tensor, " record"]],
    after: dict[str, Float[Tensor, " record"]],
) -> Iterator[QuantityEstimate]:
    why = "no planted evidence in these recordings"
    for metric in METRICS:
        change = after[metric] - before[metric]
        yield over_recordings(audited, f"{prefix}_{metric}", change, undefined=why)
