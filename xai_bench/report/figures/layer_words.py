"""What layers of nets are called in figures: words for the names in their code."""

from __future__ import annotations

import re

__all__ = ["group_words", "layer_words"]

_WORDS = {
    "conv": "convolution", "fc": "last layer", "bn": "normalisation", "norm": "normalisation",
    "lin": "linear", "proj": "projection", "attn": "attention",
}  # fmt: skip
_TO = " to "
"""Between the first and the last layer of a group."""


def layer_words(name: str) -> str:
    """Such as "block 3, convolution 2" of "block3.conv2.1".

    A number alone, as of a layer in a row of them, is said where nothing before it has one.
    """
    said: list[str] = []
    for part in re.split(r"[.]", name):
        if part.isdigit():
            if said and not re.search(r"\d", said[-1]) and len(said) == 1:
                said[-1] = f"{said[-1]} {part}"
            continue
        match = re.fullmatch(r"(.*?)[_-]?(\d*)", part)
        assert match is not None  # it takes anything on one line
        word, number = match[1].replace("_", " "), match[2]
        said.append(" ".join(filter(None, (_WORDS.get(word, word), number))))
    return ", ".join(said) or name


def group_words(name: str) -> str:
    """The same of "conv3.1 to conv3.0", once where both ends are called alike."""
    first, _, last = name.partition(_TO)
    if not last:
        return layer_words(name)
    start, end = layer_words(first), layer_words(last)
    if start == end:
        return start
    where, _, what = end.rpartition(", ")
    if where and start.startswith(f"{where}, "):
        return f"{start} to {what}"
    return f"{start} to {end}"
