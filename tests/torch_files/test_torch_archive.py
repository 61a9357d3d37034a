"""Tensors of checkpoints as torch itself reads them, and nothing else of the file."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections import OrderedDict
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from xai_bench.errors import WeightsError
from xai_bench.torch_files import torch_archive
from xai_bench.torch_files.torch_archive import TorchArchive, read_state_dict

TYPES = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32),
    *(torch.int16, torch.int8, torch.uint8, torch.bool),
)


def _saved(content: object, folder: Path) -> Path:
    path = folder / "a.pt"
    torch.save(content, path)
    return path


def _tensors() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(6, 8, generator=generator)
    return {
        **{str(kind): (base * 10).to(kind) for kind in TYPES},
        "transposed": base.T,
        "strided": base[1::2, ::3],
        "part": base[2:4, 3],
        "one number": torch.tensor(4230),
        "empty": torch.zeros(0, 3),
        "as images": torch.randn(2, 3, 4, 5, generator=generator).to(
            memory_format=torch.channels_last
        ),
        "parameter": nn.Parameter(base.clone()),
    }


def _refused(path: Path, message: str) -> None:
    with pytest.raises(WeightsError, match=message) as caught:
        read_state_dict(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250 + len(str(path))


def test_tensors_are_those_that_torch_loads(tmp_path: Path) -> None:
    given = _tensors()
    path = _saved(OrderedDict(given), tmp_path)
    found, loaded = read_state_dict(path), torch.load(path, weights_only=True)
    assert found.keys() == given.keys()
    for name, tensor in loaded.items():
        assert (found[name].dtype, found[name].shape) == (tensor.dtype, tensor.shape)
        assert torch.equal(found[name], tensor)
        assert found[name].is_contiguous()
        assert type(found[name]) is Tensor
    assert TorchArchive(path).sha256 == sha256(path.read_bytes()).hexdigest()


def test_a_net_with_its_optimiser_and_numpy_scalars(tmp_path: Path) -> None:
    """What torch refuses to load as weights only."""
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    optimiser = torch.optim.Adam(net.parameters())
    net(torch.randn(5, 3)).sum().backward()
    optimiser.step()
    content = {
        "epoch": 3,
        "model_state": net.state_dict(),
        "optim_state": optimiser.state_dict(),
        "val_auc": np.float64(0.9),
        "options": Path("somewhere"),
    }
    path = _saved(content, tmp_path)
    with pytest.raises(Exception, match="Weights only load failed"):
        torch.load(path, weights_only=True)
    found = read_state_dict(path)
    assert found.keys() == net.state_dict().keys()
    assert all(torch.equal(found[name], value) for name, value in net.state_dict().items())


def test_the_original_and_its_conversion_are_one(shared_data: Path) -> None:
    folder = shared_data / "ecgresnet"
    found = read_state_dict(folder / "best_resnet_loss_focal.pt")
    converted = (folder / "best_resnet_loss_focal.safetensors").read_bytes()
    assert to_safetensors(found) == converted
    root = TorchArchive(folder / "best_resnet_loss_focal.pt").root
    assert root["classes"] == ["NORM", "MI", "STTC", "CD", "HYP"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1], "has no table of tensors"),
        ({}, "should have one table of tensors, and has: none"),
        ({"state": {"w": 1}}, "and has: none"),
        ({"a": {"w": torch.zeros(1)}, "b": {"w": torch.zeros(1)}}, "and has: a, b"),
        ({"a": {"w": torch.zeros(2).to_sparse()}}, "and has: none"),
        ({"a": {"w": torch.zeros(2, device="meta")}}, "and has: none"),
        ({"a": {"w": torch.zeros(2, dtype=torch.complex64)}}, "and has: none"),
        ({"a": {"w": torch.zeros(1).expand(10**9, 10**3)}}, "larger than its numbers"),
        ({"a": {"w": torch.zeros(1).expand(2)}}, "larger than its numbers"),
    ],
)
def test_other_content_is_refused(tmp_path: Path, content: object, message: str) -> None:
    _refused(_saved(content, tmp_path), message)


def test_nothing_runs(tmp_path: Path) -> None:
    sentinel = tmp_path / "ran"

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {sentinel}",)

    found = read_state_dict(_saved({"net": {"w": torch.ones(2)}, "x": Hostile()}, tmp_path))
    assert torch.equal(found["w"], torch.ones(2))
    _refused(_saved({"net": {"w": Hostile()}}, tmp_path), "and has: none")
    _refused(_saved(Hostile(), tmp_path), "has no table of tensors")
    assert not sentinel.exists()


def _with_pickle(folder: Path, program: bytes, *, numbers: bytes = b"\0" * 16) -> Path:
    """A checkpoint with a pickle of our own."""
    path = folder / "a.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", program)
        archive.writestr("a/data/0", numbers)
    return path


def _tensor_program(offset: bytes, shape: bytes, strides: bytes, key: bytes = b"0") -> bytes:
    storage = (
        b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
        + (b"X" + struct.pack("<I", len(key)) + key)
        + b"X\x03\x00\x00\x00cpuK\x04tQ"
    )
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + offset + shape + strides
    return b"\x80\x02}X\x01\x00\x00\x00w" + tensor + b"\x89}tRs."


TWO = b"K\x02\x85"
ONE = b"K\x01\x85"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (_tensor_program(b"K\x03", TWO, ONE), "larger than its numbers"),  # past the end
        (_tensor_program(b"K\x00", TWO, b"K\x09\x85"), "larger than its numbers"),
        (_tensor_program(b"J\xff\xff\xff\xff", TWO, ONE), "without a shape"),  # offset -1
        (_tensor_program(b"K\x00", b"J\xfe\xff\xff\xff\x85", ONE), "without a shape"),
        (_tensor_program(b"K\x03", TWO, b"J\xff\xff\xff\xff\x85"), "without a shape"),
        (_tensor_program(b"K\x00", TWO, b")"), "without a shape"),
        (_tensor_program(b"K\x00", b"X\x01\x00\x00\x002", ONE), "without a shape"),
        (_tensor_program(b"K\x00", b"J\xff\xff\xff\x7f\x85", b"K\x00\x85"), "larger than its"),
        (_tensor_program(b"K\x00", TWO, ONE, b"../../etc/passwd"), "no whole a/data/../../etc"),
        (_tensor_program(b"K\x00", TWO, ONE, b"7"), "no whole a/data/7"),
        (b"\x80\x02.", "is damaged"),
        (b"\x80\x02" + b"(" * 20_000 + b".", "is damaged"),
        (b"\x80\x02N" + b"\x85" * 20_000 + b".", "no table of tensors"),  # deep, not wide
    ],
)
def test_hostile_pickles_are_refused(tmp_path: Path, program: bytes, message: str) -> None:
    _refused(_with_pickle(tmp_path, program), message)


def test_a_tensor_within_its_numbers_is_read(tmp_path: Path) -> None:
    numbers = struct.pack("<4f", 1, 2, 3, 4)
    path = _with_pickle(tmp_path, _tensor_program(b"K\x02", TWO, ONE), numbers=numbers)
    assert read_state_dict(path)["w"].tolist() == [3, 4]
    path = _with_pickle(tmp_path, _tensor_program(b"K\x00", b"K\x00\x85", ONE), numbers=b"")
    assert read_state_dict(path)["w"].shape == (0,)


class TestHostileZips:
    def test_compressed(self, tmp_path: Path) -> None:
        path = tmp_path / "a.pt"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/data.pkl", b"\0" * 10**6)
        _refused(path, "has compressed entries")

    def test_overlapping(self, tmp_path: Path) -> None:
        """Two entries of the same bytes: what is small on the disk is large in memory."""
        whole = _with_pickle(tmp_path, b"N.", numbers=b"\0" * 1000)
        with zipfile.ZipFile(whole, "a") as archive:
            again = archive.getinfo("a/data/0")
            archive.NameToInfo["a/data/1"] = again
            archive.filelist.append(again)
            archive.writestr("a/end", b"")
        _refused(whole, "entries that overlap|two entries of one name")

    def test_two_of_one_name(self, tmp_path: Path) -> None:
        path = _with_pickle(tmp_path, b"N.")
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a/data.pkl", b"N.")
        _refused(path, "has two entries of one name")

    def test_two_pickles(self, tmp_path: Path) -> None:
        path = _with_pickle(tmp_path, b"N.")
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("b/data.pkl", b"N.")
        _refused(path, "no data.pkl, or several")

    def test_of_another_byte_order(self, tmp_path: Path) -> None:
        path = _with_pickle(tmp_path, b"N.")
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("a/byteorder", b"big")
        _refused(path, "was saved on a big-endian machine")

    def test_encrypted(self, tmp_path: Path) -> None:
        content = bytearray(_with_pickle(tmp_path, b"N.").read_bytes())
        for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + at] |= 1
        (tmp_path / "a.pt").write_bytes(content)
        _refused(tmp_path / "a.pt", "no whole a/data.pkl")

    def test_with_a_wrong_checksum(self, tmp_path: Path) -> None:
        path = _with_pickle(tmp_path, _tensor_program(b"K\x00", TWO, ONE), numbers=b"\x07" * 16)
        content = path.read_bytes()
        path.write_bytes(content.replace(b"\x07" * 16, b"\x08" * 16))
        _refused(path, "no whole a/data/0")

    def test_changed_anywhere(self, tmp_path: Path) -> None:
        content = _saved({"w": torch.arange(4.0), "v": torch.ones(2)}, tmp_path).read_bytes()
        rng = np.random.default_rng(1)
        for _ in range(300):
            changed = bytearray(content)
            for place in rng.integers(len(content), size=4):
                changed[place] = rng.integers(256)
            (tmp_path / "b.pt").write_bytes(changed)
            with suppress(WeightsError):
                read_state_dict(tmp_path / "b.pt")


class TestLimits:
    def test_of_the_pickle(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch_archive, "_LARGEST_PICKLE", 10)
        _refused(_with_pickle(tmp_path, b"N0" * 10 + b"N."), "a pickle of more than 0 MiB")

    def test_of_all_tensors_together(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A thousand names for the same numbers are a thousand tensors."""
        shared = torch.zeros(1000)
        path = _saved({str(name): shared for name in range(1000)}, tmp_path)
        assert len(read_state_dict(path)) == 1000
        monkeypatch.setattr(torch_archive, "_LARGEST_BYTES", 10**6)
        _refused(path, "tensors of more than 0 MiB")


def test_another_file_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    (tmp_path / "a.pt").write_bytes(buffer.getvalue())
    _refused(tmp_path / "a.pt", "is not a whole zip file, as torch.save writes them")
