"""The command line as a whole: help without torch, one line for an error, exit statuses."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from xai_bench.cli.main import _VERBS


def test_help_answers_in_under_0_7_seconds() -> None:
    code = "from xai_bench.cli.main import main; main()"
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code, "--help"], capture_output=True, text=True
        )
        seconds.append(time.perf_counter() - start)
        assert done.returncode == 0
        assert all(verb in done.stdout for verb in _VERBS)
    assert min(seconds) < 0.7


def test_alone_it_says_what_to_try_first_and_has_all_verbs(xai_bench: Call) -> None:
    done = xai_bench()
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    commands = [line.split("  ")[1] for line in lines if line.startswith("  xai-bench")]
    assert 3 <= len(commands) <= 5
    assert all(command.split()[1] in _VERBS for command in commands)
    named = {word for line in lines[len(commands) + 3 :] for word in line.split()}
    assert set(_VERBS) <= named


@pytest.mark.parametrize("verb", _VERBS)
def test_every_verb_explains_itself(xai_bench: Call, verb: str) -> None:
    done = xai_bench(verb, "--help")
    assert done.status == 0
    assert "Usage: xai-bench" in done.out


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (("run", "--model", "inm"), 2, "error: no model 'inm'. Did you mean 'imn'? Available:"),
        (("run", "--data", "nowhere"), 2, "error: no data 'nowhere'"),
        (("run", "--n", "none"), 2, "error: --n wants a positive whole number or 'all'"),
        (("run", "--n", "8,16"), 2, "error: --n wants a positive whole number or 'all'"),
        (("run", "--fold", "0"), 2, "error: --fold wants whole numbers from 1 to 100, not '0'"),
        (
            ("run", "--n", "9" * 5000),
            2,
            f"error: --n wants a positive whole number or 'all', not '{'9' * 40}...'",
        ),
        (
            ("run", "--fold", "9" * 5000),
            2,
            f"error: --fold wants whole numbers from 1 to 100, not '{'9' * 40}...'",
        ),
        (("run", "--time-limit", f"{'9' * 400}h"), 2, f"error: '{'9' * 40}' is no span of time"),
        (("explain", "--record", ""), 2, "error: --record is empty; give it a value, or leave it"),
        (("run", "--model="), 2, "error: --model is empty"),
        (("show", ""), 2, "error: an argument is empty"),
        (("data", "check", "a\0b"), 2, "error: an argument holds the character NUL"),
        (("runn",), 2, "error: no verb 'runn'. Did you mean 'run'? Available: accuracy, "),
        (("data", "mak"), 2, "error: no verb 'mak'. Did you mean 'make'? Available: check, "),
        (("show", "a\x1b[2J"), 2, "error: no run folder 'a\\x1b[2J'"),
        (("run", "--zoo", "nowhere"), 2, "error: zoo folder 'nowhere' does not exist"),
        (("run", "--device", "cuda:x"), 2, "error: no device 'cuda:x'"),
        (("run", "--device", "mps"), 2, "error: device 'mps' is not supported; use cpu, cuda"),
        (("run", "--device", "xla"), 2, "error: device 'xla' is not supported; use cpu, cuda"),
        (("explain", "--record", "synthetic:00003", "--device", "meta"), 2, "error: device 'meta'"),
        (("compare", "--fold", "a"), 2, "error: --fold wants whole numbers from 1 to 100, not 'a'"),
        (("explain", "--record", "nowhere/100"), 2, "error: 100: "),
        (("explain", "--record", "synthetic:1"), 2, "error: synthetic:1: no such recording"),
        (("show", "nowhere"), 2, "error: no run folder 'nowhere'"),
        (("data", "check", "nowhere"), 2, "error: no data 'nowhere'"),
        (("train", "nowhere"), 2, "error: nowhere/card.toml: cannot be read"),
    ],
)
def test_bad_input_is_one_line(
    xai_bench: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    line: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = xai_bench(*arguments)
    assert done.status == status
    assert done.err.startswith(line)
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err


def test_a_mistyped_option_is_refused_by_click(xai_bench: Call) -> None:
    done = xai_bench("run", "--modle", "imn")
    assert done.status == 2
    assert "--modle" in done.err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("explain", "--record", "a.npy", "--window", "nan"), "'nan' is no number to reckon with"),
        (("explain", "--record", "a.npy", "--stride", "0"), "0.0 is not in the range x>0"),
        (("explain", "--record", "a.npy", "--rate", "-100"), "-100.0 is not in the range x>0"),
        (("explain", "--record", "a.npy", "--rate", "inf"), "'inf' is no number to reckon with"),
        (("run", "--gain", "nan"), "'nan' is no number to reckon with"),
        (("run", "--seed", "9" * 5000), f"'{'9' * 40}...' is no whole number of up to 18 digits"),
        (("run", "--workers", "9" * 30), f"'{'9' * 30}' is no whole number of up to 18 digits"),
        (("data", "make", "synthetic", "a", "--difficulty", "nan"), "'nan' is no number"),
    ],
)
def test_what_is_no_number_is_none_of_an_option(
    xai_bench: Call, arguments: tuple[str, ...], line: str
) -> None:
    done = xai_bench(*arguments)
    assert done.status == 2
    assert line in done.err.splitlines()[-1]
    assert len(done.err.splitlines()[-1]) < 200


def test_an_output_folder_that_cannot_be_written_is_a_failed_run(
    xai_bench: Call, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = xai_bench("run", "--out", tmp_path / "file" / "runs")
    assert done.status == 1
    assert done.err.startswith("error: cannot write")


@pytest.mark.parametrize(
    "verb",
    [
        *("compare", "dose", "audit imn", "audit metrics", "accuracy", "baselines"),
        *("rankings", "replicate", "report", "data realism .", "import a.ckpt"),
    ],
)
def test_an_output_that_cannot_be_written_is_said_before_the_work(
    xai_bench: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def begin() -> None:
        raise AssertionError("the work has begun")

    monkeypatch.setattr("xai_bench.report.progress_bar.progress", begin)
    (tmp_path / "file").write_text("")
    done = xai_bench(*verb.split(), "--out", tmp_path / "file" / "below" / "x")
    assert (done.status, done.out) == (1, "")
    message = f"error: cannot write {tmp_path / 'file'}"
    assert done.err.startswith(message)
    assert "Not a directory" in done.err


@pytest.mark.parametrize("verb", ["report", "explain --record synthetic:00012"])
def test_a_folder_where_a_file_is_to_be_written_is_said_before_the_work(
    xai_bench: Call, tmp_path: Path, verb: str
) -> None:
    done = xai_bench(*verb.split(), "--out", tmp_path)
    assert done.status == 2
    assert "is a folder; give the name of a file" in done.err


def test_ctrl_c_ends_with_130_and_one_line(
    xai_bench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xai_bench.studies.benchmark.run", interrupt)
    done = xai_bench("run")
    assert (done.status, done.err.strip()) == (
        130,
        "interrupted; cells, shards and epochs that were finished are kept",
    )


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError(
            "[enforce fail at x.cpp] DefaultCPUAllocator: can't allocate memory: you tried"
        ),
    ],
)
def test_memory_that_is_short_is_one_line(
    xai_bench: Call, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def take(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("xai_bench.studies.benchmark.run", take)
    done = xai_bench("run")
    assert done.status == 1
    assert done.err.startswith("error: there is no memory for this (")
    assert done.err.endswith("); ask for less: --n, --workers 1\n")
    assert done.err.count("\n") == 1


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    from xai_bench.cli.main import main
    from xai_bench.errors import UnknownNameError

    monkeypatch.setattr(sys, "argv", ["xai-bench", "--debug", "run", "--model", "inm"])
    with pytest.raises(UnknownNameError):
        main()


def test_a_number_without_ends_has_no_range_in_its_help(xai_bench: Call) -> None:
    assert "<=None" not in xai_bench("run", "--help").out
    assert "[x>=0]" in xai_bench("train", "--help").out
