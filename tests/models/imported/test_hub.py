"""Locations: paths as they are, URLs from a server on this machine, a hub that is made up."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from tests.loopback import serve
from xai_bench.errors import DownloadError, InputError
from xai_bench.models.imported.hub import Fetched, fetch

CONTENT = b"a checkpoint"
DIGEST = sha256(CONTENT).hexdigest()
REPOSITORY = "SEARCH-IHI/mesomorphicECG"
FILES = (
    "README.md",
    "gradcam_100hz/norm_vs_mi/args.yaml",
    "gradcam_100hz/norm_vs_mi/best-epoch=25-val_auc=0.9699.ckpt",
    "imn_direct/norm_vs_cd/best.ckpt",
    "imn_direct/norm_vs_cd/last.ckpt",
)
MI = f"hf://{REPOSITORY}/gradcam_100hz/norm_vs_mi"


def test_a_path_is_left_where_it_is(tmp_path: Path) -> None:
    assert fetch("some/last.ckpt", tmp_path, sha256=DIGEST) == Fetched(
        path=Path("some/last.ckpt"), location="some/last.ckpt", sha256=DIGEST
    )


class TestUrls:
    def test_are_downloaded(self, tmp_path: Path) -> None:
        told: list[tuple[int, int]] = []
        with serve({"/a/b.ckpt": CONTENT}) as server:
            fetched = fetch(
                f"{server}/a/b.ckpt",
                tmp_path,
                sha256=DIGEST,
                progress=lambda done, total: told.append((done, total)),
            )
            assert fetched.location == f"{server}/a/b.ckpt"
        assert fetched.path.read_bytes() == CONTENT
        assert fetched.path.parent == tmp_path
        assert told[-1] == (len(CONTENT), len(CONTENT))

    def test_are_kept_without_what_let_one_in(self, tmp_path: Path) -> None:
        with serve({"/b.ckpt?token=secret": CONTENT}) as server:
            host = server.removeprefix("http://")
            fetched = fetch(f"http://me:secret@{host}/b.ckpt?token=secret#secret", tmp_path)
        assert fetched.path.read_bytes() == CONTENT
        assert fetched.location == f"{server}/b.ckpt"

    def test_that_fail_are_one_line(self, tmp_path: Path) -> None:
        with serve({"/b.ckpt": CONTENT}) as server:
            for location, digest in (
                (f"{server}/c.ckpt", DIGEST),
                (f"{server}/b.ckpt", "0" * 64),
                ("http://example.org/b.ckpt", DIGEST),
                ("ftp://example.org/b.ckpt", DIGEST),
            ):
                with pytest.raises(DownloadError) as caught:
                    fetch(location, tmp_path, sha256=digest)
                assert location in str(caught.value)
                assert "\n" not in str(caught.value)
        assert not list(tmp_path.iterdir())


@dataclass
class MadeUpHub:
    """What this package uses of huggingface_hub."""

    folder: Path
    files: tuple[str, ...] = FILES
    fails: Exception | None = None
    fails_late: Exception | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def model_info(self, repo_id: str, *, files_metadata: bool) -> SimpleNamespace:
        assert files_metadata
        if self.fails:
            raise self.fails
        assert repo_id == REPOSITORY
        return SimpleNamespace(
            sha="c0ffee",
            siblings=[
                SimpleNamespace(
                    rfilename=name,
                    lfs=SimpleNamespace(sha256=DIGEST) if name.endswith(".ckpt") else None,
                )
                for name in self.files
            ],
        )

    def download(self, repo_id: str, filename: str, *, revision: str) -> str:
        if self.fails_late:
            raise self.fails_late
        self.asked.append((repo_id, filename, revision))
        path = self.folder / "checkpoint"
        path.write_bytes(CONTENT)
        return str(path)


class TestTheHub:
    @pytest.fixture
    def hub(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpHub:
        hub, module = MadeUpHub(tmp_path), ModuleType("huggingface_hub")
        module.__dict__.update(HfApi=lambda: hub, hf_hub_download=hub.download)
        monkeypatch.setitem(sys.modules, "huggingface_hub", module)
        return hub

    @pytest.mark.parametrize("location", [MI, f"{MI}/", f"hf://{REPOSITORY}/{FILES[2]}"])
    def test_the_only_checkpoint_of_a_folder_at_the_revision_that_was_listed(
        self, hub: MadeUpHub, tmp_path: Path, location: str
    ) -> None:
        fetched = fetch(location, tmp_path / "unused")
        assert hub.asked == [(REPOSITORY, FILES[2], "c0ffee")]
        assert fetched.path.read_bytes() == CONTENT
        assert fetched.location == f"hf://{REPOSITORY}/{FILES[2]}"
        assert fetched.sha256 == DIGEST
        assert fetch(location, tmp_path / "unused", sha256="0" * 64).sha256 == "0" * 64

    @pytest.mark.parametrize(
        ("inside", "message"),
        [
            ("imn_direct/norm_vs_cd", "has 2 checkpoints; add one: .*/best.ckpt, .*/last.ckpt"),
            ("imn_direct/norm_vs_c", "has no .ckpt; .*: gradcam_100hz/norm_vs_mi, imn_direct/"),
            ("gradcam_100hz/norm_vs_mi/args.yaml", "has no .ckpt"),
        ],
    )
    def test_a_folder_without_one_checkpoint_names_candidates(
        self, hub: MadeUpHub, tmp_path: Path, inside: str, message: str
    ) -> None:
        with pytest.raises(InputError, match=message):
            fetch(f"hf://{REPOSITORY}/{inside}", tmp_path)
        assert not hub.asked

    @pytest.mark.parametrize("location", ["hf://", f"hf://{REPOSITORY}", f"hf://{REPOSITORY}/"])
    def test_a_location_without_a_folder(
        self, hub: MadeUpHub, tmp_path: Path, location: str
    ) -> None:
        with pytest.raises(InputError, match="is not hf://OWNER/REPO/FOLDER/TASK"):
            fetch(location, tmp_path)
        assert not hub.asked

    @pytest.mark.parametrize("late", [False, True])
    def test_offline(self, hub: MadeUpHub, tmp_path: Path, late: bool) -> None:
        error = RuntimeError("[Errno -3] Temporary failure\nin name resolution " + "x" * 999)
        if late:
            hub.fails_late = error
        else:
            hub.fails = error
        message = "cannot download hf://.*: .Errno -3. Temporary failure in name resolution"
        with pytest.raises(DownloadError, match=message) as caught:
            fetch(MI, tmp_path)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 350

    def test_without_huggingface_hub(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "huggingface_hub", None)
        with pytest.raises(InputError, match=r"pip install 'xai-bench\[hub\]'"):
            fetch(MI, tmp_path)
