"""Randomised recordings: each change has a closed form, and the identities hold after all."""

from __future__ import annotations

import math

import pytest
import torch

from xai_bench import load_data
from xai_bench.training.randomise import band, draw_noise, placement, randomise, warped
from xai_bench.types import LEADS

LEAD = {name: row for row, name in enumerate(LEADS)}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_identities_hold_and_every_recording_and_draw_differs() -> None:
    millivolt = torch.from_numpy(load_data("synthetic", n=4).signal)
    made = randomise(millivolt, rate_hz=100.0, generator=generator())
    one, two, three, avr, avl, avf = made[:, :6].unbind(1)
    for zero in (one + three - two, avr + (one + two) / 2, avl - (one - three) / 2):
        assert zero.abs().max() < 1e-5
    assert (avf - (two + three) / 2).abs().max() < 1e-5
    assert made.shape == millivolt.shape
    assert torch.equal(made, randomise(millivolt, rate_hz=100.0, generator=generator()))
    again = randomise(millivolt, rate_hz=100.0, generator=generator(1))
    assert (made - again).square().mean(dim=(1, 2)).min() > 1e-5
    # Still the same heart: what is changed is less than what is kept.
    centred = [x - x.mean(-1, keepdim=True) for x in (made, millivolt)]
    assert (centred[0] * centred[1]).sum((1, 2)).min() > 0


def test_gain_and_shift_are_what_they_say() -> None:
    leads = torch.eye(8)[None].repeat(2, 1, 1)
    gain = torch.ones(2, 8)
    gain[0, 1] = 1.2
    shift = torch.zeros(2, 6)
    shift[1] = torch.tensor([-0.5, 0.25, -0.5, 0.0, 1.0, 0.75])
    first, second = placement(gain, shift, torch.zeros(2)) @ leads
    expected = torch.eye(8)
    expected[1, 1] = 1.2
    torch.testing.assert_close(first, expected)  # II alone has another gain
    limb, chest = second[:2], second[2:, 2:]
    torch.testing.assert_close(limb, torch.eye(8)[:2])
    assert torch.equal(
        chest,
        torch.tensor(
            [
                [1, 0, 0, 0, 0, 0],  # nothing is known beyond V1
                [0, 0.75, 0.25, 0, 0, 0],
                [0, 0.5, 0.5, 0, 0, 0],
                [0, 0, 0, 1, 0, 0],
                [0, 0, 0, 0, 0, 1],  # V5 where V6 is
                [0, 0, 0, 0, 0, 1],  # nor beyond V6
            ]
        ),
    )


def test_a_heart_that_is_turned_shows_in_the_next_limb_lead() -> None:
    """Turned back by 60 degrees, lead I shows what II showed at 60, and II what III did at 120."""
    limb = torch.zeros(1, 8, 4)
    limb[0, :2] = torch.randn(2, 4, generator=generator())
    turn = torch.tensor([math.radians(-60)])
    made = (placement(torch.ones(1, 8), torch.zeros(1, 6), turn) @ limb)[0]
    one, two = limb[0, 0], limb[0, 1]
    torch.testing.assert_close(made[:2], torch.stack([two, two - one]))
    assert not made[2:].any()


def test_a_warped_sine_is_the_sine_of_warped_time() -> None:
    time = torch.arange(1000) / 999
    tempo = torch.tensor([0.08, -0.05, 0.0])
    wave = torch.sin(2 * torch.pi * 30 * time).repeat(3, 8, 1)  # 3 Hz
    place = time + tempo[:, None] / torch.pi * torch.sin(torch.pi * time)
    expected = torch.sin(2 * torch.pi * 30 * place)
    found = warped(wave, tempo)
    torch.testing.assert_close(found[:, 0], expected, rtol=0, atol=2e-3)
    torch.testing.assert_close(found[2], wave[2], rtol=0, atol=1e-4)
    # Ends stay ends, and time never turns back.
    torch.testing.assert_close(found[..., [0, -1]], wave[..., [0, -1]], rtol=0, atol=1e-4)
    assert (place.diff(dim=-1) > 0).all()


def test_leads_are_warped_alike_and_apart() -> None:
    leads = torch.randn(2, 8, 50, generator=generator())
    tempo = torch.tensor([0.08, -0.08])
    both = warped(leads, tempo)
    for record in range(2):
        for lead in range(8):
            alone = warped(leads[record, lead].repeat(1, 8, 1), tempo[record : record + 1])
            torch.testing.assert_close(both[record, lead], alone[0, 0])


def test_the_band_is_3_db_down_at_its_ends_and_flat_within() -> None:
    hz = torch.tensor([0.0, 0.5, 5.0, 40.0, 160.0])
    found = band(hz, torch.tensor([0.5]), torch.tensor([40.0]))[0]
    expected = [0.0, math.sqrt(0.5), 1.0, math.sqrt(0.5), 1 / math.sqrt(1 + 4**4)]
    torch.testing.assert_close(found, torch.tensor(expected), rtol=0, atol=2e-4)


def test_a_sine_leaves_the_recorder_with_the_gain_of_its_band(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """5 and 40 Hz in, with all else switched off: 5 Hz stays, 40 Hz is 3 dB down."""
    module = "xai_bench.training.randomise."
    for name in ("_GAIN_SD", "_SHIFT_SD", "_TURN_SD", "_TEMPO"):
        monkeypatch.setattr(module + name, 0.0)
    for name in ("_MUSCLE_MV", "_WANDER_MV"):
        monkeypatch.setattr(module + name, (1e-9, 1e-9))
    monkeypatch.setattr(module + "_LOW_HZ", (0.05, 0.05))
    monkeypatch.setattr(module + "_HIGH_HZ", (40.0, 40.0))
    time = (torch.arange(1000) + 0.5) / 100  # cosines that are their own mirror image
    slow, fast = (torch.cos(2 * torch.pi * hz * time) for hz in (5.0, 40.0))
    eight = torch.zeros(1, 12, 1000)
    eight[0, LEAD["V2"]] = slow + fast
    made = randomise(eight, rate_hz=100.0, generator=generator())
    expected = slow + math.sqrt(0.5) * fast
    torch.testing.assert_close(made[0, LEAD["V2"]], expected, rtol=0, atol=2e-3)
    assert made[0, LEAD["V3"]].abs().max() < 1e-5


def test_noise_has_its_rms_and_its_place_in_the_spectrum() -> None:
    hz = torch.fft.rfftfreq(2000, 0.01)
    nothing, muscle, wander = (torch.full((400,), rms) for rms in (1e-9, 0.02, 0.1))
    for rms, of_muscle, of_wander in ((0.02, muscle, nothing), (0.1, nothing, wander)):
        spectrum = draw_noise(hz, of_muscle, of_wander, generator())
        noise = torch.fft.irfft(spectrum, n=2000)
        assert float(noise.square().mean().sqrt()) == pytest.approx(rms, rel=0.03)
        elsewhere = hz < 15 if rms == 0.02 else (hz >= 0.8) | (hz == 0)
        assert spectrum[..., elsewhere].abs().max() < 1e-4
