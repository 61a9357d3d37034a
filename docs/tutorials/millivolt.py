# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Stability in millivolt
#
# An electrode moves, the patient breathes, and the ECG is another one. **Does the explanation stay
# when the recording hardly changed?** In ten minutes you will have disturbed recordings in the
# unit
# in which disturbance happens, and seen how far explanations move, beside a floor.

# %% tags=["hide-input"]
# Files go into a folder of this page's own, which goes with it; one core; numbers of few digits.
import os
import tempfile
import warnings

import pandas as pd

folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
os.chdir(folder.name)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
warnings.filterwarnings("ignore", message="IProgress not found")
pd.options.display.precision = 2
pd.options.display.max_colwidth = None
pd.options.display.max_rows = 100

# %% [markdown]
# ## What is done to a recording
#
# Noise is added in millivolt, before anything is normalised, at a stated ratio of signal to noise
# (SNR). Here is white noise of the same three levels in one lead.

# %%
import matplotlib.pyplot as plt
import numpy as np

import xai_bench as xb

recordings = xb.load_data("synthetic", n=6, task="norm_vs_mi")
lead = recordings.signal[1, 1, :250]
power = recordings.signal[1, 1].var()
noise = np.random.default_rng(0).standard_normal(lead.shape)

# %% tags=["hide-input"]
plt.rcParams |= {"figure.dpi": 120, "font.size": 9}
figure, panels = plt.subplots(
    1, 3, figsize=(9, 2.2), sharey=True, layout="constrained"
)
for axes, snr in zip(panels, (30, 20, 10), strict=True):
    axes.plot(
        np.arange(250) / 100,
        lead + noise * np.sqrt(power / 10 ** (snr / 10)),
        lw=0.9,
        color="#111111",
    )
    axes.set(title=f"white noise, {snr} dB", xlabel="s")
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("lead II, mV")
plt.show()

# %% [markdown]
# ## Ask the question
#
# `compare` has five questions; `input` is this one. The disturbed recording is explained for the
# class that the clean one is explained for.

# %%
found = xb.compare(
    "fcn",
    "input-x-gradient,saliency,gradcam,amplitude",
    questions="input",
    data=recordings,
    n=6,
)
table = found.table[found.table["given"] == "all"]
table = table[
    [
        "condition",
        "level",
        "method",
        "measure",
        "value",
        "ci_low",
        "ci_high",
        "n",
    ]
]
len(table)

# %% [markdown]
# First of all: did the net itself change its mind?

# %%
noises = ["white noise", "muscle", "baseline wander", "electrode motion"]
of_net = table[
    (table["measure"] == "log-odds change")
    & table["condition"].isin(noises)
]
of_net = of_net.assign(level=of_net["level"].map("{:.0f} dB".format))
of_net.pivot(index="condition", columns="level", values="value").round(2)

# %% [markdown]
# That is in log-odds, the mean size of the change. Where the net's answer moves, an explanation
# that follows is right to move.
#
# ## How alike are explanations?
#
# Spearman's correlation with the map of the clean recording, at 20 dB and under other changes:

# %%
alike = table[table["measure"] == "spearman"]
at_20 = alike[
    (alike["level"] == 20)
    | alike["condition"].isin(["lead swap", "another recording"])
]
at_20.pivot(index="condition", columns="method", values="value").round(2)

# %% tags=["hide-input"]
figure, panels = plt.subplots(
    1, 4, figsize=(9, 2.8), sharey=True, layout="constrained"
)
LOOK = {
    "input-x-gradient": ("#0072B2", "s"),
    "saliency": ("#009E73", "D"),
    "gradcam": ("#CC79A7", "^"),
}
LOOK["amplitude"] = ("#8a8a8a", "x")
for axes, noise_name in zip(panels, noises, strict=True):
    for name, (colour, marker) in LOOK.items():
        line = alike[
            (alike["condition"] == noise_name) & (alike["method"] == name)
        ]
        line = line.sort_values("level")
        ends = [
            line["value"] - line["ci_low"],
            line["ci_high"] - line["value"],
        ]
        axes.errorbar(
            line["level"], line["value"], ends,
            color=colour, marker=marker, ms=5, lw=1.2, elinewidth=0.8, label=name,
        )  # fmt: skip
    axes.set(
        title=noise_name,
        xlabel="SNR, dB",
        xticks=[10, 20, 30],
        xlim=(33, 7),
    )
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("Spearman, to the clean map")
handles = panels[0].get_legend_handles_labels()
figure.legend(*handles, loc="outside lower center", ncols=4, frameon=False)
plt.show()

# %% tags=["hide-input"]
floor = alike[alike["condition"] == "another recording"].set_index("method")
methods = at_20[
    (at_20["condition"] == "white noise") & (at_20["method"] != "amplitude")
]
methods = methods.set_index("method")
for name, one in methods.iterrows():
    print(
        f"{name}: {one.value:.2f} [{one.ci_low:.2f}, {one.ci_high:.2f}] under white noise of "
        f"20 dB; to another patient's map {floor.value[name]:.2f} "
        f"(n = {one.n} recordings, 95 % intervals)"
    )

# %% [markdown]
# Lines through the points are 95 % intervals over patients. The *floor* is the likeness to
# another patient's map. *amplitude* knows no net and stays alike too:
# **stability alone proves nothing**. A map that is always the same is perfectly stable.
#
# ## Why in millivolt?
#
# A net may read z-scores, or volts, or something filtered. Noise of 0.1 *units* would be a breath
# for one net and a storm for another. Noise of 20 dB in millivolt is the same for all, and goes
# through each net's own normalisation, as real noise does. See
# [the two spaces](../concepts/two-spaces.html).
#
# ## What the numbers do not say
#
# - Whether the stable map is the right one: that is faithfulness.
# - Whether nets of another seed explain alike: ask `questions="initialisations"`.
# - These are six recordings, so intervals are wide; [the study](../stability/index.html) has more,
#   with tests between methods.
#
# ## Where to go next
#
#     xai-bench compare --model imn,resnet1d --questions input,beats --n 32
#
# - [Is my saliency map better than nothing?](better-than-nothing.html)
# - [What an interval covers](../concepts/intervals.html)
