"""Leads other than the twelve: named by recordings and models, picked by name, and told apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import xai_bench as xb
from xai_bench.cards import Input
from xai_bench.errors import CardError, DatasetError, InputError, LeadsError
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.perturbation.regions import divide
from xai_bench.models import Model
from xai_bench.studies.base import Inputs
from xai_bench.types import LEADS, Recordings, check_leads, lead_places

TWO = ("V1", "II")


def two_lead_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(2, 4, 9, padding=4),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(4, 2),
    )


@pytest.fixture
def model() -> Model:
    return xb.wrap(two_lead_net(), ["NORM", "MI"], rate_hz=100, leads=TWO, name="two")


@pytest.fixture(scope="module")
def twelve() -> Recordings:
    return xb.load_data("synthetic", n=3, task="norm_vs_mi")


def test_the_fingerprint_of_twelve_leads_is_what_it_was_before_there_were_others() -> None:
    signal = np.arange(12 * 20, dtype=np.float32).reshape(1, 12, 20) % 7 / 10
    twelve_leads = Recordings(
        name="made",
        microvolt=np.rint(signal * 1000).astype(np.int16),
        rate_hz=2.0,
        record_id=("a",),
        patient_id=("p",),
    )
    known = "e313e4613f167c4b0d1d8fb345e3ac162023088390b2c572d905870911cf98b4"
    assert twelve_leads.fingerprint() == known
    other = replace(twelve_leads, leads=(*LEADS[:11], "V7"))
    assert other.fingerprint() != known


def test_a_card_says_nothing_of_the_twelve() -> None:
    facts = {"rate_hz": 100.0, "seconds": 10.0, "normalisation": "zscore"}
    said_nothing = Input.model_validate(facts)
    assert said_nothing.leads == list(LEADS)
    assert "leads" not in said_nothing.model_dump_json()
    before = "cc35d74aa5807f95621d389d433aec76c291d535ae9bb248fe5957219c78e8d3"
    assert said_nothing.fingerprint() == before
    assert Input.model_validate(facts | {"leads": list(LEADS)}) == said_nothing
    two = Input.model_validate(facts | {"leads": ["MLII", "V1"]})
    assert '"leads":["MLII","V1"]' in two.model_dump_json()
    assert two.fingerprint() != said_nothing.fingerprint()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "0 leads are named"),
        (["V1"] * 300, "300 leads are named"),
        (["V1", "v1"], "named more than once"),
        (["V1", " "], "' ' is no name of a lead"),
        (["a\nb"], "is no name of a lead"),
    ],
)
def test_what_names_no_leads_is_refused(names: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_leads(names)
    with pytest.raises(InputError, match=f"model 'two': leads= .*{said}"):
        xb.wrap(two_lead_net(), ["NORM", "MI"], rate_hz=100, leads=names, name="two")
    with pytest.raises(DatasetError, match=said):
        xb.recordings(np.ones((1, 2, 9)), rate_hz=9, leads=names, as_named=True)


def test_leads_are_found_without_regard_to_case() -> None:
    assert lead_places(["v1", "MLii"], ["MLII", "V5", "V1"]) == [2, 0]
    with pytest.raises(LeadsError) as caught:
        lead_places(["MLII", "V1"], ["I", "V1"], who="model 'two' reads", data="mine")
    assert f"{caught.value}" == "model 'two' reads MLII, V1; recordings of 'mine' have I, V1"


def test_leads_are_picked_by_a_source_by_recordings_and_by_load_data(twelve: Recordings) -> None:
    rows = [LEADS.index(lead) for lead in TWO]
    loaded = xb.load_data("synthetic", n=3, task="norm_vs_mi", leads=TWO)
    for found in (loaded, twelve.of_leads(TWO), xb.load_data(twelve, split="all", leads=TWO)):
        assert found.leads == TWO
        order = [twelve.record_id.index(one) for one in found.record_id]
        for name in ("microvolt", "healthy", "evidence"):
            whole = np.asarray(getattr(twelve, name))[order][:, rows]
            np.testing.assert_array_equal(np.asarray(getattr(found, name)), whole)
    assert loaded.fingerprint() == twelve.of_leads(TWO).fingerprint() != twelve.fingerprint()
    assert twelve.of_leads(LEADS) is twelve


def test_recordings_of_leads_that_are_no_twelve(twelve: Recordings) -> None:
    signal = twelve.signal[:, :2]
    mine = xb.recordings(signal, rate_hz=100, leads=["MLII", "V1"], as_named=True)
    assert mine.leads == ("MLII", "V1")
    np.testing.assert_array_equal(mine.microvolt, twelve.microvolt[:, :2])
    assert mine.origin == "Read: 2 leads of 10 s at 100 Hz in mV. Done: nothing."
    assert (xb.load_data(mine, n=2, split="all").rate_hz, len(mine[[1]])) == (100, 1)
    with pytest.raises(DatasetError, match="as_named keeps the leads that leads= names"):
        xb.recordings(signal, rate_hz=100, as_named=True)
    signal[1, 1] = 0.25
    with pytest.raises(DatasetError, match="the first is flat in lead V1"):
        xb.recordings(signal, rate_hz=100, leads=["MLII", "V1"], as_named=True)


def test_a_model_explains_its_own_leads_of_recordings_with_more(
    model: Model, twelve: Recordings
) -> None:
    assert model.shape == (2, 1000)
    assert "reads V1, II, 10 s at 100 Hz" in repr(model)
    found = xb.attribute(model, twelve, "input-x-gradient", target="MI")
    z = model.normalise(torch.from_numpy(twelve.signal[:, [6, 1]])).requires_grad_()
    model.log_odds(z, 1).sum().backward()
    assert z.grad is not None
    np.testing.assert_allclose(found.values, (z * z.grad).detach(), atol=1e-6)


def test_regions_are_of_the_leads_that_are_there(model: Model, twelve: Recordings) -> None:
    batch = make_batch(model, twelve, target="MI")
    assert divide("leads", batch).names == TWO
    groups = divide("lead-groups", batch)
    assert groups.names == ("inferior", "septal")
    assert groups.index[0, :, 0].tolist() == [1, 0]
    assert len(divide("grid-10", batch)) == 20
    assert divide("waves", batch).names[:2] == ("V1 P", "V1 QRS")
    others = replace(batch, leads=("MLII", "V2"))
    assert divide("lead-groups", others).names == ("septal", "MLII")


def test_a_lead_that_is_missing_is_said_in_one_line(twelve: Recordings) -> None:
    beats = xb.wrap(
        two_lead_net(), ["NORM", "MI"], rate_hz=100, leads=["MLII", "V1"], name="beat-cnn"
    )
    said = f"model 'beat-cnn' reads MLII, V1; recordings of 'synthetic' have {', '.join(LEADS)}"
    for ask in (
        lambda: xb.attribute(beats, twelve, "saliency"),
        lambda: Inputs(data="synthetic", n=2).recordings(beats),
        lambda: Inputs(data=twelve, split="all").recordings(beats),
    ):
        with pytest.raises(LeadsError) as caught:
            ask()
        assert f"{caught.value}" == said


def test_fixed_statistics_are_of_as_many_leads_as_the_model_reads() -> None:
    fixed = {"step": "standardise", "mean": [0.0, 0.1], "sd": [1.0, 2.0]}
    two = xb.wrap(
        two_lead_net(), ["NORM", "MI"], rate_hz=100, leads=TWO, normalise=[fixed], name="two"
    )
    z = two.normalise(torch.ones(1, 2, 1000))
    np.testing.assert_allclose(z[0, :, 0], [1.0, 0.45])
    with pytest.raises(CardError, match="mean has 2 numbers for 12 leads"):
        xb.wrap(two_lead_net(), ["NORM", "MI"], rate_hz=100, normalise=[fixed])


def test_the_key_of_a_model_tells_its_leads(model: Model) -> None:
    other = xb.wrap(two_lead_net(), ["NORM", "MI"], rate_hz=100, leads=("V2", "II"), name="two")
    assert model.content != other.content
