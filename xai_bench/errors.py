"""Every error a user can cause, and only those.

XaiBenchError
├── InputError            what was asked for cannot be done (exit status 2)
│   ├── UnknownNameError  no such model, method, metric, task, lead ...
│   ├── CardError         a card.toml or metric card that breaks its schema
│   ├── WeightsError      weights that are missing, altered or do not fit the net
│   ├── LeadsError        leads that were asked for and that recordings do not have
│   ├── RecordingError    one recording that cannot be read or used
│   └── DatasetError      a whole source of recordings that cannot be used
└── RunError              the work began and failed (exit status 1)
    ├── DownloadError     a file could not be brought here whole
    └── OutputError       results could not be written

A message says what was asked, what was found and what to do, in one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from xai_bench.printable import printable

__all__ = ["CardError", "DatasetError", "DownloadError", "InputError", "LeadsError"]
__all__ += ["OutputError", "RecordingError", "RunError", "UnknownNameError", "WeightsError"]
__all__ += ["XaiBenchError"]


class XaiBenchError(Exception):
    """Root of the tree; `except XaiBenchError` catches everything this package raises itself."""

    def __str__(self) -> str:
        """One line, whatever of a file's content is quoted in it."""
        return printable(super().__str__())


class InputError(XaiBenchError):
    """What was asked for cannot be done as asked."""


class UnknownNameError(InputError):
    """A name that nothing answers to.

    >>> raise UnknownNameError("model", "inm", ["imn", "conv2d"])
    no model 'inm'. Did you mean 'imn'? Available: conv2d, imn
    """

    def __init__(self, kind: str, name: str, available: Iterable[str]) -> None:
        names = sorted(set(available))
        close = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        super().__init__(f"no {kind} '{name}'.{hint} Available: {', '.join(names) or 'none'}")


class CardError(InputError):
    """A card that breaks its schema; the message names the file and the key."""


class WeightsError(InputError):
    """Weights that are missing, altered or do not fit the net."""


class LeadsError(InputError):
    """Leads that were asked for, and that the recordings of a data set do not have.

    >>> raise LeadsError("model 'beat-cnn' reads", ["MLII"], "synthetic", ["I", "II"])
    model 'beat-cnn' reads MLII; recordings of 'synthetic' have I, II
    """

    def __init__(self, who: str, wanted: Sequence[str], data: str, there: Sequence[str]) -> None:
        super().__init__(
            f"{who} {', '.join(wanted)}; recordings of '{data}' have {', '.join(there)}"
        )
        self.of = wanted, data, there

    def of_model(self, name: str) -> LeadsError:
        """The same, of the model that reads these leads."""
        return LeadsError(f"model '{name}' reads", *self.of)


class RecordingError(InputError):
    """One recording that cannot be read or used; the message begins with its id."""


class DatasetError(InputError):
    """A source of recordings that cannot be used at all."""


class RunError(XaiBenchError):
    """The work began and failed."""


class DownloadError(RunError):
    """A file could not be brought here whole; nothing half-written bears its name."""


class OutputError(RunError):
    """Results could not be written; nothing half-written is left behind."""
