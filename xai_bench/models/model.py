"""A trained net and what is known of it: normalise, log-odds, native explanation."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from xai_bench.cards import ModelCard
from xai_bench.data.embedded import trained_on
from xai_bench.data.signal_range import PHYSIOLOGICAL, SignalRange
from xai_bench.devices import (
    is_out_of_memory,
    peak_bytes,
    reusable_bytes,
    rows_by_memory,
    rows_of_a_pass,
)
from xai_bench.errors import CardError, InputError
from xai_bench.memo import Memo
from xai_bench.models.normalisation import Normalisation, normalisation
from xai_bench.nets.base import Batch, KnownNet, Logits, NativeNet, PredictOnly
from xai_bench.nets.channel_gates import GatedBlock, gated_blocks, read_gates
from xai_bench.nets.fresh import settle
from xai_bench.nets.local import LocalForward
from xai_bench.nets.tsetlin import Tsetlin
from xai_bench.nets.windowed import Windowed
from xai_bench.randomness import seed_for
from xai_bench.registry import resolve
from xai_bench.tasks import Task
from xai_bench.types import LEADS

__all__ = ["Model", "build_net"]


_GRADIENT_ROWS = tuple(2**k for k in range(3, 9))
"""Numbers of rows with gradients that are tried on CUDA."""

_MOST_NETS, _BYTES_OF_NETS = 64, 2**28
"""Nets before training that are kept, of those that recordings of a block are explained under."""

Target = int | Int64[Tensor, " record"]
PerRecord = Float[Tensor, " record"]
Generated = tuple[Float[Tensor, "record output lead time"], Logits]


@final
@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A trained net with all that is needed to explain it.

    >>> m = load_model("imn")               # or xb.wrap(net, ...)
    >>> z = m.normalise(millivolt)          # (record, lead, time), here z-scored
    >>> m.log_odds(z, target=1)             # (record,), the scalar that methods explain
    >>> W, b = m.native(z)                  # (W * z).sum((1, 2)) + b == log_odds(z, 1)
    """

    _: KW_ONLY
    name: str
    net: nn.Module
    """From z (record, lead, time) to logits (record, output); on `device`, in evaluation mode."""
    task: Task
    rate_hz: float
    seconds: float
    normalisation: Normalisation
    device: torch.device
    leads: tuple[str, ...] = LEADS
    """What the lead axis of z holds, in order."""
    content: str | None
    """Hash of all that its scores depend on; None where that is not known."""
    new_net: Callable[[], nn.Module] | None
    """Makes the net before any training; draws from torch's global generator. None of what was
    fitted elsewhere and has no state before it."""
    cam_layer_path: str | None = None
    """Where in the net the convolution is that Grad-CAM reads."""
    generate: Callable[[nn.Module, Batch], Generated] | None = None
    """From the net and z to W and b of all outputs, of a native net that is no NativeNet."""
    card: ModelCard | None = None
    trained_on: SignalRange = PHYSIOLOGICAL
    """What a recording is compared with before it is explained."""

    def __post_init__(self) -> None:
        self.net.to(self.device).eval().requires_grad_(False)

    def __repr__(self) -> str:
        reads = f"{self.seconds:g} s at {self.rate_hz:g} Hz"
        if self.leads != LEADS:
            reads = f"{', '.join(self.leads)}, {reads}"
        return f"Model({self.name!r}: {', '.join(self.task.classes)}; reads {reads})"

    @classmethod
    def from_card(
        cls,
        *,
        name: str,
        card: ModelCard,
        net: nn.Module,
        device: torch.device,
        code: Path | None = None,
        content: str | None = None,
    ) -> Model:
        """What a card says of a net, which `build_net` made and which has its weights.

        code: see `build_net`. content: where it is more than the card's.
        """
        return cls(
            name=name,
            net=net,
            task=card.task,
            leads=tuple(card.input.leads),
            rate_hz=card.input.rate_hz,
            seconds=card.input.seconds,
            normalisation=normalisation(
                card.input.normalisation, rate_hz=card.input.rate_hz, leads=card.input.leads
            ),
            device=device,
            content=content or card.fingerprint(),
            new_net=lambda: build_net(card, code),
            cam_layer_path=card.cam_layer,
            card=card,
            trained_on=(trained_on(card.recipe.data) if card.recipe else None) or PHYSIOLOGICAL,
        )

    def with_net(self, net: nn.Module, device: torch.device | None = None) -> Model:
        """The same model, but for the net, and its device where one is given."""
        return replace(self, net=net, device=device or self.device)

    def fingerprint(self) -> str:
        """What all scores of the model depend on. Raises InputError where it is not `reusable`."""
        if self.content is None:
            raise InputError(f"model '{self.name}': what it depends on cannot be known")
        return self.content

    @property
    def reusable(self) -> bool:
        """Whether scores of it can be found again: whether all that it depends on is known."""
        return self.content is not None

    @property
    def is_native(self) -> bool:
        """Whether the net writes its own explanation."""
        return isinstance(self.net, NativeNet) or self.generate is not None

    @property
    def is_known(self) -> bool:
        """Whether the net's exact attribution is known, see `truth`."""
        return isinstance(self.net, KnownNet) and self.linear_in_logits

    @property
    def is_gated(self) -> bool:
        """Whether the net has layers that multiply channels by gates of its own."""
        return bool(gated_blocks(self.net))

    @property
    def linear_in_logits(self) -> bool:
        """Whether the log-odds are; a softmax over more than two classes is not."""
        return self.task.multilabel or len(self.task.classes) == 2

    @property
    def samples(self) -> int:
        return round(self.rate_hz * self.seconds)

    @property
    def shape(self) -> tuple[int, int]:
        """Leads and samples of the recordings that the model reads."""
        return len(self.leads), self.samples

    @cached_property
    def outputs(self) -> int:
        """Logits that the net puts out."""
        with torch.inference_mode():
            logits: Tensor = self.net(torch.zeros(1, *self.shape, device=self.device))
        return logits.shape[1]

    @cached_property
    def cam_layer(self) -> nn.Module | None:
        """The convolution that Grad-CAM reads, or None."""
        if self.cam_layer_path is None:
            return None
        try:
            return self.net.get_submodule(self.cam_layer_path)
        except AttributeError:
            raise CardError(
                f"model '{self.name}': cam_layer '{self.cam_layer_path}' is not in its net"
            ) from None

    @cached_property
    def gradient_flaw(self) -> str:
        """Why no gradient of the log-odds reaches z, or ""."""
        if isinstance(self.net, PredictOnly):
            return self.net.no_gradient
        drawn = torch.Generator().manual_seed(0)
        with torch.inference_mode(False), torch.enable_grad():
            z = torch.randn(2, *self.shape, generator=drawn).to(self.device).requires_grad_()
            try:
                (gradient,) = torch.autograd.grad(self.log_odds(z, 0).sum(), z)
            except RuntimeError as error:  # such as of operations in place, and of detached parts
                if is_out_of_memory(error):
                    raise
                return " ".join(str(error).split())[:160]
        return "" if gradient.isfinite().all() else "it is not finite"

    @cached_property
    def gradient_rows(self) -> int:
        """Rows of a pass forward and back: 8 on a CPU, as many as fit the memory on CUDA.

        Measured there once for a model. Raises RunError where not even one fits.
        """
        if self.device.type == "cpu":
            return rows_of_a_pass(self.device, "versions")

        def back(rows: int) -> None:
            with torch.inference_mode(False), torch.enable_grad():
                z = torch.zeros(rows, *self.shape, device=self.device, requires_grad=True)
                torch.autograd.grad(self.log_odds(z, 0).sum(), z)

        return rows_by_memory(
            f"gradients of '{self.name}'",
            lambda rows: peak_bytes(self.device, partial(back, rows)),
            lambda: reusable_bytes(self.device),
            _GRADIENT_ROWS,
        )[-1]

    def local(self, shape: tuple[int, int]) -> LocalForward | None:
        """Recomputes only what changed windows change, in recordings of a shape.

        None where the net does not allow it, see LocalForward, and on CUDA: the host, which lays
        out what is recomputed, would wait for the device, and full passes fill it.
        """
        if self.device.type == "cuda":
            return None
        return self._locals(shape, lambda: self._local(shape))

    @cached_property
    def _locals(self) -> Memo:
        return Memo()

    def _local(self, shape: tuple[int, int]) -> LocalForward | None:
        drawn = torch.Generator().manual_seed(0)
        try:
            return LocalForward(self.net, torch.randn(2, *shape, generator=drawn).to(self.device))
        except InputError:
            return None

    @property
    def untrained(self) -> Model:
        """The same net before any training, always the same one: a floor for explanations."""
        return self.before_training(0)

    def before_training(self, seed: int) -> Model:
        """The net before any training, with the weights of a seed.

        Its batch norms have the statistics of white noise, see `settle`. Raises InputError where
        there is no such net, see `new_net`.
        """
        return self._before_training(seed)

    @cached_property
    def _before_training(self) -> Callable[[int], Model]:
        own = sum(weights.nbytes for weights in self.net.parameters())
        most = min(_MOST_NETS, _BYTES_OF_NETS // max(own, 1))
        return lru_cache(maxsize=max(most, 2))(self._new)

    def _new(self, seed: int) -> Model:
        if self.new_net is None:
            raise InputError(
                f"model '{self.name}' was fitted elsewhere: it has no state before training"
            )
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed_for(seed, "", "untrained"))
            net = self.new_net().eval()
        settle(net, net.modules(), self.shape, seed_for(seed, "", "untrained reference"))
        return self.with_net(net)

    def normalise(self, millivolt: Batch) -> Batch:
        """Millivolt to what the net reads; differentiable, on the model's device."""
        return self.normalisation(millivolt.to(self.device))

    def rescale(self, difference: Batch, millivolt: Batch) -> Batch:
        """A difference in millivolt in the units of z, with the normalisation of `millivolt`.

        The normalisation is frozen: z-scoring the changed recording anew would change every
        sample of its leads, and not only those that differ.
        """
        return self.normalisation.rescale(difference.to(self.device), millivolt.to(self.device))

    def log_odds(self, z: Batch, target: Target) -> PerRecord:
        """Log-odds of class `target` for each recording: the explained scalar, see `log_odds_of`.

        Raises CardError for a net with another number of outputs than its task needs.
        """
        return self.log_odds_of(self.net(z), target)

    def log_odds_of(self, logits: Logits, target: Target) -> PerRecord:
        """Log-odds of class `target` from the logits of a net.

        One output: the logit, negated for class 0. Two outputs: z_target - z_other. Several classes
        that exclude each other: log p / (1 - p) of the softmax, which is z_target - log sum exp
        z_other, and with two of them the same. A multi-label task: z_target, the class against its
        absence.
        """
        if self.linear_in_logits:
            return self.explained(logits, target)
        self._check_outputs(logits)
        of_target = torch.as_tensor(target, device=logits.device).expand(len(logits))[:, None]
        others = logits.scatter(1, of_target, -torch.inf)
        return logits.gather(1, of_target)[:, 0] - others.logsumexp(dim=1)

    def column_log_odds(self, z: Batch) -> Float[Tensor, "record column"]:
        """Log-odds of all of `task.columns`, from one forward pass."""
        logits = self.net(z)
        targets = (self.task.classes.index(name) for name in self.task.columns)
        return torch.stack([self.log_odds_of(logits, target) for target in targets], dim=1)

    @torch.no_grad()
    def predicted(self, z: Batch) -> Int64[Tensor, " record"]:
        """The class that the model prefers for each recording.

        Binary: class 1 where its log-odds are positive. Several: that of the largest logit, even
        where every class is unlikely.
        """
        return self._preferred(self.net(z))

    def native(self, z: Batch, target: Target = 1) -> tuple[Batch, PerRecord]:
        """The classifier (W, b) that a native net wrote for class `target`.

        (W * z).sum((1, 2)) + b is log_odds(z, target). For two outputs W is the contrast W1 - W0:
        single columns are not identifiable, because adding the same map to both changes nothing.
        For a multi-label task it is the target's own column. Raises InputError for a net that
        writes none, and where the log-odds are not linear in the logits.
        """
        W, b = self.generated(z)
        return self.explained(W, target), self.explained(b, target)

    def truth(self, z: Batch, target: Target = 1) -> Batch:
        """What each sample of z adds to the log-odds of class `target`, known from how the net is
        built; the baseline is zero in z, as that of integrated gradients.

        Sums to log_odds(z, target) - log_odds(0, target). The normalisation stands before it: it is
        of z, as `native` is, and not of millivolt. Where it is unique and where a convention, the
        net says (`KnownNet.unique_for`). Raises InputError for a net that is not known.
        """
        if not isinstance(self.net, KnownNet):
            raise InputError(f"model '{self.name}': the exact attribution of its net is not known")
        return self.explained(self.net.truth(z), target)

    @property
    def has_clauses(self) -> bool:
        """Whether the net is one of clauses, whose votes are its explanation."""
        return isinstance(self.net, Tsetlin)

    def votes(self, z: Batch, target: Target = 1) -> tuple[Batch, PerRecord]:
        """What clauses make each sample add to the log-odds of class `target`, and the bias that no
        clause adds: the sum of the first, plus the second, is log_odds(z, target).

        Raises InputError for a net that has no clauses.
        """
        if not isinstance(self.net, Tsetlin):
            raise InputError(f"model '{self.name}': its net has no clauses")
        bias = self.net.shift.expand(len(z), -1)
        return self.explained(self.net.votes(z), target), self.explained(bias, target)

    def gates(self, z: Batch) -> dict[str, GatedBlock]:
        """The gates of each recording and the maps they multiply, by block, from one pass.

        Empty for a net without a `ChannelGate`. Raises InputError for one whose gates are not one
        set a recording.
        """
        return read_gates(self.net, z)

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
        return self.with_net(copy.deepcopy(self.net), device)

    def generated(self, z: Batch) -> Generated:
        """The W and b that a native net wrote for all of its outputs, see `explained`.

        Raises InputError for a net that writes none.
        """
        if self.generate is not None:
            return self.generate(self.net, z)
        if not isinstance(self.net, NativeNet):
            raise InputError(f"model '{self.name}' does not generate weights of its own")
        return self.net.generate(z)

    def explained(
        self,
        outputs: Float[Tensor, "record output *rest"],
        target: Target,
    ) -> Float[Tensor, "record *rest"]:  # noqa: F821
        """What `log_odds` makes of W and b, which are linear in the logits.

        Raises CardError for another number of outputs than the task needs, and InputError where
        the log-odds are not linear in them.
        """
        count = self._check_outputs(outputs)
        if self.task.multilabel:
            every = torch.arange(len(outputs), device=outputs.device)
            return outputs[:, target] if isinstance(target, int) else outputs[every, target]
        if not self.linear_in_logits:
            raise InputError(
                f"model '{self.name}': the log-odds of {len(self.task.classes)} exclusive classes "
                "are not linear in its logits, so no weights explain them exactly"
            )
        contrast = outputs[:, 0] if count == 1 else outputs[:, 1] - outputs[:, 0]
        if isinstance(target, int):
            return contrast if target == 1 else -contrast
        return (2 * target - 1).reshape(-1, *[1] * (contrast.dim() - 1)) * contrast

    def _check_outputs(self, outputs: Tensor) -> int:
        if outputs.shape[1] not in self.task.outputs:
            needed = " or ".join(map(str, self.task.outputs))
            raise CardError(
                f"model '{self.name}': task {self.task.name} needs {needed} outputs, "
                f"its net has {outputs.shape[1]}"
            )
        return outputs.shape[1]

    def _preferred(self, logits: Logits) -> Int64[Tensor, " record"]:
        if len(self.task.columns) > 1 or self.task.multilabel:
            return logits.argmax(dim=1)
        return (self.explained(logits, 1) > 0).long()


def check_model(given: object) -> None:
    """Raises InputError for what is no Model."""
    if isinstance(given, nn.Module):
        raise InputError(
            f"{type(given).__name__} is a torch module; wrap it: xb.wrap(net, classes=[...], "
            "rate_hz=...)"
        )
    if not isinstance(given, Model):
        raise InputError(
            f"{given!r:.60} is no model; give what xb.load_model(name) or xb.wrap(net, ...) returns"
        )


def build_net(card: ModelCard, code: Path | None = None) -> nn.Module:
    """The untrained net of a card.

    code: the folder whose files the card may name ("./net.py:Net"); none if it is not given.

    Raises UnknownNameError for a target that is not registered, and CardError when target or
    params do not fit.
    """
    kind = resolve("net", card.target, code)
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise CardError(f"target '{card.target}' is not a torch Module")
    try:
        net = kind(**card.params)
    except TypeError as error:
        raise CardError(f"[params] do not fit {card.target}: {error}") from error
    if card.input.windows is not None:
        net = Windowed(
            net,
            samples=round(card.input.windows.seconds * card.input.rate_hz),
            step=round(card.input.windows.step_seconds * card.input.rate_hz),
            combine=card.input.windows.combine,
        )
    # With inputs in the same layout, convolutions take about 40 % less time on a CPU.
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
