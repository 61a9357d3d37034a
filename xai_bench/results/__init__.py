"""Cells of scores, and the leaderboard that is made of them.

runs/leaderboard.csv                                   a row a metric of a pair
runs/leaderboard_wide.csv                              a row a pair
runs/<dataset>/<model>/<method>/<key>/                 a cell, see `cells`
"""

from xai_bench.results.cells import (
    Cell,
    Place,
    digest,
    half_written_cells,
    latest_scores,
    make_room,
    open_run,
    read_cell,
    read_cells,
    sound_cells,
    write_cell,
)
from xai_bench.results.leaderboard import (
    COLUMNS,
    COMPARABLE,
    leaderboard,
    stored_leaderboard,
    write_leaderboard,
)
from xai_bench.results.study_tables import to_csv
from xai_bench.results.wide_leaderboard import widen

__all__ = ["COLUMNS", "COMPARABLE", "Cell", "Place", "digest", "half_written_cells"]
__all__ += ["latest_scores", "leaderboard", "make_room", "open_run", "read_cell", "read_cells"]
__all__ += [
    "sound_cells",
    "stored_leaderboard",
    "to_csv",
    "widen",
    "write_cell",
    "write_leaderboard",
]
