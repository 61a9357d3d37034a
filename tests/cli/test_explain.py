"""`explain`: a picture of one recording, and what stands out in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Call, own_zoo
from tests.tiny_zoo import tiny_zoo
from xai_bench import load_record


@pytest.mark.parametrize(
    "suffix", ["png", *(pytest.param(one, marks=pytest.mark.slow) for one in ("svg", "pdf"))]
)
def test_a_synthetic_recording_is_drawn(xai_bench: Call, tmp_path: Path, suffix: str) -> None:
    tiny_zoo(tmp_path / "zoo")
    picture = tmp_path / f"picture.{suffix}"
    done = xai_bench(
        "explain", "--model", "two-linear", "--record", "synthetic:00012", "--target", "MI",
        "--out", picture, *own_zoo(tmp_path),
    )  # fmt: skip
    assert done.status == 0, done.err
    assert done.out.startswith("00012 · target MI, P = 0.")
    assert "native of two-linear" in done.out
    assert done.out.count("% of |evidence|, for the target") == 5
    assert done.out.count("% of |evidence|, against it") == 3
    assert "True label: " in done.out
    assert "% in lead" in done.out
    assert "% in wave" in done.out
    assert done.out.splitlines()[-1] == str(picture)
    assert picture.stat().st_size > 10_000


def test_several_methods_and_segments_share_a_page(xai_bench: Call, tmp_path: Path) -> None:
    tiny_zoo(tmp_path / "zoo")
    done = xai_bench(
        "explain", "--model", "linear", "--method", "saliency,ig", "--record", "synthetic:00012",
        "--segments", 3, "--window", 1, "--stride", 0.5, "--out", tmp_path / "a.svg",
        *own_zoo(tmp_path),
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "saliency, ig of linear" in done.out
    assert done.out.count("% of |attribution|, for the target") == 5
    assert done.out.count("% of |evidence|, for the target") == 5
    done = xai_bench(
        "explain", "--model", "linear", "--method", "ig", "--record", "synthetic:00012",
        "--segments", 3, "--window", 11, *own_zoo(tmp_path), "--out", tmp_path / "b.png",
    )  # fmt: skip
    assert done.status == 2
    assert "window of 11 s" in done.err
    assert not (tmp_path / "b.png").exists()


def test_a_recording_unlike_the_training_set_is_explained_with_a_remark(
    xai_bench: Call, tmp_path: Path
) -> None:
    """The net answers white noise with the same face as an ECG."""
    tiny_zoo(tmp_path / "zoo")
    noise = np.random.default_rng(0).normal(scale=0.3, size=(12, 1000))
    np.save(tmp_path / "noise.npy", noise)
    common = ("explain", "--model", "linear", "--method", "ig", "--out", tmp_path / "a.svg")
    done = xai_bench(*common, "--record", tmp_path / "noise.npy", "--rate", 100, "--unit", "mV",
        *own_zoo(tmp_path))  # fmt: skip
    assert done.status == 0, done.err
    line = "linear: this recording is unlike its training recordings: no beats of one shape found"
    assert line in done.out
    assert line in (tmp_path / "a.svg").read_text()
    usual = xai_bench(*common, "--record", "synthetic:00012", *own_zoo(tmp_path))
    assert "recording is unlike" not in usual.out


def test_a_real_recording_is_drawn_whatever_its_rate_and_names(
    xai_bench: Call, tmp_path: Path, shared_data: Path
) -> None:
    tiny_zoo(tmp_path / "zoo")
    record = shared_data / "wfdb_mixed/s0010_re"
    call = (
        "explain",
        "--model",
        "linear",
        "--method",
        "ig",
        *own_zoo(tmp_path),
        "--allow-code",
    )
    done = xai_bench(*call, "--record", record, "--out", tmp_path / "a.png")
    assert done.status == 2
    assert "38.4 s long" in done.err
    done = xai_bench(*call, "--record", record, "--out", tmp_path / "a.png", "--length", "crop")
    assert done.status == 0, done.err
    assert (
        "Read: 15 leads of 38.4 s at 1000 Hz in mV. Done: vx, vy, vz left out; resampled to "
        "100 Hz; cut to the first 10 s."
    ) in done.out
    assert "Waves: delineated. Beats: 13." in done.out
    assert (tmp_path / "a.png").exists()


def test_a_table_needs_its_rate_and_is_explained_as_the_record_it_was(
    xai_bench: Call, tmp_path: Path
) -> None:
    tiny_zoo(tmp_path / "zoo")
    call = (
        "explain",
        "--model",
        "linear",
        "--method",
        "ig",
        *own_zoo(tmp_path),
        "--allow-code",
    )
    np.savetxt(
        tmp_path / "a.csv", load_record("synthetic:00012").microvolt[0].T, delimiter=",", fmt="%d"
    )
    done = xai_bench(*call, "--record", tmp_path / "a.csv", "--out", tmp_path / "a.png")
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert "give it: --rate" in done.err
    done = xai_bench(
        *call, "--record", tmp_path / "a.csv", "--rate", 100, "--unit", "uV",
        "--out", tmp_path / "a.png",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "converted to mV." in done.out
    made = xai_bench(*call, "--record", "synthetic:00012", "--out", tmp_path / "b.png")
    assert done.out.split(" · ")[1] == made.out.split(" · ")[1]
    assert "Sampling: file 100 Hz, model 100 Hz" in done.out


def test_a_layout_is_chosen_by_name(xai_bench: Call, tmp_path: Path) -> None:
    tiny_zoo(tmp_path / "zoo")
    call = ("explain", "--model", "linear", "--method", "ig", "--record", "synthetic:00012",
        "--out", tmp_path / "a.svg", *own_zoo(tmp_path))  # fmt: skip
    done = xai_bench(*call, "--layout", "median-beat")
    assert done.status == 0, done.err
    assert "Shown: the median of " in done.out
    assert "50 mm/s" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert xai_bench(*call, "--layout", "4x3").status == 2


def test_waves_are_those_of_the_reader_that_is_named(xai_bench: Call, tmp_path: Path) -> None:
    tiny_zoo(tmp_path / "zoo")
    explain = ("explain", "--model", "linear", "--method", "wave-ablation", *own_zoo(tmp_path))
    given = ("--record", "synthetic:00012", "--out", tmp_path / "a.png")
    assert "Waves: as its source gives them." in xai_bench(*explain, *given).out
    done = xai_bench(*explain, *given, "--waves", "rules")
    assert done.status == 0, done.err
    assert "Waves: as rules finds them." in done.out
    assert "waves are those that rules finds" in done.out


def test_a_report_is_written_beside_the_picture(xai_bench: Call, tmp_path: Path) -> None:
    tiny_zoo(tmp_path / "zoo")
    report = tmp_path / "report.md"
    done = xai_bench(
        "explain", "--model", "linear", "--method", "saliency", "--record", "synthetic:00012",
        "--out", tmp_path / "a.svg", "--report", report, *own_zoo(tmp_path),
    )  # fmt: skip
    assert done.status == 0, done.err
    assert done.out.splitlines()[-2:] == [str(tmp_path / "a.svg"), str(report)]
    assert "## What it rests on: saliency" in report.read_text(encoding="utf-8")
