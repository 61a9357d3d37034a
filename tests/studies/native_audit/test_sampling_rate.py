"""Question 6c: a sum of squares counts samples; a net of fixed length says that it cannot."""

import pytest

from tests.closed_forms import closed_form
from tests.studies.native_audit.audited_nets import (
    BiasOnly,
    Energy,
    OfLength,
    by_name,
    recordings,
    subject,
)
from xai_bench.errors import InputError
from xai_bench.studies.native_audit.audited_net import Subject
from xai_bench.studies.native_audit.sampling_rate import rate


def test_a_sum_of_squares_is_five_times_as_large_at_five_times_the_rate() -> None:
    model = closed_form(Energy())
    given = Subject(model=model, recordings=recordings(4), faster=recordings(4, 500.0))
    found = by_name(rate(given))
    # A z-scored lead of T samples has a sum of squares of T - 1.
    assert found["fast_log_odds", "native"].value == pytest.approx(12 * 4000, rel=1e-4)
    assert found["resampled_log_odds", "native"].value == pytest.approx(0, abs=2e-2)


def test_resampled_recordings_are_those_of_the_lower_rate_but_for_the_filter() -> None:
    model = closed_form(BiasOnly())  # m is one sample of z
    given = Subject(model=model, recordings=recordings(), faster=recordings(8, 500.0))
    found = by_name(rate(given))
    spread = float(given.z[:, 7, 500].abs().mean())
    assert 0 < found["resampled_log_odds", "native"].value < 0.2 * spread


@pytest.mark.parametrize("error", [InputError, RuntimeError])
def test_a_net_of_fixed_length_says_so_and_reads_what_was_resampled(
    error: type[Exception],
) -> None:
    model = closed_form(OfLength(error))
    given = Subject(model=model, recordings=recordings(4), faster=recordings(4, 500.0))
    found = by_name(rate(given))
    for what in ("log_odds", "auroc"):
        assert found[f"fast_{what}", "native"].reason == "of 1,000 samples"
        assert not found[f"resampled_{what}", "native"].reason


def test_recordings_of_one_rate_say_why() -> None:
    found = by_name(rate(subject(Energy(), n=2)))
    assert found["fast_auroc", "native"].reason == subject(Energy(), n=2).why_not_faster
    assert len(found) == 4
