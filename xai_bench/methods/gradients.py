"""Methods made of gradients of the log-odds with respect to z."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.devices import halved
from xai_bench.generators import integers, normal, seed_tensor, uniform
from xai_bench.methods.background import BACKGROUND, FromBackground, background
from xai_bench.methods.base import Batch, FromZero, Method, Needs, Pass, Reads
from xai_bench.methods.shared_pass import OnePassMethod
from xai_bench.methods.version_passes import gradients_at
from xai_bench.models import Model

__all__ = [
    "ExpectedGradients",
    "GradientSHAP",
    "InputXGradient",
    "IntegratedGradients",
    "Saliency",
    "SmoothGrad",
    "VarGrad",
]

_NOISY_VERSIONS = 16
_NOISE_SD = 0.1
"""In z, and so a tenth of the standard deviation of every lead."""


@final
class Saliency(OnePassMethod):
    """The gradient dm/dz, with its sign (Simonyan et al. 2014; Captum's default drops it)."""

    name = "saliency"
    summary = "gradient of the log-odds"
    cite = "simonyan2014saliency"
    needs = frozenset({Needs.GRADIENT})
    reads = frozenset({Reads.GRADIENT})

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        return passed[Reads.GRADIENT]


@final
class InputXGradient(OnePassMethod):
    """z * dm/dz (Shrikumar et al. 2016)."""

    name = "input-x-gradient"
    summary = "z times the gradient of the log-odds"
    cite = "shrikumar2016inputxgradient"
    needs = frozenset({Needs.GRADIENT})
    reads = frozenset({Reads.GRADIENT})

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        return batch.z * passed[Reads.GRADIENT]


@final
class IntegratedGradients(FromZero):
    """(z - b) * integral over a in [0, 1] of dm/dz at b + a * (z - b) (Sundararajan et al. 2017,
    equation 1).

    Baseline b zero: each lead's own mean, after z-scoring; or `Batch.baseline`. Gauss-Legendre with
    `steps` nodes, because Captum's trapezoid weights sum to 1 - 1/n. Sums to m(z) - m(b).
    """

    takes_baseline = True
    cite = "sundararajan2017ig"
    needs = frozenset({Needs.GRADIENT})

    rows = 8
    """Interpolated recordings in one pass; larger passes are slower on a CPU."""

    def __init__(self, name: str, *, steps: int) -> None:
        self.name = name
        self.summary = f"integrated gradients from the zero recording, {steps} Gauss-Legendre steps"
        self.steps = steps
        self.passes = 2 * steps

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        from captum.attr import IntegratedGradients as CaptumIntegratedGradients  # slow to import

        attribution: Tensor = CaptumIntegratedGradients(model.log_odds).attribute(
            batch.z.detach().clone().requires_grad_(),
            baselines=0.0 if batch.baseline is None else batch.baseline,
            additional_forward_args=(batch.target,),
            n_steps=self.steps,
            method="gausslegendre",
            internal_batch_size=max(halved(self.rows), len(batch.z)),
        )
        return attribution.detach().to(batch.z.dtype)


@final
class ExpectedGradients(FromBackground):
    """Mean over z' of (z - z') * integral over a in [0, 1] of dm/dz at z' + a (z - z') (Erion et
    al. 2021, equation 2), z' the 16 recordings of the background.

    Nothing is drawn: each z' has its whole path, with 8 Gauss-Legendre nodes. Sums to m(z) less the
    mean of m(z'). With 6 nodes it missed that by more than 5 % on 4 of 8 recordings of fold 9 for
    lstm and on 2 of 8 for resnet1d, with 8 nodes on none. 128 passes forward and back.
    """

    name = "expected-gradients"
    summary = "integrated gradients from each of 16 recordings, averaged"
    cite = "erion2021expected"
    needs = frozenset({Needs.GRADIENT})

    steps = 8
    passes = 2 * BACKGROUND * steps

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        others = background(model)
        nodes, weights = (
            torch.from_numpy(column / 2).to(others).repeat(len(others)).reshape(-1, 1, 1)
            for column in np.polynomial.legendre.leggauss(self.steps)
        )
        starts = others.repeat_interleave(self.steps, dim=0)

        def path(records: slice, some: slice) -> Float[Tensor, "record version lead time"]:
            way = batch.z[records].unsqueeze(1) - starts[some]
            return starts[some] + (nodes[some] + 0.5) * way

        found = torch.zeros_like(batch.z)
        for records, some, gradient in gradients_at(model, batch, len(starts), path):
            way = batch.z[records].unsqueeze(1) - starts[some]
            found[records] += (way * weights[some] * gradient).sum(dim=1)
        return found / len(others)


@final
class GradientSHAP(Method):
    """Mean of (y - z') * dm/dz at z' + a (y - z'), y = z + e, over 32 draws of z' from the 16
    recordings of the background, a ~ U(0, 1) and e ~ N(0, 0.1^2) (Lundberg & Lee 2017; Captum).

    `expected-gradients` by chance, and with noise, a tenth of the standard deviation of each lead.
    It sums to the mean of m(y) - m(z') in expectation only, so it promises no sum. 32 passes
    forward and back.
    """

    name = "gradient-shap"
    summary = "gradients at 32 random points between z, with noise, and 16 other recordings"
    cite = "lundberg2017shap"
    needs = frozenset({Needs.GRADIENT})

    draws = 32
    sd = 0.1
    passes = 2 * draws

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        others, seeds = background(model), seed_tensor(batch.seeds, batch.z.device)
        start = others[integers(seeds, (self.draws,), len(others), stream=0)]
        a = uniform(seeds, (self.draws, 1, 1), stream=1).to(batch.z)
        noise = normal(seeds, (self.draws, *batch.z.shape[1:]), stream=2)
        way = batch.z.unsqueeze(1) + self.sd * noise - start
        points = start + a * way
        found = torch.zeros_like(batch.z)
        for records, some, gradient in gradients_at(
            model, batch, self.draws, lambda records, some: points[records, some]
        ):
            found[records] += (way[records, some] * gradient).sum(dim=1)
        return found / self.draws


@final
class SmoothGrad(Method):
    """Mean of dm/dz at z + e over 16 draws of e ~ N(0, 0.1^2) (Smilkov et al. 2017), with its sign.

    z is z-scored: the noise is a tenth of the standard deviation of each lead. 16 passes forward
    and back.
    """

    name = "smoothgrad"
    summary = "mean gradient under noise of 0.1 standard deviations, 16 draws"
    cite = "smilkov2017smoothgrad"
    needs = frozenset({Needs.GRADIENT})
    passes = 2 * _NOISY_VERSIONS

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return _gradients_under_noise(model, batch).mean(dim=1)


@final
class VarGrad(Method):
    """Variance of dm/dz at z + e over 16 draws of e ~ N(0, 0.1^2) (Adebayo et al. 2018).

    Never negative: it says where the gradient is unsteady, not what it speaks for. 16 passes
    forward and back.
    """

    name = "vargrad"
    summary = "variance of the gradient under noise of 0.1 standard deviations, 16 draws; unsigned"
    cite = "adebayo2018sanity"
    needs = frozenset({Needs.GRADIENT})
    passes = 2 * _NOISY_VERSIONS

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return _gradients_under_noise(model, batch).var(dim=1, correction=0)


def _gradients_under_noise(model: Model, batch: Batch) -> Float[Tensor, "record draw lead time"]:
    seeds = seed_tensor(batch.seeds, batch.z.device)
    noisy = normal(seeds, (_NOISY_VERSIONS, *batch.z.shape[1:]))
    noisy = batch.z.unsqueeze(1) + _NOISE_SD * noisy
    found = torch.empty_like(noisy)
    for records, some, gradient in gradients_at(
        model, batch, _NOISY_VERSIONS, lambda records, some: noisy[records, some]
    ):
        found[records, some] = gradient
    return found
