"""A zoo of closed-form models with seeds."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import tomlkit
import torch
from safetensors.torch import save

from tests.closed_forms import CARD, SUPERCLASS, FiveLinear, Linear, TwoLinear, weight_map
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
        home = folder / "models" / name
        home.mkdir(parents=True)
        net = kind()
        if isinstance(net, Linear) and name[-1].isdigit():
            with torch.no_grad():
                net.w.copy_(weight_map(20 + int(name[-1])))
        weights = save(net.state_dict())
        (home / "weights.safetensors").write_bytes(weights)
        card = {
            **CARD,
            **facts,
            "target": f"tests.closed_forms:{kind.__name__}",
            "weights": {"file": "weights.safetensors", "sha256": sha256(weights).hexdigest()},
        }
        (home / "card.toml").write_text(tomlkit.dumps(card))
    return Zoo(folder)
