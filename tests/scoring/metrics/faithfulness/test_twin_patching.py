"""Twin patching on a linear model, where what a patch does is known."""

import pytest
import torch

from tests.closed_forms import Linear, batch, closed_form
from tests.scoring.cases import case, value
from xai_bench import load_data, load_model
from xai_bench.methods.attribute import make_batch
from xai_bench.scoring import Unscorable
from xai_bench.scoring.metrics.faithfulness.twin_patching import TwinPatching


def test_the_drop_is_the_sum_over_the_patched_samples() -> None:
    z = case().block.z
    generator = torch.Generator().manual_seed(2)
    twin = z - 0.1 * torch.randn(z.shape, generator=generator)
    evidence = torch.zeros(z.shape, dtype=torch.bool)
    evidence[0, 4, 100:130] = True
    attribution = torch.randn(z.shape, generator=generator)
    found = value(TwinPatching(), case(attribution=attribution, evidence=evidence, twin=twin))

    w = Linear().w.detach()
    largest = sorted(
        ((float(attribution[0, i, t]), i, t) for i in range(12) for t in range(1000)), reverse=True
    )[:30]
    expected = sum(float(w[i, t] * (z - twin)[0, i, t]) for _, i, t in largest)
    assert found == pytest.approx(expected, abs=1e-4)


def test_the_oracle_patches_the_evidence_and_only_that() -> None:
    z = case().block.z
    twin = z - 1.0
    evidence = torch.zeros(z.shape, dtype=torch.bool)
    evidence[0, 7, 5:25] = True
    found = value(TwinPatching(), case(attribution=evidence.float(), evidence=evidence, twin=twin))
    assert found == pytest.approx(float(Linear().w.detach()[7, 5:25].sum()), abs=1e-4)


def test_what_has_no_score() -> None:
    shape = batch().z[:1].shape
    evidence = torch.ones(shape, dtype=torch.bool)
    with pytest.raises(Unscorable, match="no healthy twins"):
        value(TwinPatching(), case(evidence=evidence))
    with pytest.raises(Unscorable, match="the explained class is the healthy one"):
        value(TwinPatching(), case(evidence=evidence, twin=torch.zeros(shape), target=0))


def test_a_twin_is_normalised_with_its_recordings_own_mean_and_deviation() -> None:
    """Written out in float64 for one recording: where nothing was planted z does not move."""
    given = load_data("synthetic", task="norm_vs_mi", n=6)
    model = closed_form(Linear())
    made = make_batch(model, given, target="MI")
    assert made.twin is not None
    assert given.healthy is not None
    for row in range(6):
        x, healthy = (a[row].astype("float64") / 1000 for a in (given.microvolt, given.healthy))
        mean, sd = x.mean(-1, keepdims=True), x.std(-1, ddof=1, keepdims=True)
        torch.testing.assert_close(
            made.twin[row].double(), torch.from_numpy((healthy - mean) / sd), atol=1e-3, rtol=1e-3
        )
        same = given.microvolt[row] == given.healthy[row]
        assert torch.equal(made.twin[row][torch.from_numpy(same)], made.z[row][same])


@pytest.mark.slow
def test_the_twin_of_a_sick_recording_is_less_sick_to_a_trained_model() -> None:
    given = load_data("synthetic", task="norm_vs_mi", n=40)
    model = load_model("imn", device="cpu")
    made = make_batch(model, given, target="MI")
    assert made.twin is not None
    assert given.evidence is not None
    sick = torch.from_numpy(given.evidence.any(axis=(1, 2)))
    with torch.inference_mode():
        drop = model.log_odds(made.z, 1) - model.log_odds(made.twin, 1)
    assert float((drop[sick] > 0).double().mean()) > 0.8
    torch.testing.assert_close(drop[~sick], torch.zeros_like(drop[~sick]))
