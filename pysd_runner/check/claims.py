"""Whether a comparison of trajectories holds, and where it first does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.syntax import Binary, Expression, Reference, Unary, references, write
from pysd_runner.names import key
from pysd_runner.run.evaluate import Calls, evaluate_node
from pysd_runner.spec.reality import COMPARISONS

_COMPARE: dict[str, Callable[[xr.DataArray, xr.DataArray, float], xr.DataArray]] = {
    "=": lambda a, b, slack: abs(a - b) <= slack,
    "<>": lambda a, b, slack: abs(a - b) > slack,
    "<": lambda a, b, _: a < b,
    "<=": lambda a, b, slack: a <= b + slack,
    ">": lambda a, b, _: a > b,
    ">=": lambda a, b, slack: a >= b - slack,
}
_OVER_TIME: dict[str, Callable[[xr.DataArray], xr.DataArray]] = {
    "start": lambda x: x.isel(time=0, drop=True),
    "final": lambda x: x.isel(time=-1, drop=True),
    "mean": lambda x: x.mean("time", skipna=False),
    "highest": lambda x: x.max("time", skipna=False),
    "lowest": lambda x: x.min("time", skipna=False),
    "integral": lambda x: x.integrate("time"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a claim is held against.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    run : xarray.Dataset
        One run, with the dimension ``time`` and the variables' own.
    others : mapping of str to xarray.Dataset
        Other runs by key of name; ``"base"`` is the base case.
    start, end : float
        The window of time.
    """

    graph: ModelGraph
    run: xr.Dataset
    others: Mapping[str, xr.Dataset]
    start: float = -np.inf
    end: float = np.inf

    def value(self, node: Expression) -> xr.DataArray:
        """Return a side of a comparison, over the window of time."""
        times = self.run["time"].values
        inside = (times >= self.start - 1e-9) & (times <= self.end + 1e-9)
        # A run has hundreds of variables, and to cut each of them to the window takes seconds.
        seen = self.run[["time", *needed_by(node, self.graph)]].isel(time=inside)
        return evaluate_node(node, seen, self.graph, self._calls())

    def seen_by(self, name: str) -> Evidence:
        """Return the same window of another run."""
        return replace(self, run=self.others[name])

    def _calls(self) -> Calls:
        def over_time(
            reduce: Callable[[xr.DataArray], xr.DataArray],
        ) -> Callable[..., xr.DataArray]:
            def of(arguments: tuple[Expression, ...]) -> xr.DataArray:
                inner = self.value(arguments[0])
                return reduce(inner) if "time" in inner.dims else inner

            return of

        def at(arguments: tuple[Expression, ...]) -> xr.DataArray:
            when = float(np.ravel(self.value(arguments[1]).values)[0])
            inner = replace(self, start=-np.inf, end=np.inf).value(arguments[0])
            return _at(inner, when) if "time" in inner.dims else inner

        def other(arguments: tuple[Expression, ...]) -> xr.DataArray:
            named = arguments[1] if len(arguments) > 1 else Reference("base")
            assert isinstance(named, Reference)
            return self.seen_by(key(named.name)).value(arguments[0])

        reductions = {name: over_time(reduce) for name, reduce in _OVER_TIME.items()}
        return {**reductions, "at": at, "base": other, "in": other}


def _at(series: xr.DataArray, when: float) -> xr.DataArray:
    """Return the values at a time; between two saves on the line that joins them, else NaN."""
    times = series["time"].values
    right = int(np.clip(np.searchsorted(times, when), 1, len(times) - 1))
    left = right - 1
    share = (when - times[left]) / (times[right] - times[left])
    before, after = (series.isel(time=each, drop=True) for each in (left, right))
    found: xr.DataArray = before * (1 - share) + after * share
    return found if times[0] <= when <= times[-1] else found * np.nan


def violation(claim: Expression, evidence: Evidence, tolerance: float) -> str:
    """Return where a claim first fails and with which values; ``""`` if it holds throughout."""
    holds = _holds(claim, evidence, tolerance)
    if bool(holds.all()):
        return ""
    order = ["time"] * ("time" in holds.dims) + [d for d in holds.dims if d != "time"]
    failed = ~holds.transpose(*order)
    first = np.unravel_index(int(np.argmax(failed.values)), failed.shape)
    place = {d: failed[d].values[i] for d, i in zip(failed.dims, first, strict=True)}
    where = ", ".join(
        f"at {value:g}" if name == "time" else f"for {value}" for name, value in place.items()
    )
    return f"{where + ': ' if where else ''}{_shown(claim, evidence, place)}"


def needed_by(claim: Expression, graph: ModelGraph) -> tuple[str, ...]:
    """Return the variables that a run must keep for a claim."""
    names = (node.name for node in references(claim) if isinstance(node, Reference))
    return tuple(dict.fromkeys(graph[name].name for name in names if name in graph))


def _holds(node: Expression, evidence: Evidence, tolerance: float) -> xr.DataArray:
    if isinstance(node, Unary) and node.operator == ":NOT:":
        return ~_holds(node.operand, evidence, tolerance)
    assert isinstance(node, Binary)
    if node.operator in COMPARISONS:
        left, right = evidence.value(node.left), evidence.value(node.right)
        slack = tolerance * max(_magnitude(side, evidence) for side in (node.left, node.right))
        compared: xr.DataArray = _COMPARE[node.operator](left, right, slack)
        return compared
    sides = (_holds(each, evidence, tolerance) for each in (node.left, node.right))
    first, second = sides
    return first & second if node.operator == ":AND:" else first | second


def _magnitude(side: Expression, evidence: Evidence) -> float:
    """Return the largest magnitude of a side, here or in the base case."""
    found = 0.0
    for each in (evidence, evidence.seen_by("base")):
        values = np.abs(np.ravel(each.value(side).values))
        found = max(found, float(values[np.isfinite(values)].max(initial=0.0)))
    return found


def _shown(claim: Expression, evidence: Evidence, place: Mapping[object, object]) -> str:
    text = write(claim)
    if not (isinstance(claim, Binary) and claim.operator in COMPARISONS):
        return f"not '{text}'"
    values = []
    for side in (claim.left, claim.right):
        found = evidence.value(side)
        found = found.sel({name: at for name, at in place.items() if name in found.dims})
        values.append(f"{float(found.values):.6g}")
    return f"not '{text}', but {values[0]} and {values[1]}"
