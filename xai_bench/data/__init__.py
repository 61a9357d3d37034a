"""Recordings in: readers, the embedded data sets, the cache, and the choice of recordings."""

from __future__ import annotations

from xai_bench.data.check_folder import check_data
from xai_bench.data.embedded import EMBEDDED, SYNTHETIC, is_embedded
from xai_bench.data.from_arrays import recordings
from xai_bench.data.load import load_data, load_record, open_source
from xai_bench.data.make import make_dataset
from xai_bench.data.normalise import Length
from xai_bench.data.select import SPLITS
from xai_bench.data.source import Index, Record, Source

__all__ = ["EMBEDDED", "SPLITS", "SYNTHETIC", "Index", "Length", "Record", "Source", "check_data"]
__all__ += ["is_embedded", "load_data", "load_record", "make_dataset", "open_source", "recordings"]
