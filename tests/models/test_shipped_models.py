"""A walk over every card that ships: its weights, its probe, its claims."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from xai_bench import load_data, load_model
from xai_bench.cards import ModelCard, Recipe
from xai_bench.data import open_source
from xai_bench.models import Model
from xai_bench.scoring.model_quality import labelled, predict
from xai_bench.stats import auroc, mean_auroc, mean_auroc_interval
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

CARDS = {name: Zoo().model_card(name)[0] for name in Zoo().model_folders()}
MODELS = [name for name, card in CARDS.items() if card.origin is None and card.weights is not None]
"""Those that we trained; weights of others are nowhere in this repository."""
QUICK = "xresnet1d"
"""The net that is through fold 10 soonest; claims of the others are left to `make claims`."""


def _data(card: ModelCard) -> str:
    """The embedded data that a card's claims are of."""
    assert card.recipe is not None
    return card.recipe.data


def _test_fold(model: Model, data: str, n: int | None = None) -> Recordings:
    return load_data(
        data,
        n=n,
        task=model.task,
        rate_hz=model.rate_hz,
        seconds=model.seconds,
        leads=model.leads,
    )


def _is_mixed(card: ModelCard) -> bool:
    return card.recipe is not None and len(card.recipe.shares) > 1


def _claimed(name: str) -> object:
    return pytest.param(name, marks=[] if name == QUICK else [pytest.mark.long])


@pytest.mark.slow
@pytest.mark.parametrize("name", [_claimed(name) for name in MODELS])
def test_claimed_auroc_is_recomputed_on_fold_10(name: str) -> None:
    model = load_model(name, device="cpu")
    assert model.card is not None
    claims = model.card.claims
    assert claims is not None
    given, truth = labelled(_test_fold(model, _data(model.card)), model.task)
    log_odds = predict(model, given)
    assert len(given) == claims.n
    assert mean_auroc(log_odds, truth) == pytest.approx(claims.auroc, abs=2e-4)
    interval = mean_auroc_interval(log_odds, truth, given.patient_id)
    assert interval == pytest.approx(claims.auroc_ci, abs=5e-4)
    assert list(claims.auroc_by_class) == list(model.task.columns if model.task.multilabel else ())
    for k, value in enumerate(claims.auroc_by_class.values()):
        assert auroc(log_odds[:, k], truth[:, k]) == pytest.approx(value[0], abs=2e-4)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("deepfake_ecg") is None, reason="recordings need deepfake_ecg")
@pytest.mark.parametrize("name", [n for n in MODELS if _is_mixed(CARDS[n])])
def test_claims_of_a_mix_are_recomputed_on_its_fold_10(name: str) -> None:
    model = load_model(name, device="cpu")
    assert model.card is not None
    assert model.card.claims is not None
    assert isinstance(model.card.recipe, Recipe)
    assert list(model.card.claims.mix) == list(model.card.recipe.mix)
    for data, claims in model.card.claims.mix.items():
        source = open_source(data, rate_hz=model.rate_hz, seconds=model.seconds, leads=model.leads)
        assert claims.source == source.fingerprint()
        given, truth = labelled(_test_fold(model, data), model.task)
        log_odds = predict(model, given)
        assert len(given) == claims.n
        assert mean_auroc(log_odds, truth) == pytest.approx(claims.auroc, abs=2e-4)
        interval = mean_auroc_interval(log_odds, truth, given.patient_id)
        assert interval == pytest.approx(claims.auroc_ci, abs=5e-4)


@pytest.mark.parametrize("name", MODELS)
class TestEveryCard:
    def test_claims_are_of_the_embedded_data_of_this_version(self, name: str) -> None:
        card, _ = Zoo().model_card(name)
        assert card.claims is not None
        form = card.input
        source = open_source(
            _data(card), rate_hz=form.rate_hz, seconds=form.seconds, leads=form.leads
        )
        assert card.claims.source == source.fingerprint()

    @pytest.mark.slow_but_one
    def test_probe_reproduces(self, name: str) -> None:
        model = load_model(name, device="cpu")
        probe = load_file(Zoo().model_folders()[name] / "probe.safetensors")
        with torch.inference_mode():
            logits = model.net(model.normalise(probe["millivolt"]))
        torch.testing.assert_close(logits, probe["logits"], rtol=1e-4, atol=1e-4)

    def test_small_parameters_counted_and_cam_layer_there(self, name: str) -> None:
        model = load_model(name, device="cpu")
        assert model.card is not None
        assert model.card.claims is not None
        assert model.card.claims.parameters == sum(p.numel() for p in model.net.parameters())
        # The LSTM has no convolution late enough, and clauses have none; Grad-CAM skips them.
        assert (model.cam_layer is None) == (model.card.target in ("lstm", "tsetlin"))
        folder = Zoo().model_folders()[name]
        assert (folder / "weights.safetensors").stat().st_size < 2_000_000
        assert (folder / "README.md").exists()
        assert (folder / "curves.png").stat().st_size < 60_000

    @pytest.mark.slow_but_one
    def test_native_explanation_is_exact_to_1e_5(self, name: str) -> None:
        model = load_model(name, device="cpu")
        if not model.is_native:
            pytest.skip("a black box")
        assert model.card is not None
        given = _test_fold(model, _data(model.card), n=8)
        z = model.normalise(torch.from_numpy(given.signal))
        with torch.inference_mode():
            W, b = model.native(z)
            difference = (W * z).sum((1, 2)) + b - model.log_odds(z, 1)
        assert difference.abs().max() <= 1e-5


@pytest.mark.slow
def test_the_dense_head_knows_nothing_but_its_bias() -> None:
    """What its card says: W * z is exact, and at chance; the prediction is b."""
    model = load_model("imn-direct", device="cpu")
    given, truth = labelled(load_data("synthetic", task=model.task, n=200), model.task)
    parts = []
    with torch.inference_mode():
        for start in range(0, len(given), 8):
            z = model.normalise(torch.from_numpy(given[start : start + 8].signal))
            W, b = model.native(z)
            parts.append(torch.stack([(W * z).sum((1, 2)), b]).double())
    of_W, of_b = torch.cat(parts, dim=1).numpy()
    assert abs(auroc(of_W, truth[:, 0]) - 0.5) < 0.12  # three standard errors
    assert auroc(of_b, truth[:, 0]) > 0.8


def test_zoo_fits_into_git() -> None:
    folders = Zoo().model_folders().values()
    total = sum(path.stat().st_size for folder in folders for path in folder.iterdir())
    assert total < 25_000_000


def test_saved_weights_are_plain_tensors_of_the_recipes_kind(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")  # the format itself works here
    for name in MODELS:
        card, folder = Zoo().model_card(name)
        weights = load_file(folder / "weights.safetensors")
        kinds = {v.dtype for v in weights.values() if v.is_floating_point()}
        stored = card.recipe.storage if isinstance(card.recipe, Recipe) else "float32"
        assert kinds == {getattr(torch, stored)}
