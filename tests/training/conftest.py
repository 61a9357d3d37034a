"""A model folder whose recipe is two short epochs on a few recordings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conv2d_card import CARD
from xai_bench import load_data
from xai_bench.cards import ModelCard
from xai_bench.training import runner, train
from xai_bench.types import Recordings


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What `train` returned, wrote and told."""

    card: ModelCard
    folder: Path
    files: dict[str, bytes]
    steps: tuple[tuple[str, int, int], ...]


def quick_card() -> str:
    changes = {"epochs": "2", "batch_size": "8", "crop_seconds": "0.64"}
    text = CARD
    for key, value in changes.items():
        text = re.sub(rf"({key} +=) \S+", rf"\1 {value}", text)
    return text


def few_recordings(data: str, *, split: str, **options: object) -> Recordings:
    n = {"train": 24}.get(split, 8)
    return load_data(data, split=split, n=n, task=options["task"])  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The folder trained once, for all who only look at what came of it."""
    steps: list[tuple[str, int, int]] = []
    home = _folder(tmp_path_factory.mktemp("trained"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "load_data", few_recordings)
        card = train(home, device="cpu", progress=lambda *step: steps.append(step))
    files = {path.name: path.read_bytes() for path in home.iterdir()}
    return Trained(card=card, folder=home, files=files, steps=tuple(steps))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runner, "load_data", few_recordings)
    monkeypatch.setattr(runner, "draw_curves", lambda *_, **__: b"not drawn")
    return _folder(tmp_path)


def _folder(parent: Path) -> Path:
    home = parent / "models/quick"
    home.mkdir(parents=True)
    (home / "card.toml").write_text(quick_card())
    return home
