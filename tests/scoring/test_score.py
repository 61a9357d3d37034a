"""The long table of scores: every recording with every metric, failures counted."""

import numpy as np
import pandas as pd
import pytest

from tests.closed_forms import SUPERCLASS, FiveLinear, Linear, closed_form
from tests.recordings import recordings
from xai_bench import attribute, score
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.types import Attributions


def test_one_row_a_recording_and_metric_with_reasons() -> None:
    given = recordings(3, evidence=True)
    table = score(closed_form(Linear()), given, "input-x-gradient", metrics="roc_auc,sparseness")
    assert list(table.columns) == [
        "record_id", "patient_id", "metric", "score", "status", "reason", "residual",
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
    residual = np.array([0.0, 0.2], dtype=np.float32)
    broken = Attributions(
        model=found.model,
        method="ig",
        values=found.values,
        target=found.target,
        log_odds=found.log_odds,
        residual=residual,
    )
    table = score(model, given, broken, metrics="sparseness")
    assert table.status.tolist() == ["ok", "invalid"]
    assert table.reason[1] == "completeness residual 0.2 > 0.05"
    assert np.isnan(table.score[1])


def test_a_recording_scores_alike_alone_and_among_others() -> None:
    model, given = closed_form(Linear()), recordings(3)
    names = ["faithfulness_correlation", "max_sensitivity"]
    together = score(model, given, "random", metrics=names)
    alone = score(model, given[[2]], "random", metrics=names)
    assert alone.score.tolist() == together[together.record_id == "r2"].score.tolist()


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
    assert (of_several.status == "ok").all()
    pd.testing.assert_frame_equal(of_several, of_alone, rtol=1e-3)


def test_bad_requests_are_refused() -> None:
    model, given = closed_form(Linear()), recordings(2)
    with pytest.raises(UnknownNameError, match=r"no metric 'sparsness'. Did you mean 'sparseness'"):
        score(model, given, "random", metrics="sparsness")
    with pytest.raises(InputError, match="1 attributions do not belong to 2 recordings"):
        score(model, given, attribute(model, given[:1], "random"), metrics="sparseness")
