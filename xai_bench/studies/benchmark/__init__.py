"""The benchmark: dataset x model x method becomes cells of scores, or a reason why not."""

from __future__ import annotations

from xai_bench.studies.benchmark.cell_keys import PROTOCOL, cell_key, cell_protocol
from xai_bench.studies.benchmark.study import Run, run

__all__ = ["PROTOCOL", "Run", "cell_key", "cell_protocol", "run"]
