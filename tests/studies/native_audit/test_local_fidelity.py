"""Question 4: a linear net is its own model everywhere; a bent one is written out."""

import numpy as np
import pytest

from tests.closed_forms import TwoLinear, closed_form
from tests.studies.native_audit.audited_nets import Bent, audited, by_name, recordings, scores
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.local_fidelity import local_fidelity
from xai_bench.studies.native_audit.neighbours import KINDS, neighbours


def test_a_linear_net_is_its_own_model() -> None:
    found = by_name(local_fidelity(audited(TwoLinear())))
    for kind in KINDS:
        assert found[f"infidelity_{kind}", "native"].value < 1e-8
        assert found[f"constant_{kind}", "native"].value > 1e-6
        for method in ("native", "input-x-gradient"):
            assert found[f"fidelity_{kind}", method].value == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_infidelity_and_its_ratios_written_out(kind: str) -> None:
    net = Bent()
    given = audited(net, n=4)
    estimates = list(local_fidelity(given))
    near = neighbours(given, kind).double().numpy()
    for row, z in enumerate(given.z.double().numpy()):
        W, m, g = net.literal(z)
        model, constant, tangent = [], [], []
        for other in near[row]:
            there = net.literal(other)[1]
            model.append(((W * other).sum() + 0.25 - there) ** 2)
            constant.append((m - there) ** 2)
            tangent.append((m + (g * (other - z)).sum() - there) ** 2)
        missed = [float(np.mean(x)) for x in (model, constant, tangent)]
        assert scores(estimates, f"infidelity_{kind}")[row] == pytest.approx(
            missed[0], rel=2e-3, abs=1e-10
        )
        assert scores(estimates, f"constant_{kind}")[row] == pytest.approx(
            missed[1], rel=2e-3, abs=1e-10
        )
        slope = scores(estimates, f"infidelity_{kind}", "input-x-gradient")[row]
        assert slope == pytest.approx(missed[2], rel=0.02, abs=1e-8)
        ratio = missed[1] / (missed[0] + missed[1])
        assert scores(estimates, f"fidelity_{kind}")[row] == pytest.approx(ratio, abs=2e-3)
        against = missed[2] / (missed[0] + missed[2])
        assert scores(estimates, f"against_tangent_{kind}")[row] == pytest.approx(against, abs=5e-3)


def test_a_map_without_a_slope_says_nothing_of_neighbours() -> None:
    found = by_name(local_fidelity(audited(Bent(), n=2)))
    assert "no slope" in found["fidelity_noise", "ig"].reason


def test_recordings_without_a_neighbour_of_their_class_have_no_step() -> None:
    alone = AuditedNet(model=closed_form(Bent()), recordings=recordings()[:2])
    assert by_name(local_fidelity(alone))["fidelity_mix", "native"].reason.startswith("no other")
