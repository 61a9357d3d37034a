"""Weights that lie elsewhere as a checkpoint: what is loaded is what the card's sha256 is of."""

from __future__ import annotations

import io
import re
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from tests.closed_forms import Linear
from tests.loopback import serve
from tests.tiny_zoo import tiny_zoo
from xai_bench import load_model
from xai_bench.errors import DownloadError, WeightsError
from xai_bench.zoo import Zoo

OURS = {"w": Linear().w.detach() * 2}
"""Not those beside the card."""


def _checkpoint(tensors: dict[str, Tensor]) -> bytes:
    """As a training script leaves it: the state dict among other things."""
    buffer = io.BytesIO()
    content = {"epoch": 3, "model_state": tensors, "val_auc": np.float64(0.9)}
    torch.save(content, buffer)
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model whose card is about `OURS`, which are not beside it."""
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    folder = tiny_zoo(tmp_path / "zoo").model_folders()["linear"]
    (folder / "weights.safetensors").unlink()
    return folder


def _load(folder: Path, url: str) -> Tensor:
    card = folder / "card.toml"
    text = re.sub(r"(?m)^url = .*\n", "", card.read_text())
    text = re.sub(r'sha256 = "\w+"', f'sha256 = "{sha256(save(OURS)).hexdigest()}"', text)
    card.write_text(text.replace("[weights]\n", f'[weights]\nurl = "{url}"\n'))
    model = load_model("linear", device="cpu", zoo=Zoo(folder.parents[1], allow_code=True))
    weights: Tensor = model.net.state_dict()["w"]
    return weights


@pytest.mark.parametrize("suffix", ["pt", "pth", "ckpt"])
def test_a_checkpoint_is_fetched_once_and_kept_as_tensors(
    folder: Path, tmp_path: Path, suffix: str
) -> None:
    path, asked = f"/raw/net.{suffix}", list[str]()
    with serve({path: _checkpoint(OURS)}, asked) as server:
        for _ in range(2):
            assert torch.equal(_load(folder, f"{server}{path}"), OURS["w"])
    assert asked == [path]
    [kept] = (tmp_path / "cache/weights").iterdir()
    assert kept.read_bytes() == save(OURS)


def test_a_checkpoint_of_other_tensors_is_refused(folder: Path, tmp_path: Path) -> None:
    with serve({"/net.pt": _checkpoint({"w": OURS["w"] + 1}), "/no.pt": b"hello"}) as server:
        found = sha256(save({"w": OURS["w"] + 1})).hexdigest()  # whole: it may go into a card
        message = f"/net.pt holds other tensors than the card's: .* sha256 is {found}, not"
        with pytest.raises(WeightsError, match=message):
            _load(folder, f"{server}/net.pt")
        with pytest.raises(WeightsError, match="/no.pt: .* is not a whole zip file"):
            _load(folder, f"{server}/no.pt")
        with pytest.raises(DownloadError, match="404"):
            _load(folder, f"{server}/gone.pt")
    assert not (tmp_path / "cache/weights").exists()
