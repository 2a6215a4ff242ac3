"""From the graph of a model to a program.

:mod:`~pysd_runner.kernel.lowering` goes through variables and expressions; what a call means
stands here and in the tables of rules that are joined here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import product

from pysd_runner.kernel.allocate import ALLOCATIONS
from pysd_runner.kernel.elementwise import ELEMENTWISE, timed
from pysd_runner.kernel.lowering import Lowering, Rule, Scope
from pysd_runner.kernel.memory import MEMORY
from pysd_runner.kernel.noise import RANDOM
from pysd_runner.kernel.program import Cell, Input, Measure, Program, Reduction
from pysd_runner.kernel.table_functions import TABLE_FUNCTIONS, data_value, lookup_call
from pysd_runner.kernel.vectors import VECTORS
from pysd_runner.kernel.xmile_functions import XMILE_FUNCTIONS
from pysd_runner.model.dependencies import marked_ranges
from pysd_runner.model.functions import is_unsupported
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.syntax import Call, Expression, Reference
from pysd_runner.names import key


def lower(
    graph: ModelGraph,
    inputs: Sequence[Input],
    outputs: Sequence[Cell],
    *,
    controls: Mapping[str, float],
    measures: Sequence[tuple[Reduction, Expression]] = (),
) -> Program:
    """Lower a model.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    inputs : sequence of Cell or Curve
        What may differ by run.
    outputs : sequence of Cell
        What is asked for over time.
    controls : mapping
        Values of the control variables, by key: ``initial time``, ``time step``, …. One that
        is missing is computed as it stands in the model, at every step.
    measures : sequence of pairs
        How an expression over variables of the model is reduced, and the expression.

    Raises
    ------
    ModelError
        The model uses a construct that cannot be compiled; the message names it and its line.
    """
    lowering = Lowering(graph, inputs, controls, call=_call, data=data_value)
    build = lowering.build
    kept = [build.number(lowering.cell(cell, "step")) for cell in outputs]
    measured = [Measure(kind, lowering.measured(expression)) for kind, expression in measures]
    step = build.number(lowering.cell(("time step", ()), "step"))
    states = lowering.finish()
    limits = tuple(lowering.limits(outputs))
    return Program(
        tuple(build.nodes), tuple(build.tables), lowering.width, states, tuple(kept),
        controls["initial time"], controls.get("time step", 0.0), step, tuple(measured), limits,
    )  # fmt: skip


def _call(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return the node of a function or a lookup applied to its arguments."""
    name = key(node.function)
    if lower.graph.is_variable(name):
        return lookup_call(lower, node, scope)
    if name in _RULES:
        return _RULES[name](lower, node, scope)
    if is_unsupported(name):  # before its arguments, which may be what only it can take
        raise lower.refusal(scope, node.function.upper(), "write it with other functions")
    arguments = [lower.number(each, scope) for each in node.arguments]
    if name in ELEMENTWISE:
        return ELEMENTWISE[name](lower.build, *arguments)
    found = timed(lower.build, name, arguments, lower.held_time(scope.moment),
                  lower.cell(("time step", ()), scope.moment))  # fmt: skip
    if found is None:
        raise lower.refusal(scope, node.function.upper(), "write it with other functions")
    return found


def _choice(lower: Lowering, node: Call, scope: Scope) -> int:
    """IF THEN ELSE: both values are computed, one is taken."""
    condition, *values = node.arguments
    yes, no = (lower.number(each, scope) for each in values)
    return lower.build.select(lower.mask(condition, scope), yes, no)


def _count(lower: Lowering, node: Call, scope: Scope) -> int:
    """ELMCOUNT: the number of elements of a range."""
    if not isinstance(node.arguments[0], Reference):
        raise lower.refusal(scope, "ELMCOUNT of an expression", "name a range")
    return lower.build.const(float(len(lower.graph.ranges[node.arguments[0].name].elements)))


def _reduction(operation: str) -> Rule:
    """SUM, PROD, VMIN and VMAX over the ranges marked with !, the last running fastest."""

    def rule(lower: Lowering, node: Call, scope: Scope) -> int:
        ranges = list(dict.fromkeys(marked_ranges(node.arguments[0])))
        if not ranges:
            raise lower.refusal(scope, f"{node.function.upper()} without a range marked '!'")
        count = math.prod(len(lower.graph.ranges.elements_of(name)) for name in ranges)
        if count > MAX_TERMS:
            raise lower.refusal(scope, f"{node.function.upper()} over {count:,} elements",
                               "sum over one range after the other")  # fmt: skip
        terms = []
        for cell in product(*(lower.graph.ranges.elements_of(name) for name in ranges)):
            bound = dict(zip(map(key, ranges), cell, strict=True))
            terms.append(lower.number(node.arguments[0], scope.within({**scope.binding, **bound})))
        return reduce(getattr(lower.build, operation), terms)

    return rule


MAX_TERMS = 1_000_000
"""Elements that one sum may run over."""

_RULES: Mapping[str, Rule] = {
    **MEMORY, **VECTORS, **ALLOCATIONS, **TABLE_FUNCTIONS, **RANDOM, **XMILE_FUNCTIONS,
    "if then else": _choice,
    "elmcount": _count,
    "sum": _reduction("add"),
    "prod": _reduction("mul"),
    "vmin": _reduction("minimum"),
    "vmax": _reduction("maximum"),
}  # fmt: skip
