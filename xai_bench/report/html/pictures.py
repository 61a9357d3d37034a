"""Pictures inside the page: PNG with a palette, a third of the size."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import final

from matplotlib.figure import Figure
from PIL import Image

from xai_bench.report.html.embed import data_uri

__all__ = ["Picture", "drawn", "photographed"]

_DPI = 130
_COLOURS = 128


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture with its size, so that a browser keeps its place free until it is in sight."""

    uri: str
    """data:image/png ..."""
    width: int
    height: int
    """Pixels."""


def drawn(figure: Figure) -> Picture:
    """A figure as a picture."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DPI)
    return _small(content)


def photographed(path: Path) -> Picture | None:
    """A PNG file as a picture, or None where there is none."""
    return _small(io.BytesIO(path.read_bytes())) if path.is_file() else None


def _small(png: io.BytesIO) -> Picture:
    """Figures have few colours; without dithering flat areas stay flat."""
    with Image.open(png) as image:
        few = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    content = io.BytesIO()
    few.save(content, format="png", optimize=True)
    uri = data_uri(content.getvalue(), "image/png")
    return Picture(uri=uri, width=few.width, height=few.height)
