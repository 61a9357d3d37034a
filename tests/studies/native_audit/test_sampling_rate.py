"""Question 6c: a sum of squares counts samples; a net of fixed length says that it cannot."""

import re

import pytest
import torch

from tests.closed_forms import closed_form
from tests.studies.native_audit.audited_nets import (
    BiasOnly,
    Energy,
    Multiplied,
    OfLength,
    audited,
    by_name,
    recordings,
)
from xai_bench.errors import InputError
from xai_bench.nets.base import NativeNet
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.sampling_rate import sampling_rate


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
