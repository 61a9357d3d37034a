# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Floors and ceilings
#
# A score alone says little. What would a map get that knows nothing? What is the most that can
# be had? **Controls** are maps that are scored like methods, and answer that.
#
# The *floor* is what needs no trained net: noise, the size or the slope of the signal, the
# method on
# the net before training. The *ceiling* is the best possible map, where it is known: the planted
# evidence for localisation, the truth of a known net for faithfulness.
#
# The **skill** is the place between noise and ceiling:
# (score - random) / (ceiling - random); 0 is noise, 1 the best there is.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import pandas as pd

from xai_bench.report.figures.style import GREY, HIGH, LOW, open_axes

warnings.filterwarnings("ignore", message="IProgress not found")
pd.options.display.precision = 2
plt.rcParams |= {"figure.dpi": 120, "font.size": 9}

# %% tags=["hide-input"]
from pathlib import Path

import xai_bench as xb

board = pd.read_csv(
    Path(xb.__file__).parents[1] / "runs" / "leaderboard.csv"
)
of_imn = board[
    (board["model"] == "imn") & (board["metric"] == "relevance_mass")
]
# A run of your own may stand there too; the reference run has the most rows.
reference = of_imn["protocol"] == of_imn["protocol"].mode()[0]
of_imn = of_imn[reference & (of_imn["status"] == "ok")].set_index("method")
methods = ["gradcam", "saliency", "native", "input-x-gradient", "ig-16"]
controls = [
    "random",
    "amplitude",
    "slope",
    "ig-16@untrained",
    "oracle-twin",
    "oracle",
]
rows = [*controls[:4], *methods, *controls[4:]]

figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
for place, name in enumerate(rows):
    one = of_imn.loc[name]
    colour = GREY if name in controls else HIGH
    axes.plot(
        [one.ci_low, one.ci_high], [place, place], color=colour, lw=1.4
    )
    axes.plot(
        one["mean"],
        place,
        "o",
        color=colour,
        mfc="white" if name in controls else colour,
    )
floor, ceiling = of_imn.loc["random", "mean"], of_imn.loc["oracle", "mean"]
span = ceiling - floor
axes.axvline(floor, color=LOW, ls=":", lw=1)
axes.axvline(ceiling, color=LOW, ls=":", lw=1)
axes.set_yticks(range(len(rows)), rows)
axes.set_xlabel(
    "relevance mass: share of the map that lies on planted evidence"
)
skill = axes.secondary_xaxis(
    "top",
    functions=(
        lambda x: (x - floor) / span,
        lambda skill: floor + skill * span,
    ),
)
skill.set_xlabel("skill: 0 is noise, 1 the ceiling")
open_axes(axes)
plt.show()

# %% tags=["hide-input"]
best = of_imn.loc[methods].sort_values("mean").iloc[-1]
slope = of_imn.loc["slope"]
print(
    f"Of imn's methods {best.name} has the highest mean, {best['mean']:.2f} "
    f"[{best.ci_low:.2f}, {best.ci_high:.2f}], a skill of {best.skill:.2f} (n = {best.n} "
    f"recordings that the net detects). slope, which has seen no net, has {slope['mean']:.2f} "
    f"[{slope.ci_low:.2f}, {slope.ci_high:.2f}]."
)

# %% [markdown]
# Blue are methods, grey are controls; lines are 95 % intervals over patients. A method that is not
# shown to be better than the floor bears a ° in tables.
#
# The evidence is no ceiling of faithfulness: a net need not use all the evidence there is. Where
# no
# ceiling is known, tables show the place between the floor and the best method.
#
# Try it: [is my saliency map better than nothing?](../tutorials/better-than-nothing.html)
