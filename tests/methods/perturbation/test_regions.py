"""Regions: each kind against its definition, written out."""

from dataclasses import replace

import pytest
import torch

from tests.closed_forms import batch, grid
from xai_bench.errors import UnknownNameError
from xai_bench.methods.base import Batch
from xai_bench.methods.perturbation.regions import LEAD_GROUPS, Regions, divide
from xai_bench.methods.perturbation.windows import inside
from xai_bench.types import LEADS, WAVES

KINDS = ("grid-10", "grid-7", "segments-20", "leads", "lead-groups", "waves")


def _batch(rows: int = 2, samples: int = 1003) -> Batch:
    generator = torch.Generator().manual_seed(5)
    waves = torch.randint(len(WAVES), (rows, samples), generator=generator).to(torch.int8)
    z = torch.randn(rows, 12, samples, generator=generator)
    return replace(batch(rows=rows), z=z, find_waves=lambda: waves)


@pytest.mark.parametrize("kind", KINDS)
def test_every_sample_is_in_one_named_region(kind: str) -> None:
    regions = divide(kind, _batch())
    assert regions.index.shape == (2, 12, 1003)
    assert set(regions.index.flatten().tolist()) == set(range(len(regions)))
    assert len(set(regions.names)) == len(regions)


@pytest.mark.parametrize(("samples", "segments"), [(1000, 10), (1003, 7), (12, 12)])
def test_the_grid_is_the_one_written_out(samples: int, segments: int) -> None:
    regions = divide(f"grid-{segments}", _batch(samples=samples))
    assert torch.equal(regions.index[0], grid(segments, samples))
    sizes = regions.sizes()[0]
    assert sizes.max() - sizes.min() <= 1
    assert regions.names[3 * segments] == "aVR segment 1"


def test_segments_are_of_all_leads() -> None:
    index = divide("segments-20", _batch(samples=1000)).index
    expected = torch.tensor([t * 20 // 1000 for t in range(1000)]).expand(2, 12, -1)
    assert torch.equal(index, expected)


def test_leads_and_their_groups_are_whole() -> None:
    leads, groups = divide("leads", _batch()), divide("lead-groups", _batch())
    for row, name in enumerate(LEADS):
        (number,) = leads.index[:, row].unique()
        assert leads.names[number] == name
        (number,) = groups.index[:, row].unique()
        assert name in LEAD_GROUPS[groups.names[number]]


def test_waves_are_those_of_each_recording_lead_by_lead() -> None:
    given = _batch()
    assert given.waves is not None
    regions = divide("waves", given)
    for record in range(2):
        for lead in (0, 7):
            for t in range(0, 1003, 13):
                wave = WAVES[int(given.waves[record, t])]
                part = wave if wave in ("P", "QRS", "ST", "T") else "rest"
                number = int(regions.index[record, lead, t])
                assert regions.names[number] == f"{LEADS[lead]} {part}"


@pytest.mark.parametrize("kind", ["grid-10", "grid-7", "segments-20", "leads"])
def test_windows_are_the_rectangles_of_the_regions(kind: str) -> None:
    regions = divide(kind, _batch())
    assert regions.windows is not None
    rectangles = inside(regions.windows, 12, 1003)
    for number in range(len(regions)):
        assert torch.equal(rectangles[number], regions.index[1] == number)


def test_sums_are_those_of_a_loop_and_spreading_keeps_them() -> None:
    # Recording 0 has no ST: its region is empty, and its value has nowhere to go.
    given = _batch()
    assert given.waves is not None
    given.waves[0][given.waves[0] == WAVES.index("ST")] = 0
    regions = divide("waves", given)
    sums = regions.sums(given.z)
    for record in range(2):
        for number in range(len(regions)):
            members = given.z[record][regions.index[record] == number]
            assert float(sums[record, number]) == pytest.approx(float(members.sum()), abs=1e-4)
    values = torch.arange(1.0, 121.0, dtype=torch.float64).reshape(2, 60)
    spread = regions.spread(values)
    kept = torch.where(regions.sizes() > 0, values, 0.0)
    torch.testing.assert_close(regions.sums(spread), kept)
    shares = spread[1][regions.index[1] == 17]
    assert shares.min() == shares.max()
    assert regions.sizes()[0].min() == 0


def test_the_sums_of_equal_leads_tie_exactly() -> None:
    z = _batch().z[:, :1].expand(-1, 12, -1)
    given = replace(_batch(), z=z)
    sums = divide("grid-10", given).sums(given.z).reshape(2, 12, 10)
    assert torch.equal(sums, sums[:, :1].expand(-1, 12, -1))


@pytest.mark.parametrize("kind", ["grid", "grid-0", "leads-3", "beats"])
def test_unknown_kinds_are_named_with_those_there_are(kind: str) -> None:
    with pytest.raises(UnknownNameError, match="grid-10"):
        divide(kind, _batch())


def test_regions_hold_what_they_say() -> None:
    regions = Regions(index=torch.zeros(1, 12, 5, dtype=torch.int64), names=("all",))
    assert len(regions) == 1
    assert regions.windows is None


def test_renumbered_regions_are_the_same_parts_in_an_order_of_the_recordings_own() -> None:
    given = replace(_batch(), recording_seeds=torch.tensor([4, 5]))
    before = divide("grid-7", given)
    after = before.renumbered(given)
    assert len(after) == len(before)
    for row in range(2):
        numbers = torch.stack([before.index[row].flatten(), after.index[row].flatten()])
        pairs = numbers.unique(dim=1).shape[1]
        assert pairs == len(before), "a number for a number"
    assert not torch.equal(after.index[0], after.index[1])
    values = torch.randn(2, 12, 1003, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(after.sums(values).sort().values, before.sums(values).sort().values)
