"""Question 7: does what an explanation points at make the diagnosis?

Samples are taken from the healthy twin: the same patient, beats and noise without the disease. No
baseline is made up. Only of diseased recordings, whose class is then the explained one.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.methods import Batch
from xai_bench.scoring.metrics.faithfulness.falling_order import falling_of, places
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import (
    Measured,
    QuantityEstimate,
    by_method,
    estimates,
)

__all__ = ["patching"]

_DRAWS = 4
"""Random sets of samples for each recording."""
_NOT_DISEASED = "no diseased recording with planted evidence"


def patching(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """The fall of the log-odds by what is taken from the twin."""
    batch = audited.head(audited.compared)
    if batch.twin is None or batch.evidence is None:
        names = ("patch_twin", "patch_evidence", "patch_random", "patch_top")
        why = "these recordings have no healthy twins"
        yield from estimates(audited, dict.fromkeys(names, why))
        return
    size = batch.evidence.sum(dim=(1, 2))
    # NaN keeps the rows of recordings that nothing can be taken from out of the mean.
    usable = (size > 0) & (batch.target != 0)

    def fall(where: Bool[Tensor, "record lead time"]) -> Float[Tensor, " record"]:
        after = audited.forward(_patched(batch, where), batch.target)
        return (audited.log_odds[: len(batch.z)] - after).where(usable, torch.nan)

    noises = _noises(audited, batch)
    drawn = [fall(_largest(noise, size, noise)) for noise in noises]
    measured = {
        "patch_twin": fall(torch.ones_like(batch.evidence)),
        "patch_evidence": fall(batch.evidence),
        "patch_random": torch.stack(drawn).mean(dim=0),
    }
    yield from estimates(audited, measured, undefined=_NOT_DISEASED)

    def measure(method: str) -> Measured:
        return {"patch_top": fall(_largest(audited.maps[method], size, noises[0]))}

    yield from by_method(audited, ["patch_top"], measure, undefined=_NOT_DISEASED)


def _patched(
    batch: Batch, where: Bool[Tensor, "record lead time"]
) -> Float[Tensor, "record lead time"]:
    assert batch.twin is not None, "patching looked before"
    return torch.where(where, batch.twin, batch.z)


def _largest(
    values: Float[Tensor, "record lead time"],
    size: Int64[Tensor, " record"],
    ties: Float[Tensor, "record lead time"],
) -> Bool[Tensor, "record lead time"]:
    """The `size` samples of each recording with the largest values.

    Equal values go by `ties`: in the order of the file they would favour the beginning of lead I.
    """
    falling = falling_of(values.flatten(1), ties.flatten(1).argsort(dim=1))
    return (places(falling) < size[:, None]).reshape(values.shape)


def _noises(audited: AuditedNet, batch: Batch) -> Float[Tensor, "draw record lead time"]:
    drawn = []
    for seed in audited.draws("random samples")[: len(batch.z)]:
        generator = torch.Generator().manual_seed(seed)
        drawn.append(torch.rand((_DRAWS, *batch.z.shape[1:]), generator=generator))
    return torch.stack(drawn, dim=1).to(batch.z.device)
