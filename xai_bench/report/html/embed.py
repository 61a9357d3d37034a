"""Bytes as text inside a page: data URIs, and arrays that a script decodes."""

from __future__ import annotations

import gzip
from base64 import b64encode
from hashlib import sha256

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int16

__all__ = ["bits", "companded", "content_hash", "data_uri", "integers", "packed"]


def data_uri(content: bytes, kind: str) -> str:
    """`data:text/csv;base64,...`"""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def content_hash(text: str) -> str:
    """Of an inline script, as a content security policy names it."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"


def packed(text: str) -> str:
    """Base64 of the gzipped text; the same text is always packed alike."""
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")


def integers(values: Int16[np.ndarray, "*axes"] | Int8[np.ndarray, "*axes"]) -> str:
    """Base64 of integers, little-endian, row after row."""
    little = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"))
    return b64encode(little.tobytes()).decode("ascii")


def bits(mask: Bool[np.ndarray, "*axes"]) -> str:
    """Base64 of a mask, eight samples a byte, the first in the highest bit."""
    return b64encode(np.packbits(mask).tobytes()).decode("ascii")


def companded(values: Float32[np.ndarray, "*axes"]) -> tuple[str, float]:
    """One byte a value, and the largest |value|: q = 127 sign(a) sqrt(|a| / largest), rounded.

    Attributions have long tails. With the root a value at a hundredth of the largest is still
    known to 4 %; without it, it would be one step of the scale.
    """
    largest = float(np.abs(values).max(initial=0.0))
    scaled = values / (largest or 1.0)
    root = np.sign(scaled) * np.sqrt(np.abs(scaled))
    return integers(np.rint(127 * root).astype(np.int8)), largest
