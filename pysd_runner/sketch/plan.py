"""What each view must show: its own variables, the pipes between stocks, and what acts on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from pysd_runner.model.classify import additive_terms
from pysd_runner.model.graph import TIME, ModelGraph, Variable
from pysd_runner.model.syntax import Call, Expression, Reference, references
from pysd_runner.names import key

MOST_EQUATIONS = 48
"""More equations than these are shown on several views."""

CLOCK = "Time"
_GIVEN = ("constant", "lookup", "data", "control")


@dataclass(frozen=True, slots=True)
class Pipe:
    """A flow with what it leaves and what it enters; ``None`` is a cloud."""

    flow: str
    source: str | None
    target: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What one view shows; all variables by key.

    Parameters
    ----------
    title : str
        Of the view.
    own : tuple of str
        Variables at home on it, in the order of the file.
    pipes : tuple of Pipe
        Flows at home on it that leave or enter a stock at home on it.
    links : tuple of (str, str)
        Cause and effect, where the effect is at home on it and no pipe shows the same.
    """

    title: str
    own: tuple[str, ...]
    pipes: tuple[Pipe, ...]
    links: tuple[tuple[str, str], ...]


def plans(graph: ModelGraph, homes: Mapping[str, str] | None = None) -> tuple[Plan, ...]:
    """Say what each view shows.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    homes : mapping of str to str or None
        View on which a variable (by key) is at home already; others go where most of their group
        are, or to a view with its name.
    """
    titles = dict(homes or {})
    for title, members in _by_group(graph):
        known = Counter(titles[v.key] for v in members if v.key in titles)
        for variable in members:
            titles.setdefault(variable.key, known.most_common(1)[0][0] if known else title)
    order = list(dict.fromkeys(titles[v.key] for v in _drawn(graph)))
    return tuple(
        _plan(title, [v for v in _drawn(graph) if titles[v.key] == title], graph) for title in order
    )


def name_of(graph: ModelGraph, name: str) -> str:
    """Return a variable as a diagram names it."""
    return CLOCK if name == TIME else graph.variables[name].name


def causes(variable: Variable, graph: ModelGraph) -> tuple[str, ...]:
    """Return the keys of what a variable's equations use, through macros, the clock included."""
    found: dict[str, None] = {}
    waiting, seen = [variable], {variable.key}
    while waiting:
        current = waiting.pop(0)
        for name in map(key, _used(current)):
            inside = name in graph.variables and graph.variables[name].is_internal
            if not inside:
                found[name] = None
            elif name not in seen:
                seen.add(name)
                waiting.append(graph.variables[name])
    return tuple(found)


def _used(variable: Variable) -> Iterator[str]:
    yield from variable.uses
    for definition in variable.definitions:
        if definition.body is not None and any(
            isinstance(node, Reference) and key(node.name) == TIME
            for node in references(definition.body)
        ):
            yield CLOCK


def _drawn(graph: ModelGraph) -> list[Variable]:
    return [variable for variable in graph if not variable.is_internal]


def _by_group(graph: ModelGraph) -> Iterator[tuple[str, list[Variable]]]:
    """Yield the views by their groups; a group of too many equations gives several."""
    groups: dict[str, list[Variable]] = {}
    for variable in _drawn(graph):
        groups.setdefault(variable.group or "View 1", []).append(variable)
    for title, members in groups.items():
        equations = [v for v in members if v.kind not in _GIVEN]
        parts = ceil(len(equations) / MOST_EQUATIONS)
        if parts < 2:
            yield title, members
            continue
        share = ceil(len(equations) / parts)
        for number, part in enumerate(_split(members, share), 1):
            yield f"{title} ({number})", part


def _split(members: Sequence[Variable], share: int) -> Iterator[list[Variable]]:
    part: list[Variable] = []
    equations = 0
    for variable in members:
        if variable.kind not in _GIVEN:
            if equations == share:
                yield part
                part, equations = [], 0
            equations += 1
        part.append(variable)
    yield part


def _plan(title: str, members: list[Variable], graph: ModelGraph) -> Plan:
    own = tuple(variable.key for variable in members)
    rates = {v.key: dict(_rate(v)) for v in members if v.kind == "stock"}
    pipes = tuple(_pipes(members, rates))
    piped = {(pipe.flow, end) for pipe in pipes for end in (pipe.source, pipe.target)}
    links = tuple(
        (cause, variable.key)
        for variable in members
        for cause in causes(variable, graph)
        if cause != variable.key and (cause, variable.key) not in piped
    )  # fmt: skip
    return Plan(title, own, pipes, links)


def _rate(stock: Variable) -> Iterator[tuple[str, int]]:
    """Yield the flows of a stock with their signs: variables that stand as terms of their own."""
    for definition in stock.definitions:
        body = definition.body
        if isinstance(body, Call) and key(body.function) == "integ":
            for sign, term in additive_terms(body.arguments[0]):
                flow = _flow(term)
                if flow:
                    yield flow, sign


def _flow(term: Expression) -> str:
    if isinstance(term, Call) and key(term.function) == "sum":
        term = term.arguments[0]
    return key(term.name) if isinstance(term, Reference) else ""


def _pipes(members: list[Variable], rates: Mapping[str, Mapping[str, int]]) -> Iterator[Pipe]:
    for variable in members:
        if variable.kind not in ("flow", "auxiliary"):
            continue
        left = [stock for stock, flows in rates.items() if flows.get(variable.key) == -1]
        entered = [stock for stock, flows in rates.items() if flows.get(variable.key) == 1]
        if left or entered:
            yield Pipe(variable.key, left[0] if left else None, entered[0] if entered else None)
