"""Files as torch.save wrote them before torch 1.6: five pickles, then the numbers of the tensors.

The pickles are a magic number, the version of the format, the byte order, what was saved, and the
names of what follows: for each of these storages the count of its numbers, then the numbers.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import Any

from xai_bench.torch_files.pickled_data import Reference, UnreadablePickleError, read_pickle

__all__ = ["is_old_file", "read_old_file"]

_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_VERSION = 1001
_COUNT = struct.Struct("<q")


def is_old_file(content: bytes) -> bool:
    """Whether it begins as such files do."""
    return content.startswith(_MAGIC)


def read_old_file(content: bytes, itemsize: Mapping[str, int]) -> tuple[Any, dict[str, memoryview]]:
    """What was saved, see `read_pickle`; and the bytes of each storage, by its key.

    itemsize: bytes of a number, by the kind of a storage, such as "FloatStorage". Raises
    UnreadablePickleError.
    """
    stream = io.BytesIO(content)
    references: list[Reference] = []
    read_pickle(stream)
    version, system = read_pickle(stream), read_pickle(stream)
    if (
        version != _VERSION
        or not isinstance(system, dict)
        or system.get("little_endian") is not True
    ):
        raise UnreadablePickleError("of another version, or of a big-endian machine")
    root = read_pickle(stream, references)
    keys = read_pickle(stream)
    kinds = _kinds(references)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise UnreadablePickleError("storages without names")
    whole, at = memoryview(content), stream.tell()
    stored: dict[str, memoryview] = {}
    for key in keys:
        size = itemsize.get(kinds.get(key, ""), 0)
        if not size or at + _COUNT.size > len(whole):
            raise UnreadablePickleError(f"no whole storage {key:.20}")
        (count,) = _COUNT.unpack_from(whole, at)
        at += _COUNT.size
        end = at + count * size
        if not at <= end <= len(whole):
            raise UnreadablePickleError(f"no whole storage {key:.20}")
        stored[key], at = whole[at:end], end
    return root, stored


def _kinds(references: list[Reference]) -> dict[str, str]:
    """The kind of each storage that something refers to, by its key."""
    found: dict[str, str] = {}
    for reference in references:
        identity = reference.identity
        if isinstance(identity, tuple) and len(identity) > 2 and isinstance(identity[2], str):
            found[identity[2]] = str(identity[1]).removeprefix("torch.")
    return found
