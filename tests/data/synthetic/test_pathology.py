"""Planted disease does to a heart what cardiology says it does."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from xai_bench.data.synthetic.cohort import FINDINGS, Difficulty
from xai_bench.data.synthetic.heart import DIRECTION, LEFT, RIGHT, SOURCES, Heart
from xai_bench.data.synthetic.pathology import draw_severity, keep_gradient, plant
from xai_bench.data.synthetic.patient import Patient, draw_patient
from xai_bench.types import LEADS

ALL = [name for names in FINDINGS.values() for name in names]
INFARCTS = tuple(FINDINGS["MI"])
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
TIME = np.arange(0.0, 0.25, 0.001)


@cache
def patient(seed: int) -> Patient:
    """The same one for every test; `plant` leaves it as it was."""
    return draw_patient(
        np.random.default_rng(seed), age=60.0, male=seed % 2 == 0, difficulty=Difficulty()
    )


@cache
def planted(seed: int, finding: str, severity: float = 1.0) -> Heart:
    return plant(patient(seed).heart, finding, severity, np.random.default_rng([seed, 1]))


def qrs(seed: int, heart: Heart) -> dict[str, np.ndarray]:
    """The QRS complex in each lead from its onset on, source by source and summed."""
    field = patient(seed).field.sources
    eight = np.zeros((8, len(TIME)))
    for source in range(len(SOURCES)):
        course = np.exp(-0.5 * ((TIME - heart.activation[source]) / heart.width[source]) ** 2)
        eight += np.outer(field[:, source] @ heart.force[source], course)
    leads = dict(zip(EIGHT, eight, strict=True))
    one, two = leads["I"], leads["II"]
    leads |= {"III": two - one, "aVL": one - two / 2, "aVF": two - one / 2, "aVR": -(one + two) / 2}
    return {lead: leads[lead] for lead in LEADS}


def t_wave(seed: int, heart: Heart) -> np.ndarray:
    field = patient(seed).field
    primary = np.einsum("lsk,sk,s->l", field.sources, DIRECTION, heart.recovery)
    return np.asarray(primary + field.middle @ heart.secondary)


@pytest.mark.parametrize("finding", ALL)
def test_the_healthy_heart_is_left_as_it_was(finding: str) -> None:
    healthy = patient(1).heart
    before = healthy.copy()
    sick = plant(healthy, finding, 1.0, np.random.default_rng(0))
    changed = []
    for name in ("activation", "width", "force", "injury", "recovery", "secondary", "atria"):
        assert np.array_equal(getattr(healthy, name), getattr(before, name))
        changed.append(not np.array_equal(getattr(sick, name), getattr(healthy, name)))
    assert any(changed) or sick.pr_interval > healthy.pr_interval


@pytest.mark.parametrize("finding", INFARCTS)
def test_an_infarct_takes_forces_away_and_adds_none(finding: str) -> None:
    """Q replaces R: no source is larger than before, and none points another way."""
    for seed in range(40):
        healthy, sick = patient(seed).heart, planted(seed, finding)
        share = (sick.force / healthy.force).ravel()
        assert share.min() >= 0.0
        assert share.max() <= 1.0 + 1e-9
        lost = 1 - np.linalg.norm(sick.force, axis=1) / np.linalg.norm(healthy.force, axis=1)
        assert lost[RIGHT].max() < 0.3


@pytest.mark.parametrize(
    ("finding", "lead", "others"),
    [("AMI", "V2", ("III", "aVF")), ("IMI", "aVF", ("V2", "V3")), ("LMI", "V6", ("V1", "V2"))],
)
def test_q_waves_lie_over_the_territory(finding: str, lead: str, others: tuple[str, ...]) -> None:
    """The first 40 ms turn negative where the wall is lost, and elsewhere much less."""
    near, far = [], []
    for seed in range(80):
        before, after = (qrs(seed, h) for h in (patient(seed).heart, planted(seed, finding)))
        change = {name: (after[name] - before[name])[:40].mean() for name in LEADS}
        near.append(change[lead])
        far.append(np.mean([change[name] for name in others]))
    assert np.median(near) < -0.05
    assert np.median(near) < np.median(far) - 0.05


def test_an_infarct_is_old_evolving_or_acute() -> None:
    """ST rises over the wall when acute; T falls over it when evolving or old."""
    st, t, acute = [], [], []
    for seed in range(300):
        healthy, sick = patient(seed).heart, planted(seed, "AMI")
        kept = np.linalg.norm(sick.force, axis=1) / np.linalg.norm(healthy.force, axis=1)
        acute.append(kept.min() > 0.6)  # most of the wall still lives
        st.append(float(np.linalg.norm((sick.injury - healthy.injury) @ DIRECTION)))
        t.append((t_wave(seed, sick) - t_wave(seed, healthy))[EIGHT.index("V3")])
    first = np.array(acute)
    assert first.mean() == pytest.approx(0.15, abs=0.06)
    assert np.median(np.array(st)[first]) > 2 * np.median(np.array(st)[~first])
    assert (np.array(t)[~first] < 0).all()
    assert np.median(np.array(t)[first]) > 0


@pytest.mark.parametrize("finding", ["RBBB", "LBBB"])
def test_bundle_branch_block_widens_qrs_beyond_120_ms(finding: str) -> None:
    widths = [planted(seed, finding).qrs_duration for seed in range(50)]
    assert 0.120 < np.median(widths) < 0.180


def test_the_late_forces_of_bundle_branch_block() -> None:
    """Right block: R' in V1 and S in I, V6. Left block: the reverse, and no q in V6."""
    late = {"RBBB": slice(90, 140), "LBBB": slice(70, 130)}
    for finding, sign in (("RBBB", 1), ("LBBB", -1)):
        found = {lead: [] for lead in ("V1", "V6", "I")}  # type: dict[str, list[float]]
        for seed in range(50):
            beat = qrs(seed, planted(seed, finding))
            for lead, values in found.items():
                values.append(float(beat[lead][late[finding]].mean()))
        assert np.sign(np.median(found["V1"])) == sign
        assert np.sign(np.median(found["V6"])) == -sign
        assert np.sign(np.median(found["I"])) == -sign


def test_t_is_discordant_in_left_bundle_branch_block() -> None:
    against = []
    for seed in range(50):
        heart = planted(seed, "LBBB")
        area = (heart.force * heart.width[:, None]).sum(axis=0)
        against.append(float((heart.t_dipole - patient(seed).heart.t_dipole) @ area) < 0)
    assert np.mean(against) > 0.9


def test_the_ventricular_gradient_is_kept_in_part() -> None:
    before = patient(0).heart
    after = before.copy()
    after.force *= 1.5
    keep_gradient(after, before)
    area = 0.5 * sum(before.force[s] * before.width[s] for s in range(len(SOURCES)))
    t_area = 0.69 * 0.042 + 0.45 * 0.028
    np.testing.assert_allclose((after.secondary - before.secondary) * t_area, -0.6 * area)


def test_t_inversion() -> None:
    lower = [
        t_wave(seed, planted(seed, "ISC")).min() < t_wave(seed, patient(seed).heart).min()
        for seed in range(50)
    ]
    assert np.mean(lower) > 0.9


def test_st_depression_is_opposite_to_the_apex_and_the_lateral_wall() -> None:
    anterolateral = np.array([0.13, 0.11, -0.08])
    for seed in range(50):
        change = (planted(seed, "STD").injury - patient(seed).heart.injury) @ DIRECTION
        assert change @ anterolateral < -0.1 * np.linalg.norm(anterolateral)


def test_fascicular_block_turns_the_axis_up_and_hypertrophy_enlarges_r() -> None:
    for seed in range(50):
        healthy = patient(seed).heart
        lafb, lvh = planted(seed, "LAFB"), planted(seed, "LVH")
        up, usual = (
            (heart.force * heart.width[:, None]).sum(axis=0)[1] for heart in (lafb, healthy)
        )
        assert up < usual - 0.003  # mV s
        assert lafb.qrs_duration < 0.14
        size = [np.linalg.norm(h.force[LEFT], axis=1).sum() for h in (healthy, lvh)]
        assert size[1] > 1.25 * size[0]


def test_a_first_degree_block_is_a_pr_beyond_200_ms_and_nothing_else() -> None:
    for seed in range(50):
        healthy, sick = patient(seed).heart, planted(seed, "AVB1", severity=0.12)
        assert sick.pr_interval > 0.20
        assert np.array_equal(sick.force, healthy.force)
        assert np.array_equal(sick.recovery, healthy.recovery)


@pytest.mark.parametrize("finding", [name for name in ALL if name != "AVB1"])
def test_more_severe_is_further_from_healthy(finding: str) -> None:
    for seed in range(20):
        healthy = patient(seed).heart
        mild, full = (
            sum(
                np.linalg.norm(getattr(planted(seed, finding, severity), name) - value)
                for name, value in (("force", healthy.force), ("recovery", healthy.recovery))
            )
            for severity in (0.4, 1.0)
        )
        assert full > mild > 0


def test_severity() -> None:
    drawn = [draw_severity(np.random.default_rng(seed), 0.12) for seed in range(500)]
    assert min(drawn) >= 0.12
    assert max(drawn) <= 1.0
    # A beta distribution with mean 1.6 / 3.1, on what lies between.
    assert abs(np.mean(drawn) - (0.12 + 0.88 * 1.6 / 3.1)) < 0.03
