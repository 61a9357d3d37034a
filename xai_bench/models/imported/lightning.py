"""Lightning checkpoints as data: tensors and plain values, or one clear line. Never code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from xai_bench.errors import WeightsError
from xai_bench.torch_files.torch_archive import TorchArchive

__all__ = ["Checkpoint", "read_checkpoint"]

_DEEPEST = 3
"""Of a hyper-parameter: a list of lists of numbers is one, a maze that leads nowhere is not."""
_MOST = 1000
_PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """What is kept of a checkpoint."""

    sha256: str
    epoch: int | None
    hyper_parameters: dict[str, Any]
    """As they are in the file, but for what is no plain value; nothing else was checked."""
    tensors: dict[str, Tensor]
    """The state dict: dense, on the CPU, of any shape and type."""


def read_checkpoint(path: Path, *, expected_sha256: str | None = None) -> Checkpoint:
    """Read the checkpoint in `path` without running anything in it, see `TorchArchive`.

    Whatever is neither a tensor of the state dict nor a plain value is left where it is. Raises
    WeightsError.
    """
    archive = TorchArchive(path, expected_sha256=expected_sha256)
    saved = archive.root
    if not isinstance(saved, dict) or not isinstance(saved.get("state_dict"), dict):
        raise WeightsError(f"checkpoint {path} has no state_dict; is it one of Lightning?")
    hyper_parameters = saved.get("hyper_parameters", {})
    if not isinstance(hyper_parameters, dict):
        raise WeightsError(f"checkpoint {path}: hyper_parameters is not a table")
    epoch = saved.get("epoch")
    return Checkpoint(
        sha256=archive.sha256,
        epoch=epoch if type(epoch) is int else None,
        hyper_parameters={
            key: value for key, value in hyper_parameters.items() if _is_plain(value)
        },
        tensors=_dense(archive, saved["state_dict"]),
    )


def _is_plain(value: Any) -> bool:
    """Whether a value is a number, text, or few of them in lists and tables: shown in one line."""
    level = [value]
    for _ in range(_DEEPEST):
        inside: list[Any] = []
        for one in level:
            if isinstance(one, list | tuple):
                inside += one
            elif isinstance(one, dict):
                inside += one.values()
            elif type(one) not in _PLAIN or (type(one) is int and abs(one) >= 2**63):
                return False
            if len(inside) > _MOST:
                return False
        level = inside
    return not level


def _dense(archive: TorchArchive, state: dict[Any, Any]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for key, saved in state.items():
        tensor = archive.tensor(saved) if isinstance(key, str) else None
        if tensor is None:
            raise WeightsError(
                f"checkpoint {archive.path}: state_dict: {key!r:.80} is no plain tensor"
            )
        found[key] = tensor
    return found
