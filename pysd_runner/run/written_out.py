"""Run a subscripted model as its scalar twin: settings in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import ModelError
from pysd_runner.model.expand import element_name, expand
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.names import key
from pysd_runner.run.inputs import Setting
from pysd_runner.run.status import RunStatus


def written_out(graph: ModelGraph) -> ModelGraph:
    """Return the scalar twin of a model, or the model itself if it has none."""
    try:
        return expand(graph)
    except ModelError:
        return graph


def scalar_settings(graph: ModelGraph, settings: Sequence[Setting]) -> list[Setting]:
    """Return settings of the scalar twin; one for all elements becomes one for each."""
    found: list[Setting] = []
    for setting in settings:
        variable = graph[setting.variable]
        cells = [setting.elements] if setting.elements else graph.elements(variable)
        found += [
            Setting(key(element_name(variable.name, cell)), (), setting.value) for cell in cells
        ]
    return found


def scalar_outputs(
    graph: ModelGraph, scalar: ModelGraph, outputs: Sequence[Variable]
) -> list[Variable]:
    """Return the variables of the scalar twin that make up ``outputs``, as far as they exist."""
    names = [element_name(v.name, cell) for v in outputs for cell in graph.elements(v)]
    return [scalar[name] for name in names if name in scalar]


def as_written(graph: ModelGraph, status: RunStatus, outputs: Sequence[Variable]) -> RunStatus:
    """Return the status of the scalar twin with its variable named as in the model, ``x[A]``."""
    for variable in outputs:
        for cell in graph.elements(variable):
            if cell and key(status.variable) == key(element_name(variable.name, cell)):
                return replace(status, variable=graph.cell_name(variable.key, cell))
    return status


def gather(
    graph: ModelGraph,
    outputs: Sequence[Variable],
    values: Mapping[str, NDArray[np.float64]],
    saves: int,
) -> dict[str, NDArray[np.float64]]:
    r"""Put the scalars back into arrays.

    Returns
    -------
    dict
        Key of variable -> ndarray, shape (saves, \*elements); an element without an equation
        is NaN.
    """
    found: dict[str, NDArray[np.float64]] = {}
    for variable in outputs:
        shape = graph.shape(variable)
        array = np.full((saves, *shape), np.nan)
        for place, cell in zip(np.ndindex(*shape), graph.elements(variable), strict=True):
            column = values.get(key(element_name(variable.name, cell)))
            if column is not None:
                array[..., *place] = column
        found[variable.key] = array
    return found
