"""What presets name is there, and a key that nobody reads fails."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from xai_bench.data import EMBEDDED
from xai_bench.methods import find_methods
from xai_bench.presets import PRESETS, Presets
from xai_bench.zoo import Zoo

BIBLIOGRAPHY = Path(__file__).parents[1] / "metrics" / "references.bib"


@pytest.mark.parametrize(
    "study",
    [
        "run",
        "stability",
        "dose_response",
        "metric_audit",
        "method_accuracy",
        "baselines",
        "realism",
    ],
)
def test_models_are_in_the_zoo(study: str) -> None:
    assert set(getattr(PRESETS, study).models) <= set(Zoo().model_folders())


@pytest.mark.parametrize(
    "study",
    [
        "run",
        "stability",
        "dose_response",
        "native_audit",
        "metric_audit",
        "method_accuracy",
        "baselines",
    ],
)
def test_methods_are_known(study: str) -> None:
    names = getattr(PRESETS, study).methods
    assert [method.name for method in find_methods(names)] == list(names)


def test_references_and_metrics_are_known() -> None:
    assert find_methods(PRESETS.run.references)
    report = PRESETS.report
    shown = [report.faithfulness, report.cost, *report.excerpt, *report.headline_metrics]
    shown += PRESETS.baselines.metrics
    assert {metric.name for metric in Zoo().metrics(shown)} == set(shown)


def test_an_unknown_key_fails() -> None:
    with pytest.raises(ValidationError, match=r"run\.model\n  Extra inputs are not permitted"):
        Presets.model_validate(
            PRESETS.model_dump() | {"run": PRESETS.run.model_dump() | {"model": "imn"}}
        )


def test_a_number_of_recordings_is_no_text() -> None:
    with pytest.raises(ValidationError, match=r"run\.n\n  Input should be a valid integer"):
        Presets.model_validate(
            PRESETS.model_dump() | {"run": PRESETS.run.model_dump() | {"n": "16"}}
        )


def test_lesions_and_doses_can_be_planted() -> None:
    from xai_bench.data.planted import LESIONS
    from xai_bench.studies.dose_response.dosed_recordings import check_doses

    assert set(PRESETS.dose_response.lesions) <= set(LESIONS)
    assert check_doses(PRESETS.dose_response.doses) == PRESETS.dose_response.doses


@pytest.mark.parametrize("name", PRESETS.protocol)
def test_what_a_protocol_names_is_there_and_of_its_form(name: str) -> None:
    protocol, zoo = PRESETS.protocol[name], Zoo()
    assert [method.name for method in find_methods(protocol.methods)] == list(protocol.methods)
    assert {metric.name for metric in zoo.metrics(protocol.metrics)} == set(protocol.metrics)
    assert protocol.data in EMBEDDED
    for model in protocol.models:
        card, _ = zoo.model_card(model)
        form = card.input
        assert (form.rate_hz, form.seconds) == (protocol.rate_hz, protocol.seconds)
        assert tuple(form.leads) == protocol.leads
    assert f"{{{protocol.cite},\n" in BIBLIOGRAPHY.read_text(encoding="utf-8")
