"""The explanation of a net of clauses: the votes of those that are true."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method, Needs, Pass, Reads
from xai_bench.models import Model

__all__ = ["ClauseVotes"]


@final
class ClauseVotes(Method):
    """Votes of true clauses, each shared equally by the conditions that it demands and placed at
    the samples that they read, see `Tsetlin.votes`.

    What is shared is exact: the sum is m(z) - b, b the log-odds of no vote. That conditions share
    equally is a convention of ours (Zhang et al. 2023, arXiv 2301.10181, draw clauses as patterns
    and share nothing): a clause needs all of them. One forward pass.
    """

    name = "clauses"
    summary = "votes of true clauses, shared by their conditions: a Tsetlin machine's own"
    cite = "zhang2023tsetlin"
    needs = frozenset({Needs.CLAUSES})
    passes = 1

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        attribution, _ = model.votes(batch.z, batch.target)
        return attribution

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"]:
        _, bias = model.votes(batch.z, batch.target)
        return passed[Reads.LOG_ODDS] - bias
