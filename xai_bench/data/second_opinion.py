"""What another delineator says of the beats and waves of a recording.

openecg (Apache-2.0) is a small transformer that its authors trained on recordings whose waves
cardiologists marked (LUDB, QTDB, ISP). It reads one lead and was made by others in another way
than ours, which reads the median beat of all leads by rules: what both find is hardly an accident
of either. Its ONNX file is read from the package; none of its code is run. Its sums in 8 bits may
round otherwise on another kind of processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float64, Int8, Int16, Int64

from xai_bench.data.beat_finder import FINE_HZ, at_fine_rate
from xai_bench.data.delineate import delineate_recording
from xai_bench.errors import DatasetError, WeightsError
from xai_bench.types import LEADS, WAVES

__all__ = ["BeatWaves", "beat_waves", "contradictions", "disagreement", "read_lead"]
__all__ += ["second_opinion", "second_reader"]

_FILE = "openecg/models/codec_v6_int8.onnx"
_SHA256 = "640d2d13fbf71065b38cd999177ec294fafd532d608662f705cfb8c485e951f8"
_RULES = 1  # a change that lets another recording pass is another version

_LEADS = ("II", "V5", "V2")
"""In which it is asked, in this order, until it agrees."""
_WINDOW = 5000
"""Samples at FINE_HZ that it reads at once."""
_OVERLAP = 500
"""Of a window with the one before, whose end is replaced."""
_CLASSES = ("TP", "P", "QRS", "T")
"""Its classes as ours; all else is one."""

_EDGE = 1.0
"""Seconds at both ends in which beats are not compared: openecg misses one in 14 of 150 there."""
_SAME_BEAT = 0.06
_BEFORE, _AFTER = 0.4, 0.6
"""Seconds from a QRS within which the middle of its P and its T lie."""
_TOLERANCE = {
    **{"qrs_onset": 0.05, "qrs_end": 0.05},
    **{"p_onset": 0.05, "p_end": 0.05, "t_end": 0.08},
}
"""Seconds between the two, median over beats."""
_NAMES = {
    **{"qrs_onset": "QRS onset", "qrs_end": "QRS end"},
    **{"p_onset": "P onset", "p_end": "P end", "t_end": "T end"},
}

Labels = Int8[np.ndarray, " time"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatWaves:
    """Onset and end of the waves of each beat, seconds; NaN where a beat has none."""

    qrs: Float64[np.ndarray, "beat 2"]
    p: Float64[np.ndarray, "beat 2"]
    t: Float64[np.ndarray, "beat 2"]

    def __len__(self) -> int:
        return len(self.qrs)


def second_reader() -> str | None:
    """Who is asked and by which rules, such as "openecg 640d2d13f, rules 1"; None where the extra
    is not installed."""
    if find_spec("onnxruntime") is None:
        return None
    try:
        distribution("openecg")
    except PackageNotFoundError:
        return None
    return f"openecg {_SHA256[:9]}, rules {_RULES}"


def second_opinion(microvolt: Int16[np.ndarray, "12 time"], rate_hz: float) -> str | None:
    """Why the waves of a recording are not to be trusted, or None where openecg finds ours.

    It is asked in lead II, and where it disagrees there in V5 and V2, because a wave may be too
    flat in one of them; the reason is that of lead II. See `disagreement` for what is compared.
    Of 431 healthy synthetic recordings of fold 9 at 500 Hz it contradicts two, in both of which
    the planted waves are on its side (atrial fibrillation in which we find a P); in lead II alone
    it contradicts twelve. See benchmarks/delineators.py.
    Raises DatasetError where the extra is not installed, WeightsError where it has another net.
    """
    first = ""
    for lead, found in contradictions(microvolt, rate_hz):
        if found is None:
            return None
        first = first or f"openecg does not find our waves in lead {lead}: {found}"
    return first


def contradictions(
    microvolt: Int16[np.ndarray, "12 time"], rate_hz: float
) -> Iterator[tuple[str, str | None]]:
    """Of II, V5 and V2, each as it is asked for: in what openecg differs from us there, or None.

    Raises as `second_opinion` does.
    """
    fine = at_fine_rate(microvolt / 1000.0, rate_hz)
    ours = beat_waves(delineate_recording(fine, FINE_HZ))
    for lead in _LEADS:
        theirs = beat_waves(read_lead(fine[LEADS.index(lead)]))
        yield lead, disagreement(ours, theirs, fine.shape[1] / FINE_HZ)


def beat_waves(labels: Labels) -> BeatWaves:
    """The waves of each QRS by labels at FINE_HZ, which are indices into WAVES.

    Its P is the last that lies after the QRS before, its T the first that lies before the next.
    """
    spans = {wave: _spans(labels == WAVES.index(wave)) for wave in ("P", "QRS", "T")}
    qrs = spans["QRS"]
    ends = np.concatenate([[-np.inf], qrs[:-1, 1]])
    onsets = np.concatenate([qrs[1:, 0], [np.inf]])
    p, t = np.full_like(qrs, np.nan), np.full_like(qrs, np.nan)
    for beat, (onset, end) in enumerate(qrs):
        before = _within(spans["P"], max(ends[beat], onset - _BEFORE), onset)
        after = _within(spans["T"], end, min(onsets[beat], end + _AFTER))
        if len(before):
            p[beat] = before[-1]
        if len(after):
            t[beat] = after[0]
    return BeatWaves(qrs=qrs, p=p, t=t)


def disagreement(ours: BeatWaves, theirs: BeatWaves, seconds: float) -> str | None:
    """In what two delineations of a recording of `seconds` differ, or None where they agree.

    Each beat of one must be one of the other, with middles of the QRS within 60 ms; the first and
    the last second do not count. Most beats have a P in both or in neither; the same of T. The
    median over beats of the difference is at most 50 ms at the ends of QRS and P, and 80 ms at the
    end of T: about where 99 % of healthy synthetic recordings lie in one lead (50, 42, 23, 37 and
    66 ms of the planted waves), and near what its authors allow a single beat when they compare
    with cardiologists (40 ms for QRS, 50 ms for P, 100 ms for the end of T).
    """
    if not len(ours) or not len(theirs):
        return None if len(ours) == len(theirs) else _count(ours, theirs)
    apart = np.abs(ours.qrs.mean(axis=1)[:, np.newaxis] - theirs.qrs.mean(axis=1))
    unmatched = _unmatched(ours, apart, seconds) + _unmatched(theirs, apart.T, seconds)
    if unmatched:
        return f"{_count(ours, theirs)}, {unmatched} of them are not the same"
    mine = np.flatnonzero(apart.min(axis=1) <= _SAME_BEAT)
    return next(_differences(ours, mine, theirs, apart.argmin(axis=1)[mine]), None)


def _differences(
    ours: BeatWaves,
    mine: Int64[np.ndarray, " same"],
    theirs: BeatWaves,
    other: Int64[np.ndarray, " same"],
) -> Iterator[str]:
    for wave in ("p", "t"):
        own, its = getattr(ours, wave)[mine], getattr(theirs, wave)[other]
        counts = [int(np.isfinite(one[:, 0]).sum()) for one in (own, its)]
        if (2 * counts[0] >= len(mine)) != (2 * counts[1] >= len(mine)):
            yield f"{wave.upper()} in {counts[0]} of {len(mine)} beats by us, {counts[1]} by it"
    for name, most in _TOLERANCE.items():
        wave, _, end = name.partition("_")
        column = ("onset", "end").index(end)
        later = getattr(theirs, wave)[other, column] - getattr(ours, wave)[mine, column]
        later = later[np.isfinite(later)]
        if len(later) and abs(np.median(later)) > most:
            way = "later" if np.median(later) > 0 else "earlier"
            yield f"{_NAMES[name]} {1000 * abs(np.median(later)):.0f} ms {way} by it"


def _unmatched(waves: BeatWaves, apart: Float64[np.ndarray, "beat other"], seconds: float) -> int:
    middle = waves.qrs.mean(axis=1)
    inside = (middle > _EDGE) & (middle < seconds - _EDGE)
    return int((inside & (apart.min(axis=1) > _SAME_BEAT)).sum())


def _count(ours: BeatWaves, theirs: BeatWaves) -> str:
    return f"{len(ours)} beats by us, {len(theirs)} by it"


def _spans(inside: Any) -> Float64[np.ndarray, "span 2"]:
    """Onset and end of each run of True, seconds at FINE_HZ."""
    steps = np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))
    spans: Float64[np.ndarray, "span 2"] = (
        np.stack([np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)], axis=1) / FINE_HZ
    )
    return spans


def _within(
    spans: Float64[np.ndarray, "span 2"], first: float, last: float
) -> Float64[np.ndarray, "kept 2"]:
    middle = spans.mean(axis=1)
    kept: Float64[np.ndarray, "kept 2"] = spans[(middle >= first) & (middle < last)]
    return kept


def read_lead(lead: Float64[np.ndarray, " time"]) -> Labels:
    """What openecg says of each sample of one lead at FINE_HZ, as indices into WAVES.

    Raises as `second_opinion` does.
    """
    run = _net()
    classes = np.array([WAVES.index(name) for name in _CLASSES], dtype=np.int8)
    labels = np.zeros(len(lead), dtype=np.int8)
    last = max(len(lead) - _WINDOW, 0)
    for start in sorted({*range(0, last, _WINDOW - 2 * _OVERLAP), last}):
        window = _ranks(lead[start : start + _WINDOW])
        filled = np.pad(window, (0, _WINDOW - len(window)))
        found = classes[run(filled).argmax(axis=1)][: len(window)]
        skipped = _OVERLAP if start else 0
        labels[start + skipped : start + len(window)] = found[skipped:]
    return labels


def _ranks(values: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
    """Mean ranks from -1 to 1: the net was trained on these, which have no unit."""
    from scipy.stats import rankdata  # slow to import

    return np.asarray(2 * (rankdata(values) - 1) / max(len(values) - 1, 1) - 1)


@cache
def _net() -> Callable[[Float64[np.ndarray, " 5000"]], Any]:
    """Ranks of a window -> the score of each class, sample by sample; on one core."""
    if second_reader() is None:
        raise DatasetError(
            "a second opinion on waves needs openecg: pip install 'xai-bench[openecg]'"
        )
    import onnxruntime

    path = Path(str(distribution("openecg").locate_file(_FILE)))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
    if (found := sha256(content).hexdigest()) != _SHA256:
        raise WeightsError(
            f"{path}: sha256 {found[:9]} instead of {_SHA256[:9]}, that of openecg 0.11.0: "
            "pip install openecg==0.11.0"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(window: Float64[np.ndarray, " 5000"]) -> Any:
        return session.run(["frame_logits"], {name: window.astype(np.float32)[np.newaxis]})[0][0]

    return run
