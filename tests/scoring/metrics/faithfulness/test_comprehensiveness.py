"""Comprehensiveness and sufficiency, written out."""

from __future__ import annotations

import numpy as np

from tests.scoring.written_out import Recording, agree, largest, m, two, without
from xai_bench.scoring.metrics.faithfulness.comprehensiveness import Comprehensiveness, Sufficiency

PERCENT = (1, 5, 50)
COUNTS = (120, 600, 6000)


def test_comprehensiveness() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        return float(np.mean([m(z) - m(without(z, order[:n])) for n in COUNTS]))

    agree(Comprehensiveness(percent=PERCENT), two(), written_out)


def test_sufficiency() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        return float(np.mean([m(z) - m(without(z, order[n:])) for n in COUNTS]))

    agree(Sufficiency(percent=PERCENT), two(), written_out)
