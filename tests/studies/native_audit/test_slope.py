"""Question 3a: W of a linear net is its gradient; that of a bent one is written out."""

import numpy as np
import pytest

from tests.closed_forms import TwoLinear
from tests.studies.native_audit.audited_nets import Bent, BiasOnly, audited, by_name, scores
from xai_bench.studies.native_audit.slope import slope


def test_the_weights_of_a_linear_net_are_its_gradient() -> None:
    found = by_name(slope(audited(TwoLinear())))
    for quantity in ("gradient_cosine", "gradient_cosine_centred", "gradient_ratio"):
        assert found[quantity, "native"].value == pytest.approx(1, abs=1e-6)


def test_the_weights_of_a_bent_net_are_not() -> None:
    net = Bent()
    given = audited(net)
    estimates = list(slope(given))
    cosines = []
    for row, z in enumerate(given.z.double().numpy()):
        W, _, g = net.literal(z)
        cosine = (W * g).sum() / np.sqrt((W**2).sum() * (g**2).sum())
        Wc, gc = (x - x.mean(axis=1, keepdims=True) for x in (W, g))
        without = (Wc * gc).sum() / np.sqrt((Wc**2).sum() * (gc**2).sum())
        assert scores(estimates, "gradient_cosine")[row] == pytest.approx(cosine, abs=1e-4)
        assert scores(estimates, "gradient_cosine_centred")[row] == pytest.approx(without, abs=1e-4)
        ratio = np.sqrt((g**2).sum() / (W**2).sum())
        assert scores(estimates, "gradient_ratio")[row] == pytest.approx(ratio, rel=1e-3)
        cosines.append(cosine)
    assert min(cosines) < 0.99


def test_weights_of_zero_have_no_direction() -> None:
    found = by_name(slope(audited(BiasOnly(), n=2)))
    assert found["gradient_cosine", "native"].reason == "W or gradient is zero"
