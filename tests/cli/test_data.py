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
