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


@pytest.fixture
def no_second_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if openecg were not installed, so that what is planted does not depend on it."""
    for place in ("plant_lesion", "planted_source"):
        monkeypatch.setattr(f"xai_bench.data.planted.{place}.second_reader", lambda: None)
