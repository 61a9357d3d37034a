"""Embedded data sets by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from xai_bench.data import EMBEDDED, is_embedded, load_data, load_record, open_source
from xai_bench.data.embedded import trained_on
from xai_bench.data.signal_range import measure_each, unlike


@pytest.mark.parametrize("name", EMBEDDED)
class TestEach:
    def test_is_opened_under_its_name(self, name: str) -> None:
        source = open_source(name)
        assert source.name == name
        assert is_embedded(name)
        assert not is_embedded(Path(name))  # a folder may be called so

    def test_a_recording_is_the_same_alone(self, name: str) -> None:
        one = load_data(name, n=1)
        alone = load_record(f"{name}:{one.record_id[0]}")
        assert (alone.signal == one.signal).all()
        assert alone.labels == one.labels

    def test_its_recordings_are_within_its_range(self, name: str) -> None:
        found = measure_each(load_data(name, split="validation", n=6))
        range_of_it = trained_on(name)
        assert range_of_it is not None
        assert not [text for one in found if (text := unlike(one, range_of_it))]


def test_other_data_have_no_range() -> None:
    assert trained_on("ptb-xl") is None
