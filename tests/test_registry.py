"""Short names lead to code, and code to its short name."""

from __future__ import annotations

import pytest

from xai_bench.errors import CardError, UnknownNameError
from xai_bench.nets.base import Net
from xai_bench.registry import REGISTERED, Kind, resolve, short_name
from xai_bench.scoring import Scorer


@pytest.mark.parametrize(("kind", "base"), [("net", Net), ("scorer", Scorer)])
def test_every_registered_class_is_there_under_both_spellings(kind: Kind, base: type) -> None:
    for short, path in REGISTERED[kind].items():
        found = resolve(kind, short)
        assert issubclass(found, base)
        assert resolve(kind, path) is found
        assert short_name(path) == short
        assert short_name(short) == short


def test_a_path_stands_once_and_a_function_of_a_user_is_found() -> None:
    paths = [path for names in REGISTERED.values() for path in names.values()]
    assert len(set(paths)) == len(paths)
    assert callable(resolve("function", "white-noise"))
    assert resolve("function", "math:sqrt")(4) == 2
    assert short_name("math:sqrt") == "math:sqrt"


@pytest.mark.parametrize("target", ["nowhere:Net", "xai_bench.types:Nothing", "nothing:", ":"])
def test_a_target_that_leads_nowhere_is_a_card_error(target: str) -> None:
    with pytest.raises(CardError, match="cannot be resolved"):
        resolve("net", target)


def test_a_name_that_is_not_registered_is_told_from_those_that_are() -> None:
    with pytest.raises(UnknownNameError, match="no scorer 'iroff'. Did you mean 'irof'"):
        resolve("scorer", "iroff")
    with pytest.raises(UnknownNameError, match="no net 'irof'"):
        resolve("net", "irof")
