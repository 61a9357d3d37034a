"""A one-dimensional U-Net that says of every sample of one lead which waves it lies in."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["DELINEATED", "STRIDE", "DelNet"]

DELINEATED = ("P", "QRS", "T")
"""The waves in the order of the outputs."""

_WIDTHS = (12, 16, 24, 32, 48, 64)
STRIDE = 2 ** (len(_WIDTHS) - 1)
"""Samples must be a multiple of it."""
_KERNEL = 3
_DROPOUT = 0.1

Lead = Float[Tensor, "trace time"]
Scores = Float[Tensor, "trace 3 time"]


@final
class DelNet(nn.Module):
    """U-Net for P, QRS and T (Jimenez-Perez, Alcaine and Camara, Sci. Rep. 11:863, 2021).

    Six levels of two convolutions of three samples, each followed by batch normalisation and a
    leaky ReLU; halved by averages on the way down, doubled by repetition on the way up, where the
    level of the same length is joined. The paper starts with 16 to 64 channels and doubles them at
    each level; 12, 16, 24, 32, 48 and 64 channels are ours, 88,123 parameters. At 250 Hz a sample
    sees 0.75 s to either side.
    """

    def __init__(self) -> None:
        super().__init__()
        above = (1, *_WIDTHS[:-1])
        self.down = nn.ModuleList(
            _level(before, width) for before, width in zip(above, _WIDTHS, strict=True)
        )
        self.up = nn.ModuleList(
            _level(_WIDTHS[i] + _WIDTHS[i + 1], _WIDTHS[i]) for i in range(len(_WIDTHS) - 1)
        )
        self.out = nn.Conv1d(_WIDTHS[0], len(DELINEATED), 1)

    def forward(self, lead: Lead) -> Scores:
        """Log-odds that each sample lies in a P, a QRS and a T; these may overlap.

        lead: at 250 Hz, of no unit (see `models.waves.delnet_reader.normalised`), its length a
        multiple of STRIDE.
        """
        maps = lead[:, None]
        levels = []
        for i, level in enumerate(self.down):
            maps = level(nn.functional.avg_pool1d(maps, 2) if i else maps)
            levels.append(maps)
        for i in reversed(range(len(self.up))):
            doubled = maps.repeat_interleave(2, dim=2)
            maps = self.up[i](torch.cat([levels[i], doubled], dim=1))
        scores: Tensor = self.out(maps)
        return scores


def _level(before: int, after: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in (before, after):
        layers += [
            nn.Conv1d(width, after, _KERNEL, padding=_KERNEL // 2, bias=False),
            nn.BatchNorm1d(after),
            nn.LeakyReLU(0.01),
        ]
    return nn.Sequential(*layers, nn.Dropout1d(_DROPOUT))
