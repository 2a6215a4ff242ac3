"""The model as a notebook holds it: load, look, change, run. It delegates and computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.constants import constant_value
from pysd_runner.model.describe import describe
from pysd_runner.model.edit import with_equation
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.load import load_graph
from pysd_runner.run.batch import Progress, run_batch
from pysd_runner.run.reference import ReferenceEngine
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.spec.read import read_spec
from pysd_runner.spec.schema import Spec


def load(path: str | Path) -> Model:
    """Load a model.

    Parameters
    ----------
    path : str or pathlib.Path
        A Vensim ``.mdl`` file, or a folder that holds one.

    Raises
    ------
    ModelError
        With every fault found in the file.
    """
    return Model(load_graph(path))


class Model:
    """A stock-and-flow model.

    Parameters
    ----------
    graph : ModelGraph
        Its equations.
    """

    def __init__(self, graph: ModelGraph) -> None:
        self.graph = graph

    def __repr__(self) -> str:
        stocks = len(self.graph.of_kind("stock"))
        return f"<Model {self.name}: {len(self.graph.variables)} variables, {stocks} stocks>"

    @property
    def name(self) -> str:
        """Name of the model file without its suffix."""
        return self.graph.source.path.stem

    @property
    def folder(self) -> Path:
        """Folder of the model file."""
        return self.graph.source.path.parent

    @cached_property
    def spec(self) -> Spec:
        """Levers, uncertainties and outcomes, read from ``sandbox.toml`` beside the model."""
        return read_spec(self.folder / "sandbox.toml", self.graph)

    @cached_property
    def engine(self) -> ReferenceEngine:
        """The model translated by PySD; some seconds for a large model, once."""
        return ReferenceEngine(self.graph)

    def translate(self, progress: Progress) -> None:
        """Translate the model now, and tell the progress.

        Parameters
        ----------
        progress : callable
            Called with the numbers of equations translated and in all.
        """
        if "engine" not in self.__dict__:
            self.__dict__["engine"] = ReferenceEngine(self.graph, progress=progress)

    def describe(self) -> pd.DataFrame:
        """Return a table of the variables: kind, unit, subscripts, equation, uses, used by, …."""
        return describe(self.graph)

    def with_equation(self, equation: str) -> Model:
        """Return a model with one equation changed; this one and the file stay as they are.

        Parameters
        ----------
        equation : str
            For instance ``"knowledge obsolescence rate = 0.2"``.
        """
        return Model(with_equation(self.graph, equation))

    def time_grid(
        self,
        final_time: float | None = None,
        time_step: float | None = None,
        save_step: float | None = None,
    ) -> TimeGrid:
        """Return the times of a run; what is not given comes from the model file."""
        step = self._control("TIME STEP", time_step)
        return TimeGrid(
            self._control("INITIAL TIME", None),
            self._control("FINAL TIME", final_time),
            step,
            save_step if save_step is not None else max(step, self._control("SAVEPER", None, step)),
        )

    def run(
        self,
        settings: Mapping[str, float] | None = None,
        outputs: Sequence[str] | None = None,
        *,
        final_time: float | None = None,
        time_step: float | None = None,
        save_step: float | None = None,
    ) -> xr.Dataset:
        """Integrate one run.

        Parameters
        ----------
        settings : mapping
            Name of a constant, or of one element (``"grant rate[SHA]"``) -> value.
        outputs : sequence of str or None
            Variables to keep; ``None`` keeps all that change over time.
        final_time, time_step, save_step : float or None
            In the model's time unit; ``None`` takes the model's own.

        Returns
        -------
        xarray.Dataset
            As :meth:`batch`, without the dimension ``run``.

        Raises
        ------
        RunError
            A name or value is wrong, or the run fails.
        """
        columns = {name: np.array([value]) for name, value in (settings or {}).items()}
        dataset = self.batch(columns, outputs, final_time=final_time, time_step=time_step,
                             save_step=save_step, workers=1)  # fmt: skip
        status = str(dataset["status"].values[0])
        if status.startswith("failed"):
            raise RunError(f"the run {status}.")
        return dataset.isel(run=0, drop=True).assign_attrs(status=status)

    def batch(
        self,
        inputs: Mapping[str, ArrayLike],
        outputs: Sequence[str] | None = None,
        *,
        final_time: float | None = None,
        time_step: float | None = None,
        save_step: float | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Integrate one run for each row of inputs.

        Parameters
        ----------
        inputs : mapping
            Name of a constant, or of one element -> values, shape (runs,).
        outputs : sequence of str or None
            Variables to keep; ``None`` keeps all that change over time.
        final_time, time_step, save_step : float or None
            In the model's time unit; ``None`` takes the model's own.
        workers : int or None
            Number of processes; ``None`` takes one for each processor.
        progress : callable or None
            Called with the numbers of runs done and in all.

        Returns
        -------
        xarray.Dataset
            Dimensions ``run``, ``time`` and the model's subscript ranges; each variable carries
            its unit in ``attrs``; the coordinate ``status`` says how each run ended.
        """
        columns = {name: _column(name, values) for name, values in inputs.items()}
        grid = self.time_grid(final_time, time_step, save_step)
        return run_batch(self.engine, columns, grid, outputs, workers, progress)

    def _control(self, name: str, given: float | None, default: float | None = None) -> float:
        if given is not None:
            return float(given)
        value = constant_value(self.graph, name) if name in self.graph else default
        if value is None:
            raise RunError(f"{name} of the model is no constant; give it as an argument.")
        return value


def _column(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        column = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        raise RunError(Fault(f"{values!r} is not a number.", variable=name)) from None
    if column.ndim > 1:
        raise RunError(Fault("needs one number for each run.", variable=name))
    return column
