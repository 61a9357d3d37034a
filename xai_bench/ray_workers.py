"""Work that is shared out among the nodes of a Ray cluster, and comes back piece by piece."""

from __future__ import annotations

import importlib
import io
import math
import os
import pickle
import platform
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import count, islice
from typing import Any, TypeVar, final

import numpy as np
import torch

from xai_bench.errors import InputError, RunError
from xai_bench.registry import loaded_code
from xai_bench.stored_rows import StoredRows
from xai_bench.workers import OutOfTime, Report, portable_error

__all__ = ["do_by_ray", "ray_worker_count"]

Piece = TypeVar("Piece")
Result = TypeVar("Result")

_TRIES = 4
"""Workers that a piece may lose: a node may die, but what ends one worker after another is the
piece's own fault."""

_LOOK_S = 0.5
"""Between looks at what workers report."""

_PATIENCE_S = 20.0
"""After which it is said that workers wait for room in the cluster, and each time after."""

_ALIKE = ("xai-bench", "torch", "numpy")
"""Packages that are the same on every node, so that scores are."""


def ray_worker_count(asked: int | None, *, on_cpu: bool) -> int:
    """As many as are asked for, or a worker for each CPU (or GPU) that the cluster has now.

    Joins the cluster. Raises InputError where Ray is not installed, RunError where it cannot be
    reached.
    """
    ray = _connected()
    return asked or max(1, int(ray.cluster_resources().get("CPU" if on_cpu else "GPU", 1)))


def do_by_ray(
    do: Callable[[Piece, Report], Result],
    pieces: Iterable[Piece],
    workers: int,
    *,
    on_cpu: bool,
    report: Callable[[Piece, Any], None] = lambda piece, said: None,
    notice: Callable[[str], None] = lambda line: None,
    deadline: float | None = None,
) -> Iterator[tuple[Piece, Result]]:
    """Yield each piece with its result, in the order in which they are done.

    As `workers.do_in_workers`, but each worker is an actor of the cluster that $RAY_ADDRESS names,
    or of a Ray of this machine's own. `do` travels once to each worker, which keeps it, with the
    nets that it holds on their device; rows of files travel as what they hold, so that nodes need
    no file of this machine. Workers on CUDA share GPUs evenly. Workers that the cluster has no room
    for yet begin when it has, which is what an autoscaler waits for.

    A piece whose worker is lost is done again by another. Raises RunError for a piece that loses
    one worker after another, and for nodes with other versions than here.
    """
    ray = _connected()
    tasks = map(_Task, pieces, count())
    todo = deque(islice(tasks, workers))
    crew = _Crew(ray, do, workers, on_cpu=on_cpu)
    try:
        for _ in todo:
            crew.hire()
        said_at = time.monotonic()
        while todo or crew.busy:
            within = _LOOK_S if deadline is None else min(_LOOK_S, deadline - time.monotonic())
            if within <= 0:
                raise OutOfTime
            for worker in crew.ready(within):
                task, worker.task = worker.task, None
                try:
                    kind, value = worker.answer(ray)
                except ray.exceptions.RayError as error:
                    crew.lose(worker)
                    if task is not None:
                        todo.append(task.lost_to(error))
                        notice(f"{worker} was lost at {task.piece}, which is done again")
                    crew.hire()
                    continue
                if kind == "failed":
                    raise value
                if task is None:
                    worker.node = value
                else:
                    yield task.piece, value
                following = todo.popleft() if todo else next(tasks, None)
                if following is None:
                    crew.rest(worker)
                else:
                    crew.give(worker, following)
            if todo:
                crew.wake(todo)
            for task, said in crew.reports():
                report(task.piece, said)
            if crew.waiting and time.monotonic() - said_at > _PATIENCE_S:
                said_at = time.monotonic()
                notice(f"{crew.waiting} of {workers} workers wait for room in the Ray cluster")
    finally:
        crew.dismiss()


@final
@dataclass(slots=True, eq=False)
class _Task:
    piece: Any
    number: int
    tries: int = 1

    def lost_to(self, error: Exception) -> _Task:
        """The same once more. Raises RunError where that has been tried often enough."""
        if self.tries == _TRIES:
            why = " ".join(str(error).split())[:300]
            raise RunError(
                f"{_TRIES} workers were lost at {self.piece}, the last because: {why}; where "
                "memory is short, use fewer workers a node"
            ) from error
        self.tries += 1
        return self


@final
@dataclass(slots=True, eq=False)
class _Hired:
    """An actor of the cluster, seen from here."""

    actor: Any
    answers: Any
    """To what it was told last: a reference of Ray's."""
    task: _Task | None = None
    node: str = ""
    """Where it works; empty until it has begun."""

    def __str__(self) -> str:
        return f"a worker on {self.node or 'a node'}"

    def answer(self, ray: Any) -> tuple[str, Any]:
        """Raises RayError where the worker was lost."""
        found: tuple[str, Any] = pickle.loads(ray.get(self.answers))  # noqa: S301 - of a worker
        return found


@final
class _Crew:
    """The workers: those that are at something, and those that have nothing to do."""

    def __init__(self, ray: Any, do: Callable[..., Any], workers: int, *, on_cpu: bool) -> None:
        self._ray = ray
        self._do = ray.put(_packed(do))
        room = {"num_cpus": 1, "num_gpus": 0.0 if on_cpu else _gpu_share(ray, workers)}
        self._actor = ray.remote(_Worker).options(**room)
        self._idle: list[_Hired] = []
        self._at_work: dict[Any, _Hired] = {}
        self._lost_before_they_began = 0
        # It stays where this process is: a node that is lost must not take it away.
        here = importlib.import_module("ray.util.scheduling_strategies")
        node = ray.get_runtime_context().get_node_id()
        near = here.NodeAffinitySchedulingStrategy(node_id=node, soft=False)
        self._board = ray.remote(_Board).options(num_cpus=0, scheduling_strategy=near).remote()

    @property
    def busy(self) -> bool:
        """Whether any is at a piece. A worker that waits for room may wait forever."""
        return any(worker.task is not None for worker in self._at_work.values())

    @property
    def waiting(self) -> int:
        """Workers that have not begun."""
        return sum(not worker.node for worker in self._at_work.values())

    def hire(self) -> None:
        actor = self._actor.remote(self._board)
        answers = actor.begin.remote(_versions(), self._do)
        self._at_work[answers] = _Hired(actor, answers)

    def ready(self, within: float) -> list[_Hired]:
        """Workers that have answered, after so many seconds at the latest."""
        asked = list(self._at_work)
        first, rest = self._ray.wait(asked, num_returns=1, timeout=within)
        if first and rest:  # whoever else has
            first += self._ray.wait(rest, num_returns=len(rest), timeout=0)[0]
        return [self._at_work.pop(one) for one in first]

    def give(self, worker: _Hired, task: _Task) -> None:
        worker.task = task
        worker.answers = worker.actor.do.remote(task.number, _packed(task.piece))
        self._at_work[worker.answers] = worker

    def rest(self, worker: _Hired) -> None:
        self._idle.append(worker)

    def wake(self, todo: deque[_Task]) -> None:
        """Give what was lost to whoever has nothing to do."""
        while todo and self._idle:
            self.give(self._idle.pop(), todo.popleft())

    def lose(self, worker: _Hired) -> None:
        """Raises RunError where one after another is lost before it begins."""
        with suppress(Exception):  # it is gone, one way or the other
            self._ray.kill(worker.actor)
        self._lost_before_they_began = 0 if worker.node else self._lost_before_they_began + 1
        if self._lost_before_they_began > _TRIES:
            raise RunError(
                "workers of the Ray cluster end before they begin; see what they say above, and "
                "whether memory is short: ray status"
            )

    def reports(self) -> list[tuple[_Task, Any]]:
        """What workers said since, of what they are still at."""
        said = self._ray.get(self._board.take.remote())
        tasks = [one.task for one in self._at_work.values() if one.task is not None]
        return [(task, said[task.number]) for task in tasks if task.number in said]

    def dismiss(self) -> None:
        for worker in (*self._at_work.values(), *self._idle):
            with suppress(Exception):
                self._ray.kill(worker.actor)
        with suppress(Exception):
            self._ray.kill(self._board)


class _Board:
    """Where workers write how far they are: an actor."""

    def __init__(self) -> None:
        self._said: dict[int, Any] = {}

    def say(self, number: int, said: Any) -> None:
        self._said[number] = said

    def take(self) -> dict[int, Any]:
        said, self._said = self._said, {}
        return said


class _Worker:
    """Does piece after piece: an actor."""

    def __init__(self, board: Any) -> None:
        torch.set_num_threads(1)  # as workers of one machine, see `workers.one_thread`
        self._board = board
        self._do: Callable[..., Any] | None = None

    def begin(self, versions: dict[str, str], packed: bytes) -> bytes:
        node = platform.node()
        if (own := _versions()) != versions:
            other = [f"{name} {own[name]}" for name in own if own[name] != versions[name]]
            here = [f"{name} {versions[name]}" for name in own if own[name] != versions[name]]
            error = RunError(
                f"node {node} of the Ray cluster has {', '.join(other)}, this process "
                f"{', '.join(here)}; install the same, so that scores are the same"
            )
            return _packed(("failed", error))
        try:
            self._do = pickle.loads(packed)  # noqa: S301 - of the process that this works for
        except Exception as error:
            return _packed(("failed", portable_error(error)))
        return _packed(("begun", node))

    def do(self, number: int, packed: bytes) -> bytes:
        assert self._do is not None, "it has begun"
        last = 0.0

        def report(said: Any) -> None:
            nonlocal last
            if time.monotonic() - last > _LOOK_S:
                last = time.monotonic()
                self._board.say.remote(number, said)

        try:
            piece = pickle.loads(packed)  # noqa: S301 - of the process that this works for
            return _packed(("done", self._do(piece, report)))
        except Exception as error:
            return _packed(("failed", portable_error(error)))


def _gpu_share(ray: Any, workers: int) -> float:
    """Of a GPU, for each of so many workers; one where the cluster has none yet."""
    gpus = int(ray.cluster_resources().get("GPU", 0))
    return 1.0 / math.ceil(workers / gpus) if gpus else 1.0


def _packed(thing: object) -> bytes:
    """A pickle that any node can read: of code beside cards, and of rows of files, what they hold.

    Raises RunError for what cannot be sent.
    """
    pickling = importlib.import_module("ray.cloudpickle")

    class _Pickler(pickling.CloudPickler):  # type: ignore[misc,name-defined]
        def reducer_override(self, thing: Any) -> Any:
            if isinstance(thing, StoredRows):
                return np.asarray(thing).__reduce_ex__(pickle.HIGHEST_PROTOCOL)
            return super().reducer_override(thing)

    for module in loaded_code():
        pickling.register_pickle_by_value(module)
    content = io.BytesIO()
    try:
        _Pickler(content, protocol=pickle.HIGHEST_PROTOCOL).dump(thing)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        why = " ".join(str(error).split())[:300]
        raise RunError(
            f"{type(thing).__name__} cannot be sent to a Ray cluster: {why}; use --executor local"
        ) from error
    return content.getvalue()


@cache
def _versions() -> dict[str, str]:
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python, **{name: version(name) for name in _ALIKE}}


def _connected() -> Any:
    """Ray, joined to a cluster. Raises InputError, RunError."""
    try:
        ray = importlib.import_module("ray")
    except ImportError:
        raise InputError(
            "--executor ray needs Ray: pip install 'xai-bench[ray]', on every node"
        ) from None
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told of anyone's runs
        try:
            ray.init(logging_level="WARNING", include_dashboard=False)
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            address = os.environ.get("RAY_ADDRESS", "of this machine's own")
            why = " ".join(str(error).split())[:300]
            raise RunError(f"the Ray cluster {address} cannot be reached: {why}") from error
    return ray
