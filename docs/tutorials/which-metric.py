# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Which metric can I trust?
#
# A metric is an instrument. **Does it say "better" where something is better?** In ten minutes you
# will have tried metrics on a net whose true explanation is known, read what the audit found of
# all
# of them, and checked a metric of your own.

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
# ## A net of which the truth is known
#
# `known-additive` is a sum of functions of single samples, so that what each sample adds to the
# log-odds is known. Its map is called `truth`. Spoil it, and a metric should notice.

# %%
import xai_bench as xb

net = xb.load_model("known-additive")
recordings = xb.load_data("synthetic", n=12, task="norm_vs_mi")
maps = ["truth", "truth@blurred", "truth@sign", "amplitude", "random"]
metrics = "insertion_log_odds,pixel_flipping,faithfulness_estimate,sparseness,clutter"
scores = {
    name: xb.score(net, recordings, name, metrics=metrics) for name in maps
}
means = {
    name: one.groupby("metric")["score"].mean()
    for name, one in scores.items()
}
pd.DataFrame(means)

# %% [markdown]
# A mean can hide much. The question is put recording by recording: of how many does the truth
# score
# better than the spoilt map?

# %%
BETTER = {
    "insertion_log_odds": 1,
    "pixel_flipping": -1,
    "faithfulness_estimate": 1,
}
BETTER |= {"sparseness": 1, "clutter": -1}  # 1: higher is better


def share(spoilt):
    truth, other = (
        scores[name].pivot(
            index="record_id", columns="metric", values="score"
        )
        for name in ("truth", spoilt)
    )
    return {
        metric: (sign * (truth - other)[metric] > 0).mean()
        for metric, sign in BETTER.items()
    }


noticed = pd.DataFrame({spoilt: share(spoilt) for spoilt in maps[1:]})
noticed

# %% tags=["hide-input"]
for metric, row in noticed.iterrows():
    missed = [name for name, value in row.items() if value <= 0.5]
    tells = (
        f"does not prefer the truth to {', '.join(missed)}"
        if missed
        else "prefers the truth to all"
    )
    print(f"{metric}: {tells} (n = {len(recordings)} recordings)")

# %% [markdown]
# A metric that prefers something other than the truth is no measure of truth. It may still say
# what
# you want to know: how small, or how tidy, a map is.
#
# ## What the audit found
#
# The same was asked of every metric on several nets, with two maps of the same recording each
# time:
# the truth and something spoilt, a trained net's map and an untrained one's, a map and its
# reverse.
# `xai-bench audit metrics` makes the table; the committed one is behind each † and `flags`.

# %%
from pathlib import Path

trust = pd.read_csv(Path(xb.__file__).parents[1] / "metrics" / "trust.csv")
wanted = [
    "insertion_log_odds",
    "pixel_flipping",
    "sensitivity_n",
    "sparseness",
    "clutter",
    "mprt",
]
wanted += ["local_lipschitz", "relevance_mass"]
verdicts = trust.pivot(index="metric", columns="question", values="verdict")
questions = ["noise", "amplitude", "blurred", "shifted", "training", "sign"]
verdicts.loc[wanted, questions].fillna("not asked")

# %% tags=["hide-input"]
flagged = trust[trust["verdict"].isin(["does not tell", "reversed"])]
print(
    f"{flagged['metric'].nunique()} of {trust['metric'].nunique()} metrics are flagged for at "
    f"least one question (up to n = {trust['n'].max()} recordings a question)."
)
least = flagged.groupby("metric").size().sort_values(ascending=False)
print(
    "Flagged most often:",
    ", ".join(f"{name} ({count})" for name, count in least.head(4).items()),
)

# %% [markdown]
# - *tells*: the interval of the share lies above one half.
# - *reversed*: it lies below: the worse map scores better.
# - *does not tell*: half the time, as a coin would.
# - *by construction*: the answer follows from the definition, or all scores are tied.
#
# ## A metric of your own
#
# A metric is a function of a case. This one asks how much of the map is in lead V1.

# %%


@xb.metric(better="higher", family="complexity")
def share_of_v1(case):
    a = case.attribution.abs()  # (record, lead, time)
    return a[:, 6].sum(dim=1) / a.sum(dim=(1, 2))


checked = xb.check(metric=share_of_v1)
pd.DataFrame(checked.findings).set_index("name")

# %% [markdown]
# `check` runs in a second, and says what is to be mended. It says nothing of whether the metric is
# a good idea: score `truth`, `truth@blurred` and `random` with it, as above.
#
# ## What the numbers do not say
#
# - A metric that passes tells these maps apart on these nets. It need not do so on yours.
# - A flag is of one question. `mprt`, which compares maps of a trained and a random net, need not
#   prefer the truth; it is judged by what it is for.
# - Nothing here is corrected over questions; [the audit](../metric_audit/index.html) says how many
#   verdicts remain if it is.
#
# ## Where to go next
#
# - [Trusting metrics](../concepts/trusting-metrics.html): all verdicts of the core in a picture.
# - [Known nets](../concepts/known-nets.html)
# - [Is my saliency map better than nothing?](better-than-nothing.html)
