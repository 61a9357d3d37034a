"""What the shipped models were trained on: ranges over folds 1 to 8 of embedded recordings.

    python benchmarks/training_range.py [synthetic-tachycardia]

The two lines go into `SYNTHETIC`, or `TACHYCARDIA`, of xai_bench/data/signal_range.py.
"""

from __future__ import annotations

import math
import sys

from xai_bench.data import load_data
from xai_bench.data.signal_range import SignalRange


def main() -> None:
    recordings = load_data(sys.argv[1] if sys.argv[1:] else "synthetic", split="train", n=None)
    found = SignalRange.of(recordings)
    slow, fast = found.beats_per_minute
    small, large = found.span_mv
    print(f"{len(recordings)} recordings")
    print(f"beats_per_minute=({math.floor(slow)}, {math.ceil(fast)}),")
    print(f"span_mv=({math.floor(10 * small) / 10}, {math.ceil(10 * large) / 10}),")


if __name__ == "__main__":
    main()
