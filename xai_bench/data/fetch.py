"""Fetch PTB-XL from its home: file by file, checked by sha256, continued where it was left."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import final

import requests

from xai_bench import storage
from xai_bench.data.ptbxl import DATABASE, STATEMENTS, stays_inside
from xai_bench.download import download, has_sha256
from xai_bench.errors import DatasetError, DownloadError

__all__ = ["PTBXL_NOTICE", "PTBXL_URL", "Fetched", "fetch_ptbxl"]

PTBXL_URL = "https://physionet.org/files/ptb-xl/1.0.3"

PTBXL_NOTICE = """\
PTB-XL 1.0.3 is published under the Creative Commons Attribution 4.0 International licence
(CC BY 4.0, https://creativecommons.org/licenses/by/4.0/). Whoever uses it cites
  Wagner et al., PTB-XL, a large publicly available electrocardiography dataset,
    Scientific Data 7:154 (2020), https://doi.org/10.1038/s41597-020-0495-6
  Goldberger et al., PhysioBank, PhysioToolkit, and PhysioNet,
    Circulation 101(23):e215-e220 (2000), https://doi.org/10.1161/01.CIR.101.23.e215"""

THREADS = 6
GIVE_UP = 20
"""Files that failed; when so many have, the rest would too."""

_SUMS = "SHA256SUMS.txt"
_LICENSE = "LICENSE.txt"
_TABLES = (STATEMENTS, DATABASE)
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *]?(\S.*)")
_SIGNAL = {
    100: re.compile(r"records100/[0-9]{5}/[0-9]{5}_lr\.(hea|dat)"),
    500: re.compile(r"records500/[0-9]{5}/[0-9]{5}_hr\.(hea|dat)"),
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a call of `fetch_ptbxl` did."""

    files: int
    """That were asked for, and are in the folder."""
    downloaded: int
    """Of these; the others were there already."""


def fetch_ptbxl(
    to: Path,
    *,
    rates: Collection[int] = (100,),
    base_url: str = PTBXL_URL,
    progress: Callable[[int, int], None] | None = None,
) -> Fetched:
    """Bring the tables, the licence and the signals of PTB-XL at `rates` (Hz) into the folder `to`.

    A file that is there with the sha256 that PTB-XL's own list gives is kept; call again to
    continue what was interrupted. `progress` is called with the number of files so far and in all.

    Raises DatasetError when a rate is not one of PTB-XL's or `to` holds another data set,
    DownloadError when the list of files is not one, or when files are still missing at the end,
    OutputError when nothing can be written there.
    """
    if not rates or not set(rates) <= set(_SIGNAL):
        raise DatasetError(f"rates {sorted(rates)} were asked for; PTB-XL has 100 and 500 Hz")
    base = base_url.rstrip("/")
    with TemporaryDirectory() as temporary:  # nothing comes into `to` before it was understood
        listed = download(f"{base}/{_SUMS}", Path(temporary) / _SUMS)
        sums, text = _read_sums(listed), listed.read_bytes()
    signals = {rate: [path for path in sums if _SIGNAL[rate].fullmatch(path)] for rate in rates}
    lacking = [path for path in (_LICENSE, *_TABLES) if path not in sums]
    lacking += [f"records{rate}/" for rate, paths in signals.items() if not paths]
    if lacking:
        raise DownloadError(f"{base}/{_SUMS} does not list {', '.join(lacking)}; is this PTB-XL?")
    if (to / DATABASE).exists() and not has_sha256(to / DATABASE, sums[DATABASE]):
        raise DatasetError(
            f"{to} holds another data set; name a new folder, or one of PTB-XL 1.0.3"
        )
    storage.write_file(to / _SUMS, text)
    first = [_LICENSE, *chain.from_iterable(signals.values())]
    total = len(first) + len(_TABLES)
    downloaded: list[bool] = []
    # The database comes last: a folder left half-fetched is not taken for PTB-XL.
    for paths in (first, *([table] for table in _TABLES)):
        problems: list[DownloadError] = []
        with closing(_fetch_each({path: sums[path] for path in paths}, base, to)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, DownloadError):
                    problems.append(outcome)
                    continue
                downloaded.append(outcome)
                if progress is not None:
                    progress(len(downloaded), total)
        if problems:
            raise DownloadError(
                f"{total - len(downloaded)} of {total} files of PTB-XL are not in {to} yet; run "
                f"the same command again to fetch them. The first problem: {problems[0]}"
            )
    return Fetched(files=total, downloaded=sum(downloaded))


def _read_sums(path: Path) -> dict[str, str]:
    """File -> sha256, in the order of lines such as "<sha256> records100/00000/00001_lr.dat".

    Raises DownloadError for a line of another kind, or one that names a file outside the folder.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DownloadError(f"{path} is not text; it should list a sha256 for each file") from None
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise DownloadError(f"{path}, line {number}: {line[:80]!r} is not a sha256 and a file")
        digest, name = match[1].lower(), match[2]
        if not stays_inside(name):
            raise DownloadError(f"{path}, line {number}: {name[:80]!r} leads out of the folder")
        if sums.setdefault(name, digest) != digest:
            raise DownloadError(f"{path}, line {number}: {name[:80]!r} has a second sha256")
    return sums


def _fetch_each(
    files: Mapping[str, str], base: str, to: Path
) -> Generator[bool | DownloadError, None, None]:
    """For each of `files` (path -> sha256), as they finish: was it downloaded, or what is wrong."""
    failed = 0
    of_thread = threading.local()
    with ExitStack() as sessions:

        def start_thread() -> None:
            of_thread.session = sessions.enter_context(requests.Session())

        def fetch(path: str) -> bool | DownloadError:
            try:
                if failed >= GIVE_UP:
                    raise DownloadError(f"{path} was not tried after {failed} others failed")
                if has_sha256(to / path, files[path]):
                    return False
                download(f"{base}/{path}", to / path, sha256=files[path], session=of_thread.session)
            except DownloadError as error:
                return error
            return True

        pool = ThreadPoolExecutor(THREADS, initializer=start_thread)
        try:
            for future in as_completed([pool.submit(fetch, path) for path in files]):
                outcome = future.result()
                failed += isinstance(outcome, DownloadError)
                yield outcome
        finally:  # when interrupted: the files that are on their way, and no others
            pool.shutdown(cancel_futures=True)
