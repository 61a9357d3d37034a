"""Imported models: the authors' forward pass, literally; and everything that is refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from tests.lightning_checkpoints import VARIANTS, Variant, checkpoint, save
from xai_bench import load_model
from xai_bench.errors import InputError, OutputError, UnknownNameError, WeightsError
from xai_bench.models.imported.convert import Imported, import_checkpoint
from xai_bench.zoo import Zoo

CATEGORICAL, _, SINGLE, _, BASELINE, _, DIRECT = VARIANTS
State = dict[str, Tensor]


def _authors_logits(
    state: Mapping[str, Tensor], x: Float[Tensor, "record lead time"]
) -> Float[Tensor, "record output"]:
    """The forward passes of arXiv 2602.09566, from raw keys and functional calls only."""

    def bn(h: Tensor, key: str) -> Tensor:
        return functional.batch_norm(
            h,
            state[f"{key}.running_mean"],
            state[f"{key}.running_var"],
            state[f"{key}.weight"],
            state[f"{key}.bias"],
        )

    h = x.unsqueeze(1)
    for block in (1, 2, 3):
        h = functional.conv2d(h, state[f"model.conv{block}.0.weight"], padding=(1, 7))
        h = functional.gelu(bn(h, f"model.conv{block}.1"))
        if block > 1:
            h = functional.max_pool2d(h, (1, 2))
    pooled = h.mean(dim=(2, 3))
    if "model.fc.weight" in state:
        return functional.linear(pooled, state["model.fc.weight"], state["model.fc.bias"])
    if "model.hyper_head.weight" in state:
        flat = functional.linear(
            pooled, state["model.hyper_head.weight"], state["model.hyper_head.bias"]
        )
        written = flat.view(len(x), 2, -1)
        W, b = written[..., :-1], written[..., -1]
        return torch.einsum("rki,ri->rk", W, x.flatten(1)) + b
    h = functional.conv2d(h, state["model.transition.0.weight"], padding=1)
    h = functional.interpolate(
        functional.gelu(bn(h, "model.transition.1")), scale_factor=(1, 2), mode="nearest"
    )
    h = functional.conv2d(h, state["model.transition.4.weight"], padding=1)
    h = functional.interpolate(
        functional.gelu(bn(h, "model.transition.5")), scale_factor=(1, 2), mode="nearest"
    )
    W = functional.conv2d(
        h, state["model.transition.8.weight"], state["model.transition.8.bias"], padding=1
    )
    b = functional.linear(pooled, state["model.bias_head.weight"], state["model.bias_head.bias"])
    return torch.einsum("rklt,rlt->rk", W, x) + b


def _import(folder: Path, variant: Variant, content: object = None, **asked: object) -> Imported:
    path = save(content or checkpoint(variant), folder / variant.location)
    return import_checkpoint(str(path), out=folder / "mine", **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(one, id=one.folder, marks=[pytest.mark.slow] * one.folder.endswith("500hz"))
        for one in VARIANTS
    ],
)
def test_every_variant_gives_the_authors_logits(tmp_path: Path, variant: Variant) -> None:
    done = _import(tmp_path, variant)
    assert (done.outputs, done.samples, done.epoch) == (variant.outputs, variant.samples, 18)
    assert done.stated_auroc == float(variant.file[-11:-5])
    model = load_model(done.folder.name, device="cpu", zoo=Zoo(tmp_path / "mine"))
    x = torch.randn(2, 12, variant.samples, generator=torch.Generator().manual_seed(1))
    expected = _authors_logits(checkpoint(variant)["state_dict"], x)
    with torch.inference_mode():
        torch.testing.assert_close(model.net(x), expected, rtol=1e-4, atol=1e-3)
        contrast = expected[:, -1] - (expected[:, 0] if variant.outputs == 2 else 0)
        torch.testing.assert_close(model.log_odds(x, 1), contrast, rtol=1e-4, atol=1e-3)
        if model.is_native:
            W, b = model.native(x)
            torch.testing.assert_close((W * x).sum((1, 2)) + b, contrast, rtol=1e-4, atol=1e-3)
    assert model.is_native == (not variant.folder.startswith("gradcam"))
    assert model.cam_layer is model.net.get_submodule("conv3.0")


@pytest.mark.parametrize("variant", [CATEGORICAL, BASELINE], ids=lambda variant: variant.folder)
def test_the_folder_says_where_it_comes_from_and_claims_nothing(
    tmp_path: Path, variant: Variant
) -> None:
    done = _import(tmp_path, variant)
    card, folder = Zoo(tmp_path / "mine").model_card(
        f"{variant.folder}-norm_vs_mi".replace("_", "-")
    )
    assert (folder, card) == (done.folder, done.card)
    assert sorted(path.name for path in (tmp_path / "mine/models").iterdir()) == [folder.name]
    assert card.origin is not None
    assert card.origin.location == str(tmp_path / variant.location)
    assert card.origin.sha256 == sha256((tmp_path / variant.location).read_bytes()).hexdigest()
    assert card.origin.variant == variant.folder
    assert (card.recipe, card.claims) == (None, None)
    assert (card.licence, card.cite) == ("CC-BY-4.0", "thambawita2026ecgimn")
    assert (card.input.rate_hz, card.input.seconds, card.labels.task) == (100, 10, "norm_vs_mi")
    assert card.params.get("weight_scale") == (None if variant is BASELINE else 1.0)

    state = checkpoint(variant)["state_dict"]
    weights = load_file(folder / "weights.safetensors")
    assert {f"model.{key}" for key in weights} == state.keys() - {"model.target_layer.weight"}
    assert all(torch.equal(value, state[f"model.{key}"]) for key, value in weights.items())

    probe = load_file(folder / "probe.safetensors")
    millivolt = probe["millivolt"]
    x = (millivolt - millivolt.mean(-1, keepdim=True)) / millivolt.std(-1, keepdim=True)
    torch.testing.assert_close(probe["logits"], _authors_logits(state, x), rtol=1e-4, atol=1e-3)


def test_a_baseline_without_the_alias_is_the_same_model(tmp_path: Path) -> None:
    content = checkpoint(BASELINE)
    del content["state_dict"]["model.target_layer.weight"]
    bare = _import(tmp_path / "bare", BASELINE, content).card.weights
    assert bare == _import(tmp_path, BASELINE).card.weights


class TestRateAndTask:
    def test_are_asked_for_where_nothing_says_them(self, tmp_path: Path) -> None:
        path = str(save(checkpoint(BASELINE), tmp_path / "last.ckpt"))
        with pytest.raises(InputError, match="does not say which rate it reads; add --rate"):
            import_checkpoint(path, out=tmp_path, task="norm_vs_cd")
        with pytest.raises(InputError, match="does not say its task; add --task"):
            import_checkpoint(path, out=tmp_path, rate_hz=500)
        done = import_checkpoint(path, out=tmp_path, task="norm_vs_cd", rate_hz=500)
        assert (done.samples, done.card.labels.task) == (5000, "norm_vs_cd")
        assert done.stated_auroc is None
        assert done.folder.name == "gradcam-500hz-norm-vs-cd"

    def test_hyper_parameters_outrank_the_path(self, tmp_path: Path) -> None:
        moved = replace(CATEGORICAL, folder="gradcam_500hz")
        path = save(checkpoint(CATEGORICAL), tmp_path / moved.location)
        done = import_checkpoint(str(path), out=tmp_path / "mine")
        assert done.card.origin is not None
        assert done.card.origin.variant == "categorical_imn_100hz"

    @pytest.mark.parametrize(
        ("variant", "asked", "error", "message"),
        [
            (CATEGORICAL, {"rate_hz": 500}, InputError, "--rate 500 was asked for, but .*: 100 Hz"),
            (DIRECT, {"rate_hz": 100}, InputError, "--rate 100 was asked for, but .*: 500 Hz"),
            (SINGLE, {"task": "norm_vs_cd"}, InputError, "norm_vs_cd was .* says norm_vs_mi"),
            (SINGLE, {"task": "superclass"}, InputError, "two classes apart; 'superclass'"),
            (SINGLE, {"task": "norm_vs_m"}, UnknownNameError, "Did you mean 'norm_vs_mi'"),
        ],
    )
    def test_contradictions_are_refused(
        self,
        tmp_path: Path,
        variant: Variant,
        asked: dict[str, object],
        error: type[InputError],
        message: str,
    ) -> None:
        with pytest.raises(error, match=message):
            _import(tmp_path, variant, **asked)
        assert not (tmp_path / "mine").exists()


def _change(key: str, value: Tensor | None) -> Callable[[State], object]:
    """A state dict with one entry replaced, added or taken away."""
    return lambda state: state.pop(key) if value is None else state.update({key: value})


@pytest.mark.parametrize(
    ("variant", "change", "message"),
    [
        (SINGLE, _change("model.bias_head.bias", None), "lacks 1 keys: model.bias_head.bias"),
        (SINGLE, _change("model.extra", torch.zeros(1)), "should not, 1 keys: model.extra"),
        (SINGLE, _change("criterion.weight", torch.zeros(2)), "does not begin with 'model.'"),
        (
            SINGLE,
            _change("model.conv1.0.weight", torch.zeros(16, 1, 3, 14)),
            r"conv1.0.weight has shape \(16, 1, 3, 14\), not \(16, 1, 3, 15\)",
        ),
        (
            SINGLE,
            # A view of one number: whoever looked at its values first would never return.
            _change("model.conv1.0.weight", torch.zeros(1).expand(10**9, 10**3)),
            "a tensor that is larger than its numbers",
        ),
        (
            SINGLE,
            _change("model.bias_head.bias", torch.zeros(1, dtype=torch.float64)),
            "bias_head.bias has type torch.float64, not torch.float32",
        ),
        (
            SINGLE,
            _change("model.conv1.1.num_batches_tracked", torch.tensor(1.0)),
            "has type torch.float32, not torch.int64",
        ),
        (SINGLE, _change("model.bias_head.bias", torch.tensor([torch.nan])), "are not finite"),
        (
            SINGLE,
            _change("model.conv1.1.running_var", torch.full((16,), -1.0)),
            "its logits for a synthetic recording are not finite",
        ),
        (SINGLE, _change("model.transition.8.weight", None), "no net of ECG-IMN: .* has none"),
        (SINGLE, _change("model.fc.weight", torch.zeros(2, 64)), "has fc, transition.8"),
        (
            SINGLE,
            _change("model.transition.8.weight", torch.zeros(3, 16, 3, 3)),
            "transition.8.weight has 3 rows, as no net",
        ),
        (DIRECT, _change("model.hyper_head.weight", torch.zeros(24000, 64)), "has 24000 rows"),
        (DIRECT, _change("model.hyper_head.weight", torch.tensor(0.0)), "has 0 rows"),
        (
            BASELINE,
            _change("model.target_layer.weight", torch.zeros(64, 32, 3, 15)),
            "model.target_layer.weight is not the same as model.conv3.0.weight",
        ),
        (
            SINGLE,
            _change("model.target_layer.weight", torch.zeros(1)),
            "1 keys: model.target_layer",
        ),
    ],
)
def test_weights_that_are_not_the_authors_are_refused(
    tmp_path: Path, variant: Variant, change: Callable[[State], object], message: str
) -> None:
    content = checkpoint(variant)
    change(content["state_dict"])
    with pytest.raises(WeightsError, match=message) as caught:
        _import(tmp_path, variant, content)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("signal_len", 2500, "signal_len is 2500, not 1000 or 5000"),
        ("signal_len", "x" * 999, "signal_len is 'x{79}, not"),
        ("dropout", "0.2", "dropout is '0.2', not a share"),
    ],
)
def test_hyper_parameters_that_make_no_sense_are_refused(
    tmp_path: Path, field: str, value: object, message: str
) -> None:
    content = checkpoint(SINGLE)
    content["hyper_parameters"][field] = value
    with pytest.raises(WeightsError, match=message):
        _import(tmp_path, SINGLE, content)


class TestNames:
    def test_a_model_is_never_overwritten(self, tmp_path: Path) -> None:
        _import(tmp_path, SINGLE, name="theirs")
        with pytest.raises(InputError, match="there is a model 'theirs' already; choose"):
            _import(tmp_path, SINGLE, name="theirs")

    @pytest.mark.parametrize(
        ("name", "message"),
        [("imn", "there is a model 'imn'"), ("../x", "cannot be a model's name"), (".x", "name")],
    )
    def test_that_are_taken_or_none(self, tmp_path: Path, name: str, message: str) -> None:
        with pytest.raises(InputError, match=message):
            _import(tmp_path, SINGLE, name=name)

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("")
        with pytest.raises(OutputError, match="cannot write .*: Not a directory"):
            _import(tmp_path, SINGLE)


def test_the_wrong_sha256_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"is another: sha256 .*, not {'0' * 9}"):
        _import(tmp_path, SINGLE, sha256="0" * 64)


def test_no_code_runs(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "ran"),)

    imported = _import(tmp_path, SINGLE, checkpoint(SINGLE) | {"callbacks": Hostile()})
    assert (imported.folder / "weights.safetensors").exists()
    assert not (tmp_path / "ran").exists()
