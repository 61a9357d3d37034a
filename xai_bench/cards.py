"""The two kinds of card, as strict schemas, and the one reader of TOML."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from xai_bench.errors import CardError
from xai_bench.registry import short_name
from xai_bench.storage import regular
from xai_bench.tasks import Task, find_task, task_of_classes
from xai_bench.types import LEADS, check_leads

__all__ = ["AnyRecipe", "BandPassStep", "ClauseRecipe", "Facts", "Fast", "MetricCard"]
__all__ += ["ModelCard", "QuantusCall", "Recipe", "ScaleStep", "StandardiseStep", "Step"]
__all__ += ["ZScoreStep", "read_card", "read_steps", "recipes_differ"]

Target = Annotated[str, AfterValidator(short_name)]
"""Code: a registered short name, or "./net.py:Net" in a file beside the card. What is registered
has one spelling in a card that was read, so that moving code changes no fingerprint."""


_LARGEST = 1_000_000
"""Of any size or count that a card gives a net or a scorer, and of samples in a recording."""


def _bounded(params: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Raises ValueError for a number, however deep, that no net and no scorer can mean."""
    for key, value in params.items():
        for number in _numbers(value):
            if not isfinite(number) or abs(number) > _LARGEST:
                raise ValueError(f"{key} = {number:g} is not within ±{_LARGEST:,}")
    return params


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return [number for one in inside for number in _numbers(one)]
    return [float(value)] if isinstance(value, int | float) else []


Params = Annotated[dict[str, JsonValue], AfterValidator(_bounded)]
Share = Annotated[float, Field(ge=0, le=1)]


_PROSE = {"summary", "note"}


class Facts(BaseModel):
    """A table of a card: unknown, missing and mistyped keys fail, and numbers out of bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def fingerprint(self) -> str:
        """sha256 of the content but for prose, which no score depends on; the order of keys does
        not matter."""
        content = self.model_dump_json(exclude=_PROSE)
        return hashlib.sha256(content.encode()).hexdigest()


class Windows(Facts):
    """A net that reads less than a recording: its logits over windows are put together."""

    seconds: float = Field(gt=0, le=60)
    step_seconds: float = Field(gt=0, le=60)
    combine: Literal["maximum", "mean"]


class BandPassStep(Facts):
    """A Butterworth filter, forwards and backwards (scipy.signal.filtfilt)."""

    step: Literal["band-pass"]
    order: int = Field(ge=1, le=10)
    low_hz: float = Field(gt=0)
    high_hz: float = Field(gt=0)


class StandardiseStep(Facts):
    """Each lead minus a fixed mean, over a fixed standard deviation, in the order of leads."""

    step: Literal["standardise"]
    mean: list[Annotated[float, Field(allow_inf_nan=False)]]
    sd: list[Annotated[float, Field(gt=0, allow_inf_nan=False)]]


class ScaleStep(Facts):
    """Another unit: 1000 for microvolt."""

    step: Literal["scale"]
    factor: float = Field(gt=0, allow_inf_nan=False)


class ZScoreStep(Facts):
    """Each lead of each recording to mean 0 and standard deviation 1."""

    step: Literal["zscore"]


Step = BandPassStep | StandardiseStep | ScaleStep | ZScoreStep
Steps = Annotated[list[Annotated[Step, Field(discriminator="step")]], Field(min_length=1)]


class Input(Facts):
    """What the net reads, after normalisation."""

    rate_hz: float = Field(ge=1, le=100_000)
    seconds: float = Field(gt=0, le=86_400)
    leads: Annotated[list[str], AfterValidator(check_leads)] = Field(
        default=list(LEADS), exclude_if=lambda leads: leads == list(LEADS)
    )
    """What the lead axis holds, in order: names that recordings have, the twelve if none are
    named."""
    normalisation: Annotated[
        Annotated[Literal["zscore", "none"], Tag("name")] | Annotated[Steps, Tag("steps")],
        Discriminator(lambda given: "steps" if isinstance(given, list) else "name"),
    ]
    """From millivolt: a name, or steps one after the other."""
    windows: Windows | None = Field(default=None, exclude_if=lambda windows: windows is None)

    @model_validator(mode="after")
    def _bands_fit_the_rate(self) -> Input:
        steps = self.normalisation if isinstance(self.normalisation, list) else []
        for step in steps:
            if not isinstance(step, BandPassStep):
                continue
            if not step.low_hz < step.high_hz < self.rate_hz / 2:
                raise ValueError(
                    f"band-pass: {step.low_hz:g} to {step.high_hz:g} Hz is no band below half the "
                    f"rate, {self.rate_hz / 2:g} Hz"
                )
        return self

    @model_validator(mode="after")
    def _a_number_a_lead(self) -> Input:
        for step in self.normalisation if isinstance(self.normalisation, list) else []:
            if not isinstance(step, StandardiseStep):
                continue
            for name, values in (("mean", step.mean), ("sd", step.sd)):
                if len(values) != len(self.leads):
                    raise ValueError(
                        f"standardise: {name} has {len(values)} numbers for {len(self.leads)} leads"
                    )
        return self

    @model_validator(mode="after")
    def _windows_fit(self) -> Input:
        if self.windows is not None and self.windows.seconds > self.seconds:
            raise ValueError("windows are longer than the recording")
        return self

    @model_validator(mode="after")
    def _some_samples(self) -> Input:
        samples = round(self.rate_hz * self.seconds)
        if not 2 <= samples <= _LARGEST:
            raise ValueError(f"rate_hz x seconds is {samples:,} samples, not 2 to {_LARGEST:,}")
        return self


class Labels(Facts):
    """What the outputs mean: a known task, or classes of the model's own."""

    task: str = Field(default="", exclude_if=lambda task: not task)
    rule: Literal["authors", "strict"] = "authors"
    """Which recordings are in a binary task, see `tasks.Rule`."""
    classes: list[str] = Field(default=[], exclude_if=lambda classes: not classes)
    """One class a net detects, or several in the order of its outputs; see `task_of_classes`."""
    multilabel: bool = Field(default=False, exclude_if=lambda is_so: not is_so)

    @model_validator(mode="after")
    def _one_of_both(self) -> Labels:
        if bool(self.task) == bool(self.classes):
            raise ValueError("name a task, or the classes")
        return self


class Weights(Facts):
    """A safetensors file beside the card; what is missing there is fetched from `url`.

    A `url` that ends in .pt, .pth or .ckpt is a checkpoint of torch.save. The tensors of its one
    state dict are read, nothing else in it, and `sha256` is that of the safetensors file made of
    them: so it vouches for what is loaded, whatever lies around it.
    """

    file: str
    """A plain name."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    url: str = ""

    @field_validator("file")
    @classmethod
    def _beside(cls, file: str) -> str:
        if not file or file.startswith(".") or set(file) & {"/", "\\", "\0"}:
            raise ValueError(f"'{file}' is no name of a file beside the card")
        return file


class Origin(Facts):
    """Where weights that were not made by a recipe of ours come from."""

    location: str
    sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    """Of the file at that place, where somebody who had it took it."""
    variant: str


class AnyRecipe(Facts):
    """How weights are made, whatever learns."""

    data: str
    seed: int = Field(ge=0, lt=2**63)
    epochs: int = Field(gt=0, le=100_000)

    @property
    def shares(self) -> dict[str, float]:
        """Name of data -> share of an epoch's recordings; `data` first."""
        return {self.data: 1.0}

    @property
    def recordings(self) -> str:
        """What was trained on, in words: data, and how they were changed."""
        return self.data

    @property
    def all_epochs(self) -> int:
        return self.epochs


class ClauseRecipe(AnyRecipe):
    """Of a net of clauses, which learns by feedback and not by gradients: see `Automata` of
    training.clause_feedback."""

    epoch_recordings: int = Field(gt=1, le=10**9)
    """Recordings of an epoch, half of them of either class."""
    margin: int = Field(gt=0, le=10_000)
    """T: votes beyond which a clause is not taught any more."""
    specificity: float = Field(gt=1, le=10_000)
    """s: the larger, the more literals a clause demands."""
    most_literals: int = Field(gt=0, le=10_000)
    """Literals from which on a clause is taught to demand fewer."""


class Recipe(AnyRecipe):
    """Of a net that learns by gradients; `xai-bench train` needs nothing else."""

    batch_size: int = Field(gt=1, le=100_000)
    crop_seconds: float = Field(gt=0, le=86_400)
    learning_rate: float = Field(gt=0, le=100)
    weight_decay: float = Field(ge=0, le=1_000)
    l1: float = Field(ge=0, le=1e6, description="weight of mean|W| in the loss; native nets only")
    gradient_clip: float = Field(gt=0, le=1e6)
    local_fidelity: float = Field(default=0.0, ge=0, le=1e6)
    """Weight of the local-fidelity term (LFR-IMN, arXiv 2606.29951); native nets only."""
    patience: int = Field(default=10, gt=0, le=100_000)
    """Epochs without a better AUROC on fold 9 after which training stops, before `whole_epochs`
    too: a recipe that must reach those has no fewer than `epochs`."""
    storage: Literal["float32", "float16"] = "float32"
    """How weights are stored; claims are of what is stored."""
    mix: dict[str, Annotated[float, Field(gt=0, lt=1)]] = Field(
        default={}, exclude_if=lambda mix: not mix
    )
    """What else is trained on: name of other data -> their share of each epoch's recordings. The
    epoch is chosen by the mean AUROC over fold 9 of all; calibration and claims are of `data`."""
    randomised: Share = Field(default=0.0, exclude_if=lambda share: not share)
    """Share of recordings that are changed as other electrodes and recorders would have it, anew
    each time (`training.randomise`): real recordings come from many."""
    epoch_recordings: int = Field(default=0, ge=0, le=10**9, exclude_if=lambda n: not n)
    """Recordings of an epoch, so that its minutes do not grow with the mix; 0: as many as there
    are of `data`."""
    whole_epochs: int = Field(default=0, ge=0, le=100_000, exclude_if=lambda n: not n)
    """Epochs of whole recordings after the `epochs` of crops, which cost less and have another
    length than the net is used at."""
    precision: Literal["float32", "bf16"] = Field(
        default="float32", exclude_if=lambda kind: kind == "float32"
    )
    """Of passes while training. bf16: layers in bfloat16, W * z summed in float32; calibration and
    claims are in float32."""

    @model_validator(mode="after")
    def _data_keep_a_share(self) -> Recipe:
        if self.data in self.mix:
            raise ValueError(f"mix names '{self.data}', which are the data themselves")
        if sum(self.mix.values()) >= 1:
            raise ValueError(f"mix leaves '{self.data}' no share")
        return self

    @property
    def shares(self) -> dict[str, float]:
        """Name of data -> share of an epoch's recordings; `data` first."""
        return {self.data: 1 - sum(self.mix.values())} | self.mix

    @property
    def recordings(self) -> str:
        """What was trained on, in words: data, and how they were changed."""
        if not self.mix:
            data = self.data
        else:
            data = ", ".join(f"{share:.0%} {name}" for name, share in self.shares.items())
        changed = f", {self.randomised:.0%} of them randomised" if self.randomised else ""
        return f"{data}{changed}"

    @property
    def all_epochs(self) -> int:
        return self.epochs + self.whole_epochs


class ClaimsOfMix(Facts):
    """The same on fold 10 of other data that were trained on."""

    auroc: Share
    auroc_ci: list[Share] = Field(min_length=2, max_length=2)
    n: int = Field(gt=0)
    source: str
    """Fingerprint of the data that they are of."""


class Claims(Facts):
    """Numbers about the trained model, on fold 10 of the recipe's data; a test recomputes them."""

    parameters: int = Field(gt=0)
    auroc: Share
    """For several classes the mean of theirs."""
    auroc_ci: list[Share] = Field(min_length=2, max_length=2)
    n: int = Field(gt=0)
    auroc_by_class: dict[str, list[Share]] = {}
    """For several classes: name -> [AUROC, low, high]."""
    source: str = ""
    """Fingerprint of the embedded data whose fold 10 they are of; "" of other data."""
    mix: dict[str, ClaimsOfMix] = Field(default={}, exclude_if=lambda mix: not mix)
    """On what else was trained on, by name."""


def _kind_of_recipe(given: object) -> str:
    if isinstance(given, AnyRecipe):
        return "clauses" if isinstance(given, ClauseRecipe) else "gradients"
    return "clauses" if isinstance(given, dict) and "margin" in given else "gradients"


class ModelCard(Facts):
    """models/NAME/card.toml: a trained model. The folder is its name."""

    target: Target
    summary: str
    cite: str
    licence: str
    cam_layer: str | None = None
    params: Params
    input: Input
    labels: Labels
    recipe: (
        Annotated[
            Annotated[Recipe, Tag("gradients")] | Annotated[ClauseRecipe, Tag("clauses")],
            Discriminator(_kind_of_recipe),
        ]
        | None
    ) = None
    origin: Origin | None = None
    weights: Weights | None = None
    claims: Claims | None = None

    @property
    def task(self) -> Task:
        """What its outputs mean. Raises UnknownNameError, InputError."""
        labels = self.labels
        if labels.classes:
            return task_of_classes(labels.classes, multilabel=labels.multilabel, rule=labels.rule)
        return find_task(labels.task, labels.rule)

    @model_validator(mode="after")
    def _no_map_of_windows(self) -> ModelCard:
        if self.cam_layer is not None and self.input.windows is not None:
            raise ValueError("a net that reads windows has no cam_layer of the whole recording")
        return self


class QuantusCall(Facts):
    """How a metric of Quantus is called."""

    space: Literal["z", "millivolt"]
    """What is perturbed: z with the normalisation frozen, or the recording before it."""
    softmax: bool
    reduce: Literal["none", "mean"] = "none"
    """A metric that returns a curve is reduced to its mean."""
    transform: Literal["none", "log10"] = "none"


class Fast(Facts):
    """The scorer that gives a metric of Quantus the numbers of Quantus, in less time."""

    target: Target
    params: Params = {}
    tolerance: float = Field(default=1e-5, gt=0, le=1)
    """Largest difference from Quantus, relative to max(1, |score|), that the parity tests allow."""


class MetricCard(Facts):
    """metrics/FAMILY/NAME.toml: a metric with every parameter pinned. The path is its name."""

    target: Target
    label: str
    summary: str
    formula: str
    better: Literal["higher", "lower"]
    range: list[float] = Field(min_length=2, max_length=2)
    unit: str = ""
    statistic: Literal["mean", "p50", "p95"] = "mean"
    """What the leaderboard's `mean` column holds."""
    cost: str
    cite: str
    note: str = ""
    """What we set differently from the original, and why."""
    recordings: int = Field(default=0, ge=0, exclude_if=lambda number: not number)
    """Measured on the first so many of a run alone, see `most_recordings`; 0: on all."""
    supersedes: str = ""
    params: Params = {}
    callables: dict[str, Target] = {}
    quantus: QuantusCall | None = None
    fast: Fast | None = None

    @model_validator(mode="after")
    def _call_belongs_to_quantus(self) -> MetricCard:
        if self.target.startswith("quantus:") != (self.quantus is not None):
            raise ValueError("a [quantus] table goes with a target 'quantus:...', and only there")
        if self.fast is not None and self.quantus is None:
            raise ValueError("a [fast] table goes with a target 'quantus:...', and only there")
        return self

    @field_validator("range")
    @classmethod
    def _range_rises(cls, ends: list[float]) -> list[float]:
        if not ends[0] < ends[1]:  # nor is nan
            raise ValueError(f"{ends} does not go from the lowest score to the highest")
        return ends


CardT = TypeVar("CardT", bound=BaseModel)


def read_card(path: Path, kind: type[CardT]) -> CardT:
    """The card in `path`, checked. Raises CardError naming the file, the key and what is wrong."""
    try:
        content = tomllib.loads(regular(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        # ValueErrors are those of TOML, of UTF-8, and of numbers of thousands of digits.
        said = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise CardError(f"{path}: cannot be read as TOML: {said:.200}") from error
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise CardError(f"{path}: {_first_fault(error, kind)}") from None


def read_steps(given: Sequence[Any], rate_hz: float, leads: Sequence[str] = LEADS) -> list[Step]:
    """The steps of a normalisation of these leads at this rate, checked as those of a card.

    Raises CardError.
    """
    table = {"rate_hz": float(rate_hz), "seconds": 1.0, "leads": list(leads)}
    table["normalisation"] = list(given)
    try:
        steps = Input.model_validate(table).normalisation
    except ValidationError as error:
        raise CardError(_first_fault(error, Input)) from None
    return [step for step in steps if isinstance(step, Step)]


_KINDS_OF_RECIPE = ("gradients", "clauses")
"""Tags of a union, which no card has as a key."""


def _first_fault(error: ValidationError, kind: type[BaseModel]) -> str:
    """Key and fault; a misspelt key is also a missing one, and its own name helps more."""
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"] if part not in _KINDS_OF_RECIPE)
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(_table(kind, first["loc"][:-1]).model_fields)
        return f"unknown key '{key}'. Allowed: {allowed}"
    fault = first["msg"].removeprefix("Value error, ")
    return f"{key}: {fault}" if key else fault


def _table(kind: type[BaseModel], keys: tuple[int | str, ...]) -> type[BaseModel]:
    """The schema of the table that `keys` lead to."""
    candidates = [kind]
    for key in keys:
        inner = [
            found
            for table in candidates
            if key in table.model_fields
            for found in _tables(table.model_fields[str(key)].annotation)
        ]
        # Neither the place in a list nor the kind of a union is a field of a table.
        tagged = [table for table in candidates if key in _tags(table)]
        candidates = inner or tagged or candidates
    return candidates[0]


def _tables(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every schema within an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _tables(part)


def _tags(table: type[BaseModel]) -> tuple[str, ...]:
    return get_args(table.model_fields["step"].annotation) if "step" in table.model_fields else ()


def recipes_differ(cards: Mapping[str, ModelCard]) -> str:
    """A sentence where the nets of these cards were not all trained on the same recordings: what
    tells them apart may then be the training; "" where all were, or but one has a recipe.

    cards: by name. Seeds and terms of the loss make no difference; cards without a recipe count
    for nothing. Epochs are told, because few of them go with recipes that differ.
    """
    groups: dict[str, dict[str, int]] = {}
    for name, card in cards.items():
        if card.recipe is not None:
            groups.setdefault(card.recipe.recordings, {})[name] = card.recipe.all_epochs
    if len(groups) < 2:
        return ""
    parts = []
    for recordings, epochs in groups.items():
        counts = sorted(set(epochs.values()))
        shown = " to ".join(map(str, dict.fromkeys((counts[0], counts[-1]))))
        unit = "epoch" if counts == [1] else "epochs"
        parts.append(f"{', '.join(epochs)} on {recordings} ({shown} {unit})")
    return (
        f"These nets were not trained alike: {'; '.join(parts)}. What tells nets of one group from "
        "those of another may be the training and not the net."
    )
