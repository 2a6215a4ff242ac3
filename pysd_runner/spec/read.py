"""Read ``sandbox.toml`` and hold it against the model; every fault is reported, with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from pysd_runner.errors import Fault, SpecError
from pysd_runner.model.graph import ModelGraph
from pysd_runner.spec.against_files import against_files
from pysd_runner.spec.against_model import against_model
from pysd_runner.spec.joint import Correlation, ShareSet
from pysd_runner.spec.schema import About, History, Lever, Outcome, Spec, Uncertainty
from pysd_runner.spec.shocks import Compound, Shock
from pysd_runner.spec.structure import Breaker, Loop
from pysd_runner.spec.toml import line_of, read_toml, shape_faults
from pysd_runner.spec.value_sets import Bundle, ValueSet

_TABLES: dict[str, type[BaseModel]] = {
    "model": About, "levers": Lever, "uncertainties": Uncertainty, "outcomes": Outcome,
    "scenarios": ValueSet, "policies": ValueSet, "bundles": Bundle, "history": History,
    "shocks": Shock, "compounds": Compound, "correlations": Correlation,
    "shares": ShareSet, "breakers": Breaker, "loops": Loop,
}  # fmt: skip


def read_spec(path: Path, graph: ModelGraph) -> Spec:
    """Read a spec and check it against its model and the files that it names.

    Parameters
    ----------
    path : pathlib.Path
        A ``sandbox.toml``.
    graph : ModelGraph
        The model that it speaks of.

    Raises
    ------
    SpecError
        With every fault found: unknown keys, missing keys, unknown variables, inverted bounds,
        units or base values that differ from the model's, sources that no table lists, …
    """
    text, raw = read_toml(path)
    try:
        spec = Spec.model_validate(raw)
    except ValidationError as error:
        faults = shape_faults(error, Spec, _TABLES, path, text)
        rest = _without(raw, [each["loc"] for each in error.errors()])
        faults += _held_against(rest, path, text, graph, raw) if rest is not None else []
        raise SpecError(faults) from None
    faults = _held_against(spec, path, text, graph, raw)
    if faults:
        raise SpecError(faults)
    return spec


def _without(raw: Mapping[str, Any], wrong: list[tuple[Any, ...]]) -> Spec | None:
    """Return what is left without the faulty entries, to report all faults in one go."""
    rest = {table: dict(v) if isinstance(v, dict) else v for table, v in raw.items()}
    for place in wrong:
        if place[0] not in _TABLES or place[0] == "model" or not isinstance(rest[place[0]], dict):
            return None
        rest[place[0]].pop(place[1], None)
    return Spec.model_validate(rest)


def _held_against(
    spec: Spec, path: Path, text: str, graph: ModelGraph, raw: Mapping[str, Any]
) -> list[Fault]:
    faults = [
        Fault(f"{message}.", path, line_of(text, place), ".".join(place))
        for place, message in against_model(spec, graph, raw)
    ]
    return faults + against_files(spec, path, text)
