"""`explain`: a picture of one recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.zoo import tiny_zoo


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_synthetic_recording_is_drawn(xai_bench: Call, tmp_path: Path, suffix: str) -> None:
    tiny_zoo(tmp_path / "zoo")
    picture = tmp_path / f"picture.{suffix}"
    done = xai_bench(
        "explain", "--model", "two-linear", "--record", "synthetic:00012", "--target", "MI",
        "--out", picture, "--zoo", tmp_path / "zoo",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert done.out.startswith("00012 · target MI, P = 0.")
    assert "native of two-linear" in done.out
    assert picture.stat().st_size > 10_000


def test_a_real_recording_is_drawn_whatever_its_rate_and_names(
    xai_bench: Call, tmp_path: Path, shared_data: Path
) -> None:
    tiny_zoo(tmp_path / "zoo")
    record = shared_data / "wfdb_mixed/s0010_re"
    call = ("explain", "--model", "linear", "--method", "ig", "--zoo", tmp_path / "zoo")
    done = xai_bench(*call, "--record", record, "--out", tmp_path / "a.png")
    assert done.status == 2
    assert "38.4 s long" in done.err
    done = xai_bench(*call, "--record", record, "--out", tmp_path / "a.png", "--length", "crop")
    assert done.status == 0, done.err
    assert (tmp_path / "a.png").exists()
