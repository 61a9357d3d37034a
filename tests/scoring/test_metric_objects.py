"""Whatever can be a metric: names, functions of a case, scorers, instances of Quantus."""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np
import pytest
import quantus
import torch
from torch import Tensor

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from tests.scoring.cases import case, value
from xai_bench import metric as describe
from xai_bench import score
from xai_bench.cards import MetricCard
from xai_bench.errors import CardError, InputError, UnknownNameError
from xai_bench.presets import PRESETS
from xai_bench.scoring import (
    Case,
    MetricObject,
    Scorer,
    Scores,
    Unscorable,
    build_scorer,
    depends_on_machine,
    engine_of,
    find_metrics,
)
from xai_bench.scoring.engine.base import scored
from xai_bench.zoo import Metric, Zoo

ZOO = Zoo()
QUIET: dict[str, Any] = {"disable_warnings": True, "display_progressbar": False}


def share_of_v1(case: Case) -> Tensor:
    """How much of |a| is in V1."""
    a = case.attribution.abs()
    return a[:, 6].sum(dim=1) / a.sum(dim=(1, 2))


def largest(case: Case) -> list[float]:
    return [float(one.max()) for one in case.attribution]


@final
class HalfMass(Scorer):
    """Share of |a| in the first half."""

    def score(self, case: Case) -> Scores:
        a = case.attribution.abs().double().sum(dim=1)
        return scored(a[:, : a.shape[1] // 2].sum(dim=1) / a.sum(dim=1))


def _one(metrics: Any) -> MetricObject:
    (found,) = find_metrics(metrics, ZOO)
    assert isinstance(found, MetricObject)
    return found


def test_everything_can_be_mixed_and_stands_in_the_order_of_families() -> None:
    described = describe(better="lower", family="localisation")(share_of_v1)
    found = find_metrics(
        [described, quantus.Sparseness(**QUIET), "mprt", largest, {"half": HalfMass()}, "mprt"], ZOO
    )
    assert [(one.name, one.family) for one in found] == [
        ("half", "faithfulness"),
        ("largest", "faithfulness"),
        ("mprt", "randomisation"),
        ("quantus_sparseness", "complexity"),
        ("share_of_v1", "localisation"),
    ]
    assert [one.name for one in find_metrics("complexity,mprt", ZOO)] == [
        one.name for one in ZOO.metrics("complexity,mprt")
    ]


def test_core_is_a_group_of_one_or_two_of_each_family() -> None:
    found = find_metrics(["core"], ZOO)
    assert {one.name for one in found} == set(PRESETS.metrics.core)
    assert {one.family for one in found} == {one.family for one in ZOO.metrics()}
    assert [one.name for one in ZOO.metrics("core")] == [one.name for one in found]


def test_a_function_of_a_case_is_taken_as_better_when_higher_and_says_so() -> None:
    found = _one(share_of_v1)
    assert (found.better, found.label, found.unit) == ("higher", "share of v1", "")
    assert found.card.summary == "How much of |a| is in V1."
    assert found.card.note.startswith("Nothing was said of it, so it is taken as better when hi")
    assert engine_of(found, "auto") == engine_of(found, "quantus") == "own"
    assert not depends_on_machine(found)
    given = case()
    a = given.attribution[0].abs()
    assert value(build_scorer(found), given) == pytest.approx(float(a[6].sum() / a.sum()))


def test_what_is_said_of_a_metric_stands_in_its_card() -> None:
    @describe(better="lower", family="complexity", label="share of V1", unit="%", name="v1")
    def in_v1(case: Case) -> Tensor:
        return share_of_v1(case)

    assert (in_v1.name, in_v1.family, in_v1.better) == ("v1", "complexity", "lower")
    assert (in_v1.label, in_v1.unit, in_v1.card.note) == ("share of V1", "%", "")
    assert find_metrics(in_v1, ZOO) == [in_v1]
    assert _one({"other": in_v1}).name == "other"
    half = describe(better="lower", family="complexity")(HalfMass())
    assert (half.name, half.card.summary) == ("half_mass", "Share of |a| in the first half.")
    with pytest.raises(InputError, match="no family 'beauty' of metrics; there are faithfulness"):
        describe(better="lower", family="beauty")


def test_the_card_holds_the_content() -> None:
    def change(k: float) -> Any:
        def of_case(case: Case) -> Tensor:
            return k * share_of_v1(case)

        return of_case

    one, same, other = (_one({"mine": change(k)}).card for k in (1.0, 1.0, 2.0))
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()
    assert MetricCard.model_validate(one.model_dump()) == one
    assert _one(share_of_v1).reusable
    generator = torch.Generator()
    assert not _one({"mine": lambda case: [float(generator.initial_seed())]}).reusable
    default, step = (
        _one(quantus.FaithfulnessCorrelation(nr_runs=runs, **QUIET)) for runs in (100, 50)
    )
    assert default.reusable
    assert default.card.fingerprint() != step.card.fingerprint()
    used = quantus.FaithfulnessCorrelation(nr_runs=100, **QUIET)
    used.evaluation_scores = [1.0]
    assert _one(used).card == default.card, "what it computed before is none of its settings"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda case: 1.0, r"returned the shape \(\) for 2 recordings; return one number for each"),
        (lambda case: [1.0], r"returned the shape \(1,\) for 2 recordings"),
        (lambda case: case.attribution, r"returned the shape \(2, 12, 1000\) for 2"),
        (lambda case: case.nothing, "failed: AttributeError: "),
        (lambda case: ["much", "little"], "failed: ValueError: "),
    ],
)
def test_a_function_that_returns_no_numbers_is_named(function: Any, message: str) -> None:
    found = _one({"mine": function})
    two = case(attribution=torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0)))
    with pytest.raises(InputError, match=f"metric 'mine' {message}") as error:
        build_scorer(found).score(two)
    assert "\n" not in str(error.value)


def test_a_recording_may_have_no_score() -> None:
    def undefined(case: Case) -> Any:
        raise Unscorable("asked for the moon")

    def partly(case: Case) -> Any:
        return [np.nan, 2.0]

    table = score(
        closed_form(Linear()), recordings(2), "saliency", metrics=[undefined, partly]
    ).set_index(["metric", "record_id"])
    assert set(table.reason["undefined"]) == {"asked for the moon"}
    assert table.reason["partly"].tolist() == ["partly is not finite", ""]
    assert table.score["partly", "r1"] == 2


def test_draws_of_a_function_do_not_depend_on_the_block() -> None:
    def drawn(case: Case) -> Any:
        return np.random.rand(len(case.block))

    model, given = closed_form(Linear()), recordings(3)
    together = score(model, given, "saliency", metrics=drawn)
    alone = score(model, given[[2]], "saliency", metrics=drawn)
    assert together.score[2] == alone.score[0]
    assert together.score.nunique() == 3


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ({"sparseness": share_of_v1}, "there is a metric 'sparseness' already; name yours"),
        ([{"a": share_of_v1}, {"a": largest}], "two metrics are called 'a'"),
        ([quantus.Sparseness(**QUIET), quantus.Sparseness(abs=False, **QUIET)], "two metrics are"),
        ([lambda case: [1.0]], "without a name was given; name it: {'my-metric': ...}"),
        ([HalfMass], "HalfMass is no metric; give a name, a function of a case"),
        ([quantus.Sparseness], "Sparseness is no metric"),
        ([Linear()], "Linear is no metric"),
        ([3], "int is no metric"),
        ([quantus.MPRT(**QUIET)], "quantus.MPRT sees no more than log-odds here"),
        ([quantus.ROAD(**QUIET)], "take road instead"),
    ],
)
def test_what_cannot_be_a_metric(metrics: Any, message: str) -> None:
    with pytest.raises(InputError) as found:
        find_metrics(metrics, ZOO)
    assert message in str(found.value)


def test_a_name_that_nothing_has_is_unknown() -> None:
    with pytest.raises(UnknownNameError, match="no metric 'sparsenes'. Did you mean 'sparseness'"):
        find_metrics([share_of_v1, "sparsenes"], ZOO)


def test_an_instance_of_quantus_brings_its_direction_and_family() -> None:
    found = {
        one.name: (one.family, one.better)
        for one in find_metrics(
            [
                quantus.MaxSensitivity(**QUIET),
                quantus.Completeness(**QUIET),
                quantus.PixelFlipping(**QUIET),
                quantus.TopKIntersection(**QUIET),
            ],
            ZOO,
        )
    }
    assert found == {
        "quantus_max_sensitivity": ("stability", "lower"),
        "quantus_completeness": ("axiomatic", "higher"),
        "quantus_pixel_flipping": ("faithfulness", "lower"),
        "quantus_top_k_intersection": ("localisation", "higher"),
    }

    class Mine(quantus.Sparseness):  # type: ignore[misc]
        score_direction = None

    with pytest.raises(InputError, match=r'say it: xb.metric\(better="lower", family='):
        find_metrics(Mine(**QUIET), ZOO)
    mine = describe(better="lower", family="complexity")(Mine(**QUIET))
    assert (mine.name, mine.better) == ("quantus_mine", "lower")


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        (quantus.Sparseness(**QUIET), "complexity/sparseness"),
        (quantus.EffectiveComplexity(eps=0.01, **QUIET), "effective_complexity"),
        (
            quantus.FaithfulnessEstimate(
                perturb_baseline=0.0, features_in_step=500, abs=False, normalise=False, **QUIET
            ),
            "faithfulness_estimate",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_an_instance_scores_as_the_card_of_the_same_settings(instance: Any, name: str) -> None:
    given = case()
    (card,) = ZOO.metrics(name)
    assert value(build_scorer(_one(instance)), given) == pytest.approx(
        value(build_scorer(card, "quantus"), given), rel=1e-9
    )


def test_stability_of_an_instance_is_in_z() -> None:
    """Of a linear model, whose attribution is w z: the largest ||w (z' - z)|| / ||w z||, z' what
    Quantus itself makes of z by uniform noise."""
    given = case()
    noisy: list[np.ndarray] = []

    def perturb(arr: np.ndarray, **_: Any) -> np.ndarray:
        changed: np.ndarray = arr + np.random.uniform(-0.2, 0.2, arr.shape).astype(arr.dtype)
        noisy.append(changed)
        return changed

    instance = quantus.MaxSensitivity(nr_samples=3, perturb_func=perturb, **QUIET)
    found = value(build_scorer(_one(instance)), given)
    w, a = given.block.model.net.get_parameter("w"), given.attribution[0]
    changes = [w * torch.from_numpy(one).reshape(a.shape) - a for one in noisy]
    assert len(noisy) == 3
    assert found == pytest.approx(max(float(c.norm() / a.norm()) for c in changes), rel=1e-4)


def test_localisation_of_an_instance_reads_planted_evidence() -> None:
    evidence = torch.zeros(1, 12, 1000, dtype=torch.bool)
    evidence[0, 7, 100:160] = True
    given = case(evidence=evidence)
    mass = value(build_scorer(_one(quantus.RelevanceMassAccuracy(abs=True, **QUIET))), given)
    a = given.attribution[0].abs()
    assert mass == pytest.approx(float(a[evidence[0]].sum() / a.sum()), rel=1e-5)
    with pytest.raises(Unscorable, match="no pathology was planted in this recording"):
        value(build_scorer(_one(quantus.RelevanceMassAccuracy(**QUIET))), case())


def test_what_quantus_cannot_do_with_twelve_leads_is_a_reason() -> None:
    with pytest.raises(Unscorable, match="Quantus: "):
        value(build_scorer(_one(quantus.NonSensitivity(features_in_step=1000, **QUIET))), case())


CODE = '''
def v1(case):
    """Share of V1."""
    a = case.attribution.abs()
    return a[:, 6].sum(dim=1) / a.sum(dim=(1, 2))

sparseness = v1
'''


def _own(folder: Path, place: str, **options: Any) -> Zoo:
    file = folder / "metrics" / place
    file.parent.mkdir(parents=True)
    file.write_text(CODE)
    return Zoo(folder, **options)


def test_metrics_of_a_zoo_are_found_by_name_family_and_all(tmp_path: Path) -> None:
    zoo = _own(tmp_path, "complexity/v1.py", allow_code=True)
    for names in ("v1", "complexity/v1", "complexity", "all"):
        found = {one.name: one for one in find_metrics(names, zoo)}
        assert found["v1"].family == "complexity"
        assert found["v1"].card.summary == "Share of V1."
    assert len(find_metrics("complexity", zoo)) == len(ZOO.metrics("complexity")) + 1
    table = score(closed_form(Linear()), recordings(1), "saliency", metrics="v1", zoo=zoo)
    assert table.metric.tolist() == ["v1"]


def test_code_that_is_not_allowed_or_has_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="--allow-code"):
        find_metrics("v1", _own(tmp_path / "a", "complexity/v1.py"))
    taken = _own(tmp_path / "b", "complexity/sparseness.py", allow_code=True)
    with pytest.raises(CardError, match="two metrics are called 'sparseness'"):
        find_metrics("sparseness", taken)


def test_a_card_goes_before_its_name() -> None:
    (card,) = ZOO.metrics("clutter")
    mine = Metric(name="clutter", family="complexity", card=card.card)
    (found,) = find_metrics(["clutter", mine], ZOO)
    assert found is mine


def test_code_beside_a_card_is_the_card_s(tmp_path: Path) -> None:
    zoo = _own(tmp_path, "complexity/v1.py", allow_code=True)
    card = Path(__file__).parents[2] / "metrics/complexity/clutter.toml"
    (tmp_path / "metrics/complexity/v1.toml").write_text(card.read_text())
    (found,) = find_metrics("v1", zoo)
    assert not isinstance(found, MetricObject)
