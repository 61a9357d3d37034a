"""What the headers of a large folder say, noted in the cache once they were read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from xai_bench import storage
from xai_bench.data.cache import cache_folder
from xai_bench.data.header_facts import HeaderFacts
from xai_bench.errors import OutputError

__all__ = ["remembered_headers"]

_FEWEST = 1000
"""Files; the headers of fewer are soon read again."""

_VERSION = 1
"""Raise it whenever a header would be understood otherwise."""

_FIELDS = ("is_recording", "rate_hz", "frames", "age", "sex", "statements")

Headers = tuple[Mapping[str, HeaderFacts], str]
"""What is known by the name of each file, and what the folder is called."""


def remembered_headers(key: str, files: Sequence[str], read: Callable[[], Headers]) -> Headers:
    """`read()`, or what it was when it was last called for this key.

    key: sha256 that changes with the files, of which there are names; of few nothing is noted.
    """
    try:
        path = cache_folder() / f"{key}.headers"
    except RuntimeError:  # there is no home directory
        return read()
    if len(files) < _FEWEST:
        return read()
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        headers, name = _decoded(path)
        if headers.keys() == set(files):
            return headers, name
    headers, name = read()
    facts = {file: [getattr(one, field) for field in _FIELDS] for file, one in headers.items()}
    with suppress(OutputError):
        storage.write_file(path, json.dumps({"version": _VERSION, "name": name, "facts": facts}))
    return headers, name


def _decoded(path: Path) -> Headers:
    """Raises OSError, and ValueError or its like for a file that says something else."""
    noted: dict[str, Any] = json.loads(storage.regular(path).read_bytes())
    if noted["version"] != _VERSION:
        raise ValueError
    headers = {}
    for file, values in noted["facts"].items():
        known = dict(zip(_FIELDS, values, strict=True))
        if known["statements"] is not None:
            known["statements"] = tuple(known["statements"])
        headers[file] = HeaderFacts(**known)
    return headers, str(noted["name"])
