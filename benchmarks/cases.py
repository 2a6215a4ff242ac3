"""The models that are measured, what runs change in them, and what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pysd_runner import Model, load
from pysd_runner.model.constants import constant_value
from pysd_runner.names import key
from pysd_runner.run.outcomes import outcome_variables

Floats = NDArray[np.float64]
_MODELS = Path(__file__).parent / "models"
_FOSHAN = Path(__file__).parents[1] / "models" / "foshan"
_AROUND = 0.2
_FACTORS = 12


@dataclass(frozen=True, slots=True)
class Case:
    """A model with inputs and outputs.

    Parameters
    ----------
    name : str
        Short, for tables.
    model : Model
        Loaded.
    bounds : dict
        Name of each scalar constant that differs by run -> least and greatest value.
    outputs : tuple of str
        Names of variables, kept at the model's own save times.
    """

    name: str
    model: Model
    bounds: dict[str, tuple[float, float]]
    outputs: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The model file."""
        return self.model.graph.source.path

    @property
    def has_spec(self) -> bool:
        """Whether levers and outcomes are written beside the model."""
        return (self.path.parent / "sandbox.toml").exists()

    @property
    def output_cells(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every element of the outputs, by keys."""
        graph = self.model.graph
        return [(graph[v].key, cell) for v in self.outputs for cell in graph.elements(graph[v])]

    @property
    def input_cells(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every input, by keys."""
        return [(key(name), ()) for name in self.bounds]

    def design(self, runs: int) -> Floats:
        """Return inputs, shape (runs, inputs); the first rows do not depend on the number."""
        low, high = np.array(list(self.bounds.values())).T
        return np.random.default_rng(7).uniform(low, high, (runs, len(low)))

    def describe(self) -> str:
        """Return one line on the size of the model."""
        graph, grid = self.model.graph, self.model.time_grid()
        moving = graph.of_kind("stock", "flow", "auxiliary")
        cells = sum(len(graph.elements(variable)) for variable in moving)
        return (
            f"{len(graph.variables)} variables, {cells} equations that change over time, "
            f"{grid.steps} steps, {len(grid.saved_steps)} save times, {len(self.bounds)} inputs, "
            f"{len(self.output_cells)} outputs"
        )


def foshan() -> Case:
    """Return the city model with the factors and the outcomes of its spec."""
    model = load(_FOSHAN)
    factors = [*model.spec.levers.values(), *model.spec.uncertainties.values()]
    plain = [f for f in factors if f.element is None and f.distribution != "discrete"]
    bounds = {model.graph[f.variable].name: f.bounds for f in plain[:_FACTORS]}
    outputs = outcome_variables(model.spec.outcomes, model.graph)
    return Case("foshan", model, bounds, tuple(model.graph[name].name for name in outputs))


def scalar() -> Case:
    """Return a model of scalars, half of whose work is reading tables."""
    return _around(
        "scalar",
        ("normal growth", "time to build", "building rate", "move rate", "scarcity",
         "wage response", "working share", "time to notice"),
        ("Harbour Firms", "Mill People", "Hill Rent", "jobs", "labour ratio", "Airport land use"),
    )  # fmt: skip


def subscripted() -> Case:
    """Return a model over three industries with powers, delays and sums."""
    return _around(
        "subscripted",
        ("knowledge share", "price elasticity", "learning exponent", "wage flexibility",
         "crowding", "ideas exponent", "saving share", "lending rate", "normal coverage",
         "time to build"),
        ("income index", "mean price", "wage index", "Capital", "output", "Price", "Knowledge",
         "Emitted"),
    )  # fmt: skip


def _around(name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Case:
    model = load(_MODELS / f"{name}.mdl")
    bounds: dict[str, tuple[float, float]] = {}
    for each in inputs:
        base = constant_value(model.graph, each)
        assert base is not None, each
        bounds[each] = ((1 - _AROUND) * base, (1 + _AROUND) * base)
    return Case(name, model, bounds, outputs)


CASES = {"foshan": foshan, "scalar": scalar, "subscripted": subscripted}
