"""The source: recordings of real hearts, and the same with a finding planted into their beats."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import NamedTuple, final

import numpy as np

from xai_bench.data.planted.backgrounds import Backgrounds
from xai_bench.data.planted.one_background import background, waves_remark
from xai_bench.data.planted.sick_heart import sick_heart
from xai_bench.data.second_opinion import second_reader
from xai_bench.data.source import Index, Record, Source, about
from xai_bench.data.synthetic.cohort import FINDINGS, Difficulty, draw_cohort
from xai_bench.data.synthetic.pathology import draw_severity
from xai_bench.errors import RecordingError
from xai_bench.randomness import seed_for

__all__ = ["PlantedSource"]

_VERSION = 2  # a change that moves any sample is another version
_DIFFICULTY = Difficulty()
_NORMAL = frozenset({"NORM"})
_SUPERCLASS = {name: superclass for superclass, names in FINDINGS.items() for name in names}


class _Row(NamedTuple):
    background: int
    planted: tuple[str, ...]


@final
class PlantedSource(Source):
    """Each background as it is, and with findings planted; made as they are read.

    The healthy twin is the background, untouched; a finding is what a heart fitted to the
    background's own beats would show more, were it sick, through a lead field fitted to them.
    Evidence is where the two differ by more than `EVIDENCE_MILLIVOLT`. A background that cannot be
    planted is left out whole, with the reason. Not for clinical conclusions: what a severity means
    was invented.
    """

    has_evidence = True

    def __init__(
        self,
        backgrounds: Backgrounds,
        *,
        all_findings: bool,
        is_checked: bool = True,
        seed: int = 0,
    ) -> None:
        """all_findings: the background and every finding of `cohort.FINDINGS`, each in a recording
        of its own; or else one recording of each background, healthy or with what the synthetic
        cohort has in the same row.
        is_checked: whether a second reader, where one is installed, must find the same waves.
        """
        self.name = f"planted-{backgrounds.name}"
        self.rate_hz = backgrounds.rate_hz
        self.samples = backgrounds.samples
        self._backgrounds = backgrounds
        self._all_findings = all_findings
        self._reader = second_reader() if is_checked else None
        self._seed = seed

    @cached_property
    def _rows(self) -> tuple[_Row, ...]:
        count = len(self._backgrounds.index)
        if self._all_findings:
            each = ((), *((finding,) for finding in _SUPERCLASS))
            return tuple(_Row(row, planted) for row in range(count) for planted in each)
        cohort = draw_cohort(self._seed, count, _DIFFICULTY)
        return tuple(_Row(row, planted) for row, planted in enumerate(cohort.planted))

    @cached_property
    def index(self) -> Index:
        known, rows = self._backgrounds.index, self._rows
        of = [row.background for row in rows]
        return Index(
            record_id=tuple("+".join((known.record_id[k], *planted)) for k, planted in rows),
            patient_id=tuple(known.patient_id[k] for k in of),
            labels=tuple(
                frozenset(_SUPERCLASS[finding] for finding in planted) or _NORMAL
                for _, planted in rows
            ),
            fold=None if known.fold is None else known.fold[of],
            age=None if known.age is None else known.age[of],
            sex=None if known.sex is None else tuple(known.sex[k] for k in of),
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        said = waves_remark(is_checked=self._reader is not None)
        return (*self._backgrounds.remarks, said)

    def fingerprint(self) -> str:
        """sha256 over the version, the backgrounds, the second reader and the seed."""
        parameters = (
            *("planted", _VERSION, self._backgrounds.fingerprint()),
            *(self._all_findings, self._reader, self._seed),
        )
        return hashlib.sha256(repr(parameters).encode()).hexdigest()

    def read(self, row: int) -> Record:
        """The recording, its healthy twin, evidence and waves; the same bits in any order."""
        record_id, (which, planted) = self.index.record_id[row], self._rows[row]
        microvolt = self._backgrounds.microvolt(which)
        with about(record_id):
            found = background(microvolt, self.rate_hz, is_checked=self._reader is not None)
            heart = found.fitted.heart
            for finding in planted:
                if finding == "AVB1" and heart.p_duration == 0.0:
                    raise RecordingError("no P wave is found, and AVB1 delays one")
                rng = np.random.default_rng(seed_for(self._seed, record_id, finding))
                heart = sick_heart(heart, finding, draw_severity(rng, _DIFFICULTY.mildest), rng)
            return found.record(found.difference(heart), heart if planted else None)
