"""Files of weights that are none, or of another net, under a card that names their sha256."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from tests.closed_forms import Linear
from tests.corpus.broken import Broken
from tests.tiny_zoo import write_model

__all__ = ["WEIGHTS"]

STATE = Linear().state_dict()
WHOLE = save(STATE)


class _Run:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[int]]:
        return os._exit, (3,)


def weights(name: str, content: bytes, *says: str, sealed: bool = True) -> Broken:
    def write(folder: Path) -> Path:
        home = folder / "models" / "mine"
        write_model(home, Linear(), {})
        (home / "weights.safetensors").write_bytes(content)
        if sealed:
            card = (home / "card.toml").read_text()
            before, after = (hashlib.sha256(one).hexdigest() for one in (WHOLE, content))
            (home / "card.toml").write_text(card.replace(before, after))
        return folder

    return Broken(name, write, says)


def put(name: str, change: Callable[[Path], object], *says: str) -> Broken:
    def write(folder: Path) -> Path:
        home = folder / "models" / "mine"
        write_model(home, Linear(), {})
        (home / "weights.safetensors").unlink()
        change(home / "weights.safetensors")
        return folder

    return Broken(name, write, ("weights.safetensors", *says))


def changed(**tensors: torch.Tensor) -> bytes:
    made: bytes = save({**STATE, **tensors})
    return made


def headed(head: object, size: int | None = None) -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text


KEY = next(iter(STATE))
ONE = STATE[KEY]
_NONE = "are not safetensors"
_TENSOR = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}

WEIGHTS = [
    weights("empty", b"", _NONE),
    weights("seven bytes", WHOLE[:7], _NONE),
    weights("a head alone", WHOLE[:40], _NONE),
    weights("a byte too few", WHOLE[:-1], _NONE),
    weights("a byte too many", WHOLE + b"\0", _NONE),
    weights("noise", bytes(range(256)) * 9, _NONE),
    weights("a head of 2^60 bytes", headed(b"{}", 2**60), _NONE),
    weights("a head of no json", headed(b"\xff" * 64), _NONE),
    weights("a head of a list", headed([]), _NONE),
    weights("a head of brackets", headed(b"[" * 90_000), _NONE),
    weights("offsets beyond", headed({KEY: {**_TENSOR, "data_offsets": [0, 2**40]}}), _NONE),
    weights("offsets backwards", headed({KEY: {**_TENSOR, "data_offsets": [4, 0]}}), _NONE),
    weights("a shape of 2^62", headed({KEY: {**_TENSOR, "shape": [2**62, 4]}}), _NONE),
    weights("a type unknown", headed({KEY: {**_TENSOR, "dtype": "F33"}}), _NONE),
    weights("a pickle", pickle.dumps(_Run()), _NONE),
    weights("no tensors", save({}), "weights do not fit the net", "Missing key"),
    weights("another name", save({"other": ONE}), "weights do not fit the net", "other"),
    weights("a tensor more", changed(other=ONE.clone()), "do not fit the net", "Unexpected key"),
    weights("another shape", changed(**{KEY: torch.zeros(3, 5, 7)}), "do not fit", "size mismatch"),
    weights("NaN", changed(**{KEY: torch.full_like(ONE, torch.nan)}), "nan or inf"),
    weights("infinite", changed(**{KEY: torch.full_like(ONE, torch.inf)}), "nan or inf"),
    weights(
        "not the card's", changed(**{KEY: ONE + 1}), "are not the card's: sha256", sealed=False
    ),
    put("missing", lambda path: None, "No such file"),
    put("a folder", lambda path: path.mkdir(), "Is a directory"),
    put("a pipe", os.mkfifo, "is no regular file"),
    put("a device", lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
]
