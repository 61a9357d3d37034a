"""Question 6: what a weight sees, leads out of order, and nets of a fixed length."""

import re

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from tests.closed_forms import TwoLinear, closed_form
from tests.studies.native_audit.audited_nets import (
    BiasOnly,
    Energy,
    Multiplied,
    OfLength,
    Reaching,
    audited,
    by_name,
    recordings,
    scores,
)
from xai_bench.errors import InputError
from xai_bench.nets.base import NativeNet
from xai_bench.nets.imn import ECGIMN
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.reach import ORDERS, lead_order, reach, sampling_rate, seen


def test_a_known_field_is_measured() -> None:
    found = by_name(reach(audited(Reaching(), n=2)))
    assert found["reach_before", "native"].value == 3
    assert found["reach_after", "native"].value == 5
    assert found["reach_leads", "native"].value == 1
    assert found["reach_share", "native"].value == 3 * 9 / 12_000


def test_what_a_weight_sees_is_where_it_is_said_to_be() -> None:
    given = audited(Reaching(), n=2)
    expected = torch.zeros(12, 1000, dtype=torch.bool)
    expected[6:9, 97:106] = True
    (mask,) = seen(given, [(7, 100)], records=1)
    assert torch.equal(mask, expected)


def test_constant_weights_see_nothing() -> None:
    found = by_name(reach(audited(TwoLinear(), n=2)))
    assert {found[f"reach_{what}", "native"].value for what in ("before", "leads", "share")} == {0}


def test_weights_of_ecg_imn_see_38_samples_on_each_side_and_six_leads() -> None:
    # 7 + 7 samples of two convolutions, 14 of one after a pooling, 4 + 2 + 1 of the decoder, and
    # what pooling and up-sampling shift, which depends on the phase; a row for each convolution.
    given = audited(ECGIMN(), n=2)
    given.model.net.eval()
    masks = list(seen(given, [(5, 500 + phase) for phase in range(4)], records=2))
    leads, _ = torch.stack(masks).any(dim=0).nonzero().unbind(1)
    assert (int(leads.min()), int(leads.max())) == (0, 11)
    reached = [mask.any(dim=0).nonzero()[:, 0] - (500 + phase) for phase, mask in enumerate(masks)]
    assert min(int(at.min()) for at in reached) == -38
    assert max(int(at.max()) for at in reached) == 38


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


def test_a_sum_of_squares_is_five_times_as_large_at_five_times_the_rate() -> None:
    model = closed_form(Energy())
    given = AuditedNet(model=model, recordings=recordings(4), faster=recordings(4, 500.0))
    found = by_name(sampling_rate(given))
    # A z-scored lead of T samples has a sum of squares of T - 1.
    assert found["fast_log_odds", "native"].value == pytest.approx(12 * 4000, rel=1e-4)
    assert found["resampled_log_odds", "native"].value == pytest.approx(0, abs=2e-2)


def test_resampled_recordings_are_those_of_the_lower_rate_but_for_the_filter() -> None:
    model = closed_form(BiasOnly())  # m is one sample of z
    given = AuditedNet(model=model, recordings=recordings(), faster=recordings(8, 500.0))
    found = by_name(sampling_rate(given))
    spread = float(given.z[:, 7, 500].abs().mean())
    assert 0 < found["resampled_log_odds", "native"].value < 0.2 * spread


@pytest.mark.parametrize(
    ("net", "reason"),
    [
        (OfLength(InputError("of 1,000 samples\nand no others")), "of 1,000 samples"),
        (Multiplied(), "The size of tensor a (5000) must match the size of tensor b (1000)"),
    ],
)
def test_a_net_of_fixed_length_says_so_and_reads_what_was_resampled(
    net: NativeNet, reason: str
) -> None:
    model = closed_form(net)
    given = AuditedNet(model=model, recordings=recordings(4), faster=recordings(4, 500.0))
    found = by_name(sampling_rate(given))
    for what in ("log_odds", "auroc"):
        assert found[f"fast_{what}", "native"].reason.startswith(reason)
        assert "\n" not in found[f"fast_{what}", "native"].reason
        assert not found[f"resampled_{what}", "native"].reason


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB; max_split_size_mb"),
        torch.OutOfMemoryError("the size of tensor a"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
    ],
)
def test_memory_that_runs_out_is_no_answer(error: Exception) -> None:
    model = closed_form(OfLength(error))
    given = AuditedNet(model=model, recordings=recordings(4), faster=recordings(4, 500.0))
    with pytest.raises(type(error), match=re.escape(str(error))):
        list(sampling_rate(given))


def test_recordings_of_one_rate_say_why() -> None:
    found = by_name(sampling_rate(audited(Energy(), n=2)))
    assert found["fast_auroc", "native"].reason == audited(Energy(), n=2).why_not_faster
    assert len(found) == 4
