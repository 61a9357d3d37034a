# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Planted evidence
#
# To ask whether an explanation points at the disease, one must know where the disease is. In
# synthetic recordings it is **planted**: the same patient is made twice, with the same beats and
# the
# same noise, once ill and once as their **healthy twin**. The difference is the disease, in
# millivolt, sample by sample and lead by lead. The **evidence** is where the two differ by more
# than
# 0.1 mV.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import pandas as pd

from xai_bench.report.figures.style import HIGH, INK, open_axes

warnings.filterwarnings("ignore", message="IProgress not found")
pd.options.display.precision = 2
plt.rcParams |= {"figure.dpi": 120, "font.size": 9}

# %% tags=["hide-input"]
import numpy as np

import xai_bench as xb

recordings = xb.load_data("synthetic", n=16, task="norm_vs_mi")
row = int(recordings.evidence.sum(axis=(1, 2)).argmax())
ill = recordings.signal[row]
healthy = ill - recordings.difference[row]
evidence = recordings.evidence[row]
# The lead with the most evidence, one with some, and the one with the least.
order = evidence.sum(axis=1).argsort()
seconds = np.arange(250) / 100
figure, panels = plt.subplots(
    3, 1, figsize=(8, 4.6), sharex=True, layout="constrained"
)
for axes, lead in zip(panels, (order[-1], order[6], order[0]), strict=True):
    low, high = (
        min(ill[lead].min(), healthy[lead].min()),
        max(ill[lead].max(), healthy[lead].max()),
    )
    axes.fill_between(
        seconds,
        low,
        high,
        where=evidence[lead, :250],
        color="#f6d9c8",
        lw=0,
        step="mid",
        label="evidence",
    )
    axes.plot(
        seconds,
        healthy[lead, :250],
        color=HIGH,
        lw=1,
        ls="--",
        label="healthy twin",
    )
    axes.plot(
        seconds, ill[lead, :250], color=INK, lw=1, label="recording (MI)"
    )
    axes.set_ylabel(f"{recordings.leads[lead]}, mV")
    open_axes(axes)
panels[0].legend(
    frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1, 1)
)
panels[-1].set_xlabel("s")
plt.show()

# %% tags=["hide-input"]
of_ill = recordings.evidence.any(axis=(1, 2))
shares = recordings.evidence[of_ill].mean(axis=(1, 2))
print(
    f"Of the {of_ill.sum()} recordings with an infarct among {len(recordings)}, evidence is "
    f"{shares.min():.0%} to {shares.max():.0%} of all samples, {shares.mean():.0%} on average."
)

# %% [markdown]
# *Localisation* metrics ask how much of a map lies on the evidence. The control `oracle` is the
# evidence itself, their ceiling.
#
# What it does not say: that a net must use this evidence. A net may go by one lead of many, or
# by a
# shortcut, and a faithful map then points there. So localisation is averaged over recordings that
# the net detects, and [faithfulness](../tutorials/better-than-nothing.html) is asked apart.
#
# Findings can also be planted into *real* normal recordings: `--data planted:FOLDER`. Synthetic
# hearts were invented and are not validated; [how like real ones they are](../realism/index.html)
# was measured.
