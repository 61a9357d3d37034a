"""METRIC@BASELINE: the same card, removing to another baseline, against curves written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import Detached, Linear, Quadratic, closed_form
from tests.scoring.cases import case
from tests.scoring.written_out import Recording, W, largest, m
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods.baseline_recordings import Against
from xai_bench.methods.gradients import IntegratedGradients
from xai_bench.nets.base import Net
from xai_bench.scoring import Case, build_scorer, find_metrics
from xai_bench.scoring.engine.base import Removal, evaluate
from xai_bench.scoring.other_baselines import takes_baseline
from xai_bench.zoo import Zoo

TWIN = torch.randn(2, *W.shape, generator=torch.Generator().manual_seed(21)) / 2


def two_with_twins(twin: torch.Tensor = TWIN, *, net: type[Net] = Quadratic) -> Case:
    attribution = torch.randn(2, *W.shape, generator=torch.Generator().manual_seed(8))
    return case(model=closed_form(net()), attribution=attribution, twin=twin)


def scores(name: str, given: Case) -> list[float]:
    (metric,) = find_metrics(name, Zoo())
    found = evaluate(build_scorer(metric), given)
    assert found.reason_of_each() == ("",) * 2
    return found.values.tolist()


def at(z: Recording, twin: Recording, gone: list[tuple[int, int]]) -> Recording:
    changed = z.copy()
    for place in gone:
        changed[place] = twin[place]
    return changed


def written_out(given: Case, score: Callable[[Recording, Recording, Recording], float]) -> object:
    rows = zip(given.block.z, given.attribution, TWIN, strict=True)
    expected = [score(*(one.double().numpy() for one in row)) for row in rows]
    return pytest.approx(expected, abs=2e-5)


def test_comprehensiveness_and_sufficiency() -> None:
    given, counts = two_with_twins(), [W.size * share // 100 for share in (1, 5, 10, 20, 50)]

    def comprehensiveness(z: Recording, a: Recording, twin: Recording) -> float:
        order = largest(a)
        return float(np.mean([m(z) - m(at(z, twin, order[:n])) for n in counts]))

    def sufficiency(z: Recording, a: Recording, twin: Recording) -> float:
        order = largest(a)
        return float(np.mean([m(z) - m(at(z, twin, order[n:])) for n in counts]))

    assert scores("comprehensiveness@twin", given) == written_out(given, comprehensiveness)
    assert scores("sufficiency@twin", given) == written_out(given, sufficiency)


@pytest.mark.parametrize("order", ["morf", "lerf"])
def test_windows_go_one_after_the_other(order: str) -> None:
    """A card of Quantus, whose fast scorer takes the baseline."""
    given, name = two_with_twins(), f"region_perturbation{'' if order == 'morf' else '_lerf'}"

    def written(z: Recording, a: Recording, twin: Recording) -> float:
        windows = a.reshape(12, 20, 50).sum(axis=(0, 2))
        ranked = np.argsort(-windows if order == "morf" else windows, kind="stable")
        left, falls = z.copy(), []
        for window in ranked:
            left[:, window * 50 : window * 50 + 50] = twin[:, window * 50 : window * 50 + 50]
            falls.append(m(z) - m(left))
        return float(np.mean(falls))

    assert scores(f"{name}@twin", given) == written_out(given, written)


def test_curves_end_at_the_baseline() -> None:
    """Of a net without information in z - twin nothing changes: the areas are m(z)."""
    given = two_with_twins()
    still = two_with_twins(-given.block.z)  # m is even
    expected = given.block.log_odds().tolist()
    (falling,) = find_metrics("pixel_flipping@twin", Zoo())
    (rising,) = find_metrics("insertion_log_odds@twin", Zoo())
    for metric in (falling, rising):
        found = evaluate(build_scorer(metric), still).values.tolist()
        assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow_but_one
@pytest.mark.parametrize("net", [Linear, Detached])
@pytest.mark.parametrize("name", ["faithfulness_correlation", "infidelity", "sensitivity_n"])
def test_what_each_sample_alone_does_foretells_all_sets(name: str, net: type[Net]) -> None:
    """Of nets without interactions. Linear: the gradient foretells all; Detached: there is none."""
    given = two_with_twins(net=net)
    w, z = torch.from_numpy(W).float(), given.block.z
    if net is Linear:
        effect = given.block.model.net.get_parameter("w") * (z - TWIN)
    else:
        effect = w * (z.square() - TWIN.square()) / 2
    exact = replace(given, attribution=effect)
    perfect = 0.0 if name == "infidelity" else 1.0
    assert scores(f"{name}@twin", exact) == pytest.approx([perfect] * 2, abs=2e-3)
    of_zero = scores(name, exact)
    assert min(of_zero) > 0.02 if name == "infidelity" else max(of_zero) < 0.97


def test_a_recording_that_is_its_own_baseline_has_no_score() -> None:
    own = two_with_twins()
    given = two_with_twins(torch.stack([own.block.z[0], TWIN[1]]))
    for name in ("comprehensiveness@twin", "irof@twin", "infidelity_scaled@twin"):
        (metric,) = find_metrics(name, Zoo())
        found = evaluate(build_scorer(metric), given)
        assert found.reason_of_each() == ("the recording is its own baseline, twin", "")


def test_where_no_recording_has_the_baseline_none_has_a_score() -> None:
    given = case(attribution=torch.randn(2, *W.shape))
    for name, why in (("deletion@twin", "healthy twins"), ("deletion@median-beat", "waves")):
        (metric,) = find_metrics(name, Zoo())
        assert (
            evaluate(build_scorer(metric), given).reason_of_each()
            == (f"this dataset has no {why}",) * 2
        )


def test_completeness_is_of_the_methods_own_baseline() -> None:
    model = closed_form(Quadratic())
    for baseline in ("twin", "white-noise"):
        method = Against(IntegratedGradients("ig", steps=32), baseline)
        given = case(model=model, method=method, attribution=torch.zeros(1, 12, 1000))
        seeds = given.block.seeds(method.name)
        batch = replace(given.block.batch, twin=TWIN[:1], seeds=seeds)
        block = replace(given.block, batch=batch)
        made = Case(block=block, method=method, attribution=method.attribute(model, batch))
        (metric,) = find_metrics("completeness", Zoo())
        assert evaluate(build_scorer(metric), made).values.item() < 1e-4


def test_names_and_cards() -> None:
    (made,) = find_metrics("region_perturbation@typical-beat", Zoo())
    (plain,) = find_metrics("region_perturbation", Zoo())
    assert (made.name, made.family) == ("region_perturbation@typical-beat", "faithfulness")
    assert made.card.params == {**plain.card.fast.params, "baseline": "typical-beat"}  # type: ignore[union-attr]
    assert made.card.quantus is None
    assert made.card.fingerprint() != plain.card.fingerprint()
    assert find_metrics("region_perturbation@zero", Zoo()) == [plain]


def test_which_metrics_take_a_baseline() -> None:
    own = {"road", "monotonicity_correlation", "aucse", "turbe_f", "twin_patching"}
    for metric in Zoo().every_metric():
        takes = metric.family == "faithfulness" and metric.name not in own
        assert takes_baseline(metric) is takes, metric.name
        if takes:
            scorer = build_scorer(metric)
            assert isinstance(scorer, Removal)
            assert scorer.baseline == "zero"


@pytest.mark.parametrize("name", ["road", "mprt", "completeness"])
def test_a_metric_without_a_baseline_has_no_other(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} removes no samples"):
        find_metrics(f"{name}@twin", Zoo())


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'twin'"):
        find_metrics("deletion@twni", Zoo())
    with pytest.raises(InputError, match="name one metric before the @"):
        find_metrics("core@twin", Zoo())
