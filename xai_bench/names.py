"""What things that users hand over are called: names that can be folders, one thing a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from xai_bench.errors import InputError

__all__ = ["check_name", "comes_from", "few", "name_of", "named", "words"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*")


def check_name(kind: str, name: str) -> str:
    """The name, if it can be a folder's and a word of a comma-separated list. Raises InputError."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"'{name}' cannot be the name of a {kind}: letters, digits and . _ - + can, after a "
            f"letter or digit; name it otherwise: {{'my-{kind}': ...}}"
        )
    return name


def words(name: str, between: str) -> str:
    """GuidedGradCam -> guided-grad-cam."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", between, name).lower()


def few(names: Iterable[object], most: int = 16) -> str:
    """Names in a message of one line: the first of them, and how many there are in all."""
    found = [f"{name!s:.24}" or "(no name)" for name in names]
    more = f", ... ({len(found)} in all)" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def comes_from(package: str, base: str, given: object) -> bool:
    """Whether something is a class that is called `base` in a package, or made of such a one, or an
    instance; told by names, so that a package that is slow to import stays away."""
    kind = given if isinstance(given, type) else type(given)
    return any(
        one.__name__ == base and one.__module__.partition(".")[0] == package for one in kind.__mro__
    )


def name_of(kind: str, given: Any) -> str:
    """What a function calls itself: its attribute `name`, or its own name.

    Raises InputError for a lambda and other objects without one.
    """
    own = getattr(given, "name", None)
    name = own if isinstance(own, str) else getattr(given, "__name__", "<lambda>")
    if name == "<lambda>":
        raise InputError(
            f"a {kind} that is {type(given).__name__} without a name was given; name it: "
            f"{{'my-{kind}': ...}}"
        )
    return check_name(kind, name)


def named(given: Any, is_one: Callable[[Any], bool]) -> Iterator[tuple[str | None, Any]]:
    """One or several things with the names that users gave them, or None.

    given: text of comma-separated names, a dict of names and things, one thing, or several of
    these. is_one: whether something that can be iterated over is one thing.
    """
    if isinstance(given, str):
        yield from ((None, name) for name in given.split(","))
    elif isinstance(given, Mapping):
        yield from given.items()
    elif is_one(given) or not isinstance(given, Iterable):
        yield None, given
    else:
        for one in given:
            if isinstance(one, Mapping):
                yield from one.items()
            else:
                yield None, one
