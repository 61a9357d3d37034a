"""Where the files of cards are. Names are known without reading one, as a shell needs them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = ["built_in", "metric_files", "model_files"]

_PACKAGE = Path(__file__).parent


def built_in() -> Path:
    """The folder of our own: of the wheel, or the checkout."""
    wheel = _PACKAGE / "_zoo"
    return wheel if wheel.is_dir() else _PACKAGE.parent


def model_files(roots: Iterable[Path]) -> list[Path]:
    """models/NAME/card.toml of every model."""
    found = [path for root in roots for path in sorted(root.glob("models/*/card.toml"))]
    return [path for path in found if path.parent.name[0] not in "_."]


def metric_files(roots: Iterable[Path]) -> list[Path]:
    """metrics/FAMILY/NAME.toml of every metric."""
    found = [path for root in roots for path in root.glob("metrics/*/*.toml")]
    return [path for path in found if path.parent.name[0] not in "_."]
