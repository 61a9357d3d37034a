"""How a training went: its loss step by step, and the AUROC by which an epoch was chosen."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xai_bench.report.figures.style import FOR, INK
from xai_bench.report.figures.write_figure import write_figure

__all__ = ["draw_curves"]

_PALE = "#bbbbbb"
_SMOOTHED = 25  # steps


def draw_curves(loss: Sequence[float], auroc: Sequence[float], *, best: int, title: str) -> bytes:
    """A PNG of two panels; the chosen epoch is marked.

    loss: of each step. auroc: on fold 9 after each epoch, of several data sets the mean. best: the
    chosen epoch, from 0.
    """
    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps = np.arange(1, len(loss) + 1)
    width = min(_SMOOTHED, len(loss))
    smooth = np.convolve(loss, np.full(width, 1 / width), mode="valid")
    left.plot(steps, loss, color=_PALE, linewidth=0.6)
    left.plot(steps[width - 1 :], smooth, color=INK, linewidth=1.4)
    left.set(xlabel="step", ylabel="loss", ylim=(0, 1.05 * np.quantile(loss, 0.99)))

    epochs = np.arange(1, len(auroc) + 1)
    right.plot(epochs, auroc, color=INK, marker="o", markersize=4, linewidth=1.4)
    right.plot(epochs[best], auroc[best], color=FOR, marker="o", markersize=9, zorder=0)
    right.annotate(
        f"{auroc[best]:.3f}, chosen",
        (float(epochs[best]), auroc[best]),
        xytext=(0, -14),
        textcoords="offset points",
        ha="center",
        color=FOR,
    )
    right.set(xlabel="epoch", ylabel="mean AUROC on fold 9")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.margins(x=0.2, y=0.3)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=10)
    content = io.BytesIO()
    write_figure(figure, content, format="png", dpi=80, metadata={"Software": None})
    return content.getvalue()
