"""What has the name of a file and must not be read: a reader would wait, or never end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["NO_FILES"]


def a_device(path: Path) -> None:
    path.symlink_to("/dev/null")


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


NO_FILES: list[Callable[[Path], None]] = [a_device, a_pipe]
"""Each puts one in a place."""
