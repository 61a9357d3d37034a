"""Question 3: W of a linear net is its gradient; frozen and true drops of segments, one by one."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from tests.closed_forms import TwoLinear
from tests.studies.native_audit.audited_nets import Bent, BiasOnly, audited, by_name, scores
from xai_bench.studies.native_audit.slope_and_removal import TOP, dependence, removal, slope


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


def test_frozen_drops_of_a_linear_net_are_true() -> None:
    found = by_name(removal(audited(TwoLinear(), n=4)))
    for quantity in ("drop_rank", "drop_slope", *(f"top{k}_ratio" for k in TOP)):
        assert found[quantity, "native"].value == pytest.approx(1, abs=1e-3), quantity
    for quantity in ("dependence", *(f"top{k}_dependence" for k in TOP)):
        assert found[quantity, "native"].value == pytest.approx(0, abs=1e-3), quantity


def test_drops_of_a_bent_net_written_out() -> None:
    net = Bent()
    given = audited(net, n=3)
    made = list(removal(given))
    for row, z in enumerate(given.z.double().numpy()):
        sign = 1 if given.batch.target[row] == 1 else -1
        W, m, _ = net.literal(z)
        frozen, true = np.zeros((12, 20)), np.zeros((12, 20))
        for lead in range(12):
            for window in range(20):
                inside = slice(50 * window, 50 * window + 50)
                frozen[lead, window] = sign * (W * z)[lead, inside].sum()
                without = z.copy()
                without[lead, inside] = 0
                true[lead, window] = sign * (m - net.literal(without)[1])
        rank = spearmanr(frozen.ravel(), true.ravel()).statistic
        assert scores(made, "drop_rank")[row] == pytest.approx(rank, abs=1e-3)
        slope = (true * frozen).sum() / (frozen**2).sum()
        assert scores(made, "drop_slope")[row] == pytest.approx(slope, rel=1e-3)
        part = np.abs(true - frozen).sum() / (np.abs(true) + np.abs(frozen)).sum()
        assert scores(made, "dependence")[row] == pytest.approx(part, abs=1e-3)
        assert part > 0.01
        for count in TOP:
            top = np.argsort(-frozen.ravel())[:count]
            without = z.copy()
            for lead, window in zip(*np.unravel_index(top, frozen.shape), strict=True):
                without[lead, 50 * window : 50 * window + 50] = 0
            said, done = frozen.ravel()[top].sum(), sign * (m - net.literal(without)[1])
            assert scores(made, f"top{count}_frozen")[row] == pytest.approx(said, rel=1e-4)
            assert scores(made, f"top{count}_true")[row] == pytest.approx(done, rel=1e-3)
            assert scores(made, f"top{count}_ratio")[row] == pytest.approx(done / said, rel=1e-3)
            bound = abs(done - said) / (abs(done) + abs(said))
            assert scores(made, f"top{count}_dependence")[row] == pytest.approx(bound, abs=1e-3)


def test_sizes_are_asked_only_of_methods_whose_values_are_log_odds() -> None:
    found = by_name(removal(audited(TwoLinear(), n=2)))
    for method in ("native", "input-x-gradient", "ig"):
        assert found["drop_slope", method].value == pytest.approx(1, abs=1e-3)
    for method in ("saliency", "random"):
        assert found["drop_slope", method].reason == "its values are not log-odds"
        assert np.isfinite(found["drop_rank", method].value)
        assert np.isfinite(found["top5_true", method].value)
    assert found["drop_rank", "gradcam"].reason == "gradcam needs a cam_layer in the model card"


@pytest.mark.parametrize(
    ("predicted", "true", "expected"),
    [
        ([1.0, -2.0], [1.0, -2.0], 0.0),
        ([1.0, -2.0], [-1.0, 2.0], 1.0),
        ([1.0, 0.0], [0.0, 3.0], 1.0),
        ([1.0, 1.0], [3.0, 1.0], 2 / 6),
    ],
)
def test_dependence(predicted: list[float], true: list[float], expected: float) -> None:
    found = dependence(torch.tensor([predicted]), torch.tensor([true]))
    assert float(found[0]) == pytest.approx(expected)
