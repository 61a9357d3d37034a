"""Executors by name, and what is said where one cannot be had."""

from __future__ import annotations

import sys

import pytest

from xai_bench.errors import InputError, UnknownNameError
from xai_bench.executors import share_out, worker_count
from xai_bench.workers import cores, workers_for


def test_the_local_one_has_workers_as_the_machine_has_cores() -> None:
    assert worker_count("local", None, on_cpu=True) == workers_for(None, on_cpu=True)
    assert worker_count("local", None, on_cpu=True) in (1, cores())
    assert dict(share_out("local", lambda k, report: k * k, [1, 2], 1)) == {1: 1, 2: 4}


def test_another_one_and_no_workers_are_named() -> None:
    with pytest.raises(UnknownNameError, match="no executor 'rai'. Did you mean 'ray'"):
        worker_count("rai", None, on_cpu=True)
    with pytest.raises(InputError, match="workers = 0; one or more are wanted"):
        worker_count("ray", 0, on_cpu=True)


def test_without_ray_it_is_said_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'xai-bench\[ray\]', on every node"):
        worker_count("ray", None, on_cpu=True)
