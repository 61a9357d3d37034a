"""A disk that is full, for code that must leave nothing half-written."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["files_of_100_bytes"]


@contextmanager
def files_of_100_bytes() -> Iterator[None]:
    """The system refuses longer files, as a full disk would; the log of the tests among them."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
