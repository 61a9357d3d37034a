"""Where a net computes, and how many rows a pass has there."""

from __future__ import annotations

from typing import Literal

import torch

from xai_bench.errors import InputError

__all__ = ["pick_device", "rows_of_a_pass"]

_SUPPORTED = ("cpu", "cuda")

_ROWS = {
    "recordings": {"cpu": 8, "cuda": 64},
    "compared": {"cpu": 4, "cuda": 64},
    "pairs": {"cpu": 4, "cuda": 16},
    "versions": {"cpu": 8, "cuda": 256},
}
"""On a CPU the activations of a few rows stay near the cache; more are slower. Results do not
depend on it, up to float32 rounding.

recordings: to be explained. compared: recordings that are explained many times over. pairs:
recordings with a reference each. versions: changed copies of recordings, without their gradients.
"""


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """The device asked for, or CUDA where there is one.

    Raises InputError for what is no device, is none that nets are run on here (cpu and cuda), or
    is not there.
    """
    try:
        chosen = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError:
        raise InputError(f"no device '{device}'; use cpu, cuda or cuda:1") from None
    if chosen.type not in _SUPPORTED:
        raise InputError(f"device '{device}' is not supported; use cpu, cuda or cuda:1")
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"device '{device}' was asked for, but this torch sees no CUDA device")
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        found = torch.cuda.device_count()
        raise InputError(f"device '{device}' was asked for, but there are {found} CUDA devices")
    return chosen


def rows_of_a_pass(
    device: torch.device, of: Literal["recordings", "compared", "pairs", "versions"]
) -> int:
    """Rows of one pass through a net on a device."""
    return _ROWS[of][device.type]
