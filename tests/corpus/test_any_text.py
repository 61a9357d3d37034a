"""Properties of the readers of text, of anything that hypothesis can think of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corpus.broken_cards import METRIC, MODEL
from tests.corpus.broken_headers import RECORD, lead_line, lines
from xai_bench.cards import MetricCard, ModelCard, read_card
from xai_bench.data.label_table import read_labels
from xai_bench.data.load import load_record
from xai_bench.data.wfdb_header import Header, parse_header
from xai_bench.errors import CardError, DatasetError, RecordingError, XaiBenchError
from xai_bench.printable import printable
from xai_bench.report.markdown import code, escaped, escaped_sentence
from xai_bench.results import to_csv
from xai_bench.storage import read_table
from xai_bench.types import LEADS

# The same examples each time, and as long as they take on a busy machine.
some = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=40)


def _said(kind: type[XaiBenchError], call: Callable[[], object]) -> str:
    """What an error of this kind says; "" where there is none."""
    try:
        call()
    except kind as error:
        return str(error)
    return ""


def _parsed(content: bytes) -> Header | None:
    said = _said(RecordingError, lambda: parse_header(content, "rec"))
    assert "\n" not in said
    return None if said else parse_header(content, "rec")


@some
@given(st.binary(max_size=300))
def test_bytes_are_a_header_or_refused(content: bytes) -> None:
    _parsed(content)


@some
@given(
    place=st.integers(0, len("\n".join(lines()))), cut=st.integers(0, 9), put=st.binary(max_size=9)
)
def test_a_header_that_was_changed_is_read_or_refused(place: int, cut: int, put: bytes) -> None:
    whole = "\n".join(lines()).encode()
    found = _parsed(whole[:place] + put + whole[place + cut :])
    if found is not None:
        assert len(found.leads) == 12
        for lead in found.leads:
            assert lead.gain is None or (np.isfinite(lead.gain) and lead.gain != 0)
            assert lead.per_frame > 0


@some
@given(
    rate=st.floats(1, 50_000),
    frames=st.integers(1, 10**12),
    gains=st.lists(st.floats(1e-3, 1e6), min_size=12, max_size=12),
    baselines=st.lists(st.integers(-32768, 32767), min_size=12, max_size=12),
)
def test_numbers_of_a_header_are_those_that_were_written(
    rate: float, frames: int, gains: list[float], baselines: list[int]
) -> None:
    rows = [
        f"rec.dat 16 {gain!r}({baseline})/uV 16 0 1 1 0 {lead}"
        for gain, baseline, lead in zip(gains, baselines, LEADS, strict=True)
    ]
    found = parse_header("\n".join([f"rec 12 {rate!r} {frames}", *rows]).encode(), "rec")
    assert (found.rate_hz, found.frames) == (rate, frames)
    assert [lead.gain for lead in found.leads] == gains
    assert [lead.baseline for lead in found.leads] == baselines
    assert [lead.name for lead in found.leads] == list(LEADS)


@some
@given(content=st.one_of(st.binary(max_size=200), WORDS.map(str.encode)))
def test_bytes_are_a_table_or_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "rec.csv"
    path.write_bytes(content)
    said = _said(RecordingError, lambda: load_record(path, recorded_hz=100.0))
    assert said.startswith("rec.csv: "), "so few bytes are no recording"
    assert "\n" not in said


IDS = st.text("abcdefgh0123456789", min_size=1, max_size=6)
CLASSES = st.frozensets(st.sampled_from(["NORM", "MI", "STTC", "own words", "=x"]), max_size=3)


@some
@given(rows=st.dictionaries(IDS, st.tuples(CLASSES, st.integers(1, 100)), min_size=1, max_size=8))
def test_labels_are_those_that_were_written(
    rows: dict[str, tuple[frozenset[str], int]], tmp_path: Path
) -> None:
    path = tmp_path / "labels.csv"
    body = [f"r{key},{';'.join(sorted(names))},{fold}" for key, (names, fold) in rows.items()]
    path.write_text("\n".join(["record_id,labels,fold", *body]) + "\n")
    found = read_labels(path)
    assert {row.names[0]: (frozenset(row.labels), row.fold) for row in found.rows} == {
        f"r{key}": value for key, value in rows.items()
    }


@some
@given(content=st.one_of(st.binary(max_size=200), WORDS.map(lambda text: f"id,{text}".encode())))
def test_bytes_are_labels_or_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    assert len(_said(DatasetError, lambda: read_labels(path))) < 1000


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text("ab/.\0", max_size=5),
    st.lists(st.integers(-9, 9), max_size=3), st.dictionaries(IDS, st.integers(-9, 9), max_size=2),
)  # fmt: skip


def _places(card: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, value in card.items():
        found.append((*above, key))
        if isinstance(value, dict):
            found += _places(value, (*above, key))
    return found


def _read_or_refused(
    card: dict[str, Any], kind: type[ModelCard] | type[MetricCard], path: Path
) -> None:
    path.write_text(tomlkit.dumps(card))
    said = _said(CardError, lambda: read_card(path, kind).fingerprint())
    assert not said or said.startswith(f"{path}: ")
    assert "\n" not in said


def _with(card: dict[str, Any], place: tuple[str, ...], value: object) -> dict[str, Any]:
    key, *rest = place
    return {**card, key: _with(card[key], tuple(rest), value) if rest else value}


@some
@given(place=st.sampled_from(_places(MODEL)), value=VALUES)
def test_a_card_of_a_model_is_read_or_refused(
    place: tuple[str, ...], value: object, tmp_path: Path
) -> None:
    _read_or_refused(_with(MODEL, place, value), ModelCard, tmp_path / "card.toml")


@some
@given(place=st.sampled_from(_places(METRIC)), value=VALUES)
def test_a_card_of_a_metric_is_read_or_refused(
    place: tuple[str, ...], value: object, tmp_path: Path
) -> None:
    _read_or_refused(_with(METRIC, place, value), MetricCard, tmp_path / "card.toml")


@some
@given(texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")), max_size=6))
def test_texts_of_a_table_come_back(texts: list[str], tmp_path: Path) -> None:
    table = pd.DataFrame({"text": texts, "value": np.arange(len(texts)) / 4})
    path = tmp_path / "table.csv"
    path.write_text(to_csv(table), encoding="utf-8", newline="")
    back = read_table(path, {"text": "str", "value": "float64"}, "mend")
    assert list(back["text"]) == texts
    assert list(back["value"]) == list(table["value"])


@some
@given(st.text())
def test_whatever_is_printed_stays_in_its_line(text: str) -> None:
    for shown in (printable(text), escaped(text), escaped_sentence(text), code(text)):
        assert "\n" not in shown
        assert "\x1b" not in shown
        shown.encode()


def test_the_base_of_these_headers_is_sound() -> None:
    found = _parsed("\n".join([RECORD, *map(lead_line, range(12))]).encode())
    assert found is not None
