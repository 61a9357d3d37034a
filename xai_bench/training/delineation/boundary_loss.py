"""Losses of masks that look at their boundaries and count their waves.

After Jimenez-Perez et al. (arXiv 2111.12996): Dice of the masks, of their edges, and F1 of the
waves. The paper gives the parts; that each is taken trace by trace, and that waves of the product
of both masks count as found, is ours.
"""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["BOUNDARY", "bound_dice_loss", "dice_loss", "f1_instance_loss", "wave_loss"]

BOUNDARY: Final = 11
"""Samples between the two that are compared at an edge: `bound_dice_loss`."""
_DICE_WEIGHTS = (1.5, 1.0, 1.0)
_F1_WEIGHTS = (1.25, 1.0, 1.0)
_F1_SHARE = 0.5
_EDGES_OF_A_WAVE = 4
"""Sum of |Prewitt| over a wave: two samples at its onset and two at its end."""

Masks = Float[Tensor, "trace 3 time"]
Loss = Float[Tensor, ""]


def dice_loss(found: Masks, truth: Masks) -> Loss:
    """1 - (2 sum(found truth) + 1) / (sum(found) + sum(truth) + 1), mean over traces and waves, of
    which P counts 1.5 times; the 1 is for traces without a wave."""
    both = (found * truth).sum(dim=2)
    dice = (2 * both + 1) / (found.sum(dim=2) + truth.sum(dim=2) + 1)
    return _weighted(1 - dice, _DICE_WEIGHTS)


def bound_dice_loss(found: Masks, truth: Masks) -> Loss:
    """The Dice loss of the edges: |m(t + 5) - m(t - 5)| of each mask m, where both are in the
    window. A boundary that is two samples off costs it much, and the Dice of the masks little."""
    return dice_loss(_edges(found, BOUNDARY), _edges(truth, BOUNDARY))


def f1_instance_loss(found: Masks, truth: Masks) -> Loss:
    """1 - (2 TP + 1) / (2 TP + FP + FN + 1) of counted waves: sum over time of |m(t + 1) -
    m(t - 1)| is 4 a wave. TP: of the product of both masks; FP and FN: what `found` and `truth`
    have more."""
    hit, of_found, of_truth = (_count(one) for one in (found * truth, found, truth))
    more, missed = (of_found - hit).clamp(min=0), (of_truth - hit).clamp(min=0)
    return _weighted(1 - (2 * hit + 1) / (2 * hit + more + missed + 1), _F1_WEIGHTS)


def wave_loss(found: Masks, truth: Masks, ramp: float) -> Loss:
    """Dice + ramp * BoundDice + ramp / 2 * F1Instance; `ramp` grows from 0 to 1 while training,
    because edges say nothing before masks are about right."""
    total = dice_loss(found, truth)
    if ramp > 0:
        total = total + ramp * bound_dice_loss(found, truth)
        total = total + ramp * _F1_SHARE * f1_instance_loss(found, truth)
    return total


def _edges(masks: Masks, width: int) -> Float[Tensor, "trace 3 edge"]:
    return (masks[:, :, width - 1 :] - masks[:, :, : 1 - width]).abs()


def _count(masks: Masks) -> Float[Tensor, "trace 3"]:
    return _edges(masks, 3).sum(dim=2) / _EDGES_OF_A_WAVE


def _weighted(losses: Float[Tensor, "trace 3"], weights: tuple[float, ...]) -> Loss:
    shares = torch.tensor(weights, device=losses.device)
    mean: Tensor = (losses.mean(dim=0) * shares).sum() / shares.sum()
    return mean
