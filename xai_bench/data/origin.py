"""What was found in the file of a recording, and what was done to it, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xai_bench.data.normalise import Form
from xai_bench.types import LEADS

__all__ = ["origin"]


def origin(
    names: Sequence[str | None] | None,
    rows: Sequence[int],
    *,
    frames: int,
    rate_hz: float,
    units: Collection[str],
    form: Form,
) -> str:
    """Two sentences: what was read, and what `to_form` and the reader made of it.

    names: of the leads in the file, or None where it names none; rows: where the canonical leads
    are among them. frames: of the whole file. units: in which the canonical leads are.

    >>> origin(None, range(12), frames=5000, rate_hz=500, units=["mV"], form=Form())
    'Read: 12 leads of 10 s at 500 Hz in mV. Done: leads taken to be in the order I, II, III, aVR,
    aVL, aVF, V1, V2, V3, V4, V5, V6; resampled to 100 Hz.'
    """
    count = len(LEADS) if names is None else len(names)
    done = []
    if names is None:
        done.append(f"leads taken to be in the order {', '.join(LEADS)}")
    else:
        others = [name or "(no name)" for row, name in enumerate(names) if row not in rows]
        if others:
            done.append(f"{', '.join(others)} left out")
        if list(rows) != sorted(rows):
            done.append("leads put in canonical order")
    if set(units) != {"mV"}:
        done.append("converted to mV")
    if rate_hz != form.rate_hz:
        done.append(f"resampled to {form.rate_hz:g} Hz")
    wanted = round(form.seconds * rate_hz)
    if frames > wanted:
        done.append(f"cut to the first {form.seconds:g} s")
    if frames < wanted:
        done.append(f"filled up to {form.seconds:g} s with the mean of each lead")
    read = (
        f"{count} leads of {frames / rate_hz:g} s at {rate_hz:g} Hz in {', '.join(sorted(units))}"
    )
    return f"Read: {read}. Done: {'; '.join(done) or 'nothing'}."
