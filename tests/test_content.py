"""What changes a key of content, what does not, and what has none."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from xai_bench.content import content_key

FACTOR = 2.0


def scaled(z: Tensor) -> Tensor:
    return helped(z) * FACTOR


def helped(z: Tensor) -> Tensor:
    return functional.relu(z)


def enclosing(shift: float) -> Callable[[Tensor], Tensor]:
    return lambda z: z + shift


def again_and_again(depth: int) -> int:
    return 0 if depth == 0 else again_and_again(depth - 1)


class Settings:
    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, z: Tensor) -> Tensor:
        return z * self.size


class Small(nn.Module):
    def __init__(self, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.fc = nn.Linear(3, 2)

    def forward(self, z: Tensor) -> Tensor:
        found: Tensor = self.fc(z[..., :: self.stride])
        return found


def small(seed: int = 0, stride: int = 1) -> Small:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Small(stride)


@pytest.mark.parametrize(
    "make",
    [
        lambda: 3,
        lambda: {"a": [1, 2.5, "x", None], "b": (True, b"y"), "c": {1, 2}},
        lambda: np.arange(4.0),
        lambda: torch.arange(4.0),
        lambda: small(),
        lambda: scaled,
        lambda: enclosing(1.0),
        lambda: partial(enclosing, 1.0),
        lambda: Settings(3),
        lambda: Settings(3).__call__,
        lambda: nn.Sequential(nn.ReLU(), nn.Dropout(0.3)),
        lambda: math.sqrt,
        lambda: functional.relu,
        lambda: again_and_again,
        lambda: torch.float32,
    ],
)
def test_the_same_content_made_twice_has_one_key(make: Callable[[], object]) -> None:
    key = content_key(make())
    assert key is not None
    assert content_key(make()) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (3, 3.0),
        ([1, 2], [2, 1]),
        (["ab", "c"], ["a", "bc"]),
        (np.arange(4.0), np.arange(4.0, dtype=np.float32)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (torch.zeros(4), torch.ones(4)),
        (small(0), small(1)),
        (small(stride=1), small(stride=2)),
        (enclosing(1.0), enclosing(2.0)),
        (Settings(1), Settings(2)),
        (nn.Dropout(0.1), nn.Dropout(0.2)),
        (nn.ReLU(), nn.GELU()),
        (functional.relu, functional.gelu),
        (scaled, helped),
        (partial(enclosing, 1.0), partial(enclosing, 2.0)),
    ],
)
def test_what_differs_has_another_key(one: object, other: object) -> None:
    assert content_key(one) != content_key(other)


def test_what_a_function_uses_of_its_module_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = content_key(scaled)
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    changed = content_key(scaled)
    monkeypatch.setitem(globals(), "helped", again_and_again)
    assert len({before, changed, content_key(scaled)}) == 3


class Tuned(Settings):
    factor = 2.0

    @staticmethod
    def shifted(z: Tensor) -> Tensor:
        return z + FACTOR


def uses_a_class(z: Tensor) -> Tensor:
    return z * Tuned.factor


def test_values_that_a_class_holds_count(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Callable[[], object]] = [lambda: Tuned(3), lambda: uses_a_class, lambda: Tuned]
    before = [content_key(make()) for make in made]
    assert None not in before
    assert before == [content_key(make()) for make in made]
    monkeypatch.setattr(Tuned, "factor", 9.0)
    after = [content_key(make()) for make in made]
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    again = [content_key(make()) for make in made]
    assert all(len(set(keys)) == 3 for keys in zip(before, after, again, strict=True))


def test_a_class_that_says_it_is_built_in_is_not_believed() -> None:
    written: dict[str, Any] = {}
    exec("class Mine:\n    __module__ = 'builtins'\n", written)
    assert content_key(written["Mine"]) is None
    assert content_key(dict) is not None


def test_what_cannot_be_known_has_no_key(tmp_path: Any) -> None:
    hooked = small()
    hooked.register_forward_hook(lambda *_: None)
    built: dict[str, Any] = {}
    exec("def written(z):\n    return z\n", built)
    with (tmp_path / "file").open("w") as file:
        unknown = [file, (i for i in "x"), hooked, built["written"], object(), [file]]
        assert [content_key(one) for one in unknown] == [None] * len(unknown)
    assert content_key(np.array([object()])) is None
