"""Where a net computes, in what precision, and how many rows a pass has there."""

from __future__ import annotations

import re
import subprocess
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TypeAlias, TypeVar, final

import torch

from xai_bench.errors import InputError, RunError

__all__ = ["Precision", "device_facts", "fixed_order", "float32_policy", "gradients_without_cudnn"]
__all__ += [
    "ShortMemory",
    "halved",
    "is_out_of_memory",
    "peak_bytes",
    "pick_device",
    "reusable_bytes",
    "rows_by_memory",
    "rows_of_a_pass",
    "sent",
]

Precision: TypeAlias = Literal["float32", "tf32", "bf16"]
"""float32: 24 bits everywhere. tf32: products on CUDA have 11 bits. bf16: passes of scorers are in
bfloat16, 8 bits; explanations in float32."""

_SUPPORTED = ("cpu", "cuda")

_ROWS = {
    "recordings": {"cpu": 8, "cuda": 64},
    "compared": {"cpu": 4, "cuda": 64},
    "pairs": {"cpu": 4, "cuda": 16},
    "versions": {"cpu": 8, "cuda": 256},
}
"""On a CPU the activations of a few rows stay near the cache; more are slower. Results do not
depend on it, up to float32 rounding.

recordings: to be explained. compared: recordings that are explained many times over. pairs:
recordings with a reference each. versions: changed copies of recordings, without their gradients.
"""

CUDA_ROWS = tuple(2**k for k in range(3, 13))
"""Numbers of rows that are tried on CUDA."""

_MOST_ROWS = CUDA_ROWS[-1]

_SHARE = 0.5
"""Share of the memory that can be had that one pass may take; the rest is for what it leaves."""

_decided: ContextVar[bool] = ContextVar("decided", default=False)
_halvings: ContextVar[int] = ContextVar("halvings", default=0)

Found = TypeVar("Found")


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """The device asked for, or CUDA where there is one.

    Raises InputError for what is no device, is none that nets are run on here (cpu and cuda), or
    is not there.
    """
    try:
        chosen = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError:
        raise InputError(f"no device '{device}'; use cpu, cuda or cuda:1") from None
    if chosen.type not in _SUPPORTED:
        raise InputError(f"device '{device}' is not supported; use cpu, cuda or cuda:1")
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"device '{device}' was asked for, but this torch sees no CUDA device")
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        found = torch.cuda.device_count()
        raise InputError(f"device '{device}' was asked for, but there are {found} CUDA devices")
    return chosen


@contextmanager
def float32_policy(precision: Precision = "float32") -> Iterator[None]:
    """In the block, products and convolutions of float32 on CUDA are what `precision` says, and
    cuDNN takes algorithms that add in a fixed order; all is as it was afterwards.

    torch's own default is TF32 for convolutions: 11 bits of 24. Of blocks within each other the
    outermost decides. Raises InputError where the process has set precisions by torch's old and new
    settings at once, which torch itself refuses to read.
    """
    if _decided.get():
        yield
        return
    token = _decided.set(True)
    tf32 = precision == "tf32"
    try:
        before = [(owner, name, _read(owner, name)) for owner, name, _ in _flags(tf32)]
        try:
            for owner, name, value in _flags(tf32):
                _write(owner, name, value)
            yield
        finally:
            for owner, name, value in before:
                _write(owner, name, value)
    finally:
        _decided.reset(token)


def _flags(tf32: bool) -> list[tuple[Any, str, bool]]:
    """The old settings, which every torch knows; one that mixes them with the new ones warns."""
    return [
        (torch.backends.cuda.matmul, "allow_tf32", tf32),
        (torch.backends.cudnn, "allow_tf32", tf32),
        (torch.backends.cudnn, "deterministic", True),
    ]


def _read(owner: Any, name: str) -> bool:
    try:
        return bool(_quietly(lambda: getattr(owner, name)))
    except RuntimeError as error:
        raise InputError(
            "torch's float32 precision was set by old and new settings at once in this process; "
            "leave out fp32_precision, or allow_tf32"
        ) from error


def _write(owner: Any, name: str, value: bool) -> None:
    _quietly(lambda: setattr(owner, name, value))


def _quietly(do: Callable[[], Any]) -> Any:
    """torch 2.9 and later may advise the new settings, which earlier ones do not have."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*TF32.*", category=UserWarning)
        return do()


@contextmanager
def gradients_without_cudnn(*, needed: bool) -> Iterator[None]:
    """cuDNN refuses the gradient of a recurrent net in eval mode, where explanations take it.

    needed: whether gradients flow; nothing changes where they do not. The context manager of torch
    would turn TF32 on.
    """
    before = torch.backends.cudnn.enabled
    if needed:
        torch.backends.cudnn.enabled = False
    try:
        yield
    finally:
        torch.backends.cudnn.enabled = before


@contextmanager
def fixed_order() -> Iterator[None]:
    """In the block, sums of many values into few places add in one order on CUDA too, where threads
    would add as they come."""
    before = torch.are_deterministic_algorithms_enabled()
    only_warns = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=only_warns)


def device_facts(device: torch.device) -> dict[str, Any]:
    """What a number depends on of the machine: its device; of CUDA its versions and driver too."""
    if device.type != "cuda":
        return {"device": "cpu"}
    return {
        "device": torch.cuda.get_device_name(device),
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "driver": _driver(),
    }


def _driver() -> str | None:
    """The version of NVIDIA's driver, or None where it cannot be asked for."""
    asked = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"[\d.]+", said)
    return found[0] if found else None


def sent(values: Any, device: torch.device, dtype: torch.dtype | None = None) -> torch.Tensor:
    """Numbers of the host on a device. The host goes on at once, where `torch.tensor` would wait
    until the device has done all that was asked of it before."""
    return torch.as_tensor(values, dtype=dtype).to(device, non_blocking=True)


def rows_of_a_pass(
    device: torch.device, of: Literal["recordings", "compared", "pairs", "versions"]
) -> int:
    """Rows of one pass through a net on a device; fewer within `ShortMemory.do`, if it is short."""
    return halved(_ROWS[of][device.type])


def halved(rows: int) -> int:
    """As many rows, or as many as memory that is short leaves of them; one at least."""
    return max(1, rows >> _halvings.get())


@final
class ShortMemory:
    """Work that is done again in halves where a device has no memory for it.

    Rows of passes are halved with it, for all that follows. Results do not depend on either, up to
    float32 rounding.
    """

    def __init__(self, what: str, device: torch.device) -> None:
        """what: is done, in words."""
        self._what, self._device = what, device
        self._times = 0
        self._most: int | None = None
        """Rows of a part, if more did not fit."""

    def rows(self, rows: int) -> int:
        """As many, or what is left of them."""
        return max(1, rows >> self._times)

    def do(self, rows: slice, work: Callable[[slice], Found]) -> Iterator[tuple[slice, Found]]:
        """What `work` returns of these rows: of all at once, or of parts one after the other.

        Raises RunError where there is no memory for one recording in passes of one row.
        """
        left = [rows]
        while left:
            part = left.pop(0)
            if self._most is not None and part.stop - part.start > self._most:
                middle = part.start + self._most
                left[:0] = [slice(part.start, middle), slice(middle, part.stop)]
                continue
            found: list[Found] = []
            said = self._tried(part, work, found)
            if found:
                yield part, found[0]
                continue
            if part.stop - part.start == 1 and self.rows(_MOST_ROWS) == 1:
                raise RunError(
                    f"{self._what}: there is no memory for one recording ({said}); end what else "
                    "runs there, or use --device cpu"
                )
            self._most = (part.stop - part.start + 1) // 2
            self._times += 1
            left.insert(0, part)
            if self._device.type == "cuda":
                torch.cuda.empty_cache()

    def _tried(self, part: slice, work: Callable[[slice], Found], found: list[Found]) -> str:
        """Put into `found` what work returns; what is said where there is no memory. Whatever was
        made until then is freed when this returns."""
        token = _halvings.set(_halvings.get() + self._times)
        try:
            found.append(work(part))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return " ".join(str(error).split())[:200] or type(error).__name__
        finally:
            _halvings.reset(token)
        return ""


def is_out_of_memory(error: Exception) -> bool:
    """Whether a device, or the host, had no memory for something."""
    # torch has no class of its own for an allocation on the host that fails.
    on_host = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    return on_host or isinstance(error, torch.OutOfMemoryError | MemoryError)


def reusable_bytes(device: torch.device) -> int:
    """Memory of a CUDA device that can be had: what is free, and what torch keeps for later."""
    free, _ = torch.cuda.mem_get_info(device)
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free + kept


def peak_bytes(device: torch.device, run: Callable[[], object]) -> int:
    """What `run` takes of a CUDA device's memory at most, above what was in use before."""
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    run()
    return torch.cuda.max_memory_allocated(device) - before


def rows_by_memory(
    what: str,
    taken: Callable[[int], int],
    free: Callable[[], int],
    candidates: tuple[int, ...] = CUDA_ROWS,
) -> tuple[int, ...]:
    """The candidates of which one pass takes at most half of the memory that can be had.

    The fewest is run. Where it takes more than half, it is the only one; where there is no memory
    for it, half as many are tried, and so on.

    what: the passes, in words. taken: runs a pass of so many rows and says how many bytes it took;
    it may raise torch.OutOfMemoryError. free: bytes that can be had.

    Raises RunError where there is no memory for a pass of one row.
    """
    rows = candidates[0]
    while True:
        try:
            a_row = taken(rows) / rows
            break
        except torch.OutOfMemoryError as error:
            if rows == 1:
                raise RunError(
                    f"{what} of one recording do not fit the {free() / 2**30:.1f} GB of memory "
                    "that the device has left; end what else runs there, or use --device cpu"
                ) from error
            rows //= 2
    if rows < candidates[0]:
        return (rows,)
    budget = _SHARE * free()
    return tuple(n for n in candidates if n * a_row <= budget) or (rows,)
