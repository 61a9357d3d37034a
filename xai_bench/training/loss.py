"""What training minimises: the paper's loss, and the two terms that change an explanation."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from xai_bench.cards import Recipe
from xai_bench.nets.base import Batch, Logits, NativeNet

__all__ = ["loss", "neighbours"]

_NOISE = 0.1  # standard deviations of a lead, as in the released code of LFR-IMN
_WANDER = 0.1


def loss(
    net: nn.Module,
    z: Batch,
    truth: Int64[Tensor, "record column"],
    recipe: Recipe,
    share: Float[Tensor, " column"],
    crop: float = 1.0,
) -> Tensor:
    """Cross-entropy weighted against class imbalance (arXiv 2602.09566), and for native nets

    + l1 * mean|W| + local_fidelity * mean((sum(W(z) z') + b(z) - f(z'))^2)

    with z' a neighbour of z: W and b are then the linear model of f around z, and not only at it
    (LFR-IMN, arXiv 2606.29951).

    share: of recordings in the training set that are of each column.
    crop: share of a recording that z is. The sum of W * z over it stands for that over the whole
        recording, as the mean of features does in other nets: it is divided by `crop`. Else W and b
        would be balanced for a sum that is a quarter of what it will be when the net is used.
    """
    if not isinstance(net, NativeNet):
        return _fit(net(z), truth, share)
    if recipe.local_fidelity == 0:
        W, b = net.generate(z)
        logits = net.apply_weights(W / crop, b, z)
        return _fit(logits, truth, share) + recipe.l1 * _size(W)
    # A quarter of the batch has neighbours: as good an estimate of a mean, at a third of the cost.
    near = neighbours(z[: max(len(z) // 4, 1)])
    # One batch, so that batch norm treats a recording and its neighbour alike.
    both = torch.cat([z, near])
    W, b = net.generate(both)
    logits = net.apply_weights(W / crop, b, both)
    beside = slice(len(near))
    missed = net.apply_weights(W[beside] / crop, b[beside], near) - logits[len(z) :]
    return (
        _fit(logits[: len(z)], truth, share)
        + recipe.l1 * _size(W[: len(z)])
        + recipe.local_fidelity * missed.square().mean()
    )


def neighbours(z: Batch) -> Batch:
    """The recordings with white noise and a slow wander of baseline in each lead.

    Draws from torch's global generator, which training seeds and forks.
    """
    records, leads, samples = z.shape
    phase, cycles = torch.rand(2, records, leads, 1, device=z.device)
    time = torch.linspace(0.0, 1.0, samples, device=z.device)
    wander = torch.sin(2 * torch.pi * ((0.5 + 2.0 * cycles) * time + phase))
    return z + _NOISE * torch.randn_like(z) + _WANDER * wander


def _size(W: Float[Tensor, "record output lead time"]) -> Float[Tensor, ""]:
    return W.abs().mean(dtype=torch.float32)


def _fit(
    logits: Logits,
    truth: Int64[Tensor, "record column"],
    share: Float[Tensor, " column"],
) -> Tensor:
    logits = logits.float()
    if logits.shape[1] == 2:
        weight = torch.stack([1 / (1 - share[0]), 1 / share[0]])
        return cross_entropy(logits, truth[:, 0], weight=weight)
    return binary_cross_entropy_with_logits(
        logits, truth.to(logits.dtype), pos_weight=(1 - share) / share
    )
