"""Attributions in a file: the same as in memory, whole or not at all, and continued."""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np
import pytest
import torch

from tests.closed_forms import SUPERCLASS, FiveLinear, Linear, closed_form
from tests.recordings import recordings
from xai_bench import attribute, score
from xai_bench.errors import InputError, OutputError
from xai_bench.methods import Batch, Method
from xai_bench.methods.attribution_file import FACTS, attribution_file
from xai_bench.models import Model
from xai_bench.types import Attributions

COUNT = 20  # more than two passes of eight


@final
class Counted(Method):
    """Input times a constant, which counts recordings and may give up."""

    name, summary, cite = "counted", "a count", ""

    def __init__(self, most: int = 1000, content: object = "2 z") -> None:
        self.seen = 0
        self.most = most
        self.content = content

    @property
    def depends_on(self) -> object:
        return self.content

    def attribute(self, model: Model, batch: Batch) -> torch.Tensor:
        if self.seen + len(batch.z) > self.most:
            raise KeyboardInterrupt
        self.seen += len(batch.z)
        return batch.z * 2


def assert_same(found: Attributions, expected: Attributions) -> None:
    for name in ("values", "target", "log_odds", "residual"):
        own, other = getattr(found, name), getattr(expected, name)
        assert own.dtype == other.dtype
        np.testing.assert_array_equal(own, other)


def the_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_they_are_what_they_are_in_memory(tmp_path: Path) -> None:
    model, given = closed_form(Linear()), recordings(COUNT)
    expected = attribute(model, given, "ig")
    found = attribute(model, given, "ig", out=tmp_path / "new" / "ig.npy")
    assert_same(found, expected)
    assert isinstance(found.values, np.memmap)
    np.testing.assert_array_equal(np.load(tmp_path / "new" / "ig.npy"), expected.values)
    assert the_names(tmp_path / "new") == ["ig.npy"]
    found.values[:] = 0  # a copy: what is in the file stays
    np.testing.assert_array_equal(np.load(tmp_path / "new" / "ig.npy"), expected.values)


def test_scores_of_a_map_are_those_of_the_array(tmp_path: Path) -> None:
    model, given = closed_form(Linear()), recordings(6)
    in_memory = attribute(model, given, "saliency")
    in_file = attribute(model, given, "saliency", out=tmp_path / "a.npy")
    read_only = np.load(tmp_path / "a.npy", mmap_mode="r")
    for some, same in ((in_memory, in_file), (in_memory.values, read_only)):
        tables = [score(model, given, one, metrics="sparseness") for one in (some, same)]
        assert tables[0].equals(tables[1])


@pytest.mark.parametrize("damage", ["nothing", "a value", "an end", "the facts"])
def test_an_interruption_costs_a_pass(tmp_path: Path, damage: str) -> None:
    model, given = closed_form(Linear()), recordings(COUNT)
    expected = attribute(model, given, Counted())
    with pytest.raises(KeyboardInterrupt):
        attribute(model, given, Counted(most=17), out=tmp_path / "a.npy")
    assert the_names(tmp_path) == [".a.npy.part"]
    values, facts = (tmp_path / ".a.npy.part" / name for name in ("values", "facts"))
    content = bytearray(values.read_bytes())
    if damage == "a value":
        content[len(content) // 2 + 4000] ^= 1
        values.write_bytes(content)
    elif damage == "an end":
        values.write_bytes(content[:-5])
    elif damage == "the facts":
        facts.write_bytes(facts.read_bytes()[:-1])
    again = Counted()
    found = attribute(model, given, again, out=tmp_path / "a.npy")
    assert_same(found, expected)
    assert again.seen == (COUNT - 16 if damage == "nothing" else COUNT - 8)
    assert the_names(tmp_path) == ["a.npy"]


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"target": "MI"},
        {"method": Counted(content="another")},
        {"recordings": recordings(COUNT)[::-1]},
        {"model": closed_form(FiveLinear(), **SUPERCLASS)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_would_be_other_attributions_begins_anew(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"model": closed_form(Linear()), "recordings": recordings(COUNT)}
    with pytest.raises(KeyboardInterrupt):
        attribute(**given, method=Counted(most=17), out=tmp_path / "a.npy")
    asked: dict[str, Any] = given | {"method": Counted()} | changed
    expected = attribute(**asked)
    seen = asked["method"].seen
    assert_same(attribute(**asked, out=tmp_path / "a.npy"), expected)
    assert asked["method"].seen == seen + COUNT


def test_of_what_cannot_be_known_nothing_is_left(tmp_path: Path) -> None:
    model, given = closed_form(Linear()), recordings(COUNT)
    for most, content in ((17, iter([])), (3, "2 z")):
        with pytest.raises(KeyboardInterrupt):
            attribute(model, given, Counted(most, content), out=tmp_path / "a.npy")
        assert the_names(tmp_path) == []


def test_a_file_that_was_there_is_replaced_when_all_is_done(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_text("before")
    model, given = closed_form(Linear()), recordings(COUNT)
    with pytest.raises(KeyboardInterrupt):
        attribute(model, given, Counted(most=17), out=tmp_path / "a.npy")
    assert (tmp_path / "a.npy").read_text() == "before"
    attribute(model, given, Counted(), out=tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy").shape == (COUNT, 12, 1000)


def test_two_do_not_write_one_file(tmp_path: Path) -> None:
    with attribution_file(tmp_path / "a.npy", (1, 12, 3), "key") as file:
        with (
            pytest.raises(OutputError, match=r"a\.npy: another process is writing it"),
            attribution_file(tmp_path / "a.npy", (1, 12, 3), "other"),
        ):
            pass
        file.put(0, np.ones((1, 12, 3), np.float32), np.zeros(1, FACTS))
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), np.ones((1, 12, 3)))


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    model, given = closed_form(Linear()), recordings(1)
    with pytest.raises(OutputError, match="cannot write .*file/a.npy: Not a directory"):
        attribute(model, given, "saliency", out=tmp_path / "file" / "a.npy")
    with pytest.raises(InputError, match="no target 'X'"):
        attribute(model, given, "saliency", target="X", out=tmp_path / "a.npy")
    assert the_names(tmp_path) == ["file"]
