"""An array of one's own: every layout that is meant comes out, and every other is an error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import Float64

import xai_bench as xb
from xai_bench.errors import DatasetError
from xai_bench.types import LEADS, Recordings

Signal = Float64[np.ndarray, "record lead time"]
EIGHT = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"]


@pytest.fixture
def signal(microvolt: np.ndarray) -> Signal:
    """Five recordings in millivolt."""
    return np.stack([np.roll(microvolt, shift, axis=1) for shift in range(5)]) / 1000


def refusal(signal: Any, **given: Any) -> str:
    with pytest.raises(DatasetError) as caught:
        xb.recordings(signal, **{"rate_hz": 100, **given})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_array_becomes_recordings(signal: Signal) -> None:
    found = xb.recordings(
        signal,
        rate_hz=100,
        labels=["NORM", ["MI", "CD"], [], {"any text"}, ("MI",)],
        patient_id=[7, 7, 15709.0, "p", "q"],
        record_id=list("abcde"),
        fold=[1, 2, 10, 9, 8],
        name="mine",
    )
    assert isinstance(found, Recordings)
    np.testing.assert_array_equal(found.microvolt, np.rint(signal * 1000))
    assert (found.name, found.rate_hz, found.seconds) == ("mine", 100.0, 10.0)
    assert found.record_id == tuple("abcde")
    assert found.patient_id == ("7", "7", "15709", "p", "q")
    assert found.labels == tuple(map(frozenset, (["NORM"], ["MI", "CD"], [], ["any text"], ["MI"])))
    assert found.fold is not None
    assert found.fold.tolist() == [1, 2, 10, 9, 8]
    taken = f"leads taken to be in the order {', '.join(LEADS)}"
    assert found.origin == f"Read: 12 leads of 10 s at 100 Hz in mV. Done: {taken}."


def test_what_is_not_given(signal: Signal) -> None:
    found = xb.recordings(signal, rate_hz=100)
    assert found.record_id == found.patient_id == ("0", "1", "2", "3", "4")
    assert found.labels is None
    assert found.fold is None
    assert found.name.startswith("recordings-")
    assert found.name == xb.recordings(signal, rate_hz=100).name
    assert found.name != xb.recordings(-signal, rate_hz=100).name


def test_every_kind_of_array(signal: Signal) -> None:
    whole = np.rint(signal * 1000).astype(np.int16)
    for array in (
        torch.tensor(signal, requires_grad=True),
        torch.tensor(signal, dtype=torch.float32),
        signal.astype(">f4"),
        np.asfortranarray(signal),
        list(signal),
    ):
        np.testing.assert_array_equal(xb.recordings(array, rate_hz=100).microvolt, whole)
    integers = np.rint(signal * 3)
    np.testing.assert_array_equal(
        xb.recordings(integers.astype(np.int64), rate_hz=100).microvolt, integers * 1000
    )


def test_leads_in_any_order_and_case_among_others(signal: Signal) -> None:
    order = [11, 7, 3, 0, 1, 2, 4, 6, 5, 8, 9, 10]
    names = [*(LEADS[row].lower() for row in order), "vx"]
    stored = np.concatenate([signal[:, order], signal[:, :1]], axis=1)
    found = xb.recordings(stored, rate_hz=100, leads=names)
    np.testing.assert_array_equal(found.microvolt, np.rint(signal * 1000))
    assert "vx left out; leads put in canonical order" in found.origin


@pytest.mark.parametrize("names", [None, EIGHT, EIGHT[::-1]])
def test_eight_leads_become_twelve(signal: Signal, names: list[str] | None) -> None:
    eight = signal[:, [LEADS.index(lead) for lead in names or EIGHT]]
    found = xb.recordings(eight, rate_hz=100, leads=names)
    np.testing.assert_array_equal(found.microvolt, np.rint(signal * 1000))
    assert "III, aVR, aVL, aVF derived from I and II" in found.origin


def test_another_order_of_leads_is_an_error_with_the_way_out(signal: Signal) -> None:
    cabrera = [4, 0, 3, 1, 5, 2, *range(6, 12)]
    said = refusal(signal[:, cabrera])
    assert said.startswith("signal_mv: of 5 recordings 5 cannot be used (0, 1, 2, 3, 4); the first")
    assert " is off by " in said
    assert "name their true order, leads=['I', ...]" in said
    xb.recordings(signal[:, cabrera], rate_hz=100, leads=[LEADS[row] for row in cabrera])
    assert "leads= names them wrongly" in refusal(signal[:, cabrera], leads=LEADS)
    # As MIMIC-IV-ECG has them: I + III = II and aVR + aVL + aVF = 0 hold all the same.
    assert "is off by" in refusal(signal[:, [0, 1, 2, 3, 5, 4, *range(6, 12)]])


def test_real_recordings_keep_their_order(shared_data: Any) -> None:
    real = xb.load_data(shared_data / "ptbxl_mini", split="all")
    found = xb.recordings(real.signal, rate_hz=100, patient_id=real.patient_id)
    np.testing.assert_array_equal(found.microvolt, real.microvolt)
    assert " is off by 1." in refusal(real.signal[:, [0, 1, *range(3, 12), 2]])
    scores = real.signal - real.signal.mean(axis=2, keepdims=True)
    scores /= scores.std(axis=2, keepdims=True)
    assert "Leads that were scaled one by one (z-scored) are no millivolt" in refusal(scores)


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (1000, "of an array in microvolt give signal / 1000"),
        (1e-6, "of an array in volt give signal * 1000"),
        (1e300, "has an amplitude of"),
    ],
)
def test_another_unit_is_an_error(signal: Signal, factor: float, said: str) -> None:
    assert said in refusal(signal * factor)
    assert "an ECG has 0.01 to 20 mV" in refusal(signal * factor)


def test_integers_in_microvolt_are_an_error(signal: Signal) -> None:
    assert "give signal / 1000" in refusal(np.rint(signal * 1000).astype(np.int16))


def test_an_offset_that_integers_cannot_hold(signal: Signal) -> None:
    assert "reaches 4" in refusal(signal + 40)
    np.testing.assert_allclose(
        xb.recordings(signal + 20, rate_hz=100).signal - 20, signal, atol=1e-3
    )


@pytest.mark.parametrize(
    ("row", "lead", "value", "said"),
    [
        (3, 4, np.nan, "1 cannot be used (3); the first has missing (NaN or infinite) samples"),
        (0, 0, np.inf, "1 cannot be used (0); the first has missing"),
        (2, 7, 0.3, "1 cannot be used (2); the first is flat in lead V2"),
    ],
)
def test_flaws_are_named_by_row(
    signal: Signal, row: int, lead: int, value: float, said: str
) -> None:
    signal[row, lead] = value
    assert said in refusal(signal)


def test_many_flaws_are_counted(signal: Signal) -> None:
    many = np.tile(signal, (6, 1, 1))
    many[2:] = 0
    said = refusal(many)
    assert "of 30 recordings 28 cannot be used (2, 3, 4, " in said
    assert ", 21 and 8 more); the first is flat in lead I, II" in said


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda s: s.transpose(0, 2, 1), "(record, time, lead): give it as (record, lead, time)"),
        (lambda s: s[0], "one recording: give signal[None]"),
        (lambda s: s[0, 0], "and (record, lead, time) is wanted"),
        (lambda s: s[:0], "and (record, lead, time) is wanted"),
        (lambda s: s[:, :11], "of 12 leads is wanted, or of 8"),
        (lambda s: s > 0, "holds bool"),
        (lambda s: s + 1j, "holds complex128"),
        (lambda s: [s[0], s[1][:, :50]], "is no array"),
        (lambda s: "ecg.npy", "holds <U7"),
        (lambda s: None, "holds object"),
    ],
)
def test_other_shapes_say_what_to_do(signal: Signal, made: Any, said: str) -> None:
    assert said in refusal(made(signal))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rate_hz": 0}, "sampling rate of 0 Hz"),
        ({"rate_hz": float("nan")}, "sampling rate of nan Hz"),
        ({"leads": LEADS[:11]}, "no lead V6"),
        ({"leads": [*LEADS, "vx"]}, "leads= names 13 leads"),
        ({"leads": [*LEADS[:11], "V5"]}, "no lead V6"),
        ({"labels": ["NORM"] * 4}, "labels has 4 entries for 5 recordings"),
        ({"labels": "NORM"}, "labels is 'NORM', and a list is wanted"),
        ({"labels": [0, 1, 0, 1, 0]}, "labels has 0, and the name of a class is wanted"),
        ({"labels": np.eye(5)}, "the name of a class is wanted"),
        ({"labels": [None] * 5}, "labels has None"),
        ({"patient_id": [1, 2, float("nan"), 4, 5]}, "patient_id lacks an id: nan"),
        ({"patient_id": [1, 2, None, 4, 5]}, "patient_id lacks an id: None"),
        ({"patient_id": 5}, "patient_id is 5, and a list is wanted"),
        ({"record_id": list("aabcd")}, "record_id has the same id more than once"),
        ({"record_id": ["", *"abcd"]}, "record_id lacks an id: ''"),
        ({"name": "../mine"}, "name is '../mine'"),
        ({"name": ""}, "name is ''"),
        ({"fold": [0, 1, 2, 3, 4]}, "fold has 0; folds are 1 to 10"),
        ({"fold": [1.5, 1, 2, 3, 4]}, "fold has 1.5"),
    ],
)
def test_facts_that_do_not_fit(signal: Signal, given: dict[str, Any], said: str) -> None:
    assert said in refusal(signal, **given)


def test_facts_may_be_columns_of_a_table(signal: Signal) -> None:
    import pandas as pd

    table = pd.DataFrame({"label": list("abcab"), "patient": [1, 1, 2, 3, 3], "fold": [1] * 5})
    found = xb.recordings(
        signal,
        rate_hz=100,
        labels=table["label"],
        patient_id=table["patient"],
        fold=table["fold"].to_numpy(),
    )
    assert found.labels == tuple(frozenset(letter) for letter in "abcab")
    assert found.patient_id == ("1", "1", "2", "3", "3")
