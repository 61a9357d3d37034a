"""Every broken recording is one line to whoever opens it, and one line of many to a data set."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from tests.corpus.broken import FAST, Broken, each, refused
from tests.corpus.broken_clinical import CLINICAL
from tests.corpus.broken_headers import HEADERS, SIGNAL, lines, write_whole
from tests.corpus.broken_signals import SIGNALS
from tests.corpus.broken_tables import TABLES
from xai_bench.data import load_data
from xai_bench.data.load import load_record
from xai_bench.errors import RecordingError

RECORDINGS = [*HEADERS, *SIGNALS, *TABLES, *CLINICAL]
_LONGEST_S = 20


@pytest.fixture(autouse=True)
def _never_a_hang() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still reading after {_LONGEST_S} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(_LONGEST_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@each(RECORDINGS)
def test_opened_alone_it_is_refused_in_a_line(case: Broken, tmp_path: Path) -> None:
    path = case.write(tmp_path / "alone")
    with refused(RecordingError, case.says):
        load_record(path, **case.more)


@pytest.mark.parametrize("every", [FAST, pytest.param(1, marks=pytest.mark.slow)])
def test_the_sound_ones_among_them_are_read(tmp_path: Path, every: int) -> None:
    for number, case in enumerate(RECORDINGS[::every]):
        case.write(tmp_path / "all" / f"{number:03}")
    write_whole(tmp_path / "all" / "whole", "\n".join(lines()))
    found = load_data(tmp_path / "all")
    assert found.record_id == ("whole/rec",)
    np.testing.assert_array_equal(found.microvolt[0], SIGNAL)
