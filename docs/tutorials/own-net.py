# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Your net in ten lines
#
# You have a trained net and a way of explaining it. **Is what the explanation shows what the net
# goes by?** After fifteen minutes you will have your net wrapped, checked, and its explanations
# scored beside controls that need no net, and one recording with its explanation on ECG paper.
#
# All that has to be there is what `make demo` of the README installed. Every cell below is run
# whenever this site is built.

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
# ## What you bring
#
# Any torch module. This one reads 12 leads of 10 s at 100 Hz and has a logit for each of two
# classes.

# %%
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv1d(12, 16, 15, stride=2), nn.ReLU()),
            *(nn.Conv1d(16, 32, 15, stride=2), nn.ReLU()),
        )
        self.head = nn.Linear(32, 2)

    def forward(self, z):  # (record, lead, time)
        return self.head(self.body(z).mean(dim=2))


# %% [markdown]
# Yours is trained. This one learns here, in some seconds, from synthetic recordings: healthy ones,
# and ones with an infarct. With a net of your own, load its weights instead.

# %%
import torch

import xai_bench as xb


def zscore(mv):
    return (mv - mv.mean(-1, keepdim=True)) / mv.std(-1, keepdim=True)


training = xb.load_data(
    "synthetic", split="train", n=400, task="norm_vs_mi"
)
z = zscore(torch.from_numpy(training.signal))
is_infarct = torch.tensor(
    [int("MI" in labels) for labels in training.labels]
)

torch.manual_seed(0)
net = Net()
optimiser = torch.optim.Adam(net.parameters(), lr=0.003)
for _ in range(10):
    for batch in torch.randperm(len(z)).split(32):
        loss = nn.functional.cross_entropy(net(z[batch]), is_infarct[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

# %% [markdown]
# The recordings to explain are arrays: millivolt (record, lead, time), a class each, and whose
# they are. Here they are synthetic again, of patients that the net has not seen.

# %%
unseen = xb.load_data("synthetic", n=80, task="norm_vs_mi")
signal_mv, patients = unseen.signal, unseen.patient_id
classes = ["MI" if "MI" in labels else "NORM" for labels in unseen.labels]
signal_mv.shape

# %% [markdown]
# A method of yours is a function from the normalised recordings to maps of their shape. This one
# is the gradient times the input; `xai-bench ls methods` lists those that are built in.

# %%


def my_method(model, z, target):
    z = z.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model.log_odds(z, target).sum(), z)
    return z * gradient


# %% [markdown]
# ## The ten lines

# %%
recordings = xb.recordings(
    signal_mv, rate_hz=100, labels=classes, patient_id=patients
)
model = xb.wrap(
    net,
    classes=["NORM", "MI"],
    rate_hz=100,
    seconds=10,
    normalise="zscore",
    name="mine",
)
checked = xb.check(model=model, data=recordings)
done = xb.run(
    model,
    ["ig-16", "saliency", my_method],
    data=recordings,
    n=10,
    out="runs",
)
explained = xb.explain(model, recordings[[1]], "ig-16", out="mine.png")

# %% tags=["hide-input"]
# The page keeps a smaller copy of the picture.
from PIL import Image as Picture

with Picture.open("mine.png") as picture:
    small = picture.convert("RGB").resize(
        (1500, round(1500 * picture.height / picture.width))
    )
small.quantize(64).save("mine.png")

# %% [markdown]
# ## Is the net fit to be explained?
#
# `check` asks what scores take for granted: that the net answers the same twice, that a
# recording's
# answer does not depend on its company, that gradients reach the input, that it classifies at all.

# %%
pd.DataFrame(checked.findings).query("status != 'not asked'").set_index(
    "name"
)

# %%
for problem in checked.problems:
    print(f"to be mended: {problem.name}: {problem.text}")
if not checked.problems:
    print("Nothing has to be mended.")

# %% [markdown]
# `not asked` is left out: there is no GPU here, and this net writes no explanation of its own.
#
# ## Is the explanation better than nothing?
#
# Each number is a mean over the recordings that were scored. *random* is noise, *amplitude* is the
# size of the signal: neither has seen a net.

# %%
board = done.leaderboard.query(
    "family != 'runtime' and status == 'ok' and method != 'oracle'"
)
arrows = board["direction"].map({"higher": "↑", "lower": "↓"})
board.assign(metric=board["metric"] + " " + arrows).pivot(
    index=["family", "metric"], columns="method", values="mean"
)

# %%
scored = board.query(
    "method == 'ig-16' and metric == 'insertion_log_odds'"
).iloc[0]
print(
    f"Put back into an empty recording, most important samples first, ig-16's choice brings "
    f"log-odds of {scored['mean']:.1f} on average "
    f"[{scored.ci_low:.1f}, {scored.ci_high:.1f}] (95 %, n = {scored.n} recordings)."
)
amplitude = board.query(
    "method == 'amplitude' and metric == 'insertion_log_odds'"
).iloc[0]
print(
    f"The largest samples, for which no net is needed, bring {amplitude['mean']:.1f}."
)

# %% [markdown]
# `not_better_than` names the controls that a method is not shown to be better than: it is the ° of
# printed tables. `flags` names what a metric was found not to tell apart, the †. Read the lines
# without flags first.

# %%
of_mine = board.query("method == 'my_method'").set_index("metric")
of_mine[["mean", "ci_low", "ci_high", "n", "not_better_than", "flags"]]

# %% [markdown]
# What was asked for and has no answer is listed with the reason: nobody knows where the
# pathology is in an array from outside.

# %%
skipped = done.leaderboard.query("status != 'ok'")
skipped[["method", "metric", "status", "reason"]].drop_duplicates(
    "reason"
).set_index("method")

# %% [markdown]
# ## One recording

# %%
from IPython.display import Image

print(explained.title)
Image("mine.png")

# %% [markdown]
# Blue speaks against the class, orange for it.
#
# ## What the numbers do not say
#
# - They are of this net, these recordings and one training. Another seed may give another order of
#   methods; [a ranking is replicated](../replication/index.html) before it is believed.
# - Few recordings tell coarse differences only. Take `n=100`, or `n=None` for all.
# - A faithful map says what the net goes by. Whether that is medicine is another question, and
#   needs recordings whose [evidence is planted](../concepts/planted-evidence.html).
# - Not for diagnosis.
#
# ## Where to go next
#
# - [Is my saliency map better than nothing?](better-than-nothing.html): controls and pair tests.
# - [Which metric can I trust?](which-metric.html): what † means.
# - [PTB-XL from download to leaderboard](ptbxl.html): from arrays to a cohort.
