"""`data make` and `data check`."""

from pathlib import Path

from tests.cli.conftest import Call


def test_what_is_made_passes_the_check(xai_bench: Call, tmp_path: Path) -> None:
    made = xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "3")
    assert made.status == 0, made.err
    assert made.out == f"3 recordings in {tmp_path / 'mine'}\n"
    checked = xai_bench("data", "check", tmp_path / "mine")
    assert (checked.status, checked.out) == (0, "3 of 3 recordings can be used\n")
    again = xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "3")
    assert again.status == 2


def test_problems_of_real_recordings_are_named(xai_bench: Call, shared_data: Path) -> None:
    checked = xai_bench("data", "check", shared_data / "wfdb_mixed")
    assert checked.status == 2
    assert "s0010_re: 38.4 s long" in checked.out
    assert "22 of 25 recordings can be used" in checked.out


def test_synthetic_beside_the_recordings_of_a_folder(xai_bench: Call, tmp_path: Path) -> None:
    made = xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "6", "--seed", "4")
    assert made.status == 0, made.err
    out = tmp_path / "realism"
    told = xai_bench(
        *("data", "realism", "--real", tmp_path / "mine", "--n", "8", "--out", out),
        *("--models", "none"),
    )
    assert told.status == 0, told.err
    assert "Compared at 100 Hz" in told.out
    assert "what gives the synthetic away" in told.out
    assert (out / "realism.md").is_file()


def test_a_report_needs_real_recordings(xai_bench: Call, tmp_path: Path) -> None:
    told = xai_bench("data", "realism", "--real", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert told.status == 2
    assert "does not exist" in told.err
    assert not (tmp_path / "out").exists()
