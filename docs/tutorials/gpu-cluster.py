# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # On a GPU, on a cluster
#
# **How do I score a cohort before Friday?** In ten minutes you will know what a run costs, how to
# share it out, and that it can be interrupted. What needs a GPU, a cluster or an object store is
# shown as a command and **was not run here**; the cells run on a CPU.

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
# ## What does it cost?
#
# Costs are metrics too, and of the method alone: passes through the net, seconds a recording.

# %%
import xai_bench as xb

recordings = xb.load_data("synthetic", n=4, task="norm_vs_mi")
done = xb.run(
    "fcn", "saliency,ig-16,gradcam", data=recordings, n=4, out="costs",
    metrics="forward_passes,backward_passes,seconds_p50",
)  # fmt: skip
costs = done.leaderboard.query(
    "status == 'ok' and method not in ['oracle', 'random', 'amplitude']"
)
costs.pivot(index="method", columns="metric", values="mean")

# %% [markdown]
# Seconds times recordings times models: that is what explaining costs. Scoring costs more, by
# metric; a run says how long it will take when it has seen the first recordings.
#
# ## More processes, the same scores
#
# Recordings are shared out. Every draw is seeded by the recording and not by its place in a queue,
# so that scores do not depend on who does the work, to the last bit.

# %%
boards = {}
for workers in (1, 2):
    boards[workers] = xb.run(
        "fcn", "saliency,gradcam", data=recordings, n=4, metrics="sensitivity_n,sparseness",
        workers=workers, out=f"by-{workers}",
    ).leaderboard.set_index(["method", "metric"])["mean"]  # fmt: skip
print("same to the last bit:", boards[1].equals(boards[2]))

# %% [markdown]
# ## Interrupted
#
# A cell is written whole or not at all, and shards of what was scored are kept. The same command
# goes on. Here the run has a second, and is then asked again.

# %%
command = {
    "model": "fcn",
    "method": "saliency,gradcam",
    "data": recordings,
    "n": 4,
}
command |= {"metrics": "sensitivity_n,sparseness", "out": "night"}
try:
    xb.run(**command, time_limit=1)
except Exception as stopped:
    print(stopped)

# %%
again = xb.run(**command)
print(
    "after going on, the same scores:",
    again.leaderboard.set_index(["method", "metric"])["mean"].equals(
        boards[1]
    ),
)
print(
    f"asked a third time, {xb.run(**command).reused} of {len(again.cells)} cells are there already"
)

# %% [markdown]
# ## A GPU
#
# Not run here:
#
#     xai-bench run --data ptb-xl --n all                            # takes CUDA where there is one
#     xai-bench run --data ptb-xl --n all --device cuda:1            # or this one
#     xai-bench run --data ptb-xl --n all --precision tf32           # faster and coarser
#     make gpu GPU_PYTHON=python3                                    # tests and speed on yours
#
# How many recordings go through in one pass is measured; `--rows` says it. `float32` means float32
# unless you say otherwise.
#
# ## A cluster
#
# Not run here; Ray is an extra, in the same version on every node:
#
#     pip install 'xai-bench[ray]'
#     RAY_ADDRESS=head:6379 xai-bench run --data ptb-xl --n all --executor ray
#
# A node that dies costs what it had in hand. Without Ray, several processes may write into one
# folder: start the same command again, and it takes cells that no other is at. On a scheduler,
# give each job less time than its limit, and queue it again:
#
#     xai-bench run --data ptb-xl --n all --workers 8 --time-limit 8h
#
# ## An object store
#
# Not run here:
#
#     pip install 'xai-bench[s3]'
#     xai-bench run --data s3://bucket/ptb-xl --out s3://bucket/run --n all
#
# ## What the numbers do not say
#
# - Seconds are of the machine that measured them, and are never compared between machines; passes
#   are the same everywhere.
# - The scores are the same for any number of workers, not for any device: CUDA adds up in another
#   order.
#
# ## Where to go next
#
# - [Beyond one machine](../scaling.html): measured costs, scaling and memory.
# - [PTB-XL from download to leaderboard](ptbxl.html)
