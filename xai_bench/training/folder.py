"""Model folders: what a training writes, and a new folder for a changed card."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import tomlkit
from safetensors.torch import save as to_safetensors
from torch import Tensor

from xai_bench import storage
from xai_bench.cards import ClauseRecipe, ModelCard, Recipe, read_card
from xai_bench.data import is_embedded
from xai_bench.errors import InputError
from xai_bench.tasks import find_task

__all__ = ["data_name", "derive", "read_recipe", "write_trained"]


def data_name(data: str | Path) -> str:
    """What a card calls its data: a folder by its name, wherever it is."""
    return data if is_embedded(data) else Path(data).resolve().name


def read_recipe(folder: Path) -> tuple[ModelCard, Recipe | ClauseRecipe]:
    """The card in a folder and its recipe. Raises CardError, InputError where it has none."""
    card = read_card(folder / "card.toml", ModelCard)
    if card.recipe is None:
        raise InputError(f"{folder} has no [recipe]: imported weights cannot be trained here")
    return card, card.recipe


def derive(
    folder: Path,
    out: Path,
    *,
    data: str | Path | None = None,
    task: str | None = None,
    rule: str | None = None,
    seed: int | None = None,
) -> Path:
    """A new model folder OUT/models/NAME with the card of `folder`, changed and untrained.

    The name says what was changed: imn-norm_vs_cd-strict-seed2. A net gets as many outputs as
    the task needs. A folder that is there already is kept if its card agrees, so that a training
    can go on. Raises CardError, UnknownNameError, InputError, OutputError.
    """
    card, _ = read_recipe(folder)
    document = tomlkit.parse((folder / "card.toml").read_text(encoding="utf-8"))
    for table in ("weights", "claims"):
        document.pop(table, None)
    name = [folder.resolve().name]
    if data is not None:
        document["recipe"]["data"] = data_name(data)
        document["recipe"].pop("mix", None)  # on these data alone
        name.append(data_name(data))
    if task is not None:
        wanted = find_task(task)
        document["labels"]["task"] = task
        outputs = len(wanted.classes) if wanted.multilabel else card.params.get("outputs")
        if not wanted.multilabel and card.task.multilabel:
            outputs = 1
        if "outputs" in card.params:
            document["params"]["outputs"] = outputs
        name.append(task)
    if rule is not None:
        document["labels"]["rule"] = rule
        name.append(rule)
    if seed is not None:
        document["recipe"]["seed"] = seed
        name.append(f"seed{seed}")
    made = out / "models" / "-".join(name)
    text = tomlkit.dumps(document).rstrip() + "\n"
    if (made / "card.toml").exists():
        there = read_card(made / "card.toml", ModelCard)
        without = there.model_copy(update={"weights": None, "claims": None})
        if without != ModelCard.model_validate(tomlkit.parse(text).unwrap()):
            raise InputError(f"{made} holds another model; name another --out")
        return made
    storage.write_file(made / "card.toml", text)
    return made


def write_trained(
    folder: Path,
    weights: Mapping[str, Tensor],
    claims: Mapping[str, object],
    probe: Mapping[str, Tensor],
    curves: bytes,
) -> ModelCard:
    """Weights, probe, curves and the card's [weights] and [claims]. Raises OutputError."""
    stored = to_safetensors({k: v.cpu().contiguous() for k, v in weights.items()})
    path = folder / "card.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    for name, table in (
        ("weights", {"file": "weights.safetensors", "sha256": sha256(stored).hexdigest()}),
        ("claims", dict(claims)),
    ):
        if name not in document:
            document.add(tomlkit.nl())
        document[name] = table
    files = {
        "weights.safetensors": stored,
        "probe.safetensors": to_safetensors(dict(probe)),
        "curves.png": curves,
        # Last, because the card vouches for the weights.
        "card.toml": tomlkit.dumps(document).encode(),
    }
    for name, content in files.items():
        storage.write_file(folder / name, content)
    return read_card(path, ModelCard)
