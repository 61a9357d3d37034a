"""From a name to a Model: a card's net with the weights it names, or what a package offers."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as to_safetensors
from torch import Tensor

from xai_bench import storage
from xai_bench.cards import ModelCard, Weights, read_card
from xai_bench.data.cache import cache_folder
from xai_bench.devices import pick_device
from xai_bench.download import download, has_sha256
from xai_bench.errors import CardError, WeightsError
from xai_bench.models.finite import check_finite
from xai_bench.models.model import Model, build_net
from xai_bench.nets.base import KnownNet
from xai_bench.nets.windowed import Windowed
from xai_bench.torch_files.torch_archive import read_state_dict
from xai_bench.zoo import Zoo

__all__ = ["load_model"]

_CHECKPOINTS = {".pt", ".pth", ".ckpt"}


def load_model(
    name: str, *, device: str | torch.device | None = None, zoo: Zoo | None = None
) -> Model:
    """The trained model `name`, ready to explain.

    Weights that the card has a URL for are downloaded once, where they are not beside it; those of
    a known net whose card names none are written in its code. A package offers a Model (or a
    function that makes one), or the folder of a card.

    Raises UnknownNameError, CardError, WeightsError, DownloadError, InputError (no such device).
    """
    zoo, place = zoo or Zoo(), pick_device(device)
    offered = zoo.own("models")
    if name in offered and name not in zoo.model_folders():
        return _of_package(name, offered[name](), place)
    card, folder = zoo.model_card(name)
    return _of_folder(name, card, folder, zoo.code(folder), place)


def _of_package(name: str, offered: Any, device: torch.device) -> Model:
    if callable(offered):
        offered = offered()
    if isinstance(offered, str | Path):
        folder = Path(offered)
        # Whoever installs a package runs its code.
        return _of_folder(name, read_card(folder / "card.toml", ModelCard), folder, folder, device)
    if not isinstance(offered, Model):
        raise CardError(
            f"a package offers {type(offered).__name__} as model '{name}'; wanted is what "
            "xb.wrap returns, or a folder with a card.toml"
        )
    return replace(offered.on(device), name=name)


def _of_folder(
    name: str, card: ModelCard, folder: Path, code: Path | None, device: torch.device
) -> Model:
    net = build_net(card, code)
    content = _content(card, folder)
    inner = net.net if isinstance(net, Windowed) else net
    if isinstance(inner, KnownNet) and card.weights is None:
        inner.write_weights_()
        content = _content_with_weights(content, inner)
    else:
        try:
            inner.load_state_dict(_read_weights(card, folder))
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise WeightsError(f"{folder}: weights do not fit the net: {reason[:300]}") from error
    model = Model.from_card(
        name=name, card=card, net=net, device=device, code=code, content=content
    )
    check_finite(model, str(folder))
    return model


def _content(card: ModelCard, folder: Path) -> str:
    """Of the card, and of the Python beside it where the card has code of its own."""
    if not card.target.startswith("./"):
        return card.fingerprint()
    code = sorted(folder.glob("*.py"))
    try:
        files = b"".join(sha256(storage.regular(path).read_bytes()).digest() for path in code)
    except OSError as error:
        raise CardError(f"code in {folder} cannot be read: {error.strerror}") from error
    return sha256(card.fingerprint().encode() + files).hexdigest()


def _content_with_weights(content: str, net: KnownNet) -> str:
    """Of weights that no card names too: they are written in the code of the net."""
    digest = sha256(content.encode())
    for name, tensor in net.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _read_weights(card: ModelCard, folder: Path) -> dict[str, Tensor]:
    if card.weights is None:
        raise WeightsError(f"{folder} has no weights yet; make them: xai-bench train {folder}")
    path = _weights_file(card.weights, folder)
    try:
        content = storage.regular(path).read_bytes()
    except OSError as error:
        raise WeightsError(f"weights {path} cannot be read: {error.strerror}") from error
    found = sha256(content).hexdigest()
    if found != card.weights.sha256:
        raise WeightsError(
            f"weights {path} are not the card's: sha256 {found[:9]}, not {card.weights.sha256[:9]}"
        )
    try:
        tensors: dict[str, Tensor] = load_tensors(content)
    except SafetensorError as error:
        raise WeightsError(f"weights {path} are not safetensors: {error}") from error
    return tensors


def _weights_file(weights: Weights, folder: Path) -> Path:
    """The file beside the card, or else the one that was fetched for it.

    Raises DownloadError, and WeightsError for a checkpoint of something else.
    """
    beside = folder / weights.file
    if beside.exists() or not weights.url:
        return beside
    fetched = cache_folder() / "weights" / f"{weights.sha256}.safetensors"
    if PurePosixPath(urlsplit(weights.url).path).suffix in _CHECKPOINTS:
        return _of_checkpoint(weights, fetched)
    return download(weights.url, fetched, sha256=weights.sha256)


def _of_checkpoint(weights: Weights, to: Path) -> Path:
    """The tensors of the checkpoint at the card's URL, as a safetensors file."""
    if has_sha256(to, weights.sha256):
        return to
    with tempfile.TemporaryDirectory() as temporary:
        path = download(weights.url, Path(temporary, "checkpoint.pt"))
        try:
            tensors = read_state_dict(path)
        except WeightsError as error:
            raise WeightsError(f"{weights.url}: {error}") from error
    content = to_safetensors(tensors)
    found = sha256(content).hexdigest()
    if found != weights.sha256:
        raise WeightsError(
            f"{weights.url} holds other tensors than the card's: as safetensors their sha256 is "
            f"{found}, not {weights.sha256[:9]}"
        )
    storage.write_file(to, content)
    return to
