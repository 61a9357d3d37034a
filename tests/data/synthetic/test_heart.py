"""Twenty sources lie where anatomy puts them and are activated in the order that was measured."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.heart import (
    DIRECTION,
    LEFT,
    POSITION,
    RIGHT,
    SOURCES,
    Spread,
    average_heart,
    spread,
    weights,
)
from xai_bench.data.synthetic.leads import _ELECTRODES, lead_vectors

ROW = {name: row for row, name in enumerate(SOURCES)}
X, Y, Z = range(3)  # left, down, back


def test_seventeen_segments_and_three_of_the_right_ventricle() -> None:
    assert len(SOURCES) == len(set(SOURCES)) == 20
    assert len(SOURCES[LEFT]) == 17
    assert all(name.startswith("right") for name in SOURCES[RIGHT])
    np.testing.assert_allclose(np.linalg.norm(DIRECTION, axis=1), 1.0)


def test_walls_face_the_way_they_are_called() -> None:
    assert POSITION[ROW["apex"], X] > 0
    assert POSITION[ROW["apex"], Y] > 0
    assert POSITION[ROW["apex"], Z] < 0
    assert DIRECTION[ROW["mid inferior"], Y] > 0.8
    assert DIRECTION[ROW["mid anterior"], Y] < -0.5
    assert DIRECTION[ROW["mid inferolateral"], Z] > 0.5
    assert DIRECTION[ROW["mid anteroseptal"], Z] < -0.5
    assert POSITION[RIGHT].mean(axis=0)[X] < POSITION[LEFT].mean(axis=0)[X]


def test_arrival_is_the_shortest_way_from_any_entry() -> None:
    entries = (((0.4, 2.4, -70.0), 0.0), ((2.7, 3.2, -110.0), 0.012))
    found, course = Spread(entries=entries, speed=80.0).arrival()
    alone = [Spread(entries=(entry,), speed=80.0).arrival() for entry in entries]
    for row in range(len(SOURCES)):
        times = [time[row] for time, _ in alone]
        best = int(np.argmin(times))
        assert found[row] == times[best]
        np.testing.assert_array_equal(course[row], alone[best][1][row])
    speed = np.linalg.norm(np.diff(POSITION[:2], axis=0)) / 80.0
    assert abs(alone[0][0][0] - alone[0][0][1]) <= speed  # no detour: triangle inequality


def test_the_order_of_activation_is_durrers() -> None:
    """Left septum first, then the apex and the right wall, the base and the outflow tract last."""
    peak = average_heart().activation
    assert peak.argmin() in (ROW["mid anteroseptal"], ROW["mid inferoseptal"])
    late = [SOURCES[row] for row in peak.argsort()[-4:]]
    assert set(late) <= {name for name in SOURCES if "basal" in name or "outflow" in name}
    assert peak[ROW["apex"]] < peak[ROW["basal inferolateral"]]
    assert 0.07 < average_heart().qrs_duration < 0.10


def test_blocks_delay_what_they_cut_off() -> None:
    usual, _ = spread("healthy").arrival()
    for name, cut in (("LBBB", LEFT), ("RBBB", RIGHT)):
        arrival, _ = spread(name).arrival()
        assert (arrival - usual)[cut].mean() > 0.025
    fascicle, _ = spread("LAFB").arrival()
    delay = fascicle - usual
    assert SOURCES[int(delay.argmax())] == "mid anterolateral"
    assert (delay >= -1e-12).all()


def test_the_average_heart_shows_the_usual_amplitudes() -> None:
    """What it was fitted to: R and S in mV of an average healthy beat, within 0.1 mV."""
    heart = average_heart()
    time = np.arange(0.0, 0.12, 0.001)
    course = np.exp(-0.5 * ((time - heart.activation[:, None]) / heart.width[:, None]) ** 2)
    field = lead_vectors(_ELECTRODES, np.eye(3), np.zeros(3))
    beat = np.einsum("lsk,sk,st->lt", field, heart.force, course)
    np.testing.assert_allclose(
        beat.max(axis=1), [0.81, 1.11, 0.18, 0.37, 0.83, 1.48, 1.58, 1.28], atol=0.1
    )
    np.testing.assert_allclose(
        -beat.min(axis=1), [0.09, 0.08, 1.01, 0.91, 0.92, 0.54, 0.23, 0.05], atol=0.1
    )


def test_weights_by_name_or_ring() -> None:
    found = weights({"apical": 0.5, "apex": 1.0})
    expected = [1.0 if n == "apex" else 0.5 if n.startswith("apical ") else 0.0 for n in SOURCES]
    assert found.tolist() == expected


def test_a_copy_shares_nothing() -> None:
    heart = average_heart()
    copy = heart.copy()
    copy.force[0] = 9.0
    copy.secondary[0] = 9.0
    assert heart.force[0, 0] != 9.0
    assert heart.secondary[0] == 0.0
