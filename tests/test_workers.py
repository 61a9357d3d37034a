"""Processes that share out work: the same results, one clear error, and none left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from xai_bench import workers
from xai_bench.errors import InputError, RunError, UnknownNameError
from xai_bench.workers import OutOfTime, cores, do_in_workers, one_thread, why_one_worker

pytestmark = pytest.mark.skipif(why_one_worker() != "", reason=why_one_worker())

Report = Callable[[int], None]


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    """What hangs is an error instead."""

    def too_long(*_: object) -> None:
        raise TimeoutError("a worker hangs")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


@pytest.fixture(autouse=True)
def _nobody_is_left_behind() -> Iterator[None]:
    before = _children()
    with _within(60):
        yield
    assert _children() == before


def _square(piece: int, report: Report) -> tuple[int, int]:
    report(1)
    return piece * piece, os.getpid()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_piece_is_done_once_by_as_many_processes(count: int) -> None:
    said: list[tuple[int, int]] = []
    done = dict(
        do_in_workers(
            _square, range(1, 10), count, report=lambda piece, steps: said.append((piece, steps))
        )
    )
    assert {piece: result[0] for piece, result in done.items()} == {k: k * k for k in range(1, 10)}
    assert sorted(said) == [(k, 1) for k in range(1, 10)]
    pids = {pid for _, pid in done.values()}
    assert (os.getpid() in pids) == (count == 1)
    assert len(pids) <= count


def test_what_is_in_memory_is_seen_and_a_piece_is_chosen_late() -> None:
    big = torch.arange(1000.0)
    results: list[float] = []

    def pieces() -> Iterator[int]:
        yield 3
        yield 1 if results else 2

    for _, found in do_in_workers(lambda k, _: float(big[k]), pieces(), 1):
        results.append(found)
    assert results == [3, 1]
    assert dict(do_in_workers(lambda k, _: float(big[k]), [5, 6], 2)) == {5: 5.0, 6: 6.0}


def test_a_net_that_ran_on_threads_before_does_not_hang_a_worker() -> None:
    # OpenMP's threads do not survive a fork: whoever waits for them waits forever.
    net = torch.nn.Conv1d(12, 64, 9, padding=4)
    z = torch.randn(64, 12, 1000, generator=torch.Generator().manual_seed(0))

    def passed(piece: int, report: Report) -> float:
        value = net(z[piece : piece + 1].requires_grad_()).square().sum()
        value.backward()
        return float(value.detach()) + float((z[0] @ z[0].T).detach().sum())

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        net(z).square().sum().backward()
        with one_thread():
            assert torch.get_num_threads() == 1
            alone = dict(do_in_workers(passed, range(6), 1))
            assert dict(do_in_workers(passed, range(6), 2)) == alone
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


class _Locked:
    """A stream such as a progress display puts in the place of stderr, with a lock that another
    thread holds whenever this process forks."""

    def __init__(self) -> None:
        self._lock, self._wanted, self._held = threading.RLock(), threading.Event(), False
        self._forked = threading.Event()
        os.register_at_fork(before=self._hold, after_in_parent=self._release)

    def _hold(self) -> None:
        if sys.stderr is self:
            self._wanted.clear()
            self._forked.clear()
            threading.Thread(target=self._take).start()
            self._wanted.wait()

    def _take(self) -> None:
        with self._lock:
            self._wanted.set()
            self._forked.wait()

    def _release(self) -> None:
        self._forked.set()

    def write(self, text: str) -> int:
        with self._lock:
            return len(text)

    def flush(self) -> None:
        self.write("")


def test_a_lock_of_a_stream_that_another_thread_holds_does_not_hang_a_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def complain(piece: int, report: Report) -> int:
        print("", end="", file=sys.stderr)
        return piece

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", _Locked())
        done = dict(do_in_workers(complain, [1, 2], 2))
    assert done == {1: 1, 2: 2}


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("of mine"), RunError("disk"), UnknownNameError("model", "inm", ["imn"])],
)
def test_what_a_piece_raises_is_raised_here_with_its_place(error: Exception) -> None:
    def fail(piece: int, report: Report) -> int:
        if piece == 3:
            raise error
        time.sleep(0.01)
        return piece

    kind = InputError if isinstance(error, InputError) else type(error)
    with pytest.raises(kind) as raised:
        list(do_in_workers(fail, range(1, 100), 2))
    assert str(raised.value) == str(error)
    assert "in fail" in raised.value.__notes__[0]


def test_an_error_or_a_result_that_cannot_be_sent_is_a_run_error() -> None:
    class Odd(Exception):  # noqa: N818
        """Of a function: no other process can name it."""

    def fail(piece: int, report: Report) -> object:
        if piece == 1:
            raise Odd("why")
        return lambda: piece

    with pytest.raises(RunError, match="Odd: why"):
        list(do_in_workers(fail, [1], 2))
    with pytest.raises(Exception, match="pickle"):
        list(do_in_workers(fail, [2], 2))


def test_a_worker_that_dies_is_one_clear_error() -> None:
    def die(piece: str, report: Report) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    expected = "a worker ended by signal SIGKILL while it was at imn, recordings 1 to 2; where"
    with pytest.raises(RunError, match=expected):
        list(do_in_workers(die, ["imn, recordings 1 to 2"], 2))


@pytest.mark.parametrize("count", [1, 2])
def test_time_that_is_over_ends_all_and_what_was_done_has_been_handed_over(count: int) -> None:
    def wait(piece: int, report: Report) -> int:
        for step in range(1000 if piece > 2 else 1):
            time.sleep(0.01)
            report(step)
        return piece

    done: list[int] = []

    def work() -> None:
        for piece, _ in do_in_workers(wait, range(1, 9), count, deadline=time.monotonic() + 1.0):
            done.append(piece)

    with pytest.raises(OutOfTime):
        work()
    assert sorted(done) == [1, 2]


def test_an_interruption_ends_all_at_once() -> None:
    def wait(piece: int, report: Report) -> None:
        report(1)
        time.sleep(60)

    def interrupt(piece: int, steps: int) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(do_in_workers(wait, [1, 2, 3], 2, report=interrupt))
    assert time.monotonic() - start < 30


def test_no_worker_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    parent = os.fork()
    if parent == 0:  # a process that forks workers, and is killed

        def wait(piece: int, report: Report) -> None:
            (tmp_path / f"{piece}").write_text(str(os.getpid()))
            (tmp_path / f"{piece}").replace(f"{pid}{piece}")
            time.sleep(60)

        list(do_in_workers(wait, [1, 2], 2))
        os._exit(0)
    files = [Path(f"{pid}{piece}") for piece in (1, 2)]
    while not all(file.exists() for file in files):
        time.sleep(0.01)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    for file in files:
        while _runs(int(file.read_text())):
            time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_cores_are_those_that_a_process_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = len(os.sched_getaffinity(0))
    monkeypatch.setattr(workers, "_CPU_QUOTA", tmp_path / "none")
    assert cores() == bound
    (tmp_path / "none").write_text("max 100000\n")
    assert cores() == bound
    (tmp_path / "none").write_text("50000 100000\n")
    assert cores() == 1


def test_elsewhere_there_is_one_worker_and_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_one_worker() == ""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert "CUDA" in why_one_worker()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "Linux" in why_one_worker()


def test_nothing_is_said_of_threads_at_a_fork() -> None:
    # Python 3.12 warns, and here warnings are errors.
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert dict(do_in_workers(lambda k, report: k, [1, 2], 2)) == {1: 1, 2: 2}
    finally:
        stop.set()
        thread.join()
