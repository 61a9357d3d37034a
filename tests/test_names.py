"""Names of what users hand over."""

from functools import partial

import pytest

from xai_bench.errors import InputError
from xai_bench.names import check_name, name_of, named, words


def test_a_name_can_be_a_folder_and_a_word_of_a_list() -> None:
    for good in ("ig-16", "native@untrained", "my_function", "v1.2", "9"):
        assert check_name("method", good) == good
    for bad in ("", "a/b", "../up", ".hidden", "two,three", "a b", "-x"):
        with pytest.raises(InputError, match="cannot be the name of a method"):
            check_name("method", bad)


def test_words_of_a_class_name() -> None:
    assert words("GuidedGradCam", "-") == "guided-grad-cam"
    assert words("LRP", "-") == "lrp"
    assert words("AUC", "_") == "auc"
    assert words("RelativeInputStability", "_") == "relative_input_stability"
    assert words("SmoothMPRT", "_") == "smooth_mprt"


def test_what_something_calls_itself() -> None:
    def my_function() -> None: ...

    assert name_of("method", my_function) == "my_function"
    named_otherwise = partial(my_function)
    with pytest.raises(InputError, match=r"name it: \{'my-method': \.\.\.\}"):
        name_of("method", named_otherwise)
    named_otherwise.name = "mine"  # type: ignore[attr-defined]
    assert name_of("method", named_otherwise) == "mine"
    with pytest.raises(InputError, match="without a name"):
        name_of("method", lambda: None)


def test_one_or_several_things_with_their_names() -> None:
    def is_one(given: object) -> bool:
        return isinstance(given, tuple)

    assert list(named("a,b", is_one)) == [(None, "a"), (None, "b")]
    assert list(named((1, 2), is_one)) == [(None, (1, 2))]
    assert list(named(["a,b", {"x": 3}, 4], is_one)) == [(None, "a,b"), ("x", 3), (None, 4)]
    assert list(named({"x": 1, "y": "ig"}, is_one)) == [("x", 1), ("y", "ig")]
    assert list(named(7, is_one)) == [(None, 7)]
