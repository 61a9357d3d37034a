"""WFDB headers that are none, or that promise what is not so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.corpus.broken import Broken
from tests.data.formats.clinical_files import twelve_leads
from xai_bench.types import LEADS

__all__ = ["HEADERS", "write_whole"]

FRAMES = 1000
SIGNAL = twelve_leads(FRAMES)
RECORD = f"rec 12 100 {FRAMES}"


def lead_line(row: int) -> str:
    checksum = int(SIGNAL[row].sum(dtype=np.int64).astype(np.int16))
    return f"rec.dat 16 1000(0)/mV 16 0 {SIGNAL[row][0]} {checksum} 0 {LEADS[row]}"


def lines() -> list[str]:
    return [RECORD, *map(lead_line, range(12))]


def write_whole(folder: Path, text: str | bytes, signal: bytes | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    content = SIGNAL.T.astype("<i2").tobytes() if signal is None else signal
    (folder / "rec.dat").write_bytes(content)
    path = folder / "rec.hea"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def of_bytes(name: str, content: str | bytes, *says: str) -> Broken:
    return Broken(name, lambda folder: write_whole(folder, content), ("rec: ", *says))


def record_line(name: str, line: str, *says: str) -> Broken:
    return of_bytes(f"record line: {name}", "\n".join([line, *lines()[1:]]) + "\n", *says)


def first_lead(name: str, line: str, *says: str) -> Broken:
    whole = lines()
    return of_bytes(f"lead line: {name}", "\n".join([whole[0], line, *whole[2:]]) + "\n", *says)


def leads_named(name: str, rename: Callable[[list[str]], list[str]], *says: str) -> Broken:
    named = [
        f"{line.rpartition(' ')[0]} {lead}"
        for line, lead in zip(lines()[1:], rename(list(LEADS)), strict=True)
    ]
    return of_bytes(f"leads: {name}", "\n".join([RECORD, *named]) + "\n", *says)


def _swapped(leads: list[str]) -> list[str]:
    return [leads[1], leads[0], *leads[2:]]


_NO_HEADER = "rec.hea is no WFDB header"
_LEAD = lines()[1]
_REST = _LEAD.split(" ", 2)[2]

_WHOLE_FILES = [
    of_bytes("empty", "", _NO_HEADER, "first line is ''"),
    of_bytes("blank lines", "\n\n  \n", _NO_HEADER),
    of_bytes("comments alone", "# Age: 61\n# Sex: F\n", _NO_HEADER),
    of_bytes("bytes", bytes(range(256)) * 4, "rec.hea"),
    of_bytes("utf-16", "\n".join(lines()).encode("utf-16"), "rec.hea"),
    of_bytes("html", "<!doctype html>\n<title>404</title>\n", _NO_HEADER, "<!doctype html>"),
    of_bytes("json", '{"fs": 500}\n', _NO_HEADER, "fs"),
    of_bytes("a pointer of git lfs", "version https://git-lfs.github.com/spec/v1\n", _NO_HEADER),
    of_bytes("a megabyte", "#" * (1 << 20) + "\n" + RECORD, "rec.hea is too large"),
    of_bytes("a NUL", "\n".join(lines()).replace("rec.dat", "rec.\0at"), "characters that WFDB"),
    of_bytes("an escape", "\n".join(lines()).replace("rec.dat", "\x1b[2J"), "characters that"),
    of_bytes("micro sign", "\n".join(lines()).replace("/mV", "/µV"), "µV instead of uV"),
    of_bytes("no leads", RECORD + "\n", "announces 12 leads and describes 0"),
    of_bytes("a lead too few", "\n".join(lines()[:-1]), "announces 12 leads and describes 11"),
    of_bytes(
        "a lead too many", "\n".join([*lines(), _LEAD]), "announces 12 leads and describes 13"
    ),
    of_bytes("cut in a line", "\n".join(lines())[:300], "announces 12 leads and describes"),
]

_RECORD_LINES = [
    record_line("a name alone", "rec", _NO_HEADER, "'rec'"),
    record_line("leads in words", "rec twelve 100 1000", _NO_HEADER, "twelve"),
    record_line("leads negative", "rec -12 100 1000", _NO_HEADER, "-12"),
    record_line("leads 0", "rec 0 100 1000", "announces 0 leads"),
    record_line("leads 12.0", "rec 12.0 100 1000", _NO_HEADER),
    record_line("leads 1e30", f"rec {'9' * 30} 100 1000", "the header holds the number"),
    record_line("leads of 5000 digits", f"rec {'9' * 5000} 100 1000", _NO_HEADER),
    record_line("rate 0", "rec 12 0 1000", "sampling rate of 0 Hz", "1 to 50000 Hz"),
    record_line("rate negative", "rec 12 -100 1000", "sampling rate of -100 Hz"),
    record_line("rate infinite", "rec 12 1e999 1000", "sampling rate of inf Hz"),
    record_line("rate in words", "rec 12 nan 1000", _NO_HEADER, "nan"),
    record_line("rate next to 0", "rec 12 1e-300 1000", "sampling rate of 1e-300 Hz"),
    record_line("rate of radio", "rec 12 1e6 1000", "sampling rate of 1e+06 Hz"),
    record_line("rate too low", "rec 12 50 500", "recorded at 50 Hz, the model reads 100 Hz"),
    record_line("rate with a unit", "rec 12 100Hz 1000", _NO_HEADER, "100Hz"),
    record_line("no length", "rec 12 100", "does not state the number of samples"),
    record_line("length 0", "rec 12 100 0", "holds no samples"),
    record_line("length negative", "rec 12 100 -1000", _NO_HEADER),
    record_line("length a fraction", "rec 12 100 1e3", _NO_HEADER),
    record_line("length of 10^17", f"rec 12 100 {10**17}", "s long", "10 s are wanted"),
    record_line("length of 10^30", f"rec 12 100 {10**30}", "the header holds the number"),
    record_line("length a sample more", "rec 12 100 1001", "10.01 s long", "--length crop"),
    record_line("length a sample less", "rec 12 100 999", "9.99 s long", "--length pad"),
    record_line("segments", "rec/3 12 100 1000", "a record of 3 segments"),
    record_line("2 kB", f"rec 12 100 1000 {'x' * 2000}", _NO_HEADER),
    record_line("rate of another file", "rec 12 200 2000", "24000 bytes", "promises 48000"),
]

_LEAD_LINES = [
    first_lead("a file alone", "rec.dat", _NO_HEADER, "'rec.dat'"),
    first_lead("2 kB", f"{_LEAD}{'I' * 2000}", _NO_HEADER),
    first_lead("file above", f"../rec.dat 16 {_REST}", "../rec.dat"),
    first_lead("file of the system", f"/etc/passwd 16 {_REST}", "/etc/passwd"),
    first_lead("file of a device", f"/dev/zero 16 {_REST}", "/dev/zero"),
    first_lead("file in a folder", f"sub/rec.dat 16 {_REST}", "sub/rec.dat"),
    first_lead("file missing", f"none.dat 16 {_REST}", "none.dat"),
    first_lead("file a dot", f". 16 {_REST}", "rec"),
    first_lead("file two dots", f".. 16 {_REST}", "rec"),
    first_lead("file from a pipe", f"- 16 {_REST}", "rec"),
    first_lead("file home", f"~/rec.dat 16 {_REST}", "rec"),
    first_lead("file of windows", f"C:\\rec.dat 16 {_REST}", "rec"),
    first_lead("file of 300 letters", f"{'r' * 300}.dat 16 {_REST}", "rec"),
    first_lead("file the header", f"rec.hea 16 {_REST}", "rec"),
    first_lead("format 0", f"rec.dat 0 {_REST}", "format"),
    first_lead("format 17", f"rec.dat 17 {_REST}", "cannot read rec.dat in format 16 and 17"),
    first_lead("format 999", f"rec.dat 999 {_REST}", "format 16 and 999"),
    first_lead("format in words", f"rec.dat int16 {_REST}", _NO_HEADER),
    first_lead("format of others", f"rec.dat 212 {_REST}", "rec"),
    first_lead("samples a frame 0", f"rec.dat 16x0 {_REST}", "lead I has 0 samples in a frame"),
    first_lead("samples a frame 2", f"rec.dat 16x2 {_REST}", "rec"),
    first_lead("samples a frame 10^9", f"rec.dat 16x1000000000 {_REST}", "rec"),
    first_lead("skew of a minute", f"rec.dat 16:6000 {_REST}", "skewed by more than a second"),
    first_lead("skew of 10^17", f"rec.dat 16:{10**17} {_REST}", "skewed by more than a second"),
    first_lead("offset beyond", f"rec.dat 16+100000 {_REST}", "rec"),
    first_lead("offset of 10^17", f"rec.dat 16+{10**17} {_REST}", "rec"),
    first_lead("gain 0", _LEAD.replace("1000(0)", "0(0)"), "lead I is not calibrated", "--gain"),
    first_lead("no gain", "rec.dat 16 0 16 0 0 0 0 I", "lead I is not calibrated"),
    first_lead("gain infinite", _LEAD.replace("1000(0)", "1e999(0)"), "lead I is not calibrated"),
    first_lead("gain in words", _LEAD.replace("1000(0)", "nan(0)"), "is described by", "nan(0)"),
    first_lead("gain next to 0", _LEAD.replace("1000(0)", "1e-300(0)"), "rec"),
    first_lead("gain 1000 times", _LEAD.replace("1000(0)", "1(0)"), "lead I reaches"),
    first_lead("gain a third", _LEAD.replace("1000(0)", "300(0)"), "were scaled one by one"),
    first_lead("baseline of 10^30", _LEAD.replace("(0)", f"({10**30})"), "holds the number"),
    first_lead("baseline far off", _LEAD.replace("(0)", "(1000000)"), "lead I reaches"),
    first_lead("unit of length", _LEAD.replace("/mV", "/mm"), "lead I is in 'mm'", "V, mV, uV, nV"),
    first_lead("unit of pressure", _LEAD.replace("/mV", "/mmHg"), "lead I is in 'mmHg'"),
    first_lead(
        "first sample another", _LEAD.replace(f" {SIGNAL[0][0]} ", " 31000 "), "begins with"
    ),
    first_lead("checksum another", f"{' '.join(_LEAD.split()[:6])} 7 0 I", "lead I has checksum"),
    first_lead("first sample of 10^30", f"rec.dat 16 1000(0)/mV 16 0 {10**30} 0 0 I", "the number"),
]

_NAMES = [
    leads_named("none", lambda leads: [""] * 12, "no lead I, II"),
    leads_named("numbers", lambda leads: [str(k) for k in range(12)], "found 0, 1, 2"),
    leads_named("twice", lambda leads: ["I", "I", *leads[2:]], "lead I is there more than once"),
    leads_named("a chest lead missing", lambda leads: [*leads[:-1], "V7"], "no lead V6", "V7"),
    leads_named("frank leads", lambda leads: [*leads[:6], *"xyzabc"], "no lead V1"),
    leads_named("I and II swapped", _swapped, "wrong names, were scaled"),
    leads_named("aVR and aVL swapped", lambda a: [*a[:3], a[4], a[3], *a[5:]], "wrong names"),
    leads_named("long", lambda leads: ["L" * 900] * 12, "no lead I"),
]

HEADERS = [*_WHOLE_FILES, *_RECORD_LINES, *_LEAD_LINES, *_NAMES]
