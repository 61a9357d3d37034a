"""Work that is shared out among processes, and comes back piece by piece."""

from __future__ import annotations

import contextlib
import ctypes
import io
import multiprocessing
import os
import pickle
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, final

import torch

from xai_bench.errors import InputError, RunError, XaiBenchError

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess  # Windows forks nothing

__all__ = ["OutOfTime", "Report", "cores", "do_in_workers", "one_thread"]
__all__ += ["only_here", "portable_error", "why_one_worker", "workers_for"]

Piece = TypeVar("Piece")
Result = TypeVar("Result")
Report = Callable[[Any], None]
"""Called by whoever does a piece of work with how far it is; what is said travels as a pickle."""

_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_PR_SET_PDEATHSIG = 1


class OutOfTime(Exception):  # noqa: N818 - not an error: the time that was allowed is over
    """The time that was allowed is over; pieces that were done have been handed over."""


def cores() -> int:
    """Processors that this process may use: those it is bound to, within a container's quota."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    count = len(os.sched_getaffinity(0))
    with contextlib.suppress(OSError, ValueError):  # no quota, or "max"
        quota, period = map(int, _CPU_QUOTA.read_text(encoding="ascii").split())
        count = min(count, max(1, quota // period))
    return count


def workers_for(asked: int | None, *, on_cpu: bool) -> int:
    """As many as are asked for, or a worker a core; one where work cannot be shared out.

    Raises InputError for a number that cannot be.
    """
    if asked is not None and asked < 1:
        raise InputError(f"workers = {asked}; one or more are wanted")
    return (asked or cores()) if on_cpu and not why_one_worker() else 1


def why_one_worker() -> str:
    """Why work cannot be shared out here, or ""."""
    if sys.platform != "linux":
        return "workers are forked, which is safe on Linux alone"
    if torch.cuda.is_available():
        return "workers are forked, which CUDA does not survive; CUDA_VISIBLE_DEVICES= hides it"
    if multiprocessing.current_process().daemon:
        return "this process is a worker itself"
    return ""


def only_here(call: Callable[..., None]) -> Callable[..., None]:
    """A call that does nothing in processes that are forked from this one, nor where it is sent."""
    return _OnlyHere(call, os.getpid())


@final
@dataclass(frozen=True, slots=True)
class _OnlyHere:
    call: Callable[..., None]
    pid: int

    def __call__(self, *given: Any) -> None:
        if os.getpid() == self.pid:
            self.call(*given)

    def __reduce__(self) -> tuple[Any, ...]:
        return _OnlyHere, (print, -1)  # no process has this number


@contextlib.contextmanager
def one_thread(*, on_cpu: bool = True) -> Iterator[None]:
    """One thread of torch a process, where nets compute on a CPU.

    Sums come out in the same order, hence to the same last bit, however many workers there are,
    and workers that are forked meanwhile never wait for threads of OpenMP, which a fork loses.
    """
    if not on_cpu:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def do_in_workers(
    do: Callable[[Piece, Report], Result],
    pieces: Iterable[Piece],
    workers: int,
    *,
    report: Callable[[Piece, Any], None] = lambda piece, said: None,
    deadline: float | None = None,
) -> Iterator[tuple[Piece, Result]]:
    """Yield each piece with its result, in the order in which they are done.

    A piece is taken only when a worker is free for it, so that an iterator may decide late what
    comes next. One worker is this process; more are forked now and see all that there is in
    memory, but what they change stays theirs; pieces and results travel as pickles. Results are
    those of one worker where `do` depends on its piece alone.

    report: called here with a piece and what is said of it meanwhile.
    deadline: by `time.monotonic`; then OutOfTime is raised, and what is in hand is dropped.

    What `do` raises is raised here; RunError when a worker dies. When this ends, however it does,
    all workers have ended.
    """
    if workers == 1:
        yield from _here(do, pieces, report, deadline)
        return
    pool: list[_Worker] = []
    left = iter(pieces)
    try:
        for _ in range(workers):
            piece = next(left, None)
            if piece is None:
                break
            pool.append(_start(do, pool))
            pool[-1].give(piece)
        while busy := {worker.connection: worker for worker in pool if worker.piece is not None}:
            within = None if deadline is None else deadline - time.monotonic()
            ready = wait(list(busy), within) if within is None or within > 0 else []
            if not ready:
                raise OutOfTime
            for connection in ready:
                assert isinstance(connection, Connection)
                worker = busy[connection]
                piece = worker.piece
                kind, value = worker.take()
                if kind == "report":
                    report(piece, value)
                elif kind == "failed":
                    raise value
                else:
                    worker.piece = None
                    yield piece, value
                    if (following := next(left, None)) is not None:
                        worker.give(following)
    finally:
        for worker in pool:
            worker.process.kill()  # it holds nothing that could be left half-done
        for worker in pool:
            worker.process.join()
            worker.connection.close()


def _here(
    do: Callable[[Piece, Report], Result],
    pieces: Iterable[Piece],
    report: Callable[[Piece, Any], None],
    deadline: float | None,
) -> Iterator[tuple[Piece, Result]]:
    for piece in pieces:

        def in_time(said: Any, piece: Piece = piece) -> None:
            report(piece, said)
            if deadline is not None and time.monotonic() > deadline:
                raise OutOfTime

        yield piece, do(piece, in_time)
        if deadline is not None and time.monotonic() > deadline:
            raise OutOfTime


@final
@dataclass(slots=True, eq=False)
class _Worker:
    process: ForkProcess
    connection: Connection
    piece: Any = None
    """What it does, or None."""

    def give(self, piece: object) -> None:
        self.piece = piece
        with contextlib.suppress(OSError):  # that it died is seen when it is asked for the result
            self.connection.send(piece)

    def take(self) -> tuple[str, Any]:
        """What it says. Raises RunError when it died."""
        try:
            said: tuple[str, Any] = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            raise RunError(
                f"a worker ended {_how(self.process.exitcode)} while it was at {self.piece}; where "
                "memory is short, use fewer: --workers 1"
            ) from None
        return said


def _how(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"with status {exitcode}"
    return f"by signal {signal.Signals(-exitcode).name}"


def _start(do: Callable[[Any, Report], Any], others: list[_Worker]) -> _Worker:
    """A worker that has nothing to do yet. Raises RunError where none can be had."""
    ours, theirs = multiprocessing.Pipe()
    inherited = [ours, *(other.connection for other in others)]
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(do, theirs, inherited, os.getpid()), daemon=True
    )
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of threads: that of the progress display, which holds nothing that
            # a worker asks for, and those of OpenMP, for which see `one_thread`.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
    except OSError as error:
        ours.close()
        raise RunError(f"no worker can be started: {error}; use --workers 1") from error
    finally:
        theirs.close()
    return _Worker(process, ours)


def _serve(
    do: Callable[[Any, Report], Any],
    connection: Connection,
    inherited: Iterable[Connection],
    parent: int,
) -> None:
    """What a worker does: piece after piece, until there is no more."""
    # What ends a group of processes is for the parent, which ends its workers; none outlives it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    for one in inherited:
        one.close()
    # A thread of the parent may have held a lock of its streams, which nobody here would release.
    sys.stdout, sys.stderr = _stream(1), _stream(2)
    torch.set_num_threads(1)
    while True:
        try:
            piece = connection.recv()
        except EOFError:
            return
        try:
            done = do(piece, lambda said: connection.send(("report", said)))
            connection.send(("done", done))
        except Exception as error:
            connection.send(("failed", portable_error(error)))
            return


def _stream(descriptor: int) -> io.TextIOWrapper:
    try:
        return open(descriptor, "w", buffering=1, closefd=False)
    except OSError:  # closed
        return open(os.devnull, "w")  # noqa: PTH123


def portable_error(error: Exception) -> Exception:
    """An error that can be sent, with the place where it was raised as a note."""
    note = "".join(traceback.format_exception(error)).rstrip()
    try:
        found = pickle.loads(pickle.dumps(error))  # noqa: S301 - it was made here
    except Exception:  # whatever an error of someone's own may do
        found = None
    if type(found) is not type(error) or str(found) != str(error):
        if isinstance(error, InputError):
            found = InputError(str(error))
        elif isinstance(error, XaiBenchError):
            found = RunError(str(error))
        else:
            found = RunError(f"{type(error).__name__}: {' '.join(str(error).split())}")
    found.add_note(f"In a worker:\n{note}")
    assert isinstance(found, Exception)
    return found
