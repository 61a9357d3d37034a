"""Findings show in the leads that face them, as a reader expects."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.ode.dipole_findings import plant_in_dipole
from xai_bench.data.ode.moving_dipole import Dipole, average_dipole
from xai_bench.data.ode.ode_subject import draw_subject
from xai_bench.data.synthetic.cohort import FINDINGS
from xai_bench.data.synthetic.leads import twelve
from xai_bench.types import LEADS, WAVES

ANGLE = np.linspace(-np.pi, np.pi, 1257)
DRAWS = 8
FIELD = np.mean([draw_subject(np.random.default_rng(k)).field for k in range(200)], axis=0)


def leads(dipole: Dipole) -> dict[str, np.ndarray]:
    return dict(zip(LEADS, twelve(FIELD @ dipole.course(ANGLE)), strict=True))


def planted(finding: str, severity: float = 0.9) -> list[dict[str, np.ndarray]]:
    healthy = average_dipole()
    return [
        leads(plant_in_dipole(healthy, finding, severity, np.random.default_rng(k)))
        for k in range(DRAWS)
    ]


def within(dipole: Dipole, wave: str) -> np.ndarray:
    return np.asarray(dipole.label(ANGLE) == WAVES.index(wave))


@pytest.mark.parametrize("finding", [name for names in FINDINGS.values() for name in names])
def test_a_finding_grows_with_its_severity_and_leaves_the_healthy_alone(finding: str) -> None:
    healthy = average_dipole()
    before = healthy.course(ANGLE)

    def change(severity: float) -> float:
        rng = np.random.default_rng(2)
        return float(
            np.abs(plant_in_dipole(healthy, finding, severity, rng).course(ANGLE) - before).mean()
        )

    assert 0.0 < change(0.3) < change(1.0)
    np.testing.assert_array_equal(healthy.course(ANGLE), before)


@pytest.mark.parametrize(
    ("finding", "near", "opposite"),
    [("AMI", ("V2", "V3"), ()), ("IMI", ("III", "aVF"), ("aVL",)), ("LMI", ("V6", "aVL"), ())],
)
def test_an_infarct_has_q_and_st_where_it_lies(
    finding: str, near: tuple[str, ...], opposite: tuple[str, ...]
) -> None:
    healthy = average_dipole()
    before = leads(healthy)
    first = np.abs(ANGLE + 0.17) < 0.05
    st = within(healthy, "ST")
    for after in planted(finding):
        for lead in near:
            assert (after[lead] - before[lead])[first].mean() < -0.1
            assert (after[lead] - before[lead])[st].mean() > 0.0
        for lead in opposite:
            assert (after[lead] - before[lead])[st].mean() < 0.0


def test_blocks_are_those_of_the_books() -> None:
    before = leads(average_dipole())
    late = np.abs(ANGLE - 0.36) < 0.1
    for after in planted("RBBB"):
        assert after["V1"][late].max() > 0.3  # R'
        assert after["I"][late].min() < -0.1  # a wide S
        assert after["V6"][late].min() < -0.1
    for after in planted("LBBB"):
        assert after["V1"].min() < -0.5
        assert after["V6"][late].mean() > 0.15
        assert after["V6"][np.abs(ANGLE - 1.7) < 0.2].mean() < 0.5 * before["V6"].max()
    for after in planted("LAFB"):
        assert after["aVF"].min() < -0.3  # S
        assert after["aVF"].min() < before["aVF"].min()
        assert after["aVL"].max() > before["aVL"].max()


def test_a_first_degree_block_has_a_pr_beyond_200_ms_and_changes_p_alone() -> None:
    healthy = average_dipole()
    for k in range(DRAWS):
        blocked = plant_in_dipole(healthy, "AVB1", 0.5, np.random.default_rng(k))
        pr = (blocked.span("QRS")[0] - blocked.span("P")[0]) / (2 * np.pi)
        assert pr > 0.200
        moved = np.abs(blocked.course(ANGLE) - healthy.course(ANGLE)).max(axis=0) > 2e-3
        assert ANGLE[moved].max() < healthy.span("QRS")[0]


def test_st_is_depressed_and_t_flat() -> None:
    healthy = average_dipole()
    before, st = leads(healthy), within(healthy, "ST")
    for after in planted("STD"):
        assert (after["V5"] - before["V5"])[st].mean() < -0.05
    for after in planted("NDT"):
        assert after["V4"][np.abs(ANGLE - 1.7) < 0.2].mean() < 0.45 * before["V4"].max()
    for after in planted("LVH"):
        assert after["V5"].max() > 1.25 * before["V5"].max()
