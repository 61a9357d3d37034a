"""The study on a net that is known: its scores are those of its weights, recomputed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from xai_bench import load_model
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.heart import LEFT
from xai_bench.data.synthetic.source_signals import source_signals
from xai_bench.errors import InputError
from xai_bench.results.study_tables import select
from xai_bench.stats import auroc
from xai_bench.studies.territories import territories
from xai_bench.studies.territories.infarcts import rows_of_infarcts
from xai_bench.studies.territories.study import SCHEMA, SEGMENTS, SIZE, TWIN, USUAL


def test_rows_have_one_infarct_of_the_test_fold() -> None:
    source = SyntheticSource()
    rows = rows_of_infarcts(source, 20)
    assert len(rows) == 20
    for row in rows:
        assert source.planted(row)[0] in ("AMI", "IMI", "LMI", "ILMI")
        assert source.index.labels is not None
        assert source.index.labels[row] == {"MI"}
        assert row % 10 == 9


@pytest.mark.slow
def test_scores_of_a_linear_net_are_those_of_its_weights() -> None:
    found = territories("known-linear", ("input-x-gradient", "saliency"), n=5)
    table, scores = found.result.table, found.result.scores
    assert list(table.columns) == list(SCHEMA.estimates)
    assert list(found.segments.columns) == list(SEGMENTS)
    assert set(table["method"]) == {"input-x-gradient", "saliency", SIZE, USUAL, TWIN}
    assert table["n"].eq(5).all()

    source, model = SyntheticSource(), load_model("known-linear")
    row = rows_of_infarcts(source, 1)[0]
    signals, record = source_signals(source, row), source.read(row)
    millivolt = torch.from_numpy(record.microvolt.astype(np.float32) / 1000)[None]
    sd = millivolt.double().std(dim=-1).numpy()[0]
    z = model.normalise(millivolt).requires_grad_()
    model.log_odds(z, model.task.classes.index("MI")).sum().backward()
    assert z.grad is not None
    weights = z.grad[0].double().numpy()
    literal = [-float((weights * part / sd[:, None]).sum()) for part in signals.healthy[LEFT]]
    share = signals.lost[LEFT]
    expected = auroc(np.array(literal), (share >= share.max() / 2).astype(np.int64))
    rows = select(scores, method="input-x-gradient", reading="missing", measure="auroc")
    assert rows["record_id"].iloc[0] == source.index.record_id[row]
    assert rows["score"].iloc[0] == pytest.approx(expected)


def test_a_net_that_knows_no_infarct_is_refused() -> None:
    class Net(torch.nn.Module):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return z.mean(dim=(1, 2))[:, None].expand(-1, 2)

    from xai_bench import wrap

    model = wrap(Net(), classes=("a", "b"), rate_hz=100.0, seconds=10.0)
    with pytest.raises(InputError, match=r"knows no MI.* classes are a, b"):
        territories(model, "saliency", n=1)
