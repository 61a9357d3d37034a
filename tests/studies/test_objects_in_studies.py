"""Models, recordings, methods and metrics that are objects, in run, compare and audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.closed_forms import TwoLinear
from tests.recordings import recordings
from tests.tiny_zoo import tiny_zoo
from xai_bench import compare, load_model, metric, run, wrap
from xai_bench.errors import DatasetError, InputError
from xai_bench.models import Model
from xai_bench.results import Cell, read_cells
from xai_bench.scoring import Case
from xai_bench.studies.base import Inputs
from xai_bench.studies.benchmark import Run, cell_key
from xai_bench.studies.metric_audit import audit_metrics
from xai_bench.studies.native_audit import audit
from xai_bench.zoo import Zoo


def linear(weight: float = 0.01) -> nn.Module:
    layer = nn.Linear(12_000, 1)
    nn.init.constant_(layer.weight, weight)
    nn.init.constant_(layer.bias, 0.5)
    return nn.Sequential(nn.Flatten(), layer)


class Mean(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return z.square().mean(dim=(1, 2))


def wrapped(name: str = "own", weight: float = 0.01, normalise: Any = "zscore") -> Model:
    return wrap(linear(weight), ["NORM", "MI"], rate_hz=100, name=name, normalise=normalise)


def scaled(factor: float) -> Callable[[Model, Tensor, Tensor], Tensor]:
    def mine(model: Model, z: Tensor, target: Tensor) -> Tensor:
        return factor * z

    return mine


def _run(out: Path, **options: Any) -> Run:
    given: dict[str, Any] = {"model": wrapped(), "method": scaled(1), "metrics": "sparseness"}
    given |= {"data": recordings(4, evidence=True), "out": out}
    return run(**(given | options))


def _cell(done: Run, method: str = "mine") -> Cell:
    return next(
        cell
        for cell in read_cells(done.folder)
        if cell.method == method and cell.folder(done.folder) in done.cells
    )


@pytest.mark.slow
def test_a_cell_of_objects_is_found_again_while_their_content_is_the_same(tmp_path: Path) -> None:
    first, again = _run(tmp_path), _run(tmp_path)
    assert (again.reused, len(again.cells)) == (4, 4)
    assert again.cells == first.cells
    for changed in (
        {"method": {"mine": scaled(2)}},
        {"model": wrapped(weight=0.02)},
        {"model": wrapped(normalise="none")},
        {"data": recordings(4)},
    ):
        done = _run(tmp_path, **changed)
        assert _cell(done).key != _cell(first).key
    for cell in read_cells(tmp_path):
        facts = cell.provenance
        assert facts["reusable"]
        assert cell_key(facts | {"method": cell.method}) == cell.key


def test_metrics_are_part_of_a_key_by_their_content(tmp_path: Path) -> None:
    def times(factor: float) -> Any:
        @metric(better="lower", family="complexity", name="mass")
        def mass(case: Case) -> Tensor:
            return factor * case.attribution.abs().sum(dim=(1, 2))

        return mass

    keys = [_cell(_run(tmp_path, metrics=times(factor))).key for factor in (1, 1, 2)]
    assert keys[0] == keys[1] != keys[2]


def test_what_cannot_be_known_is_scored_again_each_time_and_says_so(tmp_path: Path) -> None:
    generator = torch.Generator()

    def draws(model: Model, z: Tensor, target: Tensor) -> Tensor:
        return z * float(generator.initial_seed() > 0)

    first, again = (_run(tmp_path, method=draws) for _ in range(2))
    assert again.reused == 3, "the controls are known"
    assert _cell(first, "draws").key != _cell(again, "draws").key
    facts = _cell(again, "draws").provenance
    assert facts["reusable"] is False
    said = "scored anew each time: the content of method draws is not known"
    assert facts["remark"] == said
    row = again.leaderboard[again.leaderboard["method"] == "draws"]
    assert row["remark"].tolist() == [said]
    line = "method draws: its content cannot be known, so it is scored anew each time"
    assert line in again.remarks
    latest = cell_key(facts | {"method": "draws"})
    assert latest == _cell(again, "draws").key


def test_a_model_that_cannot_be_known_is_measured_and_scored_each_time(tmp_path: Path) -> None:
    unknown = replace(wrapped(), content=None)
    first, again = (_run(tmp_path, model=unknown) for _ in range(2))
    assert again.reused == 0
    assert len({*first.cells, *again.cells}) == 8
    assert "model own" in _cell(again).provenance["remark"]
    line = "model own: its content cannot be known, so it is scored anew each time"
    assert line in again.remarks


def test_a_run_says_which_metrics_cannot_be_known(tmp_path: Path) -> None:
    generator = torch.Generator()

    def drawn(case: Case) -> Tensor:
        return torch.full((len(case.block),), float(generator.initial_seed() > 0))

    line = "metric drawn: its content cannot be known, so it is scored anew each time"
    assert line in _run(tmp_path, metrics=drawn).remarks
    assert line not in _run(tmp_path).remarks


def test_models_may_be_names_and_objects_but_no_two_of_one_name(tmp_path: Path) -> None:
    zoo = tiny_zoo(tmp_path)
    inputs = Inputs(zoo=zoo)
    own, loaded = wrapped(), load_model("linear", zoo=zoo)
    assert [one.name for one in inputs.models([own, "linear", loaded, own])] == ["own", "linear"]
    assert inputs.models(own) == [own]
    assert [one.name for one in inputs.models("linear,two-linear")] == ["linear", "two-linear"]
    for other in (wrapped(weight=0.5), replace(own, content=None)):
        with pytest.raises(InputError, match="two models are called 'own'; name one otherwise"):
            inputs.models([own, other])
    with pytest.raises(InputError, match="'my net/1' cannot be the name of a model"):
        inputs.models(wrapped("my net/1"))


def test_recordings_of_a_zoo_are_found_by_name(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    code = "from tests.recordings import recordings\n\ndef ward():\n    return recordings(3)\n"
    (tmp_path / "datasets/ward.py").write_text(f"{code}\nwrong = 3\n")
    (tmp_path / "datasets/wrong.py").write_text(f"{code}\nwrong = 3\n")
    zoo = Zoo(tmp_path, allow_code=True)
    assert Inputs(data="ward", zoo=zoo).recordings(wrapped()).name == "made-up"
    done = _run(tmp_path / "runs", data="ward", zoo=zoo, method="saliency")
    assert _cell(done, "saliency").provenance["n"] == 3
    with pytest.raises(DatasetError, match="'wrong' of datasets is int; wanted are Recordings"):
        _ = Inputs(data="wrong", zoo=zoo).given
    with pytest.raises(DatasetError, match="no data 'ward'"):
        Inputs(data="ward").recordings(wrapped())


def test_the_name_of_recordings_must_be_that_of_a_folder(tmp_path: Path) -> None:
    for name in ("ward/3", "..", ""):
        with pytest.raises(DatasetError, match="cannot be the name of recordings"):
            _run(tmp_path / "runs", data=replace(recordings(2), name=name))
    assert not (tmp_path / "runs").exists()


def test_arrays_follow_their_recordings_through_the_choice(tmp_path: Path) -> None:
    """`n` recordings are chosen in another order; each keeps its own attribution."""

    @metric(better="higher", family="complexity")
    def first_sample(case: Case) -> Tensor:
        return case.attribution[:, 0, 0]

    array = np.zeros((6, 12, 1000))
    array[:] = np.arange(1, 7)[:, None, None]
    done = _run(
        tmp_path,
        data=recordings(6, evidence=True),
        n=3,
        method={"mine": array},
        metrics=first_sample,
    )
    scores = _cell(done).scores
    assert scores is not None
    found = dict(zip(scores["record_id"], scores["score"], strict=True))
    assert len(found) == 3
    assert all(score == int(name[1:]) + 1 for name, score in found.items())


def test_arrays_that_fit_no_model_or_no_recordings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'mine' fits no model: mine is \(lead, time\) \(12, 9"):
        _run(tmp_path, method={"mine": np.ones((4, 12, 9))})
    with pytest.raises(InputError, match="give these recordings, as an object, as data="):
        _run(tmp_path, method={"mine": np.ones((4, 12, 1000))}, data="synthetic")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_compare_skips_what_was_given_and_explains_with_the_rest(tmp_path: Path) -> None:
    found = compare(
        [wrapped(), wrapped("other", weight=0.02)],
        [scaled(1), "saliency", {"ready": np.ones((4, 12, 1000))}],
        data=recordings(4, evidence=True),
        questions="input,methods",
    )
    assert set(found.table["method"]) - {""} >= {"mine", "saliency"}
    assert "ready" not in set(found.table["method"])
    skipped = {(one["model"], one["method"]): one["reason"] for one in found.facts["skipped"]}
    assert skipped["own", "ready"] == "ready was given: it cannot explain anything anew"
    assert found.facts["methods"] == ["mine", "saliency", "ready"]
    same = found.table[(found.table["method"] == "mine") & found.table["value"].notna()]
    assert len(same)


def test_nothing_to_compare_is_an_error_with_the_reasons() -> None:
    ready = {"ready": np.ones((4, 12, 1000))}
    for methods, reason in ((ready, "ready was given"), ("native", "native needs a net that")):
        with pytest.raises(InputError, match=f"none of the pairs asked for can .*own: {reason}"):
            compare(wrapped(), methods, data=recordings(4), questions="input")


def test_a_net_without_weights_has_none_to_lose() -> None:
    rule = wrap(Mean(), ["NORM", "MI"], rate_hz=100, name="rule")
    found = compare(rule, "saliency,input-x-gradient", data=recordings(2), questions="weights")
    said = [one["reason"] for one in found.facts["skipped"] if one["question"] == "weights"]
    assert said == ["its net has no weights that could be randomised"]


@pytest.mark.slow
def test_metrics_are_audited_with_methods_and_metrics_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xai_bench.studies.benchmark.cell_job.EVALUATED", 4)

    @metric(better="higher", family="complexity")
    def mass(case: Case) -> Tensor:
        return case.attribution.sum(dim=(1, 2))

    found = audit_metrics(
        models=wrapped(), methods=[scaled(1)], metrics=[mass, "roc_auc"], n=4, out=tmp_path
    )
    assert found.trust.facts["methods"] == ["mine"]
    assert found.trust.facts["models"] == ["own"]
    assert set(found.trust.table["metric"]) == {"mass", "roc_auc"}
    made = {cell.method for cell in read_cells(tmp_path)}
    assert made >= {"mine", "mine@untrained", "mine@flipped"}
    keys = {cell.method: cell.provenance.get("method_content") for cell in read_cells(tmp_path)}
    assert keys["mine"] == keys["mine@flipped"] is not None
    assert keys["random"] is None


def test_a_native_net_of_ones_own_is_audited() -> None:
    """One that reads no other length than its own is not asked about another sampling rate."""
    model = wrap(TwoLinear(), ["NORM", "MI"], rate_hz=100, name="native")
    found = audit(model, n=2)
    assert set(found.table["model"]) == {"native"}
    faster = found.table[found.table["quantity"].str.contains("fast")]
    assert set(faster["reason"]) == {"the net reads 1000 samples and no other number"}
    with pytest.raises(InputError, match="own"):
        audit([wrapped()], n=2)
