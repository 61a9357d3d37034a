"""DICOM, EDF, SCP-ECG and HL7 aECG that are none, or that no ECG can be read from."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.corpus.broken import Broken
from tests.corpus.broken_headers import SIGNAL
from tests.data.formats.clinical_files import aecg_text, twelve_leads, write_dicom, write_edf
from tests.data.formats.scp_files import scp_bytes, sections_of
from xai_bench.types import LEADS

__all__ = ["CLINICAL"]

RATE = {"rate_hz": 100.0}


def of_bytes(kind: str, name: str, content: Callable[[], bytes], *says: str) -> Broken:
    def write(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"rec.{kind}"
        path.write_bytes(content())
        return path

    return Broken(f"{kind}: {name}", write, (f"rec.{kind}: ", *says))


def of_writer(kind: str, name: str, writer: Callable[[Path], object], *says: str) -> Broken:
    def write(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"rec.{kind}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the writer, about what it is made to write
            writer(path)
        return path

    return Broken(f"{kind}: {name}", write, (f"rec.{kind}: ", *says))


@cache
def _whole_sections() -> dict[int, bytes]:
    """I, II and the chest leads at 500 Hz."""
    rows = [0, 1, *range(6, 12)]
    return sections_of(twelve_leads()[rows], names=[LEADS[row] for row in rows])


@cache
def whole(kind: str) -> bytes:
    with TemporaryDirectory() as temporary:
        path = Path(temporary, f"rec.{kind}")
        if kind == "dcm":
            write_dicom(path, SIGNAL, median_beat=False, rate_hz=100)
        elif kind == "edf":
            write_edf(path, SIGNAL / 1000, rate_hz=100)
        elif kind == "scp":
            path.write_bytes(scp_bytes(_whole_sections()))
        else:
            path.write_text(aecg_text(SIGNAL, step="0.01"))
        return path.read_bytes()


def foreign(kind: str, says: str) -> list[Broken]:
    """What anybody might give the suffix of another format."""
    some = {
        "empty": b"",
        "a byte": b"\0",
        "zeros": bytes(5000),
        "ones": b"\xff" * 5000,
        "noise": np.random.default_rng(1).bytes(5000),
        "text": b"no recording at all\n" * 50,
        "a zip": b"PK\x03\x04" + bytes(500),
        "html": b"<!doctype html><title>404</title>",
    }
    return [of_bytes(kind, name, lambda c=content: c, says) for name, content in some.items()]  # type: ignore[misc]


def cut(kind: str, *places: float, says: str = "") -> list[Broken]:
    """The beginning of a whole file."""

    def beginning(share: float) -> Callable[[], bytes]:
        return lambda: whole(kind)[: int(len(whole(kind)) * share)]

    return [of_bytes(kind, f"cut at {share:.0%}", beginning(share), says) for share in places]


def put(kind: str, name: str, old: bytes, new: bytes, *says: str) -> Broken:
    def content() -> bytes:
        assert old in whole(kind), name
        return whole(kind).replace(old, new, 1)

    return of_bytes(kind, name, content, *says)


def dicom(name: str, *says: str, signal: np.ndarray = SIGNAL, **more: Any) -> Broken:
    given = {"median_beat": False, "rate_hz": 100, **more}
    return of_writer("dcm", name, lambda path: write_dicom(path, signal, **given), *says)


def edf(name: str, *says: str, millivolt: np.ndarray = SIGNAL / 1000, **more: Any) -> Broken:
    given = {"rate_hz": 100, **more}
    return of_writer("edf", name, lambda path: write_edf(path, millivolt, **given), *says)


def aecg(name: str, *says: str, digits: np.ndarray = SIGNAL, **more: Any) -> Broken:
    given = {"step": "0.01", **more}
    return of_bytes("xml", name, lambda: aecg_text(digits, **given).encode(), *says)


def edf_field(name: str, at: int, width: int, text: str, *says: str) -> Broken:
    """One field of the head of an EDF, of which the places are fixed."""

    def content() -> bytes:
        return whole("edf")[:at] + text.ljust(width).encode()[:width] + whole("edf")[at + width :]

    return of_bytes("edf", name, content, *says)


def scp(name: str, change: Callable[[dict[int, bytes]], object], *says: str) -> Broken:
    """Sections that were changed, under checksums that are right."""

    def content() -> bytes:
        sections = dict(_whole_sections())
        change(sections)
        return scp_bytes(sections)

    return of_bytes("scp", name, content, *says)


def _put(section: int, at: int, new: bytes) -> Callable[[dict[int, bytes]], object]:
    def change(sections: dict[int, bytes]) -> None:
        old = sections[section]
        sections[section] = old[:at] + new + old[at + len(new) :]

    return change


OTHER_NAMES = [*LEADS[:-1], "V7"]
BEYOND = SIGNAL.copy()
BEYOND[6] = 32767
FLAT = SIGNAL.copy()
FLAT[8] = 4
LOST = ("I", "I", *LEADS[2:])

_DICOM = [
    *foreign("dcm", "is no DICOM file of waveforms"),
    *cut("dcm", 0.01, 0.05, says="is"),
    *cut("dcm", 0.2, 0.9, 0.999, says="bytes of samples where 12 channels of 1000 take 24000"),
    dicom("samples of 2^31", "samples", NumberOfWaveformSamples=2**31),
    dicom("samples 0", "samples", NumberOfWaveformSamples=0),
    dicom("channels 11", "announces 11 channels and describes 12", NumberOfWaveformChannels=11),
    dicom("channels 0", "announces 0 channels", NumberOfWaveformChannels=0),
    dicom("a kind unknown", "samples of kind MB", WaveformSampleInterpretation="MB"),
    dicom("8 bits", "in 8 bits", WaveformBitsAllocated=8),
    dicom("no data", "is no DICOM file of waveforms", WaveformData=b""),
    dicom("data cut", "bytes of samples", WaveformData=bytes(100)),
    dicom("rate 0", "sampling rate of 0 Hz", rate_hz=0),
    dicom("rate negative", "sampling rate of -100 Hz", rate_hz=-100),
    dicom("rate of radio", "sampling rate of 1e+06 Hz", rate_hz=1e6),
    dicom("rate too low", "recorded at 50 Hz", rate_hz=50),
    dicom("unit of length", "lead I is in 'mm'", unit="mm"),
    dicom("unit of ten", "reaches", unit="mV"),
    dicom("sensitivity 0", "lead I has a sensitivity of 0", sensitivity=0.0),
    dicom("sensitivity infinite", "", sensitivity=1e300),
    dicom("leads unknown", "no lead V6", names=OTHER_NAMES),
    dicom("a lead twice", "lead I is there more than once", names=LOST),
    dicom("flat", "lead V3 is flat", signal=FLAT),
    dicom("beyond", "lead V1 reaches 32.77 mV", signal=BEYOND),
    dicom("too short", "5 s long", signal=SIGNAL[:, :500]),
    dicom("too long", "20 s long", signal=np.tile(SIGNAL, 2)),
    put("dcm", "a suffix that lies", b"DICM", b"EICM", "is no DICOM file"),
]

_OF_SIGNALS = 256
_EDF = [
    *foreign("edf", "is no EDF"),
    *cut("edf", 0.005, 0.02, says="is no EDF"),
    *cut("edf", 0.2, 0.5, 0.999, says="its head promises 27328 (10 records of 2400): truncated?"),
    edf_field("version", 0, 8, "9", "its version is '9', not 0"),
    edf_field("records in words", 236, 8, "many", "is no EDF"),
    edf_field("records negative", 236, 8, "-5", "announces -5 records"),
    edf_field("records of 10^7", 236, 8, "99999999", "(99999999 records of 2400): truncated?"),
    edf_field("seconds of a record 0", 244, 8, "0", ""),
    edf_field("seconds of a record in words", 244, 8, "long", "is no EDF"),
    edf_field("seconds of a record NaN", 244, 8, "nan", ""),
    edf_field("seconds of a record negative", 244, 8, "-1", ""),
    edf_field("signals 0", 252, 4, "0", "has 0 signals"),
    edf_field("signals in words", 252, 4, "many", "is no EDF"),
    edf_field("signals negative", 252, 4, "-12", "has -12 signals"),
    edf_field("signals 9999", 252, 4, "9999", "has 9999 signals"),
    edf_field("bytes of the head", 184, 8, "0", "has 12 signals and a head of 0 bytes"),
    edf_field(
        "a range in words", _OF_SIGNALS + 12 * 104, 8, "low", "lead I does not state the range"
    ),
    edf_field("a range of NaN", _OF_SIGNALS + 12 * 104, 8, "nan", "lead I has values of nan"),
    edf_field(
        "a range of nothing",
        _OF_SIGNALS + 12 * 104,
        8,
        "3.2767",
        "lead I has values of 3.2767 to 3.2767",
    ),
    edf_field(
        "digits of nothing", _OF_SIGNALS + 12 * 120, 8, "32767", "for integers of 32767 to 32767"
    ),
    edf_field(
        "digits in words", _OF_SIGNALS + 12 * 120, 8, "low", "lead I does not state the range"
    ),
    edf_field("samples 0", _OF_SIGNALS + 12 * 216, 8, "0", "truncated?"),
    edf_field("samples in words", _OF_SIGNALS + 12 * 216, 8, "all", "is no EDF"),
    edf_field("samples of 10^7", _OF_SIGNALS + 12 * 216, 8, "99999999", "truncated?"),
    edf_field("a unit of length", _OF_SIGNALS + 12 * 96, 8, "mm", "lead I is in 'mm'"),
    edf("leads unknown", "no lead V6", names=OTHER_NAMES),
    edf("a lead twice", "lead I is there more than once", names=LOST),
    edf("flat", "is flat", millivolt=FLAT / 1000),
    edf("rate too low", "recorded at 50 Hz", rate_hz=50),
    edf("too short", "5 s long", millivolt=SIGNAL[:, :500] / 1000),
]

_SCP = [
    *foreign("scp", "is"),
    *cut("scp", 0.001, 0.01, 0.05, 0.5, 0.999, says="is"),
    of_bytes(
        "scp", "a byte changed", lambda: whole("scp")[:-9] + b"\x55" + whole("scp")[-8:], "is"
    ),
    of_bytes(
        "scp", "the size changed", lambda: whole("scp")[:2] + b"\1\1\1\1" + whole("scp")[6:], "is"
    ),
    scp("no leads", lambda s: s.pop(3), ""),
    scp("no rhythm", lambda s: s.pop(6), ""),
    scp("no leads in the list", _put(3, 0, b"\0"), ""),
    scp("200 leads in the list", _put(3, 0, b"\xc8"), ""),
    scp("a lead unknown", _put(3, 2 + 8, b"\xfa"), "no lead"),
    scp("a lead of 4 billion samples", _put(3, 2 + 4, b"\xff\xff\xff\xff"), ""),
    scp("samples before they begin", _put(3, 2, b"\xff\xff\0\0"), ""),
    scp("nanovolt 0", _put(6, 0, b"\0\0"), ""),
    scp("nanovolt 65535", _put(6, 0, b"\xff\xff"), ""),
    scp("microseconds 0", _put(6, 2, b"\0\0"), ""),
    scp("microseconds 1", _put(6, 2, b"\1\0"), ""),
    scp("microseconds 65535", _put(6, 2, b"\xff\xff"), "recorded at 15"),
    scp("differences of order 9", _put(6, 4, b"\x09"), ""),
    scp("bytes of a lead 0", _put(6, 6, b"\0\0"), ""),
    scp("bytes of a lead 65535", _put(6, 6, b"\xff\xff"), ""),
    scp("codes that do not end", _put(6, 22, b"\xff" * 64), ""),
    scp("an own table of codes", _put(2, 0, b"\1\0"), ""),
    scp("a rhythm cut", lambda s: s.update({6: s[6][:30]}), ""),
    scp("a list cut", lambda s: s.update({3: s[3][:5]}), ""),
    scp("a section of nothing", lambda s: s.update({6: b"\0"}), ""),
]

_AECG = [
    *foreign("xml", "is"),
    *cut("xml", 0.01, 0.3, 0.9, says="is no XML that is safe to read"),
    aecg("a document type", "is no XML that is safe", before="<!DOCTYPE AnnotatedECG>"),
    aecg(
        "entities in entities",
        "is no XML that is safe",
        before='<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]>',
    ),
    aecg(
        "another file",
        "is no XML that is safe",
        before='<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    ),
    of_bytes("xml", "another root", lambda: b"<svg/>", "is XML of <svg>"),
    of_bytes("xml", "a long root", lambda: b"<" + b"a" * 9000 + b"/>", "is XML of <aaa"),
    of_bytes("xml", "nothing in it", lambda: b"<AnnotatedECG/>", "has no series of code RHYTHM"),
    of_bytes("xml", "ten thousand deep", lambda: b"<a>" * 10_000 + b"</a>" * 10_000, "is"),
    put("xml", "no rhythm", b'"RHYTHM"', b'"MEDIAN"', "has no series of code RHYTHM"),
    aecg("a step of 0", "has samples every 0 s", step="0"),
    aecg("a step negative", "has samples every -0.01 s", step="-0.01"),
    aecg("a step of nothing", "time: its increment is no number", step=""),
    aecg("a step NaN", "time: its increment is no number", step="nan"),
    aecg("a step of hours", "has samples every 0.01 h", step_unit="h"),
    aecg("a step of a second", "recorded at 1 Hz", step="1"),
    aecg("a unit of length", "lead I is in 'mm'", unit="mm"),
    aecg("a scale infinite", "I: its scale is no number", scale=float("inf")),
    aecg("a scale of 1000", "reaches 1570 mV", scale=1000.0),
    aecg("a scale of 0", "is flat", scale=0.0),
    aecg("an origin far off", "reaches", origin=1e9),
    aecg("leads unknown", "no lead V6", names=OTHER_NAMES),
    aecg("a lead twice", "lead I is there more than once", names=LOST),
    aecg("too long", "20 s long", digits=np.tile(SIGNAL, 2)),
    aecg("flat", "lead V3 is flat", digits=FLAT),
    of_bytes(
        "xml",
        "digits in words",
        lambda: whole("xml")[::-1].replace(b">stigid<", b"eno >stigid<")[::-1],
        "has digits that are no numbers",
    ),
]

CLINICAL = [*_DICOM, *_EDF, *_SCP, *_AECG]
