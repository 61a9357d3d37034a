"""`import`: what is printed, and one line for whatever cannot be imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.lightning_checkpoints import VARIANTS, checkpoint, save
from tests.loopback import serve


def test_a_checkpoint_becomes_a_model_that_explains(
    xai_bench: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    variant = VARIANTS[0]
    save(checkpoint(variant), tmp_path / variant.location)
    done = xai_bench("import", variant.location, "--name", "theirs")
    assert done.status == 0, done.err
    assert done.out.splitlines() == [
        "mine/models/theirs: categorical_imn_100hz for norm_vs_mi, K = 2, L = 1000, epoch 18",
        "AUROC 0.9555 is the authors' own, on folds 9+10, which also selected the model",
        "Nothing was measured here, so its card makes no claims; score it: "
        "xai-bench run --zoo mine --model theirs",
    ]
    listed = xai_bench("ls", "models", "--zoo", "mine").out.splitlines()
    assert [line.split()[:4] for line in listed if "theirs" in line] == [
        ["theirs", "norm_vs_mi", "not", "measured"]
    ]
    drawn = xai_bench(
        *("explain", "--zoo", "mine", "--model", "theirs", "--method", "native"),
        *("--record", "synthetic:05360", "--device", "cpu", "--out", "ecg.png"),
    )
    assert drawn.status == 0, drawn.err
    assert (tmp_path / "ecg.png").stat().st_size > 0


def test_options_and_a_url(xai_bench: Call, tmp_path: Path) -> None:
    content = checkpoint(VARIANTS[4])
    del content["epoch"]
    served = save(content, tmp_path / "last.ckpt").read_bytes()
    with serve({"/last.ckpt": served}) as server:
        done = xai_bench(
            *("import", f"{server}/last.ckpt", "--out", tmp_path / "zoo"),
            *("--task", "norm_vs_hyp", "--rate", "500"),
        )
    assert done.status == 0, done.err
    folder = tmp_path / "zoo/models/gradcam-500hz-norm-vs-hyp"
    first, second = done.out.splitlines()
    assert first == f"{folder}: gradcam_500hz for norm_vs_hyp, K = 2, L = 5000, epoch unknown"
    assert second.startswith("Nothing was measured here")
    assert f'location = "{server}/last.ckpt"' in (folder / "card.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (("nowhere.ckpt",), 2, "error: checkpoint nowhere.ckpt cannot be read: No such file"),
        (("last.ckpt", "--rate", "100"), 2, "error: last.ckpt does not say its task; add --task"),
        (("last.ckpt", "--task", "norm_vs_m"), 2, "error: no task 'norm_vs_m'. Did you mean"),
        (("last.ckpt", "--sha256", "abc"), 2, "error: --sha256 wants 64 hexadecimal digits"),
        (("last.ckpt", "--sha256", "0" * 64), 2, "error: checkpoint last.ckpt is another: sha256"),
        (("ftp://example.org/last.ckpt",), 1, "error: cannot download 'ftp://example.org"),
        (("hf://a/b/c",), 2, "error: hf://a/b/c needs huggingface_hub; install it: pip install"),
    ],
)
def test_bad_input_is_one_line(
    xai_bench: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    line: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    save(checkpoint(VARIANTS[2]), tmp_path / "last.ckpt")
    done = xai_bench("import", *arguments)
    assert (done.status, done.out) == (status, "")
    assert done.err.startswith(line)
    assert done.err.count("\n") == 1
    assert not (tmp_path / "mine").exists()
