"""Neighbours of a recording, made in millivolt, where real changes happen."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from xai_bench.data.distort import add_white_noise
from xai_bench.studies.native_audit.audited_net import AuditedNet

__all__ = ["KINDS", "VERSIONS", "neighbours"]

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
        noisy = add_white_noise(x, rng.standard_normal(shape), _SNR_DB)
        added: Differences = noisy - x
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
