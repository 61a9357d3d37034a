"""Runtime metrics: what one explanation of one recording costs."""

from __future__ import annotations

from typing import final

from xai_bench.scoring.base import Case, Scorer, Unscorable

__all__ = ["BackwardPasses", "ForwardPasses", "PeakMemory", "Seconds"]


@final
class Seconds(Scorer):
    """Wall-clock seconds, batch of one, after a warm-up."""

    def score(self, case: Case) -> float:
        return case.cost().seconds


@final
class ForwardPasses(Scorer):
    """Forward passes of one recording through the net."""

    def score(self, case: Case) -> float:
        return float(case.cost().forward)


@final
class BackwardPasses(Scorer):
    """Backward passes of one recording through the net."""

    def score(self, case: Case) -> float:
        return float(case.cost().backward)


@final
class PeakMemory(Scorer):
    """Bytes above what was in use before: device memory on CUDA, resident memory on a CPU."""

    def score(self, case: Case) -> float:
        peak = case.cost().peak_bytes
        if peak is None:
            raise Unscorable("peak memory cannot be measured on this system")
        return float(peak)
