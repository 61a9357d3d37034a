"""A net and its normalisation are tried on noise before they become a model."""

from __future__ import annotations

import torch
from torch import Tensor

from xai_bench.errors import CardError, InputError
from xai_bench.models.finite import check_finite
from xai_bench.models.model import Model
from xai_bench.nets.base import Batch, Logits, NativeNet

__all__ = ["try_net"]

_LEAST_SHARE = 1e-3
"""Of the size of the logits, or of z, that two passes of one recording may differ."""


def try_net(model: Model) -> None:
    """Refuse what cannot be explained. Raises InputError, CardError.

    Refused are logits of another shape, probabilities, answers that are not finite, not the same
    twice, or another in company; a normalisation of which the same is true, or which changes its
    input or stops gradients; and W and b that are not the net.
    """
    drawn = torch.Generator().manual_seed(0)
    millivolt = 0.3 * torch.randn(3, *model.shape, generator=drawn).to(model.device)
    z = _try_normalisation(model, millivolt)
    # Normalised company would be alike: statistics of the batch would not show.
    company = torch.tensor([1.0, 3.0, 0.2], device=z.device)[:, None, None]
    try:
        with torch.no_grad():
            logits, again = model.net(z), model.net(z)
            alone, beside = model.net(z[:1]), model.net(z * company)
    except (InputError, CardError):
        raise
    except Exception as error:  # a module may raise anything
        raise InputError(
            f"model '{model.name}': its net does not read {len(model.leads)} leads x "
            f"{model.samples} samples ({' '.join(str(error).split())[:200]})"
        ) from error
    _check_shape(model, logits)
    check_finite(model, f"model '{model.name}'")
    _ = model.cam_layer  # is looked up, and is an error where there is none
    tolerance = _LEAST_SHARE * max(1.0, float(logits.abs().max()))
    if _apart(logits, again) > tolerance:
        raise InputError(
            f"model '{model.name}': its net answers the same recording differently each time, as "
            "dropout that is on in evaluation does; its explanations would be noise"
        )
    if max(_apart(logits[:1], alone), _apart(beside[:1], alone)) > tolerance:
        raise InputError(
            f"model '{model.name}': what its net says of a recording depends on the others in its "
            "batch, as batch norms without running statistics do; give them statistics "
            "(track_running_stats=True) and train them"
        )
    if model.is_native:
        _try_native(model, z, logits, tolerance)


def _check_shape(model: Model, logits: object) -> None:
    if not isinstance(logits, Tensor) or logits.shape[:1] != (3,) or logits.dim() != 2:
        shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise InputError(
            f"model '{model.name}': its net makes {shape} of 3 recordings; wanted are logits "
            f"(record, output), and (3, {model.task.outputs[-1]}) here"
        )
    if logits.shape[1] not in model.task.outputs:
        raise InputError(
            f"model '{model.name}': the classes {', '.join(model.task.classes)} need "
            f"{' or '.join(map(str, model.task.outputs))} outputs, its net has {logits.shape[1]}"
        )
    sums = (logits.sum(dim=1) - 1).abs().max()
    if logits.shape[1] > 1 and not model.task.multilabel and sums < 1e-4 and (logits >= 0).all():
        raise InputError(
            f"model '{model.name}': its net puts out probabilities, which sum to 1; log-odds are "
            "made of logits: leave its softmax out"
        )


def _try_normalisation(model: Model, millivolt: Batch) -> Batch:
    given = millivolt.clone()
    z, again = (model.normalise(one) for one in (given, millivolt.clone()))
    alone = model.normalise(millivolt[:1].clone())
    tolerance = _LEAST_SHARE * max(1.0, float(z.abs().max()))
    reason = ""
    if not torch.equal(given, millivolt):
        reason = "changes the recording that it is given; return a new tensor"
    elif not z.isfinite().all():
        reason = "makes numbers of white noise that are not finite"
    elif _apart(z, again) > tolerance:
        reason = "gives another z of the same recording each time"
    elif _apart(z[:1], alone) > tolerance:
        reason = "makes z of a recording depend on the others in its batch; take means over time"
    if reason:
        raise InputError(f"model '{model.name}': normalise= {reason}")
    with torch.enable_grad():
        model.normalise(millivolt.clone().requires_grad_())  # raises where gradients stop
    return z


def _try_native(model: Model, z: Batch, logits: Logits, tolerance: float) -> None:
    with torch.no_grad():
        W, b = model.generate(model.net, z) if model.generate else model.generated(z)
    if W.shape != (*logits.shape, *z.shape[1:]) or b.shape != logits.shape:
        raise InputError(
            f"model '{model.name}': native= returns W {tuple(W.shape)} and b {tuple(b.shape)}; "
            f"wanted are {(*logits.shape, *z.shape[1:])} and {tuple(logits.shape)}"
        )
    missed = _apart(NativeNet.apply_weights(W, b, z), logits)
    if missed > tolerance:
        raise InputError(
            f"model '{model.name}': native= does not explain the net: the sum of W * z, plus b, "
            f"misses its logits by up to {missed:.3g}"
        )


def _apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())
