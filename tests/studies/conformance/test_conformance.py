"""Every check finds the fault that it is for, and nothing in what is right."""

from __future__ import annotations

import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import xai_bench as xb
from tests.closed_forms import Linear
from tests.recordings import recordings
from tests.studies.conformance import faulty
from tests.tiny_zoo import write_model
from xai_bench.errors import InputError
from xai_bench.models.wrap import wrap
from xai_bench.scoring.metric_objects import metric
from xai_bench.studies.conformance import Conformance
from xai_bench.zoo import Zoo

GIVEN = recordings(6, evidence=True)
WRAPPED: dict[str, Any] = {"classes": ["NORM", "MI"], "rate_hz": 100, "data": GIVEN, "n": 4}


def _found(kind: Conformance) -> dict[str, tuple[str, str]]:
    return {one.name: (one.status, one.text) for one in kind.findings}


def _model(net: nn.Module, **changed: Any) -> Conformance:
    return xb.check(model=net, **(WRAPPED | changed))


def test_a_model_with_nothing_wrong() -> None:
    net = faulty.Plain()
    found = _model(net, cam_layer="conv")
    assert found.problems == (), found.problems
    said = _found(found)
    assert (found.kind, found.name) == ("model", "plain")
    assert said["methods apply"][1].startswith("30 of 36; not native, ")
    assert said["native weights are the net"] == ("not asked", "it writes no weights of its own")
    assert said["classifies"][0] == "not asked"
    assert all(parameter.grad is None for parameter in net.parameters())


def test_a_maximum_of_equal_values_is_no_mixing_of_recordings() -> None:
    status, text = _found(_model(faulty.TiedByRounding()))["alone as in company"]
    assert status == "remark"
    assert "not in float64: a maximum of values that are nearly equal" in text


def test_a_known_net_of_ones_own_and_one_whose_truth_is_wrong() -> None:
    right, wrong = (_found(_model(net)) for net in (faulty.Known(), faulty.HalfKnown()))
    for found in (right, wrong):
        assert found["classifies"][0] == "not asked"
    assert right["truth is the net"][0] == "ok"
    assert right["native weights are the net"][0] == "not asked"
    status, text = wrong["truth is the net"]
    assert status == "problem"
    assert text.startswith("the truth misses the log-odds less those of the zero recording by")
    assert _found(_model(faulty.Plain()))["truth is the net"][0] == "not asked"


@pytest.mark.parametrize(
    ("net", "name", "text"),
    [
        (faulty.BatchStatistics(), "alone as in company", "depends on the others in its batch"),
        (faulty.DropsAlways(), "repeatable", "has another answer each time"),
        (faulty.CutOff(), "gradients reach the input", "none for 4 of 4 recordings; detach()"),
        (faulty.TwoLogitsForOne(), "output shape", "(4, 3) for 4 recordings; return logits"),
        (faulty.NoNumber(), "weights are finite", "1 of the 648 values of 'net.conv.weight' are"),
        (faulty.Cancels(), "float32 as float64", "in float64: sums of very large and very small"),
    ],
)
def test_faults_of_a_net(net: nn.Module, name: str, text: str) -> None:
    found = _model(net)
    status, said = _found(found)[name]
    assert (status, text in said) == ("problem", True), said


def test_a_batch_norm_with_batch_statistics_is_said_in_percent() -> None:
    said = _found(_model(faulty.BatchStatistics()))["alone as in company"][1]
    assert "saliency by " in said
    assert "track_running_stats=True" in said


def test_answers_that_are_nan_for_some_recordings_are_counted() -> None:
    status, said = _found(_model(faulty.DividesByZero(), normalise="none"))["answers are finite"]
    assert status == "problem"
    assert "of 4 recordings" in said


def test_what_comes_first_is_mended_first() -> None:
    said = _found(_model(faulty.TwoLogitsForOne()))
    assert said["classifies"] == ("not asked", "'output shape' comes first")


@pytest.mark.parametrize(
    ("normalise", "name", "text"),
    [
        (faulty.through_numpy, "normalisation is differentiable", "stops gradients"),
        (faulty.by_batch, "normalisation alone as in company", "it mixes recordings of a batch"),
    ],
)
def test_faults_of_a_normalisation(normalise: Any, name: str, text: str) -> None:
    status, said = _found(_model(faulty.Plain(), normalise=normalise))[name]
    assert (status, text in said) == ("problem", True), said


def test_a_normalisation_that_is_not_frozen() -> None:
    right = wrap(faulty.Plain(), ["NORM", "MI"], rate_hz=100)
    wrong = replace(right, normalisation=faulty.NotFrozen())
    status, said = _found(xb.check(model=wrong, data=GIVEN, n=4))["normalisation is frozen"]
    assert (status, "not carried over linearly" in said) == ("problem", True)


def test_a_net_that_does_not_leave_training_mode() -> None:
    right = wrap(faulty.Plain(), ["NORM", "MI"], rate_hz=100)
    wrong = replace(right, net=faulty.StaysInTraining())
    status, said = _found(xb.check(model=wrong, data=GIVEN, n=4))["repeatable"]
    assert (status, "in training mode: the net, " in said) == ("problem", True)


def test_weights_that_a_net_writes_must_add_up() -> None:
    found = _found(_model(faulty.WritesWrong(), native="generate"))
    status, said = found["native weights are the net"]
    assert (status, "misses the log-odds by" in said) == ("problem", True)


def test_a_net_that_is_sure_of_noise_has_a_remark() -> None:
    status, said = _found(_model(faulty.AlwaysSure()))["doubts what is no ECG"]
    assert status == "remark"
    assert "white noise is MI, P = 1.00; a flat line is MI, P = 1.00" in said


def test_a_net_that_was_never_trained() -> None:
    right = wrap(faulty.Plain(), ["NORM", "MI"], rate_hz=100)
    same = replace(right, new_net=lambda: right.net)
    found = xb.check(model=same, data=GIVEN, n=4)
    assert (
        "an untrained net gives the same answers" in _found(found)["training made a difference"][1]
    )


def test_a_model_whose_weights_are_refused_is_a_finding(tmp_path: Path) -> None:
    broken = Linear()
    broken.w.data[0, 0] = torch.inf
    write_model(tmp_path / "zoo/models/broken", broken, {})
    found = xb.check(model="broken", zoo=Zoo(tmp_path / "zoo", allow_code=True), data=GIVEN, n=2)
    assert [one.name for one in found.problems] == ["loads"]
    assert "are nan or inf" in found.problems[0].text


def test_own_classes_need_no_labels_of_the_recordings() -> None:
    found = _model(faulty.Plain(3), classes=["a", "b", "c"])
    assert not found.problems
    assert _found(found)["classifies"][0] == "not asked"


MODEL = wrap(faulty.Plain(), ["NORM", "MI"], rate_hz=100, name="plain")


def _method(given: Any, **more: Any) -> Conformance:
    return xb.check(method=given, model=MODEL, data=GIVEN, n=3, **more)


@pytest.mark.parametrize("given", [faulty.gradient, "ig-16", "smoothgrad"])
def test_a_method_with_nothing_wrong(given: Any) -> None:
    found = _method(given)
    assert found.problems == (), found.problems
    said = _found(found)
    assert said["explains shorter recordings"] == ("ok", "6 s")
    assert said["follows the target"][1] == "of NORM the negative of MI"
    assert (said["keeps its promised sum"][0] == "ok") is (given == "ig-16")


@pytest.mark.parametrize(
    ("given", "name", "text"),
    [
        (faulty.ByLargestOfBatch(), "alone as in company", "depends on the others in its batch"),
        (faulty.of_class_1, "follows the target", "the same map for NORM and MI"),
        (faulty.WithNan(), "finite", "nan or inf for 1 of 3 recordings"),
        (faulty.nothing, "says something", "zero everywhere for 3 of 3 recordings"),
        (faulty.of_one_lead, "output shape", "(3, 12, 1000)"),
        (faulty.of_ten_seconds, "explains shorter recordings", "must match the size"),
        (faulty.leaves_a_hook, "leaves its input alone", "it leaves hooks on the model"),
        ("native", "applies", "native needs a net that generates its own weights"),
    ],
)
def test_faults_of_a_method(given: Any, name: str, text: str) -> None:
    status, said = _found(_method(given))[name]
    assert (status, text in said) == ("problem", True), said


def _metric(given: Any, better: Any = "higher", family: str = "faithfulness") -> Conformance:
    if not isinstance(given, str):
        given = metric(better=better, family=family)(given)
    return xb.check(metric=given, data=GIVEN, n=4)


@pytest.mark.slow
def test_a_metric_with_nothing_wrong() -> None:
    assert not _metric(faulty.largest_share, family="complexity").problems
    for name in ("deletion", "pointing_game", "random_logit", "max_sensitivity", "seconds_p50"):
        found = _metric(name)
        assert not found.problems, found.problems


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    ("given", "name", "text"),
    [
        (faulty.share_of_batch, "alone as in company", "depends on the other recordings"),
        (faulty.of_the_recording, "reads the attribution", "have the same scores"),
        (faulty.wrong_way_round, "tells right from random", "the wrong way round?"),
        (faulty.of_the_first_second, "scores shorter recordings", "6 s have no score"),
    ],
)
def test_faults_of_a_metric(given: Any, name: str, text: str) -> None:
    status, said = _found(_metric(given))[name]
    assert (status, text in said) == ("problem", True), said


def test_the_range_of_a_card_holds() -> None:
    (deletion,) = Zoo().metrics("deletion")
    narrow = replace(deletion, card=deletion.card.model_copy(update={"range": [0.9, 1.0]}))
    status, said = _found(xb.check(metric=narrow, data=GIVEN, n=4))["within its range"]
    assert (status, "its range is 0.9 to 1" in said) == ("problem", True)


@pytest.mark.parametrize("check", xb.checks(model=MODEL, data=GIVEN, n=3), ids=str)
def test_checks_are_tests_of_ones_own(check: Any) -> None:
    check()


def test_a_check_as_a_test_fails_with_what_to_mend_and_skips_what_cannot_be_asked() -> None:
    asked = {one.name: one for one in xb.checks(model=faulty.BatchStatistics(), **WRAPPED)}
    with pytest.raises(AssertionError, match="alone as in company: what it says of a recording"):
        asked["alone as in company"]()
    with pytest.raises(unittest.SkipTest, match="writes no weights"):
        asked["native weights are the net"]()


@pytest.mark.parametrize(
    "given",
    [{}, {"method": "ig", "metric": "deletion"}, {"metric": "deletion", "model": "imn"}],
)
def test_one_thing_is_checked_at_a_time(given: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        xb.check(**given)
    with pytest.raises(InputError, match="only of a torch module"):
        xb.check(model="imn", classes=["NORM", "MI"])
