"""How well those who read waves find what is known of them."""

from __future__ import annotations

from xai_bench.studies.delineation.wave_errors import (
    EDGE_S,
    MEASURES,
    WINDOW_S,
    Matches,
    error_rows,
    match_waves,
    matches_of,
)

__all__ = ["EDGE_S", "MEASURES", "WINDOW_S", "Matches", "error_rows", "match_waves", "matches_of"]
