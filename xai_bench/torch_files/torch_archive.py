"""Files of torch.save as data: a pickle and the numbers of its tensors. Never code.

They are zip files, or of a format that was written before torch 1.6, see `old_torch_file`.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor

from xai_bench.errors import WeightsError
from xai_bench.storage import regular
from xai_bench.torch_files.old_torch_file import is_old_file, read_old_file
from xai_bench.torch_files.pickled_data import (
    Call,
    Name,
    Reference,
    UnreadablePickleError,
    read_pickle,
)

__all__ = ["TorchArchive", "read_state_dict"]

_LARGEST_BYTES = 512 * 2**20
"""Of a file, and of the tensors taken from it: the largest that we know of has about 95 MB."""
_LARGEST_PICKLE = 16 * 2**20
_ENTRY_HEADER = 30
"""Bytes before an entry's name."""

_ZIP_ERRORS = (
    *(zipfile.BadZipFile, EOFError, LookupError, OSError, OverflowError, RuntimeError),
    *(ValueError, struct.error),
)
"""What zipfile raises for hostile files; RuntimeError is for what it does not know, too."""

_STORAGES = {
    "BFloat16Storage": torch.bfloat16,
    "BoolStorage": torch.bool,
    "ByteStorage": torch.uint8,
    "CharStorage": torch.int8,
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "IntStorage": torch.int32,
    "LongStorage": torch.int64,
    "ShortStorage": torch.int16,
}
_TENSOR = {"torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"}
_PARAMETER = {
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
}


@final
class TorchArchive:
    """A checkpoint whose pickle was read as data: see `pickled_data`.

    root: what was saved; where it held a tensor, that which `tensor` makes one of.
    Raises WeightsError for a file that cannot be read, is too large, has another sha256, or is no
    plain file of torch.save.
    """

    def __init__(self, path: Path, *, expected_sha256: str | None = None) -> None:
        content = _read(path)
        self.path = path
        self.sha256 = sha256(content).hexdigest()
        if expected_sha256 is not None and self.sha256 != expected_sha256.lower():
            raise WeightsError(
                f"checkpoint {path} is another: sha256 {self.sha256[:9]}, not {expected_sha256[:9]}"
            )
        self._stored: dict[str, bytearray] = {}
        self._taken = 0
        self._stored_as: Callable[[str], bytes | memoryview]
        try:
            if is_old_file(content):
                sizes = {name: kind.itemsize for name, kind in _STORAGES.items()}
                self.root, beside = read_old_file(content, sizes)
                self._stored_as = partial(self._part, beside)
            else:
                self._zip = _open(content, path)
                folder, pickled = self._pickle()
                self._stored_as = lambda key: self._entry(f"{folder}data/{key}")
                self.root = read_pickle(pickled)
        except UnreadablePickleError as error:
            raise WeightsError(
                f"checkpoint {path} is damaged ({error!s:.80}); nothing in it was run"
            ) from error

    def tensor(self, saved: Any) -> Tensor | None:
        """The tensor that `saved` stands for, dense and on the CPU; None if it is no plain one.

        Raises WeightsError where it does not lie within its numbers.
        """
        if not isinstance(saved, Call) or not isinstance(saved.function, Name):
            return None
        arguments = saved.arguments
        if not isinstance(arguments, tuple) or not arguments:
            return None
        if str(saved.function) in _PARAMETER:
            inner = arguments[0]
            is_tensor = isinstance(inner, Call) and str(inner.function) in _TENSOR
            return self.tensor(inner) if is_tensor else None
        if str(saved.function) not in _TENSOR or len(arguments) < 4:
            return None
        return self._built(*arguments[:4])

    def _built(self, storage: Any, offset: Any, shape: Any, strides: Any) -> Tensor | None:
        named = _storage(storage)
        if named is None:
            return None
        key, kind = named
        if not _are_counts((offset,)) or not _are_counts(shape) or not _are_counts(strides):
            raise self._damaged("a tensor without a shape")
        if len(shape) != len(strides):
            raise self._damaged("a tensor without a shape")
        flat, elements = self._numbers(key, kind), prod(shape)
        if not elements:
            return torch.empty(shape, dtype=kind)
        last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
        if elements > len(flat) or last >= len(flat):
            raise self._damaged("a tensor that is larger than its numbers")
        self._taken += elements * flat.element_size()
        if self._taken > _LARGEST_BYTES:
            raise self._damaged(f"tensors of more than {_LARGEST_BYTES >> 20} MiB")
        return flat.as_strided(shape, strides, offset).clone(memory_format=torch.contiguous_format)

    def _numbers(self, key: str, kind: torch.dtype) -> Tensor:
        """What is stored under `key`, once for all tensors that share it."""
        if key not in self._stored:
            self._stored[key] = bytearray(self._stored_as(key))
        raw = self._stored[key]
        count = len(raw) // kind.itemsize
        return torch.frombuffer(raw, dtype=kind, count=count) if count else torch.empty(0)

    def _pickle(self) -> tuple[str, bytes]:
        """The folder in which everything is, and the pickle in it."""
        found = [name for name in self._zip.namelist() if name.rpartition("/")[2] == "data.pkl"]
        if len(found) != 1:
            raise self._damaged("no data.pkl, or several")
        folder = found[0].removesuffix("data.pkl")
        if self._zip.getinfo(found[0]).file_size > _LARGEST_PICKLE:
            raise self._damaged(f"a pickle of more than {_LARGEST_PICKLE >> 20} MiB")
        order = f"{folder}byteorder"
        if order in self._zip.namelist() and self._entry(order) != b"little":
            raise WeightsError(f"checkpoint {self.path} was saved on a big-endian machine")
        return folder, self._entry(found[0])

    def _entry(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except _ZIP_ERRORS as error:
            raise self._damaged(f"no whole {name:.80}") from error

    def _part(self, stored: Mapping[str, memoryview], key: str) -> memoryview:
        if key not in stored:
            raise self._damaged(f"no storage {key:.20}")
        return stored[key]

    def _damaged(self, what: str) -> WeightsError:
        return WeightsError(f"checkpoint {self.path} is damaged ({what}); nothing in it was run")


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The one table of named tensors in a checkpoint, whatever else is beside it.

    That is what was saved, or an entry of it: `state_dict`, `model_state`, ... Raises WeightsError
    for a file without one, or with several.
    """
    archive = TorchArchive(path)
    root = archive.root
    if not isinstance(root, dict):
        raise WeightsError(f"checkpoint {path} has no table of tensors")
    tables = {"": root, **root}
    found = {
        str(name): tensors
        for name, table in tables.items()
        if isinstance(table, dict) and (tensors := _tensors(archive, table))
    }
    if len(found) != 1:
        names = ", ".join(f"{name:.40}" for name in sorted(found)[:5]) or "none"
        raise WeightsError(f"checkpoint {path} should have one table of tensors, and has: {names}")
    return next(iter(found.values()))


def _tensors(archive: TorchArchive, table: dict[Any, Any]) -> dict[str, Tensor] | None:
    """All entries of a table as tensors, or None if one is something else."""
    found: dict[str, Tensor] = {}
    for name, saved in table.items():
        tensor = archive.tensor(saved) if isinstance(name, str) else None
        if tensor is None:
            return None
        found[name] = tensor
    return found


def _storage(storage: Any) -> tuple[str, torch.dtype] | None:
    """The name of the entry with a tensor's numbers, and their type."""
    identity = storage.identity if isinstance(storage, Reference) else None
    if not isinstance(identity, tuple) or len(identity) < 3 or identity[0] != "storage":
        return None
    if identity[5:] not in ((), (None,)):  # a part of another storage, in very old files
        return None
    _, kind, key = identity[:3]
    if not isinstance(kind, Name) or kind.module != "torch" or kind.name not in _STORAGES:
        return None
    return (key, _STORAGES[kind.name]) if isinstance(key, str) else None


def _are_counts(values: Any) -> bool:
    return isinstance(values, tuple) and all(type(n) is int and 0 <= n < 2**48 for n in values)


def _read(path: Path) -> bytes:
    try:
        with regular(path).open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise WeightsError(f"checkpoint {path} cannot be read: {error.strerror}") from error
    if len(content) > _LARGEST_BYTES:
        raise WeightsError(
            f"checkpoint {path} has more than {_LARGEST_BYTES >> 20} MiB; none that we know of has"
        )
    return content


def _open(content: bytes, path: Path) -> zipfile.ZipFile:
    """The zip file, whose entries are stored one after the other as torch writes them.

    Compressed entries, or such that lie over each other, could unpack to more than the memory
    there is.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _ZIP_ERRORS as error:
        raise WeightsError(
            f"checkpoint {path} is not a whole zip file, as torch.save writes them"
        ) from error
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise WeightsError(f"checkpoint {path} has compressed entries, which torch never writes")
    ends = [entry.header_offset + _ENTRY_HEADER + entry.file_size for entry in entries]
    starts = [*(entry.header_offset for entry in entries[1:]), len(content)]
    if any(end > start for end, start in zip(ends, starts, strict=False)):
        raise WeightsError(f"checkpoint {path} has entries that overlap or are cut off")
    if len({entry.filename for entry in entries}) < len(entries):
        raise WeightsError(f"checkpoint {path} has two entries of one name")
    return archive
