"""Any folder of WFDB records: signals without labels or folds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import final

from xai_bench.data.folder_source import FolderSource
from xai_bench.data.normalise import Form
from xai_bench.data.source import Index, Record
from xai_bench.data.wfdb_header import is_recording
from xai_bench.data.wfdb_record import read_record
from xai_bench.errors import DatasetError

__all__ = ["WfdbFolder"]


@final
class WfdbFolder(FolderSource):
    """Every WFDB record below a folder, in the order of their paths.

    The id of a recording is its path below the folder without the suffix. Patients are unknown,
    so each recording counts as its own. Raises DatasetError when there is no record.
    """

    def __init__(self, folder: Path, form: Form) -> None:
        super().__init__(folder, form)
        self._headers = sorted(path for path in folder.rglob("*.hea") if is_recording(path))
        if not self._headers:
            raise DatasetError(
                f"no recordings in {folder}: neither ptbxl_database.csv nor a WFDB header (*.hea)"
            )
        # Headers may agree where signals do not; those of one recording are soon read.
        first = self._headers[0]
        signals = sorted(path for path in first.parent.iterdir() if path.stem == first.stem)
        self.name = self._name([*self._headers, *signals])

    @cached_property
    def index(self) -> Index:
        names = tuple(
            path.relative_to(self._folder).with_suffix("").as_posix() for path in self._headers
        )
        return Index(record_id=names, patient_id=names)

    def files(self) -> Iterable[Path]:
        # All of them, because only a header knows which ones hold its signals.
        return sorted(path for path in self._folder.rglob("*") if path.is_file())

    def read(self, row: int) -> Record:
        record_id = self.index.record_id[row]
        return read_record(self._headers[row], self._form, record_id=record_id, root=self._folder)
