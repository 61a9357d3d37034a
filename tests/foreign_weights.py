"""Weights that others made, put where they would have been fetched to."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import pytest

__all__ = ["put_ecgresnet_into_cache"]


def put_ecgresnet_into_cache(
    shared_data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache of its own with the state dicts of ecgresnet, each under its sha256."""
    monkeypatch.setenv("XAI_BENCH_CACHE", str(cache))
    weights = cache / "weights"
    weights.mkdir(parents=True)
    for path in (shared_data / "ecgresnet").glob("*.safetensors"):
        digest = sha256(path.read_bytes()).hexdigest()
        shutil.copyfile(path, weights / f"{digest}.safetensors")
