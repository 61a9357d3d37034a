"""Text that came from data, made safe to print: it moves no cursor and breaks no line."""

from __future__ import annotations

import unicodedata

__all__ = ["printable", "storable"]


def printable(text: str) -> str:
    r"""One line that shows as it stands: what is no letter, mark or space is written as its escape.

    Names of files, recordings and models may hold anything: colours of a terminal, characters that
    turn the direction of a line, halves of a character that nothing can encode.

    >>> printable("a\x1b[2J\nb")
    'a\\x1b[2J\\nb'
    """
    if text.isprintable():
        return text
    return "".join(letter if _shows(letter) else ascii(letter)[1:-1] for letter in text)


def storable(text: str) -> str:
    """Text that UTF-8 can hold; bytes of a file's name that are none are written as escapes."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _shows(letter: str) -> bool:
    # A space that is wide, narrow or keeps words together counts as not printable in Python.
    return letter.isprintable() or unicodedata.category(letter) == "Zs"
