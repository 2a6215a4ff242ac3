"""The model as a notebook holds it: load, look, change, run. It delegates and computes nothing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from pysd_runner.errors import Fault, NewVariableWarning, RunError
from pysd_runner.kernel.program import Method
from pysd_runner.model.constants import constant_value
from pysd_runner.model.describe import describe
from pysd_runner.model.edit import with_equation
from pysd_runner.model.external.given import with_data
from pysd_runner.model.graph import CONTROL, ModelGraph
from pysd_runner.model.load import load_graph
from pysd_runner.names import nearest
from pysd_runner.run.batch import Batch, EngineName
from pysd_runner.run.compiled import CompiledEngine, Progress
from pysd_runner.run.inputs import Curve, Seed, Values, by_name, read_columns, with_seed
from pysd_runner.run.moving import MovingGrid, moving_controls
from pysd_runner.run.outcomes import named_outcomes
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.spec.read import read_spec
from pysd_runner.spec.schema import Outcome, Spec

if TYPE_CHECKING:
    from pysd_runner.run.reference import ReferenceEngine

_NEARLY = 0.9
"""Likeness of two names, from 0 to 1, at which the one may be a slip for the other."""


def load(path: str | Path, tags: Mapping[str, str] | None = None) -> Model:
    """Load a model.

    Parameters
    ----------
    path : str or pathlib.Path
        A Vensim ``.mdl`` file, an XMILE file (``.xmile``, ``.stmx``, ``.itmx``, ``.xml``), or a
        folder that holds one.
    tags : mapping of str to str
        File, below the model's folder, for each name such as ``?data`` in place of a file's.

    Raises
    ------
    ModelError
        With every fault found in the file.
    """
    return Model(load_graph(path, tags))


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

    def __reduce__(self) -> tuple[type[Model], tuple[ModelGraph]]:
        # A process or a copy gets the equations and compiles them itself: addresses do not travel.
        return Model, (self.graph,)

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
        return self._translated(None)

    @cached_property
    def compiled(self) -> CompiledEngine:
        """The model's machine code, made when it is asked for."""
        return CompiledEngine(self.graph)

    @cached_property
    def compiles(self) -> bool:
        """Whether the whole model can be compiled; if not, PySD runs it."""
        return self.compiled.refusal(self.time_grid()) is None

    def translate(self, progress: Progress) -> None:
        """Translate the model now, and tell the progress.

        Parameters
        ----------
        progress : callable
            Called with the numbers of equations translated and in all.
        """
        if "engine" not in self.__dict__:
            self.__dict__["engine"] = self._translated(progress)

    def _translated(self, progress: Progress | None) -> ReferenceEngine:
        from pysd_runner.run.reference import ReferenceEngine  # PySD takes a second to import

        return ReferenceEngine(self.graph, progress=progress)

    def describe(self) -> pd.DataFrame:
        """Return a table of the variables: kind, unit, subscripts, equation, uses, used by, …."""
        return describe(self.graph)

    def with_equation(self, equation: str) -> Model:
        """Return a model with one equation changed; this one and the file stay as they are.

        Parameters
        ----------
        equation : str
            For instance ``"knowledge obsolescence rate = 0.2"``. A variable that is new is added,
            with a :class:`~pysd_runner.NewVariableWarning` if its name is nearly another's.
        """
        changed = with_equation(self.graph, equation)
        known = {variable.name for variable in self.graph}
        for variable in changed:
            if variable.key not in self.graph.variables and (
                meant := nearest(variable.name, known, _NEARLY)
            ):
                warnings.warn(f"'{variable.name}' is new to the model{meant}", NewVariableWarning,
                              stacklevel=2)  # fmt: skip
        return Model(changed)

    def with_data(self, *paths: str | Path) -> Model:
        """Return a model with values for its data variables; this one stays as it is.

        Parameters
        ----------
        *paths : str or pathlib.Path
            ``.csv`` or ``.tab`` files with the time in the first column and the variables' names
            in the first row, or the other way round; or Vensim's ``.dat`` files.
        """
        return Model(with_data(self.graph, *paths))

    def time_grid(
        self,
        final_time: float | None = None,
        time_step: float | None = None,
        save_step: float | None = None,
    ) -> TimeGrid:
        """Return the times of a run; what is not given comes from the model file."""
        step = self._control("TIME STEP", time_step)
        save = self._control("SAVEPER", save_step, step)
        return TimeGrid(
            self._control("INITIAL TIME", None),
            self._control("FINAL TIME", final_time),
            step,
            save if save_step is not None else max(step, save),
            exact=any(given is not None for given in (final_time, time_step, save_step)),
        )

    def run(
        self,
        inputs: Mapping[str, Values] | None = None,
        outputs: Sequence[str] | None = None,
        *,
        final_time: float | None = None,
        time_step: float | None = None,
        save_step: float | None = None,
        engine: EngineName = "auto",
        method: Method | None = None,
        seed: Seed = None,
    ) -> xr.Dataset:
        r"""Integrate one run.

        Parameters
        ----------
        inputs : mapping
            Name of a constant, or of one element (``"grant rate[SHA]"``) -> value, or values
            of shape (\*elements); more in :meth:`batch`.
        outputs : sequence of str or None
            Variables to keep; ``None`` keeps all that change over time.
        final_time, time_step, save_step : float or None
            In the model's time unit; ``None`` takes the model's own.
        engine, method, seed
            As in :meth:`batch`.

        Returns
        -------
        xarray.Dataset
            As :meth:`batch`, without the dimension ``run``; ``attrs["status"]`` says how the run
            ended, ``attrs["failed"]`` whether its values mean nothing.

        Raises
        ------
        RunError
            A name or value is wrong, or PySD stops.
        """
        times = (final_time, time_step, save_step)
        one: dict[str, Any] = {
            name: v if isinstance(v, Curve) else [v]
            for name, v in by_name({} if inputs is None else inputs)
        }
        dataset = self._batch(one, times, engine, method, seed, 1, None).trajectories(outputs)
        status = str(dataset["status"].values[0])
        if status.startswith("failed"):
            raise RunError(f"the run {status}.")
        failed = int(dataset["failed"].values[0])  # NetCDF has no truth values
        return dataset.isel(run=0, drop=True).assign_attrs(status=status, failed=failed)

    def batch(
        self,
        inputs: Mapping[str, Values],
        outputs: Sequence[str] | None = None,
        *,
        final_time: float | None = None,
        time_step: float | None = None,
        save_step: float | None = None,
        engine: EngineName = "auto",
        method: Method | None = None,
        seed: Seed = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        r"""Integrate one run for each row of inputs.

        Parameters
        ----------
        inputs : mapping
            Name of a constant or of one element -> one value, values of shape (runs,), or of
            shape (runs, \*elements). A stock is given its initial value. Constants, data and
            lookups also take a :class:`~pysd_runner.Curve`.
        outputs : sequence of str or None
            Variables to keep; ``None`` keeps all that change over time.
        final_time, time_step, save_step : float or None
            In the model's time unit; ``None`` takes the model's own.
        engine : {"auto", "kernel", "pysd"}
            ``auto`` compiles the model, and falls back to PySD with a
            :class:`~pysd_runner.SlowEngineWarning` if it cannot.
        method : {"euler", "rk2", "rk4"} or None
            Of integration; ``None`` takes the model's own. PySD knows Euler's only.
        seed : int, sequence of int, or None
            Of the RANDOM functions; ``None`` takes the model's NOISE SEED, or 0. With one seed all
            runs draw the same numbers, so that their results differ by their inputs alone, as a
            sensitivity analysis needs; with one for each run, as ``range(100)``, each draws its
            own. Equal seeds give equal numbers whatever the chunks, the threads or the machine.
        workers : int or None
            Number of threads, or of processes for PySD; ``None`` takes one for each processor.
        progress : callable or None
            Called with the numbers of runs done and in all.

        Returns
        -------
        xarray.Dataset
            Dimensions ``run``, ``time`` and the model's subscript ranges; each variable carries
            its unit in ``attrs``. The coordinate ``status`` says how each run ended, ``failed``
            whether its values mean nothing.
        """
        times = (final_time, time_step, save_step)
        return self._batch(inputs, times, engine, method, seed, workers, progress).trajectories(
            outputs
        )

    def outcomes(
        self,
        inputs: Mapping[str, Values] | None = None,
        outcomes: Mapping[str, Outcome] | Sequence[str] | None = None,
        *,
        final_time: float | None = None,
        time_step: float | None = None,
        save_step: float | None = None,
        engine: EngineName = "auto",
        method: Method | None = None,
        seed: Seed = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """Integrate one run for each row of inputs and keep its outcomes only.

        Memory is that of the table, whatever the length of the runs.

        Parameters
        ----------
        inputs : mapping
            As in :meth:`batch`.
        outcomes : mapping, sequence of str, or None
            Identifier -> outcome, or identifiers in the spec; ``None`` takes all of the spec.
        save_step : float or None
            Outcomes look at the saved times; ``None`` takes the save step of the spec, if the
            outcomes are its own.
        final_time, time_step, engine, method, seed, workers, progress
            As in :meth:`batch`.

        Returns
        -------
        pandas.DataFrame, shape (runs, outcomes + 1)
            One row for each run, and the column ``status``; a run that fails has NaN.

        Raises
        ------
        RunError
            As :meth:`batch`, or the spec has no outcome of a name.
        """
        if not isinstance(outcomes, Mapping):
            outcomes = named_outcomes(self.spec.outcomes, outcomes)
            save_step = self.spec.model.save_step if save_step is None else save_step
        times = (final_time, time_step, save_step)
        return self._batch(inputs or {}, times, engine, method, seed, workers, progress).outcomes(
            outcomes
        )

    def _batch(
        self,
        inputs: Mapping[str, Values],
        times: tuple[float | None, float | None, float | None],
        engine: EngineName,
        method: Method | None,
        seed: Seed,
        workers: int | None,
        progress: Progress | None,
    ) -> Batch:
        columns = with_seed(self.graph, read_columns(self.graph, inputs), seed)
        given = dict(zip(("final time", "time step", "saveper"), times, strict=True))
        moving = moving_controls(self.graph, columns, given)
        grid = self._moving_grid(moving, given) if moving else self.time_grid(*times)
        return Batch(self.compiled, lambda: self.engine, columns, grid, engine, method, workers,
                     progress)  # fmt: skip

    def _moving_grid(self, moving: Sequence[str], given: Mapping[str, float | None]) -> MovingGrid:
        controls = {
            name: self._control(name.upper(), value)
            for name, value in given.items()
            if value is not None
        }
        for name in CONTROL:
            if name in self.graph and name not in moving:
                controls.setdefault(name, self._control(name, None))
        if "initial time" in moving:
            raise RunError("INITIAL TIME of the model is no constant, or depends on what the runs "
                           "change; let it be a number that stays.")  # fmt: skip
        return MovingGrid(controls)

    def _control(self, name: str, given: float | None, default: float | None = None) -> float:
        if given is not None:
            try:
                return float(given)
            except (TypeError, ValueError):
                wrong = f"{given!r} is no number; give one in the model's time unit."
                raise RunError(Fault(wrong, variable=name)) from None
        value = constant_value(self.graph, name) if name in self.graph else default
        if value is None:
            raise RunError(f"{name} of the model is no constant; give it as an argument.")
        return value
