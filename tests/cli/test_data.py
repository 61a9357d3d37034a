"""`data make`, `data fetch` and `data check`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.file_server import serve, write_sums


def test_what_is_made_passes_the_check(xai_bench: Call, tmp_path: Path) -> None:
    made = xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "3")
    assert made.status == 0, made.err
    assert made.out == f"3 recordings in {tmp_path / 'mine'}\n"
    checked = xai_bench("data", "check", tmp_path / "mine")
    assert checked.status == 0, checked.err
    assert checked.out.endswith("\n3 of 3 recordings can be used\n")
    again = xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "3")
    assert again.status == 2


def test_problems_of_real_recordings_are_named(xai_bench: Call, shared_data: Path) -> None:
    checked = xai_bench("data", "check", shared_data / "wfdb_mixed")
    assert checked.status == 2
    assert "JS20004: lead V2, V4, V6 is flat" in " ".join(checked.out.split())
    assert "of more than 10 s" in checked.out
    assert "--length crop or windows" in checked.out
    assert "23 of 25 recordings can be used" in checked.out


def test_uncalibrated_recordings_need_a_gain(xai_bench: Call, tmp_path: Path) -> None:
    assert xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "2").status == 0
    for header in (tmp_path / "mine").rglob("*.hea"):
        header.write_text(header.read_text().replace("1000.0(0)/mV", "0/mV"))
        assert " 0/mV " in header.read_text()
    checked = xai_bench("data", "check", tmp_path / "mine")
    assert checked.status == 2
    assert checked.out.count("lead I is not calibrated") == 2
    record = next((tmp_path / "mine").rglob("*.hea"))
    explain = ("explain", "--record", record, "--method", "saliency", "--out", tmp_path / "a.png")
    refused = xai_bench(*explain)
    assert refused.status == 2
    assert "give it in units per mV: --gain 200" in refused.err
    assert xai_bench("data", "check", tmp_path / "mine", "--gain", "1000").status == 0
    assert "10 s at 100 Hz in units" in xai_bench(*explain, "--gain", "1000").out


@pytest.mark.slow
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
    assert "what gives made recordings away" in told.out
    assert (out / "realism.md").is_file()


def test_a_report_needs_real_recordings(xai_bench: Call, tmp_path: Path) -> None:
    told = xai_bench("data", "realism", "--real", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert told.status == 2
    assert "does not exist" in told.err
    assert not (tmp_path / "out").exists()


def test_rates_and_difficulty_of_what_is_made(xai_bench: Call, tmp_path: Path) -> None:
    def make(name: str, *options: str) -> Path:
        made = xai_bench("data", "make", "synthetic", tmp_path / name, "--n", "1", *options)
        assert made.status == 0, made.err
        return tmp_path / name

    both = make("both", "--rate", "both", "--layout", "ptbxl")
    high = make("high", "--rate", "500")
    hard = make("hard", "--difficulty", "1")
    assert (both / "records100/00000/00001_lr.dat").stat().st_size == 2 * 12 * 1000
    assert (both / "records500/00000/00001_hr.dat").stat().st_size == 2 * 12 * 5000
    assert {path.name for path in high.iterdir() if path.is_dir()} == {"records500"}
    assert {path.name for path in hard.iterdir() if path.is_dir()} == {"records100"}
    name = "records100/00000/00001_lr.dat"
    assert (both / name).read_bytes() != (hard / name).read_bytes()
    for options in (["--rate", "250"], ["--layout", "csv"], ["--difficulty", "1.5"]):
        wrong = xai_bench("data", "make", "synthetic", tmp_path / "no", *options)
        assert wrong.status == 2
        assert options[0] in wrong.err


def test_what_is_fetched_passes_the_check(
    xai_bench: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    home, to = tmp_path / "home", tmp_path / "my folder"
    assert xai_bench("data", "make", "synthetic", home, "--n", "3").status == 0
    (home / "LICENSE.txt").write_text("CC BY 4.0\n")
    write_sums(home)
    with serve(home) as server:
        fetch = ("data", "fetch", "ptbxl", "--to", to, "--url", server.url)
        first, again = xai_bench(*fetch), xai_bench(*fetch)
        (home / "LICENSE.txt").write_text("another\n")
        (to / "LICENSE.txt").unlink()
        broken = xai_bench(*fetch)
        lacking = xai_bench(*fetch, "--rate", "both")
    assert first.status == 0, first.err
    assert "Attribution 4.0" in first.out
    assert "Wagner et al." in first.out
    assert "Goldberger et al." in first.out
    assert first.out.splitlines()[-2:] == [
        f"9 files in {to}: 9 downloaded, 0 were there",
        f"now check them: xai-bench data check '{to}'",
    ]
    assert f"9 files in {to}: 0 downloaded, 9 were there" in again.out
    assert "SHA256SUMS.txt does not list records500/" in lacking.err
    assert broken.status == lacking.status == 1
    assert broken.err.startswith(f"error: 3 of 9 files of PTB-XL are not in {to} yet")
    assert len(broken.err.splitlines()) == len(lacking.err.splitlines()) == 1
    checked = xai_bench("data", "check", to)
    assert checked.status == 0, checked.err
    assert checked.out.endswith("\n3 of 3 recordings can be used\n")


def test_classes_and_kinds_of_made_recordings_that_cannot_be_compared(
    xai_bench: Call, tmp_path: Path
) -> None:
    made = xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "1")
    assert made.status == 0, made.err
    compare = ("data", "realism", "--real", tmp_path / "mine", "--models", "none")
    nobody = xai_bench(*compare, "--class", "HYP", "--out", tmp_path / "out")
    assert nobody.status == 2
    assert "none of the 1 recordings of mine-" in nobody.err
    assert nobody.err.endswith("is HYP\n")
    assert not (tmp_path / "out").exists()
    assert xai_bench(*compare, "--class", "AFIB").status == 2
    nowhere = xai_bench(*compare, "--class", "MI", "--made", "planted:", "--out", tmp_path / "out")
    assert nowhere.status == 2
    assert "planted: names no recordings" in nowhere.err


def test_readers_of_waves_side_by_side(xai_bench: Call, tmp_path: Path) -> None:
    out = tmp_path / "waves"
    compare = ("data", "waves", "--n", "3", "--rate", "250", "--out", out)
    told = xai_bench(*compare, "--reader", "rules")
    assert told.status == 0, told.err
    assert "waves of synthetic at 250 Hz, by planted" in told.out
    assert "3 recordings of 3 patients" in " ".join(told.out.split())
    assert (out / "waves.csv").is_file()
    assert (out / "recording_3.png").is_file()
    refused = xai_bench(*compare, "--reader", "rulez")
    assert refused.status == 2
    assert "no wave reader 'rulez'. Did you mean 'rules'?" in refused.err


def test_real_waves_need_a_reference(xai_bench: Call, tmp_path: Path) -> None:
    made = xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "2", "--seed", "4")
    assert made.status == 0, made.err
    compare = ("data", "waves", "--data", tmp_path / "mine", "--split", "all", "--rate", "100")
    refused = xai_bench(*compare, "--reader", "rules", "--out", tmp_path / "waves")
    assert refused.status == 2
    assert "has no planted waves; name a reader: rules, delnet, openecg" in refused.err
