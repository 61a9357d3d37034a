"""ECG paper measured with a ruler: in the files that are written, not in the code that draws."""

from __future__ import annotations

import errno
import io
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import wfdb
from jaxtyping import Float32
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage, imread

from xai_bench.errors import InputError, OutputError
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.report.figures.recording_page import Panel, Traces, draw_recording
from xai_bench.report.figures.write_figure import write_figure
from xai_bench.types import LEADS

RATE = 100.0
PX_PER_MM = 200 / 25.4

Twelve = Float32[np.ndarray, "12 time"]


def flat(seconds: float = 10.0) -> Twelve:
    return np.zeros((12, round(seconds * RATE)), dtype=np.float32)


def beats(height: float = 1.0) -> Twelve:
    """Spikes of both signs in every lead, once a second, of different size in each."""
    signal = flat()
    for lead in range(12):
        signal[lead, 50::100] = height * (0.2 + lead / 12)
        signal[lead, 53::100] = -height * (1.2 - lead / 12)
    return signal


def draw(signal: Twelve, attribution: Twelve | None = None) -> Figure:
    panels = [] if attribution is None else [Panel(attribution=attribution)]
    return draw_recording(Traces(signal=signal, rate_hz=RATE), panels=panels, title="MI 0.87")


def pixels(figure: Figure, path: Path) -> np.ndarray:
    """Rows from the top of the page, RGB in 0..1."""
    save_figure(figure, path)
    image: np.ndarray = imread(path)
    return image[..., :3]


def ink(image: np.ndarray) -> np.ndarray:
    return np.asarray(image.max(axis=2) < 0.35)


def scale(image: AxesImage) -> float:
    """The attribution at the end of the colours; the other end is its negative."""
    low, high = np.asarray(image.get_clim(), dtype=float)
    assert low == -high
    return float(high)


def pixel_at(figure: Figure, image: np.ndarray, lead: int, second: float) -> np.ndarray:
    """The colour behind a lead, off the grid lines and off its trace."""
    paper, _ = figure.axes
    low, high = paper.images[lead].get_extent()[2:]
    # The middle of a 1 mm square: off every line of the grid.
    x = (np.floor(second * 25) + 0.5) / 25
    y = (np.floor((0.8 * low + 0.2 * high) * 10) + 0.5) / 10
    across, up = paper.transData.transform((x, y)) / figure.dpi * 200
    colour: np.ndarray = image[round(image.shape[0] - up), round(across)]
    return colour


def longest_runs(dark: np.ndarray) -> list[int]:
    """The longest run of dark pixels in each row of the image."""
    runs = []
    for row in dark:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        runs.append(int((edges[1::2] - edges[::2]).max(initial=0)))
    return runs


def words(figure: Figure) -> str:
    texts = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        texts += [text.get_text() for text in axes.texts]
        texts += [axes.get_xlabel(), *(label.get_text() for label in axes.get_xticklabels())]
    return " | ".join(texts)


def traces(paper: Axes, samples: int) -> list[np.ndarray]:
    """The (time, y) of each lead, top to bottom as drawn; calibration pulses left out."""
    lines = [np.asarray(line.get_xydata(), dtype=float) for line in paper.lines]
    return [line for line in lines if len(line) == samples]


def test_a_second_is_25_mm_and_a_millivolt_is_10_mm(tmp_path: Path) -> None:
    signal = flat()
    signal[0, 200:300] = 1.0
    figure = draw(signal)
    runs = longest_runs(ink(pixels(figure, tmp_path / "a.png")))

    def is_plateau(run: int) -> bool:
        return abs(run - 25 * PX_PER_MM) < 0.5 * PX_PER_MM

    plateau = np.mean([y for y, run in enumerate(runs) if is_plateau(run)])
    # The baseline of lead I goes on for seven seconds after the plateau.
    baselines = [y for y, run in enumerate(runs) if abs(run - 7 * 25 * PX_PER_MM) < PX_PER_MM]
    assert np.ptp(baselines) <= 3
    assert (np.mean(baselines) - plateau) / PX_PER_MM == pytest.approx(10, abs=0.15)
    # Eleven flat leads are ten seconds long.
    ten = [run for run in runs if run > 240 * PX_PER_MM]
    assert len(ten) >= 11
    assert np.max(ten) / PX_PER_MM == pytest.approx(250, abs=0.5)


def test_the_calibration_pulse_is_a_millivolt_high_in_every_row(tmp_path: Path) -> None:
    figure = draw(flat())
    dark = ink(pixels(figure, tmp_path / "a.png"))
    runs = longest_runs(dark)
    tops = [y for y, run in enumerate(runs) if abs(run - 5 * PX_PER_MM) < 0.5 * PX_PER_MM]
    bases = [y for y, run in enumerate(runs) if run > 240 * PX_PER_MM]

    def centres(rows: list[int]) -> np.ndarray:
        return np.array([g.mean() for g in np.split(rows, np.flatnonzero(np.diff(rows) > 5) + 1)])

    assert len(centres(bases)) == 12
    heights = (centres(bases) - centres(tops)[-12:]) / PX_PER_MM
    np.testing.assert_allclose(heights, 10, atol=0.15)


def test_the_grid_has_a_line_each_millimetre_and_a_stronger_one_each_five(tmp_path: Path) -> None:
    figure = draw(flat())
    image = pixels(figure, tmp_path / "a.png")
    # Between two lines, 2.5 mm below the top and right of the calibration pulse: nothing but grid.
    top = figure.axes[0].get_window_extent().y1 / figure.dpi * 25.4
    page = figure.get_size_inches()[1] * 25.4
    strip = image[round((page - top + 2.5) * PX_PER_MM), round(29.5 * PX_PER_MM) :]
    pink = strip[:, 0] - strip[:, 1]
    lines = np.flatnonzero((pink > 0.04) & (pink >= np.roll(pink, 1)) & (pink > np.roll(pink, -1)))
    steps = np.diff(lines) / PX_PER_MM
    assert len(lines) in (250, 251)
    np.testing.assert_allclose(steps, 1, atol=0.2)
    strong = lines[pink[lines] > np.median(pink[lines]) + 0.1]
    np.testing.assert_allclose(np.diff(strong) / PX_PER_MM, 5, atol=0.2)
    assert len(strong) in (50, 51)


@pytest.mark.slow
def test_the_page_has_one_size_in_every_format(tmp_path: Path) -> None:
    figure = draw(beats(), beats())
    for suffix in ("png", "svg", "pdf"):
        save_figure(figure, tmp_path / f"a.{suffix}")
    png = (tmp_path / "a.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    at = png.index(b"pHYs") + 4
    per_metre = struct.unpack(">II", png[at : at + 8])
    found = {"png": (width / per_metre[0] * 1000, height / per_metre[1] * 1000)}
    svg = re.search(
        r'<svg [^>]*width="([\d.]+)pt" height="([\d.]+)pt"|'
        r'height="([\d.]+)pt"[^>]*width="([\d.]+)pt"',
        (tmp_path / "a.svg").read_text(encoding="utf-8"),
    )
    assert svg is not None
    sizes = sorted(float(size) for size in svg.groups() if size)
    found["svg"] = (sizes[0] * 25.4 / 72, sizes[1] * 25.4 / 72)
    pdf = re.search(rb"/MediaBox \[\s*0 0 ([\d.]+) ([\d.]+)", (tmp_path / "a.pdf").read_bytes())
    assert pdf is not None
    found["pdf"] = (float(pdf[1]) * 25.4 / 72, float(pdf[2]) * 25.4 / 72)
    # 250 mm of recording, 20 mm of calibration, margins of 10 mm.
    for size in found.values():
        assert size[0] == pytest.approx(290, abs=0.3)
        assert size[1] == pytest.approx(found["png"][1], abs=0.3)


def test_another_length_makes_another_page() -> None:
    assert draw(flat(5)).get_size_inches()[0] * 25.4 == pytest.approx(290 - 125)


def test_leads_stand_in_order_beside_their_traces() -> None:
    signal = beats()
    figure = draw(signal)
    paper = figure.axes[0]
    drawn = traces(paper, signal.shape[1])
    names = [text.get_text() for text in paper.texts]
    assert names == list(LEADS)
    for row, trace, text in zip(signal, drawn, paper.texts, strict=True):
        np.testing.assert_allclose(trace[:, 0], np.arange(1000) / 100)
        np.testing.assert_allclose(trace[:, 1] - text.get_position()[1], row, atol=1e-5)


@pytest.mark.parametrize("height", [0.1, 1.0, 3.0])
def test_rows_do_not_touch(height: float) -> None:
    # An offset or a wandering baseline must not push a lead into its neighbour.
    wander = np.linspace(-0.5, 0.5, 1000, dtype=np.float32)
    offset = np.linspace(-5, 5, 12, dtype=np.float32)[:, None]
    signal = beats(height) + wander + offset
    paper = draw(signal, signal).axes[0]
    floor = 0.0
    for trace, image in zip(traces(paper, 1000), paper.images, strict=True):
        left, right, low, high = image.get_extent()
        assert low <= trace[:, 1].min() < trace[:, 1].max() <= high < floor
        # The band of sample i lies around its time.
        middle = left + (np.arange(1000) + 0.5) * (right - left) / 1000
        np.testing.assert_allclose(middle, trace[:, 0], atol=1e-9)
        floor = low
    assert floor >= paper.get_ylim()[0]


def test_rows_of_an_ordinary_recording_are_20_to_25_mm_apart() -> None:
    paper = draw(beats(0.9)).axes[0]
    baselines = np.array([text.get_position()[1] for text in paper.texts])
    assert np.all(-np.diff(baselines) * 10 >= 20)
    assert np.all(-np.diff(baselines) * 10 <= 25)


def test_an_artefact_does_not_blow_up_the_page_and_is_named() -> None:
    signal = beats()
    signal[11, 500] = 32.0
    signal[3, 500] = -32.0
    figure = draw(signal)
    assert figure.get_size_inches()[1] * 25.4 < 420
    assert "beyond its row: aVR, V6" in words(figure)
    assert "beyond" not in words(draw(beats()))


def test_colours_tell_the_sign_behind_the_trace(tmp_path: Path) -> None:
    attribution = flat()
    attribution[0, 200:300] = 2e-4
    attribution[1, 400:500] = -2e-4
    figure = draw(flat(), attribution)
    image = pixels(figure, tmp_path / "a.png")
    speaks_for = pixel_at(figure, image, 0, 2.5)
    against = pixel_at(figure, image, 1, 4.5)
    silent = pixel_at(figure, image, 0, 4.5)
    assert speaks_for[0] - speaks_for[2] > 0.5
    assert against[2] - against[0] > 0.5
    assert silent.min() > 0.95
    # Nowhere else: not in the neighbour, not half a second away.
    for lead, second in [(1, 2.5), (2, 4.5), (0, 1.5), (0, 3.5), (1, 5.5)]:
        np.testing.assert_allclose(pixel_at(figure, image, lead, second), silent, atol=0.01)
    # The trace is black on top of the colour, all the way.
    assert max(longest_runs(ink(image))) > 249 * PX_PER_MM


def test_zero_has_the_colour_of_the_paper_and_signs_mirror() -> None:
    attribution = beats()
    paper, _ = draw(beats(), attribution).axes
    for image in paper.images:
        assert scale(image) > 0
        zero = image.to_rgba(np.zeros(1))
        np.testing.assert_allclose(zero, [to_rgba(paper.get_facecolor())], atol=1e-6)
    sizes = np.linspace(0, 1, 20)
    speaks_for, against = (paper.images[0].to_rgba(sign * sizes) for sign in (1, -1))
    assert np.all(np.diff(speaks_for[:, 2] - speaks_for[:, 0]) <= 0)
    assert np.all(np.diff(against[:, 0] - against[:, 2]) <= 0)


def test_one_scale_for_the_recording_robust_and_stated() -> None:
    attribution = flat()
    attribution[4] = np.arange(1, 1001) / 1000
    attribution[5] = -attribution[4]
    attribution[7, 3] = 1e6
    ordered = sorted(float(abs(a)) for a in attribution.ravel() if a != 0)
    at = 0.99 * (len(ordered) - 1)
    lower = ordered[int(at)]
    expected = lower + (at - int(at)) * (ordered[int(at) + 1] - lower)
    figure = draw(flat(), attribution)
    scales = [scale(image) for image in figure.axes[0].images]
    np.testing.assert_allclose(scales, expected, rtol=1e-5)
    assert f"-{expected:.3g} | 0 | +{expected:.3g}" in words(figure)
    assert "99th percentile" in words(figure)


def test_small_scales_are_written_with_a_power_of_ten() -> None:
    figure = draw(flat(), np.full((12, 1000), -2.5e-4, dtype=np.float32))
    assert "-250 | 0 | +250" in words(figure)
    assert "(×10⁻⁶)" in words(figure)


def test_an_attribution_on_a_few_samples_is_seen() -> None:
    attribution = flat()
    attribution[6, 500:503] = 0.5
    paper = draw(flat(), attribution).axes[0]
    assert scale(paper.images[6]) == pytest.approx(0.5)


def test_an_attribution_of_zeros_says_so(tmp_path: Path) -> None:
    figure = draw(beats(), flat())
    assert "zero everywhere" in words(figure)
    assert pixel_at(figure, pixels(figure, tmp_path / "a.png"), 0, 5.0).min() > 0.95


def test_without_an_attribution_there_is_no_colour_bar() -> None:
    figure = draw(beats())
    assert len(figure.axes) == 1
    assert not figure.axes[0].images
    assert "target" not in words(figure)


def test_what_is_written_on_the_page() -> None:
    figure = draw_recording(
        Traces(signal=beats(), rate_hz=RATE),
        panels=[Panel(attribution=beats(), additive=True, about="impact")],
        title="MI: $0.87$",
        header=["True label: MI"],
        notes=["a note"],
    )
    text = words(figure)
    for part in (
        "MI: $0.87$",
        "impact",
        "True label: MI",
        "a note",
        "contribution to the log-odds, per sample",
        "25 mm/s",
        "10 mm/mV",
        "xai-bench",
        "not a medical device",
        "for the target",
        "against the target",
        "0 s",
        "10 s",
    ):
        assert part in text
    # Dollar signs are no mathematics.
    write_figure(figure, io.BytesIO(), format="png")
    assert not any(text.get_parse_math() for text in figure.texts)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(bad: float) -> None:
    broken = flat()
    broken[3, 7] = bad
    with pytest.raises(InputError, match="the recording: 1 of its samples"):
        draw(broken)
    with pytest.raises(InputError, match="the attribution: 1 of its samples"):
        draw(flat(), broken)


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.png.gz"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"not \.png, \.svg or \.pdf"):
        save_figure(draw(flat()), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_suffixes_are_read_without_case(tmp_path: Path) -> None:
    save_figure(draw(flat()), tmp_path / "a.PNG")
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_does_not_exist_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"none/a\.png: No such file"):
        save_figure(draw(flat()), tmp_path / "none" / "a.png")


def test_a_folder_of_that_name_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        save_figure(draw(flat()), tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_full_disk_leaves_the_old_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.svg"
    target.write_text("old", encoding="utf-8")

    def half(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OutputError, match="No space left on device"):
        save_figure(draw(flat()), target)
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]
    assert target.read_text(encoding="utf-8") == "old"


def test_the_report_room_loads_nothing_heavy_and_no_pyplot() -> None:
    code = (
        "import sys, xai_bench.report\n"
        "heavy = {'matplotlib', 'seaborn', 'rich', 'pandas', 'numpy', 'torch'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "import xai_bench.report.figures.ecg_paper\n"
        "print('matplotlib.pyplot' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "False"]


@pytest.mark.parametrize("name", ["ptbxl_mini/records500/06000/06007_hr", "wfdb_mixed/JS20007"])
def test_real_recordings(shared_data: Path, tmp_path: Path, name: str) -> None:
    record = wfdb.rdrecord(str(shared_data / name))
    signal = record.p_signal.T.astype(np.float32)
    panels = [Panel(attribution=-signal)]
    traces_of = Traces(signal=signal, rate_hz=float(record.fs))
    figure = draw_recording(traces_of, panels=panels, title=name)
    for row, trace in zip(signal, traces(figure.axes[0], signal.shape[1]), strict=True):
        moved = trace[:, 1] - row
        np.testing.assert_allclose(moved, moved[0], atol=1e-4)
    save_figure(figure, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 100_000
