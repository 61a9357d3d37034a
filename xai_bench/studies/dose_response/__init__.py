"""Do log-odds and attribution follow the dose of a planted lesion?"""

from __future__ import annotations

from xai_bench.studies.dose_response.study import dose_response

__all__ = ["dose_response"]
