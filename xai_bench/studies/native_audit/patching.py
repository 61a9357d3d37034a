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
from xai_bench.studies.native_audit.answer import Answer, across, missing
from xai_bench.studies.native_audit.audited_net import RIVALS, Subject

__all__ = ["patching"]

_DRAWS = 4
"""Random sets of samples for each recording."""
_NOT_DISEASED = "no diseased recording with planted evidence"


def patching(subject: Subject) -> Iterator[Answer]:
    """The fall of the log-odds by what is taken from the twin."""
    batch = subject.head(subject.compared)
    if batch.twin is None or batch.evidence is None:
        names = ("patch_twin", "patch_evidence", "patch_random", "patch_top")
        yield from (missing(name, "these recordings have no healthy twins") for name in names)
        return
    size = batch.evidence.sum(dim=(1, 2))
    # NaN keeps the rows of recordings that nothing can be taken from out of the mean.
    usable = (size > 0) & (batch.target != 0)

    def fall(where: Bool[Tensor, "record lead time"]) -> Float[Tensor, " record"]:
        after = subject.forward(_patched(batch, where), batch.target)
        return (subject.log_odds[: len(batch.z)] - after).where(usable, torch.nan)

    def tell(quantity: str, values: Float[Tensor, " record"], method: str = "native") -> Answer:
        return across(subject, quantity, values, method=method, undefined=_NOT_DISEASED)

    yield tell("patch_twin", fall(torch.ones_like(batch.evidence)))
    yield tell("patch_evidence", fall(batch.evidence))
    noises = _noises(subject, batch)
    drawn = [fall(_largest(noise, size, noise)) for noise in noises]
    yield tell("patch_random", torch.stack(drawn).mean(dim=0))
    for method in RIVALS:
        if reason := subject.unsupported(method):
            yield missing("patch_top", reason, method=method)
            continue
        yield tell("patch_top", fall(_largest(subject.maps[method], size, noises[0])), method)


def _patched(
    batch: Batch, where: Bool[Tensor, "record lead time"]
) -> Float[Tensor, "record lead time"]:
    assert batch.twin is not None, "patching asks before"
    return torch.where(where, batch.twin, batch.z)


def _largest(
    values: Float[Tensor, "record lead time"],
    size: Int64[Tensor, " record"],
    ties: Float[Tensor, "record lead time"],
) -> Bool[Tensor, "record lead time"]:
    """The `size` samples of each recording with the largest values.

    Equal values go by `ties`: in the order of the file they would favour the beginning of lead I.
    """
    shuffled = ties.flatten(1).argsort(dim=1)
    falling = values.flatten(1).gather(1, shuffled).argsort(dim=1, descending=True, stable=True)
    rank = shuffled.gather(1, falling).argsort(dim=1)
    return (rank < size[:, None]).reshape(values.shape)


def _noises(subject: Subject, batch: Batch) -> Float[Tensor, "draw record lead time"]:
    drawn = []
    for seed in subject.draws("random samples")[: len(batch.z)]:
        generator = torch.Generator().manual_seed(seed)
        drawn.append(torch.rand((_DRAWS, *batch.z.shape[1:]), generator=generator))
    return torch.stack(drawn, dim=1).to(batch.z.device)
