"""What was made once, by what it is of."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, final

__all__ = ["Memo"]

Made = TypeVar("Made")


@final
class Memo:
    """`memo(key, make)` is what `make()` returned when `key` was first asked for."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def __call__(self, key: Hashable, make: Callable[[], Made]) -> Made:
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made
