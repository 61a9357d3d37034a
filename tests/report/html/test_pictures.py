"""Pictures inside the page are pictures, and small."""

import base64
import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from tests.report.conftest import AUDIT
from xai_bench.report.html.pictures import Picture, drawn, photographed


def opened(picture: Picture) -> tuple[Image.Image, int]:
    head, _, text = picture.uri.partition(",")
    assert head == "data:image/png;base64"
    content = base64.b64decode(text)
    image = Image.open(io.BytesIO(content))
    assert image.size == (picture.width, picture.height)
    return image, len(content)


def test_a_file_keeps_its_size_and_looks_and_loses_weight() -> None:
    path = AUDIT / "audit.png"
    picture = photographed(path)
    assert picture is not None
    image, size = opened(picture)
    before = Image.open(path).convert("RGB")
    assert image.size == before.size
    assert size < path.stat().st_size / 1.5
    difference = np.abs(np.asarray(image.convert("RGB"), int) - np.asarray(before, int))
    assert difference.mean() < 1
    assert np.quantile(difference, 0.999) < 30


def test_a_file_that_is_not_there_is_no_picture(tmp_path: Path) -> None:
    assert photographed(tmp_path / "none.png") is None


def test_a_figure_is_drawn() -> None:
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot([0, 1])
    image, _ = opened(drawn(figure))
    assert image.size == (520, 260)
    assert len(set(np.asarray(image.convert("L")).ravel())) > 2
