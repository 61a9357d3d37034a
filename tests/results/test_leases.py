"""Each cell is of one process; a lease ends with its holder, whatever clocks say."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from xai_bench.results import lease_records
from xai_bench.results import leases as leases_module
from xai_bench.results.leases import Leases, open_leases

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked here")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock that runs in whoever waits."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(lease_records, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def _of_elsewhere(run: Path) -> Path:
    """What a process of another machine has taken: the cells a and b."""
    path = run / ".leases" / "there.json"
    path.parent.mkdir()
    facts = {"cells": ["a", "b"], "pid": 1, "host": "there", "machine": "another boot"}
    path.write_text(json.dumps(facts))
    return path


def test_what_one_has_taken_the_other_does_not_get_until_it_is_given_back(tmp_path: Path) -> None:
    with open_leases(tmp_path) as one, open_leases(tmp_path) as other:
        assert one.take(["a", "b"]) == {"a", "b"}
        assert one.holders == ()
        assert other.take(["b", "c"]) == {"c"}
        assert other.holders == (f"process {os.getpid()} on {os.uname().nodename}",)
        assert one.take(["c"]) == set()
        one.give_back()
        assert other.take(["a", "b"]) == {"a", "b"}
        assert one.take(["a"]) == set()
    assert list(tmp_path.iterdir()) == []


def test_of_a_process_that_was_killed_it_ends_at_once(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        Leases(tmp_path).take(["a"])
        os.write(theirs, b"!")
        signal.pause()
    os.read(ours, 1)
    me = Leases(tmp_path)
    assert me.take(["a"]) == set()
    os.kill(process, signal.SIGKILL)
    for _ in range(100):
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.01)
    assert me.take(["a"]) == {"a"}, "though nobody has asked for its status yet"
    os.waitpid(process, 0)
    for one in (ours, theirs):
        os.close(one)


def test_a_number_that_another_process_has_now_is_not_taken_for_the_holder(tmp_path: Path) -> None:
    mine = Leases(tmp_path)
    mine.take(["a"])
    (path,) = (tmp_path / ".leases").glob("*.json")
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"began": "12"}))
    assert Leases(tmp_path).take(["a"]) == {"a"}


def test_of_a_process_elsewhere_it_ends_a_minute_after_its_last_beat(
    tmp_path: Path, clock: SimpleNamespace
) -> None:
    path = _of_elsewhere(tmp_path)
    me = Leases(tmp_path)
    assert me.take(["b", "c"]) == {"c"}
    assert me.holders == ("process 1 on there",)
    clock.seconds += 59
    assert me.take(["a"]) == set()
    os.utime(path)
    clock.seconds += 2
    assert me.take(["a"]) == set(), "it was touched"
    clock.seconds += 59
    assert me.take(["a"]) == set()
    clock.seconds += 2
    assert me.take(["a", "b"]) == {"a", "b"}
    assert not path.exists()


@pytest.mark.parametrize("stamp", [0, 2_000_000_000], ids=["set back", "far ahead"])
def test_clocks_of_machines_have_no_part_in_it(
    tmp_path: Path, clock: SimpleNamespace, stamp: int
) -> None:
    path = _of_elsewhere(tmp_path)
    os.utime(path, (stamp, stamp))
    me = Leases(tmp_path)
    assert me.take(["a"]) == set()
    clock.seconds += 50
    os.utime(path, (stamp - 3600, stamp - 3600))  # a beat while the clock is set back
    assert me.take(["a"]) == set()
    clock.seconds += 50
    assert me.take(["a"]) == set()
    clock.seconds += 11
    assert me.take(["a"]) == {"a"}


def test_a_lease_is_kept_up_while_the_block_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases_module, "_BEAT_S", 0.01)
    with open_leases(tmp_path) as leases:
        leases.take(["a"])
        (path,) = (tmp_path / ".leases").glob("*.json")
        os.utime(path, (0, 0))
        for _ in range(500):
            if path.stat().st_mtime > 0:
                break
            time.sleep(0.01)
        assert path.stat().st_mtime > 0
        path.unlink()  # by hand: cells may be scored twice, and nothing fails
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", "null", '{"pid": "x"}', '{"cells": 3}', "\0"])
def test_a_file_that_is_no_lease_holds_nothing(tmp_path: Path, content: str) -> None:
    folder = tmp_path / ".leases"
    folder.mkdir()
    (folder / "odd.json").write_text(content)
    assert Leases(tmp_path).take(["a"]) == {"a"}


def test_of_many_at_once_each_cell_has_one_holder(tmp_path: Path) -> None:
    cells = [f"cell{k}" for k in range(10)]
    children = []
    for child in range(8):
        process = os.fork()
        if process == 0:
            mine = Leases(tmp_path)
            got = [cell for cell in cells if mine.take([cell])]
            (tmp_path / f"got{child}").write_text("\n".join(got))
            while len(list(tmp_path.glob("got*"))) < 8:
                time.sleep(0.01)
            os._exit(0)
        children.append(process)
    assert [os.waitpid(process, 0)[1] for process in children] == [0] * 8
    taken = [one for path in tmp_path.glob("got*") for one in path.read_text().split()]
    assert sorted(taken) == sorted(cells)
