"""Question 2: the logit does not move, and what does is written out."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.interpolate import PchipInterpolator
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from tests.closed_forms import FiveLinear, TwoLinear, closed_form
from tests.studies.native_audit.audited_nets import (
    BiasOnly,
    Energy,
    audited,
    by_name,
    recordings,
    scores,
)
from xai_bench.errors import CardError
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.gauge import METRICS, centred, gauge
from xai_bench.zoo import Zoo


def _deletion(w: np.ndarray, b: float, z: np.ndarray, a: np.ndarray) -> float:
    """Area under the probability of a linear net while samples go, largest a first."""
    order = np.argsort(-a.ravel())
    shares, log_odds = (0, 0.05, 0.2, 0.5, 0.75, 1), []
    for share in shares:
        left = z.ravel().copy()
        left[order[: round(share * left.size)]] = 0
        log_odds.append(w.ravel() @ left + b)
    curve = PchipInterpolator(np.log(np.array(shares) + 0.02), log_odds)
    at = (np.arange(20_000) + 0.5) / 20_000
    return float(np.mean(1 / (1 + np.exp(-curve(np.log(at + 0.02))))))


def test_changes_by_centring_and_of_a_single_column_written_out() -> None:
    net = TwoLinear()
    given = audited(net, n=4)
    estimates = list(gauge(given))
    found = by_name(estimates)
    assert found["gauge_log_odds", "native"].value < 1e-4
    columns = net.w.detach().double().numpy()
    for row, z in enumerate(given.z.double().numpy()):
        target = int(given.batch.target[row])
        w, b = columns[target] - columns[1 - target], (-0.75 if target else 0.75)
        before = w * z
        for prefix, other in (
            ("gauge", (w - w.mean(axis=1, keepdims=True)) * z),
            ("column", columns[target] * z),
        ):
            rank = spearmanr(before.ravel(), other.ravel()).statistic
            assert scores(estimates, f"{prefix}_rank")[row] == pytest.approx(rank, abs=1e-6)
            deletion = _deletion(w, b, z, other) - _deletion(w, b, z, before)
            assert scores(estimates, f"{prefix}_deletion")[row] == pytest.approx(deletion, abs=1e-4)
            mask = given.recordings.evidence[row]  # type: ignore[index]
            if not mask.any():
                assert np.isnan(scores(estimates, f"{prefix}_roc_auc")[row])
                continue
            areas = [roc_auc_score(mask.ravel(), np.abs(a).ravel()) for a in (other, before)]
            masses = [np.abs(a)[mask].sum() / np.abs(a).sum() for a in (other, before)]
            change = scores(estimates, f"{prefix}_roc_auc")[row]
            assert change == pytest.approx(areas[0] - areas[1], abs=1e-5)
            change = scores(estimates, f"{prefix}_relevance_mass")[row]
            assert change == pytest.approx(masses[0] - masses[1], abs=1e-5)


def test_metrics_are_those_of_the_zoo_that_was_given(tmp_path: Path) -> None:
    (tmp_path / "metrics" / "faithfulness").mkdir(parents=True)
    (tmp_path / "metrics" / "faithfulness" / "deletion.toml").write_text("")
    model, zoo = closed_form(Energy()), Zoo(tmp_path)
    with pytest.raises(CardError, match="two cards are called 'deletion'"):
        list(gauge(AuditedNet(model=model, recordings=recordings(2), zoo=zoo)))


def test_a_net_with_one_logit_has_no_single_column() -> None:
    found = by_name(gauge(audited(Energy(), n=2)))
    for what in ("rank", *METRICS):
        assert found[f"column_{what}", "native"].reason.startswith("one logit")


def test_every_class_of_a_multi_label_net_has_a_column_of_its_own() -> None:
    two = audited(TwoLinear(), n=2)
    model = closed_form(FiveLinear(), labels={"task": "superclass"})
    found = by_name(gauge(AuditedNet(model=model, recordings=two.recordings)))
    assert "column and a logit of its own" in found["column_rank", "native"].reason


def test_weights_of_zero_have_no_ranks() -> None:
    found = by_name(gauge(audited(BiasOnly(), n=2)))
    assert found["gauge_rank", "native"].reason
    assert np.isnan(found["gauge_rank", "native"].value)


def test_centred_weights_are_the_smallest_of_all_that_are_equivalent() -> None:
    W = torch.randn(2, 12, 50, generator=torch.Generator().manual_seed(0))
    assert centred(W).mean(dim=-1).abs().max() < 1e-6
    for offset in (-0.1, 0.1):
        assert (centred(W) + offset).norm() > centred(W).norm()
