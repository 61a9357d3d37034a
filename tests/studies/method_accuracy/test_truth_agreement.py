"""Measures of agreement against values by hand, and slow literal re-implementations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from xai_bench.studies.method_accuracy.accuracy_measures import MEASURES
from xai_bench.studies.method_accuracy.truth_agreement import agreement, share_of_lead

GENERATOR = torch.Generator().manual_seed(0)
TRUTH = torch.randn(4, 30, generator=GENERATOR)
TRUTH[:, 20:] = 0
FOUND = TRUTH + 0.5 * torch.randn(4, 30, generator=GENERATOR)
FOUND[:, 3] = 0
AMPLITUDE = torch.rand(4, 30, generator=GENERATOR)


def _measured(
    found: torch.Tensor, truth: torch.Tensor, amplitude: torch.Tensor = AMPLITUDE
) -> dict[str, list[float]]:
    return {
        one.measure: one.scores.tolist() for one in agreement(found, truth, amplitude[: len(found)])
    }


def test_every_measure_is_that_written_out() -> None:
    measured = _measured(FOUND, TRUTH)
    assert {*measured, "shortcut", "shortcut_excess"} == set(MEASURES)
    for row in range(4):
        a, t, z = (one[row].double().numpy() for one in (FOUND, TRUTH, AMPLITUDE))
        size, true_size = np.abs(a), np.abs(t)
        shares, true_shares, of_z = (one / one.sum() for one in (size, true_size, z))
        pairs = list(zip(shares, true_shares, of_z, strict=True))
        overlap = sum(min(x, y) for x, y, _ in pairs)
        overlap_of_z = sum(min(x, y) for _, y, x in pairs)
        signed = sum(abs(y) for x, y in zip(a, t, strict=True) if x * y > 0)
        expected = {
            "cosine": float(a @ t) / math.sqrt(float(a @ a) * float(t @ t)),
            "rank": stats.spearmanr(a, t).statistic,
            "size_rank": stats.spearmanr(size, true_size).statistic,
            "mass": overlap,
            "sign": signed / true_size.sum(),
            "outside": size[20:].sum() / size.sum(),
            "size": size.sum() / true_size.sum(),
            "above_amplitude": overlap - overlap_of_z,
        }
        for name, value in expected.items():
            assert measured[name][row] == pytest.approx(value, abs=1e-9), name


def test_the_truth_itself_and_its_reverse() -> None:
    same, reverse = _measured(TRUTH, TRUTH), _measured(-2 * TRUTH, TRUTH)
    for name, best in (("cosine", 1), ("rank", 1), ("mass", 1), ("sign", 1), ("outside", 0)):
        assert same[name] == pytest.approx([best] * 4)
    assert reverse["cosine"] == pytest.approx([-1] * 4)
    assert reverse["sign"] == [0] * 4
    assert reverse["mass"] == pytest.approx([1] * 4)
    assert reverse["size_rank"] == pytest.approx([1] * 4)
    assert reverse["size"] == pytest.approx([2] * 4)


def test_what_is_not_defined_has_no_number_but_a_reason() -> None:
    nothing, flat = torch.zeros(1, 30), torch.ones(1, 30)
    for found, truth in ((nothing, TRUTH[:1]), (TRUTH[:1], nothing)):
        for one in agreement(found, truth, AMPLITUDE[:1]):
            if one.measure == "size" and found is nothing:
                assert one.scores.tolist() == [0.0]
            else:
                assert math.isnan(float(one.scores)), one.measure
                assert one.reason
    constant = _measured(flat, TRUTH[:1])
    assert math.isnan(constant["rank"][0])
    assert constant["outside"] == pytest.approx([1 / 3])
    assert math.isnan(_measured(flat, flat)["outside"][0])


def test_a_lead_has_its_share_of_the_size_of_a_map_and_more_or_less_than_the_truth() -> None:
    found, truth = torch.zeros(2, 12, 10), torch.zeros(2, 12, 10)
    found[0, 3], found[0, 5] = -1.0, 3.0
    truth[:, 3], truth[:, 0] = 2.0, -2.0
    share, excess = share_of_lead(found, truth, 3)
    assert float(share.scores[0]) == pytest.approx(0.25)
    assert float(excess.scores[0]) == pytest.approx(-0.25)
    assert math.isnan(float(share.scores[1]))
    assert math.isnan(float(excess.scores[1]))
