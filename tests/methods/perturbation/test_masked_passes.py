"""Log-odds of perturbed recordings: those of a loop, whatever the size of a pass."""

from dataclasses import replace

import pytest
import torch

from tests.closed_forms import Product, batch, closed_form, grid
from xai_bench import devices
from xai_bench.methods.perturbation.masked_passes import (
    drops_of_regions,
    drops_of_windows,
    log_odds_of_coalitions,
    log_odds_of_masked,
)
from xai_bench.methods.perturbation.regions import divide
from xai_bench.methods.perturbation.windows import grid_windows
from xai_bench.nets.base import Net
from xai_bench.nets.fcn import FCN
from xai_bench.nets.imn import ECGIMN
from xai_bench.scoring.engine.cost import counted


@pytest.mark.parametrize("rows", [1, 5, 64])
def test_coalitions_are_those_of_a_loop(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(devices._ROWS["versions"], "cpu", rows)
    model, given = closed_form(Product()), replace(batch(rows=2), target=torch.tensor([1, 0]))
    region, regions = grid(2), divide("grid-2", given)
    kept = torch.rand(13, 24, generator=torch.Generator().manual_seed(0)) < 0.5
    found = log_odds_of_coalitions(model, given, regions, kept)
    assert found.shape == (2, 13)
    for row in range(2):
        for number, coalition in enumerate(kept):
            z = given.z[row].clone()
            for gone in torch.nonzero(~coalition).flatten().tolist():
                z[region == gone] = 0
            with torch.no_grad():
                expected = model.log_odds(z[None], given.target[row : row + 1])[0]
            torch.testing.assert_close(found[row, number], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 5, 64])
def test_masked_recordings_are_those_of_a_loop(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(devices._ROWS["versions"], "cpu", rows)
    model, given = closed_form(Product()), replace(batch(rows=2), target=torch.tensor([1, 0]))
    masks = torch.rand(2, 7, 12, 1000, generator=torch.Generator().manual_seed(0))
    found = log_odds_of_masked(model, given, 7, lambda records, some: masks[records, some])
    assert found.shape == (2, 7)
    for row in range(2):
        for number, mask in enumerate(masks[row]):
            with torch.no_grad():
                masked = (given.z[row] * mask)[None]
                expected = model.log_odds(masked, given.target[row : row + 1])[0]
            torch.testing.assert_close(found[row, number], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 5, 64])
def test_drops_are_those_of_a_loop(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(devices._ROWS["versions"], "cpu", rows)
    model, given = closed_form(Product()), replace(batch(rows=2), target=torch.tensor([1, 0]))
    windows = grid_windows(12, 1000, segments=1)
    found = drops_of_windows(model, given, windows)
    for row in range(2):
        for lead in range(12):
            z = given.z[row].clone()
            z[lead] = 0
            with torch.no_grad():
                whole, without = model.log_odds(torch.stack([given.z[row], z]), 1 - row)
            torch.testing.assert_close(found[row, lead], whole - without, rtol=1e-4, atol=1e-6)


def test_drops_of_regions_that_are_no_windows_are_those_of_a_loop() -> None:
    model, given = closed_form(Product()), replace(batch(rows=2), target=torch.tensor([1, 0]))
    regions = divide("lead-groups", given)
    assert regions.windows is None
    found = drops_of_regions(model, given, regions)
    for number in range(len(regions)):
        left = given.z.masked_fill(regions.index == number, 0.0)
        with torch.no_grad():
            expected = model.log_odds(given.z, given.target) - model.log_odds(left, given.target)
        torch.testing.assert_close(found[:, number], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("net", [ECGIMN(outputs=1, weight_scale=0.01), FCN(outputs=2)])
def test_drops_by_local_passes_are_those_of_full_passes(net: Net) -> None:
    """Windows of two sizes, targets of both classes, one full pass for each window."""
    model = closed_form(net)
    given = replace(batch(rows=2), z=batch(rows=2).z[..., :200], target=torch.tensor([0, 1]))
    windows = torch.tensor([[0, 1, 0, 20], [5, 6, 180, 200], [11, 12, 60, 70], [3, 4, 7, 27]])
    local = model.local((12, 200))
    assert local is not None
    assert local.saves((1, 20))
    with counted(model.net) as count:
        drops_of_windows(model, given, windows)
    assert count.forward == 0, "no pass of the whole net"
    found = drops_of_windows(model, given, windows)
    with torch.no_grad():
        for column, (lead_from, lead_to, sample_from, sample_to) in enumerate(windows.tolist()):
            blanked = given.z.clone()
            blanked[:, lead_from:lead_to, sample_from:sample_to] = 0
            drop = model.log_odds(given.z, given.target) - model.log_odds(blanked, given.target)
            torch.testing.assert_close(found[:, column], drop, rtol=1e-4, atol=1e-6)
