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

from xai_bench.studies.native_audit.audited_net import METHODS, AuditedNet
from xai_bench.studies.native_audit.neighbours import KINDS, neighbours
from xai_bench.studies.native_audit.quantity_estimates import (
    QuantityEstimate,
    over_recordings,
    unavailable,
)

__all__ = ["local_fidelity"]

_TANGENT = "input-x-gradient"
"""The method whose slope is the gradient."""
_NO_SLOPE = "says nothing of other recordings: no slope"
_ALONE = "no other recording of the class"


def local_fidelity(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Infidelity of W, of the constant and of the tangent, and R_F against both."""
    for kind in KINDS:
        step, change = _steps(audited, kind)
        constant = change.square().mean(dim=1)
        native = _squared_error(audited.weights, step, change)
        tangent = _squared_error(audited.gradient, step, change)
        for quantity, method, values in (
            ("infidelity", "native", native),
            ("infidelity", _TANGENT, tangent),
            ("constant", "native", constant),
            ("fidelity", "native", constant / (native + constant)),
            ("fidelity", _TANGENT, constant / (tangent + constant)),
            ("against_tangent", "native", tangent / (native + tangent)),
        ):
            name = f"{quantity}_{kind}"
            yield over_recordings(audited, name, values, method=method, undefined=_ALONE)
        for method in METHODS:
            if method not in ("native", _TANGENT):
                yield from unavailable([f"fidelity_{kind}"], _NO_SLOPE, method=method)


def _steps(
    audited: AuditedNet, kind: str
) -> tuple[Float[Tensor, "record version lead time"], Float[Tensor, "record version"]]:
    """z' - z and m(z') - m(z)."""
    near = neighbours(audited, kind)
    records, versions = near.shape[:2]
    target = audited.batch.target.repeat_interleave(versions)
    m = audited.forward(near.flatten(0, 1), target).unflatten(0, (records, versions))
    return near - audited.z[:, None], m - audited.log_odds[:, None]


def _squared_error(
    slope: Float[Tensor, "record lead time"],
    step: Float[Tensor, "record version lead time"],
    change: Float[Tensor, "record version"],
) -> Float[Tensor, " record"]:
    """Mean square of slope . (z' - z) - (m(z') - m(z)).

    For W it is the definition: W . z' + b - m(z') is W . (z' - z) + m(z) - m(z').
    """
    predicted = torch.einsum("rlt,rvlt->rv", slope.double(), step.double())
    return (predicted - change).square().mean(dim=1)
