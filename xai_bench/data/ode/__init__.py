"""The embedded data set `synthetic-ode`: a moving dipole on a limit cycle, a second generator."""

from __future__ import annotations

from xai_bench.data.ode.ode_source import OdeSource

__all__ = ["OdeSource"]
