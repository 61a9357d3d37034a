"""Normal twelve-lead recordings that a generator makes of noise: backgrounds of nobody."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Int16

from xai_bench.data.normalise import resample
from xai_bench.data.planted.backgrounds import Backgrounds
from xai_bench.data.source import Index
from xai_bench.data.synthetic.leads import quantised
from xai_bench.errors import DatasetError
from xai_bench.randomness import seed_for

__all__ = ["DeepfakeBackgrounds"]

_RATE_HZ, _SECONDS = 500.0, 10.0
"""Of what the generator makes."""
_MILLIVOLT = 6.0
"""Of its output of 1."""
_MOST = 99_999
"""Recordings; their ids have five digits."""
_FOLDS = 10
_VERSION = 1  # a change that moves any sample is another version


@final
class DeepfakeBackgrounds(Backgrounds):
    """Recordings of the Pulse2Pulse generator, each from its own noise, made as they are read; each
    of nobody else, and in the fold that is its row modulo ten, plus one.

    Leads I, II and V1 to V6 are generated, resampled as real recordings are, and rounded to whole
    microvolt (I and II to even ones); III, aVR, aVL and aVF follow by the identities without
    error. Of its authors' 150,000 recordings of this generator a commercial program called 81 %
    normal, and the rest not quite: nobody has read these. Near both ends the generator has less to
    go by: of 150 recordings the first and last 50 ms are twice as rough as the rest, and a wave
    there may be odd. Beside real recordings the baseline is too calm, beats differ too much in
    height, and no recorder has rounded them.
    """

    name = "deepfake"

    def __init__(
        self, *, size: int = 10_000, seed: int = 0, rate_hz: float = 100.0, seconds: float = 10.0
    ) -> None:
        """`size` recordings of the first `seconds`; fewer recordings begin the same.

        Raises DatasetError where such recordings cannot be made, or the extra is not installed;
        WeightsError where another generator is installed.
        """
        from xai_bench.data.planted.pulse2pulse import installed_pulse2pulse  # torch

        for what, value, least, most in (
            ("size", size, 1, _MOST),
            ("rate_hz", rate_hz, 50, _RATE_HZ),
            ("seconds", seconds, 1, _SECONDS),
        ):
            if not least <= value <= most:
                raise DatasetError(
                    f"deepfake: {what}={value:g} was asked for; recordings of "
                    f"{_SECONDS:g} s at {_RATE_HZ:g} Hz are generated: use {least:g} to {most:g}"
                )
        self.rate_hz = float(rate_hz)
        self.samples = round(rate_hz * seconds)
        self.record_id = tuple(f"{row + 1:05d}" for row in range(size))
        self._seed = seed
        self._generator = installed_pulse2pulse()

    @cached_property
    def index(self) -> Index:
        ids = self.record_id
        return Index(
            record_id=ids,
            patient_id=ids,
            labels=(frozenset({"NORM"}),) * len(ids),
            fold=(np.arange(len(ids)) % _FOLDS + 1).astype(np.int8),
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        return (
            f"{self.name}: {len(self.record_id)} generated recordings count as normal; nobody has "
            "read them",
        )

    def fingerprint(self) -> str:
        """sha256 over the generator and what is made with it."""
        from xai_bench.data.planted.pulse2pulse import TENSORS_SHA256

        parameters = (_VERSION, TENSORS_SHA256, self.rate_hz, self.samples, self._seed)
        return hashlib.sha256(repr((*parameters, len(self.record_id))).encode()).hexdigest()

    def microvolt(self, row: int) -> Int16[np.ndarray, "12 time"]:
        """The recording in row `row`; the same bits whatever else is made."""
        import torch

        rng = np.random.default_rng(seed_for(self._seed, self.record_id[row], "pulse2pulse"))
        shape = (8, round(_RATE_HZ * _SECONDS))
        noise = 2 * rng.random(shape, dtype=np.float32) - 1
        # One recording a pass: convolutions of several round their sums otherwise.
        made = self._generator(torch.from_numpy(noise[np.newaxis]))[0].numpy()
        millivolt = _MILLIVOLT * made.astype(np.float64)
        return quantised(resample(millivolt, _RATE_HZ, self.rate_hz)[:, : self.samples])
