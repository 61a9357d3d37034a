"""A net that reads recordings as a clinician's rule does: Q, ST and T of chosen leads, anywhere."""

from __future__ import annotations

from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv1d, conv2d, conv_transpose1d, conv_transpose2d

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch, KnownNet, Logits
from xai_bench.nets.encoder import as_image
from xai_bench.nets.known_weights import activation_of, rounded
from xai_bench.types import LEADS

__all__ = ["CHOSEN", "FILTERS", "WANDER_LEAD", "WIDTH", "KnownMorphology"]

WIDTH = 101
"""Samples of a filter: 0.5 s to both sides at 100 Hz."""

FILTERS: dict[str, tuple[tuple[int, int, float], ...]] = {
    "Q wave": ((-5, -3, -3.0), (-1, 2, 2.0), (-16, -10, 0.5)),
    "ST above": ((-1, 2, 1.0), (8, 17, 1.0), (-16, -10, -2.0)),
    "T inverted": ((-1, 2, 1.0), (22, 36, -1.0), (-16, -10, 1.0)),
    "T upright": ((-1, 2, 1.0), (22, 36, 1.0), (-16, -10, -2.0)),
    "level above": ((-50, 51, 1.0),),
    "level below": ((-50, 51, -1.0),),
}
"""Name -> from, to (excluded) and height of its steps, in samples from the R peak at 100 Hz. Q, ST
and T stand beside the R peak and are measured from the PR segment; levels are means of a second."""

CHOSEN: tuple[tuple[str, str, float], ...] = (
    *(("Q wave", lead, 8.0) for lead in ("V3", "V4", "V5")),
    *(("ST above", lead, 6.0) for lead in ("I", "II", "III", "aVF")),
    *(("T inverted", lead, 6.0) for lead in ("III", "aVL")),
    *(("T upright", lead, -6.0) for lead in ("V4", "V5", "V6")),
)
"""Filter, lead, and what it speaks for: an infarction, or against it."""

WANDER_LEAD = "aVR"
"""Whose level the shortcut reads; the rule reads nothing there."""
_THRESHOLD = 2.0
"""Of waves, in standard deviations of white noise behind the filter; levels have none."""
_USUAL, _USUAL_WANDER = 2.0, 1.5
"""Less than the log-odds of a usual recording without these: so that both classes are predicted."""


@final
class KnownMorphology(KnownNet):
    """m(z) = sum over chosen (filter f, lead l) of v_fl mean over t of act(<f, z_l at t> - h_f) + b

    Matched filters, of unit norm, for Q waves, ST above PR, inverted and upright T waves; one
    convolution, an activation, the mean over time, one linear layer. Any length.

    A unit (f, l, t) adds v_fl / T (act(c - h) - act(-h)), c = <f, z_l at t>: known, and nothing
    else reads its samples together. So the truth is unique for each lead, and within a lead it is
    known up to the reach of the filter. Among the samples of its window it is shared by their terms
    f_s z_s / c: a convention, which integrated gradients and DeepLIFT follow for a net of one
    hidden layer, and so are right by it.

    axes: 2: the recording is an image, every filter runs over all leads, and maps have leads; 1:
        leads are channels, and there is a channel for each chosen filter and lead. The function is
        the same.
    wander_gain: of a shortcut: the level of aVR over a second, above or below. 0: there is none.
    """

    unique_for = "lead"
    suspect_lead = WANDER_LEAD
    convention = (
        "a filter's output is shared among the samples of its window by their terms, as integrated "
        "gradients and DeepLIFT do"
    )

    def __init__(
        self, *, axes: Literal[1, 2] = 2, activation: str = "relu", wander_gain: float = 0.0
    ) -> None:
        super().__init__()
        self.axes = axes
        self._wander_gain = wander_gain
        if axes not in (1, 2):
            raise InputError(f"a net of {axes} axes was asked for; there are those of 1 and of 2")
        shortcut = [(name, WANDER_LEAD, wander_gain) for name in ("level above", "level below")]
        self._chosen = [*CHOSEN, *(shortcut if wander_gain else ())]
        self._names = [name for name in FILTERS if name in {one for one, *_ in self._chosen}]
        half = WIDTH // 2
        self.conv: nn.Conv1d | nn.Conv2d
        if axes == 1:
            self.conv = nn.Conv1d(len(LEADS), len(self._chosen), WIDTH, padding=half)
            self.fc = nn.Linear(len(self._chosen), 1)
        else:
            self.conv = nn.Conv2d(1, len(self._names), (1, WIDTH), padding=(0, half))
            self.fc = nn.Linear(len(self._names) * len(LEADS), 1)
        self.activation = activation_of(activation)

    @torch.no_grad()
    def write_weights_(self) -> None:
        filters = {name: _filter(name) for name in self._names}
        levels = {name: 0.0 if name.startswith("level") else -_THRESHOLD for name in self._names}
        self.conv.weight.zero_()
        self.fc.weight.zero_()
        bias = self.conv.bias
        assert bias is not None
        if self.axes == 1:
            for row, (name, lead, gain) in enumerate(self._chosen):
                self.conv.weight[row, LEADS.index(lead)] = filters[name]
                bias[row] = levels[name]
                self.fc.weight[0, row] = gain
        else:
            for row, name in enumerate(self._names):
                self.conv.weight[row, 0, 0] = filters[name]
                bias[row] = levels[name]
            for name, lead, gain in self._chosen:
                place = self._names.index(name) * len(LEADS) + LEADS.index(lead)
                self.fc.weight[0, place] = gain
        self.fc.bias.fill_(-_USUAL - _USUAL_WANDER * self._wander_gain)

    def forward(self, z: Batch) -> Logits:
        maps = self.activation(self.conv(z if self.axes == 1 else as_image(z)))
        logits: Tensor = self.fc(maps.mean(dim=-1).flatten(1))
        return logits

    def truth(self, z: Batch) -> Float[Tensor, "record output lead time"]:
        f, v = self.conv.weight.double(), self.fc.weight.double() / z.shape[-1]
        assert self.conv.bias is not None
        h = self.conv.bias.double()
        half = WIDTH // 2
        if self.axes == 1:
            found = conv1d(z.double(), f, padding=half)
            slope = self._slope(found, h[:, None]) * v.view(-1, 1)
            return (conv_transpose1d(slope, f, padding=half) * z).to(z.dtype).unsqueeze(1)
        found = conv2d(z.double().unsqueeze(1), f, padding=(0, half))
        slope = self._slope(found, h[:, None, None]) * v.view(-1, len(LEADS), 1)
        shared = conv_transpose2d(slope, f, padding=(0, half)).squeeze(1)
        return (shared * z).to(z.dtype).unsqueeze(1)

    def _slope(self, found: Tensor, bias: Tensor) -> Tensor:
        """What a unit adds, for a unit of what its filter finds; nothing where that is zero."""
        change = self.activation(found + bias) - self.activation(bias)
        return torch.where(found == 0, 0, change / found)


def _filter(name: str) -> Float[Tensor, " step"]:
    steps = torch.zeros(WIDTH, dtype=torch.float64)
    for first, end, height in FILTERS[name]:
        steps[WIDTH // 2 + first : WIDTH // 2 + end] = height
    return rounded(steps / steps.square().sum().sqrt()).float()
