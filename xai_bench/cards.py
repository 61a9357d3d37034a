"""The two kinds of card, as strict schemas, and the one reader of TOML."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from xai_bench.errors import CardError
from xai_bench.registry import short_name
from xai_bench.tasks import Task, find_task, task_of_classes

__all__ = ["Facts", "Fast", "MetricCard", "ModelCard", "QuantusCall", "Recipe", "read_card"]

Target = Annotated[str, AfterValidator(short_name)]
"""Code: a registered short name, or "./net.py:Net" in a file beside the card. What is registered has
one spelling in a card that was read, so that moving code changes no fingerprint."""


class Facts(BaseModel):
    """A table of a card: unknown, missing and mistyped keys fail."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def fingerprint(self) -> str:
        """sha256 of the content; the order of keys does not matter."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Windows(Facts):
    """A net that reads less than a recording: its logits over windows are put together."""

    seconds: float = Field(gt=0, le=60)
    step_seconds: float = Field(gt=0, le=60)
    combine: Literal["maximum", "mean"]


class Input(Facts):
    """What the net reads, after normalisation."""

    rate_hz: float
    seconds: float
    normalisation: Literal["zscore"]
    windows: Windows | None = Field(default=None, exclude_if=lambda windows: windows is None)

    @model_validator(mode="after")
    def _windows_fit(self) -> Input:
        if self.windows is not None and self.windows.seconds > self.seconds:
            raise ValueError("windows are longer than the recording")
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
    """A safetensors file beside the card; a large one is fetched from `url` when it is missing."""

    file: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    url: str = ""


class Origin(Facts):
    """Where weights that were not made by a recipe of ours come from."""

    location: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    variant: str


class Recipe(Facts):
    """How the weights are made; `xai-bench train` needs nothing else."""

    data: str
    seed: int
    epochs: int = Field(gt=0)
    batch_size: int = Field(gt=1)
    crop_seconds: float = Field(gt=0)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    l1: float = Field(ge=0, description="weight of mean|W| in the loss; native nets only")
    gradient_clip: float = Field(gt=0)
    local_fidelity: float = Field(default=0.0, ge=0)
    """Weight of the local-fidelity term (LFR-IMN, arXiv 2606.29951); native nets only."""
    patience: int = Field(default=10, gt=0)
    """Epochs without a better AUROC on fold 9 after which training stops."""
    storage: Literal["float32", "float16"] = "float32"
    """How weights are stored; claims are of what is stored."""


class Claims(Facts):
    """Numbers about the trained model, on fold 10 of the recipe's data; a test recomputes them."""

    parameters: int
    auroc: float
    """For several classes the mean of theirs."""
    auroc_ci: list[float] = Field(min_length=2, max_length=2)
    n: int
    auroc_by_class: dict[str, list[float]] = {}
    """For several classes: name -> [AUROC, low, high]."""


class ModelCard(Facts):
    """models/NAME/card.toml: a trained model. The folder is its name."""

    target: Target
    summary: str
    cite: str
    licence: str
    cam_layer: str | None = None
    params: dict[str, JsonValue]
    input: Input
    labels: Labels
    recipe: Recipe | None = None
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
    params: dict[str, JsonValue] = {}
    tolerance: float = Field(default=1e-5, gt=0)
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
    supersedes: str = ""
    params: dict[str, JsonValue] = {}
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


CardT = TypeVar("CardT", bound=BaseModel)


def read_card(path: Path, kind: type[CardT]) -> CardT:
    """The card in `path`, checked. Raises CardError naming the file, the key and what is wrong."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CardError(f"{path}: cannot be read as TOML: {error}") from error
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        # A misspelt key is also a missing one; its own name helps more.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"]) or "card"
        if first["type"] == "extra_forbidden":
            allowed = ", ".join(_table(kind, first["loc"][:-1]).model_fields)
            raise CardError(f"{path}: unknown key '{key}'. Allowed: {allowed}") from None
        raise CardError(f"{path}: {key}: {first['msg']}") from None


def _table(kind: type[BaseModel], keys: tuple[int | str, ...]) -> type[BaseModel]:
    """The schema of the table that `keys` lead to."""
    for key in keys:
        if isinstance(key, int):  # of a list, whose elements the key before it named
            continue
        annotation = kind.model_fields[key].annotation
        candidates = (annotation, *get_args(annotation))
        kind = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return kind
