"""The exception tree, and names that teach."""

import inspect

from xai_bench import errors
from xai_bench.errors import (
    InputError,
    RecordingError,
    RunError,
    UnknownNameError,
    XaiBenchError,
)


def test_the_drawn_tree_is_the_real_one() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    own = [kind for kind in kinds if issubclass(kind, XaiBenchError)]
    assert sorted(kind.__name__ for kind in own) == errors.__all__
    drawn = errors.__doc__ or ""
    for kind in own:
        assert kind.__name__ in drawn
        assert kind is XaiBenchError or issubclass(kind, (InputError, RunError))


def test_unknown_names_suggest_and_list() -> None:
    message = str(UnknownNameError("model", "inm", ["imn", "conv2d"]))
    assert message == "no model 'inm'. Did you mean 'imn'? Available: conv2d, imn"
    assert str(UnknownNameError("fold", "zzz", [])) == "no fold 'zzz'. Available: none"


def test_an_error_is_one_line_whatever_it_quotes() -> None:
    error = RecordingError("rec: its version is '1\n\x1b[2J'")
    assert str(error) == r"rec: its version is '1\n\x1b[2J'"
