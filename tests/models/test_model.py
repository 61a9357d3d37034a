"""What a Model promises, and how its weights are had; see test_shipped_models for every card."""

import re
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.closed_forms import CARD, SUPERCLASS, FiveLinear, Linear, TwoLinear, batch, closed_form
from tests.loopback import serve
from tests.tiny_zoo import tiny_zoo
from xai_bench import load_model
from xai_bench.cards import ModelCard
from xai_bench.errors import CardError, DownloadError, InputError, UnknownNameError, WeightsError
from xai_bench.models import build_net, zscore
from xai_bench.nets.fcn import FCN
from xai_bench.registry import REGISTERED
from xai_bench.zoo import Zoo


def test_normalisation_is_the_authors() -> None:
    millivolt = torch.randn(3, 12, 1000, generator=torch.Generator().manual_seed(0)) * 3 + 1
    millivolt[1, 4] = 0.25  # an electrode that fell off
    z = zscore(millivolt)
    x = millivolt.numpy().astype(np.float64)
    sd = np.maximum(x.std(-1, ddof=1, keepdims=True), 1e-6)
    np.testing.assert_allclose(z, (x - x.mean(-1, keepdims=True)) / sd, atol=1e-4)
    assert (z[1, 4] == 0).all()


@pytest.mark.parametrize("net", [Linear(), TwoLinear()])
def test_log_odds_of_the_other_class_are_the_negative(net: Linear | TwoLinear) -> None:
    model, z = closed_form(net), batch().z
    m = model.log_odds(z, 1)
    torch.testing.assert_close(model.log_odds(z, 0), -m)
    mixed = model.log_odds(z, torch.tensor([1, 0, 1]))
    torch.testing.assert_close(mixed, m * torch.tensor([1, -1, 1]))
    logits = model.net(z)
    if logits.shape[1] == 2:
        torch.testing.assert_close(torch.sigmoid(m), logits.softmax(1)[:, 1])


@pytest.mark.parametrize("target", [0, 1, torch.tensor([0, 1, 1])])
def test_native_weights_give_the_log_odds(target: int | torch.Tensor) -> None:
    model, z = closed_form(TwoLinear()), batch().z
    W, b = model.native(z, target)
    torch.testing.assert_close((W * z).sum((1, 2)) + b, model.log_odds(z, target))
    with pytest.raises(InputError, match="does not generate weights"):
        closed_form(Linear()).native(z)


class TestMultiLabel:
    model = closed_form(FiveLinear(), **SUPERCLASS)
    w = model.net.get_parameter("w")

    def logits(self, z: torch.Tensor) -> torch.Tensor:
        """<w_k, z> + b_k in float64, one class and recording after the other."""
        columns = list(zip(self.w.double(), FiveLinear.bias, strict=True))
        return torch.tensor([[float((w * x).sum()) + b for w, b in columns] for x in z.double()])

    @pytest.mark.parametrize("target", [0, 3, torch.tensor([4, 0, 2])])
    def test_the_explained_scalar_is_the_logit_of_the_target(
        self, target: int | torch.Tensor
    ) -> None:
        z = batch().z
        expected = self.logits(z)[torch.arange(3), target]
        torch.testing.assert_close(self.model.log_odds(z, target), expected, rtol=1e-4, atol=1e-4)
        W, b = self.model.native(z, target)
        torch.testing.assert_close(W, self.w[target].expand_as(z))
        torch.testing.assert_close((W * z).sum((1, 2)) + b, expected, rtol=1e-4, atol=1e-4)

    def test_the_largest_logit_is_predicted_and_the_pass_explains_it(self) -> None:
        z = batch(rows=12).z
        literal = [max(range(5), key=row.__getitem__) for row in self.logits(z).tolist()]
        assert len(set(literal)) > 2
        assert self.model.predicted(z).tolist() == literal
        logits, target, W, b = self.model.native_pass(z)
        assert target.tolist() == literal
        torch.testing.assert_close(logits, self.logits(z), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(W, self.w[literal])
        assert b.tolist() == pytest.approx([FiveLinear.bias[k] for k in literal])

    def test_columns_are_those_of_the_task(self) -> None:
        z = batch().z
        found = self.model.column_log_odds(z)
        torch.testing.assert_close(found, self.logits(z), rtol=1e-4, atol=1e-4)
        for net in (Linear(), TwoLinear()):
            model = closed_form(net)
            column = model.column_log_odds(z)
            torch.testing.assert_close(column, model.log_odds(z, 1)[:, None])
            assert torch.equal(model.predicted(z), (column[:, 0] > 0).long())

    def test_a_net_with_other_outputs_than_the_task_needs_is_a_card_error(self) -> None:
        z = batch().z
        with pytest.raises(CardError, match="superclass needs 5 outputs, its net has 2"):
            closed_form(TwoLinear(), **SUPERCLASS).log_odds(z, 1)
        with pytest.raises(CardError, match="norm_vs_mi needs 1 or 2 outputs, its net has 5"):
            closed_form(FiveLinear()).native(z)


def test_the_task_follows_the_rule_of_the_card() -> None:
    several = frozenset({"MI", "CD"})
    strict = closed_form(Linear(), labels={"task": "norm_vs_mi", "rule": "strict"})
    assert strict.task.label(several) is None
    assert closed_form(Linear()).task.label(several) == 1


def test_params_and_targets_that_do_not_fit_are_card_errors(tmp_path: Path) -> None:
    (tmp_path / "no_net.py").write_text("class Thing:\n    created = 1 / 1\n")
    card, _ = Zoo().model_card("conv2d")
    for change, message in (
        ({"params": {"depth": 3}}, "do not fit"),
        ({"target": "os:system", "params": {"command": "exit"}}, "is no code of xai-bench"),
        ({"target": "./no_net.py:Thing", "params": {}}, "is not a torch Module"),
    ):
        with pytest.raises(CardError, match=message):
            build_net(card.model_copy(update=change), tmp_path)
    model = closed_form(Linear(), cam_layer="conv9")
    with pytest.raises(CardError, match="cam_layer 'conv9' is not in its net"):
        _ = model.cam_layer


class TestWeightsThatDoNotFit:
    @pytest.fixture
    def zoo(self, tmp_path: Path) -> Zoo:
        shutil.copytree(Zoo().model_folders()["imn"], tmp_path / "models/copy")
        return Zoo(tmp_path)

    def test_altered(self, zoo: Zoo) -> None:
        path = zoo.model_folders()["copy"] / "weights.safetensors"
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        with pytest.raises(WeightsError, match="are not the card's: sha256"):
            load_model("copy", zoo=zoo)

    def test_missing(self, zoo: Zoo) -> None:
        (zoo.model_folders()["copy"] / "weights.safetensors").unlink()
        with pytest.raises(WeightsError, match="cannot be read: No such file"):
            load_model("copy", zoo=zoo)

    def test_of_another_net(self, zoo: Zoo) -> None:
        card = zoo.model_folders()["copy"] / "card.toml"
        card.write_text(card.read_text().replace("outputs = 1", "outputs = 2"))
        with pytest.raises(WeightsError, match="do not fit the net: .*size mismatch"):
            load_model("copy", zoo=zoo)

    def test_no_safetensors(self, zoo: Zoo) -> None:
        folder = zoo.model_folders()["copy"]
        content = b"\x80\x04not safetensors"
        (folder / "weights.safetensors").write_bytes(content)
        text = re.sub(
            r'sha256 = "\w+"',
            f'sha256 = "{sha256(content).hexdigest()}"',
            (folder / "card.toml").read_text(),
        )
        (folder / "card.toml").write_text(text)
        with pytest.raises(WeightsError, match="are not safetensors"):
            load_model("copy", zoo=zoo)

    def test_not_trained_yet(self, zoo: Zoo) -> None:
        card = zoo.model_folders()["copy"] / "card.toml"
        card.write_text(card.read_text().split("[weights]")[0])
        with pytest.raises(WeightsError, match="has no weights yet; make them: xai-bench train"):
            load_model("copy", zoo=zoo)


class TestWeightsElsewhere:
    """Weights that are not beside the card, which has a URL for them."""

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
        return tiny_zoo(tmp_path / "zoo").model_folders()["linear"]

    def _load(self, folder: Path, url: str) -> torch.Tensor:
        card = folder / "card.toml"
        card.write_text(re.sub(r"(?m)^url = .*\n", "", card.read_text()))
        card.write_text(card.read_text().replace("[weights]\n", f'[weights]\nurl = "{url}"\n'))
        model = load_model("linear", device="cpu", zoo=Zoo(folder.parents[1], allow_code=True))
        weights: torch.Tensor = model.net.state_dict()["w"]
        return weights

    def test_are_fetched_once(self, folder: Path, tmp_path: Path) -> None:
        beside = folder / "weights.safetensors"
        content, asked = beside.read_bytes(), list[str]()
        with serve({"/w": content}, asked) as server:
            assert torch.equal(self._load(folder, f"{server}/w"), Linear().w)
            assert asked == []  # they are beside it
            beside.unlink()
            for _ in range(2):
                assert torch.equal(self._load(folder, f"{server}/w"), Linear().w)
        assert asked == ["/w"]
        [kept] = (tmp_path / "cache/weights").iterdir()
        assert kept.name == f"{sha256(content).hexdigest()}.safetensors"
        assert not beside.exists()

    def test_other_weights_are_refused(self, folder: Path, tmp_path: Path) -> None:
        beside = folder / "weights.safetensors"
        content = beside.read_bytes()
        beside.unlink()
        with serve({"/w": content + b"x"}) as server:
            with pytest.raises(DownloadError, match="/w is not the file .* sha256"):
                self._load(folder, f"{server}/w")
            with pytest.raises(DownloadError, match="/x: the server answers 404"):
                self._load(folder, f"{server}/x")
        assert not list((tmp_path / "cache/weights").iterdir())


def _card(target: str) -> ModelCard:
    return ModelCard.model_validate(CARD | {"target": target})


def test_two_spellings_are_one_net_and_one_fingerprint() -> None:
    short, dotted = _card("fcn"), _card(REGISTERED["net"]["fcn"])
    with torch.random.fork_rng(devices=[]):
        assert isinstance(build_net(short), FCN)
        assert isinstance(build_net(dotted), FCN)
    assert short.fingerprint() == dotted.fingerprint()
    assert short.fingerprint() != _card("lstm").fingerprint()


def test_an_unknown_name_teaches() -> None:
    with pytest.raises(UnknownNameError, match="no net 'resnet'. Did you mean 'resnet1d'"):
        build_net(_card("resnet"))


def test_cards_of_the_package_name_nets_by_their_names() -> None:
    zoo = Zoo()
    targets = {zoo.model_card(name)[0].target for name in zoo.model_folders()}
    assert targets == set(REGISTERED["net"])


def test_on_another_device_a_copy_is_made_and_the_model_stays() -> None:
    model = load_model("conv2d", device="cpu")
    there = model.on(torch.device("meta"))
    assert {p.device.type for p in there.net.parameters()} == {"meta"}
    assert {p.device.type for p in model.net.parameters()} == {"cpu"}
    assert (there.device.type, model.device.type) == ("meta", "cpu")
    assert model.on(torch.device("cpu")) is model
