"""Which cells of a run are there, which this process is to score, and which another is at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import final

from xai_bench.memo import Memo
from xai_bench.results import (
    Cell,
    make_room,
    sound_cells,
    stored_leaderboard,
    write_leaderboard,
)
from xai_bench.results.leases import Leases

__all__ = ["ClaimedCells"]


@final
class ClaimedCells:
    """The cells of a run folder that several processes may fill at once."""

    def __init__(
        self, run: Path, wanted: Collection[Path], leases: Leases, notice: Callable[[str], None]
    ) -> None:
        """Reads the cells that are there; scores of those that are wanted alone until something is
        to be scored or ranked. notice: called with a line about each that is scored anew. Raises
        InputError."""
        self.run, self._leases, self._notice = run, leases, notice
        self.known: dict[Path, Cell] = {}
        """By their folder."""
        self.new = set[Path]()
        """Written by this process."""
        self.broken: dict[Path, str] = {}
        """Folders that hold no cell, and why not."""
        self._wanted = set(wanted)
        self._read(self._wanted)
        self._others_unread = True

    def claim(self, wanted: Collection[Cell]) -> set[Path]:
        """The folders of those cells that this process is to score now: they are not there, and no
        other process is at them. Raises XaiBenchError."""
        taken = self._leases.take(cell.key for cell in wanted)
        self._read_others()
        self._read()  # who had them before may have written them
        claimed = set()
        for cell in wanted:
            folder = cell.folder(self.run)
            if cell.key in taken and folder not in self.known:
                aside = make_room(self.run, cell)
                if aside is not None:
                    why = self.broken.pop(folder, "it is no cell")
                    self._notice(f"scored anew: {why}; what was there is now in {aside}")
                claimed.add(folder)
        return claimed

    def written(self, cells: Mapping[Path, Cell]) -> None:
        self.known |= cells
        self.new |= set(cells)

    def write_leaderboard(self, flags: Mapping[str, str], summaries: Memo) -> None:
        """Of all cells that are there, also of those that other processes wrote meanwhile."""
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
