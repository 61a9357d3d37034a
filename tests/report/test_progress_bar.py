"""A bar on a terminal, lines elsewhere."""

from __future__ import annotations

import io
import sys
import time

import pytest

from xai_bench.report.progress_bar import progress


class Screen(io.StringIO):
    """A stderr that says whether it is a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def work(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> str:
    screen = Screen(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress() as tell:
        tell("cells", 0, 3)
        tell("imn × [ig]: explaining", 0, 16)
        tell("imn × [ig]: explaining", 16, 16)
        tell("imn × [ig]: scoring", 7, 16)
        tell("cells", 2, 3)
    return screen.getvalue()


def last_frame(screen: str) -> str:
    return screen[screen.rindex("cells") :]


def test_a_terminal_shows_the_whole_work_and_the_step_in_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame = last_frame(work(monkeypatch, terminal=True))
    assert "2/3" in frame
    assert "imn × [ig]: scoring" in frame
    assert "7/16" in frame
    assert "explaining" not in frame


def test_a_step_that_ended_makes_room_for_the_whole_work(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as tell:
        tell("reading recordings", 16, 16)
        tell("scoring", 1, 64)
        tell("measuring its AUROC", 1, 256)
        tell.notice("first scores: [ig] 0.5")
    after = screen.getvalue()[screen.getvalue().rindex("scoring") :]
    assert "1/64" in after
    assert "1/256" in after
    assert "reading" not in after
    assert "first scores: [ig] 0.5" in screen.getvalue()


class TestLines:
    """Where there is no terminal."""

    def test_what_is_short_is_silent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # A terminal emulator or CI may claim colours for a pipe; it is still no terminal.
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert work(monkeypatch, terminal=False) == ""

    def test_what_is_long_says_how_far_it_is_and_the_time_left(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        screen = Screen(terminal=False)
        monkeypatch.setattr(sys, "stderr", screen)
        clock = [0.0]
        monkeypatch.setattr("xai_bench.report.progress_bar.time.monotonic", lambda: clock[0])
        with progress(every=0.01) as tell:
            tell("reading recordings", 16, 16)
            tell("scoring", 8, 64)
            tell("measuring its AUROC", 0, 256)
            clock[0] = 30.0
            tell("scoring", 24, 64)
            seen = len(screen.getvalue().splitlines())
            while len(screen.getvalue().splitlines()) < seen + 2:
                time.sleep(0.001)
            tell.notice("first scores: 0.5")
        last, notice = screen.getvalue().splitlines()[-2:]
        # 16 steps took 30 s; the 8 that were there before took none.
        assert last.split("; ") == [
            "scoring: 24 of 64, 30 s gone, about 75 s left",
            "measuring its AUROC: 0 of 256, 30 s gone",
        ]
        assert notice == "first scores: 0.5"


def test_stdout_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work(monkeypatch, terminal=True)
    assert capsys.readouterr().out == ""


def interrupted() -> None:
    with progress() as tell:
        tell("cells", 1, 3)
        raise KeyboardInterrupt


def test_an_error_passes_through_and_ends_the_display(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    # The cursor, hidden while the bar moves, is shown again.
    assert screen.getvalue().rindex("\x1b[?25h") > screen.getvalue().rindex("\x1b[?25l")
