# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # The two spaces
#
# A recording is in **millivolt**. A net reads **z**, what its normalisation makes of it: here each
# lead minus its mean, over its standard deviation. Questions are asked where they make sense.
#
# *Stability* is asked in millivolt, before normalisation: that is where electrodes move, and there
# noise of 20 dB is the same for every net. *Faithfulness* is asked in z, with the normalisation
# **frozen** from the clean recording.

# %% tags=["hide-input"]
import warnings

import matplotlib.pyplot as plt
import pandas as pd

from xai_bench.report.figures.style import FOR, HIGH, INK, LOW, open_axes

warnings.filterwarnings("ignore", message="IProgress not found")
pd.options.display.precision = 2
plt.rcParams |= {"figure.dpi": 120, "font.size": 9}

# %% tags=["hide-input"]
import numpy as np

import xai_bench as xb


def zscored(mv):
    return (mv - mv.mean()) / mv.std()


mv = (
    xb.load_data("synthetic", n=2, task="norm_vs_mi")
    .signal[1, 7]
    .astype(float)
)
gap = slice(140, 260)
noise = (
    np.random.default_rng(1).standard_normal(mv.shape)
    * mv.std()
    / np.sqrt(10)
)
z = zscored(mv)
frozen = z.copy()
frozen[gap] = 0
emptied = mv.copy()
emptied[gap] = mv.mean()
anew = zscored(emptied)

seconds = np.arange(400) / 100
figure, (above, below, last) = plt.subplots(
    3, 1, figsize=(8, 5.4), sharex=True, layout="constrained"
)
above.plot(
    seconds,
    (mv + noise)[:400],
    color=FOR,
    lw=0.8,
    label="with white noise of 10 dB",
)
above.plot(seconds, mv[:400], color=INK, lw=1, label="V2 as recorded")
above.set(
    ylabel="millivolt",
    title="Stability: disturbed in millivolt, then normalised",
)
below.axvspan(gap.start / 100, gap.stop / 100, color="#eeeeee")
below.plot(seconds, frozen[:400], color=INK, lw=1)
last.axvspan(gap.start / 100, gap.stop / 100, color="#eeeeee")
last.plot(
    seconds,
    (anew - z)[:400],
    color=LOW,
    lw=1.4,
    label="normalised anew: all else moves",
)
last.plot(
    seconds,
    (frozen - z)[:400],
    color=HIGH,
    lw=1,
    ls="--",
    label="frozen: only the gap does",
)
last.set(ylabel="change of z\n(cut at 1.2)", xlabel="s")
below.set(
    ylabel="z",
    title="Faithfulness: a window removed in z, normalisation frozen",
)
for axes in (above, below, last):
    axes.margins(y=0.25)
    open_axes(axes)
above.legend(frameon=False, loc="lower right", ncols=2)
last.legend(frameon=False, loc="upper left")
last.set_ylim(-1.2, 1.2)
plt.show()

# %% tags=["hide-input"]
outside = np.ones(len(z), bool)
outside[gap] = False
moved = np.abs(anew - z)[outside].max()
print(
    f"Normalised anew, samples outside the gap move by up to {moved:.1f} standard deviations, "
    "though nobody touched them."
)

# %% [markdown]
# Were z computed anew after every removal, the net's answer would change because of samples that
# were not removed, and the map would be blamed for it.
#
# The normalisation is part of the model's card; for a net of yours it is what
# [`wrap`](../tutorials/own-net.html) is told. See [stability in
# millivolt](../tutorials/millivolt.html).
