"""What presets name is there, and a key that nobody reads fails."""

import pytest
from pydantic import ValidationError

from xai_bench.methods import find_methods
from xai_bench.presets import PRESETS, Presets
from xai_bench.zoo import Zoo


@pytest.mark.parametrize("study", ["run", "stability", "metric_audit", "realism"])
def test_models_are_in_the_zoo(study: str) -> None:
    assert set(getattr(PRESETS, study).models) <= set(Zoo().model_folders())


@pytest.mark.parametrize("study", ["run", "stability", "native_audit", "metric_audit"])
def test_methods_are_known(study: str) -> None:
    names = getattr(PRESETS, study).methods
    assert [method.name for method in find_methods(names)] == list(names)


def test_references_and_metrics_are_known() -> None:
    assert find_methods(PRESETS.run.references)
    report = PRESETS.report
    shown = [report.faithfulness, report.cost, *report.excerpt, *report.headline_metrics]
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
