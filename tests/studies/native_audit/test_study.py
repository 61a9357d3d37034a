"""The whole audit: every question once, and what stops it before it begins."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from torch import Tensor, nn

import xai_bench as xb
from tests.closed_forms import closed_form
from tests.recordings import recordings
from tests.studies.native_audit.audited_nets import Energy
from tests.studies.native_audit.native_zoo import Step, native_zoo
from xai_bench import wrap
from xai_bench.errors import InputError
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.studies.base import Inputs
from xai_bench.studies.native_audit import SCHEMA, audit
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS
from xai_bench.studies.native_audit.study import FAST_HZ, audited_net


def test_progress_goes_net_by_net_and_question_by_question(steps: list[Step]) -> None:
    assert steps[-1] == ("models", 2, 2)
    assert ("two: twin patching", 9, 10) in steps


def test_every_quantity_is_estimated_once_for_every_net(result: StudyResult) -> None:
    for _, rows in result.table.groupby("model"):
        counted = Counter(zip(rows["quantity"], rows["method"], strict=True))
        assert set(counted.values()) == {1}
        assert {q for q, method in counted if method == "native"} == set(QUANTITIES)
        assert ((rows["n"] > 0) == (rows["reason"] == "")).all()
        assert (rows["value"].isna() == (rows["reason"] != "")).all()


def test_the_table_is_in_long_form(result: StudyResult) -> None:
    table = result.table
    assert list(table) == [
        *("model", "method", "question", "quantity", "statistic"),
        *("value", "ci_low", "ci_high", "n", "reason"),
    ]
    assert set(table["question"]) == set(QUESTIONS)
    assert set(table["statistic"]) == {"mean", "median", "AUROC", "maximum"}
    assert set(table["method"]) == set(PRESETS.native_audit.methods)
    row = table[(table["model"] == "two") & (table["quantity"] == "gradient_ratio")]
    assert row["value"].item() == pytest.approx(2, abs=1e-5)  # of m = sum of w z^2
    assert row["statistic"].item() == "median"


def test_means_are_of_the_scores_of_recordings(result: StudyResult) -> None:
    assert result.scores is not None
    known = result.scores.dropna().groupby(["model", "method", "quantity"])["score"]
    means = result.table[(result.table["statistic"] == "mean") & (result.table["reason"] == "")]
    means = means.set_index(["model", "method", "quantity"])
    np.testing.assert_allclose(known.mean()[means.index], means["value"], rtol=1e-9, atol=1e-12)
    assert (known.count()[means.index] == means["n"]).all()
    assert set(result.scores.groupby(["model", "quantity"])["record_id"].nunique()) == {6}


def test_facts_say_what_was_audited(result: StudyResult) -> None:
    facts = json.loads(json.dumps(result.facts))
    assert facts["models"] == ["two", "five"]
    assert (facts["n"], facts["split"], facts["seed"], facts["data"]) == (6, "test", 0, "synthetic")
    assert set(facts["recordings"]) == {"two", "five"}
    assert "torch" in facts["packages"]


def test_what_was_written_is_read_again(result: StudyResult, tmp_path: Path) -> None:
    write_study(result, tmp_path)
    again = read_study(tmp_path, SCHEMA)
    pd.testing.assert_frame_equal(again.table, result.table, rtol=1e-5)
    assert again.scores is not None
    assert result.scores is not None
    pd.testing.assert_frame_equal(again.scores, result.scores)


def test_a_net_that_is_not_native_stops_before_the_work_begins(tmp_path: Path) -> None:
    zoo = native_zoo(tmp_path)
    told: list[str] = []
    with pytest.raises(InputError, match="'black-box' does not write its own weights"):
        audit(
            ["two", "black-box"],
            n=2,
            zoo=zoo,
            progress=lambda what, *_: told.append(what),
        )
    assert not told


class Weighing(nn.Module):
    """A native net of a stranger: logits (record, 1), and what they are made of."""

    def generate(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return (z * 0.01).unsqueeze(1), z.new_full((len(z), 1), 0.5)

    def forward(self, z: Tensor) -> Tensor:
        W, b = self.generate(z)
        out: Tensor = (W * z.unsqueeze(1)).sum(dim=(2, 3)) + b
        return out


@pytest.mark.slow
@pytest.mark.parametrize("normalise", ["zscore", "none"])
def test_a_wrapped_net_is_asked_about_recordings_of_ones_own(normalise: str) -> None:
    """Nothing was planted in them, and they are known at no higher rate: questions that need that
    have a reason."""
    model = wrap(
        Weighing(), ["NORM", "MI"], rate_hz=100, native="generate", normalise=normalise
    )  # fmt: skip
    found = xb.audit(model, data=recordings(4), n=None)
    table = found.table.set_index(["quantity", "method"])
    assert {quantity for quantity, method in table.index if method == "native"} == set(QUANTITIES)
    assert (found.table["value"].isna() == (found.table["reason"] != "")).all()
    assert (found.facts["data"], found.facts["n"]) == ("made-up", 4)
    reasons = table["reason"]
    assert reasons["patch_top", "native"] == "these recordings have no healthy twins"
    assert reasons["fast_log_odds", "native"] == "not all of these recordings are known at 500 Hz"
    assert reasons["column_rank", "native"] == "one logit, so there is no single column"
    assert table["value"]["reach_before", "native"] == 0
    planted = "no planted evidence in these recordings"
    centred = "this normalisation does not centre z in each lead: W centred is another logit"
    assert reasons["gauge_roc_auc", "native"] == (planted if normalise == "zscore" else centred)


def test_a_net_of_500_hz_is_asked_at_no_higher_rate() -> None:
    fast = {"rate_hz": FAST_HZ, "seconds": 10.0, "normalisation": "zscore"}
    slow = audited_net(Inputs(n=2), closed_form(Energy()))
    given = audited_net(Inputs(n=2), closed_form(Energy(), input=fast))
    assert given.recordings.rate_hz == FAST_HZ
    assert (given.faster, given.why_not_faster) == (None, "the net reads 500 Hz itself")
    assert slow.faster is not None
    assert slow.faster.record_id == slow.recordings.record_id
