"""What a probe measures, and the columns of its table."""

from __future__ import annotations

from xai_bench.results.study_tables import Schema

__all__ = ["MEASURES", "SCHEMA"]

MEASURES = {
    "r2": "share of the concept's variance that a linear probe of the features predicts, in "
    "patients that it was not fitted to: 1 - sum of squared errors over that of the mean of the "
    "recordings it was fitted to",
    "r2_untrained": "the same of the net before training, mean of five draws of its weights: what "
    "a layer of this form passes on without having learnt anything",
    "gain": "r2 less r2_untrained, of the same recordings",
    "auroc": "of a concept of two values: how well the probe ranks them",
    "sensitivity": "mean change of the log-odds, to first order, if the features change as they do "
    "with one standard deviation of the concept",
    "tcav": "share of recordings whose log-odds grow in that direction (TCAV)",
}
"""By name, in the order of tables."""

SCHEMA = Schema(
    stem="probe",
    keys={"model": "str", "layer": "str", "concept": "str", "measure": "str"},
    more={"p": "float64", "p_holm": "float64"},
    facts={"data": str, "n": int, "models": dict, "left_out": list, "target": str},
    mend="make one: xai-bench probe",
)
"""value, ci_low, ci_high: of recordings, patients resampled; n: recordings whose concept is known,
of the last two measures all that are explained. p: of sensitivity, against random concepts, and
p_holm over all models and concepts of the table."""
