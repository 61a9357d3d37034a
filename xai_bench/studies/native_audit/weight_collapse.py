"""Question 5: on how few samples, leads and waves does an explanation stand?

The authors of LFR-IMN warn that such a net may put everything into one weight, predict well and
explain nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int8
from torch import Tensor

from xai_bench.studies.native_audit.answer import Answer, across, missing
from xai_bench.studies.native_audit.audited_net import RIVALS, Subject
from xai_bench.types import WAVES

__all__ = ["SHOWN_WAVES", "collapse", "effective", "participation"]

SHOWN_WAVES = ("P", "QRS", "ST", "T", "rest")
"""rest: PR, TP and what is in no beat."""


def collapse(subject: Subject) -> Iterator[Answer]:
    """Top-1 share, participation ratio, effective support in samples, leads and waves."""
    waves = subject.head(subject.compared).waves
    for method in RIVALS:
        if reason := subject.unsupported(method):
            yield from (missing(q, reason, method=method) for q in _quantities())
            continue
        c = subject.maps[method].double().abs()
        flat = c.flatten(1)
        size = flat.shape[1]

        def tell(quantity: str, values: Tensor, method: str = method) -> Answer:
            return across(subject, quantity, values, method=method, undefined="zero everywhere")

        yield tell("top1_share", flat.max(dim=1).values / flat.sum(dim=1))
        yield tell("participation", participation(flat))
        yield tell("effective_samples", effective(flat) / size)
        yield tell("effective_leads", effective(c.sum(dim=2)))
        if waves is None:
            names = ["effective_waves", *(f"share_{wave}" for wave in SHOWN_WAVES)]
            why = "the waves of these recordings are not known"
            yield from (missing(name, why, method=method) for name in names)
            continue
        by_wave = _by_wave(c, waves)
        yield tell("effective_waves", effective(by_wave))
        for wave, values in zip(SHOWN_WAVES, by_wave.unbind(1), strict=True):
            yield tell(f"share_{wave}", values / by_wave.sum(dim=1))


def participation(c: Float[Tensor, "record part"]) -> Float[Tensor, " record"]:
    """(sum c)^2 / (n sum c^2): 1 where all parts are equal, 1/n where one has all."""
    ratio: Tensor = c.sum(dim=1).square() / (c.shape[1] * c.square().sum(dim=1))
    return ratio


def effective(c: Float[Tensor, "record part"]) -> Float[Tensor, " record"]:
    """exp of the entropy of the shares of c: how many equal parts would be as spread."""
    share = c / c.sum(dim=1, keepdim=True)
    parts: Tensor = torch.special.entr(share).sum(dim=1).exp()
    return parts


def _quantities() -> Iterator[str]:
    yield from ("top1_share", "participation", "effective_samples", "effective_leads")
    yield "effective_waves"
    yield from (f"share_{wave}" for wave in SHOWN_WAVES)


def _by_wave(
    c: Float[Tensor, "record lead time"], waves: Int8[Tensor, "record time"]
) -> Float[Tensor, "record wave"]:
    named = [WAVES.index(wave) for wave in SHOWN_WAVES[:-1]]
    over_leads = c.sum(dim=1)
    sums = [(over_leads * (waves == index)).sum(dim=1) for index in named]
    return torch.stack([*sums, over_leads.sum(dim=1) - sum(sums)], dim=1)
