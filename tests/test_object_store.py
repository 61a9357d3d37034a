from __future__ import annotations

from pathlib import Path

import pytest

from xai_bench.errors import DatasetError, InputError, OutputError
from xai_bench.object_store import is_url, reached


def test_only_text_with_a_protocol_is_a_url() -> None:
    assert is_url("s3://bucket/run")
    assert not is_url("runs")
    assert not is_url(Path("runs"))


@pytest.mark.parametrize("failure", [DatasetError, OutputError])
def test_what_goes_wrong_with_a_store_is_one_line_of_the_kind_that_is_wanted(
    failure: type[DatasetError] | type[OutputError],
) -> None:
    with (
        pytest.raises(failure, match=r"^memory://a/b cannot be used: all \| is gone$"),
        reached("memory://a/b", failure),
    ):
        raise OSError("all |\n is gone")
    with (
        pytest.raises(InputError, match="nowhere://b/x cannot be used: Protocol not known: now"),
        reached("nowhere://b/x", failure),
    ):
        pass
