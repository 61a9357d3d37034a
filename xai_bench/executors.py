"""Who does pieces of work: processes of this machine, or workers of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeVar, get_args

from xai_bench.errors import InputError, UnknownNameError
from xai_bench.workers import Report, do_in_workers, workers_for

__all__ = ["Executor", "share_out", "worker_count"]

Executor = Literal["local", "ray"]

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def worker_count(executor: str, asked: int | None, *, on_cpu: bool) -> int:
    """As many as are asked for, or as many as the machine, or the cluster, has room for.

    Raises UnknownNameError for another executor; InputError for a number that cannot be, and where
    Ray is not installed; RunError where its cluster cannot be reached.
    """
    if executor not in get_args(Executor):
        raise UnknownNameError("executor", executor, get_args(Executor))
    if asked is not None and asked < 1:
        raise InputError(f"workers = {asked}; one or more are wanted")
    if executor == "local":
        return workers_for(asked, on_cpu=on_cpu)
    from xai_bench.ray_workers import ray_worker_count  # few have Ray

    return ray_worker_count(asked, on_cpu=on_cpu)


def share_out(
    executor: Executor,
    do: Callable[[Piece, Report], Result],
    pieces: Iterable[Piece],
    workers: int,
    *,
    on_cpu: bool = True,
    report: Callable[[Piece, Any], None] = lambda piece, said: None,
    notice: Callable[[str], None] = lambda line: None,
    deadline: float | None = None,
) -> Iterator[tuple[Piece, Result]]:
    """Yield each piece with its result, as `do_in_workers` or `do_by_ray`: results are the same
    wherever `do` depends on its piece alone.

    on_cpu: whether nets compute there. notice: called with a line when a worker was lost.
    """
    if executor == "local":
        return do_in_workers(do, pieces, workers, report=report, deadline=deadline)
    from xai_bench.ray_workers import do_by_ray  # few have Ray

    return do_by_ray(
        do, pieces, workers, on_cpu=on_cpu, report=report, notice=notice, deadline=deadline
    )
