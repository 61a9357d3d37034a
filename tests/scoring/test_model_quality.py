"""The quality gate against a literal bootstrap, on models whose log-odds are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import SUPERCLASS, FiveLinear, Holed, Linear, TwoLinear, closed_form
from tests.recordings import recordings
from xai_bench.data import open_source
from xai_bench.models import Model, load_model, zscore
from xai_bench.scoring.model_quality import (
    LEAST_AUROC,
    Quality,
    claimed_quality,
    measure_quality,
)
from xai_bench.tasks import SUPERCLASSES
from xai_bench.types import Recordings


def logits(model: Model, given: Recordings) -> np.ndarray:
    with torch.inference_mode():
        found: torch.Tensor = model.net(zscore(torch.from_numpy(given.signal)))
    return found.double().numpy()


def labelled_by(model: Model, count: int, *, noise: float) -> Recordings:
    """Recordings whose classes follow the model's own logits, up to noise."""
    given = recordings(count)
    found = logits(model, given)
    found -= np.median(found, axis=0)
    noisy = found + noise * found.std(0) * np.random.default_rng(1).normal(size=found.shape)
    names = SUPERCLASSES if model.task.multilabel else ("MI",)
    sets = [{name for name, x in zip(names, row, strict=True) if x > 0} for row in noisy]
    return replace(given, labels=tuple(frozenset(known or {"NORM"}) for known in sets))


def pairs_in_order(label: np.ndarray, found: np.ndarray) -> float:
    """AUROC, pair by pair; no log-odds are equal here but those of a recording drawn twice."""
    return float((found[label == 1][:, None] > found[label == 0]).mean())


def literal(
    given: Recordings, found: np.ndarray, names: tuple[str, ...]
) -> tuple[float, float, float]:
    """Mean AUROC and its interval, from 1500 draws of patients."""
    assert given.labels is not None
    truth = np.array([[int(name in known) for name in names] for known in given.labels])
    patients = np.array(given.patient_id)
    rows = {patient: np.flatnonzero(patients == patient) for patient in np.unique(patients)}
    rng = np.random.default_rng(3)

    def macro(rows: np.ndarray) -> float:
        columns = zip(truth[rows].T, found[rows].T, strict=True)
        return float(np.mean([pairs_in_order(*c) for c in columns if 0 < c[0].sum() < len(rows)]))

    drawn = [
        macro(np.concatenate([rows[p] for p in rng.choice(list(rows), len(rows))]))
        for _ in range(1500)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return macro(np.arange(len(patients))), float(low), float(high)


@pytest.mark.parametrize(("noise", "verdict"), [(0.3, "ok"), (5.0, "unreliable")])
def test_a_binary_model_is_judged_by_its_interval(noise: float, verdict: str) -> None:
    model = closed_form(Linear())
    given = labelled_by(model, 120, noise=noise)
    auroc, low, high = literal(given, logits(model, given), ("MI",))
    assert (low >= LEAST_AUROC) == (verdict == "ok")
    quality = measure_quality(model, given)
    assert (quality.verdict, quality.n) == (verdict, 120)
    assert quality.recordings == given.fingerprint()
    assert quality.auroc == pytest.approx(auroc)
    assert (quality.ci_low, quality.ci_high) == pytest.approx((low, high), abs=0.02)


@pytest.mark.parametrize(("noise", "verdict"), [(0.3, "ok"), (5.0, "unreliable")])
def test_of_several_classes_the_mean_is_judged(noise: float, verdict: str) -> None:
    model = closed_form(FiveLinear(), **SUPERCLASS)
    given = labelled_by(model, 80, noise=noise)
    auroc, low, high = literal(given, logits(model, given), SUPERCLASSES)
    quality = measure_quality(model, given)
    assert (quality.verdict, quality.n) == (verdict, 80)
    assert quality.auroc == pytest.approx(auroc)
    assert (quality.ci_low, quality.ci_high) == pytest.approx((low, high), abs=0.02)


def test_classes_that_nobody_has_or_everybody_are_left_out() -> None:
    model = closed_form(FiveLinear(), **SUPERCLASS)
    given = labelled_by(model, 60, noise=0.3)
    assert given.labels is not None
    some = replace(given, labels=tuple(known - {"MI", "CD"} | {"HYP"} for known in given.labels))
    found = logits(model, some)
    auroc, low, high = literal(some, found[:, [0, 2]], ("NORM", "STTC"))
    quality = measure_quality(model, some)
    assert quality.auroc == pytest.approx(auroc)
    assert (quality.ci_low, quality.ci_high) == pytest.approx((low, high), abs=0.02)


def test_a_rare_class_does_not_spoil_the_interval() -> None:
    model = closed_form(FiveLinear(), **SUPERCLASS)
    given = labelled_by(model, 60, noise=0.3)
    assert given.labels is not None
    rare = tuple(
        known - {"MI"} | ({"MI"} if i == 7 else set()) for i, known in enumerate(given.labels)
    )
    quality = measure_quality(model, replace(given, labels=rare))
    assert quality.ci_low is not None
    assert quality.ci_high is not None
    assert 0 < quality.ci_low < quality.ci_high <= 1


def test_recordings_that_are_not_in_the_task_are_not_counted() -> None:
    model = closed_form(TwoLinear())
    given = recordings(40)
    assert given.labels is not None
    other = tuple(frozenset({"CD"}) if i < 8 else known for i, known in enumerate(given.labels))
    quality = measure_quality(model, replace(given, labels=other))
    assert quality.n == 32
    assert quality.auroc == measure_quality(model, given[8:]).auroc


@pytest.mark.parametrize(
    ("given", "n"),
    [
        (recordings(20, labels=False), 0),
        (recordings(20)[::2], 10),
        (recordings(8), 8),
    ],
    ids=["no labels", "one class only", "four patients"],
)
def test_what_cannot_be_measured_is_unknown(given: Recordings, n: int) -> None:
    quality = measure_quality(closed_form(Linear()), given)
    assert (quality.verdict, quality.n) == ("unknown", n)
    assert (quality.auroc, quality.ci_low, quality.ci_high) == (None, None, None)
    assert quality.text == "AUROC unknown"


def test_progress_ends_at_the_number_of_recordings() -> None:
    steps: list[tuple[int, int]] = []
    measure_quality(
        closed_form(Linear()), recordings(20), progress=lambda *step: steps.append(step)
    )
    assert steps == [(8, 20), (16, 20), (20, 20)]


def test_what_a_cell_says() -> None:
    facts = {"verdict": "unreliable", "auroc": 0.524, "ci_low": 0.41, "ci_high": 0.63, "n": 256}
    quality = Quality.of({"quality": facts})
    assert (quality.verdict, quality.n) == ("unreliable", 256)
    assert quality.text == "AUROC 0.52 [0.41, 0.63]"
    assert Quality.of({"n": 16}) == Quality(verdict="unknown")


def test_recordings_without_finite_log_odds_are_left_out_of_the_auroc() -> None:
    model = closed_form(Holed())
    given = recordings(60)
    found = logits(model, given)[:, 0]
    finite = np.flatnonzero(np.isfinite(found)).tolist()
    assert 20 < len(finite) < 60
    quality, without = measure_quality(model, given), measure_quality(model, given[finite])
    assert quality.n == len(finite)
    assert quality.auroc is not None
    assert (quality.auroc, quality.ci_low) == (without.auroc, without.ci_low)
    few = recordings(6)
    assert measure_quality(model, few).verdict == "unknown"


def test_what_a_card_claims_of_this_source_needs_no_measuring() -> None:
    source = open_source("synthetic").fingerprint()
    model = load_model("imn", device="cpu")
    assert model.card is not None
    claims = model.card.claims
    assert claims is not None
    found = claimed_quality(model, source)
    assert found is not None
    assert (found.auroc, found.ci_low, found.ci_high) == (claims.auroc, *claims.auroc_ci)
    assert (found.verdict, found.n, found.recordings) == ("ok", claims.n, source)
    low = claims.model_copy(update={"auroc_ci": [0.69, 0.95]})
    doubtful = replace(model, card=model.card.model_copy(update={"claims": low}))
    unsure = claimed_quality(doubtful, source)
    assert unsure is not None
    assert unsure.verdict == "unreliable"
    for other in ("", open_source("synthetic", rate_hz=500).fingerprint()):
        assert claimed_quality(model, other) is None
    assert claimed_quality(closed_form(Linear()), source) is None, "it has no card"
