# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # PTB-XL from download to leaderboard
#
# **How do I get from a public data set to a table for a paper?** In fifteen minutes you will know
# each command: fetch, check, run, go on, show, LaTeX. The cells run on a small folder of synthetic
# recordings in PTB-XL's layout, because the machine that builds this page has no network.

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
# ## Fetch
#
# Not run here:
#
#     xai-bench data fetch ptbxl --to ptb-xl               # 100 Hz; --rate 500 or both
#
# It goes on where it was interrupted, and checks every file by its sha256. In its place:

# %% language="bash"
# xai-bench data make synthetic ptb-xl --n 80
# ls ptb-xl

# %% [markdown]
# ## Check
#
# Every recording is read, and what cannot be used is named with the reason. Spoil one first:

# %% language="bash"
# record=$(find ptb-xl/records100 -name '*.dat' | sort | head -1)
# truncate --size 100 $record
# xai-bench data check ptb-xl || true

# %% [markdown]
# A run leaves such a recording out and says so; `--strict` makes it an error.
#
# ## Run
#
# The model brings its task: `fcn` tells NORM from MI, and only recordings with exactly one of the
# two are taken. `--split test` is PTB-XL's fold 10, and the default; `--fold 9,10` names folds. So
# small a folder has few recordings of one fold, so all are taken here.

# %% language="bash"
# xai-bench run --data ptb-xl --split all --model fcn --method ig-16,gradcam,amplitude \
#     --metrics insertion_log_odds,pixel_flipping --n 8 --out paper

# %% [markdown]
# **Labels of your own** come from a table, and replace those of the folder. A class may have any
# name; `patient_id` and `fold` may be left out.

# %%
import xai_bench as xb

few = xb.load_data("ptb-xl", n=4, split="all", task="norm_vs_mi")
labels = pd.DataFrame(
    {
        "record_id": few.record_id,
        "labels": ["+".join(one) for one in few.labels],
    }
)
labels.to_csv("labels.csv", index=False)
labels

# %% [markdown]
#     xai-bench run --data ptb-xl --labels labels.csv --split all ...
#     xai-bench run --data ptb-xl --model resnet1d-superclass ...    # five classes at once
#     xai-bench train models/imn --data ptb-xl --task norm_vs_cd --out mine
#
# ## Go on
#
# Each model with each method is a cell, kept when it is done. The same command goes on after an
# interruption or a `--time-limit`; a further method costs only itself.

# %% language="bash"
# xai-bench run --data ptb-xl --split all --model fcn --method ig-16,gradcam,amplitude,saliency \
#     --metrics insertion_log_odds,pixel_flipping --n 8 --out paper | tail -2

# %%
from pathlib import Path

cells = sorted(Path("paper").glob("**/scores.parquet"))
pd.Series(
    [cell.parent.relative_to("paper").as_posix() for cell in cells],
    name="cell",
).to_frame()

# %% [markdown]
# ## Show
#
# `show` prints the table again; `--sort METRIC` says by what. As LaTeX, for a paper:

# %% language="bash"
# xai-bench show paper --format latex > table.tex
# head -24 table.tex | cut -c 1-100

# %% [markdown]
# And the numbers themselves, with intervals:

# %%
board = pd.read_csv("paper/leaderboard.csv")
board = board.query("metric == 'insertion_log_odds' and status == 'ok'")
board = board.astype({"n": int}).fillna({"not_better_than": ""})
board.set_index("method")[
    ["mean", "ci_low", "ci_high", "n", "not_better_than"]
]

# %% tags=["hide-input"]
best = board.sort_values("mean").iloc[-1]
print(
    f"Highest on insertion: {best.method}, {best['mean']:.1f} "
    f"[{best.ci_low:.1f}, {best.ci_high:.1f}] (95 % over patients, n = {best.n} recordings)."
)

# %% [markdown]
# `xai-bench report paper` writes all of it as one page that opens from disk: tables to sort,
# recordings on ECG paper, every number to download.
#
# ## What the numbers do not say
#
# - These recordings are synthetic; nothing here is a result about PTB-XL. Real ones are in
#   [the studies](../real/index.html).
# - The models were trained by us, on recordings of no patient; how well they do on real ones is
#   [measured](../models/index.html). A model that tells the classes apart too badly is marked
#   `unreliable`, and never leads.
# - In real recordings nobody knows where the evidence is: localisation has no score. To have both,
#   [plant findings](../concepts/planted-evidence.html): `--data planted:ptb-xl`.
#
# ## Where to go next
#
# - [On a GPU, on a cluster](gpu-cluster.html): all of fold 10.
# - [Is my saliency map better than nothing?](better-than-nothing.html)
