"""A zoo of closed-form models with seeds."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.closed_forms import SUPERCLASS, FiveLinear, Linear, TwoLinear, weight_map
from tests.tiny_zoo import write_model
from xai_bench.zoo import Zoo

__all__ = ["seeded_zoo"]


def seeded_zoo(folder: Path) -> Zoo:
    """`linear` with two more seeds, `two-linear` (native), `five-linear` (another task)."""
    binary: dict[str, object] = {}
    for name, kind, facts in (
        ("linear", Linear, binary),
        ("linear-seed1", Linear, binary),
        ("linear-seed2", Linear, binary),
        ("two-linear", TwoLinear, binary),
        ("five-linear", FiveLinear, SUPERCLASS),
    ):
        net = kind()
        if isinstance(net, Linear) and name[-1].isdigit():
            with torch.no_grad():
                net.w.copy_(weight_map(20 + int(name[-1])))
        write_model(folder / "models" / name, net, facts)
    return Zoo(folder, allow_code=True)
