"""Where cards are: the checkout or the wheel, and folders the user adds. The path is the name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from xai_bench.card_files import built_in, metric_files, model_files
from xai_bench.cards import MetricCard, ModelCard, read_card
from xai_bench.errors import CardError, InputError, UnknownNameError
from xai_bench.presets import PRESETS
from xai_bench.registry import PluginKind, entry_points, load_code
from xai_bench.storage import read_table

__all__ = ["FAMILIES", "FLAGGED", "QUESTIONS", "TELLS", "TRUST", "Metric", "Zoo"]

FAMILIES = (
    "faithfulness",
    "stability",
    "randomisation",
    "axiomatic",
    "complexity",
    "localisation",
    "runtime",
)
"""The properties of an explanation, in the order in which tables show them."""

TRUST = Path("metrics", "trust.csv")
QUESTIONS = {
    "noise": "the truth from noise",
    "amplitude": "the truth from |z|",
    "slope": "the truth from |dz/dt|",
    "blurred": "the truth from itself blurred",
    "shifted": "the truth from itself shifted",
    "unsigned": "the truth from its sizes without signs",
    "resolution": "the truth from itself with some of its mass moved",
    "used": "what a model is known to use from what it is not",
    "training": "a map of the trained net from one of an untrained net",
    "sign": "a map from its reverse",
    "reliability": "one recording from another more than one draw from another",
}
"""Of the metric audit, and what a metric that passes each tells apart."""
TELLS = "tells"
FLAGGED = ("does not tell", "reversed")
"""The verdicts of the metric audit for which a metric is flagged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric card with its name and family, both read from its path."""

    name: str
    family: str
    card: MetricCard
    code: Path | None = None
    """The folder whose files the card may name, see `registry.resolve`."""

    @property
    def label(self) -> str:
        return self.card.label

    @property
    def better(self) -> str:
        return self.card.better

    @property
    def unit(self) -> str:
        return self.card.unit


class Zoo:
    """Models and metrics by name. `Zoo("mine")` adds the folder mine/ (models/, metrics/).

    Packages add theirs by entry points. allow_code: whether Python files of the folders may be run:
    mine/models/NAME/net.py that a card names, mine/methods/NAME.py, mine/metrics/FAMILY/NAME.py.
    """

    def __init__(self, *folders: str | Path, allow_code: bool = False) -> None:
        for folder in folders:
            if not Path(folder).is_dir():
                raise InputError(f"zoo folder '{folder}' does not exist")
        self._own = tuple(map(Path, folders))
        self._roots = (built_in(), *self._own)
        self.allow_code = allow_code

    def files(self, path: Path) -> list[Path]:
        """Every file at this place in a root, such as metrics/references.bib."""
        return [root / path for root in self._roots if (root / path).is_file()]

    def model_folders(self) -> dict[str, Path]:
        """Name -> folder of every model."""
        return _unique((path.parent.name, path.parent) for path in model_files(self._roots))

    def model_card(self, name: str) -> tuple[ModelCard, Path]:
        """The card of model `name` and its folder. Raises UnknownNameError, CardError."""
        folders = self.model_folders()
        if name not in folders:
            raise UnknownNameError("model", name, folders)
        return read_card(folders[name] / "card.toml", ModelCard), folders[name]

    def code(self, folder: Path) -> Path | None:
        """The folder of a card where its code may be run, else None."""
        return folder if self.allow_code else None

    def own(self, kind: PluginKind) -> Mapping[str, Callable[[], Any]]:
        """What users bring beside cards, by name: each is loaded when it is called.

        Of packages, the entry points of the group `xai_bench.<kind>`. Of folders, Python files
        (methods/NAME.py), of which the object called NAME is meant, with "_" for what no name in
        Python may hold; a metric is called FAMILY/NAME, its file's place. Code beside a card of its
        name is the card's. Loading raises CardError.
        """
        of_packages = entry_points(kind)
        files = "*/*.py" if kind == "metrics" else "*.py"
        found = [(root, p) for root in self._own for p in sorted((root / kind).glob(files))]
        of_folders = {
            "/".join(path.relative_to(root / kind).with_suffix("").parts): partial(
                self._load_own, path
            )
            for root, path in found
            if kind != "models"
            and not path.with_suffix(".toml").exists()
            and not any(part[0] in "_." for part in path.relative_to(root / kind).parts)
        }
        twice = sorted(of_packages.keys() & of_folders.keys())
        if twice:
            raise CardError(f"'{twice[0]}' of {kind} is both in a zoo and in a package")
        return {**of_packages, **of_folders}

    def _load_own(self, path: Path) -> Any:
        if not self.allow_code:
            raise CardError(
                f"{path} is code of a zoo, and it is not run unless you trust it: "
                "--allow-code (Zoo(folder, allow_code=True))"
            )
        return load_code(path, re.sub(r"\W", "_", path.stem))

    def seeds(self, name: str) -> tuple[str, ...]:
        """Models that differ in the seed of their training alone: `name`, then name-seed1 ..."""
        numbers = [
            int(found[1])
            for folder in self.model_folders()
            if (found := re.fullmatch(rf"{re.escape(name)}-seed(\d+)", folder))
        ]
        return name, *(f"{name}-seed{number}" for number in sorted(numbers))

    def metrics(self, names: str | Iterable[str] = "all") -> list[Metric]:
        """The metrics asked for, in the order of families.

        names: "all", "core" (of the presets), families, names, or family/name where a metric is
            called like its family. "all" and families leave out what another card supersedes,
            which its name means.
        Raises UnknownNameError, and CardError for a card that is asked for; of a group every card
        is, and what is wrong with others is in `broken_cards`.
        """
        found = self._metric_cards()
        superseded = {one.card.supersedes for one in found.values() if isinstance(one, Metric)}
        paths = self._metric_paths()
        wanted = names.split(",") if isinstance(names, str) else list(names)
        chosen = set()
        for name in wanted:
            members = {
                n
                for n, path in paths.items()
                if name in (n, f"{path.parent.name}/{n}")
                or (name in ("all", path.parent.name) and n not in superseded)
                or (name == "core" and n in PRESETS.metrics.core)
            }
            if not members:
                raise UnknownNameError("metric", name, [*found, *FAMILIES, "all", "core"])
            chosen |= members
        return [_readable(one) for n, one in found.items() if n in chosen]

    def every_metric(self) -> list[Metric]:
        """All that can be read, with those that others supersede, in the order of families."""
        return [one for one in self._metric_cards().values() if isinstance(one, Metric)]

    def broken_cards(self, kind: Literal["models", "metrics"]) -> dict[str, CardError]:
        """What is wrong with the cards that cannot be read, by name: nobody who does not ask for
        one of them is stopped by it."""
        if kind == "metrics":
            found = self._metric_cards()
            return {name: one for name, one in found.items() if isinstance(one, CardError)}
        broken = {}
        for name in self.model_folders():
            try:
                card, _ = self.model_card(name)
                assert card.task, "it says what is wrong with it when it is asked for"
            except CardError as error:
                broken[name] = error
            except InputError as error:
                broken[name] = CardError(f"{self.model_folders()[name] / 'card.toml'}: {error}")
        return broken

    def _metric_cards(self) -> dict[str, Metric | CardError]:
        """By name, in the order of families; what is wrong with a card, where something is."""
        paths = self._metric_paths()
        order = sorted(paths, key=lambda n: (_place(paths[n].parent.name), n))
        return {name: self._metric(name, paths[name]) for name in order}

    def _metric_paths(self) -> dict[str, Path]:
        return _unique((path.stem, path) for path in metric_files(self._roots))

    def _metric(self, name: str, path: Path) -> Metric | CardError:
        family = path.parent.name
        if family not in FAMILIES:
            return CardError(f"{path}: no family '{family}' ({', '.join(FAMILIES)})")
        try:
            card = read_card(path, MetricCard)
        except CardError as error:
            return error
        return Metric(name=name, family=family, card=card, code=self.code(path.parent))

    def flags(self) -> dict[str, str]:
        """What the audit found that a metric does not tell apart, by metric: "training, sign
        reversed", where it prefers the reverse of a map to the map.

        From metrics/trust.csv, which `xai-bench audit metrics` writes; empty where there is none.
        Raises InputError for a table that is no such thing.
        """
        columns = dict.fromkeys(("metric", "question", "verdict"), "str")
        found: dict[str, list[str]] = {}
        for path in self.files(TRUST):
            table = read_table(path, columns, "make it again: xai-bench audit metrics")
            for _, row in table[table["verdict"].isin(FLAGGED)].iterrows():
                reversed_ = " reversed" if row["verdict"] == "reversed" else ""
                found.setdefault(row["metric"], []).append(f"{row['question']}{reversed_}")
        return {metric: ", ".join(failed) for metric, failed in found.items()}

    def audited(self) -> frozenset[str]:
        """The metrics of which the audit found that they tell something apart; none where there is
        no audit. Raises InputError as `flags` does."""
        columns = dict.fromkeys(("metric", "question", "verdict"), "str")
        mend = "make it again: xai-bench audit metrics"
        tables = [read_table(path, columns, mend) for path in self.files(TRUST)]
        return frozenset(
            str(name) for table in tables for name in table.loc[table["verdict"] == TELLS, "metric"]
        )


def _place(family: str) -> int:
    """Of a family among the others; what is none comes last."""
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)


def _readable(found: Metric | CardError) -> Metric:
    if isinstance(found, CardError):
        raise found
    return found


def _unique(pairs: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name, path in pairs:
        if name in found:
            raise CardError(f"two cards are called '{name}': {found[name]} and {path}")
        found[name] = path
    return found
