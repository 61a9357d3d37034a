"""What a net is, and what makes a net explain itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["Batch", "KnownNet", "LinearHead", "Logits", "Maps", "NativeNet", "Net", "PerOutput"]
__all__ += ["Parts", "PredictOnly", "Rescalable"]

Batch = Float[Tensor, "record lead time"]
Logits = Float[Tensor, "record output"]
PerOutput = Float[Tensor, " output"]
Maps = Float[Tensor, "record channel step"]
"""Features over time, of nets whose channels mix all leads."""
Parts = Literal["sample", "region", "lead"]
"""Of recordings, finest first: samples, tenths of a lead, leads."""


class Net(nn.Module, ABC):
    """A map from normalised recordings (record, lead, time) to logits (record, output).

    One output is the log-odds of class 1 against class 0; two outputs are one logit a class; more
    are one logit for each class of a task.
    """

    @abstractmethod
    def forward(self, z: Batch) -> Logits:
        """Logits."""


class PredictOnly(Net):
    """A net that answers and has no gradient: methods that need one are skipped, and say why."""

    no_gradient: str
    """Why it has none, one clause."""


class Rescalable(ABC):
    """A net whose logits can be calibrated after training."""

    @abstractmethod
    def rescale_(self, scale: PerOutput, shift: PerOutput) -> None:
        """Change the weights so that logit k becomes scale[k] * logit k + shift[k].

        Folding a calibration into the last layer leaves no state beside the weights.
        """


class LinearHead(Net, Rescalable):
    """A net whose last layer is the linear `fc`."""

    fc: nn.Linear

    @torch.no_grad()
    def rescale_(self, scale: PerOutput, shift: PerOutput) -> None:
        self.fc.weight.mul_(scale[:, None])
        self.fc.bias.mul_(scale).add_(shift)


class NativeNet(Net):
    """A hypernetwork: it writes a linear classifier (W, b) for each recording and applies it.

    logits = sum over leads and time of W * z, plus b. The prediction is that sum, so its terms
    W * z are an exact additive explanation (Kadra et al. 2024, equation 2).
    """

    @abstractmethod
    def generate(self, z: Batch) -> tuple[Float[Tensor, "record output lead time"], Logits]:
        """The classifier (W, b) generated for each recording."""

    def forward(self, z: Batch) -> Logits:
        return self.apply_weights(*self.generate(z), z)

    @staticmethod
    def apply_weights(W: Float[Tensor, "record output lead time"], b: Logits, z: Batch) -> Logits:
        """The linear classifier: sum of W * z, plus b."""
        return (W * z.unsqueeze(1)).sum(dim=(2, 3)) + b


class KnownNet(Net):
    """A net whose attribution is known from how it is built, and not by any method.

    A new one has the weights that its layers draw, as every untrained net does; `write_weights_`
    makes it the known one. `truth` holds for both.
    """

    unique_for: Parts
    """The finest parts whose truth is no convention. Of these and of coarser ones no other values
    sum to the log-odds less those of the zero recording, give nothing to what is not read, add up
    over terms that read different parts and, where parts act together, treat them alike (Shapley
    1953). How finer parts share the value of theirs is `convention`."""
    convention: ClassVar[str]
    """What else the truth rests on, one clause; "" where nothing."""
    suspect_lead: ClassVar[str] = ""
    """A lead that says nothing of the class, where a shortcut would be read; "" for none."""

    @abstractmethod
    def write_weights_(self) -> None:
        """Replace the weights by those that are written out in the code of the net."""

    @abstractmethod
    def truth(self, z: Batch) -> Float[Tensor, "record output lead time"]:
        """What each sample adds to each logit, from the zero recording on: sums to
        logits(z) - logits(0)."""
