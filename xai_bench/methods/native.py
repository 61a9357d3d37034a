"""The explanation a native net writes itself, and other readings of the weights it generates."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Needs, Pass, Reads
from xai_bench.methods.shared_pass import OnePassMethod
from xai_bench.models import Model

__all__ = ["Native", "NativeCentred", "NativeClass", "NativeWeights"]


class _FromWeights(OnePassMethod):
    """One forward pass, which has the log-odds and the bias too."""

    cite = "thambawita2026ecgimn"
    needs = frozenset({Needs.WEIGHTS})
    reads = frozenset({Reads.WEIGHTS})
    passes = 1


class _AboveBias(_FromWeights):
    """Sums to m(z) - b."""

    reads = frozenset({Reads.WEIGHTS, Reads.BIAS})

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"]:
        return passed[Reads.LOG_ODDS] - passed[Reads.BIAS]


@final
class Native(_AboveBias):
    """W * z, for two outputs (W1 - W0) * z (arXiv 2602.09566), for several classes W_k * z.

    One forward pass. Sums to log-odds - b by construction.
    """

    name = "native"
    summary = "generated weights W times z: the net's own explanation"

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        return passed[Reads.WEIGHTS] * batch.z


@final
class NativeWeights(_FromWeights):
    """W alone, for two outputs W1 - W0: what the net would make of a unit deflection anywhere, if
    it did not write another W then. Promises no sum. One forward pass.
    """

    name = "native-weights"
    summary = "generated weights W, without z"

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        return passed[Reads.WEIGHTS]


@final
class NativeCentred(_AboveBias):
    """(W - W') * z, W' the mean over time of W in each lead.

    A z-scored lead has mean zero, so the sum of c * z over it is zero whatever c is: a constant a
    lead changes W * z but not the log-odds. Of all explanations that differ by one, this has the
    smallest W. Sums to log-odds - b as `native` does, and only while leads have mean zero. One
    forward pass.
    """

    name = "native-centred"
    summary = "generated weights W, less their mean over each lead, times z"

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        W = passed[Reads.WEIGHTS]
        return (W - W.mean(dim=2, keepdim=True)) * batch.z


@final
class NativeClass(_FromWeights):
    """W_target * z of a net with two outputs: one column, as the authors of arXiv 2602.09566 draw
    it, where `native` is the contrast of both.

    A column is not identifiable: the same map added to both changes no probability. It sums to
    the logit of the target less its bias, so it promises nothing about the log-odds. One forward
    pass.
    """

    name = "native-class"
    summary = "the target's own column of W times z, for nets with two outputs"
    reads = frozenset({Reads.COLUMN})

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if reason := super().unsupported(model, evidence=evidence):
            return reason
        if len(model.task.columns) > 1:
            return "native-class equals native where every class has a logit of its own"
        if model.outputs == 1:
            return "native-class needs two outputs; a single one has one column, which native shows"
        return None

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        return passed[Reads.COLUMN] * batch.z
