"""A zoo of closed-form models, for tests that need a model by name but no net worth waiting for."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import tomlkit
from safetensors.torch import save

from tests.closed_forms import CARD, SUPERCLASS, FiveLinear, Linear, TwoLinear
from xai_bench.nets.base import Net
from xai_bench.zoo import Zoo

__all__ = ["tiny_zoo", "write_model"]


def tiny_zoo(folder: Path) -> Zoo:
    """Models `linear` (a black box), `two-linear` (native) and `five-linear` (multi-label)."""
    binary: dict[str, object] = {}
    for name, kind, facts in (
        ("linear", Linear, binary),
        ("two-linear", TwoLinear, binary),
        ("five-linear", FiveLinear, SUPERCLASS),
    ):
        write_model(folder / "models" / name, kind(), facts)
    return Zoo(folder, allow_code=True)


def write_model(home: Path, net: Net, facts: Mapping[str, object]) -> None:
    """A model's folder: the weights of a closed form, and a card that `facts` change."""
    home.mkdir(parents=True)
    kind = type(net)
    weights = save(net.state_dict())
    (home / "weights.safetensors").write_bytes(weights)
    card = {
        **CARD,
        **facts,
        "target": f"./net.py:{kind.__name__}",
        "weights": {"file": "weights.safetensors", "sha256": sha256(weights).hexdigest()},
    }
    (home / "card.toml").write_text(tomlkit.dumps(card))
    (home / "net.py").write_text(f"from {kind.__module__} import {kind.__name__}\n")
