"""SCP-ECG (EN 1064, ISO 11073-91064): the rhythm of a resting ECG, from its sections 1 to 6.

No library that is kept reads it, so it is read here: plain or Huffman-coded with the default table,
differences of order 0, 1 or 2, with or without a reference beat that was subtracted. What is rarer
(tables of its own, rhythm that was decimated between the beats) is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float64, Int64

from xai_bench.data.formats.base import Waveforms, filter_words
from xai_bench.data.source import one_line
from xai_bench.errors import RecordingError

__all__ = ["read_scp"]

_DEFAULT_TABLE = 19_999
_SECTIONS = range(12)
_HEADER = 16  # of each section: CRC, number, length, two versions, six bytes reserved
_MAX_BYTES = 1 << 22
_MAX_SAMPLES = 1 << 21  # of all leads together; they are decoded bit by bit
_MAX_LEADS = 64
_MAX_BEATS = 10_000
_LEADS = {1: "I", 2: "II", 61: "III", 62: "aVR", 63: "aVL", 64: "aVF"}
_LEADS |= {number + 2: f"V{number}" for number in range(1, 7)}
_AGE, _SEX, _HIGH_PASS, _LOW_PASS, _FILTERS, _END = 4, 8, 27, 28, 29, 255  # tags of section 1
_MOST_HIGH_PASS = 2.0  # Hz
_NOTCHES = {1: 60, 2: 50}  # bits of _FILTERS
_SEXES = {1: "male", 2: "female"}
_YEARS = 1
_NANOVOLT = 1e-6  # in millivolt


@final
@dataclass(frozen=True, slots=True)
class _Block:
    """Decoded samples of a section: those of the reference beat (5), or of the rhythm (6)."""

    millivolt: Float64[np.ndarray, "lead frame"]
    rate_hz: float


@final
@dataclass(frozen=True, slots=True)
class _Beats:
    """Section 4: where the reference beat was subtracted; samples are counted from 1."""

    fiducial: int
    """Of the reference beat."""
    places: tuple[tuple[int, int, int], ...]
    """First sample, fiducial and last sample of each beat of its type."""


def read_scp(path: Path) -> Waveforms:
    """All leads of the rhythm. Raises RecordingError."""
    size = path.stat().st_size
    if size > _MAX_BYTES:
        raise RecordingError(f"has {size} bytes, and a resting ECG in SCP-ECG at most {_MAX_BYTES}")
    content = path.read_bytes()
    try:
        sections = _sections(content)
        return _waveforms(sections)
    except RecordingError:
        raise
    except Exception as error:  # of bytes that are not what their places promise
        raise RecordingError(f"is no SCP-ECG file ({one_line(error)})") from None


def _sections(content: bytes) -> dict[int, bytes]:
    """Section 0 names the others: number, length and the place of the first byte, from 1."""
    crc, size = struct.unpack_from("<HI", content)
    if size != len(content):
        raise RecordingError(
            f"has {len(content)} bytes, its first line promises {size}: truncated?"
        )
    if crc != _crc(content[2:]):
        raise RecordingError("is damaged: its bytes have another checksum than it states")
    (length,) = struct.unpack_from("<I", content, 6 + 4)
    found: dict[int, bytes] = {}
    for place in range(6 + _HEADER, 6 + length - 9, 10):
        number, long, first = struct.unpack_from("<HII", content, place)
        if number in _SECTIONS and long > _HEADER:
            if first < 1 or first - 1 + long > len(content):
                raise RecordingError(f"names a section {number} that is not in it: truncated?")
            found[number] = content[first - 1 : first - 1 + long]
    return found


def _crc(content: bytes) -> int:
    """CRC-CCITT: polynomial 0x1021, all ones before the first byte."""
    crc = 0xFFFF
    for byte in content:
        crc = (crc << 8 & 0xFFFF) ^ _CRC[crc >> 8 ^ byte]
    return crc


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
        table.append(crc)
    return table


_CRC = _crc_table()


def _waveforms(sections: Mapping[int, bytes]) -> Waveforms:
    if 3 not in sections or 6 not in sections:
        raise RecordingError("has no section of leads (3) or of rhythm (6)")
    names, flags, spans = _leads(sections[3])
    if len(set(spans)) != 1:
        raise RecordingError(
            "has leads of different times, as a printed page has; none overlap 10 s"
        )
    ((first, last),) = set(spans)
    if not 0 < last - first + 1 <= _MAX_SAMPLES // len(names):
        raise RecordingError(f"has leads from sample {first} to {last}")
    is_coded = 2 in sections
    if is_coded:
        (tables,) = struct.unpack_from("<H", sections[2], _HEADER)
        if tables != _DEFAULT_TABLE:
            raise RecordingError(
                "is coded with Huffman tables of its own; only the default is read"
            )
    rhythm = _block(sections[6], len(names), last - first + 1, is_coded, is_rhythm=True)
    if flags & 1:
        _add_reference_beat(rhythm, sections, is_coded)
    age, sex, filters = _stated(sections.get(1, b""))
    return Waveforms(
        millivolt=rhythm.millivolt,
        names=names,
        units=("nV",) * len(names),
        rate_hz=rhythm.rate_hz,
        age=age,
        sex=sex,
        filters=filters,
    )


def _leads(section: bytes) -> tuple[tuple[str, ...], int, list[tuple[int, int]]]:
    """Names, flags, and the first and last sample of each lead."""
    count, flags = section[_HEADER], section[_HEADER + 1]
    if not 1 <= count <= _MAX_LEADS:
        raise RecordingError(f"has {count} leads")
    stated = [struct.unpack_from("<IIB", section, _HEADER + 2 + 9 * k) for k in range(count)]
    names = tuple(_LEADS.get(number, f"lead {number}") for _, _, number in stated)
    return names, flags, [(first, last) for first, last, _ in stated]


def _block(section: bytes, leads: int, frames: int, is_coded: bool, *, is_rhythm: bool) -> _Block:
    nanovolt, microseconds, order, bimodal = struct.unpack_from("<HHBB", section, _HEADER)
    if is_rhythm and bimodal:
        raise RecordingError("is compressed with a lower rate between the beats, which is not read")
    if not nanovolt or not microseconds or order > 2:
        raise RecordingError(f"has units of {nanovolt} nV every {microseconds} us, order {order}")
    sizes = struct.unpack_from(f"<{leads}H", section, _HEADER + 6)
    place = _HEADER + 6 + 2 * leads
    whole = np.empty((leads, frames))
    for lead, size in enumerate(sizes):
        part = section[place : place + size]
        if len(part) < size:
            raise RecordingError("ends before its leads do: truncated?")
        values = _decoded(part, frames) if is_coded else np.frombuffer(part, "<i2").astype(np.int64)
        if len(values) != frames:
            raise RecordingError(f"has a lead of {len(values)} samples, and {frames} are promised")
        whole[lead] = _summed(values, order)
        place += size
    return _Block(whole * nanovolt * _NANOVOLT, 1e6 / microseconds)


def _decoded(part: bytes, frames: int) -> Int64[np.ndarray, " frame"]:
    """The default Huffman code: k ones, a zero and a sign for the values -8 to 8 (a zero alone for
    0); nine ones and a zero, eight bits; ten ones, sixteen bits."""
    bits = np.unpackbits(np.frombuffer(part, np.uint8)).tobytes()
    values = np.empty(frames, dtype=np.int64)
    place = 0
    for frame in range(frames):
        zero = bits.find(0, place, place + 10)
        ones = 10 if zero < 0 else zero - place
        if ones < 9:
            if zero < 0:
                raise RecordingError("ends before its leads do: truncated?")
            sign = ones > 0 and bits[zero + 1]
            values[frame] = -ones if sign else ones
            place = zero + 1 + (ones > 0)
            continue
        width = 8 if ones == 9 else 16
        word = bits[place + 10 : place + 10 + width]
        if len(word) < width:
            raise RecordingError("ends before its leads do: truncated?")
        number = int.from_bytes(np.packbits(np.frombuffer(word, np.uint8)).tobytes(), "big")
        values[frame] = number - (1 << width) if number >> (width - 1) else number
        place += 10 + width
    return values


def _summed(values: Int64[np.ndarray, " frame"], order: int) -> Int64[np.ndarray, " frame"]:
    """From differences to values; the first one (or two) are values themselves."""
    if order == 2 and len(values) > 1:
        values = np.concatenate([values[:1], values[1:2] - values[:1], values[2:]])
        values = np.concatenate([values[:1], np.cumsum(values[1:])])
    return values if order == 0 else np.cumsum(values)


def _add_reference_beat(rhythm: _Block, sections: Mapping[int, bytes], is_coded: bool) -> None:
    """Adds the reference beat to the rhythm wherever it was subtracted."""
    if 4 not in sections or 5 not in sections:
        raise RecordingError("lacks the reference beat that was subtracted (sections 4 and 5)")
    milliseconds, beats = _beats(sections[4])
    leads, frames = rhythm.millivolt.shape
    length = round(milliseconds * rhythm.rate_hz / 1000)
    beat = _block(sections[5], leads, length, is_coded, is_rhythm=False)
    if beat.rate_hz != rhythm.rate_hz:
        raise RecordingError("has a reference beat of another rate than the rhythm")
    for first, fiducial, last in beats.places:
        shift = fiducial - beats.fiducial  # of the beat's sample 1 from the rhythm's
        begin, end = max(first, shift + 1, 1), min(last, shift + length, frames)
        if begin <= end:
            part = beat.millivolt[:, begin - 1 - shift : end - shift]
            rhythm.millivolt[:, begin - 1 : end] += part


def _beats(section: bytes) -> tuple[int, _Beats]:
    """The length of the reference beat in ms, and where it was subtracted."""
    milliseconds, fiducial, count = struct.unpack_from("<HHH", section, _HEADER)
    if count > _MAX_BEATS or not milliseconds:
        raise RecordingError(f"has {count} beats of {milliseconds} ms")
    stated = [struct.unpack_from("<HIII", section, _HEADER + 6 + 14 * k) for k in range(count)]
    # The reference beat is of type 0, and subtracted from beats of this type alone.
    places = tuple((first, peak, last) for kind, first, peak, last in stated if kind == 0)
    return milliseconds, _Beats(fiducial, places)


def _stated(section: bytes) -> tuple[float | None, str | None, str]:
    """Age in years, sex and filters, from the tags of section 1."""
    age: float | None = None
    sex: str | None = None
    low = high = notch = 0.0
    place = _HEADER
    while place + 3 <= len(section):
        tag, length = struct.unpack_from("<BH", section, place)
        value = section[place + 3 : place + 3 + length]
        if tag == _END or len(value) < length:
            break
        if tag == _AGE and length == 3 and value[2] == _YEARS:
            age = float(struct.unpack_from("<H", value)[0])
        if tag == _SEX and length == 1:
            sex = _SEXES.get(value[0])
        if tag == _HIGH_PASS and length == 2:
            low = struct.unpack("<H", value)[0] / 100
            if low > _MOST_HIGH_PASS:  # meant in another unit, as of a file that has its T waves
                low = 0.0
        if tag == _LOW_PASS and length == 2:
            high = struct.unpack("<H", value)[0]
        if tag == _FILTERS and length == 1:
            notch = _NOTCHES.get(value[0] & 3, 0)
        place += 3 + length
    return age, sex, filter_words(low, high, notch)
