"""Recordings as other electrodes and other recorders would have made them.

A net that is to read real recordings must not lean on how the recordings it was trained on were
made. The strengths are what the literature says of electrodes and recorders; none was fitted.
Everything is done in the eight leads from which the others follow, so that Einthoven's and
Goldberger's identities hold.

Mains is not among it: at 100 Hz the anti-alias filter leaves nothing of 50 or 60 Hz.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Complex64, Float
from torch import Tensor

from xai_bench.data.lead_algebra import EIGHT, find_leads
from xai_bench.nets.base import Batch
from xai_bench.types import LEADS

__all__ = ["band", "draw_noise", "placement", "randomise", "warped"]

_GAIN_SD = 0.05
"""Of each lead: what an electrocardiograph may be off by (IEC 60601-2-25)."""
_SHIFT_SD = 0.5
"""Of a chest electrode along the row, in distances to the next: 30 technicians were 1.14 inches off
on average in any direction (Wenger & Kligfield, J. Electrocardiol. 29:179, 1996), hence 2.3 cm
along the row, of about 4.5 cm."""
_SHIFT_MOST = 1.0
_TURN_SD = math.radians(15)
"""Of the heart in the frontal plane, as the limb leads see it: about as much as limb electrodes on
the trunk do (Papouchado et al., Eur. Heart J. 8:725, 1987), and half the spread among the healthy,
whose axes lie between -30 and 90 degrees (Surawicz et al., Circulation 119:e235, 2009)."""
_TEMPO = 0.08
"""Most that the heart is faster at one end than in the middle: rates at rest wander so much within
seconds (Task Force, Circulation 93:1043, 1996: SD of about 50 ms at 900 ms)."""
_LOW_HZ = (0.05, 0.7)
"""High-pass filters in use: 0.05 Hz as recommended, 0.5 Hz and more in routine (Buendia-Fuentes et
al., ISRN Cardiology 2012, 706217)."""
_HIGH_HZ = (25.0, 150.0)
"""Low-pass filters in use: 150 Hz as recommended, 40 Hz in routine (Ricciardi et al., J.
Electrocardiol. 49:691, 2016), 25 Hz where muscles shiver."""
_MUSCLE_MV = (0.002, 0.03)
_WANDER_MV = (0.005, 0.15)
"""RMS in a lead, of the kinds of Friesen et al., IEEE Trans. Biomed. Eng. 37:85 (1990): from what
is not seen on paper to what a technician would still accept."""
_MUSCLE_FROM_HZ = 15.0
_WANDER_UP_TO_HZ = 0.8

_ROWS = [LEADS.index(lead) for lead in EIGHT]
_LIMB, _CHEST = slice(0, 2), slice(2, None)
"""Of the eight leads."""
_FRONTAL = torch.tensor([[1.0, 0.0], [0.5, math.sqrt(0.75)]])
"""I and II, at 0 and 60 degrees, from what points left and what points down."""

Eight = Float[Tensor, "record 8 time"]
Each = Float[Tensor, " record"]


def randomise(millivolt: Batch, *, rate_hz: float, generator: torch.Generator) -> Batch:
    """The recordings with other electrodes, another tempo, more noise and another recorder's band.

    generator: on the device of the recordings; all is drawn from it.
    """
    records, _, samples = millivolt.shape
    device = millivolt.device

    def normal(*shape: int) -> Tensor:
        return torch.randn(records, *shape, device=device, generator=generator)

    def between(ends: tuple[float, float]) -> Each:
        """Equally likely in each octave."""
        low, high = (torch.tensor(end).log() for end in ends)
        drawn = torch.rand(records, device=device, generator=generator)
        return torch.exp(low + (high - low) * drawn)

    shift = (_SHIFT_SD * normal(6)).clamp(-_SHIFT_MOST, _SHIFT_MOST)
    tempo = _TEMPO * (2 * torch.rand(records, device=device, generator=generator) - 1)
    hz = torch.fft.rfftfreq(2 * samples, 1 / rate_hz, device=device)
    noise = draw_noise(hz, between(_MUSCLE_MV), between(_WANDER_MV), generator)

    leads = placement(1 + _GAIN_SD * normal(8), shift, _TURN_SD * normal()) @ millivolt[:, _ROWS]
    # The recording and its mirror image: one period of a signal that does not jump at its ends.
    leads = warped(leads, tempo)
    spectrum = torch.fft.rfft(torch.cat([leads, leads.flip(-1)], dim=-1)) + noise
    spectrum = spectrum * band(hz, between(_LOW_HZ), between(_HIGH_HZ))[:, None]
    eight = torch.fft.irfft(spectrum, n=2 * samples)[..., :samples]
    twelve: Tensor = _TWELVE.to(device) @ eight
    return twelve


def placement(
    gain: Float[Tensor, "record 8"], shift: Float[Tensor, "record 6"], turn: Each
) -> Float[Tensor, "record 8 8"]:
    """What the leads become: limb leads of a heart that is turned, chest leads read between their
    neighbours, and each times its gain.

    shift: of V1 to V6, in distances to the next electrode, negative towards V1. Nothing is known of
    what lies beyond V1 and V6: they stay where they are instead.
    turn: of the heart in the frontal plane, in radians, towards aVF.
    """
    towards = torch.zeros(len(shift), 6, 6, device=shift.device)
    up, down = shift.clamp(min=0), (-shift).clamp(min=0)
    towards.diagonal(1, 1, 2).copy_(up[:, :-1])
    towards.diagonal(-1, 1, 2).copy_(down[:, 1:])
    towards.diagonal(0, 1, 2).copy_(1 - towards.sum(dim=2))
    mixed = torch.eye(8, device=shift.device).repeat(len(shift), 1, 1)
    mixed[:, _CHEST, _CHEST] = towards
    seen = _FRONTAL.to(turn.device)
    turned = torch.stack([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], dim=1)
    mixed[:, _LIMB, _LIMB] = seen @ turned.view(-1, 2, 2) @ seen.inverse()
    return gain[:, :, None] * mixed


def warped(leads: Eight, tempo: Each) -> Eight:
    """The recordings with time running 1 + tempo times as fast at the start, 1 - tempo at the end.

    Read at t + tempo * (T / pi) * sin(pi t / T), which neither leaves a recording nor turns back;
    between samples by cubic convolution (Keys, IEEE Trans. ASSP 29:1153, 1981; a = -1/2).
    """
    records, count, samples = leads.shape
    last = samples - 1
    time = torch.arange(samples, device=leads.device) / last
    place = last * (time + tempo[:, None] / torch.pi * torch.sin(torch.pi * time))
    before = place.floor().clamp(0, last)
    part = (place - before)[..., None]
    # Time before leads, so that the leads at a moment are read together.
    rows = leads.transpose(1, 2).reshape(records * samples, count)
    first = torch.arange(records, device=leads.device)[:, None] * samples

    def at(step: int) -> Float[Tensor, "record time lead"]:
        moment = (before.long() + step).clamp(0, last)
        return rows.index_select(0, (first + moment).flatten()).view(records, samples, count)

    a, b, c, d = at(-1), at(0), at(1), at(2)
    cubic = (3 * (b - c) + d - a) * part + (2 * a - 5 * b + 4 * c - d)
    read: Tensor = ((cubic * part + (c - a)) * part) / 2 + b
    return read.transpose(1, 2)


def band(hz: Float[Tensor, " hz"], low_hz: Each, high_hz: Each) -> Float[Tensor, "record hz"]:
    """Gain of a recorder's band: Butterworth of order 2 at each end, without phase."""
    low = (hz / low_hz[:, None]).square()
    high = (hz / high_hz[:, None]).square()
    return low / torch.sqrt((1 + low.square()) * (1 + high.square()))


def draw_noise(
    hz: Float[Tensor, " hz"], muscle_mv: Each, wander_mv: Each, generator: torch.Generator
) -> Complex64[Tensor, "record 8 hz"]:
    """Spectra (torch.fft.rfft) of muscle noise and wander of baseline with these RMS, in each lead.

    Muscle is white from 15 Hz on, wander falls with frequency and ends at 0.8 Hz.
    """
    muscle = (hz >= _MUSCLE_FROM_HZ).float()
    wander = ((hz > 0) & (hz < _WANDER_UP_TO_HZ)).float() / hz.clamp(min=0.05)
    power = sum(
        rms[:, None] ** 2 * (shape.square() / shape.square().sum())
        for rms, shape in ((muscle_mv, muscle), (wander_mv, wander))
    )
    # Parseval for a real signal: twice each line's power over n^2, and n is twice the lines.
    size = (len(hz) - 1) * power.sqrt()[:, None]  # type: ignore[union-attr]
    parts = torch.randn(len(muscle_mv), 8, 2, len(hz), device=hz.device, generator=generator)
    return size * torch.complex(parts[:, :, 0], parts[:, :, 1])


_TWELVE = torch.from_numpy(find_leads(EIGHT).whole(torch.eye(8).double().numpy())).float()
"""All leads from the eight."""
