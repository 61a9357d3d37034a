"""What studies share: inputs opened once, and batches of recordings explained once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, final

import numpy as np
import pytest
import torch

from tests.closed_forms import FiveLinear, Linear, Quadratic, closed_form
from tests.recordings import recordings
from tests.tiny_zoo import tiny_zoo
from xai_bench import provenance
from xai_bench.data import load_data
from xai_bench.errors import InputError
from xai_bench.methods import Batch, Method, find_methods
from xai_bench.methods.attribute import attribute, explain_batch, make_batch
from xai_bench.methods.base import Pass
from xai_bench.models import Model
from xai_bench.studies import base
from xai_bench.studies.base import (
    Inputs,
    RecordingBatch,
    able_methods,
    predict,
)
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo


@final
class Short(Method):
    """Promises a sum that it misses in every other recording."""

    name, summary, cite = "short", "misses its sum", "xaibench"

    def attribute(self, model: Model, batch: Batch) -> torch.Tensor:
        return torch.ones_like(batch.z) / batch.z[0].numel()

    def total(self, model: Model, batch: Batch, passed: Pass) -> torch.Tensor:
        return 1.0 + torch.arange(len(batch.z)) % 2


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    return tiny_zoo(tmp_path_factory.mktemp("zoo"))


def _batch(model: Model, methods: str, given: Recordings) -> RecordingBatch:
    return RecordingBatch(
        model=model,
        methods=find_methods(methods),
        recordings=given,
        batch=make_batch(model, given, target="predicted"),
        seed=3,
    )


def test_a_model_is_opened_once_by_name_and_by_folder(zoo: Zoo) -> None:
    inputs = Inputs(zoo=zoo)
    folder = zoo.model_folders()["linear"]
    first, second, by_folder = [*inputs.models(["linear", "two-linear"]), inputs.model(folder)]
    assert inputs.model("linear") is first
    assert (first.name, second.name, by_folder.name) == ("linear", "two-linear", "linear")
    assert inputs.models("linear,two-linear,linear") == [first, second]


def test_a_models_folder_stands_in_models(zoo: Zoo, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "card.toml").write_text("")
    with pytest.raises(InputError, match="a model's folder is in a folder called models"):
        Inputs(zoo=zoo).model(folder)


def test_recordings_are_read_and_fingerprinted_once(
    zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []

    def counted(*of: object, **options: object) -> Recordings:
        calls.append(options["n"])
        return load_data(*of, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(base, "load_data", counted)
    inputs = Inputs(n=2, zoo=zoo)
    one, other = (inputs.recordings(model) for model in inputs.models("linear,two-linear"))
    assert one is other
    assert len(inputs.recordings(inputs.model("linear"), at_least=3)) == 3
    assert inputs.recordings(inputs.model("linear")) is one
    assert calls == [2, 3]


def test_facts_are_found_out_once(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(device: torch.device) -> dict[str, object]:
        calls.append(device)
        return provenance.provenance(device)

    monkeypatch.setattr(base, "provenance", counted)
    inputs = Inputs(data="made-up", fold={10, 9}, zoo=zoo)
    device, given = torch.device("cpu"), recordings(4)
    facts = [inputs.facts(device, {"linear": given, "two-linear": given[:2]}) for _ in range(2)]
    assert len(calls) == 1
    assert facts[0] == facts[1]
    assert facts[0]["fold"] == [9, 10]
    assert (facts[0]["data"], facts[0]["n"], facts[0]["split"]) == ("made-up", 4, "test")
    assert facts[0]["recordings"]["two-linear"] == given[:2].fingerprint()
    assert facts[0].keys() >= provenance.provenance(device).keys()


def test_an_attribution_that_misses_its_sum_has_a_flaw() -> None:
    model, given = closed_form(Linear()), recordings(4)
    batch = make_batch(model, given, target="predicted")
    found = explain_batch(model, batch, [Short()], given.record_id, 0)["short"]
    assert found.flaws == ("", "completeness residual 0.5 > 0.05") * 2


def test_predictions_are_those_of_the_model() -> None:
    for model in (closed_form(Linear()), closed_form(FiveLinear(), labels={"task": "superclass"})):
        z = model.normalise(torch.from_numpy(recordings(6).signal))
        target = torch.arange(6) % len(model.task.classes)
        predicted = predict(model, z, target)
        np.testing.assert_array_equal(predicted.classes, model.predicted(z))
        torch.testing.assert_close(predicted.log_odds, model.log_odds(z, target).detach())


def test_a_batch_is_explained_as_its_recordings_are_alone() -> None:
    model, given = closed_form(Quadratic()), recordings(3)
    batch = _batch(model, "ig-16,random", given)
    assert len(batch) == 3
    for name, explained in batch.explained.items():
        whole = attribute(model, given, name, seed=3)
        np.testing.assert_allclose(explained.values, whole.values, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(batch.prediction.classes, batch.batch.target)
    assert batch.explained is batch.explained


def test_a_method_that_draws_draws_afresh_for_each_version_only() -> None:
    batch = _batch(closed_form(Linear()), "random", recordings(2))
    same, other = (
        batch.explain(batch.model, batch.methods, batch.batch, version)["random"].values
        for version in ("", "shift 5")
    )
    assert torch.equal(same, batch.explained["random"].values)
    assert not torch.equal(other, same)


def test_methods_that_cannot_explain_say_why() -> None:
    able, unable = able_methods(
        closed_form(Linear()), find_methods("native,saliency,oracle"), recordings(2)
    )
    assert [method.name for method in able] == ["saliency"]
    assert unable.keys() == {"native", "oracle"}
    assert "generates its own weights" in unable["native"]


@pytest.mark.parametrize(
    ("given", "claimed"),
    [
        ({}, True),
        ({"n": 4}, True),
        ({"split": "all", "fold": (10,)}, True),
        ({"fold": 10, "seed": 3}, True),
        ({"fold": 9}, False),
        ({"fold": (9, 10)}, False),
        ({"split": "validation"}, False),
        ({"split": "all"}, False),
        ({"labels": "table.csv"}, False),
        ({"data": "folder"}, False),
        ({"data": recordings(2)}, False),
    ],
)
def test_claims_of_cards_are_of_fold_10_of_the_embedded_data_alone(
    given: dict[str, Any], claimed: bool
) -> None:
    model = closed_form(Linear())
    assert bool(Inputs(**given).embedded_test_fold(model)) == claimed
    slower = replace(model, rate_hz=50.0)
    found = {Inputs(**given).embedded_test_fold(one) for one in (model, slower)}
    assert len(found) == 1 + claimed, "of another form it is another"
