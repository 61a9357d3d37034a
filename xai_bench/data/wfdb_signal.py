"""Read the samples that a WFDB header describes, and hold them against what it says of them."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int16

from xai_bench.data.source import one_line
from xai_bench.data.wfdb_header import Header, LeadLine, is_file
from xai_bench.errors import RecordingError

__all__ = ["check_files", "leads_out", "read_units"]

_MAX_SAMPLES = 1 << 26  # in one read, all leads together
_BLOCK_BYTES = 512  # recorders may fill a signal file up to a whole block
_MISSING = -32768  # the mark of a missing sample in format 16
_MISSING_212 = -2048  # in format 212; the WFDB library counts it as the one of format 16

_BYTES_PER_SAMPLE = {
    "8": 1.0,
    "16": 2.0,
    "24": 3.0,
    "32": 4.0,
    "61": 2.0,
    "80": 1.0,
    "160": 2.0,
    "212": 3 / 2,
    "310": 4 / 3,
    "311": 4 / 3,
}
_COMPRESSED = ("508", "516", "524")  # FLAC: the size of the file says nothing about its length
_PLAIN_NAME = re.compile(r"(?!\.)[\w.-]+")


def leads_out(path: Path, root: Path) -> bool:
    """Whether a path below a folder leads out of it, as a symbolic link or through one."""
    place = path
    try:
        while place != root and not place.is_symlink() and place != place.parent:
            place = place.parent
        if place == root:
            return False
        return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))
    except (OSError, ValueError):  # a loop of links, a name with a zero in it
        return True


def check_files(header: Header, folder: Path, root: Path) -> None:
    """Raises RecordingError unless each signal file is a plain name in the folder of the header,
    lies in `root` with symbolic links followed, and is as large as the header says.
    """
    for name, rows in _by_file(header).items():
        if not _PLAIN_NAME.fullmatch(name):
            raise RecordingError(f"the header names '{name}', no file beside it")
        path = folder / name
        if not is_file(path):
            raise RecordingError(f"no signal file {path}")
        if leads_out(path, root):
            raise RecordingError(
                f"{name} is a symbolic link out of {root}, and none is followed: copy the file"
            )
        leads = [header.leads[row] for row in rows]
        formats = {lead.format for lead in leads}
        if len(formats) > 1 or not formats <= {*_BYTES_PER_SAMPLE, *_COMPRESSED}:
            raise RecordingError(
                f"cannot read {name} in format {' and '.join(sorted(formats))}; "
                f"known are {', '.join((*_BYTES_PER_SAMPLE, *_COMPRESSED))}"
            )
        (fmt,) = formats
        if fmt in _BYTES_PER_SAMPLE:
            samples = sum(lead.per_frame for lead in leads) * header.frames
            stated = leads[0].offset + _BYTES_PER_SAMPLE[fmt] * samples
            found = path.stat().st_size
            if not math.ceil(stated) <= found < stated + _BLOCK_BYTES:
                raise RecordingError(
                    f"{name} has {found} bytes, its header promises "
                    f"{math.ceil(stated)} ({len(leads)} leads of {header.frames} samples): "
                    f"{'truncated' if found < stated else 'the header belongs to another file'}?"
                )


def read_units(
    header: Header, folder: Path, rows: Sequence[int], *, first: int = 0, frames: int
) -> Float64[np.ndarray, "row frame"]:
    """`frames` of some leads from the frame `first` on, in units of the recorder; NaN where a
    sample is missing.

    Format 16 with one sample a frame, which nearly all 12-lead recordings have, is read here; any
    other by `wfdb`. The first sample and the checksum that the header states for these leads are
    verified; of more than 67 million samples not all are read, and the checksum is taken on trust.
    `check_files` was called before.

    Raises RecordingError where something cannot be read, or is not what the header says.
    """
    files = _by_file(header)
    needed = {header.leads[row].file for row in rows}
    read, begin = _by_wfdb, 0
    if all(_is_plain_16(header, files[name]) for name in needed):
        read, begin = _directly, first
    samples = sum(lead.per_frame for lead in header.leads) * (first + frames - begin)
    if samples > _MAX_SAMPLES:
        raise RecordingError(f"{samples} samples would have to be read at once")
    try:
        return read(header, folder, rows, first, frames)
    except RecordingError:
        raise
    except Exception as error:  # a third-party reader of hostile bytes raises whatever it likes
        raise RecordingError(f"cannot be read ({one_line(error)})") from None


def _is_read_whole(header: Header) -> bool:
    return header.frames * sum(lead.per_frame for lead in header.leads) <= _MAX_SAMPLES


def _by_file(header: Header) -> dict[str, list[int]]:
    """The rows of the leads in each signal file."""
    files: dict[str, list[int]] = {}
    for row, lead in enumerate(header.leads):
        files.setdefault(lead.file, []).append(row)
    return files


def _is_plain_16(header: Header, rows: Sequence[int]) -> bool:
    leads = [header.leads[row] for row in rows]
    return all((lead.format, lead.per_frame, lead.skew) == ("16", 1, 0) for lead in leads)


def _directly(
    header: Header, folder: Path, rows: Sequence[int], first: int, frames: int
) -> Float64[np.ndarray, "row frame"]:
    """As `read_units`, where all files are of format 16."""
    units = np.empty((len(rows), frames))
    whole = _is_read_whole(header)
    for name, stored in _by_file(header).items():
        if not set(stored) & set(rows):
            continue
        offset = header.leads[stored[0]].offset
        path, leads = folder / name, len(stored)
        if whole:
            every = _frames_of(path, leads, offset, header.frames)
            sums = [[int(total)] for total in every.sum(axis=1, dtype=np.int64)]
            begins, wanted = every[:, 0], every[:, first : first + frames]
        else:
            sums = [[] for _ in stored]
            begins = _frames_of(path, leads, offset, 1)[:, 0]
            wanted = _frames_of(path, leads, offset + 2 * leads * first, frames)
        for row, begin, total, values in zip(stored, begins, sums, wanted, strict=True):
            if row in rows:
                _verify(header.leads[row], int(begin), total)
                units[rows.index(row)] = values
    if units.min(initial=0) == _MISSING:
        units[units == _MISSING] = np.nan
    return units


def _frames_of(path: Path, leads: int, offset: int, frames: int) -> Int16[np.ndarray, "lead frame"]:
    """Samples of a file of format 16, from a byte on."""
    samples = np.fromfile(path, dtype="<i2", count=frames * leads, offset=offset)
    if len(samples) != frames * leads:
        raise RecordingError(f"{path.name} ends before its header says")
    return np.ascontiguousarray(samples.reshape(frames, leads).T)


def _by_wfdb(
    header: Header, folder: Path, rows: Sequence[int], first: int, frames: int
) -> Float64[np.ndarray, "row frame"]:
    """As `read_units`, for every format that `wfdb` knows.

    It is given a header that was written from checked numbers, and so never sees the one of the
    record. Samples of one frame are averaged, and skewed leads aligned, by it.
    """
    import wfdb  # slow to import

    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        for i, name in enumerate(_by_file(header)):
            (here / f"signal{i}.dat").symlink_to((folder / name).resolve())
        (here / "record.hea").write_text(_header_for_wfdb(header), encoding="ascii")
        name, channels, whole = str(here / "record"), list(rows), _is_read_whole(header)
        stored = wfdb.rdrecord(
            name,
            channels=channels,
            sampto=header.frames if whole else 1,
            physical=False,
            smooth_frames=False,
            ignore_skew=True,
        ).e_d_signal
        for row, values in zip(rows, stored, strict=True):
            total = int(values.sum(dtype=np.int64))
            # Its missing samples count as they are stored, or as the WFDB library counts them.
            missing = (
                int((values == _MISSING_212).sum()) if header.leads[row].format == "212" else 0
            )
            sums = [total, total + missing * (_MISSING - _MISSING_212)]
            _verify(header.leads[row], int(values[0]), sums if whole else [])
        record = wfdb.rdrecord(name, channels=channels, sampto=first + frames)
    return np.ascontiguousarray(record.p_signal[first:].T, dtype=np.float64)


def _header_for_wfdb(header: Header) -> str:
    """With one unit a millivolt, and signal files that are called signal0.dat, signal1.dat ..."""
    lines = [f"record {len(header.leads)} {header.rate_hz!r} {header.frames}"]
    files = list(_by_file(header))
    for lead in header.leads:
        offset = header.leads[_by_file(header)[lead.file][0]].offset
        lines.append(
            f"signal{files.index(lead.file)}.dat "
            f"{lead.format}x{lead.per_frame}:{lead.skew}+{offset} 1(0)/mV 0 0 {lead.first or 0}"
        )
    return "\n".join(lines) + "\n"


def _verify(lead: LeadLine, first: int, sums: Sequence[int]) -> None:
    """Raises RecordingError unless a lead begins with, and sums to, what the header states.

    sums: any of these will do; none where the record was not read whole.
    """
    if lead.first is not None and lead.first != first:
        raise RecordingError(
            f"lead {lead.name} begins with {first}, its header states {lead.first}: "
            "the signal file is damaged, or the header belongs to another file"
        )
    if lead.checksum is None or not sums:
        return
    if all((total - lead.checksum) % 65536 for total in sums):
        found = (sums[0] + 32768) % 65536 - 32768
        raise RecordingError(
            f"lead {lead.name} has checksum {found}, its header states {lead.checksum}: "
            "the signal file is damaged"
        )
