"""A card, a net and its weights become a Model: normalise, log-odds, native explanation."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.cards import ModelCard
from xai_bench.errors import CardError, InputError
from xai_bench.nets.base import Batch, Logits, NativeNet, Net
from xai_bench.nets.fresh import settle
from xai_bench.nets.local import LocalForward, supports
from xai_bench.randomness import seed_for
from xai_bench.registry import resolve
from xai_bench.tasks import Task, find_task
from xai_bench.types import LEADS

__all__ = ["Model", "build_net", "zscore"]

Target = int | Int64[Tensor, " record"]
PerRecord = Float[Tensor, " record"]

_LEAST_SD = 1e-6  # mV; a lead that never moves becomes zero


def zscore(millivolt: Batch) -> Batch:
    """Each lead of each recording to mean 0 and standard deviation 1 (ddof 1, as the authors)."""
    centred = millivolt - millivolt.mean(dim=-1, keepdim=True)
    return centred / centred.std(dim=-1, keepdim=True).clamp_min(_LEAST_SD)


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
        self.task: Task = find_task(card.labels.task, card.labels.rule)

    @property
    def is_native(self) -> bool:
        """Whether the net writes its own explanation."""
        return isinstance(self.net, NativeNet)

    @property
    def shape(self) -> tuple[int, int]:
        """Leads and samples of the recordings that the model reads."""
        return len(LEADS), round(self.card.input.rate_hz * self.card.input.seconds)

    @cached_property
    def outputs(self) -> int:
        """Logits that the net puts out."""
        with torch.inference_mode():
            logits: Tensor = self.net(torch.zeros(1, *self.shape, device=self.device))
        return logits.shape[1]

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

    @cached_property
    def local(self) -> LocalForward | None:
        """Recomputes only what a changed window changes, where the net and the device allow it.

        On CUDA, where it was never measured, full passes are used.
        """
        if self.device.type == "cuda" or not supports(self.net):
            return None
        return LocalForward(self.net)

    @cached_property
    def untrained(self) -> Model:
        """The same net before any training, always the same one: a floor for explanations.

        Its batch norms have the statistics of white noise, see `settle`.
        """
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed_for(0, "", "untrained"))
            net = build_net(self.card).eval()
        settle(net, net.modules(), self.shape, seed_for(0, "", "untrained reference"))
        return Model(name=self.name, card=self.card, net=net, device=self.device)

    def normalise(self, millivolt: Batch) -> Batch:
        """Millivolt to what the net reads; differentiable, on the model's device."""
        return zscore(millivolt.to(self.device))

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        """A difference in millivolt in the units of z, with the normalisation of `millivolt`.

        The normalisation is frozen: z-scoring the changed recording anew would change every
        sample of its leads, and not only those that differ.
        """
        scale = millivolt.to(self.device).std(dim=-1, keepdim=True).clamp_min(_LEAST_SD)
        return difference.to(self.device) / scale

    def log_odds(self, z: Batch, target: Target) -> PerRecord:
        """Log-odds of class `target` for each recording: the explained scalar.

        One output: the logit, negated for class 0. Two outputs: z_target - z_other. A multi-label
        task: z_target, the class against its absence. Raises CardError for a net with another
        number of outputs than its task needs.
        """
        return self.explained(self.net(z), target)

    def column_log_odds(self, z: Batch) -> Float[Tensor, "record column"]:
        """Log-odds of all of `task.columns`, from one forward pass."""
        logits = self.net(z)
        targets = (self.task.classes.index(name) for name in self.task.columns)
        return torch.stack([self.explained(logits, target) for target in targets], dim=1)

    @torch.no_grad()
    def predicted(self, z: Batch) -> Int64[Tensor, " record"]:
        """The class that the model prefers for each recording.

        Binary: class 1 where its log-odds are positive. Multi-label: that of the largest logit,
        even where every class is unlikely.
        """
        return self._preferred(self.net(z))

    def native(self, z: Batch, target: Target = 1) -> tuple[Batch, PerRecord]:
        """The classifier (W, b) that a native net wrote for class `target`.

        (W * z).sum((1, 2)) + b is log_odds(z, target). For two outputs W is the contrast W1 - W0:
        single columns are not identifiable, because adding the same map to both changes nothing.
        For a multi-label task it is the target's own column. Raises InputError for a net that
        writes none.
        """
        W, b = self.generated(z)
        return self.explained(W, target), self.explained(b, target)

    def native_pass(self, z: Batch) -> tuple[Logits, Int64[Tensor, " record"], Batch, PerRecord]:
        """Logits, targets, and W and b of those targets, from one forward pass.

        The target is class 1 of a binary task, and the predicted class of a multi-label one.
        Raises InputError for a net that writes no weights.
        """
        W, b = self.generated(z)
        logits = NativeNet.apply_weights(W, b, z)
        if self.task.multilabel:
            target = self._preferred(logits)
            return logits, target, self.explained(W, target), self.explained(b, target)
        target = torch.ones(len(z), dtype=torch.int64, device=z.device)
        return logits, target, self.explained(W, 1), self.explained(b, 1)

    def on(self, device: torch.device) -> Model:
        """This model where it is on `device`, else a copy there that shares nothing with it."""
        here, there = (torch.empty(0, device=place).device for place in (self.device, device))
        if here == there:  # "cuda" and "cuda:0" may be one
            return self
        return Model(name=self.name, card=self.card, net=copy.deepcopy(self.net), device=device)

    def generated(self, z: Batch) -> tuple[Float[Tensor, "record output lead time"], Logits]:
        """The W and b that a native net wrote for all of its outputs, see `explained`.

        Raises InputError for a net that writes none.
        """
        if not isinstance(self.net, NativeNet):
            raise InputError(f"model '{self.name}' does not generate weights of its own")
        return self.net.generate(z)

    def explained(
        self,
        outputs: Float[Tensor, "record output *rest"],
        target: Target,
    ) -> Float[Tensor, "record *rest"]:  # noqa: F821
        """What `log_odds` makes of logits, and so of W and b, which are linear in them."""
        count, classes = outputs.shape[1], len(self.task.classes)
        if count not in ((classes,) if self.task.multilabel else (1, 2)):
            needed = f"{classes} outputs" if self.task.multilabel else "1 or 2 outputs"
            raise CardError(
                f"model '{self.name}': task {self.task.name} needs {needed}, its net has {count}"
            )
        if self.task.multilabel:
            every = torch.arange(len(outputs), device=outputs.device)
            return outputs[:, target] if isinstance(target, int) else outputs[every, target]
        contrast = outputs[:, 0] if count == 1 else outputs[:, 1] - outputs[:, 0]
        if isinstance(target, int):
            return contrast if target == 1 else -contrast
        return (2 * target - 1).reshape(-1, *[1] * (contrast.dim() - 1)) * contrast

    def _preferred(self, logits: Logits) -> Int64[Tensor, " record"]:
        if self.task.multilabel:
            return logits.argmax(dim=1)
        return (self.explained(logits, 1) > 0).long()


def build_net(card: ModelCard) -> Net:
    """The untrained net of a card.

    Raises UnknownNameError for a target that is neither registered nor `package.module:Class`, and
    CardError when target or params do not fit.
    """
    kind = resolve("net", card.target)
    try:
        net = kind(**card.params)
    except TypeError as error:
        raise CardError(f"[params] do not fit {card.target}: {error}") from error
    if not isinstance(net, Net):
        raise CardError(f"target '{card.target}' is not an xai_bench Net")
    # With inputs in the same layout, convolutions take about 40 % less time on a CPU.
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
