"""Read ``sandbox.toml`` and hold it against the model; every fault is reported, with its line."""

from __future__ import annotations

import itertools
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from pysd_runner.errors import Fault, SpecError
from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.parse import parse_expression
from pysd_runner.model.subscripts import SubscriptFault
from pysd_runner.model.syntax import Binary, Call, Reference, Unary, references, walk
from pysd_runner.model.tokens import ParseError
from pysd_runner.names import key, nearest
from pysd_runner.spec.schema import (
    About,
    History,
    Lever,
    Outcome,
    Setting,
    Spec,
    Uncertainty,
)

MEASURE_FUNCTIONS = {
    "sum": 1, "prod": 1, "vmax": 1, "vmin": 1, "max": 2, "min": 2, "zidz": 2, "abs": 1, "exp": 1,
    "ln": 1, "sqrt": 1,
}  # fmt: skip
"""What an expression of a spec may call, and with how many arguments."""

_TABLES: dict[str, type[BaseModel]] = {
    "levers": Lever, "uncertainties": Uncertainty, "outcomes": Outcome, "scenarios": Setting,
    "policies": Setting, "history": History,
}  # fmt: skip


def read_spec(path: Path, graph: ModelGraph) -> Spec:
    """Read a spec and check it against its model.

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
        units or base values that differ from the model's, …
    """
    text, raw = read_toml(path)
    try:
        spec = Spec.model_validate(raw)
    except ValidationError as error:
        details = error.errors()
        faults = [_from_pydantic(dict(each), path, text) for each in details]
        faults += _faults_of_the_rest(raw, [each["loc"] for each in details], path, text, graph)
        raise SpecError(faults) from None
    faults = _faults_against_model(spec, path, text, graph)
    if faults:
        raise SpecError(faults)
    return spec


def _faults_against_model(spec: Spec, path: Path, text: str, graph: ModelGraph) -> list[Fault]:
    return [
        Fault(f"{message}.", path, line_of(text, place), ".".join(place))
        for place, message in _against_model(spec, graph)
    ]


def _faults_of_the_rest(
    raw: Mapping[str, Any], wrong: list[tuple[Any, ...]], path: Path, text: str, graph: ModelGraph
) -> list[Fault]:
    """Hold what is left without the faulty items against the model, to report all in one go."""
    rest = {table: dict(v) if isinstance(v, dict) else v for table, v in raw.items()}
    for place in wrong:
        if place[0] not in _TABLES or not isinstance(rest.get(place[0]), dict):
            return []
        rest[place[0]].pop(place[1], None)
    return [
        fault
        for fault in _faults_against_model(Spec.model_validate(rest), path, text, graph)
        if "is not a lever" not in fault.message
    ]


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a TOML file and what it says.

    Raises
    ------
    SpecError
        The file is missing, is no text, or is no valid TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(
            Fault("there is no such file; a model's levers and outcomes are listed in it.", path)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(Fault(f"cannot be read ({error}).", path)) from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else None
        what = re.sub(r"\s*\(at .*?\)", "", str(error))
        raise SpecError(Fault(f"is no valid TOML: {what}.", path, line)) from None


def line_of(text: str, place: tuple[str, ...]) -> int | None:
    """Return the line of a TOML text on which a key stands, or its table, or ``None``."""
    lines = text.splitlines()
    for depth in range(len(place), 0, -1):
        table = r"\s*\[\s*" + r"\s*\.\s*".join(map(_spelled, place[:depth]))
        number = _first(lines, rf"{table}\s*\]") or _first(lines, rf"{table}\s*\.")
        if number is None:
            continue
        if depth < len(place):
            below = list(itertools.takewhile(lambda line: line.lstrip()[:1] != "[", lines[number:]))
            number += _first(below, rf"\s*{_spelled(place[depth])}\s*=") or 0
        return number
    return None


def _spelled(part: str) -> str:
    return rf"[\"']?{re.escape(part)}[\"']?"


def _first(lines: list[str], pattern: str) -> int | None:
    """Return the number, from 1, of the first line that begins like this."""
    return next((n for n, line in enumerate(lines, 1) if re.match(pattern, line)), None)


def _from_pydantic(error: Mapping[str, Any], path: Path, text: str) -> Fault:
    place = tuple(str(part) for part in error["loc"])
    named = ".".join(place)
    if error["type"] == "extra_forbidden":
        known = Spec.model_fields if len(place) == 1 else _known_keys(place)
        message = f"unknown key{nearest(place[-1], known)} (known: {', '.join(known)})."
    elif error["type"] == "missing":
        message = "is missing; add it."
    else:
        what = str(error["msg"]).removeprefix("Value error, ")
        message = f"{what[:1].lower()}{what[1:]}."
    return Fault(message, path, line_of(text, place), named)


def _known_keys(place: tuple[str, ...]) -> list[str]:
    table = About if place[0] == "model" else _TABLES[place[0]]
    return [field.alias or name for name, field in table.model_fields.items()]


# -- against the model ------------------------------------------------------------------------

_Finding = tuple[tuple[str, ...], str]


def _against_model(spec: Spec, graph: ModelGraph) -> Iterator[_Finding]:
    for table in ("levers", "uncertainties"):
        for name, factor in getattr(spec, table).items():
            yield from _check_factor((table, name), factor, graph)
    for name in spec.levers.keys() & spec.uncertainties.keys():
        yield ("uncertainties", name), "is a lever too; give it another identifier"
    yield from _check_doubles(spec)
    horizon = _horizon(graph)
    for table in ("outcomes", "history"):
        for name, measured in getattr(spec, table).items():
            yield from _check_expression((table, name), measured.text, graph)
            if isinstance(measured, Outcome):
                yield from _check_times((table, name), measured, horizon)
    for name, scenario in spec.scenarios.items():
        for variable in scenario.values:
            yield from _check_constant(("scenarios", name, "values"), variable, graph)
    for name, policy in spec.policies.items():
        yield from _check_policy(("policies", name, "values"), policy, spec)


def _check_factor(
    place: tuple[str, ...], factor: Lever | Uncertainty, graph: ModelGraph
) -> Iterator[_Finding]:
    wrong = list(_check_constant((*place, "variable"), factor.setting, graph))
    yield from wrong
    if wrong:
        return
    variable = graph[factor.variable]
    if _unit(variable.unit) != _unit(factor.unit):
        yield (*place, "unit"), f"is '{factor.unit}', but '{variable.unit}' in the model"
    elements = tuple(key(e) for e in factor.element.split(",")) if factor.element else ()
    value = constant_value(graph, factor.variable, elements)
    if value is None:
        yield (*place, "variable"), "has different values by element; name one with 'element'"
    elif not math.isclose(value, factor.base, rel_tol=1e-9, abs_tol=1e-12):
        yield (*place, "base"), f"is {factor.base:g}, but {value:g} in the model; make them equal"
    if isinstance(factor, Lever) and factor.cost is not None and factor.cost not in graph:
        yield (
            (*place, "cost"),
            f"'{factor.cost}' is not a variable of the model{graph.nearest(factor.cost)}",
        )


def _check_constant(place: tuple[str, ...], name: str, graph: ModelGraph) -> Iterator[_Finding]:
    bare, _, element = name.rstrip("]").partition("[")
    if bare not in graph:
        yield place, f"'{bare}' is not a variable of the model{graph.nearest(bare)}"
    elif graph[bare].kind != "constant":
        yield place, f"'{bare}' is a {graph[bare].kind}; only constants can be varied"
    elif element:
        wanted = tuple(key(e) for e in element.split(","))
        if wanted not in graph.elements(graph[bare]):
            known = ", ".join(",".join(cell) for cell in graph.elements(graph[bare])) or "none"
            yield place, f"'{bare}' has no element '{element}' (it has {known})"


def _check_doubles(spec: Spec) -> Iterator[_Finding]:
    first: dict[str, str] = {}
    for table in ("levers", "uncertainties"):
        for name, factor in getattr(spec, table).items():
            other = first.setdefault(key(factor.setting), name)
            if other != name:
                yield (table, name), f"varies the same constant as '{other}'; remove one"


def _check_expression(place: tuple[str, ...], text: str, graph: ModelGraph) -> Iterator[_Finding]:
    place = (*place, "expression")
    try:
        node = parse_expression(text)
    except ParseError as error:
        yield place, error.message
        return
    named = [each for each in references(node) if isinstance(each, Reference)]
    if not named:
        yield place, "names no variable of the model"
    for below in walk(node):
        if isinstance(below, Call):
            yield from ((place, message) for message in _wrong_function(below))
        elif isinstance(below, Binary | Unary) and below.operator.startswith(":"):
            yield place, f"may not use {below.operator}; measure a variable of the model instead"
    for reference in named:
        yield from ((place, message) for message in _wrong_reference(reference, graph))
    free = {s for each in named for s in each.subscripts if s in graph.ranges}
    for name in sorted(free):
        yield place, f"gives a value for each of '{name}'; sum over it with SUM(…[{name}!])"


def _wrong_function(call: Call) -> Iterator[str]:
    count = MEASURE_FUNCTIONS.get(key(call.function))
    if count is None:
        listed = ", ".join(sorted(MEASURE_FUNCTIONS)).upper()
        yield f"may not use {call.function}; it knows {listed} only"
    elif len(call.arguments) != count:
        yield f"{call.function} takes {count} argument(s) here, not {len(call.arguments)}"


def _wrong_reference(reference: Reference, graph: ModelGraph) -> Iterator[str]:
    if reference.name not in graph:
        yield f"'{reference.name}' is not a variable of the model{graph.nearest(reference.name)}"
        return
    variable = graph[reference.name]
    if len(reference.subscripts) != len(variable.dimensions):
        yield (
            f"'{variable.name}' needs the subscripts [{','.join(variable.dimensions)}]: "
            "name elements, or sum over a range with SUM(…[range!])"
        )
        return
    for subscript, dimension in zip(reference.subscripts, variable.dimensions, strict=True):
        try:
            strange = set(graph.ranges.elements_of(subscript)) - set(graph.ranges[dimension].keys)
        except SubscriptFault as fault:
            yield str(fault)
            continue
        if strange:
            yield f"'{variable.name}' runs over {dimension}, which has no '{sorted(strange)[0]}'"


def _check_times(
    place: tuple[str, ...], outcome: Outcome, horizon: tuple[float, float] | None
) -> Iterator[_Finding]:
    if horizon is None:
        return
    for name, time in (("at", outcome.at), ("from", outcome.start), ("to", outcome.end)):
        if time is not None and not horizon[0] <= time <= horizon[1]:
            yield (
                (*place, name),
                f"the time {time:g} lies outside the run, {horizon[0]:g} to {horizon[1]:g}",
            )


def _check_policy(place: tuple[str, ...], policy: Setting, spec: Spec) -> Iterator[_Finding]:
    for name, value in policy.values.items():
        if name not in spec.levers:
            yield place, f"'{name}' is not a lever{nearest(name, spec.levers)}"
            continue
        low, high = spec.levers[name].bounds
        if not low <= value <= high:
            yield place, f"'{name}' = {value:g} lies outside its bounds [{low:g}, {high:g}]"


def _horizon(graph: ModelGraph) -> tuple[float, float] | None:
    start, end = constant_value(graph, "INITIAL TIME"), constant_value(graph, "FINAL TIME")
    return None if start is None or end is None else (start, end)


def _unit(text: str) -> str:
    compact = "".join(text.split()).lower()
    return "dmnl" if compact in ("", "1", "dmnl", "dimensionless", "fraction") else compact
