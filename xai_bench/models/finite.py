"""A net whose weights or outputs are not numbers is refused before anything is explained."""

from __future__ import annotations

import torch

from xai_bench.errors import WeightsError
from xai_bench.models.model import Model

__all__ = ["check_finite"]

_PROBE_MV = 0.3
"""Standard deviation of the white noise that the net is tried on: what an ECG has in a lead."""


@torch.inference_mode()
def check_finite(model: Model, where: str) -> None:
    """Raises WeightsError where a weight, or an output for a probe of white noise, is nan or inf.

    where: begins the message, such as the model's folder.
    """
    for name, tensor in model.net.state_dict().items():
        wrong = tensor.numel() - int(tensor.isfinite().sum())
        if wrong:
            raise WeightsError(
                f"{where}: {wrong} of the {tensor.numel()} values of '{name}' are nan or inf; "
                "such a net has no answer to explain: train it again, or take an earlier checkpoint"
            )
    probe = torch.randn(1, *model.shape, generator=torch.Generator().manual_seed(0)) * _PROBE_MV
    logits = model.net(model.normalise(probe))
    if not logits.isfinite().all():
        found = ", ".join(f"{value:g}" for value in logits.flatten().tolist()[:5])
        raise WeightsError(
            f"{where}: the net puts out {found} for white noise of {_PROBE_MV:g} mV in all "
            f"{len(model.leads)} leads, where numbers are due; look for a division by zero or an "
            "overflow"
        )
