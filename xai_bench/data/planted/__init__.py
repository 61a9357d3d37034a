"""Evidence planted into recordings of real hearts: their healthy twin is the recording itself."""

from __future__ import annotations

from xai_bench.data.planted.lesions import LESIONS, Lesion
from xai_bench.data.planted.plant_lesion import plant

__all__ = ["LESIONS", "Lesion", "plant"]
