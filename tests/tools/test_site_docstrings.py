"""What a docstring says of arguments is a list on the site."""

from __future__ import annotations

import pytest

pytest.importorskip("griffe", reason="pip install 'xai-bench[site]'")

from tools.site_docstrings import with_lists


def test_lines_of_arguments_become_a_list_and_others_stay() -> None:
    said = "Does it.\n\na, b: both of\nthem.\nc: one.\n\nnote: no argument.\nRaises InputError."
    assert with_lists(said, {"a", "b", "c"}) == (
        "Does it.\n\n\n- `a`, `b`: both of\n  them.\n- `c`: one.\n\n"
        "note: no argument.\nRaises InputError."
    )
    assert with_lists(said, set()) == said
