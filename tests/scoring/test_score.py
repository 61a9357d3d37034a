"""The long table of scores: every recording with every metric, failures counted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from tests.closed_forms import SUPERCLASS, FiveLinear, Holed, Linear, closed_form
from tests.recordings import recordings
from xai_bench import attribute, score
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.models import Model
from xai_bench.scoring import depends_on_machine
from xai_bench.scoring.score import score_attributions
from xai_bench.tasks import task_of_classes
from xai_bench.zoo import Zoo

ROOT = Path(__file__).parent.parent.parent


def test_one_row_a_recording_and_metric_with_reasons() -> None:
    given = recordings(3, evidence=True)
    table = score(closed_form(Linear()), given, "input-x-gradient", metrics="roc_auc,sparseness")
    assert list(table.columns) == [
        "record_id", "patient_id", "metric", "score", "status", "reason", "residual",
        "explained", "label", "log_odds", "outcome",
    ]  # fmt: skip
    assert len(table) == 6
    failed = table[table.status == "failed"]
    assert failed.record_id.tolist() == ["r0", "r2"]
    assert set(failed.reason) == {"no pathology was planted in this recording"}
    assert failed.score.isna().all()
    assert table[table.status == "ok"].score.between(0, 1).all()


def test_attributions_that_break_their_promise_are_invalid_and_not_scored() -> None:
    model, given = closed_form(Linear()), recordings(2)
    found = attribute(model, given, "ig")
    broken = replace(found, residual=np.array([0.0, 0.2], dtype=np.float32))
    table = score(model, given, broken, metrics="sparseness")
    assert table.status.tolist() == ["ok", "invalid"]
    assert table.reason[1] == "completeness residual 0.2 > 0.05"
    assert np.isnan(table.score[1])


@pytest.mark.parametrize("method", ["saliency", "random", "amplitude", "ig"])
def test_recordings_without_finite_log_odds_have_no_score_by_any_metric(method: str) -> None:
    """A control says something of every recording: it does not count where a net has no answer."""
    model, given = closed_form(Holed()), recordings(6)
    table = score(model, given, method, metrics="sparseness,comprehensiveness,max_sensitivity")
    with torch.no_grad():
        finite = model.net(model.normalise(torch.from_numpy(given.signal)))[:, 0].isfinite()
    assert 0 < int(finite.sum()) < 6
    by_record = table.groupby("record_id")["status"].agg(set)
    for name, good in zip(given.record_id, finite.tolist(), strict=True):
        assert ("invalid" in by_record[name]) is not good
        assert good or by_record[name] == {"invalid"}
    wrong = table[table.status == "invalid"]
    assert set(wrong.reason) == {"the log-odds are not finite"}
    assert wrong.score.isna().all()


@pytest.mark.parametrize(
    "method",
    ["saliency", *(pytest.param(m, marks=pytest.mark.slow) for m in ("ig-16", "occlusion"))],
)
def test_a_recording_without_finite_log_odds_costs_no_other_of_its_batch(method: str) -> None:
    """Of two nets that agree where both have an answer the scores there are the same bits."""
    given, metrics = recordings(6), "sparseness,comprehensiveness,faithfulness_correlation,deletion"
    holed, whole = (
        score(closed_form(kind()), given, method, metrics=metrics, target="MI")
        for kind in (Holed, Linear)
    )
    answered = holed["status"] != "invalid"
    assert 0 < answered.sum() < len(holed)
    # A metric perturbs: some versions of a recording with an answer may have none.
    known = holed["status"] == "ok"
    assert set(holed[known]["metric"]) >= {"sparseness"}
    pd.testing.assert_frame_equal(
        holed[answered & known].drop(columns=["outcome"]),
        whole[answered & known].drop(columns=["outcome"]),
        check_exact=True,
    )
    assert holed[~known]["score"].isna().all()


def test_attributions_of_a_method_that_is_not_known_here_are_scored_as_they_are() -> None:
    """Only what would have to explain anew, or be timed, has no score, and says why."""
    model = closed_form(FiveLinear(), **SUPERCLASS)
    given = recordings(2, evidence=True)[1:]
    known = attribute(model, given, "input-x-gradient")
    mine = replace(known, method="mine@home")
    of_two = score(model, given, replace(known, method="ig,native"), metrics="clutter")
    assert set(of_two.status) == {"ok"}
    found, expected = (score(model, given, one).set_index("metric") for one in (mine, known))
    anew = {metric.name for metric in Zoo().metrics("stability,randomisation,runtime")}
    anew.add("input_invariance")
    refused = found.index.isin(anew)
    assert set(found.status[refused]) == {"failed"}
    assert found.score[refused].isna().all()
    reason = "method 'mine@home' is not known here, so it cannot explain changed recordings"
    assert set(found.reason[refused]) == {reason}
    pd.testing.assert_frame_equal(found[~refused], expected[~refused])
    stock = score(model, given, mine, metrics="max_sensitivity", engine="quantus")
    assert set(stock.reason) == {reason}


def test_methods_that_are_known_explain_beside_one_that_is_not() -> None:
    model, given = closed_form(FiveLinear(), **SUPERCLASS), recordings(1)
    known = attribute(model, given, "input-x-gradient")
    metrics = Zoo().metrics("random_logit,max_sensitivity")
    both = [replace(known, method="mine"), known]
    tables = score_attributions(model, given, both, metrics=metrics)
    assert tables["mine"].status.tolist() == ["failed", "failed"]
    alone = score_attributions(model, given, [known], metrics=metrics)
    pd.testing.assert_frame_equal(tables[known.method], alone[known.method])


def test_names_of_metrics_are_those_of_the_zoo_that_is_given(tmp_path: Path) -> None:
    card = (ROOT / "metrics/complexity/clutter.toml").read_text()
    (tmp_path / "metrics/complexity").mkdir(parents=True)
    (tmp_path / "metrics/complexity/mine.toml").write_text(card)
    model, given = closed_form(Linear()), recordings(1)
    table = score(model, given, "random", metrics="mine,clutter", zoo=Zoo(tmp_path))
    assert table.metric.tolist() == ["clutter", "mine"]
    assert table.score[0] == table.score[1]
    with pytest.raises(UnknownNameError, match="no metric 'mine'"):
        score(model, given, "random", metrics="mine,clutter")


def test_cards_and_names_are_scored_together_once_each_in_the_order_of_families() -> None:
    (loaded,) = Zoo().metrics("clutter")
    mine = [replace(loaded, name="mine"), replace(loaded, name="other", family="my family")]
    table = score(
        closed_form(Linear()),
        recordings(1),
        "random",
        metrics=[*mine, "relevance_mass", loaded, "clutter", "completeness"],
    )
    assert table.metric.tolist() == ["completeness", "clutter", "mine", "relevance_mass", "other"]
    assert score(
        closed_form(Linear()), recordings(1), "random", metrics=loaded
    ).metric.tolist() == ["clutter"]


def test_only_what_an_explanation_costs_is_that_of_a_machine() -> None:
    of_machine = {metric.name for metric in Zoo().every_metric() if depends_on_machine(metric)}
    assert of_machine == {metric.name for metric in Zoo().metrics("runtime")}


def test_a_recording_scores_alike_alone_and_among_others() -> None:
    model, given = closed_form(Linear()), recordings(3)
    names = ["faithfulness_correlation", "max_sensitivity"]
    together = score(model, given, "random", metrics=names)
    alone = score(model, given[[2]], "random", metrics=names)
    assert alone.score.tolist() == together[together.record_id == "r2"].score.tolist()


@pytest.mark.slow
def test_every_metric_scores_the_explained_class_of_several() -> None:
    """A class of a multi-label model scores as a binary model with the same log-odds does."""
    given = recordings(2, evidence=True)[1:]
    several, alone = closed_form(FiveLinear(), **SUPERCLASS), Linear()
    alone.load_state_dict({"w": several.net.get_parameter("w")[4]})  # their biases are equal
    families = "faithfulness,stability,complexity,localisation"
    of_several, of_alone = (
        score(model, given, attribute(model, given, "ig", target=target), metrics=families)
        for model, target in ((several, "HYP"), (closed_form(alone), "MI"))
    )
    # One recording has no others to be compared with.
    of_several, of_alone = (
        table[~table["metric"].str.startswith("consistency")].reset_index(drop=True)
        for table in (of_several, of_alone)
    )
    assert (of_several.status == "ok").all()
    of_several, of_alone = (
        table.drop(columns=["explained", "label", "outcome"]) for table in (of_several, of_alone)
    )
    pd.testing.assert_frame_equal(of_several, of_alone, rtol=1e-3)


def test_bad_requests_are_refused() -> None:
    model, given = closed_form(Linear()), recordings(2)
    with pytest.raises(UnknownNameError, match=r"no metric 'sparsness'. Did you mean 'sparseness'"):
        score(model, given, "random", metrics="sparsness")
    with pytest.raises(InputError, match="score takes one method at a time, not 2"):
        score(model, given, "random,amplitude", metrics="sparseness")
    with pytest.raises(InputError, match="1 attributions do not belong to 2 recordings"):
        score(model, given, attribute(model, given[:1], "random"), metrics="sparseness")
    with pytest.raises(InputError, match="native needs a net that generates its own weights"):
        score(model, given, "native", metrics="sparseness")
    two = [attribute(model, given, "random", target=target) for target in ("NORM", "MI")]
    with pytest.raises(InputError, match="attributions of other targets cannot be scored together"):
        score_attributions(model, given, two, metrics=[])


def test_functions_and_arrays_are_scored_as_what_they_say() -> None:
    """Of a linear model w z is exact; as an array it has no score where it must be made anew."""
    model, given = closed_form(Linear()), recordings(2)
    exact = attribute(model, given, "input-x-gradient", target="MI").values

    def mine(of: Model, z: Tensor, target: Tensor) -> Tensor:
        return exact_weights(of) * z * (2 * target - 1).reshape(-1, 1, 1)

    def exact_weights(of: Model) -> Tensor:
        return of.net.get_parameter("w")

    metrics = ["faithfulness_correlation", "completeness", "max_sensitivity"]
    by_name, by_function, by_array = (
        score(model, given, one, target="MI", metrics=metrics).set_index(["metric", "record_id"])
        for one in ("input-x-gradient", mine, {"mine": exact})
    )
    columns = ["score", "status", "reason"]
    pd.testing.assert_frame_equal(by_function[columns], by_name[columns], rtol=1e-4)
    anew = by_array.index.get_level_values("metric") == "max_sensitivity"
    pd.testing.assert_frame_equal(by_array[~anew][columns], by_name[~anew][columns])
    assert set(by_array[anew].reason) == {
        "method 'mine' is not known here, so it cannot explain changed recordings"
    }
    assert by_array.score["completeness", "r0"] < 1e-4


def test_progress_counts_explanations() -> None:
    steps: list[tuple[int, int]] = []
    score(
        closed_form(Linear()),
        recordings(3),
        "random",
        metrics="sparseness",
        progress=lambda *step: steps.append(step),
    )
    assert steps[-1] == (3, 3)
    assert steps == sorted(steps)


@pytest.mark.parametrize("target", ["predicted", "label", "MI", "NORM"])
def test_outcomes_of_two_classes_are_what_label_and_log_odds_say(target: str) -> None:
    model, given = closed_form(Linear()), recordings(8)
    table = score(model, given, "saliency", metrics="sparseness", target=target)
    with torch.no_grad():
        z = model.normalise(torch.from_numpy(given.signal))
        calls_mi = (model.net(z)[:, 0] > 0).tolist()
    assert 0 < sum(calls_mi) < 8
    assert given.labels is not None
    for row, labels in enumerate(given.labels):
        (label,) = labels
        predicted = "MI" if calls_mi[row] else "NORM"
        explained = {"predicted": predicted, "label": label}.get(target, target)
        expected = {
            ("MI", "MI"): "detected",
            ("MI", "NORM"): "missed",
            ("NORM", "MI"): "false alarm",
            ("NORM", "NORM"): "true negative",
        }[label, predicted]
        found = table.iloc[row]
        assert (found.explained, found.label, found.outcome) == (explained, label, expected)
        sign = 1 if explained == "MI" else -1
        assert (sign * found.log_odds > 0) == calls_mi[row]


def test_of_several_classes_with_a_logit_each_the_sign_of_the_log_odds_says_what_is_called() -> (
    None
):
    model = closed_form(FiveLinear(), **SUPERCLASS)
    given = recordings(6)
    table = score(model, given, "saliency", metrics="sparseness", target="CD")
    assert set(table.explained) == {"CD"}
    assert set(table.outcome) <= {"false alarm", "true negative"}, "they are of MI and NORM"
    assert ((table.outcome == "false alarm") == (table.log_odds > 0)).all()


def test_without_labels_outcomes_are_unknown() -> None:
    model = closed_form(Linear())
    table = score(model, recordings(2, labels=False), "saliency", metrics="sparseness")
    assert set(table.outcome) == {"unknown"}
    assert set(table.label) == {""}
    assert set(table.explained) <= {"NORM", "MI"}


def test_of_classes_that_exclude_each_other_the_model_calls_the_one_of_the_largest_logit() -> None:
    task = task_of_classes(["NORM", "MI", "STTC", "CD", "HYP"])
    model, given = replace(closed_form(FiveLinear(), **SUPERCLASS), task=task), recordings(6)
    with torch.no_grad():
        largest = model.net(model.normalise(torch.from_numpy(given.signal))).argmax(dim=1)
    table = score(model, given, "saliency", metrics="sparseness", target="label")
    for row, k in enumerate(largest.tolist()):
        is_mi, called = bool(row % 2), task.classes[k] == table.label[row]
        if is_mi:
            expected = "detected" if called else "missed"
        else:
            expected = "true negative" if called else "false alarm"
        assert table.outcome[row] == expected
