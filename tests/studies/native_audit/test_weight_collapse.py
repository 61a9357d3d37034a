"""Question 5: one sample, all samples, and waves counted one by one."""

import math

import numpy as np
import pytest
import torch

from tests.closed_forms import TwoLinear
from tests.studies.native_audit.audited_nets import Energy, audited, by_name, scores
from xai_bench.studies.native_audit.weight_collapse import (
    SHOWN_WAVES,
    effective,
    participation,
    weight_collapse,
)
from xai_bench.types import WAVES


def test_one_part_has_all_or_all_have_the_same() -> None:
    one, even = torch.zeros(1, 40), torch.full((1, 40), 0.3)
    one[0, 7] = 2.0
    assert float(participation(one)) == pytest.approx(1 / 40)
    assert float(effective(one)) == pytest.approx(1)
    assert float(participation(even)) == pytest.approx(1)
    assert float(effective(even)) == pytest.approx(40)


def test_every_quantity_of_the_native_map_written_out() -> None:
    net = TwoLinear()
    given = audited(net, n=3)
    estimates = list(weight_collapse(given))
    contrast = (net.w[1] - net.w[0]).detach().double().numpy()
    waves = given.recordings.waves
    assert waves is not None
    for row, z in enumerate(given.z.double().numpy()):
        c = np.abs(contrast * z)
        shares: dict[str, float] = dict.fromkeys(SHOWN_WAVES, 0.0)
        for sample in range(1000):
            name = WAVES[waves[row, sample]]
            shares[name if name in shares else "rest"] += c[:, sample].sum() / c.sum()
        leads = c.sum(axis=1) / c.sum()
        flat = c.ravel() / c.sum()
        expected = {
            "top1_share": flat.max(),
            "participation": 1 / (flat.size * (flat**2).sum()),
            "effective_samples": math.exp(-sum(p * math.log(p) for p in flat if p)) / flat.size,
            "effective_leads": math.exp(-sum(p * math.log(p) for p in leads)),
            "effective_waves": math.exp(-sum(p * math.log(p) for p in shares.values() if p)),
            **{f"share_{name}": share for name, share in shares.items()},
        }
        for quantity, value in expected.items():
            assert scores(estimates, quantity)[row] == pytest.approx(value, rel=1e-4), quantity


def test_white_noise_is_spread_as_its_distribution_says() -> None:
    found = by_name(weight_collapse(audited(Energy(), n=4)))
    # (E|x|)^2 / E x^2 of a standard normal.
    assert found["participation", "random"].value == pytest.approx(2 / math.pi, abs=0.01)
    assert found["effective_leads", "random"].value == pytest.approx(12, abs=0.02)
    assert found["effective_leads", "gradcam"].reason.startswith("gradcam needs a cam_layer")
