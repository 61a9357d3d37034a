"""A cache that is killed while it is filled, or spoilt, gives what an undisturbed one does."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.kills import count_changes, killed_at, seeded_moments
from xai_bench import load_data
from xai_bench.workers import why_one_worker

pytestmark = pytest.mark.skipif(why_one_worker() != "", reason=why_one_worker())


def _load() -> tuple[str, np.ndarray]:
    found = load_data("synthetic", n=6, task="norm_vs_mi")
    return found.fingerprint(), np.asarray(found.microvolt)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("count", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_any_change_and_filled_again(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    fingerprint, signals = _load()
    changes = count_changes(lambda: _again(monkeypatch, tmp_path / "whole"), tmp_path / "whole")
    for moment in seeded_moments(changes, count, seed=18):
        folder = tmp_path / f"{moment.before}{moment.within}"
        killed_at(moment, lambda folder=folder: _again(monkeypatch, folder), folder)  # type: ignore[misc]
        again = _again(monkeypatch, folder)
        assert again[0] == fingerprint
        assert np.array_equal(again[1], signals)


def _again(monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[str, np.ndarray]:
    monkeypatch.setenv("XAI_BENCH_CACHE", str(folder))
    return _load()


@pytest.mark.slow
def test_bytes_that_were_changed_are_not_taken_for_recordings(cache: Path) -> None:
    fingerprint, signals = _load()
    (file,) = cache.glob("*.rows")
    draw = random.Random(18)
    with file.open("r+b") as rows:
        stop = file.stat().st_size
        for _ in range(2000):
            rows.seek(draw.randrange(stop))
            rows.write(bytes([draw.randrange(256)]))
    # Of thousands of rows six are read: in each of these a byte is changed too.
    size = 12 * 1000 * 2
    content = file.read_bytes()
    for signal in signals:
        place = content.find(signal.tobytes()[: size // 2])
        if place >= 0:
            with file.open("r+b") as rows:
                rows.seek(place + 7)
                rows.write(bytes([content[place + 7] ^ 1]))
    assert np.array_equal(_load()[1], signals)
    assert _load()[0] == fingerprint
