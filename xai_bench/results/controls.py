"""Which methods are controls, by name: they calibrate metrics and do not compete."""

from __future__ import annotations

__all__ = ["CONTROLS", "is_control"]

CONTROLS = ("oracle", "oracle-twin", "amplitude", "slope", "qrs-envelope", "random")
"""In the order in which tables show them."""


def is_control(method: str) -> bool:
    """Whether it calibrates metrics; one that is made of a method has its name before an @."""
    return method in CONTROLS or "@" in method
