# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Trusting metrics
#
# A metric gives a number to any map. Whether a better number is a better map was asked of each
# metric, with **two maps of the same recording** of which one is known to be worse: the truth of a
# [known net](known-nets.html) and noise, |z|, or itself spoilt; the map of a trained net and of an
# untrained one; a map and its reverse.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import pandas as pd

from xai_bench.report.figures.style import GREY, HIGH, LOW

warnings.filterwarnings("ignore", message="IProgress not found")
pd.options.display.precision = 2
plt.rcParams |= {"figure.dpi": 120, "font.size": 9}

# %% tags=["hide-input"]
from xai_bench.zoo import QUESTIONS, TRUST, Zoo

zoo = Zoo()
trust = pd.read_csv(zoo.files(TRUST)[0])
core = [one for one in zoo.metrics("core") if one.family != "runtime"]
asked = [name for name in QUESTIONS if name in set(trust["question"])]
verdicts = trust.pivot(index="metric", columns="question", values="verdict")
verdicts = verdicts.reindex([one.name for one in core])[asked]
LOOK = {
    "tells": ("s", HIGH, "tells"),
    "reversed": ("X", LOW, "reversed: the worse map scores better"),
}
LOOK["does not tell"] = ("x", LOW, "does not tell")
LOOK["too few recordings"] = ("s", "none", "too few recordings")

figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
for verdict, (marker, colour, label) in LOOK.items():
    rows, columns = (verdicts == verdict).to_numpy().nonzero()
    edge = HIGH if colour == "none" else colour
    if marker == "x":
        axes.scatter(
            columns, rows, marker=marker, s=55, c=colour, label=label
        )
    else:
        axes.scatter(
            columns,
            rows,
            marker=marker,
            s=70,
            fc=colour,
            ec=edge,
            label=label,
        )
settled = ~verdicts.isin(list(LOOK))
rows, columns = settled.to_numpy().nonzero()
axes.scatter(
    columns,
    rows,
    marker="_",
    s=40,
    c=GREY,
    label="by construction, or not asked",
)
axes.set_xticks(range(len(asked)), asked, rotation=35, ha="right")
axes.set_yticks(range(len(core)), [one.label for one in core])
axes.invert_yaxis()
axes.spines[:].set_visible(False)
axes.tick_params(length=0)
figure.legend(loc="outside upper center", ncols=3, frameon=False)
plt.show()

# %% tags=["hide-input"]
flagged = verdicts.isin(["reversed", "does not tell"]).any(axis=1)
print(
    f"{(~flagged).sum()} of these {len(flagged)} metrics have no flag; "
    f"n is up to {trust['n'].max()} recordings a question."
)

# %% [markdown]
# Metrics with an orange mark bear a **†** in tables, and the column `flags` says for what. A
# mark is not a ban: complexity is not meant to prefer the truth, and a map that ignores the
# recording passes every metric of stability.
#
# *too few recordings* is no verdict: the interval holds both answers. Verdicts are by intervals,
# one
# by one. They are of these nets and recordings; [asked of real
# recordings](../real/metric_audit/index.html)
# most are the same.
#
# Try it: [which metric can I trust?](../tutorials/which-metric.html)
