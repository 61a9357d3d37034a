"""Question 4: is (W, b) a model of the net beside the recording, or only at it?

Infidelity is mean((W(z) . z' + b(z) - m(z'))^2) over neighbours z' (LFR-IMN, arXiv 2606.29951). It
is compared with two rivals that take nothing from the net's own explanation: the constant m(z),
which W must beat to say anything of z', and the tangent m(z) + dm/dz . (z' - z), what a post-hoc
gradient says. R_F = I_rival / (I_model + I_rival) of each recording: 1/2 is no better than the
rival, 1 is exact.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from xai_bench.data.distort import add_white_noise
from xai_bench.studies.native_audit.audited_net import METHODS, AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import (
    QuantityEstimate,
    estimates,
    over_recordings,
)

__all__ = ["KINDS", "VERSIONS", "local_fidelity", "neighbours"]

KINDS = ("noise", "wander", "mix")
"""White noise, a wandering baseline, and a step towards another recording of the same class."""

VERSIONS = 4
"""Neighbours of each kind for each recording."""

_SNR_DB = 20.0
_WANDER_MV = 0.1
_WANDER_HZ = (0.15, 0.5)  # of breathing
_STEP = 0.25
"""Of the way to the other recording (LFR-IMN, arXiv 2606.29951, interpolates like SMOTE)."""

Differences = Float32[np.ndarray, "version lead time"]

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
                yield from estimates(audited, {f"fidelity_{kind}": _NO_SLOPE}, method=method)


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


def neighbours(audited: AuditedNet, kind: str) -> Float[Tensor, "record version lead time"]:
    """z' of the neighbours of one kind; NaN where a recording has none.

    The scale of the normalisation is that of the clean recording, as in training with a fidelity
    term and as wherever z is perturbed here: a new one would change every sample of a lead because
    of the noise, and W * z' would be judged by that. The offset that a neighbour gains is taken
    away, as any z-score would: z' stays centred, so that the gauge of W cannot count.
    """
    made = []
    classes = audited.batch.target.cpu().numpy()
    patients = np.array(audited.patients)
    for row, seed in enumerate(audited.draws(f"neighbours by {kind}")):
        of_class = (classes == classes[row]) & (patients != patients[row])
        difference = _differences(
            audited, kind, row, of_class.nonzero()[0], np.random.default_rng(seed)
        )
        difference -= difference.mean(axis=-1, keepdims=True)
        clean = audited.millivolt[row].expand(VERSIONS, -1, -1)
        rescaled = audited.model.rescale(torch.from_numpy(difference), clean)
        made.append(audited.z[row] + rescaled)
    return torch.stack(made)


def _differences(
    audited: AuditedNet,
    kind: str,
    row: int,
    others: Int64[np.ndarray, " other"],
    rng: np.random.Generator,
) -> Differences:
    """Neighbours minus the recording, in millivolt. others: those of its class, of others."""
    x = audited.millivolt[row].numpy()
    shape = (VERSIONS, *x.shape)
    if kind == "noise":
        drawn = torch.from_numpy(rng.standard_normal(shape))
        noisy = add_white_noise(torch.from_numpy(x), drawn, _SNR_DB)
        added: Differences = noisy.numpy() - x
        return added
    if kind == "wander":
        hertz = rng.uniform(*_WANDER_HZ, size=(*shape[:2], 1))
        phase = rng.uniform(0, 2 * np.pi, size=(*shape[:2], 1))
        seconds = np.arange(x.shape[-1]) / audited.recordings.rate_hz
        wander = _WANDER_MV * np.sin(2 * np.pi * hertz * seconds + phase)
        return wander.astype(np.float32)
    if not len(others):
        return np.full(shape, np.nan, dtype=np.float32)
    chosen = rng.choice(others, size=VERSIONS)
    towards: Differences = np.float32(_STEP) * (audited.millivolt[chosen].numpy() - x)
    return towards
