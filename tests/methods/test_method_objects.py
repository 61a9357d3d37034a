"""Whatever can be a method, as one: names, functions, Captum's, attributions made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import captum.attr as captum
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.closed_forms import Linear, batch, closed_form
from tests.recordings import recordings
from xai_bench import attribute
from xai_bench.errors import CardError, InputError, UnknownNameError
from xai_bench.methods import METHODS, find_methods, method_key
from xai_bench.methods.base import CannotExplain
from xai_bench.methods.captum_method import CaptumMethod
from xai_bench.methods.derived import Flipped
from xai_bench.methods.given import GivenMethod
from xai_bench.methods.gradients import IntegratedGradients
from xai_bench.models import Model
from xai_bench.zoo import Zoo


def signed(model: Model, z: Tensor, target: Tensor) -> Tensor:
    return z


def other(model: Model, z: Tensor, target: Tensor) -> Tensor:
    return -z


def _names(methods: Any, **options: Any) -> list[str]:
    return [method.name for method in find_methods(methods, **options)]


def test_everything_can_be_mixed_in_order_and_comes_once() -> None:
    given = recordings(2)
    array = np.zeros((2, 12, 1000))
    wanted = ["ig-16", signed, array, captum.DeepLift, {"mine": other}, "ig-16", signed, array + 1]
    assert _names(wanted, recordings=given) == [
        "ig-16", "signed", "given", "captum-deep-lift", "mine", "given-2",
    ]  # fmt: skip
    assert _names("native,native@untrained") == ["native", "native@untrained"]
    assert _names(signed) == ["signed"]
    assert _names({"a": signed, "b": torch.zeros(2, 12, 1000)}, recordings=given) == ["a", "b"]
    assert _names(METHODS["ig"]) == ["ig"]
    assert _names(name for name in ["ig", "lime"]) == ["ig", "lime"]


def test_attributions_that_were_made_here_are_called_as_their_method() -> None:
    given = recordings(2)
    made = attribute(closed_form(Linear()), given, "saliency")
    assert _names(replace(made, method="saliency@home"), recordings=given) == ["saliency@home"]
    assert _names({"mine": made}, recordings=given) == ["mine"]
    with pytest.raises(InputError, match="there is a method 'saliency' already; name yours"):
        find_methods(made, recordings=given)


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ({"ig": signed}, "there is a method 'ig' already; name yours otherwise"),
        (IntegratedGradients("ig", steps=8), "there is a method 'ig' already"),
        ([{"a": signed}, {"a": other}], "two methods are called 'a'; name one otherwise"),
        (lambda model, z, target: z, "without a name was given; name it: {'my-method': ...}"),
        ({"a/b": signed}, "'a/b' cannot be the name of a method"),
        (Linear(), "Linear is no method; give a name, a function (model, z, target)"),
        ([3], "int is no method"),
        (Linear, "Linear is no method"),
        ({"x": METHODS["ig"]}, "method 'ig' has a name; 'x' cannot be another"),
        (np.array([["a"]]), "method 'given' is an array of <U1, not numbers"),
    ],
)
def test_what_cannot_be_a_method(methods: Any, message: str) -> None:
    with pytest.raises(InputError) as found:
        find_methods(methods, recordings=recordings(2))
    assert message in str(found.value)


def test_a_method_of_ones_own_making_is_a_method() -> None:
    own = IntegratedGradients("ig-64", steps=64)
    assert find_methods([own, "ig"]) == [own, METHODS["ig"]]
    found = attribute(closed_form(Linear()), recordings(1), own)
    assert found.method == "ig-64"


def test_functions_are_known_by_their_content_and_built_in_methods_by_their_name() -> None:
    built_in, derived, first, second, instance, kind = find_methods(
        ["ig", "ig@flipped", signed, other, captum.Saliency(Linear()), captum.DeepLift]
    )
    assert (method_key(built_in), method_key(derived)) == ("", "")
    keys = [method_key(one) for one in (first, second, instance, kind)]
    assert None not in keys
    assert len(set(keys)) == 4
    assert method_key(*find_methods({"renamed": signed})) == keys[0], "a name is no content"


def test_settings_of_captum_are_content_and_the_net_it_was_made_for_is_not() -> None:
    def key(made: Any) -> str | None:
        return method_key(CaptumMethod("mine", made))

    plain = key(captum.IntegratedGradients(nn.Identity()))
    assert plain is not None
    assert key(captum.IntegratedGradients(Linear())) == plain
    assert key(captum.IntegratedGradients(nn.Identity(), multiply_by_inputs=False)) != plain
    assert key(captum.NoiseTunnel(captum.Saliency(Linear()))) not in (
        None, key(captum.NoiseTunnel(captum.InputXGradient(Linear()))),
    )  # fmt: skip


def test_what_holds_a_generator_has_no_key() -> None:
    generator = torch.Generator()

    def draws(model: Model, z: Tensor, target: Tensor) -> Tensor:
        return z + torch.rand(z.shape, generator=generator)

    assert method_key(*find_methods(draws)) is None


def test_attributions_are_those_of_their_recordings() -> None:
    given = recordings(4)
    array = np.arange(4.0)[:, None, None] + np.zeros((4, 12, 1000))
    (method,) = find_methods({"mine": array}, recordings=given)
    assert isinstance(method, GivenMethod)
    values, residual = method.of(["r3", "r1"], torch.tensor([1, 0]))
    assert values[:, 0, 0].tolist() == [3, 1]
    assert residual.isnan().all()
    with pytest.raises(InputError, match="'mine' has no attribution of recording r9"):
        method.of(["r9"], torch.tensor([1]))
    again = find_methods({"mine": array}, recordings=given)
    assert method_key(method) == method_key(*again)
    assert method_key(method) != method_key(*find_methods({"mine": array}, recordings=given[::-1]))


def test_attributions_know_their_model_and_their_targets() -> None:
    given = recordings(2)
    made = attribute(closed_form(Linear()), given, "ig", target="MI")
    (method,) = find_methods({"mine": made}, recordings=given)
    assert isinstance(method, GivenMethod)
    values, residual = method.of(["r1"], torch.tensor([1]))
    assert np.array_equal(values[0].numpy(), made.values[1])
    assert residual[0] == made.residual[1]
    with pytest.raises(InputError, match="explains class 1 of recording r0, class 0 is scored"):
        method.of(["r0"], torch.tensor([0]))
    stranger = replace(closed_form(Linear()), name="stranger")
    reason = method.unsupported(stranger, evidence=False)
    assert reason == "mine explains model 'closed-form'"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (
            np.zeros((3, 12, 1000)),
            "has the shape (3, 12, 1000); 2 recordings are given, so",
        ),
        (np.zeros((2, 12)), "has the shape (2, 12); 2 recordings"),
        (
            np.stack([np.zeros((12, 1000)), np.full((12, 1000), np.nan)]),
            "has NaN or infinite values for 1 of 2 recordings, first for r1",
        ),
    ],
)
def test_attributions_that_cannot_be_scored_are_refused(array: Any, message: str) -> None:
    with pytest.raises(InputError) as found:
        find_methods({"mine": array}, recordings=recordings(2))
    assert message in str(found.value)


def test_attributions_without_recordings_or_with_two_of_one_id_are_refused() -> None:
    with pytest.raises(InputError, match="give these recordings, as an object, as data="):
        find_methods({"mine": np.zeros((2, 12, 1000))})
    twice = replace(recordings(2), record_id=("r", "r"))
    with pytest.raises(InputError, match="two have one record_id"):
        find_methods({"mine": np.zeros((2, 12, 1000))}, recordings=twice)


def test_what_was_given_explains_nothing_else() -> None:
    given, model = recordings(2), closed_form(Linear())
    (method,) = find_methods({"mine": np.ones((2, 12, 1000))}, recordings=given)
    with pytest.raises(CannotExplain, match="so it cannot explain changed recordings"):
        method.attribute(model, batch(1))
    (short,) = find_methods({"mine": np.ones((2, 12, 500))}, recordings=given)
    reason = short.unsupported(model, evidence=False)
    assert reason == "mine is (lead, time) (12, 500), the model reads (12, 1000)"
    reason = Flipped(method).unsupported(model, evidence=False)
    assert reason == "mine@flipped would have to explain anew, and mine was only given"


CODE = """
def half(model, z, target):
    \"\"\"Half of z.\"\"\"
    return z / 2

ig = half
"""


@pytest.fixture
def own_zoo(tmp_path: Path) -> Callable[..., Zoo]:
    def made(name: str, **options: Any) -> Zoo:
        (tmp_path / "methods").mkdir(exist_ok=True)
        (tmp_path / "methods" / f"{name}.py").write_text(CODE)
        return Zoo(tmp_path, **options)

    return made


def test_methods_of_a_zoo_are_found_by_name(own_zoo: Callable[..., Zoo]) -> None:
    zoo = own_zoo("half", allow_code=True)
    methods = find_methods("half,ig,half@flipped", zoo)
    assert [method.name for method in methods] == ["half", "ig", "half@flipped"]
    assert methods[0].summary == "Half of z"
    key = method_key(methods[0])
    assert key not in (None, "")
    assert method_key(methods[2]) == key
    found = attribute(closed_form(Linear()), recordings(1), methods[0])
    assert found.method == "half"
    with pytest.raises(UnknownNameError, match="no method 'half'"):
        find_methods("half")
    with pytest.raises(InputError, match="there is a method 'half' already"):
        find_methods({"half": other}, zoo)


def test_code_of_a_zoo_is_not_run_unless_it_is_allowed(own_zoo: Callable[..., Zoo]) -> None:
    with pytest.raises(CardError, match="--allow-code"):
        find_methods("half", own_zoo("half"))
    assert _names("ig", zoo=own_zoo("half")) == ["ig"]


def test_a_name_that_is_built_in_is_not_free(own_zoo: Callable[..., Zoo]) -> None:
    with pytest.raises(InputError, match="there is a method 'ig' already"):
        find_methods("ig", own_zoo("ig", allow_code=True))
