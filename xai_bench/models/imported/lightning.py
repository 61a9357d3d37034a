"""Lightning checkpoints as data: tensors and plain values, or one clear line. Never code."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xai_bench.errors import WeightsError

__all__ = ["Checkpoint", "read_checkpoint"]

_LARGEST_BYTES = 512 * 2**20
"""The largest of the authors', with its optimiser's state, has about 95 MB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """What is kept of a checkpoint."""

    sha256: str
    epoch: int | None
    hyper_parameters: dict[str, Any]
    """As they are in the file; nothing about them has been checked."""
    tensors: dict[str, Tensor]
    """The state dict: dense, on the CPU, of any shape and type."""


def read_checkpoint(path: Path, *, expected_sha256: str | None = None) -> Checkpoint:
    """Read the checkpoint in `path` without running anything in it.

    A zip file of stored entries is let through to torch's unpickler, which in its weights-only
    mode builds tensors and plain containers and refuses every other object. Raises WeightsError.
    """
    content = _read(path)
    found = sha256(content).hexdigest()
    if expected_sha256 is not None and found != expected_sha256.lower():
        raise WeightsError(
            f"checkpoint {path} is another: sha256 {found[:9]}, not {expected_sha256[:9]}"
        )
    _check_archive(content, path)
    try:
        saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # a hostile pickle can raise anything
        # torch's own message recommends reading the file unsafely.
        refused = re.search(r"GLOBAL (\S+)", str(error))
        reason = f"refers to {refused[1]}, which is no tensor" if refused else "is damaged"
        raise WeightsError(f"checkpoint {path} {reason}; nothing in it was run") from error
    if not isinstance(saved, dict) or not isinstance(saved.get("state_dict"), dict):
        raise WeightsError(f"checkpoint {path} has no state_dict; is it one of Lightning?")
    hyper_parameters = saved.get("hyper_parameters", {})
    if not isinstance(hyper_parameters, dict):
        raise WeightsError(f"checkpoint {path}: hyper_parameters is not a table")
    epoch = saved.get("epoch")
    return Checkpoint(
        sha256=found,
        epoch=epoch if type(epoch) is int else None,
        hyper_parameters=hyper_parameters,
        tensors=_dense(saved["state_dict"], path),
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise WeightsError(f"checkpoint {path} cannot be read: {error.strerror}") from error
    if len(content) > _LARGEST_BYTES:
        raise WeightsError(
            f"checkpoint {path} has more than {_LARGEST_BYTES >> 20} MiB; none of ECG-IMN has"
        )
    return content


def _check_archive(content: bytes, path: Path) -> None:
    """Compressed entries could unpack to more than the memory there is; torch writes none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise WeightsError(
            f"checkpoint {path} is not a whole zip file, as torch.save writes them"
        ) from error
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise WeightsError(f"checkpoint {path} has compressed entries, which torch never writes")
    if sum(entry.file_size for entry in entries) > len(content):
        raise WeightsError(f"checkpoint {path} has entries that overlap or are cut off")


def _dense(state: dict[Any, Any], path: Path) -> dict[str, Tensor]:
    for key, value in state.items():
        if (
            not isinstance(key, str)
            or type(value) is not Tensor
            or value.layout is not torch.strided
            or value.device.type != "cpu"
            or value.is_quantized
            or value.is_nested
        ):
            raise WeightsError(f"checkpoint {path}: state_dict: {key!r:.80} is no plain tensor")
    return state
