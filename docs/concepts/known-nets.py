# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Known nets
#
# Which explanation is right? Of a trained net nobody knows. So some nets are *built*, such that
# what
# each part of a recording adds to the log-odds is known: sums of functions of samples, products of
# regions, matched filters. Their `truth` is a map like any other, and methods and metrics can be
# held
# against it.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import pandas as pd

from xai_bench.report.figures.style import AGAINST, FOR, INK, open_axes

warnings.filterwarnings("ignore", message="IProgress not found")
pd.options.display.precision = 2
plt.rcParams |= {"figure.dpi": 120, "font.size": 9}

# %% tags=["hide-input"]
import numpy as np

import xai_bench as xb

net = xb.load_model("known-additive")
recordings = xb.load_data("synthetic", n=8, task="norm_vs_mi")
maps = {
    name: xb.attribute(net, recordings, name).values
    for name in ("truth", "ig-16", "saliency")
}
maps["amplitude"] = xb.attribute(net, recordings, "amplitude").values
seconds, lead = np.arange(300) / 100, 7
figure, panels = plt.subplots(
    5, 1, figsize=(8, 5), sharex=True, layout="constrained"
)
panels[0].plot(seconds, recordings.signal[1, lead, :300], color=INK, lw=1)
panels[0].set_ylabel("V2, mV", rotation=0, ha="right")
for axes, (name, values) in zip(panels[1:], maps.items(), strict=True):
    one = values[1, lead, :300] / np.abs(values[1, lead]).max()
    axes.fill_between(seconds, one.clip(min=0), color=FOR, lw=0, step="mid")
    axes.fill_between(
        seconds, one.clip(max=0), color=AGAINST, lw=0, step="mid"
    )
    axes.set_ylim(-1.1, 1.1)
    axes.set_ylabel(name, rotation=0, ha="right")
    axes.set_yticks([])
for axes in panels:
    open_axes(axes)
panels[-1].set_xlabel("s")
plt.show()

# %% tags=["hide-input"]
for name in ("ig-16", "saliency", "amplitude"):
    pairs = zip(maps[name], maps["truth"], strict=True)
    alike = [
        np.corrcoef(one.ravel(), truth.ravel())[0, 1]
        for one, truth in pairs
    ]
    print(
        f"{name}: correlation with the truth {np.mean(alike):.2f} (mean of n = {len(alike)})"
    )

# %% [markdown]
# Orange speaks for the class, blue against it; each map is scaled to its own maximum. The net is
# `known-additive`, a sum of one function of each sample, so the share of a sample is unique.
# Saliency is the gradient: how the answer would change, and not what a sample has added.
#
# "Known" has limits. In a product of regions no single sample has a share of its own, and the
# truth
# is then of regions or leads; how finer parts share is a convention, which the card names. And a
# method that is right about known nets need not be right about yours.
#
# Read on: [methods against the truth](../accuracy/index.html), [which metric can I
# trust?](../tutorials/which-metric.html)
