"""Where checkpoints are: paths, URLs and repositories of the Hugging Face Hub."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from xai_bench.download import download
from xai_bench.errors import DownloadError, InputError

__all__ = ["Fetched", "fetch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A checkpoint that is on this machine now."""

    path: Path
    location: str
    """Where it came from, down to the file; goes into a card, so it holds no secrets."""
    sha256: str | None
    """What it must hash to, where somebody said so."""


def fetch(
    location: str,
    folder: Path,
    *,
    sha256: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fetched:
    """The checkpoint at `location`: a path, https://... or hf://OWNER/REPO/FOLDER[/FILE.ckpt].

    A URL is downloaded to `folder`; the Hub has a cache of its own. Raises InputError,
    DownloadError.
    """
    scheme, separator, _ = location.partition("://")
    if not separator:
        return Fetched(path=Path(location), location=location, sha256=sha256)
    if scheme == "hf":
        return _from_hub(location, sha256)
    path = download(location, folder / "checkpoint.ckpt", sha256=sha256, progress=progress)
    return Fetched(path=path, location=_public(location), sha256=sha256)


def _public(url: str) -> str:
    """The URL without what a person or a signature may have put there to be let in."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _from_hub(location: str, sha256: str | None) -> Fetched:
    try:
        import huggingface_hub
    except ImportError:
        raise InputError(
            f"{location} needs huggingface_hub; install it: pip install 'xai-bench[hub]'"
        ) from None
    parts = re.fullmatch(r"hf://([^/]+/[^/]+)/(.+?)/*", location)
    if parts is None:
        raise InputError(f"'{location}' is not hf://OWNER/REPO/FOLDER/TASK[/FILE.ckpt]")
    repository, inside = parts.groups()
    # Every error is caught: those of the HTTP client below have no root in common with the hub's.
    try:
        info = huggingface_hub.HfApi().model_info(repository, files_metadata=True)
    except Exception as error:
        raise _not_reached(location, error) from error
    file = _choose(info.siblings or [], inside, location)
    try:
        path = huggingface_hub.hf_hub_download(repository, file.rfilename, revision=info.sha)
    except Exception as error:
        raise _not_reached(location, error) from error
    return Fetched(
        path=Path(path),
        location=f"hf://{repository}/{file.rfilename}",
        sha256=sha256 or (file.lfs.sha256 if file.lfs else None),
    )


def _choose(files: list[Any], inside: str, location: str) -> Any:
    """The file called `inside`, or the only checkpoint in the folder. Raises InputError."""
    checkpoints = {f.rfilename: f for f in files if f.rfilename.endswith(".ckpt")}
    if inside in checkpoints:
        return checkpoints[inside]
    found = [name for name in checkpoints if name.startswith(f"{inside}/")]
    if len(found) == 1:
        return checkpoints[found[0]]
    if not found:
        folders = sorted({name.rpartition("/")[0] for name in checkpoints})
        raise InputError(f"{location} has no .ckpt; those with one: {', '.join(folders) or 'none'}")
    raise InputError(
        f"{location} has {len(found)} checkpoints; add one: {', '.join(sorted(found))}"
    )


def _not_reached(location: str, error: Exception) -> DownloadError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return DownloadError(f"cannot download {location}: {reason}")
