"""A generator of the architecture of Pulse2Pulse, small and random."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["tiny_tensors"]

_DOWN = [(8, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 7)]
_UP = {1: (7, 7), 2: (14, 6), 3: (12, 5), 5: (10, 4), 6: (8, 3), 7: (3, 8)}


def tiny_tensors(seed: int = 0) -> dict[str, Tensor]:
    """Weights and biases with the names of its authors."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {f"conv_{k + 1}": pair for k, pair in enumerate(_DOWN)}
    shapes |= {f"deconv_{k}.conv1d": pair for k, pair in _UP.items()}
    found = {}
    for name, (inner, outer) in shapes.items():
        scale = (1.5 / (inner * 25)) ** 0.5
        found[f"{name}.weight"] = scale * torch.randn(outer, inner, 25, generator=generator)
        found[f"{name}.bias"] = 0.1 * torch.randn(outer, generator=generator)
    return found
