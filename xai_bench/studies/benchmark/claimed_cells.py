"""Which cells of a run are there, which this process is to score, and which another is at."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import final

from xai_bench import storage
from xai_bench.memo import Memo
from xai_bench.results import (
    Cell,
    half_written_cells,
    make_room,
    read_cell,
    sound_cells,
    stored_leaderboard,
    write_cell,
    write_leaderboard,
)
from xai_bench.results.leases import Leases
from xai_bench.results.remote_folder import RunCopy
from xai_bench.results.store_leases import StoreLeases

__all__ = ["ClaimedCells"]

_LONG_WRITTEN_S = 24 * 3600.0
"""A table takes a moment, and nobody says who is at one."""


@final
class ClaimedCells:
    """The cells of a run folder that several processes may fill at once."""

    def __init__(
        self,
        run: Path,
        wanted: Collection[Path],
        leases: Leases | StoreLeases,
        notice: Callable[[str], None],
        copy: RunCopy | None = None,
    ) -> None:
        """Reads the cells that are there; scores of those that are wanted alone until something is
        to be scored or ranked. What killed processes left half-written is removed.

        notice: called with a line about each that is scored anew. copy: where the run is one of a
        run in an object store, which gets all that is written. Raises XaiBenchError.
        """
        self.run, self._leases, self._notice, self._copy = run, leases, notice, copy
        self.known: dict[Path, Cell] = {}
        """By their folder."""
        self.new = set[Path]()
        """Written by this process."""
        self.broken: dict[Path, str] = {}
        """Folders that hold no cell, and why not."""
        self._set_aside: dict[Path, Path] = {}
        """What stood where a cell belongs, and where it is now."""
        self._sweep()
        self._wanted = set(wanted)
        self._read(self._wanted)
        self._others_unread = True

    def claim(self, wanted: Collection[Cell]) -> set[Path]:
        """The folders of those cells that this process is to score now: they are not there, and no
        other process is at them. Raises XaiBenchError."""
        taken = self._leases.take(cell.key for cell in wanted)
        if self._copy is not None:
            places = {cell.folder(self.run) for cell in wanted}
            self._copy.bring(anew=places & self.broken.keys())
        self._read_others()
        self._read()  # who had them before may have written them
        claimed = set()
        for cell in wanted:
            folder = cell.folder(self.run)
            if cell.key in taken and folder not in self.known:
                aside = make_room(self.run, cell)
                if aside is not None:
                    why = self.broken.pop(folder, "it is no cell")
                    where = aside if self._copy is None else self._copy.place(aside)
                    self._notice(f"scored anew: {why}; what was there is now in {where}")
                    self._set_aside[folder] = aside
                claimed.add(folder)
        return claimed

    def write(self, cells: Iterable[Cell]) -> None:
        """Raises OutputError."""
        for folder in [write_cell(self.run, cell) for cell in cells]:
            if self._copy is not None:
                self._copy.put_cell(folder, self._set_aside.get(folder))
            self.known[folder] = read_cell(folder)
            self.new.add(folder)

    def write_leaderboard(self, flags: Mapping[str, str], summaries: Memo) -> None:
        """Of all cells that are there, also of those that other processes wrote meanwhile. Raises
        OutputError."""
        if self._copy is None:
            self._write_leaderboard(flags, summaries)
            return
        # As in a folder: whoever puts it last has looked for cells after that.
        more = True
        while more:
            if self._copy.bring():
                self._read()
            self._write_leaderboard(flags, summaries)
            self._copy.put_tables()
            more = self._copy.bring()
            self._read()

    def _write_leaderboard(self, flags: Mapping[str, str], summaries: Memo) -> None:
        if not self.known:
            return
        if not self.new and stored_leaderboard(self.run, self.known.values(), flags) is not None:
            return
        self._read_others()
        # Whoever writes it last has looked for cells after all that others wrote before theirs.
        shown: set[Path] | None = None
        while shown != self.known.keys():
            self._read()
            shown = set(self.known)
            write_leaderboard(self.run, self.known.values(), flags, summaries)
            self._read()

    def _sweep(self) -> None:
        """Remove what was half-written when processes were killed."""
        # Found before it is asked who is at which: what nobody is at then is of nobody.
        if found := half_written_cells(self.run):
            self._leases.take(())
            for folder, key in found.items():
                if key not in self._leases.of_others:
                    shutil.rmtree(folder, ignore_errors=True)
        for table in self.run.glob(f".*{storage.HALF_WRITTEN}"):
            with suppress(OSError):  # it became whole just now
                if time.time() - table.stat().st_mtime > _LONG_WRITTEN_S:
                    table.unlink()

    def _read_others(self) -> None:
        """Before anything is scored it is known which of the other cells have no scores."""
        if self._others_unread:
            self._others_unread = False
            self.known = {path: self.known[path] for path in self.known.keys() & self._wanted}
            self._read()

    def _read(self, needed: Collection[Path] | None = None) -> None:
        cells, broken = sound_cells(self.run, self.known, needed)
        self.known = {cell.folder(self.run): cell for cell in cells}
        self.broken = {folder: str(error) for folder, error in broken.items()}
