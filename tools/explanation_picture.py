"""docs/explanation.png, the picture of README.md: python -m tools.explanation_picture"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image

import xai_bench as xb
from xai_bench.storage import write_file

__all__ = ["main"]

PLACE = Path(__file__).parents[1] / "docs" / "explanation.png"
MODEL, RECORD, METHOD = "imn", "synthetic:03450", "native"

_WIDTH = 1400
"""Pixels; enough for a page, and lines stay apart."""
_COLOURS = 256
_METHOD = Image.Quantize.MAXCOVERAGE
"""Keeps colours that are rare, such as blue where little speaks against."""


def main() -> None:
    """Explain, and write the picture with fewer pixels and colours than `explain` does."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "explanation.png"
        xb.explain(MODEL, RECORD, METHOD, out=drawn)
        with Image.open(drawn) as image:
            height = round(_WIDTH * image.height / image.width)
            small = image.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    small.quantize(_COLOURS, _METHOD, dither=Image.Dither.NONE).save(content, "PNG", optimize=True)
    write_file(PLACE, content.getvalue())


if __name__ == "__main__":
    main()
