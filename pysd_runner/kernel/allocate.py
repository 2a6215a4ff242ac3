"""ALLOCATE AVAILABLE and ALLOCATE BY PRIORITY: a supply shared out by priority.

Each request is a demand that falls with the price: in full far below its priority, none far
above. The market clears at the price where all demands together are the supply. That price is
found by bisection down to two neighbouring floats, and what is shared out lies between the
demands at both, so that it adds up to the supply.

References
----------
.. [1] Vensim Reference Manual, "Allocation Overview" and "Priority Profiles".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pysd_runner.kernel.ir import Builder
from pysd_runner.kernel.lowering import Lowering, Rule, Scope
from pysd_runner.kernel.market import CURVES, Curve, clearing
from pysd_runner.kernel.vectors import bound, vector_of
from pysd_runner.model.syntax import Call, Expression, Reference
from pysd_runner.names import key

_NAMES: dict[float | None, str] = {0: "fixed quantity", 5: "constant elasticity"}


def _available(lower: Lowering, node: Call, scope: Scope) -> int:
    requested, profile, supply = node.arguments
    vector = vector_of(lower, requested, scope, "ALLOCATE AVAILABLE")
    elements = lower.graph.ranges[vector.range].keys
    columns = _profile_columns(lower, profile, scope)
    curves: list[Curve] = []
    for element in elements:
        inner = bound(scope, vector.range, element)
        kind, priority, width, _ = (lower.number(each, inner) for each in columns)
        number = lower.build.value(kind)
        if number not in CURVES:
            shown = "is not known beforehand" if number is None else f"is {number:g}"
            named = f" ({_NAMES[number]})" if number in _NAMES else ""
            raise lower.refusal(
                scope, f"ALLOCATE AVAILABLE with a priority profile whose kind {shown}{named} and "
                "none of 1 rectangular, 2 triangular, 3 normal, 4 exponential")  # fmt: skip
        curves.append(Curve(int(number or 0), priority, width))
    return _share(lower, vector.nodes, curves, lower.number(supply, scope), vector.place)


def _profile_columns(lower: Lowering, node: Expression, scope: Scope) -> list[Reference]:
    """Return references to kind, priority, width and extra: four elements in a row."""
    if not isinstance(node, Reference) or not node.subscripts:
        raise lower.refusal(scope, "ALLOCATE AVAILABLE with a priority profile that is no array")
    variable = lower.graph[node.name]
    keys = lower.graph.ranges[variable.dimensions[-1]].keys
    last = node.subscripts[-1]
    first = 0 if last.rstrip("!") in lower.graph.ranges else keys.index(key(last))
    if len(keys) < first + 4:
        raise lower.refusal(scope, "ALLOCATE AVAILABLE with a priority profile of less than four "
                                   "elements")  # fmt: skip
    return [Reference(node.name, (*node.subscripts[:-1], name)) for name in keys[first : first + 4]]


def _by_priority(lower: Lowering, node: Call, scope: Scope) -> int:
    """ALLOCATE BY PRIORITY: demands that fall along a straight line of the given width."""
    requested, priority, _, width, supply = node.arguments
    vector = vector_of(lower, requested, scope, "ALLOCATE BY PRIORITY")
    priorities = vector_of(lower, priority, scope, "ALLOCATE BY PRIORITY")
    wide = lower.number(width, scope)
    curves = [Curve(1, each, wide) for each in priorities.nodes]
    return _share(lower, vector.nodes, curves, lower.number(supply, scope), vector.place)


def _share(
    lower: Lowering, requests: Sequence[int], curves: Sequence[Curve], supply: int, place: int
) -> int:
    build = lower.build
    above = clearing(build, requests, curves, supply)
    below = build.unary("before", above)

    def demands(price: int) -> list[int]:
        return [
            build.mul(request, CURVES[curve.kind](build, curve, price))
            for request, curve in zip(requests, curves, strict=True)
        ]

    at_above, at_below = demands(above), demands(below)
    least, most = _total(build, at_above), _total(build, at_below)
    zero = build.const(0.0)
    gap = build.sub(most, least)
    part = build.div(build.sub(supply, least), gap)
    part = build.select(build.compare("gt", gap, zero), part, zero)
    own = build.add(at_above[place],
                    build.mul(part, build.sub(at_below[place], at_above[place])))  # fmt: skip
    enough = build.compare("ge", supply, _total(build, requests))
    return build.select(enough, requests[place], own)


def _total(build: Builder, nodes: Sequence[int]) -> int:
    return reduce(build.add, nodes)


ALLOCATIONS: dict[str, Rule] = {
    "allocate available": _available,
    "allocate by priority": _by_priority,
}
