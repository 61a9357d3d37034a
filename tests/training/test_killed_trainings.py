"""A training that is killed at any change of a file comes to the same weights when given again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.kills import count_changes, killed_at, seeded_moments
from tests.training.conftest import Trained
from xai_bench.training import train
from xai_bench.workers import why_one_worker

pytestmark = pytest.mark.skipif(why_one_worker() != "", reason=why_one_worker())


@pytest.mark.slow
@pytest.mark.long
def test_killed_at_any_change_and_given_again(
    folder: Path, trained: Trained, tmp_path: Path
) -> None:
    def copied(name: str) -> Path:
        home = tmp_path / name / "models" / folder.name
        shutil.copytree(folder, home)
        return home

    whole = copied("whole")
    changes = count_changes(lambda: train(whole, device="cpu"), whole)
    expected = {name: trained.files[name] for name in ("weights.safetensors", "probe.safetensors")}
    killed = 0
    for moment in seeded_moments(changes, 20, seed=18):
        home = copied(f"{moment.before}{moment.within}")
        killed += killed_at(moment, lambda home=home: train(home, device="cpu"), home)  # type: ignore[misc]
        assert train(home, device="cpu") == trained.card
        assert {name: (home / name).read_bytes() for name in expected} == expected
        assert not (home / "training.safetensors").exists()
    assert killed >= 15
