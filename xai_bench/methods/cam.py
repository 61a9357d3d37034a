"""Class activation maps, read from a layer that keeps leads apart where there is one."""

from __future__ import annotations

from abc import abstractmethod
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from xai_bench.generators import normal, seed_tensor
from xai_bench.methods.base import Batch, Needs, Pass, Reads
from xai_bench.methods.shared_pass import OnePassMethod, kept_activation, one_pass
from xai_bench.models import Model
from xai_bench.nets.pooled import PooledNet

__all__ = ["ActivationMap", "GradCAM", "GradCAMPlusPlus", "HiResCAM", "enlarged"]
__all__ += ["lost_leads", "why_no_map"]

Maps = Float[Tensor, "record channel *place"]
"""Activations of a layer, or gradients with respect to them."""


class ActivationMap(OnePassMethod):
    """A map of the places of the model's cam_layer, brought to the size of the recording.

    A layer of shape (record, channel, lead, time') gives a map for each lead, interpolated in
    time only; one of shape (record, channel, time') has lost the leads, and its map is repeated
    for all twelve.
    """

    needs = frozenset({Needs.CAM_LAYER, Needs.GRADIENT})
    reads = frozenset({Reads.ACTIVATION, Reads.ACTIVATION_GRADIENT})

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if reason := super().unsupported(model, evidence=evidence):
            return reason
        reason = why_no_map(model)
        return f"{self.name} {reason}" if reason else None

    @abstractmethod
    def map(self, A: Maps, g: Maps) -> Float[Tensor, "record *place"]:  # noqa: F821
        """From the activations A and g = dm/dA."""

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        found = self.map(passed[Reads.ACTIVATION], passed[Reads.ACTIVATION_GRADIENT])
        return enlarged(found, batch.z.shape[1], batch.z.shape[2])

    def remark(self, model: Model) -> str:
        return lost_leads(model)


@final
class GradCAM(ActivationMap):
    """ReLU of the sum over channels of w * A, w the mean of g over places (Selvaraju et al. 2017,
    equations 1 and 2). One pass forward and back.
    """

    name = "gradcam"
    summary = "Grad-CAM at the card's cam_layer, one map a lead where the layer keeps leads"
    cite = "selvaraju2017gradcam"

    def map(self, A: Maps, g: Maps) -> Float[Tensor, "record *place"]:  # noqa: F821
        w = g.mean(dim=_places(g), keepdim=True)
        return (w * A).sum(dim=1).relu()


@final
class GradCAMPlusPlus(ActivationMap):
    """ReLU of the sum over channels of w * A, w the sum over places of alpha * ReLU(g), alpha =
    g^2 / (2 g^2 + g^3 * sum of A over places) (Chattopadhay et al. 2018, equations 5 and 19).

    The second and third derivatives are those of exp(m) where the net is piecewise linear in A; its
    factor exp(m), one a recording, is left out. alpha is computed as 1 / (2 + g * sum of A): an
    epsilon in the denominator, as others have it, would outweigh the g^2 of long recordings.

    Made for nets that classify the means of A, where g * sum of A is small; where it reaches -2 the
    map is not defined, and NaN. A native net multiplies what it makes of A by z, and is refused,
    as are known nets, whose cam_layer stands before their non-linearity: both reach -2 in most
    recordings. One pass forward and back.
    """

    name = "gradcam-plus-plus"
    summary = "Grad-CAM++ at the card's cam_layer: places of positive gradient weigh the channels"
    cite = "chattopadhay2018gradcampp"

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if reason := super().unsupported(model, evidence=evidence):
            return reason
        needs = f"{self.name} needs a net that classifies the means of its maps"
        if model.is_native:
            return f"{needs}; a native net multiplies what it makes of them by its input"
        if model.is_known:
            return (
                f"{needs}; in a known net the gradient times the sum of a map reaches -2, where "
                "the weight of a channel is not defined"
            )
        return None

    def map(self, A: Maps, g: Maps) -> Float[Tensor, "record *place"]:  # noqa: F821
        below = 2 + g * A.sum(dim=_places(A), keepdim=True)
        weight = g / below.where(below > 0, torch.nan)
        w = weight.where(g > 0, 0).sum(dim=_places(g), keepdim=True)
        return (w * A).sum(dim=1).relu()


@final
class HiResCAM(ActivationMap):
    """Sum over channels of g * A (Draelos & Carin 2020): no mean of gradients, and no ReLU.

    The value of a place is shared by the samples it stands for. Then attributions sum to m(z) less
    the bias, if the net takes the mean of A and is linear from there on; only such nets are
    promised a sum. One pass forward and back.
    """

    name = "hirescam"
    summary = "HiResCAM at the card's cam_layer: activations times their own gradients, signed"
    cite = "draelos2020hirescam"

    def map(self, A: Maps, g: Maps) -> Float[Tensor, "record *place"]:  # noqa: F821
        return (g * A).sum(dim=1)

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        places, samples = passed[Reads.ACTIVATION][0, 0].numel(), batch.z[0].numel()
        return super().read(batch, passed) * (places / samples)

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"] | None:
        net = model.net
        if not isinstance(net, PooledNet) or not model.linear_in_logits:
            return None
        with kept_activation(model, self.reads) as read:
            pooled = net.features(batch.z[:1])
        if not torch.equal(read[0], pooled):
            return None
        bias = model.explained(net.fc.bias.expand(len(batch.z), -1), batch.target)
        return passed[Reads.LOG_ODDS] - bias


def enlarged(
    found: Float[Tensor, "record *place"],  # noqa: F821
    leads: int,
    samples: int,
) -> Float[Tensor, "record lead time"]:
    """A map of places, of time or of leads and time, interpolated to the size of a recording; the
    same for all leads where it has none."""
    if found.dim() == 2:
        found = found.unsqueeze(1).expand(-1, leads, -1)
    found = found.unsqueeze(1)
    return interpolate(found, (leads, samples), mode="bilinear", align_corners=False)[:, 0]


def why_no_map(model: Model) -> str | None:
    """Why the cam_layer of a model that names one gives no map, or None."""
    layer = f"needs another cam_layer than '{model.cam_layer_path}'"
    z = normal(seed_tensor((0, 1), model.device), model.shape).requires_grad_()
    with torch.enable_grad(), kept_activation(model, {Reads.ACTIVATION}) as kept:
        log_odds = model.log_odds(z, 0)
    if len(kept) != 1:
        return f"{layer}, which runs {len(kept)} times in a pass"
    (maps,) = kept
    if not isinstance(maps, Tensor) or maps.dim() not in (3, 4) or len(maps) != len(z):
        shape = tuple(maps.shape) if isinstance(maps, Tensor) else type(maps).__name__
        return f"{layer}, which puts out {shape} for two recordings, and no maps over time"
    if torch.autograd.grad(log_odds.sum(), maps, allow_unused=True)[0] is None:
        return f"{layer}, which the log-odds do not depend on"
    if (axis := _axis_of_time(model, z.detach(), maps.detach())) != maps.dim() - 1:
        return f"{layer}, which puts out time along axis {axis}, not along the last"
    return None


@torch.no_grad()
def _axis_of_time(model: Model, z: Float[Tensor, "two lead time"], maps: Tensor) -> int:
    """The axis of maps along which a change moves when it moves from the first half of z to the
    second; the last where none stands out, as in a net that mixes all samples."""
    moved = torch.zeros(maps.dim())
    for samples, sign in zip(torch.arange(z.shape[2]).chunk(2), (-1, 1), strict=True):
        changed = z.clone()
        changed[:, :, samples] *= -1
        with kept_activation(model, {Reads.ACTIVATION}) as kept:
            model.net(changed)
        change = (kept[0] - maps).abs()
        for axis in range(1, maps.dim()):
            along = change.transpose(0, axis).flatten(1).sum(dim=1)
            places = torch.linspace(0, 1, len(along), device=along.device)
            moved[axis] += sign * float((places * along).sum() / along.sum().clamp_min(1e-30))
    best, last = int(moved.abs().argmax()), maps.dim() - 1
    return best if moved[best].abs() > moved[last].abs() + 0.1 else last


def lost_leads(model: Model) -> str:
    """The remark that the model's cam_layer has no lead axis, if it has none."""
    if model.cam_layer is None:
        return ""
    z = torch.zeros(1, *model.shape, device=model.device)
    one = Batch(z=z, target=torch.zeros(1, dtype=torch.int64, device=model.device))
    has_leads = one_pass(model, one, {Reads.ACTIVATION})[Reads.ACTIVATION].dim() == 4
    return "" if has_leads else "no lead axis: one CAM for all leads"


def _places(maps: Tensor) -> tuple[int, ...]:
    return tuple(range(2, maps.dim()))
