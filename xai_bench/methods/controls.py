"""Attributions that explain nothing: they show what a score means."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.generators import normal, seed_tensor
from xai_bench.methods.base import Batch, FromZero, Method, Needs, Pass, Reads
from xai_bench.methods.shared_pass import OnePassMethod
from xai_bench.models import Model

__all__ = ["Amplitude", "Oracle", "OracleTwin", "QRSEnvelope", "Random", "Slope", "Truth"]


class Control(Method):
    """Explains nothing; made for this benchmark unless a control says otherwise."""

    cite = "xaibench"
    control = True
    passes = 0
    asks_what_was_learnt = False


@final
class Random(Control):
    """Independent standard normal values: the floor."""

    name = "random"
    summary = "white noise: the floor of every metric"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return normal(seed_tensor(batch.seeds, batch.z.device), batch.z.shape[1:])


@final
class Amplitude(Control):
    """|z|: what a method scores by pointing at large deflections."""

    name = "amplitude"
    summary = "|z|: points at large deflections, whatever the model"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return batch.z.abs()


@final
class Slope(Control):
    """|dz/dt|, by central differences: what a method scores by pointing at QRS complexes."""

    name = "slope"
    summary = "|dz/dt|: points at steep deflections, whatever the model"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        (slope,) = torch.gradient(batch.z, dim=-1)
        return slope.abs()


@final
class QRSEnvelope(Control):
    """sqrt(mean over leads of |z + i H z|^2) between 5 and 15 Hz, H the Hilbert transform: what a
    method scores by pointing at QRS complexes in all leads alike (the band of Pan & Tompkins 1985).
    """

    name = "qrs-envelope"
    summary = "energy from 5 to 15 Hz, alike in all leads: points at beats, whatever the model"
    cite = "pan1985qrs"

    band_hz = (5.0, 15.0)

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        samples = batch.z.shape[2]
        hz = torch.fft.fftfreq(samples, 1 / model.rate_hz, device=batch.z.device)
        low, high = self.band_hz
        # Twice the positive frequencies of a band are its analytic signal.
        analytic = torch.fft.ifft(2 * torch.fft.fft(batch.z) * ((low <= hz) & (hz <= high)))
        envelope: Tensor = analytic.abs().square().mean(dim=1, keepdim=True).sqrt()
        return envelope.expand_as(batch.z).contiguous()


@final
class Oracle(Control):
    """The planted evidence itself: 1 where pathology was planted; -1 if the target is its absence.

    The ceiling of localisation. Not of faithfulness: a model need not use all the evidence.
    """

    name = "oracle"
    summary = "the planted evidence: the ceiling of localisation"
    needs = frozenset({Needs.EVIDENCE})

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        assert batch.evidence is not None, "unsupported() keeps recordings without evidence away"
        # Class 0 is NORM in every task: what was planted speaks against it, and for the others.
        sign = torch.where(batch.target == 0, -1, 1).reshape(-1, 1, 1)
        return (sign * batch.evidence).to(batch.z.dtype)


@final
class OracleTwin(Control, OnePassMethod):
    """(z - z_twin) * dm/dz: what was planted, as far as the model's gradient takes notice of it.

    To first order the change of the log-odds from the healthy twin to the recording.
    """

    name = "oracle-twin"
    summary = "difference to the healthy twin times the gradient: planted and noticed"
    needs = frozenset({Needs.EVIDENCE, Needs.GRADIENT})
    reads = frozenset({Reads.GRADIENT})
    passes = 2
    asks_what_was_learnt = True

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        assert batch.twin is not None, "unsupported() keeps recordings without evidence away"
        return (batch.z - batch.twin) * passed[Reads.GRADIENT]


@final
class Truth(Control, FromZero):
    """What each sample adds to the log-odds of a known net, from the zero recording on: see
    `Model.truth`. The ceiling of a metric that asks about the model. Sums to m(z) - m(0).
    """

    name = "truth"
    summary = "the exact attribution of a known net: the ceiling of faithfulness"
    needs = frozenset({Needs.TRUTH})
    asks_what_was_learnt = True

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        with torch.no_grad():
            return model.truth(batch.z, batch.target)
