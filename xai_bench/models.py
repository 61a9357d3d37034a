"""A card, a net and its weights become a Model: normalise, log-odds, native explanation."""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import final

import torch
from jaxtyping import Float, Int64
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor

from xai_bench.cards import ModelCard, Weights, resolve
from xai_bench.data.cache import cache_folder
from xai_bench.download import download
from xai_bench.errors import CardError, InputError, WeightsError
from xai_bench.nets.base import NativeNet, Net
from xai_bench.tasks import Task, find_task
from xai_bench.zoo import Zoo

__all__ = ["Model", "build_net", "load_model", "pick_device", "zscore"]


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """The device asked for, or CUDA where there is one. Raises InputError."""
    try:
        chosen = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError:
        raise InputError(f"no device '{device}'; use cpu, cuda or cuda:1") from None
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"device '{device}' was asked for, but this torch sees no CUDA device")
    return chosen


def zscore(millivolt: Float[Tensor, "record lead time"]) -> Float[Tensor, "record lead time"]:
    """Each lead of each recording to mean 0 and standard deviation 1 (ddof 1, as the authors)."""
    centred = millivolt - millivolt.mean(dim=-1, keepdim=True)
    return centred / centred.std(dim=-1, keepdim=True).clamp_min(1e-6)


@final
class Model:
    """A trained net with its card.

    >>> m = load_model("imn")
    >>> z = m.normalise(millivolt)          # (record, lead, time), z-scored
    >>> m.log_odds(z, target=1)             # (record,), the scalar that methods explain
    >>> W, b = m.native(z)                  # (W * z).sum((1, 2)) + b == log_odds(z, 1)
    """

    def __init__(self, *, name: str, card: ModelCard, net: Net, device: torch.device) -> None:
        self.name = name
        self.card = card
        self.device = device
        self.net = net.to(device).eval().requires_grad_(False)
        self.task: Task = find_task(card.labels.task)

    @property
    def is_native(self) -> bool:
        """Whether the net writes its own explanation."""
        return isinstance(self.net, NativeNet)

    @cached_property
    def cam_layer(self) -> torch.nn.Module | None:
        """The convolution that Grad-CAM reads, or None."""
        if self.card.cam_layer is None:
            return None
        try:
            return self.net.get_submodule(self.card.cam_layer)
        except AttributeError:
            raise CardError(
                f"model '{self.name}': cam_layer '{self.card.cam_layer}' is not in its net"
            ) from None

    def normalise(
        self, millivolt: Float[Tensor, "record lead time"]
    ) -> Float[Tensor, "record lead time"]:
        """Millivolt to what the net reads; differentiable, on the model's device."""
        return zscore(millivolt.to(self.device))

    def log_odds(
        self, z: Float[Tensor, "record lead time"], target: int | Int64[Tensor, " record"]
    ) -> Float[Tensor, " record"]:
        """Log-odds of class `target` (0 or 1) for each recording: the explained scalar.

        One output: the logit, negated for class 0. Two outputs: z_target - z_other.
        """
        return self._sign(target) * self._contrast(self.net(z))

    def native(
        self, z: Float[Tensor, "record lead time"], target: int | Int64[Tensor, " record"] = 1
    ) -> tuple[Float[Tensor, "record lead time"], Float[Tensor, " record"]]:
        """The classifier (W, b) that a native net wrote, as a contrast for class `target`.

        For two outputs that is W1 - W0: single columns are not identifiable, because adding the
        same map to both changes nothing. Raises InputError for a net that writes none.
        """
        _, W, b = self.native_pass(z)
        sign = self._sign(target)
        sign_of_W = sign if isinstance(sign, int) else sign.reshape(-1, 1, 1)
        return sign_of_W * W, sign * b

    def native_pass(
        self, z: Float[Tensor, "record lead time"]
    ) -> tuple[
        Float[Tensor, "record output"], Float[Tensor, "record lead time"], Float[Tensor, " record"]
    ]:
        """Logits, and W and b for class 1, from one forward pass. Raises InputError."""
        if not isinstance(self.net, NativeNet):
            raise InputError(f"model '{self.name}' does not generate weights of its own")
        W, b = self.net.generate(z)
        return self.net.apply_weights(W, b, z), self._contrast(W), self._contrast(b)

    def move_to(self, device: torch.device) -> None:
        """Move the net; everything the model computes happens there from now on."""
        self.net.to(device)
        self.device = device

    @staticmethod
    def _contrast(outputs: Float[Tensor, "record output *rest"]) -> Float[Tensor, "record *rest"]:  # noqa: F821
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs[:, 1] - outputs[:, 0]

    def _sign(self, target: int | Int64[Tensor, " record"]) -> int | Int64[Tensor, " record"]:
        return 2 * target - 1


def build_net(card: ModelCard) -> Net:
    """The untrained net of a card. Raises CardError when target or params do not fit."""
    kind = resolve(card.target)
    try:
        net = kind(**card.params)
    except TypeError as error:
        raise CardError(f"[params] do not fit {card.target}: {error}") from error
    if not isinstance(net, Net):
        raise CardError(f"target '{card.target}' is not an xai_bench Net")
    # With inputs in the same layout, convolutions take about 40 % less time on a CPU.
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


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
    return Model(name=name, card=card, net=net, device=pick_device(device))


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
