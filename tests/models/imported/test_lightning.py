"""What is read of a checkpoint; whatever is not plain data is refused in one line, never run."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.lightning_checkpoints import VARIANTS, Variant, checkpoint, save
from tests.no_regular_files import NO_FILES
from xai_bench.errors import WeightsError
from xai_bench.models.imported.lightning import read_checkpoint
from xai_bench.torch_files import torch_archive


def _refused(path: Path, message: str) -> None:
    with pytest.raises(WeightsError, match=message) as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200 + len(str(path))


@pytest.mark.parametrize("variant", VARIANTS[::2], ids=lambda variant: variant.folder)
def test_tensors_and_values_come_back_as_they_were(tmp_path: Path, variant: Variant) -> None:
    content = checkpoint(variant)
    path = save(content, tmp_path / "a.ckpt")
    digest = sha256(path.read_bytes()).hexdigest()
    read = read_checkpoint(path, expected_sha256=digest.upper())
    assert (read.sha256, read.epoch) == (digest, 18)
    assert read.hyper_parameters == content["hyper_parameters"]
    assert read.tensors.keys() == content["state_dict"].keys()
    assert all(torch.equal(read.tensors[k], v) for k, v in content["state_dict"].items())


@pytest.mark.parametrize("make", NO_FILES)
def test_a_pipe_and_a_device_are_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "a.ckpt")
    _refused(tmp_path / "a.ckpt", "cannot be read: it is no regular file")


def test_any_other_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    _refused(path, "cannot be read: No such file")
    path.write_bytes(b"")
    _refused(path, "is not a whole zip file")
    path.write_bytes(b"PK")
    _refused(path, "is not a whole zip file")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.txt", "hello")
    _refused(path, r"is damaged \(no data.pkl, or several\); nothing in it was run")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.9999])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    path = save(checkpoint(VARIANTS[2]), tmp_path / "a.ckpt")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    _refused(path, "is not a whole zip file")


def test_a_zip_that_unpacks_to_more_than_it_is(tmp_path: Path) -> None:
    whole = save(checkpoint(VARIANTS[2]), tmp_path / "a.ckpt")
    packed = tmp_path / "b.ckpt"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(packed, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name), zipfile.ZIP_DEFLATED)
    _refused(packed, "has compressed entries")


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(checkpoint(VARIANTS[2]), tmp_path / "a.ckpt")
    monkeypatch.setattr(torch_archive, "_LARGEST_BYTES", path.stat().st_size)
    read_checkpoint(path)
    monkeypatch.setattr(torch_archive, "_LARGEST_BYTES", path.stat().st_size - 1)
    _refused(path, "has more than 0 MiB; none that we know of has")


def test_a_pickle_that_ends_early(tmp_path: Path) -> None:
    path = save(checkpoint(VARIANTS[2]), tmp_path / "a.ckpt")
    content = bytearray(path.read_bytes())
    start = content.index(b"state_dict")
    content[start : start + 20] = b"\xff" * 20
    path.write_bytes(content)
    _refused(path, "is damaged .*; nothing in it was run")


def test_code_is_never_run_and_counts_only_where_a_tensor_should_be(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return exec, (f"open({str(tmp_path / 'ran')!r}, 'w')",)

    whole = checkpoint(VARIANTS[2])
    read = read_checkpoint(save(whole | {"anything": Hostile()}, tmp_path / "a.ckpt"))
    assert read.tensors.keys() == whole["state_dict"].keys()
    for change, message in (
        ({"hyper_parameters": Hostile()}, "hyper_parameters is not a table"),
        ({"state_dict": Hostile()}, "has no state_dict"),
        ({"state_dict": {"w": Hostile()}}, "'w' is no plain tensor"),
    ):
        _refused(save(whole | change, tmp_path / "a.ckpt"), message)
    assert not (tmp_path / "ran").exists()


def test_hyper_parameters_are_plain_values_or_left_out(tmp_path: Path) -> None:
    maze: list[Any] = [1]
    for _ in range(60):  # 2**60 numbers to whoever walks through it
        maze = [maze, maze]
    circle: list[Any] = []
    circle.append(circle)
    plain = {"lr": 1e-3, "name": "a", "steps": [1, 2], "more": {"gamma": 0.1}, "none": None}
    strange = {
        "maze": maze,
        "circle": circle,
        "huge": 10**5000,
        "scalar": np.float64(0.5),
        "long": list(range(2000)),
    }
    content = {"state_dict": {}, "hyper_parameters": plain | strange}
    read = read_checkpoint(save(content, tmp_path / "a.ckpt"))
    assert read.hyper_parameters == plain


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "has no state_dict; is it one of Lightning"),
        ({"epoch": 3}, "has no state_dict"),
        ({"state_dict": [torch.zeros(1)]}, "has no state_dict"),
        ({"state_dict": {}, "hyper_parameters": [1]}, "hyper_parameters is not a table"),
        ({"state_dict": {3: torch.zeros(1)}}, "state_dict: 3 is no plain tensor"),
        ({"state_dict": {"w": 1.0}}, "'w' is no plain tensor"),
        ({"state_dict": {"w": torch.zeros(2).to_sparse()}}, "'w' is no plain tensor"),
        ({"state_dict": {"w": torch.zeros(2, device="meta")}}, "'w' is no plain tensor"),
        ({"state_dict": {"w" * 999: 1.0}}, "state_dict: 'w{79} is no plain tensor"),
    ],
)
def test_other_data_is_refused(tmp_path: Path, content: object, message: str) -> None:
    _refused(save(content, tmp_path / "a.ckpt"), message)


def test_what_is_not_there_or_strange_is_unknown(tmp_path: Path) -> None:
    read = read_checkpoint(save({"state_dict": {}, "epoch": "18"}, tmp_path / "a.ckpt"))
    assert (read.epoch, read.hyper_parameters, read.tensors) == (None, {}, {})
