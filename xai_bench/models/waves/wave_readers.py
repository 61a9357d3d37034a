"""One interface for all that can say which waves a recording has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int8

from xai_bench.data.delineate import delineate_recording
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.models.waves.delnet_reader import shipped
from xai_bench.models.waves.openecg_reader import read_openecg
from xai_bench.types import Progress, Recordings, silent
from xai_bench.wave_names import PLANTED_WAVES, WAVE_READERS

__all__ = ["WaveReader", "find_reader", "read_waves", "with_waves"]

WaveReader = Callable[[Float[np.ndarray, "lead time"], float], Int8[np.ndarray, " time"]]
"""Millivolt and Hz -> index into WAVES for every sample, of any leads."""


def find_reader(name: str) -> WaveReader:
    """One of WAVE_READERS. Raises UnknownNameError, and WeightsError where its weights are not
    those that it was shipped with."""
    if name == "delnet":
        return shipped()
    readers: dict[str, WaveReader] = {"rules": delineate_recording, "openecg": read_openecg}
    if name not in readers:
        raise UnknownNameError("wave reader", name, WAVE_READERS)
    return readers[name]


def with_waves(recordings: Recordings, name: str, progress: Progress = silent) -> Recordings:
    """The same recordings with the waves that a reader finds, or as "planted".

    Waves are a part of what a score depends on: the fingerprint is another.
    Raises InputError for "planted" where nothing is, DatasetError where a reader is not installed,
    UnknownNameError, WeightsError.
    """
    if name == PLANTED_WAVES:
        if recordings.waves is None:
            raise InputError(
                f"{recordings.name} has no planted waves; name a reader: {', '.join(WAVE_READERS)}"
            )
        return recordings
    waves = read_waves(recordings, name, find_reader(name), progress)
    remark = f"waves are those that {name} finds"
    return replace(recordings, waves=waves, remarks=(*recordings.remarks, remark))


def read_waves(
    recordings: Recordings, name: str, read: WaveReader, progress: Progress = silent
) -> Int8[np.ndarray, "record time"]:
    """What a reader, of any name, says of each recording. Raises as it does."""
    waves = np.empty((len(recordings), recordings.microvolt.shape[2]), dtype=np.int8)
    for row in range(len(recordings)):
        waves[row] = read(recordings[row : row + 1].signal[0], recordings.rate_hz)
        progress(f"{name} reads waves", row + 1, len(recordings))
    return waves
