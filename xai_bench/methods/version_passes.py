"""Many versions of recordings, as few passes as the device allows, and gradients at all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jaxtyping import Float
from torch import Tensor

from xai_bench.devices import halved
from xai_bench.methods.base import Batch, Reads
from xai_bench.methods.shared_pass import one_pass
from xai_bench.models import Model

__all__ = ["gradients_at", "version_passes"]


def version_passes(records: int, versions: int, rows: int) -> Iterator[tuple[slice, slice]]:
    """The recordings and the versions of them that each pass of at most so many rows holds.

    All versions of several recordings where they fit one pass, and else versions of one only: on a
    CPU, where a pass has few rows, attributions then do not depend on the batch.
    """
    together = max(1, rows // versions)
    for first in range(0, records, together):
        for start in range(0, versions, rows):
            yield (
                slice(first, min(first + together, records)),
                slice(start, min(start + rows, versions)),
            )


def gradients_at(
    model: Model,
    batch: Batch,
    versions: int,
    make: Callable[[slice, slice], Float[Tensor, "record version lead time"]],
) -> Iterator[tuple[slice, slice, Float[Tensor, "record version lead time"]]]:
    """dm/dz at versions of each recording, pass by pass: which recordings, which versions, and
    their gradients.

    make: from some recordings and some versions to these versions of these recordings.
    """
    for records, some in version_passes(len(batch.z), versions, halved(model.gradient_rows)):
        z = make(records, some)
        rows = Batch(z=z.flatten(0, 1), target=batch.target[records].repeat_interleave(z.shape[1]))
        gradient = one_pass(model, rows, {Reads.GRADIENT})[Reads.GRADIENT]
        yield records, some, gradient.view_as(z)
