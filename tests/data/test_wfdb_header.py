"""WFDB headers: our parser against that of `wfdb`, and what that one refuses or misreads."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data.header_facts import header_facts
from xai_bench.data.wfdb_header import Header, parse_header, read_header
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

LEAD = "rec.dat 16 1000/mV 16 0 -5 77 0 I"


def parse(text: str, stem: str = "rec") -> Header:
    return parse_header(text.encode(), stem)


def refusal(text: str, stem: str = "rec") -> str:
    with pytest.raises(RecordingError) as caught:
        parse(text, stem)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "rec.dat 16",
        "rec.dat 16 200",
        "rec.dat 16x2:3+24 1000.5(-12)/uV 12 7 -5 -77 512 MLII and more",
        "rec.dat 16+24 1e3/mV 16 5 0 0 0 aVR",
        "rec.dat 212 200 11 1024 955 29832 0 MLII",
        "\trec.dat  80\t400(3) 8 128 ",
        "rec.dat 61:2 -100/mV 16 0 1 2 0 I",
    ],
)
@pytest.mark.parametrize("record", ["rec 1 360 1000", "rec 1 360.5/720(3) 1000 12:30:00 1/2/1990"])
def test_a_header_says_what_it_says_to_wfdb(tmp_path: Path, record: str, line: str) -> None:
    import wfdb

    path = tmp_path / "rec.hea"
    path.write_text(f"# first\n{record}\n{line}\n\n#Age: 66\n")
    theirs = wfdb.rdheader(str(path.with_suffix("")))
    ours = read_header(path)
    assert (ours.rate_hz, ours.frames) == (theirs.fs, theirs.sig_len)
    assert ours.comments == ("first", "Age: 66")
    (lead,) = ours.leads
    assert (lead.file, lead.format) == (theirs.file_name[0], theirs.fmt[0])
    assert lead.per_frame == theirs.samps_per_frame[0]
    assert (lead.skew, lead.offset) == (theirs.skew[0] or 0, theirs.byte_offset[0] or 0)
    assert (lead.gain or 200, lead.unit) == (theirs.adc_gain[0], theirs.units[0])
    assert lead.baseline == theirs.baseline[0]
    assert (lead.first or 0) == (theirs.init_value[0] or 0)
    assert (lead.checksum or 0) == (theirs.checksum[0] or 0)
    assert lead.name == (theirs.sig_name[0] or "").strip()


def test_headers_of_the_first_challenge_release() -> None:
    found = parse(
        "E00010.mat 12 500 5000 05-May-2020 14:50:55\n"
        + "".join(f"E00010.mat 16+24 1000/mV 16 0 -5 77 0 {lead}\n" for lead in LEADS)
        + "#Age: 66\n#Sex: Female\n#Dx: 426783006\n",
        "E00010",
    )
    assert (found.rate_hz, found.frames) == (500, 5000)
    assert {(lead.file, lead.offset, lead.gain) for lead in found.leads} == {
        ("E00010.mat", 24, 1000.0)
    }
    assert [lead.name for lead in found.leads] == list(LEADS)
    assert found.comments == ("Age: 66", "Sex: Female", "Dx: 426783006")


@pytest.mark.parametrize(
    ("name", "stem"),
    [("records500/00000/00001_hr", "00001_hr"), ("records/00001", "00001"), ("a/b.mat", "b")],
)
def test_a_record_name_may_have_folders(tmp_path: Path, name: str, stem: str) -> None:
    folder = name.rpartition("/")[0]
    text = f"{name} 2 500 5000\n{stem}.dat 16 1000/mV\n{folder}/{stem}.dat 16 1000/mV\n"
    assert {lead.file for lead in parse(text, stem).leads} == {f"{stem}.dat"}
    path = tmp_path / f"{stem}.hea"
    path.write_text(text)
    assert header_facts(path).is_recording


def test_segments_are_recordings_and_their_master_and_layout_are_not(tmp_path: Path) -> None:
    master, layout = tmp_path / "all.hea", tmp_path / "all_layout.hea"
    master.write_text("# made by hand\nall/2 12 100 1000\nall_layout 0\nrec 1000\n")
    layout.write_text("all_layout 12 100 0\n" + "~ 0 1000(0)/mV 16 0 0 0 0 I\n" * 12)
    assert not header_facts(master).is_recording
    assert not header_facts(layout).is_recording
    assert refusal(master.read_text(), "all") == (
        "is a record of 2 segments; name one of its segments"
    )


def test_what_cannot_be_looked_into_is_left_to_be_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.hea"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "absent.hea", tmp_path / ("n" * 5000)):
        assert header_facts(path).is_recording
        with pytest.raises(RecordingError, match="no header file"):
            read_header(path)


def test_a_gain_of_0_or_none_is_no_gain() -> None:
    for line in ("rec.dat 16 0/mV 16 0 5 6 0 I", "rec.dat 16", "rec.dat 16 1e999 16"):
        assert parse(f"rec 1 100 1000\n{line}").leads[0].gain is None


def test_first_samples_and_checksums_that_nobody_filled_in_state_nothing() -> None:
    def stated(*fields: str) -> list[tuple[int | None, int | None]]:
        lines = "".join(f"rec.dat 16 1000 16 0 {both} 0 I\n" for both in fields)
        return [(lead.first, lead.checksum) for lead in parse(f"rec 2 100 9\n{lines}").leads]

    assert stated("0 0", "0 0") == [(None, None), (None, None)]
    assert stated("0 0", "3 4") == [(0, 0), (3, 4)]
    assert stated("5 0", "0 0") == [(5, None), (0, None)]
    assert stated("0 7", "0 0") == [(None, 7), (None, 0)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no WFDB header"),
        ("# nothing\n", "no WFDB header"),
        ("rec\n", "no WFDB header"),
        ("rec 12 360 1000 " + "0" * 2000, "no WFDB header"),
        ("rec 1 nan 1000\n" + LEAD, "no WFDB header"),
        ("rec 1 -inf 1000\n" + LEAD, "no WFDB header"),
        ("rec 1 360 1e3\n" + LEAD, "no WFDB header"),
        ("rec 1 360 -5\n" + LEAD, "no WFDB header"),
        ("rec 1 360\n" + LEAD, "does not state the number of samples"),
        ("rec 1\n" + LEAD, "does not state the number of samples"),
        ("rec 2 360 1000\n" + LEAD, "announces 2 leads and describes 1"),
        ("rec 999 360 1000\n" + f"{LEAD}\n" * 999, "announces 999 leads"),
        ("rec 99999999999999999999999 360 1000\n" + LEAD, "holds the number 9999"),
        ("rec 1 360 9" + "9" * 400 + "\n" + LEAD, "holds the number 9999"),
        ("rec 1 360 1000\nrec.dat", "a lead is described by 'rec.dat'"),
        ("rec 1 360 1000\nrec.dat sixteen", "a lead is described by"),
        ("rec 1 360 1000\nrec.dat 16x2y", "a lead is described by"),
        ("rec 1 360 1000\nrec.dat 16 1000" + "0" * 2000, "a lead is described by"),
        ("rec 1 360 1000\nrec.dat 16:" + "9" * 30, "holds the number 9999"),
        ("rec 1 360 1000\nrec.dat 16 1000/µV", "written µV instead of uV"),
        ("rec 1 360 1000\nrec.dat 16 1000/mV 16 0 0 0 0 \x1b[2J", "WFDB does not know"),
        ("rec/0 1 360 1000\n" + LEAD, "1 segments"),
    ],
)
def test_nonsense_is_refused_in_a_line(text: str, reason: str) -> None:
    assert reason in refusal(text)


def test_mutations_of_a_header_are_read_or_refused() -> None:
    good = "rec 12 500 5000 1:00:00\n" + f"{LEAD}\n" * 12 + "# Age: 66\n"
    rng = np.random.default_rng(0)
    parts = [b"\0", b"\n", b" ", b"/", b"-", b"9" * 40, b"1e999", b"\xff", b"#", b"~", b"+", b"("]
    for _ in range(3000):
        content = bytearray(good.encode())
        for _ in range(rng.integers(1, 6)):
            at, length = rng.integers(len(content)), rng.integers(0, 12)
            if rng.random() < 0.5:
                content[at : at + length] = parts[rng.integers(len(parts))]
            else:
                content[at : at + length] = rng.bytes(int(rng.integers(0, 8)))
        with suppress(RecordingError):
            parse_header(bytes(content), "rec")
