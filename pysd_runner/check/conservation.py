"""Is anything created or lost? Proved on the equations, then measured on a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.check.finding import Finding
from pysd_runner.errors import Fault
from pysd_runner.model.classify import additive_terms
from pysd_runner.model.graph import ModelGraph, is_integral
from pysd_runner.model.subscripts import Binding
from pysd_runner.model.syntax import Call, Expression, Reference, write
from pysd_runner.names import key
from pysd_runner.spec.checks import Conservation

Cell = tuple[str, tuple[str, ...]]
Booking = tuple[int, str]


def double_entry(graph: ModelGraph, rule: Conservation) -> list[Fault]:
    """Prove that every flow inside the boundary is debited once and credited once.

    The rate of each listed stock must be a plain sum of flows, or of ``SUM(flow[range!])``.
    Element by element, a flow listed as external must then stand once, with the sign of its
    list, and any other flow once with plus and once with minus.

    Returns
    -------
    list of Fault
        Empty if the books are closed.
    """
    faults: list[Fault] = []
    bookings: dict[Cell, list[Booking]] = defaultdict(list)
    for name in rule.stocks:
        faults.extend(_book(graph, name, bookings))
    incoming = {key(name) for name in rule.external_in}
    outgoing = {key(name) for name in rule.external_out}
    for cell, entries in bookings.items():
        signs = sorted(sign for sign, _ in entries)
        expected = [1] if cell[0] in incoming else [-1] if cell[0] in outgoing else [-1, 1]
        if signs != expected:
            faults.append(_unbalanced(graph, cell, entries, expected))
    booked = {name for name, _ in bookings}
    stocks = ", ".join(f"'{name}'" for name in rule.stocks)
    for name in (*rule.external_in, *rule.external_out):
        if key(name) not in booked:
            faults.append(
                Fault(f"is listed as external in checks.toml but moves none of {stocks}; put it "
                      "into the rate of one of them, or remove it from the list.",
                      graph.source.path, graph[name].line, name)
            )  # fmt: skip
    return faults


def _book(graph: ModelGraph, name: str, bookings: dict[Cell, list[Booking]]) -> list[Fault]:
    stock = graph[name]
    faults: list[Fault] = []
    if stock.kind != "stock":
        message = f"is a {stock.kind}, not a stock; list stocks only."
        return [Fault(message, graph.source.path, stock.line, name)]
    for elements, binding, definition in graph.cells(stock):
        if not is_integral(definition.body):
            faults.append(
                Fault("has an element that is no stock; give it an INTEG.", graph.source.path,
                      definition.entry.line, name)
            )  # fmt: skip
            continue
        assert isinstance(definition.body, Call)
        for sign, term in additive_terms(definition.body.arguments[0]):
            flow = _flow_of(term)
            if flow is None or flow.name not in graph:
                faults.append(
                    Fault(f"its rate holds the term '{write(term)}', which is no flow; give it a "
                          "variable of its own.", graph.source.path, definition.entry.line, name)
                )  # fmt: skip
                continue
            where = f"{stock.name}[{','.join(elements)}]" if elements else stock.name
            for cell in _cells(graph, flow, binding):
                bookings[cell].append((sign, where))
    return list({str(fault): fault for fault in faults}.values())


def _flow_of(term: Expression) -> Reference | None:
    if isinstance(term, Call) and key(term.function) == "sum":
        term = term.arguments[0]
    return term if isinstance(term, Reference) else None


def _cells(graph: ModelGraph, flow: Reference, binding: Binding) -> Iterator[Cell]:
    choices: list[tuple[str, ...]] = [()]
    for subscript in flow.subscripts:
        found = graph.ranges.resolve(subscript, binding)
        choices = [(*choice, element) for choice in choices for element in found]
    return ((key(flow.name), choice) for choice in choices)


def _unbalanced(
    graph: ModelGraph, cell: Cell, entries: list[Booking], expected: list[int]
) -> Fault:
    variable = graph[cell[0]]
    name = f"{variable.name}[{','.join(cell[1])}]" if cell[1] else variable.name
    found = ", ".join(
        f"{'+' if sign > 0 else '-'} in '{where}' (line {graph[where.partition('[')[0]].line})"
        for sign, where in entries
    )
    if len(expected) == 1:
        rule = f"is external and must stand once, with {'+' if expected[0] > 0 else '-'}"
    else:
        rule = (
            "must be debited from one stock and credited to another, or be listed as external "
            "in checks.toml"
        )
    return Fault(f"{rule}; it stands {found}.", graph.source.path, variable.line, name)


def conserved_outputs(graph: ModelGraph, rule: Conservation) -> tuple[str, ...]:
    """Return the variables a run must keep for :func:`residual`."""
    names = (*rule.stocks, *rule.external_in, *rule.external_out)
    return tuple(graph[name].name for name in names)


def residual(graph: ModelGraph, rule: Conservation, run: xr.Dataset) -> Finding:
    """Measure what a run creates or loses.

    Parameters
    ----------
    run : xarray.Dataset
        One Euler run that saved every time step and keeps :func:`conserved_outputs`.

    Returns
    -------
    Finding
        Passed if, at every time, the change of all stocks since the start equals what came in
        less what went out, within the tolerance times all that crossed the boundary.
    """
    times = run["time"].values
    steps = np.diff(times)
    holdings = _total(run, graph, rule.stocks)
    inflow = _total(run, graph, rule.external_in)
    outflow = _total(run, graph, rule.external_out)
    net = np.concatenate([[0.0], np.cumsum((inflow - outflow)[:-1] * steps)])
    crossed = float(np.sum((np.abs(inflow) + np.abs(outflow))[:-1] * steps))
    scale = max(crossed, float(np.max(np.abs(holdings))), 1e-300)
    worst = float(np.max(np.abs(holdings - holdings[0] - net))) / scale
    finite = bool(np.isfinite(worst))
    return Finding(
        f"{rule.label} conserved over the run",
        finite and worst <= rule.tolerance,
        f"residual {worst:.1e} of {crossed:,.0f} that crossed the boundary "
        f"(tolerance {rule.tolerance:g})",
    )


def _total(run: xr.Dataset, graph: ModelGraph, names: tuple[str, ...]) -> NDArray[np.float64]:
    total = np.zeros(run.sizes["time"])
    for name in names:
        values = run[graph[name].name]
        total = total + values.sum([d for d in values.dims if d != "time"], skipna=False).values
    return total
