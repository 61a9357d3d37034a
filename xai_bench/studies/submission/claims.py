"""What cells say of themselves, held against what is known here: hashes, cards, counts, tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Literal, final

import numpy as np
import pandas as pd

from xai_bench.cards import MetricCard
from xai_bench.errors import XaiBenchError
from xai_bench.methods import METHODS
from xai_bench.models import Model
from xai_bench.names import few
from xai_bench.presets import PRESETS
from xai_bench.printable import printable
from xai_bench.results import COLUMNS, Cell, leaderboard, to_csv
from xai_bench.scoring import depends_on_machine, find_metrics
from xai_bench.scoring.model_quality import LEAST_AUROC, Quality, claimed_quality
from xai_bench.studies.benchmark.cell_keys import PROTOCOL, cell_key, cell_protocol
from xai_bench.zoo import Metric, Zoo

__all__ = ["Check", "NotPossibleError", "Status", "WrongError", "asked", "claims_of"]
__all__ += ["known_metrics", "leaderboard_of"]

Status = Literal["passed", "failed", "not possible"]

_NEEDED = (
    *("packages", "started", "seed", "target", "n", "recordings", "folds", "model_card", "weights"),
    *("metrics", "families", "engine", "measured", "precision", "depends_on_machine"),
)
"""Facts that the checks read; cells of earlier versions lack some."""
_NEXT_DAY = timedelta(days=1)
_FLAGS = "flags"
"""The column of the reader's audit of metrics, and not of the run."""
_LAST_DIGIT = 2e-5
"""Between numbers of six digits that two machines rounded."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question that was asked of a run."""

    name: str
    status: Status
    said: str
    """In one line."""


class WrongError(Exception):
    """A claim that does not hold."""


class NotPossibleError(Exception):
    """A claim that cannot be held against anything here."""


def claims_of(
    cells: Sequence[Cell],
    models: Mapping[str, Model | XaiBenchError],
    metrics: Mapping[str, Metric | None],
) -> Iterator[Check]:
    """All claims that nothing is computed for. models, metrics: those of this name here, or why
    there is none."""
    first = asked("facts", partial(_facts, cells))
    yield first
    if first.status == "failed":
        return
    questions: dict[str, Callable[[], str]] = {
        "protocol": partial(_protocol, cells),
        "keys": partial(_keys, cells),
        "provenance": partial(_provenance, cells),
        "counts": partial(_counts, cells),
        "models": partial(_models, cells, models),
        "methods": partial(_methods, cells),
        "metrics": partial(_metrics, cells, metrics),
        "controls": partial(_controls, cells),
        "AUROC": partial(_auroc, cells, models),
    }
    yield from (asked(name, ask) for name, ask in questions.items())


def leaderboard_of(run: Path, cells: Sequence[Cell]) -> Check:
    """Whether leaderboard.csv is what the cells give; it takes a bootstrap of every score."""
    return asked("leaderboard.csv", partial(_leaderboard, run, cells))


def asked(name: str, ask: Callable[[], str]) -> Check:
    """What came of a question, which says what it found or raises one of the errors above."""
    try:
        return Check(name=name, status="passed", said=printable(ask()))
    except WrongError as wrong:
        return Check(name=name, status="failed", said=printable(str(wrong)))
    except NotPossibleError as why:
        return Check(name=name, status="not possible", said=printable(str(why)))


def _of(cell: Cell) -> str:
    return f"{cell.model} x {cell.method} ({cell.key})"


def _facts(cells: Sequence[Cell]) -> str:
    for cell in cells:
        if lacking := [name for name in _NEEDED if name not in cell.provenance]:
            raise WrongError(f"{_of(cell)}: run.json lacks {', '.join(lacking)}; run it again")
    return "run.json of every cell says what it was made of"


def _protocol(cells: Sequence[Cell]) -> str:
    for cell in cells:
        version = cell.protocol.partition("-")[0]
        if version != f"v{PROTOCOL}":
            raise WrongError(
                f"{_of(cell)} is of protocol {version:.20}, this version scores by v{PROTOCOL}; "
                "run it again"
            )
        found = _asked(partial(cell_protocol, cell.provenance), cell)
        if cell.protocol != found:
            raise WrongError(
                f"{_of(cell)} says protocol {cell.protocol:.40}, its facts give {found}"
            )
    return ", ".join(dict.fromkeys(cell.protocol for cell in cells))


def _keys(cells: Sequence[Cell]) -> str:
    for cell in cells:
        found = _asked(partial(cell_key, cell.provenance | {"method": cell.method}), cell)
        if cell.key != found:
            raise WrongError(f"{_of(cell)}: what its run.json says has the key {found}")
    return f"{len(cells)} keys are the hashes of what run.json says"


def _asked(make: Callable[[], str], cell: Cell) -> str:
    try:
        return make()
    except Exception as error:  # facts that are missing or of another kind
        said = f"{type(error).__name__} {error}"[:80]
        raise WrongError(f"{_of(cell)}: run.json lacks what a key is made of: {said}") from error


def _provenance(cells: Sequence[Cell]) -> str:
    days = []
    for cell in cells:
        facts = cell.provenance
        lacking = [name for name in ("torch", "xai-bench") if not facts["packages"].get(name)]
        if lacking:
            raise WrongError(f"{_of(cell)} does not say its version of {', '.join(lacking)}")
        try:
            started = datetime.fromisoformat(str(facts["started"]))
            ended = datetime.fromisoformat(str(facts.get("ended", facts["started"])))
            early = ended < started
            late = ended > datetime.now(UTC) + _NEXT_DAY
        except (TypeError, ValueError) as error:
            raise WrongError(f"{_of(cell)}: when it was run is no date: {error}") from None
        if early or late:
            raise WrongError(
                f"{_of(cell)} ended {ended:%Y-%m-%d}: before it began, or in the future"
            )
        days.append(started.date())
    commits = {str(cell.provenance.get("git_commit") or "no commit") for cell in cells}
    return f"{min(days)} to {max(days)}, {few(sorted(commits), 3)}"


def _counts(cells: Sequence[Cell]) -> str:
    ids: dict[tuple[str, str], frozenset[str]] = {}
    for cell in cells:
        scores, facts = cell.scores, cell.provenance
        if scores is None:
            continue
        for metric, rows in scores.groupby("metric", sort=False):
            wanted = facts["measured"].get(metric, facts["n"])
            of_all = not facts["metrics"][metric].get("recordings")
            if of_all and wanted != facts["n"]:
                raise WrongError(f"{_of(cell)} says n = {facts['n']}, and {wanted} of {metric}")
            if len(rows) != wanted:
                raise WrongError(
                    f"{_of(cell)} says {wanted} recordings of {metric}, it has {len(rows)}"
                )
        if missing := sorted(set(facts["metrics"]) - set(scores["metric"])):
            raise WrongError(f"{_of(cell)} has no scores of {few(missing, 3)}")
        every = frozenset(scores["record_id"])
        if len(every) > facts["n"]:
            raise WrongError(f"{_of(cell)} says {facts['n']} recordings, it has {len(every)}")
        if len(every) == facts["n"]:
            known = ids.setdefault((cell.dataset, cell.protocol), every)
            if known != every:
                raise WrongError(f"{_of(cell)} is of other recordings than others of its protocol")
    sizes = sorted({cell.provenance["n"] for cell in cells})
    return f"scores of n = {', '.join(map(str, sizes))} recordings, the same in all cells"


def _models(cells: Sequence[Cell], models: Mapping[str, Model | XaiBenchError]) -> str:
    unknown = []
    for cell in cells:
        model, facts = models[cell.model], cell.provenance
        if isinstance(model, XaiBenchError):
            unknown.append(cell.model)
            continue
        if facts["model_card"] != model.content:
            raise WrongError(
                f"{_of(cell)}: card hash {facts['model_card']!s:.12} is not that of the model "
                f"'{cell.model}' here, {model.content!s:.12}; name your own otherwise"
            )
        here = model.card.weights.sha256 if model.card and model.card.weights else None
        if facts["weights"] != here:
            raise WrongError(
                f"{_of(cell)}: weights hash {facts['weights']!s:.12} is not that of the model "
                f"'{cell.model}' here, {here!s:.12}"
            )
    known = sorted({cell.model for cell in cells} - set(unknown))
    if unknown:
        raise NotPossibleError(f"not known here, nor their weights: {few(dict.fromkeys(unknown))}")
    return f"card and weights are those of {few(known)} here"


def _methods(cells: Sequence[Cell]) -> str:
    unknown = []
    for cell in cells:
        base = cell.method.partition("@")[0]
        if base not in METHODS:
            unknown.append(cell.method)
        elif "method_content" in cell.provenance:
            raise WrongError(
                f"{_of(cell)} has code of its own under the name of a method that is here"
            )
    if unknown:
        raise NotPossibleError(f"not known here: {few(dict.fromkeys(unknown))}")
    return f"{len({cell.method for cell in cells})} methods of this version"


def known_metrics(cells: Iterable[Cell], zoo: Zoo) -> dict[str, Metric | None]:
    """What the metrics of cells are here, by name; None where there is none of that name."""
    cards = {metric.name: metric for metric in zoo.every_metric()}
    names = dict.fromkeys(name for cell in cells for name in cell.provenance["metrics"])
    return {name: cards.get(name) or _made(name, zoo) for name in names}


def _made(name: str, zoo: Zoo) -> Metric | None:
    """A metric with another baseline, or one of code of a zoo."""
    try:
        (found,) = find_metrics([name], zoo)
    except (XaiBenchError, ValueError):
        return None
    return found


def _metrics(cells: Sequence[Cell], known: Mapping[str, Metric | None]) -> str:
    for cell in cells:
        for name, card in cell.provenance["metrics"].items():
            here = known[name]
            if here is None:
                continue
            try:
                same = MetricCard.model_validate(card).fingerprint() == here.card.fingerprint()
            except ValueError as error:
                said = " ".join(str(error).split())[:80]
                raise WrongError(
                    f"{_of(cell)}: the card of {name:.40} cannot be read: {said}"
                ) from None
            if not same or cell.provenance["families"].get(name) != here.family:
                raise WrongError(f"{_of(cell)}: the card of {name} is not the one of this version")
            if depends_on_machine(here) != cell.provenance["depends_on_machine"]:
                raise WrongError(f"{_of(cell)} says of {name} what it depends on, and it does not")
    if not set(known) & set(PRESETS.metrics.core):
        raise WrongError("no metric of the preset 'core' was scored; run it with --metrics core")
    if unknown := [name for name, here in known.items() if here is None]:
        raise NotPossibleError(f"not known here: {few(unknown)}")
    lacking = [name for name in PRESETS.metrics.core if name not in known]
    return f"{len(known)} cards are those of this version" + (
        f"; not scored of the preset: {', '.join(lacking)}" if lacking else ""
    )


def _controls(cells: Sequence[Cell]) -> str:
    of_model: dict[tuple[str, str, str], set[str]] = {}
    for cell in cells:
        of_model.setdefault((cell.dataset, cell.protocol, cell.model), set()).add(cell.method)
    for (*_, model), methods in of_model.items():
        if lacking := [name for name in PRESETS.run.references if name not in methods]:
            raise WrongError(f"{model} was scored without the controls {', '.join(lacking)}")
    return f"{', '.join(PRESETS.run.references)} stand beside every model"


def _auroc(cells: Sequence[Cell], models: Mapping[str, Model | XaiBenchError]) -> str:
    unknown = []
    for cell in cells:
        said, model = Quality.of(cell.provenance), models[cell.model]
        known = isinstance(model, Model) and model.is_known
        if said.verdict == "ok" and not (said.ci_low or 0) >= LEAST_AUROC:
            raise WrongError(f"{_of(cell)}: an AUROC from {said.ci_low} on is called ok")
        if (said.verdict == "known") != known:
            raise WrongError(f"{_of(cell)} says that its net is known, and no such net is here")
        if known:
            continue
        claimed = None
        if isinstance(model, Model):
            claimed = claimed_quality(model, said.recordings)
        if claimed is None:
            unknown.append(cell.model)
        elif asdict(claimed) != asdict(said):
            raise WrongError(
                f"{_of(cell)} says {asdict(said)}, the card of the model {claimed.text}"
            )
    if unknown:
        raise NotPossibleError(
            f"measured there, on other recordings: {few(dict.fromkeys(unknown))}"
        )
    return "as the cards of the models say"


def _leaderboard(run: Path, cells: Sequence[Cell]) -> str:
    path = run / "leaderboard.csv"
    if not path.is_file():
        raise WrongError("there is none; every run writes it")
    try:
        stored = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    except Exception as error:  # a parser of hostile bytes raises whatever it likes
        raise WrongError(f"it cannot be read: {' '.join(str(error).split())[:80]}") from error
    here = _as_text(leaderboard(cells))
    if list(stored.columns) != list(COLUMNS):
        raise WrongError("it has other columns than this version writes; run `xai-bench run` again")
    if len(stored) != len(here):
        raise WrongError(f"it has {len(stored)} rows, its cells give {len(here)}")
    for name in (column for column in COLUMNS if column != _FLAGS):
        differs = ~_same(stored[name], here[name])
        if differs.any():
            row = int(np.flatnonzero(differs)[0])
            place = here.iloc[row]
            raise WrongError(
                f"{name} of {place['model']} x {place['method']}, {place['metric']}, is "
                f"{stored[name].iloc[row]:.40}; its cells give {place[name]:.40}"
            )
    return f"{len(here)} rows are what the cells give"


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(StringIO(to_csv(table)), dtype="str", keep_default_na=False)


def _same(first: pd.Series, second: pd.Series) -> np.ndarray:
    equal = (first == second).to_numpy()
    left, right = (pd.to_numeric(one, errors="coerce").to_numpy(float) for one in (first, second))
    close: np.ndarray = equal | np.isclose(left, right, rtol=_LAST_DIGIT, atol=1e-12)
    return close
