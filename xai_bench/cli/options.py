"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path

import click

from xai_bench.errors import InputError

__all__ = [
    "count",
    "data_option",
    "device_option",
    "fold_option",
    "length_option",
    "numbers",
    "seed_option",
    "split_option",
    "target_option",
    "zoo_option",
]

data_option = click.option(
    "--data",
    default="synthetic",
    show_default=True,
    help="'synthetic', a PTB-XL folder or a folder of WFDB records.",
)
device_option = click.option("--device", help="cpu, cuda or cuda:1; CUDA where there is one.")
fold_option = click.option("--fold", help="Folds instead of a split, comma-separated: 9,10.")
length_option = click.option(
    "--length",
    type=click.Choice(["exact", "crop", "pad"]),
    default="exact",
    show_default=True,
    help="What to do with recordings that are too long or too short.",
)
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Of every draw.")
split_option = click.option(
    "--split",
    type=click.Choice(["train", "validation", "test", "all"]),
    default="test",
    show_default=True,
    help="Folds 1-8, 9, 10 or all; datasets without folds are used whole.",
)
target_option = click.option(
    "--target",
    default="predicted",
    show_default=True,
    help="Explained class: 'predicted', 'label' or a name such as MI.",
)
zoo_option = click.option(
    "--zoo", type=click.Path(path_type=Path), help="A folder with models/ and metrics/ of your own."
)


def count(option: str, text: str) -> int | None:
    """A positive whole number, or None for "all". Raises InputError naming the option."""
    if text == "all":
        return None
    if not text.isdecimal() or int(text) == 0:
        raise InputError(f"{option} wants a positive whole number or 'all', not '{text}'")
    return int(text)


def numbers(option: str, text: str) -> list[int]:
    """Comma-separated positive whole numbers. Raises InputError naming the option."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1:
        raise InputError(f"{option} wants positive whole numbers, not '{text}'")
    return found
