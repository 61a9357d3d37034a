"""What a page holds as text: data URIs, pictures, and arrays that a script decodes."""

from __future__ import annotations

import gzip
import io
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int16
from matplotlib.figure import Figure
from PIL import Image

from xai_bench.errors import InputError
from xai_bench.report.figures.write_figure import write_figure

__all__ = ["Picture", "bits", "companded", "content_hash", "data_uri", "embed_figure"]
__all__ += ["embed_picture", "integers", "packed"]

_DPI = 130
_COLOURS = 64
"""Of the palette of a picture: a third of the size."""


def data_uri(content: bytes, kind: str) -> str:
    """`data:text/csv;base64,...`"""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def content_hash(text: str) -> str:
    """Of an inline script, as a content security policy names it."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"


def packed(text: str) -> str:
    """Base64 of the gzipped text; the same text is always packed alike."""
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")


def integers(values: Int16[np.ndarray, "*axes"] | Int8[np.ndarray, "*axes"]) -> str:
    """Base64 of integers, little-endian, row after row."""
    little = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"))
    return b64encode(little.tobytes()).decode("ascii")


def bits(mask: Bool[np.ndarray, "*axes"]) -> str:
    """Base64 of a mask, eight samples a byte, the first in the highest bit."""
    return b64encode(np.packbits(mask).tobytes()).decode("ascii")


def companded(values: Float32[np.ndarray, "*axes"]) -> tuple[str, float]:
    """One byte a value, and the largest |value|: q = 127 sign(a) sqrt(|a| / largest), rounded.

    Attributions have long tails. With the root a value at a hundredth of the largest is still
    known to 4 %; without it, it would be one step of the scale.
    """
    largest = float(np.abs(values).max(initial=0.0))
    scaled = values / (largest or 1.0)
    root = np.sign(scaled) * np.sqrt(np.abs(scaled))
    return integers(np.rint(127 * root).astype(np.int8)), largest


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture with its size, so that a browser keeps its place free until it is in sight."""

    uri: str
    """data:image/png ..."""
    width: int
    height: int
    """Pixels."""


def embed_figure(figure: Figure) -> Picture:
    """A figure as a picture."""
    content = io.BytesIO()
    write_figure(figure, content, format="png", dpi=_DPI)
    return _small(content)


def embed_picture(path: Path) -> Picture | None:
    """A PNG file as a picture, or None where there is none. Raises InputError if it is broken."""
    if not path.is_file():
        return None
    try:
        return _small(io.BytesIO(path.read_bytes()))
    except (OSError, SyntaxError) as error:  # the latter is how Pillow names a broken PNG
        raise InputError(f"{path} is no picture that can be read: {error}") from error


def _small(png: io.BytesIO) -> Picture:
    """Figures have few colours; without dithering flat areas stay flat."""
    with Image.open(png) as image:
        few = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    content = io.BytesIO()
    few.save(content, format="png", optimize=True)
    uri = data_uri(content.getvalue(), "image/png")
    return Picture(uri=uri, width=few.width, height=few.height)
