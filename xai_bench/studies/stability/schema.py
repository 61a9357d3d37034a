"""What the study consists of: questions, conditions, measures, and the columns of its tables."""

from __future__ import annotations

from xai_bench.data.electrode_noise import NOISES
from xai_bench.results.study_tables import Schema

__all__ = [
    "EVIDENCE",
    "FLOORS",
    "GIVEN",
    "NOISES",
    "PAIR_SEPARATOR",
    "PREDICTION",
    "PROTOCOL",
    "QUESTIONS",
    "SCHEMA",
    "SIMILARITIES",
    "WAVES_OF_A_BEAT",
]

QUESTIONS = {
    "input": "Does the explanation stay when the recording is disturbed?",
    "initialisations": "Do nets that differ in their seed alone explain alike?",
    "methods": "Do methods agree, and are they right where they agree?",
    "weights": "Does the explanation go when what the net learnt goes?",
    "beats": "Is a beat explained like the next one?",
}
"""Every question by its name, in the order in which they are asked."""

_COMPARED = {
    "question": "str",
    "model": "str",
    "method": "str",
    "against": "str",
    "condition": "str",
    "level": "float64",
    "measure": "str",
}

SCHEMA = Schema(
    stem="stability",
    keys=_COMPARED | {"given": "str"},
    more={"n_failed": "int64"},
    scores=_COMPARED
    | {
        "record_id": "str",
        "patient_id": "str",
        "score": "float64",
        "same_prediction": "bool",
        "reason": "str",
    },
    facts={
        "data": str,
        "n": int,
        "models": dict,
        "methods": list,
        "left_out": list,
        "skipped": list,
    },
    mend="make one: xai-bench compare",
)
"""Of the study's tables.

model: as it was asked for; in "initialisations" its seeds are told apart in `against`.
method: "" for measures of the prediction, and for what methods have in common.
against: what the attribution is compared with, where `condition` does not say it.
    initialisations  of scores "imn / imn-seed1": the two nets; of "untrained" the one net; of
                     estimates "" (same net, untrained) or the other model
    methods          the other method, each pair once, in the order in which they were asked for;
                     sizes are compared where one of the two maps has no signs
    weights          the group of layers that lost its weights last (cascade) or alone (independent)
    beats            "beat", or one of WAVES_OF_A_BEAT: which samples of the two beats are compared
condition: input           one of NOISES, "gain", "lead swap", "shift", "resampled",
                           "another recording"
           initialisations "same net", "another net", "untrained"
           methods         "pair", "consensus"
           weights         "cascade", "independent"
           beats           "next beat", "beat of another recording"
level: input    dB of NOISES, per cent of "gain", samples of "shift", Hz of "resampled"
       weights  share of the layers from the output on, up to and with the group
       otherwise NaN
given: one of GIVEN.
value, ci_low, ci_high: the mean over recordings, patients resampled, of "flipped" with the
    interval of `share_interval`; between nets, over nets as well, and no further than the measure
    can go. Random nets ("weights", "untrained") are another
    one for each recording.
n: recordings with a score; n_failed: those without one, and `reason` is the commonest reason.
score: NaN where it is not defined, with a reason.
same_prediction: whether both sides are of the same predicted class; true where there is but one.
"""

PROTOCOL = 2
"""Of the study, in its facts; tables of before have none. Since 2 each recording has random nets of
its own, and sizes are compared where one of two methods' maps has no signs."""

GIVEN = ("all", "same prediction")
"""Which recordings an estimate is of; the second only of similarities whose prediction may change,
and not where no recording kept its prediction."""

SIMILARITIES = ("spearman", "cosine", "top-10%", "ssim")
"""Measures of two attributions; 1 for equal ones."""

PREDICTION = ("log-odds change", "flipped")
"""Measures of the prediction, in "input": |difference| of the log-odds of the explained class, and
1 where the predicted class is another."""

EVIDENCE = ("consensus in evidence", "single in evidence", "chance")
"""Measures on planted evidence, in "methods": the share of it among the samples that every method
puts into its largest 10 %, among those of one method, and among all."""

WAVES_OF_A_BEAT = ("P", "QRS", "ST", "T")

PAIR_SEPARATOR = " / "
"""Between the names of two nets."""

FLOORS = {
    "input": "another recording",
    "initialisations": "untrained",
    "beats": "beat of another recording",
}
"""The condition of a question that shows what is similar without any stability."""
