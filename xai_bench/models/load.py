"""From a card's name to a Model: the net it points to, with the weights it names."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor

from xai_bench.cards import ModelCard, Weights
from xai_bench.data.cache import cache_folder
from xai_bench.devices import pick_device
from xai_bench.download import download
from xai_bench.errors import WeightsError
from xai_bench.models.finite import check_finite
from xai_bench.models.model import Model, build_net
from xai_bench.zoo import Zoo

__all__ = ["load_model"]


def load_model(
    name: str, *, device: str | torch.device | None = None, zoo: Zoo | None = None
) -> Model:
    """The trained model `name`, ready to explain.

    Weights that the card has a URL for are downloaded once, where they are not beside it.
    Raises UnknownNameError, CardError, WeightsError, DownloadError, InputError (no such device).
    """
    card, folder = (zoo or Zoo()).model_card(name)
    net = build_net(card)
    try:
        net.load_state_dict(_read_weights(card, folder))
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise WeightsError(f"{folder}: weights do not fit the net: {reason[:300]}") from error
    model = Model(name=name, card=card, net=net, device=pick_device(device))
    check_finite(model, str(folder))
    return model


def _read_weights(card: ModelCard, folder: Path) -> dict[str, Tensor]:
    if card.weights is None:
        raise WeightsError(f"{folder} has no weights yet; make them: xai-bench train {folder}")
    path = _weights_file(card.weights, folder)
    try:
        content = path.read_bytes()
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
    """The file beside the card, or else the one that was fetched for it. Raises DownloadError."""
    beside = folder / weights.file
    if beside.exists() or not weights.url:
        return beside
    fetched = cache_folder() / "weights" / f"{weights.sha256}.safetensors"
    return download(weights.url, fetched, sha256=weights.sha256)
