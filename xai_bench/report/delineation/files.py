"""A comparison of readers of waves as files: its table, its errors drawn, and some recordings."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from xai_bench import storage
from xai_bench.printable import printable
from xai_bench.report.delineation.figures import draw_errors, draw_waves
from xai_bench.report.figures.write_figure import write_figure
from xai_bench.studies.delineation.study import ReadWaves

__all__ = ["save_png", "write_waves"]

_DRAWN = 4
_LEAD = "II"


def write_waves(found: ReadWaves, out: Path) -> None:
    """waves.csv, errors.png and pictures of the first four recordings, in lead II or the first.

    Raises OutputError.
    """
    storage.write_file(out / "waves.csv", found.table.to_csv(index=False, lineterminator="\n"))
    save_png(draw_errors(found.table), out / "errors.png")
    recordings = found.recordings
    lead = recordings.leads.index(_LEAD) if _LEAD in recordings.leads else 0
    for row, name in enumerate(recordings.record_id[:_DRAWN]):
        figure = draw_waves(
            recordings[row : row + 1].signal[0, lead],
            recordings.rate_hz,
            {reader: labels[row] for reader, labels in found.labels.items()},
            f"{printable(name)} of {recordings.name}, lead {recordings.leads[lead]}",
        )
        save_png(figure, out / f"recording_{row + 1}.png")


def save_png(figure: Figure, path: Path) -> None:
    """Raises OutputError."""
    content = BytesIO()
    write_figure(figure, content, format="png", dpi=120)
    storage.write_file(path, content.getvalue())
