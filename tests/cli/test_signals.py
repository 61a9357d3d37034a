"""What a scheduler sends ends a command as Ctrl-C does: one line, and what was finished kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.tiny_zoo import tiny_zoo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its processes end otherwise")

_COMMAND = "from xai_bench.cli.main import main; main()"


def _begun(out: Path, zoo: Path) -> subprocess.Popen[str]:
    """A run of thousands of recordings whose first shards are there."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", _COMMAND, "run", "--model", "linear", "--method", "ig-16"),
            *("--n", "all", "--metrics", "faithfulness_correlation", "--workers", "2"),
            *("--out", str(out), "--zoo", str(zoo), "--allow-code"),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(1200):
        if list(out.glob(".unfinished/*/[0-9]*.arrow")):
            return process
        time.sleep(0.1)
    process.kill()
    pytest.fail(f"nothing was scored: {process.communicate()[1]}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_ctrl_c_with_a_status_of_its_own(
    xai_bench: Call, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def end(*_: object, **__: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(30)  # no longer than until it comes

    monkeypatch.setattr("xai_bench.studies.benchmark.run", end)
    before = signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may have ignored it
    try:
        done = xai_bench("run")
        after = signal.getsignal(number)
    finally:
        signal.signal(number, before)
    kept = "cells, shards and epochs that were finished are kept"
    assert (done.status, done.err.strip()) == (128 + number, f"ended by {number.name}; {kept}")
    assert after is signal.SIG_DFL, "whoever called has it back"


def test_what_nohup_has_ignored_stays_ignored(
    xai_bench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[object] = []

    def look(*_: object, **__: object) -> None:
        found.append(signal.getsignal(signal.SIGHUP))
        raise KeyboardInterrupt

    monkeypatch.setattr("xai_bench.studies.benchmark.run", look)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert xai_bench("run").status == 130
    finally:
        signal.signal(signal.SIGHUP, before)
    assert found == [signal.SIG_IGN]


@pytest.mark.slow
def test_a_run_and_its_workers_end_and_what_was_finished_is_kept(tmp_path: Path) -> None:
    tiny_zoo(tmp_path / "zoo")
    process = _begun(tmp_path / "out", tmp_path / "zoo")
    os.killpg(process.pid, signal.SIGTERM)  # workers too, as schedulers and terminals do
    _, said = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    assert said.splitlines()[-1].startswith("ended by SIGTERM; ")
    assert "Traceback" not in said
    assert list((tmp_path / "out").glob(".unfinished/*/[0-9]*.arrow"))
    assert not (tmp_path / "out/.leases").exists()
