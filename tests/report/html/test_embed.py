"""What a script decodes is what was put in; pictures are pictures, and small."""

import base64
import gzip
import hashlib
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tests.report.conftest import AUDIT
from xai_bench.report.html.embed import (
    Picture,
    bits,
    companded,
    content_hash,
    data_uri,
    embed_figure,
    embed_picture,
    integers,
    packed,
)


def test_integers_are_little_endian_row_after_row() -> None:
    values = np.array([[1, -2], [300, -32768]], dtype=np.int16)
    assert struct.unpack("<4h", base64.b64decode(integers(values))) == (1, -2, 300, -32768)


def test_bits_begin_at_the_highest() -> None:
    mask = np.zeros((1, 12), dtype=bool)
    mask[0, [0, 9]] = True
    assert base64.b64decode(bits(mask)) == bytes([0b10000000, 0b01000000])


def decoded(text: str, largest: float) -> np.ndarray:
    steps = struct.unpack(f"{len(base64.b64decode(text))}b", base64.b64decode(text))
    return np.array([(1 if q > 0 else -1) * (q / 127) ** 2 * largest for q in steps])


def test_companding_keeps_small_values_apart() -> None:
    values = np.random.default_rng(0).standard_t(2, size=(12, 500)).astype(np.float32)
    text, largest = companded(values)
    assert largest == np.abs(values).max()
    found = decoded(text, largest)
    flat = values.ravel()
    worth = np.abs(flat) > largest / 100
    assert 50 < worth.sum() < 5950
    assert np.abs(found[worth] / flat[worth] - 1).max() < 0.09  # half a step of 127 / 10
    assert np.median(np.abs(found[worth] / flat[worth] - 1)) < 0.04
    assert (np.sign(found[worth]) == np.sign(flat[worth])).all()


def test_zero_everywhere_stays_zero() -> None:
    text, largest = companded(np.zeros((12, 4), dtype=np.float32))
    assert largest == 0
    assert not any(base64.b64decode(text))


def test_a_uri_and_a_hash() -> None:
    assert data_uri(b"a,b\n", "text/csv") == "data:text/csv;base64,YSxiCg=="
    sha = base64.b64encode(hashlib.sha256("é".encode()).digest()).decode()
    assert content_hash("é") == f"'sha256-{sha}'"
    assert content_hash("e") != content_hash("é")


@pytest.mark.parametrize("value", [0.5, -0.5])
def test_the_largest_value_is_exact(value: float) -> None:
    text, largest = companded(np.full((1, 3), value, dtype=np.float32))
    assert decoded(text, largest).tolist() == [value] * 3


def test_packed_text_is_the_same_whenever_it_is_packed() -> None:
    text = "model,mean\nimn,0.5\n" * 100
    assert gzip.decompress(base64.b64decode(packed(text))).decode() == text
    assert packed(text) == packed(text)
    assert base64.b64decode(packed(text))[4:8] == bytes(4)  # no time of day
    assert len(packed(text)) < len(text) / 10


def opened(picture: Picture) -> tuple[Image.Image, int]:
    head, _, text = picture.uri.partition(",")
    assert head == "data:image/png;base64"
    content = base64.b64decode(text)
    image = Image.open(io.BytesIO(content))
    assert image.size == (picture.width, picture.height)
    return image, len(content)


def test_a_file_keeps_its_size_and_looks_and_loses_weight(tmp_path: Path) -> None:
    path = tmp_path / "audit.png"
    Image.open(AUDIT / "audit-1-bias.png").convert("RGB").save(path)
    picture = embed_picture(path)
    assert picture is not None
    image, size = opened(picture)
    before = Image.open(path).convert("RGB")
    assert image.size == before.size
    assert size < path.stat().st_size / 1.5
    difference = np.abs(np.asarray(image.convert("RGB"), int) - np.asarray(before, int))
    assert difference.mean() < 1
    assert np.quantile(difference, 0.999) < 30


def test_a_file_that_is_not_there_is_no_picture(tmp_path: Path) -> None:
    assert embed_picture(tmp_path / "none.png") is None


def test_a_figure_is_embed_figure() -> None:
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot([0, 1])
    image, _ = opened(embed_figure(figure))
    assert image.size == (520, 260)
    assert len(set(np.asarray(image.convert("L")).ravel())) > 2
