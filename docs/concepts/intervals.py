# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # What an interval covers
#
# `mean [low, high], n`: were other **patients** drawn, the mean would be another. The interval
# says how far, 95 times of 100. It is a bootstrap that draws patients, because two recordings of
# one patient are not two observations. Where a metric draws at random, each recording has draws
# of its own, so the interval is over draws too.
#
# It is of **one net**. Train again, and the net is another one; no number of patients knows that.
# Below, both are simulated: scores whose truth is known, and the package's own interval.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import pandas as pd

from xai_bench.report.figures.style import GREY, HIGH, LOW, open_axes

warnings.filterwarnings("ignore", message="IProgress not found")
pd.options.display.precision = 2
plt.rcParams |= {"figure.dpi": 120, "font.size": 9}

# %% tags=["hide-input"]
import numpy as np

from xai_bench.stats.bootstrap import statistic_interval

rng = np.random.default_rng(0)
PATIENTS, SETS, SHOWN, TRUTH = 16, 160, 40, 0.6


def one_set(mean):
    scores = mean + 0.15 * rng.standard_normal(PATIENTS)
    names = [str(number) for number in range(PATIENTS)]
    return (scores.mean(), *statistic_interval(scores, names, "mean"))


figure, panels = plt.subplots(
    1, 2, figsize=(8, 3.8), sharex=True, sharey=True, layout="constrained"
)
covered = {}
words = {
    "other patients, one training": 0.0,
    "other patients, other trainings": 0.08,
}
for axes, (title, between) in zip(panels, words.items(), strict=True):
    found = np.array(
        [
            one_set(TRUTH + between * rng.standard_normal())
            for _ in range(SETS)
        ]
    )
    holds = (found[:, 1] <= TRUTH) & (found[:, 2] >= TRUTH)
    covered[title] = holds.mean()
    for place, ((mean, low, high), inside) in enumerate(
        zip(found[:SHOWN], holds, strict=False)
    ):
        colour = GREY if inside else LOW
        axes.plot([low, high], [place, place], color=colour, lw=1.2)
        axes.plot(mean, place, "o" if inside else "D", color=colour, ms=3)
    axes.axvline(TRUTH, color=HIGH, lw=1)
    axes.set(title=title, xlabel="score", yticks=[])
    open_axes(axes)
panels[0].set_ylabel(f"{SHOWN} of {SETS} studies of {PATIENTS} patients")
plt.show()

# %% tags=["hide-input"]
for title, share in covered.items():
    print(
        f"{title}: {share:.0%} of {SETS} intervals hold the mean over patients and trainings"
    )

# %% [markdown]
# The blue line is the true mean; orange diamonds miss it. On the right each study trains a net
# of its
# own, and the intervals, which know one net each, miss more often.
#
# So: *of these patients*, yes; *of this net, this fold, this data set*, only. What is said of
# trainings here comes from [several seeds](../initialisations/index.html), and a ranking is held
# against [another fold and another training](../replication/index.html). An interval does not
# cover
# that a metric asks the wrong thing either.
#
# Two methods are told apart by their *paired* differences, not by whether two intervals overlap:
# [every pair](../tutorials/better-than-nothing.html#every-pair).
