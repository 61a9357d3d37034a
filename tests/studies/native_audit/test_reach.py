"""Question 6a: a field that is known."""

import torch

from tests.closed_forms import TwoLinear
from tests.studies.native_audit.audited_nets import Reaching, audited, by_name
from xai_bench.nets.imn import ECGIMN
from xai_bench.studies.native_audit.reach import reach, seen


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
