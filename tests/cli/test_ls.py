"""`ls`: everything that can be named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.no_regular_files import NO_FILES
from xai_bench.methods import DERIVED, METHODS
from xai_bench.presets import PRESETS
from xai_bench.types import BASELINES
from xai_bench.zoo import Zoo


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("models", list(Zoo().model_folders())),
        ("methods", [*METHODS, *(f"METHOD@{k}" for k in (*DERIVED, *BASELINES[1:]))]),
        ("metrics", [*(metric.name for metric in Zoo().every_metric()), "METRIC@BASELINE"]),
        ("datasets", ["synthetic", "PTB-XL", "WFDB"]),
        ("waves", ["planted", "rules", "delnet", "openecg"]),
        ("protocols", list(PRESETS.protocol)),
    ],
)
def test_every_name_is_listed(xai_bench: Call, what: str, names: list[str]) -> None:
    done = xai_bench("ls", what)
    assert done.status == 0
    words = done.out.split()
    assert not [name for name in names if name not in words]


def test_ls_alone_says_in_one_line_what_can_be_listed(xai_bench: Call) -> None:
    done = xai_bench("ls")
    assert done.status == 2
    assert done.err == (
        "error: ls lists models, methods, metrics, datasets, waves, protocols; say which: "
        "xai-bench ls models\n"
    )


def test_what_a_zoo_brings_is_listed_and_run_only_where_that_is_allowed(
    xai_bench: Call, tmp_path: Path
) -> None:
    code = '"""."""\n\ndef {0}(*given):\n    """Made by a friend."""\n    raise ValueError\n'
    for place, name in (
        ("methods", "friends"),
        ("metrics/complexity", "of_friends"),
        ("datasets", "from_friends"),
    ):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / f"{name}.py").write_text(code.format(name))
    for what, name in (("methods", "friends"), ("metrics", "of_friends")):
        refused = xai_bench("ls", what, "--zoo", tmp_path)
        assert refused.status == 0, refused.err
        assert name in refused.out.split()
        assert "--allow-code" in refused.out
        allowed = xai_bench("ls", what, "--zoo", tmp_path, "--allow-code")
        assert "Made by a friend" in " ".join(allowed.out.split())
    assert "from_friends" in xai_bench("ls", "datasets", "--zoo", tmp_path).out.split()


@pytest.mark.parametrize("make", NO_FILES)
def test_cards_that_are_no_files_are_listed_among_the_others(
    xai_bench: Call, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "models/mine").mkdir(parents=True)
    make(tmp_path / "models/mine/card.toml")
    done = xai_bench("ls", "models", "--zoo", tmp_path)
    assert done.status == 0, done.err
    words = " ".join(done.out.split())
    assert "imn" in words
    assert "no regular file" in words


def test_broken_cards_are_listed_among_the_others(xai_bench: Call, tmp_path: Path) -> None:
    for place in ("models/mine/card.toml", "metrics/complexity/mine.toml"):
        path = tmp_path / place
        path.parent.mkdir(parents=True)
        path.write_text("target = 3")
    for what, known in (("models", "imn"), ("metrics", "sparseness")):
        done = xai_bench("ls", what, "--zoo", tmp_path)
        assert done.status == 0, done.err
        words = done.out.split()
        assert {"mine", known} <= set(words)
        assert "cannot be used" in done.out
        assert "target" in words or "target:" in words
