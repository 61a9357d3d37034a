"""Pickles of every protocol come back as data; what they would have run is text."""

from __future__ import annotations

import argparse
import io
import os
import pickle
import pickletools
import sys
import time
from collections import OrderedDict, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xai_bench.torch_files import pickled_data
from xai_bench.torch_files.pickled_data import (
    Call,
    Name,
    Reference,
    UnreadablePickleError,
    read_pickle,
)

PLAIN: dict[str, Any] = {
    "numbers": [0, -1, 255, 65_536, 2**40, -(2**70), 0.5, float("inf")],
    "text": ["", "ä" * 300, "\n'\\"],
    "bytes": [b"", b"\x00\xff" * 200],
    "nothing": [None, True, False],
    "nested": {"a": ({"b": (1,)}, (1, 2), (1, 2, 3), (1, 2, 3, 4), ()), 3: []},
}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_are_what_pickle_makes_of_them(protocol: int) -> None:
    given = PLAIN if protocol > 2 else {k: v for k, v in PLAIN.items() if k != "bytes"}
    assert read_pickle(pickle.dumps(given, protocol)) == given


@pytest.mark.parametrize("protocol", [0, 1])
def test_protocols_of_text(protocol: int) -> None:
    given = {"a": [1, 2.5, None, True, 2**70], "b": ({"c": "text"}, ())}
    assert read_pickle(pickle.dumps(given, protocol)) == given


def test_an_escape_that_means_nothing_is_no_warning() -> None:
    assert read_pickle(b"S'\\d'\n.") == "\\d"


def test_one_pickle_of_a_stream_is_read_and_its_references_are_given() -> None:
    stream = io.BytesIO(pickle.dumps([1], 2) + b"X\x01\x00\x00\x00kQ." + b"rest")
    references: list[Reference] = []
    assert read_pickle(stream, references) == [1]
    assert not references
    assert read_pickle(stream, references) is references[0]
    assert references[0].identity == "k"
    assert stream.read() == b"rest"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_shared_values_stay_shared_and_circles_close(protocol: int) -> None:
    shared: list[Any] = [1]
    shared.append(shared)
    one, other = read_pickle(pickle.dumps([shared, shared], protocol))
    assert one is other
    assert one[1] is one


def test_sets_are_lists_and_ordered_dicts_are_dicts() -> None:
    assert sorted(read_pickle(pickle.dumps({1, 2, 3}, 4))) == [1, 2, 3]
    assert sorted(read_pickle(pickle.dumps(frozenset({1, 2}), 4))) == [1, 2]
    assert read_pickle(pickle.dumps(OrderedDict(b=1, a=2), 2)) == {"b": 1, "a": 2}


def test_objects_are_calls_of_names() -> None:
    number = read_pickle(pickle.dumps(np.float64(0.5), 2))
    assert isinstance(number, Call)
    assert str(number.function) == "numpy._core.multiarray.scalar"
    options = read_pickle(pickle.dumps(argparse.Namespace(lr=1), 2))
    assert str(options.function) in ("copyreg._reconstructor", "argparse.Namespace")
    table = read_pickle(pickle.dumps(defaultdict(list, a=[1]), 2))
    assert str(table.function) == "collections.defaultdict"  # its items are dropped


def test_persistent_references() -> None:
    found = read_pickle(b"\x80\x02(X\x07\x00\x00\x00storageK\x07tQ.")
    assert isinstance(found, Reference)
    assert found.identity == ("storage", 7)


class TestNothingRuns:
    """Every way in which a pickle calls code, with a sentinel file that must not appear."""

    @pytest.fixture
    def sentinel(self, tmp_path: Path) -> Path:
        return tmp_path / "ran"

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_by_reduce(self, sentinel: Path, protocol: int) -> None:
        class Hostile:
            def __reduce__(self) -> tuple[Any, ...]:
                return os.system, (f"touch {sentinel}",)

        content = pickle.dumps([Hostile()], protocol)
        [found] = read_pickle(content)
        assert isinstance(found, Call)
        assert str(found.function) == f"{os.name}.system"
        assert found.arguments == (f"touch {sentinel}",)
        assert not sentinel.exists()
        pickle.loads(content)  # noqa: S301  # the attack is a real one
        assert sentinel.exists()

    def test_by_every_opcode_that_calls(self, sentinel: Path) -> None:
        text = f"touch {sentinel}"
        unicode = b"X" + len(text).to_bytes(4, "little") + text.encode()
        system = b"cos\nsystem\n"
        stacked = b"\x8c\x02os\x8c\x06system\x93"
        programs = {
            "REDUCE": system + unicode + b"\x85R.",
            "STACK_GLOBAL": b"\x80\x04" + stacked + unicode + b"\x85R.",
            "INST": b"(" + unicode + b"ios\nsystem\n.",
            "OBJ": b"(" + system + unicode + b"o.",
            "NEWOBJ": b"\x80\x02" + system + unicode + b"\x85\x81.",
            "NEWOBJ_EX": b"\x80\x04" + system + unicode + b"\x85}\x92.",
            "BUILD": b"\x80\x02" + system + b"}(X\x0c\x00\x00\x00__setstate__" + system + b"ub.",
        }
        for name, program in programs.items():
            assert name in {operation.name for operation, _, _ in pickletools.genops(program)}
            found = read_pickle(program)
            assert isinstance(found, Name if name == "BUILD" else Call)
        assert not sentinel.exists()

    def test_no_module_is_imported(self) -> None:
        assert "antigravity" not in sys.modules
        found = read_pickle(b"cantigravity\ngeohash\n.")
        assert str(found) == "antigravity.geohash"
        assert "antigravity" not in sys.modules


class TestRefused:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b".",
            b"hello",
            b"\x80\x02",
            b"\x80\x02N",
            b"N0.",
            b"0.",
            b"t.",
            b"(.",
            b"Nu.",
            b"}K\x01s.",
            b"}(K\x01u.",
            b"R.",
            b"NR.",
            b"o.",
            b"(o.",
            b"h\x00.",
            b"(q\x00.",
            b"Q.",
            b"K\x01K\x02\x93.",
            b"\x80\x02\x82\x01.",  # EXT1: a registry of the process
            b"\x80\x05\x97.",  # NEXT_BUFFER
            b"I" + b"9" * 5000 + b"\n.",
            b"Fx\n.",
            b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7fx.",
        ],
    )
    def test_what_is_no_whole_pickle(self, content: bytes) -> None:
        with pytest.raises(UnreadablePickleError):
            read_pickle(content)

    def test_a_pickle_cut_anywhere(self) -> None:
        content = pickle.dumps(PLAIN, 4)
        for length in range(len(content)):
            with pytest.raises(UnreadablePickleError):
                read_pickle(content[:length])

    def test_changed_bytes_never_end_in_anything_else(self) -> None:
        content = pickle.dumps([PLAIN, OrderedDict(a=np.float64(1))], 2)
        rng = np.random.default_rng(0)
        for _ in range(2000):
            changed = bytearray(content)
            for place in rng.integers(len(content), size=3):
                changed[place] = rng.integers(256)
            with suppress(UnreadablePickleError):
                read_pickle(bytes(changed))

    def test_too_many_operations(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pickled_data, "_MOST_OPERATIONS", 1000)
        assert read_pickle(b"N0" * 400 + b"N.") is None
        with pytest.raises(UnreadablePickleError, match="more than 1,000 operations"):
            read_pickle(b"N0" * 500 + b"N.")


def test_keys_that_take_for_ever_are_dropped() -> None:
    """A tuple of tuples, each twice the one before, has 2**60 numbers to hash."""
    program = b"\x80\x02}K\x01" + b"2\x86" * 60 + b"K\x02s."
    before = time.perf_counter()
    assert read_pickle(program) == {}
    collide = {"small": 1} | {n * (2**61 - 1): n for n in range(1, 3)}
    assert read_pickle(pickle.dumps(collide, 2)) == {"small": 1}
    assert time.perf_counter() - before < 1
