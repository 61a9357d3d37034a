"""Recordings in: readers, the embedded synthetic set, the cache, and the choice of recordings."""

from __future__ import annotations

from xai_bench.data.check_folder import check_data
from xai_bench.data.fetch import PTBXL_NOTICE, PTBXL_URL, Fetched, fetch_ptbxl
from xai_bench.data.from_arrays import recordings
from xai_bench.data.load import SYNTHETIC, load_data, load_record, open_source
from xai_bench.data.make import make_dataset
from xai_bench.data.normalise import Length
from xai_bench.data.select import SPLITS
from xai_bench.data.source import Index, Record, Source

__all__ = ["PTBXL_NOTICE", "PTBXL_URL", "SPLITS", "SYNTHETIC", "Fetched", "Index", "Length"]
__all__ += ["Record", "Source", "check_data", "fetch_ptbxl", "load_data", "load_record"]
__all__ += ["make_dataset", "open_source", "recordings"]
