"""Where cards are found; the path is the name."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from tests.tiny_zoo import write_model
from xai_bench.errors import CardError, InputError, UnknownNameError
from xai_bench.models import build_net, load_model
from xai_bench.presets import PRESETS
from xai_bench.scoring.score import score
from xai_bench.zoo import FAMILIES, Zoo

ROOT = Path(__file__).parent.parent


def _copy(card: str, to: Path) -> None:
    to.parent.mkdir(parents=True)
    shutil.copy(ROOT / card, to)


def test_metrics_by_name_family_path_and_all() -> None:
    zoo = Zoo()
    every = zoo.every_metric()
    assert [m.family for m in every] == sorted((m.family for m in every), key=FAMILIES.index)
    assert {m.family for m in every} == set(FAMILIES)
    assert [m.name for m in zoo.metrics("roc_auc,faithfulness")][-1] == "roc_auc"
    assert {m.name for m in zoo.metrics("complexity")} == {
        "clutter", "complexity", "effective_complexity", "sparseness",
    }  # fmt: skip
    assert [m.name for m in zoo.metrics("complexity/complexity")] == ["complexity"]
    with pytest.raises(UnknownNameError, match=r"no metric 'runtme'. Did you mean 'runtime'"):
        zoo.metrics("runtme")


def test_what_another_card_supersedes_is_meant_by_its_name_alone() -> None:
    zoo = Zoo()
    old, new = "relative_input_stability_quantus", "relative_input_stability"
    assert [m.name for m in zoo.metrics(old)] == [old]
    assert [m.name for m in zoo.metrics(f"stability/{old}")] == [old]
    for group in ("all", "stability"):
        names = {m.name for m in zoo.metrics(group)}
        assert new in names
        assert old not in names
    every = zoo.every_metric()
    superseded = {m.card.supersedes for m in every} - {""}
    assert {m.name for m in every} - {m.name for m in zoo.metrics("all")} == superseded


def test_core_is_what_the_presets_say_and_nothing_superseded() -> None:
    zoo = Zoo()
    names = {m.name for m in zoo.metrics("core")}
    assert names == set(PRESETS.metrics.core)
    assert names <= {m.name for m in zoo.metrics("all")}


def test_seeds_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("a", "a-seed10", "a-seed2", "a-seedling", "a-seed2-x", "b-seed1", "ba-seed1"):
        _copy("models/imn/card.toml", tmp_path / "models" / name / "card.toml")
    zoo = Zoo(tmp_path)
    assert zoo.seeds("a") == ("a", "a-seed2", "a-seed10")
    assert zoo.seeds("a-seed2") == ("a-seed2",)
    assert Zoo().seeds("resnet1d") == ("resnet1d", "resnet1d-seed1", "resnet1d-seed2")


def test_models_and_unknown_models() -> None:
    zoo = Zoo()
    assert {"imn", "imn-categorical", "conv2d"} <= set(zoo.model_folders())
    with pytest.raises(UnknownNameError, match=r"no model 'inm'. Did you mean 'imn'"):
        zoo.model_card("inm")


@pytest.mark.parametrize("name", Zoo().model_folders())
def test_every_model_card_fits_its_net_and_cites_a_known_source(name: str) -> None:
    card, _ = Zoo().model_card(name)
    net = build_net(card)
    if card.cam_layer is not None:
        maps: list[torch.Tensor] = []
        hook = net.get_submodule(card.cam_layer).register_forward_hook(
            lambda layer, given, out: maps.append(out)
        )
        with torch.inference_mode():
            leads, samples = len(card.input.leads), round(card.input.rate_hz * card.input.seconds)
            drawn = torch.Generator().manual_seed(0)
            net.eval()(torch.randn(1, leads, samples, generator=drawn))
        hook.remove()
        (map_,) = maps
        # (record, channel, lead, step) or (record, channel, step), with a step for each 100 ms.
        assert map_.dim() == 3 or map_.shape[2] == leads
        assert map_.shape[-1] >= 10 * card.input.seconds
    assert f"{{{card.cite},\n" in (ROOT / "metrics/references.bib").read_text()


def test_a_folder_of_ones_own_adds_and_may_not_redefine(tmp_path: Path) -> None:
    _copy("models/conv2d/card.toml", tmp_path / "models/mine/card.toml")
    _copy("metrics/complexity/sparseness.toml", tmp_path / "metrics/complexity/gini.toml")
    zoo = Zoo(tmp_path)
    assert zoo.model_card("mine")[1] == tmp_path / "models/mine"
    assert [m.name for m in zoo.metrics("gini")] == ["gini"]
    _copy("models/conv2d/card.toml", tmp_path / "models/imn/card.toml")
    with pytest.raises(CardError, match="two cards are called 'imn'"):
        Zoo(tmp_path).model_folders()


def test_strange_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        Zoo(tmp_path / "nowhere")
    _copy("metrics/complexity/sparseness.toml", tmp_path / "metrics/beauty/gini.toml")
    with pytest.raises(CardError, match="no family 'beauty'"):
        Zoo(tmp_path).metrics("gini")


def test_a_broken_card_stops_only_who_asks_for_it(tmp_path: Path) -> None:
    _copy("models/conv2d/card.toml", tmp_path / "models/mine/card.toml")
    _copy("models/conv2d/card.toml", tmp_path / "models/no-task/card.toml")
    task = tmp_path / "models/no-task/card.toml"
    task.write_text(task.read_text().replace("norm_vs_mi", "norm_vs_x"))
    _copy("metrics/complexity/sparseness.toml", tmp_path / "metrics/complexity/gini.toml")
    (tmp_path / "models/broken").mkdir()
    (tmp_path / "models/broken/card.toml").write_text("target = 3")
    (tmp_path / "metrics/complexity/broken.toml").write_bytes(b"\xff")
    (tmp_path / "metrics/beauty").mkdir()
    (tmp_path / "metrics/beauty/strange.toml").write_text("")
    zoo = Zoo(tmp_path)
    assert zoo.model_card("mine")[0].target == "conv2d"
    assert [m.name for m in zoo.metrics("gini,sparseness")] == ["gini", "sparseness"]
    assert "gini" in {m.name for m in zoo.every_metric()}
    assert len(zoo.metrics("core")) == len(PRESETS.metrics.core)
    for asked in ("broken", "complexity", "complexity/broken", "all"):
        with pytest.raises(CardError, match=r"complexity/broken.toml: cannot be read"):
            zoo.metrics(asked)
    assert list(zoo.broken_cards("metrics")) == ["broken", "strange"]
    broken = zoo.broken_cards("models")
    assert set(broken) == {"broken", "no-task"}
    assert "broken/card.toml: " in str(broken["broken"])
    assert "no-task/card.toml: no task 'norm_vs_x'. Did you mean 'norm_vs_mi'?" in str(
        broken["no-task"]
    )
    assert not Zoo().broken_cards("models")


def _offered(monkeypatch: pytest.MonkeyPatch, **names: object) -> None:
    """Entry points of an installed package."""
    found = {name: (lambda given=value: given) for name, value in names.items()}
    monkeypatch.setattr("xai_bench.zoo.entry_points", lambda kind: found)


def test_what_packages_and_folders_offer_beside_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, text in (
        ("methods/my-own.py", "def my_own(model, z, target): return z"),
        ("methods/_helper.py", "1 / 0"),
        ("metrics/complexity/mine.py", "mine = 3"),
        ("metrics/_template/mine.py", "1 / 0"),
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    _offered(monkeypatch, theirs=7)
    closed, opened = Zoo(tmp_path), Zoo(tmp_path, allow_code=True)
    assert set(closed.own("methods")) == {"my-own", "theirs"}
    assert opened.own("methods")["my-own"]()(None, 5, None) == 5
    assert opened.own("metrics")["complexity/mine"]() == 3
    assert closed.own("methods")["theirs"]() == 7
    with pytest.raises(CardError, match="not run unless you trust it: --allow-code"):
        closed.own("methods")["my-own"]()
    _offered(monkeypatch, **{"my-own": 7})
    with pytest.raises(CardError, match="'my-own' of methods is both in a zoo and in a package"):
        closed.own("methods")


def test_a_model_of_a_package_is_a_folder_or_what_wrap_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(tmp_path / "models/linear", Linear(), {})
    made = closed_form(Linear())
    _offered(
        monkeypatch, model=made, makes=lambda: made, folder=tmp_path / "models/linear", thing=3
    )
    z = torch.zeros(1, 12, 1000)
    for name in ("model", "makes", "folder"):
        model = load_model(name, device="cpu")
        assert model.name == name
        assert torch.equal(model.log_odds(z, 1), made.log_odds(z, 1))
    with pytest.raises(CardError, match="a package offers int as model 'thing'"):
        load_model("thing", device="cpu")


def test_the_templates_are_a_model_and_a_metric_as_they_stand(tmp_path: Path) -> None:
    home, metrics = tmp_path / "models/mine", tmp_path / "metrics/complexity"
    shutil.copytree(ROOT / "models/_template", home)
    metrics.mkdir(parents=True)
    for file in ("mine.toml", "mine.py"):
        shutil.copy(ROOT / "metrics/_template" / file, metrics)
    zoo = Zoo(tmp_path, allow_code=True)
    card, folder = zoo.model_card("mine")
    weights = save(build_net(card, folder).state_dict())
    (home / "weights.safetensors").write_bytes(weights)
    text = (home / "card.toml").read_text()
    (home / "card.toml").write_text(text.replace("0" * 64, sha256(weights).hexdigest()))
    model = load_model("mine", device="cpu", zoo=zoo)
    found = score(model, recordings(2), "gradcam", metrics=["mine", "clutter"], zoo=zoo)
    assert set(found["status"]) == {"ok"}
    before = model.fingerprint()
    (home / "net.py").write_text((home / "net.py").read_text() + "\n# changed\n")
    assert load_model("mine", device="cpu", zoo=zoo).fingerprint() != before
    with pytest.raises(CardError, match="not run unless you trust it"):
        load_model("mine", device="cpu", zoo=Zoo(tmp_path))


def test_what_the_audit_found_to_tell_something_is_audited(tmp_path: Path) -> None:
    table = "metric,question,verdict\na,noise,tells\na,sign,reversed\nb,noise,by construction\n"
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "trust.csv").write_text(table)
    zoo = Zoo(tmp_path)
    assert "a" in zoo.audited()
    assert "b" not in zoo.audited()
    assert "sign reversed" in zoo.flags()["a"]
