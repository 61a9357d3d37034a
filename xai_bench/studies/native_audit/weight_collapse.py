"""Question 5: on how few samples, leads and waves does an explanation stand?

The authors of LFR-IMN warn that such a net may put everything into one weight, predict well and
explain nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int8
from torch import Tensor

from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import (
    Measured,
    QuantityEstimate,
    by_method,
)
from xai_bench.types import WAVES

__all__ = ["SHOWN_WAVES", "effective", "participation", "weight_collapse"]

SHOWN_WAVES = ("P", "QRS", "ST", "T", "rest")
"""rest: PR, TP and what is in no beat."""


def weight_collapse(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Top-1 share, participation ratio, effective support in samples, leads and waves."""
    waves = audited.head(audited.compared).waves
    of_waves = ("effective_waves", *(f"share_{wave}" for wave in SHOWN_WAVES))

    def measure(method: str) -> Measured:
        c = audited.maps[method].double().abs()
        flat = c.flatten(1)
        measured: dict[str, Float[Tensor, " record"] | str] = {
            "top1_share": flat.max(dim=1).values / flat.sum(dim=1),
            "participation": participation(flat),
            "effective_samples": effective(flat) / flat.shape[1],
            "effective_leads": effective(c.sum(dim=2)),
        }
        if waves is None:
            return measured | dict.fromkeys(of_waves, "the waves of these recordings are not known")
        by_wave = _by_wave(c, waves)
        shares = (part / by_wave.sum(dim=1) for part in by_wave.unbind(1))
        return measured | dict(zip(of_waves, (effective(by_wave), *shares), strict=True))

    of_parts = ("top1_share", "participation", "effective_samples", "effective_leads")
    return by_method(audited, (*of_parts, *of_waves), measure, undefined="zero everywhere")


def participation(c: Float[Tensor, "record part"]) -> Float[Tensor, " record"]:
    """(sum c)^2 / (n sum c^2): 1 where all parts are equal, 1/n where one has all."""
    ratio: Tensor = c.sum(dim=1).square() / (c.shape[1] * c.square().sum(dim=1))
    return ratio


def effective(c: Float[Tensor, "record part"]) -> Float[Tensor, " record"]:
    """exp of the entropy of the shares of c: how many equal parts would be as spread."""
    share = c / c.sum(dim=1, keepdim=True)
    parts: Tensor = torch.special.entr(share).sum(dim=1).exp()
    return parts


def _by_wave(
    c: Float[Tensor, "record lead time"], waves: Int8[Tensor, "record time"]
) -> Float[Tensor, "record wave"]:
    named = [WAVES.index(wave) for wave in SHOWN_WAVES[:-1]]
    over_leads = c.sum(dim=1)
    sums = [(over_leads * (waves == index)).sum(dim=1) for index in named]
    return torch.stack([*sums, over_leads.sum(dim=1) - sum(sums)], dim=1)
