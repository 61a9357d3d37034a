"""Tab, as a shell asks for it, and what is written so that it does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.test_startup import DRAWING, MAIN, RARE, READING, SCORING, TABLES
from xai_bench.zoo import Zoo


def completed(line: str, code: str = MAIN, *python: str) -> subprocess.CompletedProcess[str]:
    words = line.split(" ")
    asked = {
        "_XAI_BENCH_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    return subprocess.run(
        [sys.executable, *python, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **asked},
    )


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("xai-bench sh", ["show"]),
        ("xai-bench show --so", ["--sort"]),
        ("xai-bench run --model imn,conv2d-", ["imn,conv2d-superclass"]),
        ("xai-bench run --method guided-b", ["guided-backprop"]),
        ("xai-bench run --metrics local", ["local_lipschitz", "localisation"]),
        ("xai-bench run --data syn", ["synthetic"]),
        ("xai-bench show --sort sensitivity_n", ["sensitivity_n"]),
        ("xai-bench leaderboard ", ["add", "build"]),
    ],
)
def test_verbs_options_and_names_are_completed(line: str, wanted: list[str]) -> None:
    found = [entry.split(",", 1)[1] for entry in completed(line).stdout.splitlines()]
    assert found == wanted


def test_tab_waits_for_nothing_slow() -> None:
    done = completed("xai-bench run --model ", MAIN, "-X", "importtime")
    names = {line.partition(",")[2] for line in done.stdout.splitlines()}
    assert names == set(Zoo().model_folders())
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not (RARE | DRAWING | SCORING | READING | TABLES | {"numpy"}) & imported


def test_tab_after_out_writes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "closed"
    place.mkdir()
    before = place.stat().st_mtime_ns
    assert completed(f"xai-bench train --out {place} --he").returncode == 0
    assert place.stat().st_mtime_ns == before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_installing_twice_writes_once_and_says_how_to_undo_it(
    xai_bench: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    start_up = tmp_path / f".{shell}rc"
    start_up.write_text("alias x=y")
    first = xai_bench("completion", shell, "--install")
    (script,) = (p for p in tmp_path.rglob("*") if p.is_file() and p != start_up)
    assert script.read_text() == xai_bench("completion", shell).out
    assert f"wrote {script}" in first.out
    assert f"to undo: rm {script}" in first.out
    after = start_up.read_text()
    assert xai_bench("completion", shell, "--install").status == 0
    assert start_up.read_text() == after
    if shell == "fish":
        assert after == "alias x=y"
    else:
        alias, line, *rest = after.splitlines()
        assert (alias, rest) == ("alias x=y", [])
        assert str(script) in line


def test_bash_takes_the_script(xai_bench: Call, tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(xai_bench("completion", "bash").out)
    done = subprocess.run(
        ["bash", "-c", f". {script}; complete -p xai-bench"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "_xai_bench_completion" in done.stdout
