"""The hearts that a patient's beats are of: excited by the sinus node, an atrium, a ventricle, or
by two of them at once."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.arrhythmia import ventricular
from xai_bench.data.synthetic.heart import Heart
from xai_bench.data.synthetic.pathology import keep_gradient

__all__ = ["hearts_of"]

_FOCI = ((1.0, -1.0, 1.0), (-1.0, 1.0, 1.0), (-0.6, -0.8, 1.0))
"""Factors of the atria's forces along the Frank axes, of foci low in the right atrium, high in the
left one and low in it: excitation runs up, to the right, or both."""


def hearts_of(sinus: Heart, rng: np.random.Generator) -> tuple[Heart, Heart, Heart, Heart]:
    """A patient's beats in the order of `beat_cohort.CLASSES`, each class from one focus."""
    premature = ventricular(sinus, rng)
    return sinus, _supraventricular(sinus, rng), premature, _fusion(sinus, premature, rng)


def _supraventricular(sinus: Heart, rng: np.random.Generator) -> Heart:
    """Excited from a focus in an atrium: another P, less long before the same QRS.

    PR is 0.02 to 0.05 s shorter, as the focus is nearer to the atrioventricular node.
    """
    beat = sinus.copy()
    beat.atria *= np.array(_FOCI[rng.integers(len(_FOCI))])
    beat.atria += rng.normal(0.0, 0.012, beat.atria.shape)
    beat.pr_interval = max(0.10, sinus.pr_interval - rng.uniform(0.02, 0.05))
    return beat


def _fusion(sinus: Heart, premature: Heart, rng: np.random.Generator) -> Heart:
    """Excited by the focus in the ventricle and, up to 0.05 s later, by the sinus node.

    Each source is of whichever reaches it first.
    """
    head_start = rng.uniform(0.01, 0.05)
    beat = sinus.copy()
    arrival = sinus.activation + head_start
    by_focus = premature.activation < arrival
    beat.activation = np.minimum(premature.activation, arrival)
    beat.width = np.where(by_focus, premature.width, sinus.width)
    beat.force = np.where(by_focus[:, np.newaxis], premature.force, sinus.force)
    keep_gradient(beat, sinus)
    beat.pr_interval = sinus.pr_interval - head_start
    beat.qt_interval = (sinus.qt_interval + premature.qt_interval) / 2
    return beat
