# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Is my saliency map better than nothing?
#
# A heat map always shows something. **Would a map that never looked at the net have scored as
# well?** In ten minutes you will have three methods beside the controls that answer it, a test of
# every pair, and a picture to judge by.

# %% tags=["hide-input"]
# Files go into a folder of this page's own, which goes with it; one core; numbers of few digits.
import os
import subprocess
import sys
import tempfile
import warnings

import pandas as pd
from IPython.core.magic import register_cell_magic

folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
os.chdir(folder.name)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
warnings.filterwarnings("ignore", message="IProgress not found")
pd.options.display.precision = 2
pd.options.display.max_colwidth = None
pd.options.display.max_rows = 100


# Cells of the shell: `xai-bench` of this interpreter, and what is printed in one piece.
@register_cell_magic
def bash(line, cell):
    done = subprocess.run(
        ["bash", "-c", cell], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    print(done.stdout)


main = "from xai_bench.cli.main import main; main()"
shell = {"XAI_PYTHON": sys.executable, "XAI_MAIN": main, "COLUMNS": "76"}
shell["BASH_FUNC_xai-bench%%"] = (
    """() { "$XAI_PYTHON" -c "$XAI_MAIN" "$@"; }"""
)
os.environ |= shell

# %% [markdown]
# ## Four kinds of nothing
#
# | control | what it is | a method that is no better |
# | --- | --- | --- |
# | `random` | white noise | points anywhere |
# | `amplitude` | the size of the signal, \|z\| | may point at large deflections alone |
# | `slope` | how fast it changes, \|dz/dt\| | may point at QRS complexes |
# | `METHOD@untrained` | the same method, the same net before training | shows what was not learnt |
#
# `random` is scored beside every run; the others are named like methods.

# %% language="bash"
# untrained=ig-16@untrained,saliency@untrained,gradcam@untrained
# xai-bench run --model fcn --n 12 --metrics insertion_log_odds,pixel_flipping \
#     --method ig-16,saliency,gradcam,amplitude,slope,$untrained

# %% [markdown]
# A ° says: not shown to be better than `amplitude`, `slope` and its own `@untrained`. It is a test
# on the same recordings, corrected for the number of methods (Holm), and its interval has to stay
# clear of zero. A ° is no proof of worthlessness: with few recordings little is ever shown.
#
# ## Look at it

# %%
board = pd.read_csv("runs/leaderboard.csv").query(
    "family == 'faithfulness' and status == 'ok'"
)
board = board[board["method"] != "oracle"]
arrows = board["direction"].map({"higher": " ↑", "lower": " ↓"})
board.assign(metric=board["metric"] + arrows).pivot(
    index="method", columns="metric", values="mean"
)

# %% tags=["hide-input"]
import matplotlib.pyplot as plt

plt.rcParams |= {"figure.dpi": 120, "font.size": 9}
NOTHING = ["random", "slope", "amplitude"]
methods = [
    name
    for name in ("gradcam", "saliency", "ig-16")
    if name in set(board["method"])
]
rows = [*NOTHING, *(f"{name}@untrained" for name in methods), *methods]
figure, panels = plt.subplots(
    1, 2, figsize=(8, 3), sharey=True, layout="constrained"
)
words = {"insertion_log_odds": "insertion, log-odds: higher is better →"}
words["pixel_flipping"] = "← lower is better: pixel flipping, log-odds"
for axes, (metric, label) in zip(panels, words.items(), strict=True):
    of_metric = board[board["metric"] == metric].set_index("method")
    for place, name in enumerate(rows):
        one = of_metric.loc[name]
        colour = "#0072B2" if name in methods else "#8a8a8a"
        axes.plot([one.ci_low, one.ci_high], [place, place], color=colour)
        axes.plot(
            one["mean"],
            place,
            "o",
            color=colour,
            mfc=colour if name in methods else "white",
        )
    best = of_metric.loc[of_metric.index.isin(NOTHING), "mean"]
    line = best.max() if metric == "insertion_log_odds" else best.min()
    axes.axvline(line, color="#D55E00", ls=":")
    axes.set_xlabel(label)
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_yticks(range(len(rows)), rows)
figure.suptitle(
    "Blue: methods. Grey: controls. Dotted: the best control that has seen no net"
)
plt.show()

# %% tags=["hide-input"]
n = int(board["n"].max())
for name in methods:
    found = (
        board[board["method"] == name]
        .set_index("metric")["not_better_than"]
        .fillna("")
    )
    for metric, controls in found.items():
        what = (
            f"not shown to be better than {controls}"
            if controls
            else "better than all three"
        )
        print(f"{name} on {metric}: {what} (n = {n} recordings)")

# %% [markdown]
# Lines through the dots are 95 % intervals over patients. Read it from the dotted line. What
# ends to the right of it in the left panel, or to the left of it
# in the right one, has found more than the largest samples.
#
# ## Every pair
#
# Intervals that overlap may still be of methods that differ, because what a recording has in
# common
# cancels in pairs. `show --test` compares them pair by pair.

# %% language="bash"
# xai-bench show --test insertion_log_odds

# %% [markdown]
# ## What the numbers do not say
#
# - *Better than nothing* is a low bar: it says that something of the net is in the map, not that
#   the
#   map is complete, nor that two trainings would give the same one.
# - These are two metrics of faithfulness. Others ask other things, and
#   [not every metric can be trusted](which-metric.html).
# - One net, one fold, few recordings. Use `--n all`, and [replicate](../replication/index.html).
#
# ## Where to go next
#
# - [Floors and ceilings](../concepts/floors-and-ceilings.html): scores between a control and the
#   best
#   that is possible.
# - [Which metric can I trust?](which-metric.html)
# - [What an interval covers](../concepts/intervals.html)
