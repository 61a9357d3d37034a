"""Evidence is a threshold on the difference, lead by lead."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.evidence import EVIDENCE_MILLIVOLT, evidence


def test_both_signs_and_strictly_beyond() -> None:
    difference = np.zeros((12, 4))
    difference[3] = [0.11, -0.11, 0.1, -0.04]
    expected = np.zeros((12, 4), dtype=bool)
    expected[3, :2] = True
    assert EVIDENCE_MILLIVOLT == 0.1
    assert np.array_equal(evidence(difference), expected)
    expected[3, :] = True
    assert np.array_equal(evidence(difference, threshold=0.03), expected)
