"""Files of torch.save before 1.6: the tensors that torch itself reads, and nothing that runs."""

from __future__ import annotations

import os
import pickle
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from xai_bench.errors import WeightsError
from xai_bench.torch_files.torch_archive import TorchArchive, read_state_dict

MAGIC = pickle.dumps(0x1950A86A20F9469CFC6C, 2)


def _saved(content: object, folder: Path) -> Path:
    path = folder / "old.pt"
    torch.save(content, path, _use_new_zipfile_serialization=False)
    return path


def test_tensors_are_those_that_torch_loads(tmp_path: Path) -> None:
    base = torch.randn(6, 8, generator=torch.Generator().manual_seed(0))
    kinds = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8)
    given: dict[str, Any] = {str(kind): (base * 10).abs().to(kind) for kind in kinds}
    given |= {"part": base[2:4, 3], "of the same": base.T, "empty": torch.zeros(0, 3)}
    given |= {"no numbers": torch.zeros(()), "parameter": nn.Parameter(base.clone())}
    path = _saved({"stat_dict": given, "epoch": 3}, tmp_path)
    found, loaded = read_state_dict(path), torch.load(path, weights_only=True)["stat_dict"]
    assert found.keys() == given.keys()
    for name, tensor in loaded.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)
    assert TorchArchive(path).root["epoch"] == 3


def test_nothing_runs(tmp_path: Path) -> None:
    sentinel = tmp_path / "ran"

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {sentinel}",)

    path = _saved({"net": {"w": torch.ones(2)}, "x": Hostile()}, tmp_path)
    assert torch.equal(read_state_dict(path)["w"], torch.ones(2))
    assert not sentinel.exists()


def _refused(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=message) as caught:
        read_state_dict(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = _saved({"w": torch.arange(9.0), "v": torch.ones(2)}, tmp_path)
    content = path.read_bytes()
    for length in range(len(MAGIC), len(content), 7):
        _refused(path, content[:length], "is damaged")
    _refused(path, content[:-1], "no whole storage")


def test_a_file_that_is_changed_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    path = _saved({"w": torch.arange(4.0), "v": torch.ones(2)}, tmp_path)
    content = path.read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(300):
        changed = bytearray(content)
        for place in rng.integers(len(content), size=4):
            changed[place] = rng.integers(256)
        path.write_bytes(changed)
        with suppress(WeightsError):
            read_state_dict(path)


def _storage(key: str, part: int | None) -> bytes:
    """A table whose tensor "w" has two float numbers in the storage `key`."""
    program = b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n(("
    program += b"X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    program += b"X" + struct.pack("<I", len(key)) + key.encode() + b"X\x03\x00\x00\x00cpuK\x02"
    program += (b"N" if part is None else b"K\x01") + b"tQK\x00K\x02\x85K\x01\x85\x89}tRs."
    return program


@pytest.mark.parametrize(
    ("version", "little", "keys", "numbers", "message"),
    [
        (1001, True, ["a"], struct.pack("<q2f", 2, 3, 4), ""),
        (1002, True, ["a"], struct.pack("<q2f", 2, 3, 4), "of another version"),
        (1001, False, ["a"], struct.pack("<q2f", 2, 3, 4), "of a big-endian machine"),
        (1001, True, ["b"], struct.pack("<q2f", 2, 3, 4), "no whole storage b"),
        (1001, True, [], b"", "no storage a"),
        (1001, True, [["a"]], b"", "storages without names"),
        (1001, True, ["a"], struct.pack("<q2f", -1, 3, 4), "no whole storage a"),
        (1001, True, ["a"], struct.pack("<q2f", 2**60, 3, 4), "no whole storage a"),
        (1001, True, ["a"], struct.pack("<qf", 1, 3), "larger than its numbers"),
    ],
)
def test_every_part_is_checked(
    tmp_path: Path, version: int, little: bool, keys: list[Any], numbers: bytes, message: str
) -> None:
    system = {"protocol_version": 1001, "little_endian": little, "type_sizes": {}}
    content = MAGIC + pickle.dumps(version, 2) + pickle.dumps(system, 2) + _storage("a", None)
    content += pickle.dumps(keys, 2) + numbers
    if message:
        _refused(tmp_path / "a.pt", content, message)
    else:
        (tmp_path / "a.pt").write_bytes(content)
        assert read_state_dict(tmp_path / "a.pt")["w"].tolist() == [3, 4]


def test_a_part_of_another_storage_is_no_plain_tensor(tmp_path: Path) -> None:
    content = MAGIC + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    content += _storage("a", 1) + pickle.dumps(["a"], 2) + struct.pack("<q2f", 2, 3, 4)
    _refused(tmp_path / "a.pt", content, "and has: none")
