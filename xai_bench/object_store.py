"""Folders in object stores by their URL: whatever fsspec knows, s3://, gs://, memory:// ..."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from xai_bench.errors import InputError, XaiBenchError

__all__ = ["is_url", "reached"]


def is_url(place: object) -> bool:
    """Whether a place is in an object store: s3://bucket/run."""
    return isinstance(place, str) and "://" in place


@contextmanager
def reached(url: str, failure: type[XaiBenchError]) -> Iterator[tuple[Any, str]]:
    """The file system and the path of the folder in it.

    Raises InputError for a store that is not known, and `failure` for whatever goes wrong with it
    until the block ends.
    """
    from fsspec.core import url_to_fs  # torch needs it too

    try:
        # Asked for anew each time: a file system may not be used after a fork.
        files, root = url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise InputError(f"{url} cannot be used: {_one_line(error)}") from error
    try:
        yield files, root.rstrip("/")
    except XaiBenchError:
        raise
    except Exception as error:  # of whatever library speaks with the store
        raise failure(f"{url} cannot be used: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
