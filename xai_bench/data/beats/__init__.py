"""Beats as recordings: windows of one second around an R peak, of two leads or fewer."""

from __future__ import annotations

from xai_bench.data.beats.beat_folder import BeatFolder, beats_place
from xai_bench.data.beats.beat_form import BEAT_FORM

__all__ = ["BEAT_FORM", "BeatFolder", "beats_place"]
