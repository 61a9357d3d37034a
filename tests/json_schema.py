"""As much of JSON Schema 2020-12 as our schemas use, read literally."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    **{"object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,)},
    **{"null": (type(None),), "integer": (int,), "number": (int, float)},
}
_ABOUT = {"title", "description", "default", "$defs", "$schema"}


def faults(value: Any, schema: Any, whole: Any, at: str = "$") -> Iterator[str]:
    """Where a value breaks a schema; AssertionError for a keyword that is not known here."""
    if "$ref" in schema:
        *_, name = schema["$ref"].split("/")
        yield from faults(value, whole["$defs"][name], whole, at)
        return
    kind = schema.get("type")
    if kind and (
        not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        yield f"{at}: {value!r} is no {kind}"
        return
    for keyword, asked in schema.items():
        if keyword == "anyOf":
            if all(list(faults(value, one, whole, at)) for one in asked):
                yield f"{at}: {value!r} is none of what it may be"
        elif keyword == "const":
            if value != asked:
                yield f"{at}: {value!r} is not {asked!r}"
        elif keyword == "enum":
            if value not in asked:
                yield f"{at}: {value!r} is not among {asked}"
        elif keyword == "required":
            yield from (f"{at}: no {name}" for name in asked if name not in value)
        elif keyword == "properties":
            for name in asked.keys() & value.keys():
                yield from faults(value[name], asked[name], whole, f"{at}.{name}")
        elif keyword == "additionalProperties":
            for name in value.keys() - schema.get("properties", {}).keys():
                if asked is False:
                    yield f"{at}: {name} is not known"
                else:
                    yield from faults(value[name], asked, whole, f"{at}.{name}")
        elif keyword == "prefixItems":
            for i, (one, of) in enumerate(zip(value, asked, strict=False)):
                yield from faults(one, of, whole, f"{at}[{i}]")
        elif keyword == "items":
            for i, one in enumerate(value):
                yield from faults(one, asked, whole, f"{at}[{i}]")
        elif keyword in ("minItems", "maxItems"):
            if (len(value) - asked) * (1 if keyword == "minItems" else -1) < 0:
                yield f"{at}: {len(value)} items, {keyword} {asked}"
        else:
            assert keyword in _ABOUT | {"type"}, keyword
