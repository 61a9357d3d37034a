"""A model folder whose recipe is two short epochs on a few recordings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xai_bench import load_data
from xai_bench.training import runner
from xai_bench.types import Recordings

CARD = (Path(__file__).parents[2] / "models/conv2d/card.toml").read_text().split("\n[weights]")[0]


@pytest.fixture
def card() -> str:
    changes = {"epochs": "2", "batch_size": "8", "crop_seconds": "0.64"}
    text = CARD
    for key, value in changes.items():
        text = re.sub(rf"({key} +=) \S+", rf"\1 {value}", text)
    return text


@pytest.fixture
def folder(tmp_path: Path, card: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    def few(data: str, *, split: str, **options: object) -> Recordings:
        n = {"train": 48}.get(split, 24)
        return load_data(data, split=split, n=n, task=options["task"])  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "load_data", few)
    home = tmp_path / "models/quick"
    home.mkdir(parents=True)
    (home / "card.toml").write_text(card)
    return home
