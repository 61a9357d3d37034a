"""Leases in an object store: each cell is of one process, though nobody can be alone there."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.shared_store import shared_store
from xai_bench.results import lease_records, store_leases
from xai_bench.results import leases as leases_module
from xai_bench.results.leases import open_leases
from xai_bench.results.remote_folder import RemoteFolder
from xai_bench.results.store_leases import StoreLeases


@pytest.fixture
def store() -> RemoteFolder:
    """That no other test has."""
    return RemoteFolder(f"memory://{secrets.token_hex(6)}/run")


def _said(store: RemoteFolder, into: Path) -> dict[str, object]:
    """By the one process that says anything."""
    (name,) = store.names()
    store.get([name], into)
    found: dict[str, object] = json.loads((into / name).read_text())
    return found


def _of_store(store: RemoteFolder, beat: int, **more: object) -> None:
    """What a process of another machine says."""
    facts = {"cells": ["a", "b"], "pid": 1, "host": "there", "machine": "another", "beat": beat}
    store.put("there.json", json.dumps(facts | more).encode())


def test_what_one_has_taken_nobody_else_gets_until_it_is_given_back(
    store: RemoteFolder, tmp_path: Path
) -> None:
    with open_leases(tmp_path, store) as one, open_leases(tmp_path, store) as other:
        assert isinstance(one, StoreLeases)
        assert one.take(["a", "b"]) == {"a", "b"}
        assert one.holders == ()
        assert other.take(["b", "c"]) == {"c"}
        assert other.holders == (f"process {os.getpid()} on {os.uname().nodename}",)
        assert other.of_others == {"a", "b"}
        assert one.take(["c"]) == set()
        one.give_back()
        assert other.take(["a", "b"]) == {"a", "b"}
    assert store.names() == []
    assert list(tmp_path.iterdir()) == []


def test_of_a_process_elsewhere_it_ends_a_minute_after_its_last_beat(
    store: RemoteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(lease_records, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    _of_store(store, beat=1)
    me = StoreLeases(store)
    assert me.take(["b", "c"]) == {"c"}
    now.seconds += 59
    assert me.take(["a"]) == set()
    _of_store(store, beat=2)
    now.seconds += 2
    assert me.take(["a"]) == set()
    now.seconds += 61
    assert me.take(["a"]) == {"a"}
    me.give_back()
    assert store.names() == []


def test_who_asks_for_what_another_asks_for_withdraws_and_asks_again(
    store: RemoteFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        assert store.names() == ["there.json"], "of this process there is nothing now"
        if len(waits) == 3:
            _of_store(store, beat=9, cells=["a"], asked=[])

    monkeypatch.setattr(store_leases, "time", SimpleNamespace(sleep=sleep))
    _of_store(store, beat=1, cells=[], asked=["a"])
    assert StoreLeases(store).take(["a", "b"]) == {"b"}
    assert 0.1 <= waits[0] <= 0.3
    assert 0.4 <= waits[2] <= 1.2


def test_each_beat_is_another_object_that_says_the_same(
    store: RemoteFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases_module, "_BEAT_S", 0.01)
    with open_leases(tmp_path, store) as leases:
        leases.take(["a"])
        first = _said(store.below(".leases"), tmp_path)
        for _ in range(500):
            again = _said(store.below(".leases"), tmp_path)
            if again["beat"] != first["beat"]:
                break
            time.sleep(0.01)
        assert again["beat"] != first["beat"]
        assert again == first | {"beat": again["beat"]}
    assert store.names() == []


@pytest.mark.parametrize("content", ["", "[]", '{"pid": "x"}', '{"cells": 3, "pid": 1}'])
def test_an_object_that_is_no_lease_holds_nothing(store: RemoteFolder, content: str) -> None:
    store.put("odd.json", content.encode())
    assert StoreLeases(store).take(["a"]) == {"a"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked here")
def test_of_many_at_once_each_cell_in_a_store_has_one_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RemoteFolder(shared_store(tmp_path / "store", monkeypatch))
    cells = [f"cell{k}" for k in range(6)]
    children = []
    for child in range(8):
        process = os.fork()
        if process == 0:
            try:
                mine = StoreLeases(store)
                got = [cell for cell in cells if mine.take([cell])]
                (tmp_path / f"got{child}").write_text("\n".join(got))
                while len(list(tmp_path.glob("got*"))) < 8:
                    time.sleep(0.01)
            except BaseException as error:
                print(f"in a process: {error!r}", flush=True)
                os._exit(1)
            os._exit(0)
        children.append(process)
    assert [os.waitpid(process, 0)[1] for process in children] == [0] * 8
    taken = [one for path in tmp_path.glob("got*") for one in path.read_text().split()]
    assert sorted(taken) == sorted(cells)
