"""Classifiers of scikit-learn as models: what they answer, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import xai_bench as xb
from xai_bench.errors import InputError
from xai_bench.methods import find_methods
from xai_bench.methods.attribute import make_batch
from xai_bench.models import Model
from xai_bench.models.estimator import LEAST_PROBABILITY, EstimatorNet
from xai_bench.results.cells import read_cell
from xai_bench.types import Recordings

LEADS = ["MLII", "V1"]
SAMPLES = 40


def beats(classes: tuple[str, ...] = ("N", "V"), count: int = 60) -> Recordings:
    """White noise of 0.2 mV, and a bump of a height that the class decides."""
    rng = np.random.default_rng(0)
    signal = 0.2 * rng.standard_normal((count, 2, SAMPLES))
    labels = [classes[k % len(classes)] for k in range(count)]
    for one, label in zip(signal, labels, strict=True):
        one[0, 10:20] += 0.3 * classes.index(label)
    return xb.recordings(signal, rate_hz=40, leads=LEADS, as_named=True, labels=labels)


GIVEN = beats()
TABLE = GIVEN.signal.reshape(len(GIVEN), -1)
TRUTH = [next(iter(labels)) for labels in GIVEN.labels or ()]


def wrapped(estimator: Any, classes: list[str] | None = None, **settings: Any) -> Model:
    return xb.wrap(estimator, classes or ["N", "V"], rate_hz=40, seconds=1, leads=LEADS, **settings)


@pytest.fixture(scope="module")
def logistic() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, TRUTH)


def log_odds(model: Any, recordings: Recordings, target: int = 1) -> np.ndarray:
    z = model.normalise(torch.from_numpy(recordings.signal))
    return np.asarray(model.log_odds(z, target).numpy())


def test_log_odds_are_those_of_the_estimator(logistic: Pipeline) -> None:
    model = wrapped(logistic)
    np.testing.assert_allclose(log_odds(model, GIVEN), logistic.decision_function(TABLE), rtol=1e-4)


def test_classes_are_matched_by_name_and_not_by_order(logistic: Pipeline) -> None:
    turned, detector = wrapped(logistic, ["V", "N"]), wrapped(logistic, ["V"])
    expected = logistic.decision_function(TABLE)
    np.testing.assert_allclose(log_odds(turned, GIVEN), -expected, rtol=1e-4)
    np.testing.assert_allclose(log_odds(detector, GIVEN), expected, rtol=1e-4)
    svm = LinearSVC().fit(TABLE, TRUTH)
    np.testing.assert_allclose(log_odds(wrapped(svm), GIVEN), svm.decision_function(TABLE), 1e-4)
    np.testing.assert_allclose(
        log_odds(wrapped(svm, ["V", "N"]), GIVEN), -svm.decision_function(TABLE), 1e-4
    )


@pytest.mark.parametrize("numbers", [(0, 1), (False, True), (-1, 1)])
def test_numbered_classes_are_in_the_order_of_the_names(numbers: tuple[Any, Any]) -> None:
    fitted = LogisticRegression().fit(TABLE, [numbers[label == "V"] for label in TRUTH])
    expected = fitted.decision_function(TABLE)
    np.testing.assert_allclose(log_odds(wrapped(fitted), GIVEN), expected, rtol=1e-4)


def test_three_classes_are_a_softmax() -> None:
    classes = ("F", "N", "V")
    given = beats(classes)
    labels = [next(iter(one)) for one in given.labels or ()]
    fitted = LogisticRegression().fit(given.signal.reshape(len(given), -1), labels)
    model = wrapped(fitted, ["N", "V", "F"])
    p = fitted.predict_proba(given.signal.reshape(len(given), -1))[:, 2]
    np.testing.assert_allclose(log_odds(model, given), np.log(p / (1 - p)), rtol=1e-3, atol=1e-4)


def test_a_forest_that_is_sure_has_finite_log_odds() -> None:
    forest = RandomForestClassifier(5, random_state=0).fit(TABLE, TRUTH)
    found = log_odds(wrapped(forest), GIVEN)
    assert forest.predict_proba(TABLE).max() == 1
    most = np.log((1 - LEAST_PROBABILITY) / LEAST_PROBABILITY)
    assert found.max() == pytest.approx(most, rel=1e-4)


def test_features_are_what_it_reads() -> None:
    def bump(z: np.ndarray, rate_hz: float) -> np.ndarray:
        begin, end = int(0.25 * rate_hz), int(0.5 * rate_hz)
        return np.stack([z[:, 0, begin:end].mean(axis=1), z.std(axis=(1, 2))], axis=1)

    fitted = LogisticRegression().fit(bump(GIVEN.signal, 40.0), TRUTH)
    model = wrapped(fitted, features=bump)
    expected = fitted.decision_function(bump(GIVEN.signal, 40.0))
    np.testing.assert_allclose(log_odds(model, GIVEN), expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(InputError, match=r"features= makes \(3,\) of 3 recordings; wanted is a"):
        wrapped(fitted, features=lambda z, _: z[:, 0, 0])


@pytest.mark.parametrize("method", ["permutation-shap", "kernelshap", "shapley-sampling"])
def test_shapley_values_of_a_linear_classifier_are_known(method: str) -> None:
    """Those of a region are the sums of w * x over it: nothing interacts."""
    fitted = LogisticRegression().fit(TABLE, TRUTH)
    found = xb.attribute(wrapped(fitted), GIVEN[:2], method, target="V").values
    exact = (fitted.coef_[0].reshape(2, SAMPLES) * GIVEN[:2].signal).reshape(2, 2, 10, -1).sum(3)
    regions = found.reshape(2, 2, 10, -1).sum(axis=3)
    np.testing.assert_allclose(regions, exact, atol=1e-4)


def test_methods_that_need_a_gradient_say_that_it_has_none(logistic: Pipeline) -> None:
    model = wrapped(logistic, name="lr")
    (saliency, deeplift, untrained) = find_methods("saliency,deeplift,occlusion@untrained")
    said = "'lr' has none at its input: a classifier of scikit-learn answers"
    for method in (saliency, deeplift):
        reason = method.unsupported(model, evidence=False)
        assert reason is not None
        assert reason.startswith(f"{method.name} needs a gradient; {said}")
    expected = "occlusion@untrained needs a net to draw anew, and 'lr' was fitted elsewhere"
    assert untrained.unsupported(model, evidence=False) == expected
    with pytest.raises(InputError, match="was fitted elsewhere"):
        _ = model.untrained


def test_it_is_a_copy_and_what_it_is_made_of_is_known(logistic: Pipeline) -> None:
    fitted = LogisticRegression().fit(TABLE, TRUTH)
    model, again = wrapped(fitted), wrapped(LogisticRegression().fit(TABLE, TRUTH))
    before = log_odds(model, GIVEN)
    fitted.coef_ *= -1
    np.testing.assert_array_equal(log_odds(model, GIVEN), before)
    assert model.content == again.content is not None
    assert wrapped(fitted).content != model.content
    trees = HistGradientBoostingClassifier(max_iter=2).fit(TABLE, TRUTH)
    assert wrapped(trees).content is None, "its state is not seen"


@pytest.mark.parametrize(
    ("estimator", "settings", "said"),
    [
        (LogisticRegression(), {}, "LogisticRegression is not fitted, or no classifier"),
        (
            LinearRegression(),
            {},
            "or a fitted classifier of scikit-learn, not Linear",
        ),
        (LogisticRegression, {}, "not LogisticRegression; no class"),
        (LogisticRegression().fit(TABLE, TRUTH), {"multilabel": True}, "has no multilabel="),
        (LogisticRegression().fit(TABLE, TRUTH), {"window_seconds": 0.5}, "or window_seconds="),
        (
            LogisticRegression().fit(TABLE, ["a" if one == "N" else "b" for one in TRUTH]),
            {},
            "tells apart a, b, and classes= names N, V",
        ),
        (LogisticRegression().fit(TABLE[:, 1:], TRUTH), {}, "does not read 2 leads x 40 samples"),
        (torch.nn.Flatten(), {"features": lambda z, _: z}, "features= is of classifiers"),
    ],
)
def test_what_cannot_be_wrapped_is_refused(
    estimator: Any, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        wrapped(estimator, **settings)


@pytest.mark.slow
def test_check_and_run_are_honest_about_it(logistic: Pipeline, tmp_path: Any) -> None:
    model = wrapped(logistic, name="lr")
    found = {one.name: one for one in xb.check(model=model, data=GIVEN, n=4).findings}
    assert found["gradients reach the input"].status == "remark"
    assert found["alone as in company"].status == "ok"
    assert found["training made a difference"].status == "not asked"
    assert "methods that need one are skipped" in found["gradients reach the input"].text
    asked = "occlusion,saliency,occlusion@untrained"
    done = xb.run(
        *(model, asked), data=GIVEN, n=4, metrics="deletion,mprt", out=tmp_path, workers=1
    )
    cells = {cell.method: cell for cell in map(read_cell, done.cells)}
    assert cells["saliency"].status == cells["occlusion@untrained"].status == "skipped"
    of_occlusion = cells["occlusion"].scores
    assert of_occlusion is not None
    scores = of_occlusion.set_index("metric")
    assert (scores.loc["deletion"].status == "ok").all()
    assert set(scores.loc["mprt"].reason) == {"the net has no weights that could be randomised"}


def test_no_batch_is_needed() -> None:
    """A net alone, which is what every forward pass calls."""
    fitted = LogisticRegression().fit(TABLE, TRUTH)
    net = EstimatorNet(fitted, ("N", "V"), rate_hz=40, features=None, name="lr")
    batch = make_batch(wrapped(fitted), GIVEN[:3], target="V")
    assert net(batch.z).shape == (3, 1)
    assert net(batch.z.double()).dtype == torch.float64
