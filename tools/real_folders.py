"""Tidy folders of real recordings from the collection that tests use: real-data/.

    python -m tools.real_folders COLLECTION FOLDER

    FOLDER/ptbxl/        every recording of PTB-XL once, at the gain of PTB-XL
    FOLDER/ptbxl.csv     superclasses, and the split: a table for --labels
    FOLDER/georgia/ ningbo/ cpsc2018/   recordings of the Challenge, with labels in their headers

A recording that is there twice is taken at 500 Hz if it is there at 500 Hz. Some headers state 200
units per mV where every recording of PTB-XL has 1000; theirs are written anew. Nothing else is
changed. FOLDER is made anew; recordings are no part of this repository.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.real_recordings import GAIN, take_weights
from xai_bench.data.wfdb_header import read_header
from xai_bench.tasks import SUPERCLASSES

__all__ = ["CHALLENGE", "main", "write_folders"]

CHALLENGE = {
    "georgia": ("challenge/georgia", "wfdb_mixed/E*"),
    "ningbo": ("challenge/chapman_ningbo", "wfdb_mixed/JS*"),
    "cpsc2018": ("challenge/cpsc2018",),
}
"""Our name of a data set, and where the collection keeps its recordings."""

_PTBXL = (
    *("ptbxl_real/records500", "ptbxl_real/challenge", "ptbxl_mini/records500"),
    *("ptbxl_real/records100", "ptbxl_mini/records100"),
)
"""Where it keeps those of PTB-XL, best first."""
_LABELS = "ptbxl_real/labels"
_STATED_GAIN = re.compile(r"(?<=\s)\d+(?:\.\d+)?(?=(?:\([+-]?\d+\))?/mV\s)", re.IGNORECASE)


def write_folders(collection: Path, folder: Path) -> dict[str, int]:
    """Write the folders; how many recordings each has, and how many gains were mended."""
    if folder.exists():
        shutil.rmtree(folder)
    labels = _labels(collection / _LABELS)
    found: dict[int, Path] = {}
    for header in _ptbxl_headers(collection):
        number = _number(header.stem)
        if number in labels:
            found.setdefault(number, header)
    mended = sum(_copy(header, folder / "ptbxl", mend=True) for header in found.values())
    _write_table(folder / "ptbxl.csv", {number: labels[number] for number in sorted(found)})
    counts = {"ptbxl": len(found), "ptbxl, gain mended": mended}
    for name, places in CHALLENGE.items():
        once = {header.stem: header for place in places for header in _headers(collection, place)}
        for header in once.values():
            _copy(header, folder / name, mend=False)
        counts[name] = len(once)
    return counts


def _ptbxl_headers(collection: Path) -> Iterator[Path]:
    """Headers with the gain of PTB-XL before the others, each kind best first."""
    headers = [header for place in _PTBXL for header in _headers(collection, place)]
    yield from sorted(headers, key=lambda header: _gain(header) != GAIN)


def _headers(collection: Path, place: str) -> list[Path]:
    """Of a folder and all below it, or of names with a *."""
    if "*" in place:
        return sorted(collection.glob(f"{place}.hea"))
    return sorted((collection / place).rglob("*.hea"))


def _gain(header: Path) -> float | None:
    return read_header(header).leads[0].gain


def _number(record: str) -> int:
    """The ecg_id in 00001_lr, 00001_hr or HR00001."""
    found = re.search(r"(\d+)(_[lh]r)?$", record)
    return int(found[1]) if found else 0


def _copy(header: Path, folder: Path, *, mend: bool) -> bool:
    """Copy a recording, with the gain of PTB-XL if that is wanted; whether it was another."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in header.parent.glob(f"{header.stem}.*"):
        _copy_file(path, folder / path.name)
    if not mend or _gain(header) == GAIN:
        return False
    copy = folder / header.name
    text = copy.read_text(encoding="utf-8")
    copy.write_text(_STATED_GAIN.sub(f"{GAIN:g}", text), encoding="utf-8")
    _same_time(header, copy)
    return True


def _copy_file(path: Path, copy: Path) -> None:
    shutil.copyfile(path, copy)  # not its mode: the collection may be read-only
    _same_time(path, copy)


def _same_time(path: Path, copy: Path) -> None:
    """So that what was read of such a folder before is known again."""
    stat = path.stat()
    os.utime(copy, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _labels(folder: Path) -> dict[int, dict[str, str]]:
    """By ecg_id a row of the table: superclasses, and the split, which is in the file's name."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        split = path.stem.rpartition("_")[2]
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                known = {name: row[name] for name in SUPERCLASSES}
                found[int(row["ecg_id"])] = {"ecg_id": row["ecg_id"], **known, "split": split}
    return found


def _write_table(path: Path, rows: dict[int, dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["ecg_id", *SUPERCLASSES, "split"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())


def main() -> int:
    """Write the folders, and say what is in them; weights that others made go where those that
    were fetched lie."""
    collection, folder = map(Path, sys.argv[1:])
    for name, count in write_folders(collection, folder).items():
        print(f"{name}: {count}")
    take_weights(collection / "ecgresnet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
