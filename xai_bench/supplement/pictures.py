"""Pictures inside the page: PNG with a palette, a third of the size."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from xai_bench.supplement.embed import data_uri

__all__ = ["drawn", "photographed"]

_DPI = 130
_COLOURS = 128


def drawn(figure: Figure) -> str:
    """A figure as a data URI."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DPI)
    return _small(content)


def photographed(path: Path) -> str | None:
    """A PNG file as a data URI, or None where there is none."""
    return _small(io.BytesIO(path.read_bytes())) if path.is_file() else None


def _small(png: io.BytesIO) -> str:
    """Figures have few colours; without dithering flat areas stay flat."""
    with Image.open(png) as image:
        few = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    content = io.BytesIO()
    few.save(content, format="png", optimize=True)
    return data_uri(content.getvalue(), "image/png")
