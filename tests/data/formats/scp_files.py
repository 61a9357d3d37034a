"""A writer of SCP-ECG files by the letter of the standard, in strings of bits."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Sequence

import numpy as np

from tests.data.formats.clinical_files import SCP_NUMBERS
from xai_bench.types import LEADS


def crc_of(content: bytes) -> int:
    """By the polynomial x^16 + x^12 + x^5 + 1."""
    return binascii.crc_hqx(content, 0xFFFF)


def _code(value: int) -> str:
    """The default Huffman table of the standard, as bits."""
    if value == 0:
        return "0"
    if abs(value) <= 8:
        return "1" * abs(value) + "0" + ("0" if value > 0 else "1")
    width = 8 if -128 <= value <= 127 else 16
    return (
        "1" * (9 if width == 8 else 10)
        + ("0" if width == 8 else "")
        + f"{value % 2**width:0{width}b}"
    )


def _packed(values: Sequence[int], coded: bool) -> bytes:
    if not coded:
        return struct.pack(f"<{len(values)}h", *values)
    bits = "".join(map(_code, values))
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[k : k + 8], 2) for k in range(0, len(bits), 8))


def _differences(values: Sequence[int], order: int) -> list[int]:
    out = list(values)
    for n in range(order, len(values)):
        if order == 1:
            out[n] = values[n] - values[n - 1]
        if order == 2:
            out[n] = values[n] - 2 * values[n - 1] + values[n - 2]
    return out


def scp_block(units: np.ndarray, order: int, coded: bool, nanovolt: int, bimodal: int = 0) -> bytes:
    parts = [_packed(_differences(row.tolist(), order), coded) for row in units]
    sizes = struct.pack(f"<{len(parts)}H", *map(len, parts))
    return struct.pack("<HHBB", nanovolt, 2000, order, bimodal) + sizes + b"".join(parts)


def scp_bytes(sections: dict[int, bytes]) -> bytes:
    body = 6 + 16 + 120
    pointers, parts = b"", b""
    for number in range(12):
        content = sections.get(number, b"")
        size = 16 + len(content) if content else 0
        first = body + len(parts) + 1
        if number == 0:
            size, first = 136, 7
        pointers += struct.pack("<HII", number, size, first if size else 0)
        if content:
            head = struct.pack("<HIBB", number, size, 13, 13) + b"\0" * 6
            parts += struct.pack("<H", crc_of(head + content)) + head + content
    head = struct.pack("<HIBB", 0, 136, 13, 13) + b"SCPECG"
    whole = struct.pack("<H", crc_of(head + pointers)) + head + pointers + parts
    long = struct.pack("<I", len(whole) + 6)
    return struct.pack("<H", crc_of(long + whole)) + long + whole


def sections_of(
    units: np.ndarray, *, names: Sequence[str] = LEADS, order: int = 2, coded: bool = True,
    nanovolt: int = 5000,
) -> dict[int, bytes]:  # fmt: skip
    frames = units.shape[1]
    leads = b"".join(struct.pack("<IIB", 1, frames, SCP_NUMBERS[name]) for name in names)
    found = {
        1: b"\x04\x03\x00" + struct.pack("<HB", 61, 1) + b"\x08\x01\x00\x02" + b"\xff\0\0",
        3: bytes([len(names), 0b100 | len(names) << 3]) + leads,
        6: scp_block(units, order, coded, nanovolt),
    }
    if coded:
        found[2] = struct.pack("<H", 19999)
    return found
