"""What a name such as `planted:PATH` means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xai_bench.data.planted.deepfake_backgrounds import DeepfakeBackgrounds
from xai_bench.data.planted.folder_backgrounds import FolderBackgrounds
from xai_bench.data.planted.planted_source import PlantedSource
from xai_bench.data.source import Source
from xai_bench.errors import DatasetError

__all__ = ["GENERATED", "PLANTED_PREFIX", "open_planted", "planted_place"]

PLANTED_PREFIX = "planted:"
"""Before the place of the recordings that are planted."""

GENERATED = "deepfake"
"""The place of generated recordings."""
_GENERATED_SIZE = 4000


def planted_place(data: str | Path) -> str | None:
    """What follows `planted:` in the name of data; None for other data.

    Raises DatasetError where nothing, or what cannot be planted, follows.
    """
    text = str(data)
    if not text.startswith(PLANTED_PREFIX):
        return None
    place = text.removeprefix(PLANTED_PREFIX)
    if not place:
        raise DatasetError(
            "planted: names no recordings; give planted:FOLDER, or planted:deepfake for generated "
            "ones"
        )
    if place.startswith(("synthetic", PLANTED_PREFIX)) and not Path(place).exists():
        raise DatasetError(
            f"{text}: what is planted into these is known already; use {place} itself"
        )
    return place


def open_planted(
    place: str, normal: Callable[[], Source], *, rate_hz: float, seconds: float
) -> Source:
    """The source of planted recordings at this place; a folder is asked for its `normal` ones.

    Raises DatasetError; WeightsError for generated backgrounds of another generator.
    """
    if place == GENERATED:
        made = DeepfakeBackgrounds(size=_GENERATED_SIZE, rate_hz=rate_hz, seconds=seconds)
        # Thousands of them, and a second opinion takes longer than all else.
        return PlantedSource(made, all_findings=False, is_checked=False)
    return PlantedSource(FolderBackgrounds(normal()), all_findings=True)
