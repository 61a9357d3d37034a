"""Any folder of recordings: signals, and what WFDB headers say about labels, age and sex."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np

from xai_bench.data.folder_files import FolderFiles
from xai_bench.data.folder_headers import remembered_headers
from xai_bench.data.folder_source import FolderSource
from xai_bench.data.formats import FORMATS, UNREADABLE, clinical_facts, read_clinical
from xai_bench.data.header_facts import HeaderFacts, header_facts
from xai_bench.data.normalise import Form
from xai_bench.data.source import Index, Record
from xai_bench.data.statements import meaning
from xai_bench.data.wfdb_record import read_record
from xai_bench.data.wfdb_signal import leads_out
from xai_bench.errors import DatasetError, RecordingError
from xai_bench.printable import storable

__all__ = ["RecordFolder"]

_MOST_LISTED = 20
_LOW_RATE_HZ = 100.0
_AT_ONCE = 256
"""Files that are looked at together."""


@final
class RecordFolder(FolderSource):
    """Every recording below a folder, in the order of their paths: WFDB records and `FORMATS`.

    The id of a WFDB record is its path below the folder without the suffix, that of another file
    its path. Patients are unknown, so each recording counts as its own. Labels are the superclasses
    of the statements that WFDB headers make, see `HeaderFacts.statements`; None where no header
    makes any. A recording that nothing reads has a row too, and says so when it is read.
    Of a recording that is there at two rates, as PTB-XL's are (00001_lr, 00001_hr), one is taken.

    Raises DatasetError when there is no recording.
    """

    def __init__(self, folder: Path | FolderFiles, form: Form) -> None:
        super().__init__(folder, form)
        folder = self._folder
        names = sorted(
            (name for name in self.files() if _is_recording(name)), key=lambda name: name.split("/")
        )
        stated, self.name = remembered_headers(
            self._digest("headers"), names, lambda: self._read_headers(names)
        )
        recordings = [folder / name for name in names if stated[name].is_recording]
        twins = _twins(recordings, folder, "_hr" if form.rate_hz == _LOW_RATE_HZ else "_lr")
        self._twins = len(twins)
        self._paths = [path for path in recordings if path not in twins]
        self._facts = [stated[self._below(path)] for path in self._paths]

    def _read_headers(self, names: Iterable[str]) -> tuple[dict[str, HeaderFacts], str]:
        """What the headers among these files say, and what the folder is called."""
        stated: dict[str, HeaderFacts] = {}
        digests = bytearray()
        every = list(names)
        for start in range(0, len(every), _AT_ONCE):
            some = every[start : start + _AT_ONCE]
            self._files.ahead(some)
            for name in some:
                self._files.bring([name])
                path = self._folder / name
                is_ours = not _is_link_out(path, self._folder)
                # What other files say is read when it is asked for, as they must be read whole.
                is_header = path.suffix == ".hea" and is_ours
                stated[name] = header_facts(path) if is_header else HeaderFacts()
                if is_ours and stated[name].is_recording:
                    digests += self._digest_of(path)
        recordings = [name for name, found in stated.items() if found.is_recording]
        if not recordings:
            raise DatasetError(
                f"no recordings in {self._folder}: neither ptbxl_database.csv nor a WFDB header "
                f"(*.hea) nor a file {', '.join(f'*{suffix}' for suffix in FORMATS)}"
            )
        # Headers may agree where signals do not; those of one recording are soon read.
        return stated, self._name(bytes(digests) + self._digests_beside(recordings[0]))

    def _digests_beside(self, name: str) -> bytes:
        """Of a recording and of what is called like it, in the same folder."""
        above, slash, _ = name.rpartition("/")
        below = (file for file in self._files.names if file.startswith(f"{above}{slash}"))
        called = {file[len(above) + len(slash) :].partition("/")[0] for file in below}
        beside = [one for one in sorted(called) if Path(one).stem == Path(name).stem]
        self._files.bring(f"{above}{slash}{one}" for one in beside)
        paths = [self._folder / above / one for one in beside]
        ours = (path for path in paths if not _is_link_out(path, self._folder))
        return b"".join(map(self._digest_of, ours))

    @cached_property
    def index(self) -> Index:
        names = tuple(storable(self._below(path).removesuffix(".hea")) for path in self._paths)
        meanings = [meaning(found.statements or ()) for found in self._facts]
        unlabelled = {row for row, found in enumerate(self._facts) if found.statements is None}
        has_labels = len(unlabelled) < len(names)
        ages = [found.age for found in self._facts]
        sexes = tuple(found.sex or "" for found in self._facts)
        return Index(
            record_id=names,
            patient_id=names,
            labels=tuple(one.superclasses for one in meanings) if has_labels else None,
            statements=tuple(one.texts for one in meanings) if has_labels else None,
            unlabelled=frozenset(unlabelled if has_labels else ()),
            age=np.array(ages, dtype=np.float32) if any(age is not None for age in ages) else None,
            sex=sexes if any(sexes) else None,
        )

    @cached_property
    def unknown_statements(self) -> Counter[str]:
        """Statements that the table of superclasses does not know, and of how many recordings."""
        return Counter(
            word for found in self._facts for word in meaning(found.statements or ()).unknown
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        lines = []
        if self._twins:
            lines.append(
                f"{self.name}: of {self._twins} recordings that are there at 100 and at 500 Hz "
                "(_lr and _hr) one is taken"
            )
        count = self.unknown_statements
        if not count:
            return tuple(lines)
        listed = ", ".join(f"{word} ({n})" for word, n in count.most_common(_MOST_LISTED))
        more = f" and {len(count) - _MOST_LISTED} more" if len(count) > _MOST_LISTED else ""
        lines.append(
            f"{self.name}: {len(count)} statements that the table of superclasses does not know, "
            f"with the number of their recordings: {listed}{more}"
        )
        return tuple(lines)

    def files(self) -> Iterable[str]:
        # All of them, because only a header knows which ones hold its signals.
        return self._files.names

    def _read_from(self, row: int) -> str:
        return self._below(self._paths[row])

    def facts(self, row: int) -> HeaderFacts:
        path = self._paths[row]
        if path.suffix == ".hea" or _is_link_out(path, self._folder):
            return self._facts[row]
        self._files.bring([self._read_from(row)])
        return clinical_facts(path)

    def read_part(self, row: int, form: Form) -> Record:
        record_id = self.index.record_id[row]
        with self._files.recording(self._read_from(row)) as path:
            if path.suffix == ".hea":
                return read_record(path, form, record_id=record_id, root=self._folder)
            if _is_link_out(path, self._folder):
                raise RecordingError(
                    f"{record_id}: is a symbolic link out of {self._folder}, and none is followed: "
                    "copy the file"
                )
            return read_clinical(path, form, record_id=record_id)


def _twins(paths: Iterable[Path], folder: Path, ending: str) -> set[Path]:
    """Recordings with this ending that are there with the other one too.

    PTB-XL keeps each recording twice: records100/00001_lr and records500/00001_hr.
    """
    by_name: dict[tuple[str, ...], list[Path]] = {}
    for path in paths:
        if path.suffix == ".hea" and path.stem.endswith(("_lr", "_hr")):
            places = path.parent.relative_to(folder).parts
            name = (*(p.replace("records100", "records500") for p in places), path.stem[:-3])
            by_name.setdefault(name, []).append(path)
    both = (found for found in by_name.values() if len({path.stem for path in found}) == 2)
    return {path for found in both for path in found if path.stem.endswith(ending)}


def _is_recording(name: str) -> bool:
    suffix = f".{name.rpartition('.')[2]}"
    return suffix == ".hea" or suffix.lower() in FORMATS or suffix.lower() in UNREADABLE


def _is_link_out(path: Path, folder: Path) -> bool:
    # Folders between the two are no links, so that only a link needs the slow question.
    return path.is_symlink() and leads_out(path, folder)
