"""What happens to recordings: against electrodes, literal loops and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from xai_bench.data.synthetic.leads import from_electrodes, twelve
from xai_bench.methods.attribute import make_batch
from xai_bench.models import zscore
from xai_bench.studies.stability.disturbances import SHIFTS, SNR_DB, Change, changed, changes
from xai_bench.studies.stability.schema import NOISES
from xai_bench.types import WAVES, Recordings

GIVEN = recordings(3, evidence=True)
MODEL = closed_form(Linear())
BATCH = make_batch(MODEL, GIVEN, target="label")


def of(condition: str, level: float | None = None, rate: float = 100.0) -> Change:
    (found,) = (
        change
        for change in changes(rate, 1000)[0]
        if change.condition == condition and level in (None, change.level)
    )
    return found


def millivolt(given: Recordings = GIVEN) -> torch.Tensor:
    return torch.from_numpy(given.signal)


def test_every_condition_at_its_levels() -> None:
    every, left_out = changes(100.0, 1000)
    levels: dict[str, list[float]] = {}
    for change in every:
        levels.setdefault(change.condition, []).append(change.level)
    assert list(left_out) == ["mains-50", "mains-60"]
    kinds = [kind for kind in NOISES if kind not in left_out]
    assert list(levels) == [*kinds, "gain", "lead swap", "shift", "resampled"]
    assert all(levels[kind] == list(SNR_DB) for kind in kinds)
    assert levels["shift"] == list(SHIFTS)
    assert changes(500.0, 5000)[1] == {}
    assert [c.level for c in changes(500.0, 5000)[0] if c.condition == "resampled"] == [100.0]
    assert of("resampled").level == 500.0
    assert not [c for c in changes(100.0, 5)[0] if c.level == 5 and c.condition == "shift"]


def test_swapping_leads_is_swapping_electrodes() -> None:
    potential = np.random.default_rng(0).standard_normal((9, 50))
    exchanged = potential[[1, 0, *range(2, 9)]]  # RA, LA, LL, V1..V6
    before, after = (twelve(from_electrodes(each)) for each in (potential, exchanged))
    swap = of("lead swap")
    found = swap.linear(torch.from_numpy(before)[None])[0]
    np.testing.assert_allclose(found, after, atol=1e-12)


def test_swapped_attributions_come_back_to_their_leads_with_their_sign() -> None:
    swap, a = of("lead swap"), torch.arange(12.0)[None, :, None].expand(1, 12, 4)
    assert swap.place(a)[0, :6, 0].tolist() == [0, 2, 1, 4, 3, 5]
    assert torch.equal(swap.back(swap.place(a)), a)


def test_shifted_literally() -> None:
    shift, x = of("shift", 10.0), millivolt()
    moved = shift.linear(x)
    for t in range(1000):
        assert torch.equal(moved[..., t], x[..., max(t - 10, 0)])
    assert shift.kept is not None
    assert torch.equal(shift.kept(x), shift.back(moved))


def test_resampling_keeps_what_both_rates_have() -> None:
    """A sine below half of the lower rate survives, but for the ends; one above does not."""
    time = np.arange(5000) / 500
    low, high = (
        torch.from_numpy(np.tile(np.sin(2 * np.pi * hz * time), (1, 12, 1))) for hz in (20.0, 80.0)
    )
    change = of("resampled", rate=500.0)
    middle = slice(500, 4500)
    kept, gone = change.linear(low), change.linear(high)
    assert kept.shape == low.shape
    assert (kept - low)[..., middle].abs().max() < 0.01
    assert gone[..., middle].abs().max() < 0.01


def test_noise_has_its_size_and_does_not_depend_on_the_batch() -> None:
    change = of("muscle", 20.0)
    z = changed(MODEL, GIVEN, BATCH, change, 0).z
    alone = changed(MODEL, GIVEN[[2]], make_batch(MODEL, GIVEN[[2]], target="label"), change, 0).z
    torch.testing.assert_close(z[2:], alone)
    assert not torch.allclose(changed(MODEL, GIVEN, BATCH, change, 1).z, z)
    assert change.noise is not None
    noise = change.noise(GIVEN, 0)
    for row in range(3):
        powers = [m.var(axis=-1).mean() for m in (GIVEN.signal[row].astype(float), noise[row])]
        assert 10 * np.log10(powers[0] / powers[1]) == pytest.approx(20.0)
        torch.testing.assert_close(
            z[row], zscore(torch.from_numpy(GIVEN.signal[row] + noise[row]).float()[None])[0]
        )


def test_the_same_noise_at_every_ratio() -> None:
    drawn = [of("baseline wander", snr).noise for snr in (30.0, 10.0)]
    quiet, loud = (make(GIVEN, 0) for make in drawn if make is not None)
    np.testing.assert_allclose(loud, quiet * 10, rtol=1e-9)


def test_a_z_score_takes_no_notice_of_gain() -> None:
    z = changed(MODEL, GIVEN, BATCH, of("gain", -10.0), 0).z
    torch.testing.assert_close(z, BATCH.z, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("condition", "level"), [("shift", 25.0), ("lead swap", None), ("gain", 10.0), ("muscle", 10.0)]
)
def test_what_is_known_of_a_recording_goes_with_it(condition: str, level: float | None) -> None:
    """Where recording and twin differ, and only there, is evidence, also after the change."""
    batch = changed(MODEL, GIVEN, BATCH, of(condition, level), 0)
    assert batch.twin is not None
    assert batch.evidence is not None
    assert torch.equal((batch.z - batch.twin).abs() > 1e-4, batch.evidence)
    assert batch.waves is not None
    start = 125 if condition == "shift" else 100
    assert (batch.waves[0] == WAVES.index("QRS")).nonzero().flatten().tolist() == list(
        range(start, start + 60)
    )


def test_what_needs_the_twelve_leads_is_left_out_of_others() -> None:
    every, left_out = changes(360.0, 360, ("MLII", "V1"))
    assert {one.condition for one in every} == {"gain", "shift", "resampled"}
    assert set(left_out) == {*NOISES, "lead swap"}
    assert set(left_out.values()) == {
        "it needs the twelve leads, and these recordings have MLII, V1"
    }
