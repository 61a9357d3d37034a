"""What tests of generated backgrounds need."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

import pytest


@pytest.fixture(scope="session")
def generator_installed() -> None:
    """Skips where the extra `deepfake` is not installed."""
    try:
        distribution("deepfake-ecg")
    except PackageNotFoundError:
        pytest.skip("deepfake-ecg is not installed")
