"""The log-odds while samples go, or come, in the order of their attribution: one curve for all
metrics that are read off it, at a few shares of the samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from xai_bench.devices import sent
from xai_bench.scoring.engine.base import Case
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_ranks
from xai_bench.types import ZERO

__all__ = ["area_under", "at_shares", "whole_curve"]

_POINTS = 32
"""Of Gauss and Legendre, between two shares."""


def at_shares(
    case: Case, percent: Sequence[int], *, inserted: bool, baseline: str = ZERO
) -> Float64[Tensor, "record share"]:
    """m(z with shares of the samples of the largest a at a baseline); inserted: m(all at the
    baseline but them).

    Each share is asked of the model once for all metrics of a method.
    """
    block = case.block
    known: dict[int, Float64[Tensor, " record"]]
    known = case.memo(("log-odds at shares", inserted, baseline), dict)
    missing = [share for share in percent if share not in known]
    if missing:
        ranks, whole = falling_ranks(case), block.z[0].numel()

        def left(k: int) -> Float[Tensor, "record lead time"]:
            largest = ranks < whole * missing[k] // 100
            return block.without(~largest if inserted else largest, baseline)

        found = block.versions(len(missing), left)
        known.update(zip(missing, found.unbind(1), strict=True))
    return torch.stack([known[share] for share in percent], dim=1)


def whole_curve(
    case: Case, percent: Sequence[int], *, inserted: bool, baseline: str = ZERO
) -> tuple[Float64[Tensor, " share"], Float64[Tensor, "record share"]]:
    """Shares from 0 to 1, and `at_shares` with both ends, which all methods have in common."""
    block = case.block
    whole = block.log_odds().unsqueeze(1)
    nothing = block.log_odds_of_baseline(baseline).unsqueeze(1)
    first, last = (nothing, whole) if inserted else (whole, nothing)
    samples = block.z[0].numel()
    shares = [0.0, *(samples * share // 100 / samples for share in percent), 1.0]
    x = sent(shares, block.z.device, torch.float64)
    between = at_shares(case, percent, inserted=inserted, baseline=baseline)
    return x, torch.cat([first, between, last], dim=1)


def area_under(
    x: Float64[Tensor, " share"],
    log_odds: Float64[Tensor, "record share"],
    *,
    offset: float,
    probability: bool,
) -> Float64[Tensor, " record"]:
    """Area over [0, 1] under the log-odds, or under the probability.

    Between the shares the log-odds are a cubic without overshoot (`_slopes`) in log(x + offset):
    most happens at small shares.
    """
    t = (x + offset).log()
    step, slopes = t.diff().unsqueeze(1), _slopes(t.diff(), log_odds).unsqueeze(2)
    nodes, weights = (
        sent(one, x.device, x.dtype) / 2 for one in np.polynomial.legendre.leggauss(_POINTS)
    )
    u, y = nodes + 0.5, log_odds.unsqueeze(2)
    value = (
        (1 + 2 * u) * (1 - u) ** 2 * y[:, :-1]
        + u * (1 - u) ** 2 * step * slopes[:, :-1]
        + u**2 * (3 - 2 * u) * y[:, 1:]
        - u**2 * (1 - u) * step * slopes[:, 1:]
    )
    # A step in t is one of (x + offset) times that in x.
    density = weights * step * (t[:-1].unsqueeze(1) + u * step).exp()
    return ((value.sigmoid() if probability else value) * density).sum(dim=(1, 2))


def _slopes(
    step: Float64[Tensor, " step"], y: Float64[Tensor, "record node"]
) -> Float64[Tensor, "record node"]:
    """Slopes at the nodes that keep a cubic between its nodes' values (Fritsch & Butland 1984).

    Inside, the weighted harmonic mean of the slopes on both sides, and 0 at an extremum; at the
    ends, the slope of a parabola through three nodes, cut where it would overshoot.
    """
    chord = y.diff(dim=1) / step
    before, after = chord[:, :-1], chord[:, 1:]
    w_before, w_after = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    same = before * after > 0
    safe_before, safe_after = before.where(same, 1.0), after.where(same, 1.0)
    mean = (w_before + w_after) / (w_before / safe_before + w_after / safe_after)
    inner = mean.where(same, 0.0)
    first = _end_slope(step[0], step[1], chord[:, 0], chord[:, 1])
    last = _end_slope(step[-1], step[-2], chord[:, -1], chord[:, -2])
    return torch.cat([first.unsqueeze(1), inner, last.unsqueeze(1)], dim=1)


def _end_slope(
    h: Float64[Tensor, ""],
    next_h: Float64[Tensor, ""],
    chord: Float64[Tensor, " record"],
    next_chord: Float64[Tensor, " record"],
) -> Float64[Tensor, " record"]:
    slope = ((2 * h + next_h) * chord - h * next_chord) / (h + next_h)
    slope = slope.where(slope.sign() == chord.sign(), 0.0)
    turns = (chord.sign() != next_chord.sign()) & (slope.abs() > 3 * chord.abs())
    return slope.where(~turns, 3 * chord)
