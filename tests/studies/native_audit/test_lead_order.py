"""Question 6b: a net to which leads are alike, and one to which they are not."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from tests.closed_forms import TwoLinear
from tests.studies.native_audit.audited_nets import Energy, audited, by_name, scores
from xai_bench.studies.native_audit.lead_order import ORDERS, lead_order


def test_leads_that_are_alike_may_stand_in_any_order() -> None:
    found = by_name(lead_order(audited(Energy())))
    for name in ORDERS:
        assert found[f"{name}_log_odds", "native"].value == pytest.approx(0, abs=2e-2)  # of 11,988
        assert found[f"{name}_rank", "native"].value == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "rows"), [("swapped", [*range(6, 12), *range(6)]), ("reversed", [*range(11, -1, -1)])]
)
def test_changes_written_out(name: str, rows: list[int]) -> None:
    net = TwoLinear()
    given = audited(net)
    estimates = list(lead_order(given))
    w = (net.w[1] - net.w[0]).detach().double().numpy()
    logits = []
    for row, z in enumerate(given.z.double().numpy()):
        moved = np.stack([z[lead] for lead in rows])
        logits.append((w * moved).sum() - 0.75)
        change = abs((w * moved).sum() - (w * z).sum())
        assert scores(estimates, f"{name}_log_odds")[row] == pytest.approx(change, abs=1e-4)
        back = np.empty_like(z)
        for place, lead in enumerate(rows):
            back[lead] = (w * moved)[place]
        rank = spearmanr((w * z).ravel(), back.ravel()).statistic
        assert scores(estimates, f"{name}_rank")[row] == pytest.approx(rank, abs=1e-5)
    label = [int("MI" in labels) for labels in given.recordings.labels or ()]
    area = by_name(estimates)[f"{name}_auroc", "native"].value
    assert area == pytest.approx(roc_auc_score(label, logits))
