"""An object store that processes of this machine share: what is put is there at once, and whole."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any, final

import fsspec
from fsspec.implementations.local import LocalFileSystem

__all__ = ["shared_store"]


@final
class _SharedStore(LocalFileSystem):  # type: ignore[misc]
    """Objects are files below a folder. As in a store, folders come and go with what is in them."""

    protocol = ("shared", "local")

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        place = Path(self._strip_protocol(path))
        fresh = Path(os.environ["SHARED_STORE"], secrets.token_hex(8))
        fresh.write_bytes(value)
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode == "create":
            place.hardlink_to(fresh)
            fresh.unlink()
        else:
            fresh.replace(place)


def shared_store(folder: Path, patch: Any) -> str:
    """The URL of an empty one that is kept in a folder. patch: what pytest calls monkeypatch."""
    (folder / "being put").mkdir(parents=True)
    (folder / "objects").mkdir()
    patch.setenv("SHARED_STORE", str(folder / "being put"))
    fsspec.register_implementation("shared", _SharedStore, clobber=True)
    return f"shared://{folder}/objects"
