"""One lesion at one dose, planted into recordings that are there already."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from xai_bench.data.electrode_noise import draw_noise, why_not_at
from xai_bench.data.lead_algebra import EIGHT
from xai_bench.data.planted.lesions import LESIONS, Lesion
from xai_bench.data.planted.one_background import Background, background, waves_remark
from xai_bench.data.second_opinion import second_reader
from xai_bench.data.source import PLANTED, Record, about
from xai_bench.data.synthetic.leads import twelve
from xai_bench.errors import DatasetError, InputError, RecordingError, UnknownNameError
from xai_bench.randomness import seed_for
from xai_bench.types import LEADS, Recordings, check_recordings

__all__ = ["plant"]

_INDEPENDENT = [LEADS.index(lead) for lead in EIGHT]
_MOST_MV = 5.0
_GRID_MV = 0.002
"""Limb leads lie on it, because the augmented leads halve them."""
_INVISIBLE_MV = 0.02
"""A full picture that no lead shows more of than this is not scaled up to a dose."""


def plant(recordings: Recordings, lesion: str, dose: float, *, seed: int = 0) -> Recordings:
    """The same recordings with one lesion, whose largest |difference| is `dose` millivolt.

    The full picture of the lesion, a change of the sources of a heart that was fitted to the
    recording's own beats, is scaled linearly, so that the largest sample of all leads is the dose
    (to the grid of 2 µV); a dose beyond the full picture exaggerates it. Dose 0 is the recording
    itself. `healthy` is the recording without the lesion, `evidence` where the two differ by more
    than 0.1 mV, `waves` by the delineator, moved by the same share of what the full picture moves,
    and labels those of the lesion (controls keep theirs). A recording that cannot be planted is
    left out, with the reason in `left_out`; so is one whose waves a second reader does not find
    where we do, if it is installed, and one with labels that do not call it normal. A remark says
    how large the full pictures are, and how many of them the dose exaggerates.

    Raises UnknownNameError for another lesion than those of LESIONS, InputError for a dose outside
    0 to 5 mV or below the grid, DatasetError when no recording can be planted.
    """
    check_recordings(recordings)
    if not isinstance(lesion, str):
        raise InputError(f"a lesion is named by text, not by {lesion!r}: {', '.join(LESIONS)}")
    if lesion not in LESIONS:
        raise UnknownNameError("lesion", lesion, LESIONS)
    _check_dose(dose)
    if not len(recordings):
        raise DatasetError("there are no recordings to plant anything into")
    chosen = LESIONS[lesion]
    is_checked = second_reader() is not None
    rows, left_out = [], list(recordings.left_out)
    made: list[Record] = []
    full_mv: list[float] = []
    for row, record_id in enumerate(recordings.record_id):
        rng = np.random.default_rng(seed_for(seed, record_id, f"lesion {lesion}"))
        try:
            with about(record_id):
                _check_normal(recordings, row)
                found = background(
                    np.asarray(recordings.microvolt[row]), recordings.rate_hz, is_checked=is_checked
                )
                record, largest = _with_lesion(found, chosen, dose, rng)
        except RecordingError as error:
            left_out.append(str(error))
            continue
        rows.append(row)
        made.append(record)
        full_mv.append(largest)
    if not rows:
        raise DatasetError(
            f"{lesion} cannot be planted into any of {len(recordings)} recordings of "
            f"{recordings.name}; {left_out[-1]}"
        )
    fields: dict[str, Any] = {
        name: np.stack([getattr(one, name) for one in made]) for name in ("microvolt", *PLANTED)
    }
    if chosen.superclass is not None and dose > 0 and recordings.labels is not None:
        fields["labels"] = (frozenset({chosen.superclass}),) * len(rows)
    of_waves = {waves_remark(is_checked=checked) for checked in (False, True)}
    remarks = tuple(line for line in recordings.remarks if line not in of_waves)
    remarks = (*remarks, waves_remark(is_checked=is_checked))
    if chosen.change is not None:
        remarks = (*remarks, _picture_remark(lesion, dose, np.array(full_mv)))
    return replace(recordings[rows], left_out=tuple(left_out), remarks=remarks, **fields)


def _with_lesion(
    found: Background, lesion: Lesion, dose: float, rng: np.random.Generator
) -> tuple[Record, float]:
    """The recording with the lesion, and the largest |difference| of its full picture, mV."""
    sick = None
    if lesion.change is not None:
        sick = lesion.change(found.fitted.heart, rng)
        difference = found.difference(sick)
    else:
        assert lesion.noise is not None
        why_not = why_not_at(lesion.noise, found.rate_hz)
        if why_not is not None:
            raise RecordingError(why_not)
        samples = found.microvolt.shape[1]
        difference = draw_noise(lesion.noise, rng, samples, found.rate_hz)[_INDEPENDENT]
    largest = float(np.abs(twelve(difference)).max())
    if largest < _INVISIBLE_MV:
        raise RecordingError(f"the lesion shows in no lead by more than {largest:.3f} mV")
    share = dose / largest
    return found.record(difference * share, sick, share=min(share, 1.0)), largest


def _picture_remark(lesion: str, dose: float, full_mv: np.ndarray) -> str:
    low, middle, high = np.percentile(full_mv, [0, 50, 100])
    return (
        f"{lesion}: the full picture changes a lead by {low:.2g} to {high:.2g} mV (median "
        f"{middle:.2g}); {dose:g} mV are {dose / middle:.0%} of the median one, and exaggerate "
        f"{int((full_mv < dose).sum())} of {len(full_mv)}"
    )


def _check_dose(dose: float) -> None:
    if isinstance(dose, bool) or not isinstance(dose, Real):
        raise InputError(f"a dose is a number of millivolt, not {dose!r}")
    if not 0.0 <= dose <= _MOST_MV or 0.0 < dose < _GRID_MV:
        raise InputError(
            f"a dose of {dose} mV was asked for; use 0, or {_GRID_MV:g} to {_MOST_MV:g}"
        )


def _check_normal(recordings: Recordings, row: int) -> None:
    """Raises RecordingError for a recording that cannot be the healthy twin of a sick one."""
    labels = None if recordings.labels is None else recordings.labels[row]
    if labels and labels != {"NORM"}:
        raise RecordingError(
            f"it is labelled {', '.join(sorted(labels))}, and only a normal one is a healthy twin"
        )
