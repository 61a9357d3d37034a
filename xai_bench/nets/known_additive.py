"""A net that adds up a function of each sample: saturating in some leads, squared in others."""

from __future__ import annotations

from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch, KnownNet, Logits
from xai_bench.nets.encoder import as_image
from xai_bench.nets.known_weights import activation_of, check_length, rounded, waves
from xai_bench.types import LEADS

__all__ = ["KNOTS", "KnownAdditive"]

KNOTS = (0.0, 2.0, 4.0)
"""Standard deviations of a lead at which an activation begins, on either side of zero."""
_SATURATING = (1.0, -1.0, 0.0)
_SQUARED = (2.0, 4.0, 4.0)
"""What the activation of each knot counts: z held within +-2; straight lines through 0, 2, 4 of the
square, and on from there."""
_LIMB = 6
"""The first six leads saturate, chest leads are squared."""


@final
class KnownAdditive(KnownNet):
    """m(z) = sum over leads l and samples t of w_lt g_l(z_lt), plus b.

    g_l(z) = sum over knots k of c_k (act(z - k) +- act(-z - k)). With ReLU it is z held within +-2
    in the limb leads (odd), and the square of z drawn with straight lines through 0, 2 and 4 in the
    chest leads (even); with GELU the same, smoothly. One convolution of one sample, the activation,
    one linear layer. w_lt: see `waves`.

    The truth is w_lt (g_l(z_lt) - g_l(0)), unique for each sample: nothing interacts.

    axes: 2: the recording is an image, and its maps have leads; 1: leads are channels.
    samples: length of a recording.
    """

    unique_for = "sample"
    convention = ""

    def __init__(
        self, *, axes: Literal[1, 2] = 2, activation: str = "relu", samples: int = 1000
    ) -> None:
        super().__init__()
        self.samples = samples
        self.axes = axes
        units = 2 * len(KNOTS)
        if axes not in (1, 2):
            raise InputError(f"a net of {axes} axes was asked for; there are those of 1 and of 2")
        self.conv: nn.Conv1d | nn.Conv2d = (
            nn.Conv1d(len(LEADS), len(LEADS) * units, 1, groups=len(LEADS))
            if axes == 1
            else nn.Conv2d(1, units, 1)
        )
        self.activation = activation_of(activation)
        self.fc = nn.Linear(len(LEADS) * units * samples, 1)

    @torch.no_grad()
    def write_weights_(self) -> None:
        copies = len(LEADS) if self.axes == 1 else 1
        sign = torch.tensor([1.0, -1.0]).repeat_interleave(len(KNOTS))
        self.conv.weight.copy_(sign.repeat(copies).view_as(self.conv.weight))
        self.conv.bias.copy_(-torch.tensor(KNOTS).repeat(2 * copies))  # type: ignore[union-attr]
        limb = [*_SATURATING, *(-one for one in _SATURATING)]
        counts = torch.tensor([limb] * _LIMB + [[*_SQUARED, *_SQUARED]] * (len(LEADS) - _LIMB))
        size = torch.tensor([1 / 64] * _LIMB + [1 / 512] * (len(LEADS) - _LIMB))
        w = rounded(waves(self.samples) * size[:, None])
        by_lead = (counts[:, :, None] * w[:, None, :]).float()  # lead, unit, time
        ordered = by_lead if self.axes == 1 else by_lead.transpose(0, 1)
        self.fc.weight.copy_(ordered.reshape(1, -1))
        self.fc.bias.zero_()

    def forward(self, z: Batch) -> Logits:
        """Logits; InputError for recordings of another length than `samples`."""
        check_length(z, self.samples)
        logits: Tensor = self.fc(self.activation(self.conv(self._laid_out(z))).flatten(1))
        return logits

    def truth(self, z: Batch) -> Float[Tensor, "record output lead time"]:
        check_length(z, self.samples)
        assert self.conv.bias is not None
        scale, start = self._by_lead(self.conv.weight), self._by_lead(self.conv.bias)
        change = self.activation(scale * z.double().unsqueeze(1) + start) - self.activation(start)
        w = self._by_lead(self.fc.weight)
        truth: Tensor = (w * change).sum(dim=1, keepdim=True)
        return truth.to(z.dtype)

    def _by_lead(self, weights: Tensor) -> Float[Tensor, "unit lead time"]:
        """Weights of units, or of units and samples, in one order for both kinds of net."""
        of_leads = len(LEADS) if self.axes == 1 or weights is self.fc.weight else 1
        units = 2 * len(KNOTS)
        if self.axes == 1:
            return weights.double().reshape(of_leads, units, -1).transpose(0, 1)
        return weights.double().reshape(units, of_leads, -1)

    def _laid_out(self, z: Batch) -> Tensor:
        return z if self.axes == 1 else as_image(z)
