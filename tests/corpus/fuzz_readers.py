"""Coverage-guided fuzzing of everything that reads a recording or a table: `make fuzz`.

    python -m tests.corpus.fuzz_readers FOLDER -max_total_time=60

FOLDER keeps what reached new code; it begins with the corpus of broken inputs and whole files. The
first byte of an input says which reader it is for. Whatever a reader does but read, or refuse in
one line, ends the run and is kept as a crash-* file; so does what takes 20 s or 3 GB.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["xai_bench", "edfio", "pydicom", "defusedxml"]):
    from tests.corpus.broken_cards import METRIC_CARDS, MODEL_CARDS
    from tests.corpus.broken_clinical import CLINICAL, whole
    from tests.corpus.broken_files import LABELS
    from tests.corpus.broken_headers import HEADERS, lines
    from tests.corpus.broken_tables import TABLES, WHOLE
    from xai_bench.cards import MetricCard, ModelCard, read_card
    from xai_bench.data.label_table import read_labels
    from xai_bench.data.load import load_record
    from xai_bench.errors import XaiBenchError

SUFFIXES = ("hea", "csv", "npy", "dcm", "edf", "scp", "xml")


def _recording(path: Path) -> None:
    if path.suffix == ".hea":
        path.with_suffix(".dat").write_bytes(bytes(range(240)) * 100)
    recorded_hz = 100.0 if path.suffix in (".csv", ".npy") else None
    found = load_record(path, recorded_hz=recorded_hz, length="crop")
    microvolt = np.asarray(found.microvolt)
    assert microvolt.shape == (1, 12, 1000)
    assert (microvolt.min(axis=2) < microvolt.max(axis=2)).all(), "no lead is flat"


READERS: dict[str, Callable[[Path], object]] = {
    **{f"rec.{suffix}": _recording for suffix in SUFFIXES},
    "labels.csv": read_labels,
    "model.toml": lambda path: read_card(path, ModelCard).task,
    "metric.toml": lambda path: read_card(path, MetricCard),
}
"""By the name of the file that an input is written to."""


def read(content: bytes) -> None:
    """Read an input, whose first byte names the reader. Raises what no reader may raise."""
    if not content:
        return
    name = list(READERS)[content[0] % len(READERS)]
    path = PLACE / name
    path.write_bytes(content[1:])
    said = ""
    try:
        READERS[name](path)
    except XaiBenchError as error:
        said = str(error)
    assert len(said.splitlines()) < 2, "an error is one line"


def write_seeds(folder: Path) -> int:
    """The corpus and a whole file of each kind, as inputs. Returns how many there are."""
    seeds: dict[str, list[bytes]] = {name: [] for name in READERS}
    for case in (*HEADERS, *TABLES, *CLINICAL):
        path = case.write(PLACE / "seed")
        seeds[path.name].append(path.read_bytes())
    for cases, name in ((LABELS, "labels.csv"), (MODEL_CARDS, "model.toml")):
        seeds[name] += [case.write(PLACE).read_bytes() for case in cases]
    seeds["metric.toml"] += [case.write(PLACE).read_bytes() for case in METRIC_CARDS]
    seeds["rec.hea"].append("\n".join(lines()).encode())
    seeds["rec.csv"].append(WHOLE.encode())
    for kind in ("dcm", "edf", "scp", "xml"):
        seeds[f"rec.{kind}"].append(whole(kind))
    folder.mkdir(parents=True, exist_ok=True)
    small = [
        bytes([number]) + content
        for number, contents in enumerate(seeds.values())
        for content in contents
        if len(content) < 1 << 17
    ]
    for number, content in enumerate(small):
        (folder / f"seed-{number:04}").write_bytes(content)
    return len(small)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        PLACE = Path(temporary)
        print(f"{write_seeds(Path(sys.argv[1]))} inputs to begin with")
        atheris.Setup([*sys.argv, "-timeout=20", "-rss_limit_mb=3072", "-max_len=131072"], read)
        atheris.Fuzz()
