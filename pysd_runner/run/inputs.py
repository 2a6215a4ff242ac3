"""What runs change: constants, initial values and curves, by name, whole or element by element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pysd_runner.errors import Fault, RunError
from pysd_runner.kernel.noise import SEED, is_random
from pysd_runner.model.graph import CONTROL, ModelGraph, Variable
from pysd_runner.model.syntax import walk
from pysd_runner.names import key

_WITH_ELEMENT = re.compile(r"^(?P<name>[^\[\]]+)\[(?P<elements>[^\[\]]+)\]$")
_CURVED = ("constant", "lookup", "data")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    r"""Values along a line: those of a lookup, or of a constant or data over time.

    Between two points a value lies on the line that joins them; the ends are held.

    Parameters
    ----------
    x : array_like, shape (points,)
        Increasing; arguments of the lookup, or times.
    y : array_like, shape (points,), (runs, points) or (runs, \*elements, points)
        The same curve for all runs, or one for each run, or for each run and element.
    """

    x: ArrayLike
    y: ArrayLike


Values: TypeAlias = ArrayLike | Curve
Seed: TypeAlias = int | Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A value for a constant, or for some elements of one.

    Parameters
    ----------
    variable : str
        Key of the constant.
    elements : tuple of str
        Element keys; ``()`` for all elements or a scalar.
    value : float
        In the unit of the constant.
    """

    variable: str
    elements: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What the runs change in one variable, or in one element of it.

    Parameters
    ----------
    variable : str
        Key.
    elements : tuple of str
        Element keys; ``()`` for all elements or a scalar.
    values : ndarray, shape (runs,), or (runs, points) for a curve
        One value or one curve for each run.
    x : tuple of float
        The points of a curve.
    """

    variable: str
    elements: tuple[str, ...]
    values: NDArray[np.float64] = field(repr=False)
    x: tuple[float, ...] = ()


class _Wrong(Exception):
    """An input that cannot be made; the message says why."""


def read_columns(graph: ModelGraph, inputs: Mapping[str, Values]) -> tuple[Column, ...]:
    r"""Check inputs by name against the model.

    Parameters
    ----------
    inputs : mapping
        Name of a constant or stock, or of one element (``"grant rate[SHA]"``) -> one value for
        all runs, values of shape (runs,), or of shape (runs, \*elements). A stock is given its
        initial value. Constants, data and lookups also take a :class:`Curve`.

    Returns
    -------
    tuple of Column
        All with as many runs.

    Raises
    ------
    RunError
        With every unknown name, name of what cannot be set or is set twice, and value that is no
        finite number.
    """
    faults: list[Fault] = []
    columns: list[Column] = []
    places: dict[tuple[str, tuple[str, ...]], str] = {}
    for name, values in by_name(inputs):
        try:
            variable, elements = _place(graph, name)
            other = places.setdefault((variable.key, elements), name)
            if other != name:
                raise _Wrong(f"is set as '{other}' too; set it once.")
            columns += _columns(graph, variable, elements, values)
        except _Wrong as wrong:
            faults.append(Fault(str(wrong), variable=str(name)))
    if faults:
        raise RunError(faults)
    return tuple(_as_long(columns))


def by_name(inputs: Mapping[str, Values]) -> Iterable[tuple[str, Values]]:
    """Return names and values of a dictionary, or of a table or Dataset of pandas or xarray.

    Raises
    ------
    RunError
        It has no names.
    """
    if not hasattr(inputs, "items"):
        raise RunError("inputs are given by name, as {'grant rate': 0.1}.")
    return inputs.items()


def with_seed(graph: ModelGraph, columns: Sequence[Column], seed: Seed) -> tuple[Column, ...]:
    """Add the seed of the runs' random numbers, if the model draws any.

    Parameters
    ----------
    columns : sequence of Column
        What differs by run otherwise.
    seed : int, sequence of int, or None
        One for all runs or one for each; ``None`` leaves it to the model's NOISE SEED.

    Raises
    ------
    RunError
        A seed is no whole number from 0 to 2**32 - 1, or there are not as many as runs.
    """
    if seed is None or not draws(graph):
        return tuple(columns)
    values = np.atleast_1d(np.asarray(seed))
    if values.dtype.kind not in "iu" or values.ndim != 1 or (values < 0).any():
        raise RunError(f"the seed {seed!r} is no whole number from 0 on.")
    if (values >= 2**32).any():
        raise RunError(f"the seed {seed!r} is too large; give a number below 2**32.")
    return tuple(_as_long([*columns, Column(SEED[0], (), values.astype(np.float64))]))


def draws(graph: ModelGraph) -> bool:
    """Tell whether a model draws random numbers."""
    return any(
        is_random(node)
        for variable in graph
        for definition in variable.definitions
        if definition.body is not None
        for node in walk(definition.body)
    )


def settings_of(graph: ModelGraph, columns: Sequence[Column], row: int) -> tuple[Setting, ...]:
    """Return what one run sets, for an engine that sets constants only.

    Raises
    ------
    RunError
        A column is a curve or an initial value.
    """
    columns = [column for column in columns if column.variable != SEED[0]]
    for column in columns:
        variable = graph[column.variable]
        if column.x or variable.kind != "constant":
            what = "a curve" if column.x else "an initial value"
            raise RunError(Fault(f"{what} needs the compiled engine; PySD sets constants only.",
                                 variable=variable.name))  # fmt: skip
    return tuple(
        Setting(column.variable, column.elements, float(column.values[row])) for column in columns
    )


def _as_long(columns: Sequence[Column]) -> Iterator[Column]:
    """Yield the columns with the number of runs that those with several agree on."""
    lengths = {len(column.values) for column in columns}
    if 0 in lengths:
        raise RunError("the inputs hold no runs; give at least one value for each.")
    several = lengths - {1}
    if len(several) > 1:
        first = {len(column.values): column.variable for column in reversed(columns)}
        given = ", ".join(f"'{first[each]}' has {each}" for each in sorted(several))
        raise RunError(f"the inputs have different numbers of runs: {given}; give all as many.")
    runs = several.pop() if several else 1
    for column in columns:
        shape = (runs, *column.values.shape[1:])
        yield Column(
            column.variable, column.elements, np.broadcast_to(column.values, shape), column.x
        )


def _columns(
    graph: ModelGraph, variable: Variable, elements: tuple[str, ...], values: Values
) -> Iterator[Column]:
    _check_kind(graph, variable, curve=isinstance(values, Curve))
    if isinstance(values, Curve):
        x, y = _numbers(values.x), _numbers(values.y)
        if x.ndim != 1 or len(x) == 0 or (np.diff(x) <= 0).any():
            raise _Wrong("the x of a curve must be increasing numbers.")
        shape = () if elements else graph.shape(variable)
        by_element = bool(shape) and y.ndim == 2 + len(shape) and y.shape[1:-1] == shape
        if not by_element and (y.ndim not in (1, 2) or y.shape[-1] != len(x)):
            raise _Wrong(f"the curve has {len(x)} points, but its y has the shape {y.shape}.")
        if not by_element:
            yield Column(variable.key, elements, np.atleast_2d(y), tuple(x.tolist()))
            return
        for place, cell in zip(np.ndindex(*shape), graph.elements(variable), strict=True):
            yield Column(variable.key, cell, y[(slice(None), *place)], tuple(x.tolist()))
        return
    found = np.atleast_1d(_numbers(values))
    if found.ndim == 1:
        yield Column(variable.key, elements, found)
        return
    shape = graph.shape(variable)
    if elements or not shape or found.shape[1:] != shape:
        each = f", or an array of {' x '.join(map(str, shape))}" if shape and not elements else ""
        raise _Wrong(f"needs one number for each run{each}; for values over time give "
                     "Curve(x, y).")  # fmt: skip
    for place, cell in zip(np.ndindex(*shape), graph.elements(variable), strict=True):
        yield Column(variable.key, cell, found[(slice(None), *place)])


def _numbers(values: ArrayLike) -> NDArray[np.float64]:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise _Wrong(f"{values!r} is not a number.") from None
    if not np.isfinite(found).all():
        raise _Wrong(f"the value is {found[~np.isfinite(found)][0]}; give a finite number.")
    return found


def _place(graph: ModelGraph, name: str) -> tuple[Variable, tuple[str, ...]]:
    if not isinstance(name, str):
        raise _Wrong("is no text; give the name of a variable.")
    match = _WITH_ELEMENT.match(name.strip())
    variable_name = match["name"] if match else name
    if variable_name not in graph:
        raise _Wrong(f"is not a variable of the model{graph.nearest(variable_name)}.")
    variable = graph[variable_name]
    if match is None:
        return variable, ()
    elements = tuple(key(element) for element in match["elements"].split(","))
    if len(elements) != len(variable.dimensions):
        takes = ", ".join(variable.dimensions)
        raise _Wrong(f"takes the subscripts [{takes}]." if takes else "takes no subscripts.")
    for element, dimension in zip(elements, variable.dimensions, strict=True):
        known = graph.ranges[dimension]
        if element not in known.keys:
            raise _Wrong(
                f"'{element}' is not an element of {dimension} ({', '.join(known.elements)})."
            )
    return variable, elements


def _check_kind(graph: ModelGraph, variable: Variable, *, curve: bool) -> None:
    if variable.key in CONTROL:
        raise _Wrong("is set with final_time, time_step or save_step, not as a constant.")
    if variable.kind in (_CURVED if curve else ("constant", "stock")):
        return
    if curve:
        raise _Wrong(f"is a {variable.kind}; only constants, data and lookups follow a curve.")
    if variable.kind in _CURVED:
        raise _Wrong(f"is {variable.kind} and takes a curve: Curve(x, y).")
    used = ", ".join([n for n in variable.uses if graph[n].kind == "constant"][:4])
    instead = f"set a constant that it uses ({used}), or change" if used else "change"
    raise _Wrong(
        f"is a {variable.kind}, and only constants and the initial values of stocks can be set; "
        f"{instead} its equation."
    )
