"""A beat can be copied and edited without touching the original."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.morphology import T_SHAPE, T_WAVE, Component, Morphology


def morphology() -> Morphology:
    n = len(Component)
    return Morphology(
        dipole=np.zeros((n, 3)),
        centre=np.zeros(n),
        width=np.ones(n),
        voltage=1.0,
        p_duration=0.11,
        pr_interval=0.16,
        qrs_onset=-0.04,
        qrs_end=0.04,
        qt_interval=0.40,
    )


def test_a_copy_has_arrays_of_its_own() -> None:
    original = morphology()
    copy = original.copy()
    for edited, kept in (
        (copy.dipole, original.dipole),
        (copy.centre, original.centre),
        (copy.width, original.width),
    ):
        assert np.array_equal(edited, kept)
        assert not np.shares_memory(edited, kept)


def test_the_two_halves_make_a_t_of_height_one() -> None:
    """Rising in 50 ms and falling in 33 ms (one SD), at the places the patient table gives."""
    time = np.linspace(-0.15, 0.10, 500)
    centre, width = np.array([[-0.0235], [0.011]]), np.array([[0.042], [0.028]])
    halves = np.exp(-0.5 * ((time - centre) / width) ** 2)
    wanted = np.exp(-0.5 * (time / np.where(time < 0, 0.050, 0.033)) ** 2)
    assert np.abs((T_SHAPE * halves).sum(axis=0) - wanted).max() < 0.02


def test_t_height_is_the_length_of_the_dipole() -> None:
    beat = morphology()
    beat.dipole[T_WAVE] = T_SHAPE * np.array([0.3, 0.0, -0.4])
    assert np.isclose(beat.t_height, 0.5)
