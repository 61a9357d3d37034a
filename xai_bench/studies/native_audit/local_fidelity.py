"""Question 4: is (W, b) a model of the net beside the recording, or only at it?

Infidelity is mean((W(z) . z' + b(z) - m(z'))^2) over neighbours z' (LFR-IMN, arXiv 2606.29951). It
is compared with two rivals that take nothing from the net's own explanation: the constant m(z),
which W must beat to say anything of z', and the tangent m(z) + dm/dz . (z' - z), what a post-hoc
gradient says. R_F = I_rival / (I_model + I_rival) of each recording: 1/2 is no better than the
rival, 1 is exact.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.studies.native_audit.answer import Answer, across, missing
from xai_bench.studies.native_audit.audited_net import RIVALS, Subject
from xai_bench.studies.native_audit.neighbours import KINDS, neighbours

__all__ = ["fidelity"]

_NO_SLOPE = "says nothing of other recordings: no slope"
_ALONE = "no other recording of the class"


def fidelity(subject: Subject) -> Iterator[Answer]:
    """Infidelity of W, of the constant and of the tangent, and R_F against both."""
    for kind in KINDS:
        step, change = _steps(subject, kind)
        constant = change.square().mean(dim=1)
        native = _missed(subject.weights, step, change)
        tangent = _missed(subject.gradient, step, change)

        def tell(what: str, values: Tensor, method: str = "native", kind: str = kind) -> Answer:
            name = f"{what}_{kind}"
            return across(subject, name, values, method=method, undefined=_ALONE)

        yield tell("infidelity", native)
        yield tell("infidelity", tangent, "input-x-gradient")
        yield tell("constant", constant)
        yield tell("fidelity", constant / (native + constant))
        yield tell("fidelity", constant / (tangent + constant), "input-x-gradient")
        yield tell("against_tangent", tangent / (native + tangent))
        for method in RIVALS:
            if method not in ("native", "input-x-gradient"):
                yield missing(f"fidelity_{kind}", _NO_SLOPE, method=method)


def _steps(
    subject: Subject, kind: str
) -> tuple[Float[Tensor, "record version lead time"], Float[Tensor, "record version"]]:
    """z' - z and m(z') - m(z)."""
    near = neighbours(subject, kind)
    records, versions = near.shape[:2]
    target = subject.batch.target.repeat_interleave(versions)
    m = subject.forward(near.flatten(0, 1), target).unflatten(0, (records, versions))
    return near - subject.z[:, None], m - subject.log_odds[:, None]


def _missed(
    slope: Float[Tensor, "record lead time"],
    step: Float[Tensor, "record version lead time"],
    change: Float[Tensor, "record version"],
) -> Float[Tensor, " record"]:
    """Mean square of slope . (z' - z) - (m(z') - m(z)).

    For W it is the definition: W . z' + b - m(z') is W . (z' - z) + m(z) - m(z').
    """
    predicted = torch.einsum("rlt,rvlt->rv", slope.double(), step.double())
    return (predicted - change).square().mean(dim=1)
