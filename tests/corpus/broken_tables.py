"""CSV and NPY that are no recording."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.corpus.broken import Broken
from tests.corpus.broken_headers import SIGNAL
from xai_bench.types import LEADS

__all__ = ["TABLES"]

MILLIVOLT = SIGNAL / 1000
NAMES = ",".join(LEADS)
ROWS = "".join(",".join(f"{x:.3f}" for x in row) + "\n" for row in MILLIVOLT.T)
WHOLE = f"{NAMES}\n{ROWS}"


def csv(name: str, content: str | bytes, *says: str, rate_hz: float = 100.0) -> Broken:
    def write(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "rec.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return Broken(f"csv: {name}", write, ("rec.csv: ", *says), {"recorded_hz": rate_hz})


def npy(name: str, content: Any, *says: str, rate_hz: float = 100.0) -> Broken:
    def write(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "rec.npy"
        path.write_bytes(content if isinstance(content, bytes) else saved(content))
        return path

    return Broken(f"npy: {name}", write, ("rec.npy: ", *says), {"recorded_hz": rate_hz})


def saved(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


def with_header(header: str, body: bytes = MILLIVOLT.tobytes()) -> bytes:
    text = header.encode().ljust(118 - 1) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


def cell(text: str) -> str:
    """The table with this in its first cell of numbers."""
    return WHOLE.replace(ROWS.partition(",")[0], text, 1)


class _Run:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return eval, ("1 / 0",)


_PLACES = ("", "nan", "inf", "-inf", "x", "1,0", "1e999", "=1+1", "0x10", "1_000_000", "--1")
_SAYS = {"nan": "lead I has missing", "inf": "lead I has missing", "-inf": "lead I has missing"}
_SAYS |= {"1e999": "lead I has missing", "1_000_000": "", "1,0": "number of columns changed"}

_CSV = [
    csv("empty", "", "is empty"),
    csv("blank", "\n\n \n", "is empty"),
    csv("a mark of order alone", b"\xef\xbb\xbf", "is empty"),
    csv("names alone", NAMES, "holds no numbers"),
    csv("numbered columns", ",".join(map(str, range(12))) + "\n" + ROWS, "numbers the columns"),
    csv("a header of nothing", "," * 11 + "\n" + ROWS, "found (no name), (no name)"),
    csv("a thousand names", ",".join(f"c{k}" for k in range(1000)) + "\n", "holds no numbers"),
    csv("a thousand columns", f"{'c,' * 999}c\n{'1,' * 999}1\n", "(1000 in all)"),
    csv("utf-16", WHOLE.encode("utf-16"), "is no text in UTF-8"),
    csv("latin-1", WHOLE.replace("aVR", "dér").encode("latin-1"), "is no text in UTF-8"),
    csv("gzip", b"\x1f\x8b\x08\x00" + bytes(99), "is no text in UTF-8"),
    csv("NULs", bytes(1000), "holds no numbers"),
    csv("html", "<!doctype html>\n<p>404</p>\n", "could not convert"),
    csv("json", '{"I": [1, 2], "II": [3, 4]}\n', "holds no numbers"),
    csv("an excel file", b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)), "no text in UTF-8"),
    csv("one column", "I\n" + "0.1\n" * 1000, "no lead II"),
    csv("eleven columns", f"{'1,' * 10}1\n" * 1000, "1000 x 11", "12 (or 8)"),
    csv("twelve by twelve", f"{'1,' * 11}1\n" * 12, "12 x 12"),
    csv("a row cut", WHOLE[:-40], "number of columns changed"),
    csv("a row doubled", WHOLE + WHOLE.splitlines()[1] * 2, "number of columns changed"),
    csv("names again below", WHOLE + NAMES, "could not convert"),
    csv("a comment", f"# made by us\n{WHOLE}", ""),
    csv("decimal commas", WHOLE.replace(",", ";").replace(".", ","), "could not convert"),
    csv("spaces between", ROWS.replace(",", " "), "could not convert"),
    csv("a lead twice", WHOLE.replace("aVR", "II", 1), "lead II is there more than once"),
    csv("a chest lead missing", WHOLE.replace("V6", "V7", 1), "no lead V6", "V7"),
    csv("leads swapped", WHOLE.replace("I,II,", "II,I,", 1), "wrong names"),
    csv("unnamed and swapped", "".join(
        ",".join(f"{x:.3f}" for x in row) + "\n" for row in MILLIVOLT[[1, 0, *range(2, 12)]].T
    ), "its leads are in another order than I, II"),
    csv("microvolt", "".join(
        ",".join(map(str, row)) + "\n" for row in SIGNAL.T
    ), "an amplitude of 1559 mV", "check its unit"),
    csv("volt", "".join(
        ",".join(f"{x / 1000:.6f}" for x in row) + "\n" for row in MILLIVOLT.T
    ), "an amplitude of 0.001559 mV", "check its unit"),
    csv("beyond any number", f"{NAMES}\n" + f"{'1e300,' * 11}1e300\n" * 1000, "no millivolts"),
    csv("zeros", f"{NAMES}\n" + f"{'0,' * 11}0\n" * 1000, "is flat"),
    csv("too short", WHOLE[: len(WHOLE) // 2].rpartition("\n")[0], "10 s are wanted"),
    csv("too long", WHOLE + ROWS, "20 s long", "--length crop"),
    csv("rate of 0", WHOLE, "sampling rate of 0 Hz", rate_hz=0.0),
    csv("rate negative", WHOLE, "sampling rate of -100 Hz", rate_hz=-100.0),
    csv("rate NaN", WHOLE, "sampling rate of nan Hz", rate_hz=float("nan")),
    csv("rate infinite", WHOLE, "sampling rate of inf Hz", rate_hz=float("inf")),
    csv("rate too low", WHOLE, "recorded at 50 Hz", rate_hz=50.0),
    *(
        csv(f"a cell of {text!r}", cell(text), _SAYS.get(text, "could not convert"))
        for text in _PLACES
    ),
]  # fmt: skip

_HEAD = "{{'descr': {}, 'fortran_order': {}, 'shape': {}, }}"
_NPY = [
    npy("empty", b"", "is no NPY array"),
    npy("a head alone", b"\x93NUMPY", "is no NPY array"),
    npy("another version", b"\x93NUMPY\x09\x09" + bytes(99), "is no NPY array"),
    npy("a zip", b"PK\x03\x04" + bytes(99), "is no NPY array"),
    npy("a pickle", pickle.dumps(_Run()), "is no NPY array"),
    npy("objects", np.array([[_Run()] * 12], dtype=object), "is no NPY array"),
    npy("text", np.array([["1.0"] * 1000] * 12), "holds <U3 of shape (12, 1000)"),
    npy("truths", MILLIVOLT > 0, "holds bool of shape"),
    npy("complex", MILLIVOLT.astype(np.complex128), "holds complex128"),
    npy("times", SIGNAL.astype("M8[s]"), "holds datetime64"),
    npy("fields", np.zeros((12, 1000), dtype=[("a", "f4")]), "of shape (12, 1000)"),
    npy("one number", np.float64(1), "of shape ()"),
    npy("one row", MILLIVOLT[0], "of shape (1000,)"),
    npy("a batch", MILLIVOLT[None], "of shape (1, 12, 1000)"),
    npy("no samples", MILLIVOLT[:, :0], "of shape (12, 0)"),
    npy("eleven leads", MILLIVOLT[:11], "11 x 1000"),
    npy("square", MILLIVOLT[:, :12], "12 x 12"),
    npy("cut", saved(MILLIVOLT)[:-1], "is no NPY array"),
    npy("half", saved(MILLIVOLT)[:40_000], "is no NPY array"),
    npy("NaN", np.where(MILLIVOLT[3, 7] == MILLIVOLT, np.nan, MILLIVOLT), "missing (NaN"),
    npy("infinite", np.full((12, 1000), np.inf), "missing (NaN or infinite)"),
    npy("beyond any number", MILLIVOLT * 1e200, "no millivolts"),
    npy("microvolt", SIGNAL, "check its unit"),
    npy("zeros", np.zeros((12, 1000)), "is flat"),
    npy("flat lead", np.where(np.arange(12)[:, None] == 8, 0.5, MILLIVOLT), "lead V3 is flat"),
    npy("swapped", MILLIVOLT[[1, 0, *range(2, 12)]], "in another order than I, II"),
    npy("too short", MILLIVOLT[:, :500], "5 s long", "--length pad"),
    npy("too long", np.tile(MILLIVOLT, 2), "20 s long"),
    npy("rate too high", MILLIVOLT, "sampling rate of 1e+06 Hz", rate_hz=1e6),
    npy("shape of 10^30", with_header(_HEAD.format("'<f8'", False, f"(12, {10**30})")), "no NPY"),
    npy("shape of 10^12", with_header(_HEAD.format("'<f8'", False, f"(12, {10**12})")), "no NPY"),
    npy("shape negative", with_header(_HEAD.format("'<f8'", False, "(12, -1000)")), "no NPY"),
    npy("shape of words", with_header(_HEAD.format("'<f8'", False, "'ab'")), "no NPY"),
    npy("type of code", with_header(_HEAD.format("eval('1')", False, "(12, 1000)")), "no NPY"),
    npy("type unknown", with_header(_HEAD.format("'<f9'", False, "(12, 1000)")), "no NPY"),
    npy("code for a head", with_header("__import__('os').abort()"), "no NPY"),
    npy("a head of brackets", with_header("(" * 110), "is no NPY array"),
    npy("keys missing", with_header("{'descr': '<f8'}"), "is no NPY array"),
]

TABLES = [*_CSV, *_NPY]
