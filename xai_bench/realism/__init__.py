"""How close the synthetic recordings come to real ones: measured, told apart, drawn side by side."""

from __future__ import annotations



__all__: list[str] = []
