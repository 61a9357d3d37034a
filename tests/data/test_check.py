from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data.check import check_data
from xai_bench.errors import DatasetError


def test_every_recording_and_its_problem(
    tmp_path: Path,
    write_record: Callable[..., Path],
    microvolt: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XAI_BENCH_CACHE", str(cache))
    write_record(tmp_path / "mine" / "good.hea", microvolt)
    write_record(tmp_path / "mine" / "short.hea", microvolt[:, :300])
    found = dict(check_data(tmp_path / "mine"))
    assert list(found) == ["good", "short"]
    assert found["good"] is None
    assert found["short"] is not None
    assert found["short"].startswith("short: 3 s long")
    assert not cache.exists()


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no recordings in"):
        list(check_data(tmp_path))
