"""Losses of masks against loops over samples, and masks whose losses are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from xai_bench.training.delineation.boundary_loss import (
    BOUNDARY,
    bound_dice_loss,
    dice_loss,
    f1_instance_loss,
    wave_loss,
)


def _masks(*spans: tuple[int, int], samples: int = 80) -> torch.Tensor:
    """One trace whose P has these spans, and whose QRS and T have none."""
    masks = torch.zeros(1, 3, samples)
    for start, stop in spans:
        masks[0, 0, start:stop] = 1
    return masks


def _random() -> tuple[torch.Tensor, torch.Tensor]:
    made = torch.Generator().manual_seed(3)
    return torch.rand(4, 3, 60, generator=made), (
        torch.rand(4, 3, 60, generator=made) > 0.6
    ).float()


def _literal_dice(found: np.ndarray, truth: np.ndarray) -> float:
    losses = np.zeros((len(found), 3))
    for trace in range(len(found)):
        for wave in range(3):
            both = all_found = all_truth = 0.0
            for p, y in zip(found[trace, wave], truth[trace, wave], strict=True):
                both, all_found, all_truth = both + p * y, all_found + p, all_truth + y
            losses[trace, wave] = 1 - (2 * both + 1) / (all_found + all_truth + 1)
    return float((losses.mean(axis=0) * [1.5, 1, 1]).sum() / 3.5)


def _literal_edges(masks: np.ndarray, width: int) -> np.ndarray:
    kernel = np.zeros(width)
    kernel[0], kernel[-1] = -1, 1
    return np.abs([[np.correlate(one, kernel, mode="valid") for one in trace] for trace in masks])


def test_dice_is_a_loop_over_samples() -> None:
    found, truth = _random()
    assert dice_loss(found, truth).item() == pytest.approx(
        _literal_dice(found.numpy().astype(float), truth.numpy().astype(float)), abs=1e-5
    )


def test_bound_dice_is_dice_of_a_correlation_with_minus_one_zeros_and_one() -> None:
    found, truth = _random()
    edges = (_literal_edges(one.numpy().astype(float), BOUNDARY) for one in (found, truth))
    assert bound_dice_loss(found, truth).item() == pytest.approx(_literal_dice(*edges), abs=1e-5)


def test_f1_counts_waves_by_prewitt() -> None:
    found, truth = (one.numpy().astype(float) for one in _random())
    hit, of_found, of_truth = (
        _literal_edges(one, 3).sum(axis=2) / 4 for one in (found * truth, found, truth)
    )
    more, missed = np.maximum(of_found - hit, 0), np.maximum(of_truth - hit, 0)
    each = 1 - (2 * hit + 1) / (2 * hit + more + missed + 1)
    literal = (each.mean(axis=0) * [1.25, 1, 1]).sum() / 3.25
    assert f1_instance_loss(*_random()).item() == pytest.approx(literal, abs=1e-5)


@pytest.mark.parametrize("loss", [dice_loss, bound_dice_loss, f1_instance_loss])
def test_what_is_right_costs_nothing(loss: object) -> None:
    truth = _masks((10, 30), (45, 60))
    assert callable(loss)
    assert loss(truth, truth).item() == pytest.approx(0.0, abs=1e-6)


def test_two_waves_of_three_are_an_f1_of_nine_elevenths() -> None:
    # TP 2, FN 1: (2 * 2 + 1) / (2 * 2 + 1 + 1); P counts 1.25 of 3.25, and the others are right.
    found, truth = _masks((10, 20), (30, 40)), _masks((10, 20), (30, 40), (50, 60))
    expected = 1.25 / 3.25 * (1 - 5 / 6)
    assert f1_instance_loss(found, truth).item() == pytest.approx(expected, abs=1e-6)


def test_an_edge_two_samples_off_costs_more_of_the_edges_than_of_the_mask() -> None:
    found, truth = _masks((12, 62)), _masks((10, 60))
    assert bound_dice_loss(found, truth) > 2 * dice_loss(found, truth)


def test_the_ramp_adds_edges_and_half_of_the_count() -> None:
    found, truth = _random()
    parts = [loss(found, truth).item() for loss in (dice_loss, bound_dice_loss, f1_instance_loss)]
    assert wave_loss(found, truth, 0.0).item() == pytest.approx(parts[0])
    assert wave_loss(found, truth, 0.4).item() == pytest.approx(
        parts[0] + 0.4 * parts[1] + 0.2 * parts[2]
    )
