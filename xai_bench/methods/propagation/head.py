"""How the explained log-odds depend on the logits: where all that is handed back begins."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from xai_bench.models import Model

__all__ = ["absorbed_by", "gradient", "multipliers"]

Logits = Float[Tensor, "record output"]

_NODES = 16
_WIDTH = 4.0
"""Of a piece of the path, in logits: there, 16 nodes leave nothing of a softmax but rounding."""


def gradient(model: Model, logits: Logits, target: Int64[Tensor, " record"]) -> Logits:
    """The derivatives of the log-odds with respect to the logits."""
    with torch.enable_grad():
        ends = logits.detach().requires_grad_()
        (found,) = torch.autograd.grad(model.log_odds_of(ends, target).sum(), ends)
    return found


def absorbed_by(
    model: Model, logits: Logits, target: Int64[Tensor, " record"]
) -> Float64[Tensor, " record"]:
    """The log-odds less the sum of logits times their derivatives: nothing where they are linear,
    and what a softmax over several classes keeps to itself."""
    if model.linear_in_logits:
        return logits.new_zeros(len(logits), dtype=torch.float64)
    exact = logits.double()
    return model.log_odds_of(exact, target) - (exact * gradient(model, exact, target)).sum(dim=1)


def multipliers(
    model: Model, logits: Logits, reference: Logits, target: Int64[Tensor, " record"]
) -> Logits:
    """Their mean on the straight line from the logits of a reference: the difference of two
    log-odds is the sum of multipliers times differences of logits.

    Where log-odds are linear in the logits that is `gradient`. Those of one class against several
    others are not: z_k less the logarithm of a sum of exponentials. The integral is that of
    integrated gradients (Sundararajan et al. 2017), by Gauss-Legendre in float64. What all logits
    have in common has no part in it, as it has none in the log-odds.
    """
    if model.linear_in_logits:
        return gradient(model, logits, target)
    start, way = reference.double(), logits.double() - reference.double()
    pieces = max(1, int(np.ceil(float(way.abs().max()) / _WIDTH)))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    mean = torch.zeros_like(way)
    for piece in range(pieces):
        for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
            point = start + (piece + (1 + node) / 2) / pieces * way
            mean += weight / 2 / pieces * gradient(model, point, target)
    return mean.to(logits.dtype)
