"""Docstrings on the site: lines that explain an argument become a list.

A docstring of ours is prose, in which a line "name: what it is" begins what is said of an argument;
Markdown would run such lines together.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

__all__ = ["ArgumentLines", "with_lists"]

_LINE = re.compile(r"^(?P<names>[a-z_]\w*(?:, [a-z_]\w*)*): (?P<text>.*)$")


class ArgumentLines(griffe.Extension):  # type: ignore[misc]
    """Of every function and class."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring and isinstance(obj, griffe.Function):
            names = {parameter.name for parameter in obj.parameters}
            obj.docstring.value = with_lists(obj.docstring.value, names)


def with_lists(docstring: str, names: set[str]) -> str:
    """The docstring with a list of what is said of arguments that have these names."""
    lines: list[str] = []
    in_list = False
    for line in docstring.splitlines():
        found = _LINE.match(line)
        if found and set(found["names"].split(", ")) <= names:
            if not in_list:
                lines.append("")
            in_list = True
            named = ", ".join(f"`{name}`" for name in found["names"].split(", "))
            lines.append(f"- {named}: {found['text']}")
        elif in_list and line.strip():
            lines.append(f"  {line}")
        else:
            in_list = False
            lines.append(line)
    return "\n".join(lines)
