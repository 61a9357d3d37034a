"""Who says which waves a recording has: the rules, our U-Net, or openecg."""

from __future__ import annotations

from xai_bench.models.waves.wave_readers import WaveReader, find_reader, read_waves, with_waves

__all__ = ["WaveReader", "find_reader", "read_waves", "with_waves"]
