"""`train`: several folders, one line each."""

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from xai_bench.zoo import Zoo


def test_folders_are_trained_in_turn_and_claims_are_printed(
    xai_bench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, str | None]] = []

    def train(folder: Path, *, device: str | None, **options: object) -> object:
        asked.append((folder, device))
        return Zoo().model_card(folder.name.split("-")[0])[0]

    monkeypatch.setattr("xai_bench.training.train", train)
    done = xai_bench("train", "models/imn", "models/conv2d", "--device", "cpu")
    assert done.status == 0, done.err
    assert asked == [(Path("models/imn"), "cpu"), (Path("models/conv2d"), "cpu")]
    assert done.out.startswith("models/imn: AUROC 0.9")
    assert done.out.count("n = 657") == 2


def test_a_changed_card_goes_to_a_folder_of_its_own(
    xai_bench: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Path] = []

    def train(folder: Path, **options: object) -> object:
        asked.append(folder)
        return Zoo().model_card("imn")[0]

    monkeypatch.setattr("xai_bench.training.train", train)
    folder = Zoo().model_folders()["imn"]
    done = xai_bench("train", str(folder), "--seed", "2", "--out", str(tmp_path))
    assert done.status == 0, done.err
    assert asked == [tmp_path / "models" / "imn-seed2"]
    assert f"use them: xai-bench run --zoo {tmp_path}" in done.out
