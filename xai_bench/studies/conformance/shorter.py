"""The beginnings of recordings: does what is checked work on another length?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xai_bench.types import Recordings

__all__ = ["beginnings"]

_SHARE = 0.6


def beginnings(recordings: Recordings) -> Recordings:
    """The first six tenths of each recording: 6 of 10 s."""
    samples = round(_SHARE * recordings.microvolt.shape[2])
    cut: dict[str, Any] = {
        name: array[..., :samples]
        for name in ("microvolt", "healthy", "evidence", "waves")
        if (array := getattr(recordings, name)) is not None
    }
    return replace(recordings, **cut)
