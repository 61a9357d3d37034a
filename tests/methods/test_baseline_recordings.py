"""Baselines against what they are by definition, and methods that begin at them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, Quadratic, batch, closed_form, grid
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.generators import normal, seed_tensor
from xai_bench.methods import METHODS, Batch, find_methods, method_key
from xai_bench.methods.attribute import explain_batch
from xai_bench.methods.background import background_recordings
from xai_bench.methods.base import CannotExplain
from xai_bench.methods.baseline_recordings import make_baseline
from xai_bench.types import BASELINES, WAVES, is_control

MODEL = closed_form(Linear())
RATE, SAMPLES = 100, 1000


def beating(at: list[int], rows: int = 1) -> Batch:
    """White noise in which QRS of nine samples are known to be about some samples."""
    waves = torch.zeros(rows, SAMPLES, dtype=torch.int8)
    for middle in at:
        waves[:, max(middle - 4, 0) : middle + 5] = WAVES.index("QRS")
    return replace(batch(rows), find_waves=lambda: waves)


def test_zero_and_white_noise_are_what_they_are_called() -> None:
    given = batch(2)
    assert not make_baseline("zero", MODEL, given).any()
    drawn = make_baseline("white-noise", MODEL, given)
    expected = normal(seed_tensor([8]), (12, SAMPLES))[0]
    torch.testing.assert_close(drawn[1], expected, rtol=0, atol=0)


def test_the_twin_is_that_of_the_batch() -> None:
    given = replace(batch(2), twin=batch(2, seed=1).z)
    assert given.twin is not None
    assert make_baseline("twin", MODEL, given).equal(given.twin)
    with pytest.raises(CannotExplain, match="no healthy twins"):
        make_baseline("twin", MODEL, batch(2))


def test_the_median_beat_is_written_out() -> None:
    """Beats begin 0.24 s before the middle of their QRS; beyond both ends there is another."""
    at = [100, 180, 270, 350, 500]
    given = beating(at)
    z = given.z[0].numpy()
    every = [at[0] - 85, *at, at[-1] + 85]  # 85 samples are the median of 80, 90, 80, 150
    owner = [max([b for b in every if b - 24 <= t], default=every[0]) for t in range(SAMPLES)]
    since = np.arange(SAMPLES) - np.array(owner)
    expected = np.stack([np.median(z[:, since == s], axis=1) for s in since], axis=1)
    found = make_baseline("median-beat", MODEL, given)[0].numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


def test_a_recording_in_which_all_beats_are_alike_is_its_own_median_beat() -> None:
    given = beating(list(range(50, SAMPLES, 100)))
    periodic = given.z[:, :, :100].repeat(1, 1, 10)
    same = replace(given, z=periodic)
    assert make_baseline("median-beat", MODEL, same).equal(periodic)


@pytest.mark.parametrize("name", ["median-beat", "typical-beat"])
def test_a_recording_of_few_beats_is_its_own_baseline(name: str) -> None:
    given = beating([2, 300, 600, 998])  # those at the ends are not whole
    assert make_baseline(name, MODEL, given).equal(given.z)
    with pytest.raises(CannotExplain, match="no waves"):
        make_baseline(name, MODEL, batch(1))


def test_the_typical_beat_is_of_the_background_and_at_the_beats_of_the_recording() -> None:
    given = beating([100, 200, 310, 420, 500])
    found = make_baseline("typical-beat", MODEL, given)[0]
    other = make_baseline("typical-beat", MODEL, replace(given, z=given.z + 3))[0]
    assert found.equal(other), "nothing of the recording but its beats"
    assert found[:, 190:250].equal(found[:, 300:360])
    assert found[:, 190:250].equal(found[:, 410:470])
    recordings = background_recordings(MODEL.task, MODEL.rate_hz, MODEL.seconds)
    z, waves = MODEL.normalise(torch.from_numpy(recordings.signal)), np.asarray(recordings.waves)
    at_qrs = []
    for row in range(len(z)):
        labels = waves[row] == WAVES.index("QRS")
        edges = np.flatnonzero(np.diff(np.concatenate([[0], labels, [0]])))
        whole = [(a, b) for a, b in edges.reshape(-1, 2) if a > 0 and b < SAMPLES]
        at = [(a + b) // 2 for a, b in whole]
        usual = round(float(np.median(np.diff(at))))
        at = [one for one in (at[0] - usual, *at, at[-1] + usual) if 0 <= one < SAMPLES]
        at_qrs.append(np.median(z[row].numpy()[:, at], axis=1))
    np.testing.assert_allclose(found[:, 310], np.median(at_qrs, axis=0), atol=1e-6)


TAKES = [name for name, method in METHODS.items() if method.takes_baseline]
FAST = ["ig", "ig-16", "shap", "kernelshap", "lime", "rise", "deeplift", "feature-ablation"]


def test_which_methods_take_a_baseline() -> None:
    exact = {"lead-shapley", "temporal-shapley", "shapley-sampling", "permutation-shap"}
    assert set(TAKES) == {*FAST, *exact, "occlusion", "wave-ablation"}


@pytest.mark.slow_but_one
@pytest.mark.parametrize("name", [*FAST, "temporal-shapley", "occlusion"])
def test_a_linear_net_has_the_map_of_the_difference_from_the_baseline(name: str) -> None:
    """m(b + part of (z - b)) is m(part of (z - b)), but for a constant."""
    given, twin = batch(2), batch(2, seed=1).z
    (method,) = find_methods(f"{name}@twin")
    found = method.attribute(MODEL, replace(given, twin=twin))
    expected = METHODS[name].attribute(MODEL, replace(given, z=given.z - twin))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_integrated_gradients_of_a_quadratic_net_from_a_baseline() -> None:
    """The integral of w (b + a (z - b)) over a is w (z + b) / 2."""
    model, given, twin = closed_form(Quadratic()), batch(2), batch(2, seed=1).z
    (method,) = find_methods("ig-16@twin")
    w = model.net.get_parameter("w")
    expected = w * (given.z - twin) * (given.z + twin) / 2
    found = method.attribute(model, replace(given, twin=twin))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_shap_of_a_linear_net_has_the_sums_of_regions() -> None:
    given, twin = batch(1), batch(1, seed=1).z
    (method,) = find_methods("shap@twin")
    found = method.attribute(MODEL, replace(given, twin=twin))[0]
    exact = (MODEL.net.get_parameter("w") * (given.z - twin))[0]
    for region in range(0, 120, 7):
        of_region = grid(10) == region
        torch.testing.assert_close(
            found[of_region].sum(), exact[of_region].sum(), rtol=1e-3, atol=1e-4
        )


@pytest.mark.parametrize("baseline", BASELINES)
def test_sums_are_promised_from_the_baseline_and_checked(baseline: str) -> None:
    model = closed_form(Quadratic())
    given = replace(beating([100, 200, 300, 400], rows=2), twin=batch(2, seed=1).z, seeds=())
    methods = find_methods(f"ig@{baseline},feature-ablation@{baseline}")
    ig, ablation = explain_batch(model, given, methods, ("a", "b"), 0).values()
    assert bool((ig.residual < 1e-4).all())
    assert bool(ablation.residual.isnan().all())


def test_names() -> None:
    (method,) = find_methods("ig-16@twin")
    assert (method.name, method.control, method.passes) == ("ig-16@twin", False, 32)
    assert method_key(method) == "", "known by its name, as what is built in"
    assert find_methods("ig@zero") == find_methods("ig")
    assert not is_control("ig-16@twin")
    assert not is_control("shap@white-noise")
    assert is_control("ig-16@noise")
    assert is_control("ig-16@25%")
    assert method.unsupported(MODEL, evidence=False) == (
        "ig-16@twin needs recordings with planted evidence"
    )
    assert method.unsupported(MODEL, evidence=True) is None


@pytest.mark.parametrize("name", ["saliency", "native", "random", "expected-gradients"])
def test_a_method_without_a_baseline_has_no_other(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} has no baseline that could be another"):
        find_methods(f"{name}@twin")


def test_an_unknown_baseline_is_named() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'twin'"):
        find_methods("ig@twni")
