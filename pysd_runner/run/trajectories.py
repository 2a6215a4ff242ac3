"""Trajectories: what runs leave behind, as one labelled dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.names import identifier
from pysd_runner.run.status import Ending, RunStatus


def output_variables(graph: ModelGraph, outputs: Sequence[str] | None) -> tuple[Variable, ...]:
    """Return the variables to keep.

    Parameters
    ----------
    outputs : sequence of str, str or None
        Names, or one; ``None`` keeps every variable that changes over time, but for data without
        values that no equation uses, and what is inside macros.

    Raises
    ------
    RunError
        With every name that is no variable, or that has no values over time.
    """
    if outputs is None:
        moving = graph.of_kind("stock", "flow", "auxiliary", "data")
        return tuple(v for v in moving if not graph.is_idle(v) and not v.is_internal)
    names = [outputs] if isinstance(outputs, str) else outputs
    faults = []
    for name in names:
        if name not in graph:
            faults.append(
                Fault(f"is not a variable of the model{graph.nearest(name)}.", None, None, name)
            )
        elif graph[name].kind == "lookup":
            faults.append(
                Fault("is a lookup and has no value over time; choose a variable that uses it.",
                      None, None, name)
            )  # fmt: skip
    if faults:
        raise RunError(faults)
    return tuple({graph[name].key: graph[name] for name in names}.values())


def dimension_names(variable: Variable) -> tuple[str, ...]:
    """Return the names of a variable's own dimensions; a range met twice is numbered."""
    names: list[str] = []
    for name in variable.dimensions:
        again = sum(1 for other in variable.dimensions[: len(names)] if other == name)
        names.append(f"{name}_{again + 1}" if again else name)
    return tuple(names)


def to_dataset(
    graph: ModelGraph,
    variables: Sequence[Variable],
    times: NDArray[np.float64],
    values: Mapping[str, NDArray[np.float64]],
    statuses: Sequence[RunStatus],
) -> xr.Dataset:
    r"""Assemble trajectories.

    Parameters
    ----------
    variables : sequence of Variable
        What was kept.
    times : ndarray, shape (saves,)
        Saved times.
    values : mapping
        Key of variable -> ndarray, shape (runs, saves, \*elements).
    statuses : sequence of RunStatus
        One for each run.

    Returns
    -------
    xarray.Dataset
        Dimensions ``run``, ``time`` and the model's subscript ranges; each variable carries
        ``unit``, ``kind`` and ``comment`` in its attributes, and ``status`` says how each run
        ended.
    """
    time_unit = graph["TIME STEP"].unit if "TIME STEP" in graph else ""
    coordinates: dict[str, tuple[str, object]] = {}
    arrays: dict[str, xr.DataArray] = {}
    for variable in variables:
        own = dimension_names(variable)
        for dimension, name in zip(own, variable.dimensions, strict=True):
            coordinates[dimension] = (dimension, list(graph.ranges[name].elements))
        arrays[variable.name] = xr.DataArray(
            values[variable.key],
            dims=("run", "time", *own),
            attrs={
                "unit": variable.unit,
                "kind": variable.kind,
                "comment": variable.comment,
                "identifier": identifier(variable.name),
            },
        )
    dataset = xr.Dataset(
        arrays,
        coords={
            "run": np.arange(len(statuses)),
            "time": ("time", times, {"unit": time_unit}),
            **coordinates,
            "status": ("run", [str(status) for status in statuses]),
            "failed": ("run", [not status.has_values for status in statuses]),
        },
        attrs={"model": graph.source.path.stem},
    )
    return dataset


def find_non_finite(
    variables: Sequence[Variable],
    times: NDArray[np.float64],
    values: Mapping[str, NDArray[np.float64]],
) -> RunStatus:
    r"""Return the status of one run from its saved values, shape (saves, \*elements) each."""
    first: tuple[int, str] | None = None
    for variable in variables:
        finite = np.isfinite(values[variable.key])
        bad = ~finite.reshape(len(times), -1).all(axis=1)
        if bad.any():
            step = int(np.argmax(bad))
            if first is None or step < first[0]:
                first = (step, variable.name)
    if first is None:
        return RunStatus()
    return RunStatus(Ending.NON_FINITE, float(times[first[0]]), first[1])
