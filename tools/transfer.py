"""What the models' pages say of real recordings: from models/ptbxl.csv and ptbxl_log_odds.csv."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.stats import binomtest

from tools.real_recordings import LOG_ODDS, MEAN, NORM_VS_MI, TABLE, contrast
from xai_bench.cards import ModelCard
from xai_bench.report.markdown import markdown_table
from xai_bench.report.table import Cell, Row, Table, columns, text_row
from xai_bench.stats import auroc, auroc_difference_interval
from xai_bench.tasks import SUPERCLASSES

__all__ = ["PAIRS", "Transfer", "interval_text"]

PAIRS = (("imn", "resnet1d"), ("imn", "ecgresnet-relu"))
"""Nets whose AUROC is compared recording by recording."""

_SEEDED = re.compile(r"(.+)-seed\d+")
_UNKNOWN = "–"


def interval_text(row: pd.Series[Any]) -> str:
    """Such as 0.924 [0.818, 0.991]."""
    return f"{row['auroc']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transfer:
    """Scores of models on real recordings, each of the weights that its card names now.

    Numbers of weights that have changed since are not shown, and `outdated` names their models.
    """

    cards: Mapping[str, ModelCard]
    table: pd.DataFrame
    log_odds: pd.DataFrame

    @classmethod
    def read(cls, root: Path, cards: Mapping[str, ModelCard]) -> Transfer:
        return cls(
            cards=cards, table=pd.read_csv(root / TABLE), log_odds=pd.read_csv(root / LOG_ODDS)
        )

    @property
    def outdated(self) -> list[str]:
        """Models that were measured with other weights, or not at all."""
        known = dict(zip(self.table["model"], self.table["weights"], strict=True))
        return [
            name
            for name, card in self.cards.items()
            if card.weights is not None and known.get(name) != card.weights.sha256[:16]
        ]

    def row(
        self, model: str, task: str, label: str, recordings: str = "all"
    ) -> pd.Series[Any] | None:
        """What is known of a model, or None."""
        if model in self.outdated:
            return None
        found = self.table[
            (self.table["model"] == model)
            & (self.table["recordings"] == recordings)
            & (self.table["task"] == task)
            & (self.table["class"] == label)
        ]
        return None if found.empty else found.iloc[0]

    def auroc_text(self, model: str) -> str:
        """Of NORM against MI."""
        row = self.row(model, NORM_VS_MI.name, "MI")
        return _UNKNOWN if row is None else interval_text(row)

    def called_text(self, model: str) -> str:
        """Share of normals whose log-odds of MI against NORM exceed 0: one definition for all."""
        row = self.row(model, NORM_VS_MI.name, "MI")
        return _UNKNOWN if row is None else _called_share(row)

    def diseased_text(self, model: str) -> str:
        """Share of normals whose log-odds of any of the four diseases exceed 0; of five classes."""
        row = self.row(model, self.cards[model].task.name, MEAN)
        return _UNKNOWN if row is None else _called_share(row)

    def found_text(self, model: str) -> str:
        """Share of recordings with MI whose log-odds of MI against NORM exceed 0."""
        if self.row(model, NORM_VS_MI.name, "MI") is None:
            return _UNKNOWN
        rows, label = self._norm_vs_mi()
        found = self._of(model)[rows][label == 1] > 0
        interval = binomtest(int(found.sum()), len(found)).proportion_ci(method="wilson")
        return f"{found.sum()} of {len(found)} {_ends(interval.low, interval.high)}"

    def facts(self, model: str) -> Iterator[tuple[str, str]]:
        """Lines of a model's own page."""
        about = "[real recordings](../README.md#real-recordings)"
        row = self.row(model, NORM_VS_MI.name, "MI")
        if row is None:
            yield f"on {about}", "not measured with these weights; run: make transfer"
            return
        of = f"NORM against MI, n = {row['n']} ({row['positive']} MI)"
        yield f"AUROC, {about}", f"{interval_text(row)}, {of}"
        task = self.cards[model].task
        if task.multilabel:
            mean = self.row(model, task.name, MEAN)
            assert mean is not None
            each = (self.row(model, task.name, label) for label in task.columns)
            known = [one for one in each if one is not None]
            listed = ", ".join(f"{one['class']} {interval_text(one)}" for one in known)
            yield "AUROC, real, mean of the five", f"{interval_text(mean)}, n = {mean['n']}"
            yield "AUROC, real, each", listed
        yield "MI found, real", self.found_text(model)
        yield "normals called MI, real", f"{self.called_text(model)} of {row['normals']}"
        if task.multilabel:
            called = f"{self.diseased_text(model)} of {row['normals']}"
            yield "normals called diseased in any of four ways, real", called

    def section(self) -> str:
        """A section of the page of all models."""
        known = self.log_odds
        counts = known["labels"].str.get_dummies("+").sum()
        of_each = ", ".join(f"{counts.get(name, 0)} {name}" for name in SUPERCLASSES)
        wrong_gain = int((known["gain"] != 1000).sum())
        stale = self.outdated
        return (
            "\n## Real recordings\n\n"
            f"{len(known)} recordings of PTB-XL, each once ({of_each}; some are of several): as "
            "many as lay beside this repository, which holds none of them. No net of the table "
            "above saw a real recording when it was trained, and none was chosen by these. They "
            "are few: what to read is the interval. Patients are not known, so each recording "
            "counts as its own. NORM against MI are the recordings with one of the two labels; a "
            "net of five classes is asked by the difference of its two logits. MI is found, and a "
            "recording labelled NORM alone called MI, where the log-odds of MI against NORM are "
            "above 0; called diseased is one of which those of any of the four classes of disease "
            "are. Intervals of shares are Wilson's. "
            f"{wrong_gain} headers state a gain of 200 units per mV, where PTB-XL has 1000: these "
            "are read with the gain of PTB-XL.\n"
            "Every number is in [ptbxl.csv](ptbxl.csv), with the beginning of the sha256 of the "
            "weights that it is of; the log-odds of every recording are in "
            "[ptbxl_log_odds.csv](ptbxl_log_odds.csv). `make transfer` makes both anew."
            + (f"\nNot measured since their weights changed: {', '.join(stale)}." if stale else "")
            + "\n\n"
            + markdown_table(self._classes())
            + "\n"
            + "".join(f"- {sentence}\n" for sentence in self._sentences())
            + "\nRecordings that at least half of the nets for NORM against MI (of their first "
            "seeds) get wrong at log-odds 0:\n\n" + markdown_table(self._hard())
        )

    def _classes(self) -> Table:
        """AUROC of each class, of nets of five classes."""
        rows = []
        for name, card in self.cards.items():
            if not card.task.multilabel:
                continue
            each = [self.row(name, card.task.name, label) for label in (*card.task.columns, MEAN)]
            texts = [_UNKNOWN if row is None else interval_text(row) for row in each]
            cells = [Cell(text=name, link=name), *(Cell(text=text) for text in texts)]
            rows.append(Row(cells=[*cells, Cell(text=self.diseased_text(name))]))
        headings = (
            *SUPERCLASSES,
            "mean of the five",
            "normals called diseased in any of four ways",
        )
        shown = [*columns("model", kind="code"), *columns(*headings, kind="name")]
        return Table(title="", columns=shown, rows=rows)

    def _sentences(self) -> Iterator[str]:
        for first, second in PAIRS:
            if not {first, second} & set(self.outdated):
                yield self._difference(first, second)
        for name, rows in self._seeds().items():
            area, called = ([float(row[column]) for row in rows] for column in ("auroc", "called"))
            yield (
                f"`{name}` and {len(rows) - 1} nets that differ from it by their seed alone: AUROC "
                f"{min(area):.3f} to {max(area):.3f}, normals called MI {min(called):.0%} to "
                f"{max(called):.0%}."
            )

    def _difference(self, first: str, second: str) -> str:
        """A sentence on the paired difference of two AUROCs."""
        rows, label = self._norm_vs_mi()
        one, two = (self._of(name)[rows] for name in (first, second))
        patients = [str(number) for number in self.log_odds["ecg_id"].to_numpy()[rows]]
        difference = auroc(one, label) - auroc(two, label)
        low, high = auroc_difference_interval(one, two, label, patients)
        verdict = "these recordings do not tell which is higher"
        if low > 0 or high < 0:
            verdict = f"`{first if low > 0 else second}` is higher"
        return (
            f"AUROC of `{first}` minus that of `{second}`, NORM against MI, the same "
            f"{len(rows)} recordings resampled together: {difference:+.3f} "
            f"[{low:+.3f}, {high:+.3f}]; {verdict}."
        )

    def _seeds(self) -> dict[str, list[pd.Series[Any]]]:
        """Rows of a net and of those that differ from it by their seed."""
        found: dict[str, list[pd.Series[Any]]] = {}
        for name in self.cards:
            match = _SEEDED.fullmatch(name)
            for base in [match[1]] if match else []:
                for one in [name] if base in found else [base, name]:
                    row = self.row(one, NORM_VS_MI.name, "MI")
                    if row is not None:
                        found.setdefault(base, []).append(row)
        return found

    def _hard(self) -> Table:
        """Recordings that most nets get wrong, of the nets that were trained for the task."""
        names = list(self._first_seeds())
        rows, label = self._norm_vs_mi()
        wrong = np.array([(self._of(name)[rows] > 0) != label for name in names])
        count = wrong.sum(axis=0) if names else np.zeros(len(rows), dtype=np.int64)
        by_others = (self._of("ecgresnet-relu")[rows] > 0) != label
        listed = [
            text_row(
                *(str(known["ecg_id"]), str(known["labels"]), f"{known['gain']}"),
                *(f"{count[k]} of {len(names)}", "wrong" if by_others[k] else "right"),
            )
            for k, (_, known) in enumerate(self.log_odds.iloc[rows].iterrows())
            if names and 2 * count[k] >= len(names)
        ]
        headings = ("ecg_id", "labels", "gain in its header", "nets that are wrong")
        return Table(
            title="", columns=columns(*headings, "ecgresnet-relu is", kind="name"), rows=listed
        )

    def _first_seeds(self) -> Iterable[str]:
        for name, card in self.cards.items():
            ours = card.origin is None and card.task == NORM_VS_MI
            if ours and not _SEEDED.fullmatch(name) and name not in self.outdated:
                yield name

    def _norm_vs_mi(self) -> tuple[list[int], Int[np.ndarray, " record"]]:
        """Rows of the log-odds that are in the task, and which of them are MI."""
        labels = [NORM_VS_MI.label(frozenset(one.split("+"))) for one in self.log_odds["labels"]]
        rows = [row for row, label in enumerate(labels) if label is not None]
        return rows, np.array([labels[row] for row in rows], dtype=np.int64)

    def _of(self, model: str) -> Float[np.ndarray, " record"]:
        """Log-odds of MI against NORM."""
        if model in self.log_odds:
            return self.log_odds[model].to_numpy(np.float64)
        names = [f"{model}:{label}" for label in SUPERCLASSES]
        return contrast(self.log_odds[names].to_numpy(np.float64))


def _called_share(row: pd.Series[Any]) -> str:
    return f"{row['called']:.0%} {_ends(row['called_low'], row['called_high'])}"


def _ends(low: float, high: float) -> str:
    return f"[{low:.0%}, {high:.0%}]"
