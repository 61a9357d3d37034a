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

from xai_bench.nets.base import NativeNet
from xai_bench.scoring.score import score_attributions
from xai_bench.studies.native_audit.answer import Answer, across, missing, single
from xai_bench.studies.native_audit.audited_net import Subject
from xai_bench.studies.native_audit.rank import spearman
from xai_bench.types import Attributions
from xai_bench.zoo import Zoo

__all__ = ["METRICS", "centred", "gauge"]

METRICS = ("roc_auc", "relevance_mass", "deletion")
_FEW = {"deletion": 16}
"""Recordings for metrics that cost forward passes."""
_TOLERANCE = 1e-5
"""Of the logit, relative to sum|W * z|: what float32 sums of 12,000 terms may differ by."""


def gauge(subject: Subject) -> Iterator[Answer]:
    """Rank correlation and change of metrics: W centred per lead, and a single column."""
    before = subject.terms
    after = centred(subject.weights) * subject.z
    moved = (after - before).double().sum(dim=(1, 2)).abs()
    assert (moved <= _TOLERANCE * before.abs().double().sum(dim=(1, 2))).all(), "z is z-scored"
    yield single("gauge_log_odds", float(moved.max()), n=len(subject))
    scores = _scores(subject, before)
    yield across(subject, "gauge_rank", spearman(before.flatten(1), after.flatten(1)))
    yield from _changes(subject, "gauge", scores, _scores(subject, after))

    names = [f"column_{what}" for what in ("rank", *METRICS)]
    if subject.model.task.multilabel:
        yield from (
            missing(name, "every class has a column and a logit of its own") for name in names
        )
        return
    column = _column(subject)
    if column is None:
        yield from (missing(name, "one logit, so there is no single column") for name in names)
        return
    yield across(subject, "column_rank", spearman(before.flatten(1), column.flatten(1)))
    yield from _changes(subject, "column", scores, _scores(subject, column))


def centred(W: Float[Tensor, "record lead time"]) -> Float[Tensor, "record lead time"]:
    """W without its mean in each lead: the one of all equivalent W that is smallest."""
    return W - W.mean(dim=-1, keepdim=True)


@torch.inference_mode()
def _column(subject: Subject) -> Float[Tensor, "record lead time"] | None:
    """The target's own column times z, or None for one output."""
    net = subject.model.net
    assert isinstance(net, NativeNet), "a Subject is native"
    found = []
    for piece in subject.pieces(len(subject)):
        W, _ = net.generate(piece.z)
        if W.shape[1] == 1:
            return None
        rows = torch.arange(len(W), device=W.device)
        found.append(W[rows, piece.target] * piece.z)
    return torch.cat(found)


def _scores(
    subject: Subject, attribution: Float[Tensor, "record lead time"]
) -> dict[str, Float[np.ndarray, " record"]]:
    """Scores of an attribution by metric; NaN where a metric is not defined."""
    found = {}
    for metric in Zoo().metrics(METRICS):
        count = min(_FEW.get(metric.name, len(subject)), len(subject))
        given = Attributions(
            model=subject.model.name,
            method="native",
            values=attribution[:count].float().cpu().numpy(),
            target=subject.batch.target[:count].cpu().numpy(),
            log_odds=subject.log_odds[:count].float().cpu().numpy(),
            residual=np.full(count, np.nan, dtype=np.float32),
        )
        tables = score_attributions(
            subject.model,
            subject.recordings[:count],
            [given],
            metrics=[metric],
            seed=subject.seed,
            forward=subject.forward,
        )
        found[metric.name] = tables["native"]["score"].to_numpy(dtype=np.float64)
    return found


def _changes(
    subject: Subject,
    prefix: str,
    before: dict[str, Float[np.ndarray, " record"]],
    after: dict[str, Float[np.ndarray, " record"]],
) -> Iterator[Answer]:
    for metric in METRICS:
        change = after[metric] - before[metric]
        why = "no planted evidence in these recordings"
        yield across(subject, f"{prefix}_{metric}", change, undefined=why)
