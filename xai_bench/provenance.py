"""What a number needs beside it to be checked: versions, commit, machine, command."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from xai_bench.devices import device_facts

__all__ = ["now", "package_version", "provenance"]

_PACKAGES = ("xai-bench", "torch", "captum", "quantus", "numpy", "scipy", "wfdb")


def now() -> str:
    """UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def package_version() -> str:
    """Of this package."""
    return version("xai-bench")


def provenance(device: torch.device) -> dict[str, Any]:
    """Facts about this process, for run.json."""
    return {
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "git_commit": _commit(),
        "python": platform.python_version(),
        "packages": _versions(),
        "system": f"{platform.system()} {platform.machine()}",
        **device_facts(device),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in _PACKAGES}


@cache
def _commit() -> str | None:
    """The checkout's commit, with + if it was changed since; None for an installed wheel."""
    checkout = Path(__file__).parent.parent
    if not (checkout / ".git").exists():
        return None
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"],
            cwd=checkout,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
