"""Lookups and data: tables read at a number, or at the time.

What Vensim's manual says of the functions is the specification; PySD has none of them but the
plain call of a lookup.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from pysd_runner.errors import RunError
from pysd_runner.kernel.ir import Points
from pysd_runner.kernel.lowering import Lowering, Rule, Scope
from pysd_runner.model.external.given import no_values
from pysd_runner.model.graph import Variable
from pysd_runner.model.syntax import (
    Between,
    Call,
    Expression,
    Number,
    Outside,
    Reference,
    Table,
    Tables,
    Unary,
    references,
)
from pysd_runner.names import key

_FINEST = 10**6
"""Parts of a time unit that a time step or a start, as a file writes it, is a multiple of."""


def points(table: Table) -> Points:
    """Return a table as points in order of x; of equal x the later point comes later."""
    pairs = sorted(zip(table.x, table.y, strict=True), key=lambda pair: pair[0])
    xs, ys = (tuple(column) for column in zip(*pairs, strict=True))
    return Points(xs, ys, table.outside, table.between)


def data_value(lower: Lowering, scope: Scope) -> int:
    """Return the node of a data variable at the current time."""
    table = lower.graph.table(scope.definition, scope.cell[1])
    if table is not None:
        jumps = table.between != "linear"
        at = _time_of_data(lower, scope) if jumps else lower.held_time(scope.moment)
        return lower.build.lookup(points(table), at)
    body = scope.definition.body
    if body is None:
        raise RunError(no_values(lower.graph, scope.definition))
    named = [node.name for node in references(body) if isinstance(node, Reference)]
    if any(_changes(lower.graph[name]) for name in named if name in lower.graph):
        # whether it is computed at the times of the data or at each step is not documented
        raise lower.refusal(scope, "':=' with an expression of what changes but time")
    return lower.node(body, scope)


def _time_of_data(lower: Lowering, scope: Scope) -> int:
    """Return the node of the time at which a step began, without the rounding of the clock.

    Ten steps of 0.1 end before 1, and what is written down for 1 would not be seen there. In
    numbers as a file writes them, the time is a quotient of two whole numbers.
    """
    step = lower.controls.get(("time step", ()))
    start = lower.controls.get(("initial time", ()))
    if scope.moment == "start" or step is None or start is None:
        return lower.held_time(scope.moment)
    build = lower.build
    first, each = (Fraction(x).limit_denominator(_FINEST) for x in (start, step))
    if (float(first), float(each)) != (start, step):
        return build.add(build.const(start), build.mul(build.tick(), build.const(step)))
    parts = math.lcm(first.denominator, each.denominator)
    passed = build.mul(build.tick(), build.const(float(each * parts)))
    return build.div(
        build.add(build.const(float(first * parts)), passed), build.const(float(parts))
    )


def _changes(variable: Variable) -> bool:
    """Tell whether a variable has values over time of its own, which no data equation computes."""
    if variable.kind != "data":
        return variable.kind in ("stock", "flow", "auxiliary")
    return any(
        each.body is None or each.origin or isinstance(each.body, Table | Tables)
        for each in variable.definitions
    )


def lookup_call(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return the node of a lookup variable read at its argument."""
    cell = (key(node.function), lower.elements(node.subscripts, scope))
    if cell in lower.curves:
        return lower.curve(cell, lower.number(node.arguments[0], scope))
    found = _points_of(lower, Reference(node.function, node.subscripts), scope, "lookup")
    return lower.build.lookup(found, lower.number(node.arguments[0], scope))


def _points_of(
    lower: Lowering, node: Expression, scope: Scope, kind: str, name: str = "a lookup"
) -> Points:
    """Return the points of a literal table, or of a lookup or data variable."""
    if isinstance(node, Table):
        return points(node)
    if isinstance(node, Reference) and key(node.name) in lower.graph.variables:
        elements = lower.elements(node.subscripts, scope)
        if (key(node.name), elements) in lower.curves:
            raise lower.refusal(
                scope,
                f"'{node.name}', which differs by run, as {name}",
                "call it as a lookup, or let it be the same in all runs",
            )
        _, definition = lower.equations[key(node.name), elements]
        if definition.statement.kind == kind == "data" and definition.body is None:
            raise RunError(no_values(lower.graph, definition))
        table = lower.graph.table(definition, elements)
        if definition.statement.kind == kind and table is not None:
            return points(table)
        raise lower.refusal(scope, f"'{node.name}', which is no {kind}, as {name}",
                            f"name a {kind} variable")  # fmt: skip
    raise lower.refusal(scope, f"an expression where {name} must stand",
                        f"name a {kind} variable")  # fmt: skip


# -- lookups ----------------------------------------------------------------------------------


def _with_lookup(lower: Lowering, node: Call, scope: Scope) -> int:
    x = lower.number(node.arguments[0], scope)
    return lower.build.lookup(_points_of(lower, node.arguments[1], scope, "lookup"), x)


def _read(between: Between, outside: Outside = "hold") -> Rule:
    """LOOKUP FORWARD, LOOKUP BACKWARD, LOOKUP EXTRAPOLATE, TABXL."""

    def rule(lower: Lowering, node: Call, scope: Scope) -> int:
        table = _points_of(lower, node.arguments[0], scope, "lookup")
        x = lower.number(node.arguments[1], scope)
        return lower.build.lookup(replace(table, between=between, outside=outside), x)

    return rule


def _invert(lower: Lowering, node: Call, scope: Scope) -> int:
    """LOOKUP INVERT: the x at which a lookup that rises or falls throughout has a value."""
    table = _points_of(lower, node.arguments[0], scope, "lookup")
    pairs = sorted(zip(table.y, table.x, strict=True))
    ys, xs = (tuple(column) for column in zip(*pairs, strict=True))
    if xs not in (table.x, table.x[::-1]) or any(a == b for a, b in pairwise(ys)):
        raise lower.refusal(
            scope, "LOOKUP INVERT of a lookup that neither rises nor falls throughout",
            "write the inverse as a lookup of its own")  # fmt: skip
    return lower.build.lookup(Points(ys, xs), lower.number(node.arguments[1], scope))


def _area(lower: Lowering, node: Call, scope: Scope) -> int:
    """LOOKUP AREA: what lies below a lookup between two x, its end values going on for ever."""
    table = _points_of(lower, node.arguments[0], scope, "lookup")
    build = lower.build
    areas = [0.0]
    for (x0, y0), (x1, y1) in pairwise(zip(table.x, table.y, strict=True)):
        areas.append(areas[-1] + 0.5 * (y0 + y1) * (x1 - x0))

    def before(values: Sequence[float], x: int) -> int:
        return build.lookup(Points(table.x, tuple(values), between="previous"), x)

    def until(x: int) -> int:
        mean = build.mul(build.const(0.5), build.add(before(table.y, x), build.lookup(table, x)))
        part = build.mul(mean, build.sub(x, before(table.x, x)))
        return build.add(before(areas, x), part)

    start, end = (lower.number(each, scope) for each in node.arguments[1:])
    return build.sub(until(end), until(start))


def _slope(lower: Lowering, node: Call, scope: Scope) -> int:
    # the manual says too little of its modes
    raise lower.refusal(scope, "LOOKUP SLOPE", "write the slope as a lookup of its own")


# -- data -------------------------------------------------------------------------------------


def _data(lower: Lowering, node: Call, scope: Scope) -> Points:
    return _points_of(lower, node.arguments[0], scope, "data", f"the data of {node.function}")


def _at_time(lower: Lowering, node: Call, scope: Scope) -> int:
    return lower.build.lookup(_data(lower, node, scope), lower.number(node.arguments[1], scope))


def _between_times(lower: Lowering, node: Call, scope: Scope) -> int:
    """GET DATA BETWEEN TIMES; the mode is 0 to interpolate, 1 for the next point."""
    mode = node.arguments[2]
    if mode not in (Number(0.0), Number(1.0)):
        # Vensim is known to take the point before even where the time is that of a point
        what = "any mode but 0 and 1" if not isinstance(mode, Unary) else "a negative mode"
        raise lower.refusal(scope, f"GET DATA BETWEEN TIMES with {what}",
                            "interpolate (0) or look forward (1)")  # fmt: skip
    between: Between = "next" if mode == Number(1.0) else "linear"
    table = replace(_data(lower, node, scope), between=between)
    return lower.build.lookup(table, lower.number(node.arguments[1], scope))


def _first_time(lower: Lowering, node: Call, scope: Scope) -> int:
    return lower.build.const(_data(lower, node, scope).x[0])


def _last_time(lower: Lowering, node: Call, scope: Scope) -> int:
    return lower.build.const(_data(lower, node, scope).x[-1])


def _total_points(lower: Lowering, node: Call, scope: Scope) -> int:
    return lower.build.const(float(len(_data(lower, node, scope).x)))


TABLE_FUNCTIONS: dict[str, Rule] = {
    "with lookup": _with_lookup,
    "lookup forward": _read("next"),
    "lookup backward": _read("previous"),
    "lookup extrapolate": _read("linear", "extend"),
    "tabxl": _read("linear", "extend"),
    "lookup invert": _invert,
    "lookup area": _area,
    "lookup slope": _slope,
    "get data at time": _at_time,
    "get data between times": _between_times,
    "get data first time": _first_time,
    "get data last time": _last_time,
    "get data total points": _total_points,
}
