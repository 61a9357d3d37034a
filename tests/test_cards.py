"""Cards are read strictly: file, key and the allowed keys are named."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conv2d_card import CARD
from tests.no_regular_files import NO_FILES
from xai_bench.cards import MetricCard, ModelCard, read_card, recipes_differ
from xai_bench.errors import CardError
from xai_bench.registry import REGISTERED

ROOT = Path(__file__).parent.parent
BAND = '{step = "band-pass", order = 4, low_hz = 0.5, high_hz = 40.0}'
GOOD = f"""{CARD}
[weights]
file = "weights.safetensors"
sha256 = "aa32e99d4ce5f6067a076d04e9b811d49de19b191ee0b2785c73d266fa337580"

[claims]
parameters = 116274
auroc = 0.8905
auroc_ci = [0.8615, 0.9186]
n = 657
source = "46da9f84db5abac06384289dd72fa8eb0fa33d13011a6ef4a1e6af1a07657aad"
"""


def _read(folder: Path, text: str) -> ModelCard:
    path = folder / "card.toml"
    path.write_text(text)
    return read_card(path, ModelCard)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('licence   = "Apache-2.0"', 'license = "MIT"', "unknown key 'license'. Allowed: target,"),
        ("epochs  ", "epoch   ", "unknown key 'recipe.epoch'. Allowed: data, seed, epochs,"),
        ("rate_hz       = 100.0", 'rate_hz = "fast"', "input.rate_hz: Input should be a valid"),
        ('task = "norm_vs_mi"', "", "labels: name a task, or the classes"),
        ("[params]", "[params", "cannot be read as TOML"),
        ('"zscore"', '"minmax"', "input.normalisation.name: Input should be 'zscore' or 'none'"),
        ('"zscore"', '[{step = "scale", by = 2.0}]', "scale.by'. Allowed: step, factor"),
        ('"zscore"', f"[{BAND.replace('40', '60')}]", "input: band-pass: 0.5 to 60 Hz is no band"),
    ],
)
def test_a_bad_card_names_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(CardError, match=re.escape(message)) as error:
        _read(tmp_path, GOOD.replace(old, new))
    assert str(tmp_path / "card.toml") in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rate_hz       = 100.0", "rate_hz = 0.0", "input.rate_hz: Input should be greater than"),
        ("rate_hz       = 100.0", "rate_hz = nan", "input.rate_hz: Input should be"),
        ("rate_hz       = 100.0", "rate_hz = inf", "input.rate_hz: Input should be less than"),
        ("seconds       = 10.0", "seconds = -10.0", "input.seconds: Input should be greater than"),
        ("seconds       = 10.0", "seconds = 1e-3", "input: rate_hz x seconds is 0"),
        ("seconds       = 10.0", "seconds = 86400.0", "rate_hz x seconds is 8,640,000 samples"),
        ("epochs        = 3", "epochs = 0", "recipe.epochs: Input should be greater than 0"),
        ("batch_size    = 16", "batch_size = 1_000_000_000", "recipe.batch_size: Input should be"),
        ("learning_rate = 2e-3", "learning_rate = inf", "recipe.learning_rate: Input should be"),
        ("gradient_clip = 5.0", "gradient_clip = nan", "recipe.gradient_clip: Input should be"),
        ("seed          = 0", "seed = -1", "recipe.seed: Input should be greater than or equal"),
        ("dropout = 0.2", "dropout = nan", "params: dropout = nan is not within"),
        ("dropout = 0.2", "sizes = [8, 10_000_000_000]", "params: sizes = 1e+10 is"),
        ("[recipe]", "[recipe]\nrandomised = 1.5", "recipe.randomised: Input should be less than"),
        ("[recipe]", "[recipe]\nmix = { other = 1.0 }", "recipe.mix.other: Input should be less"),
        ("n = 657", "n = 0", "claims.n: Input should be greater than 0"),
        ("auroc = 0.", "auroc = 1.", "claims.auroc: Input should be less than or equal to 1"),
    ],
)
def test_numbers_have_bounds(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(CardError, match=re.escape(message)) as error:
        _read(tmp_path, GOOD.replace(old, new))
    assert str(tmp_path / "card.toml") in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("mix", "message"),
    [
        ("{ synthetic = 0.5 }", "recipe: mix names 'synthetic', which are the data themselves"),
        ("{ one = 0.5, two = 0.5 }", "recipe: mix leaves 'synthetic' no share"),
    ],
)
def test_a_mix_leaves_the_data_a_share(tmp_path: Path, mix: str, message: str) -> None:
    with pytest.raises(CardError, match=re.escape(message)):
        _read(tmp_path, GOOD.replace("[recipe]", f"[recipe]\nmix = {mix}"))
    recipe = _read(tmp_path, GOOD.replace("[recipe]", "[recipe]\nmix = { one = 0.25 }")).recipe
    assert recipe is not None
    assert recipe.shares == {"synthetic": 0.75, "one": 0.25}


def test_what_a_recipe_leaves_out_is_in_no_fingerprint(tmp_path: Path) -> None:
    """Cards from before there was a mix keep their fingerprints."""
    recipe = _read(tmp_path, GOOD).recipe
    assert recipe is not None
    new = {"mix", "randomised", "epoch_recordings", "whole_epochs", "precision"}
    assert not new & set(recipe.model_dump())
    changed = recipe.model_copy(update={"precision": "bf16", "whole_epochs": 1})
    assert {"precision", "whole_epochs"} <= set(changed.model_dump())


def test_the_range_of_a_metric_rises() -> None:
    card = read_card(ROOT / "metrics/complexity/sparseness.toml", MetricCard).model_dump()
    for ends in ([1.0, 0.0], [0.0, float("nan")], [0.0, 0.0]):
        with pytest.raises(ValueError, match="does not go from the lowest score to the highest"):
            MetricCard.model_validate(card | {"range": ends})


def test_a_missing_or_binary_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="cannot be read as TOML"):
        read_card(tmp_path / "card.toml", ModelCard)
    (tmp_path / "card.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CardError, match="cannot be read as TOML"):
        read_card(tmp_path / "card.toml", ModelCard)


@pytest.mark.parametrize("make", NO_FILES)
def test_a_pipe_and_a_device_are_no_cards(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "card.toml")
    with pytest.raises(CardError, match=r"card.toml: .* it is no regular file$"):
        read_card(tmp_path / "card.toml", ModelCard)


def test_a_quantus_table_goes_with_a_quantus_target() -> None:
    card = read_card(ROOT / "metrics/complexity/sparseness.toml", MetricCard)
    own = {"target": "seconds", "quantus": None}
    for change in ({"quantus": None}, {"target": "seconds"}, own):
        with pytest.raises(ValueError, match="goes with a target 'quantus:"):
            MetricCard.model_validate(card.model_dump() | change)


def test_fingerprint_follows_content_not_layout(tmp_path: Path) -> None:
    card = _read(tmp_path, GOOD)
    assert _read(tmp_path, "\n\n" + GOOD).fingerprint() == card.fingerprint()
    other = _read(tmp_path, GOOD.replace("dropout = 0.2", "dropout = 0.3"))
    assert other.fingerprint() != card.fingerprint()


def test_prose_of_a_card_moves_no_score() -> None:
    card = read_card(ROOT / "metrics/complexity/sparseness.toml", MetricCard)
    told = MetricCard.model_validate(card.model_dump() | {"note": "another", "summary": "words?"})
    assert told.fingerprint() == card.fingerprint()
    other = MetricCard.model_validate(card.model_dump() | {"better": "lower"})
    assert other.fingerprint() != card.fingerprint()


def test_steps_of_a_normalisation_are_part_of_a_fingerprint(tmp_path: Path) -> None:
    def fingerprint(normalisation: str) -> str:
        return _read(tmp_path, GOOD.replace('"zscore"', normalisation)).fingerprint()

    given = ('"zscore"', '"none"', f"[{BAND}]", f'[{BAND}, {{step = "zscore"}}]')
    assert len({fingerprint(one) for one in given}) == len(given)
    assert fingerprint(f"[ {BAND} ]") == fingerprint(f"[{BAND}]")


def test_where_code_lives_is_no_part_of_a_fingerprint() -> None:
    """What is registered has one spelling in a card; a user's own stays what it is."""
    card = read_card(ROOT / "metrics/stability/max_sensitivity.toml", MetricCard)
    assert card.fast is not None
    assert card.fast.target == "max-sensitivity"
    content = card.model_dump()
    content["fast"]["target"] = REGISTERED["scorer"]["max-sensitivity"]
    content["callables"]["perturb_func"] = REGISTERED["function"]["white-noise"]
    spelt_out = MetricCard.model_validate(content)
    assert spelt_out == card
    assert spelt_out.fingerprint() == card.fingerprint()
    content["fast"]["target"] = "mine:MaxSensitivity"
    mine = MetricCard.model_validate(content)
    assert mine.fast is not None
    assert mine.fast.target == "mine:MaxSensitivity"
    assert mine.fingerprint() != card.fingerprint()
    net = read_card(ROOT / "models/imn/card.toml", ModelCard)
    moved = net.model_dump() | {"target": "xai_bench.nets.imn:ECGIMN"}
    assert ModelCard.model_validate(moved).fingerprint() == net.fingerprint()


def test_nets_that_saw_other_recordings_are_told(tmp_path: Path) -> None:
    old = _read(tmp_path, GOOD)
    assert old.recipe is not None
    longer = old.recipe.model_copy(update={"epochs": 5, "seed": 7, "local_fidelity": 10.0})
    mixed = longer.model_copy(update={"mix": {"b": 0.3}, "randomised": 0.75, "whole_epochs": 1})
    cards = {
        "one": old,
        "two": old.model_copy(update={"recipe": longer}),
        "none": old.model_copy(update={"recipe": None}),
    }
    assert recipes_differ(cards) == "", "seeds, epochs and terms of the loss are no other recipe"
    found = recipes_differ(cards | {"new": old.model_copy(update={"recipe": mixed})})
    assert found.startswith(
        "These nets were not trained alike: one, two on synthetic (3 to 5 epochs); new on "
        "70% synthetic, 30% b, 75% of them randomised (6 epochs). "
    )
