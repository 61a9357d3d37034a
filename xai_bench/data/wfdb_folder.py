"""Any folder of WFDB records: signals, and what their headers say about labels, age and sex."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np

from xai_bench.data.folder_source import FolderSource, files_below
from xai_bench.data.header_facts import HeaderFacts, header_facts
from xai_bench.data.normalise import Form
from xai_bench.data.source import Index, Record
from xai_bench.data.statements import meaning
from xai_bench.data.wfdb_record import read_record
from xai_bench.data.wfdb_signal import leads_out
from xai_bench.errors import DatasetError

__all__ = ["WfdbFolder"]

_MOST_LISTED = 20


@final
class WfdbFolder(FolderSource):
    """Every WFDB record below a folder, in the order of their paths.

    The id of a recording is its path below the folder without the suffix. Patients are unknown,
    so each recording counts as its own. Labels are the superclasses of the statements that
    headers make after `# Dx:` (SNOMED codes) or `# Labels:`; None where no header makes any.
    Raises DatasetError when there is no record.
    """

    def __init__(self, folder: Path, form: Form) -> None:
        super().__init__(folder, form)
        paths = (folder / name for name in files_below(folder))
        headers = sorted(path for path in paths if path.suffix == ".hea")
        facts = [
            HeaderFacts() if _is_link_out(path, folder) else header_facts(path) for path in headers
        ]
        kept = [
            (path, found) for path, found in zip(headers, facts, strict=True) if found.is_recording
        ]
        if not kept:
            raise DatasetError(
                f"no recordings in {folder}: neither ptbxl_database.csv nor a WFDB header (*.hea)"
            )
        self._headers = [path for path, _ in kept]
        self._facts = [found for _, found in kept]
        # Headers may agree where signals do not; those of one recording are soon read.
        first = self._headers[0]
        signals = sorted(path for path in first.parent.iterdir() if path.stem == first.stem)
        readable = [path for path in (*self._headers, *signals) if not _is_link_out(path, folder)]
        self.name = self._name(readable)

    @cached_property
    def index(self) -> Index:
        names = tuple(
            path.relative_to(self._folder).with_suffix("").as_posix() for path in self._headers
        )
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
    def remarks(self) -> tuple[str, ...]:
        count = Counter(
            word for found in self._facts for word in meaning(found.statements or ()).unknown
        )
        if not count:
            return ()
        listed = ", ".join(f"{word} ({n})" for word, n in count.most_common(_MOST_LISTED))
        more = f" and {len(count) - _MOST_LISTED} more" if len(count) > _MOST_LISTED else ""
        return (
            f"{self.name}: {len(count)} statements that the table of superclasses does not know, "
            f"with the number of their recordings: {listed}{more}",
        )

    def files(self) -> Iterable[str]:
        # All of them, because only a header knows which ones hold its signals.
        return sorted(files_below(self._folder))

    def read(self, row: int) -> Record:
        record_id = self.index.record_id[row]
        return read_record(self._headers[row], self._form, record_id=record_id, root=self._folder)


def _is_link_out(path: Path, folder: Path) -> bool:
    # Folders between the two are no links, so that only a link needs the slow question.
    return path.is_symlink() and leads_out(path, folder)
