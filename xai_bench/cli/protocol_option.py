"""`--protocol`: other defaults for a verb, as one paper has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from xai_bench.cli.options import Option
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.presets import Protocol

if TYPE_CHECKING:
    from xai_bench.zoo import Zoo

__all__ = ["check_form", "protocol_option"]


def protocol_option(protocols: Mapping[str, Protocol]) -> Option[Any]:
    """An option that sets the defaults of --model, --method, --data, --n, --target and --metrics;
    what is given explicitly stands. Raises UnknownNameError."""

    def choose(context: click.Context, parameter: click.Parameter, name: str | None) -> str | None:
        if name is None:
            return None
        if name not in protocols:
            raise UnknownNameError("protocol", name, protocols)
        chosen = protocols[name]
        context.default_map = {
            "model": ",".join(chosen.models),
            "method": ",".join(chosen.methods),
            "metrics": ",".join(chosen.metrics),
            "data": chosen.data,
            "target": chosen.target,
            "n": str(chosen.n),
        }
        return name

    return click.option(
        "--protocol",
        callback=choose,
        is_eager=True,  # before those whose defaults it sets
        help=f"Other defaults, of a paper: {', '.join(protocols)}; see xai-bench ls protocols.",
    )


def check_form(name: str, protocol: Protocol, models: str, zoo: Zoo) -> None:
    """Raises InputError for a model by name that reads other recordings than the protocol has."""
    from xai_bench.types import LEADS  # with numpy, for which Tab would have to wait

    folders = zoo.model_folders()
    for model in models.split(","):
        if model not in folders:
            continue
        form = zoo.model_card(model)[0].input
        reads = (form.rate_hz, form.seconds, tuple(form.leads))
        if reads != (protocol.rate_hz, protocol.seconds, protocol.leads):
            leads = "the twelve leads" if form.leads == list(LEADS) else ", ".join(form.leads)
            raise InputError(
                f"protocol {name} is of {protocol.form}; model '{model}' reads "
                f"{form.seconds:g} s at {form.rate_hz:g} Hz of {leads}"
            )
