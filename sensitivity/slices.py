"""Slices: what an analysis looks at, one number a run for every outcome, element and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.errors import DesignError, Fault, RunError
from pysd_runner.names import nearest
from pysd_runner.run.compiled import Progress
from pysd_runner.run.evaluate import evaluate, variables_in
from pysd_runner.run.trajectories import output_variables
from pysd_runner.spec.measured import wrong_expression
from pysd_runner.spec.schema import Spec
from sensitivity.design import DesignMatrix

_MOST_NUMBERS = 20_000_000
"""Of trajectories held at once."""
_NAMED = 6
"""Names listed in a refusal."""


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Outcomes of many runs, at one time or at many.

    Parameters
    ----------
    values : ndarray, shape (runs, slices)
        The slices are the outcomes by the times, the times of an outcome one after the other. NaN
        where a run failed.
    outcomes : tuple of str
        Names; an element of a variable has its own, ``"value added[SHA]"``.
    times : ndarray or None, shape (times,)
        ``None`` for outcomes that are one number a run.
    labels, units : tuple of str
        By outcome, for figures.
    time_unit : str
        Of ``times``.
    """

    values: NDArray[np.float64] = field(repr=False)
    outcomes: tuple[str, ...]
    times: NDArray[np.float64] | None = field(default=None, repr=False)
    labels: tuple[str, ...] = field(default=(), repr=False)
    units: tuple[str, ...] = field(default=(), repr=False)
    time_unit: str = ""

    def __post_init__(self) -> None:
        slices = len(self.outcomes) * (1 if self.times is None else len(self.times))
        if self.values.ndim != 2 or self.values.shape[1] != slices:
            raise DesignError(f"{slices} slices cannot have values of shape {self.values.shape}.")
        object.__setattr__(self, "labels", self.labels or self.outcomes)
        object.__setattr__(self, "units", self.units or ("",) * len(self.outcomes))

    @property
    def dims(self) -> tuple[str, ...]:
        """``outcome``, and ``time`` if there are times."""
        return ("outcome",) if self.times is None else ("outcome", "time")

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of outcomes and times."""
        count = len(self.outcomes)
        return (count,) if self.times is None else (count, len(self.times))

    @classmethod
    def of_table(cls, outcomes: pd.DataFrame) -> Slices:
        """Return a table of outcomes, one row a run, as slices.

        Parameters
        ----------
        outcomes : pandas.DataFrame
            As :meth:`pysd_runner.Model.outcomes` returns it; its column ``status`` is left out.

        Raises
        ------
        DesignError
            It is no table, holds no outcome, or a column holds no numbers.
        """
        if not isinstance(outcomes, pd.DataFrame):
            raise DesignError(
                "outcomes are a table (pandas.DataFrame) or slices (run_outcomes, run_slices), "
                f"but this is a {type(outcomes).__name__}."
            )
        outcomes = outcomes.drop(columns="status", errors="ignore")
        if outcomes.shape[1] == 0:
            raise DesignError("there is no outcome to analyse; list one in sandbox.toml.")
        for name, column in outcomes.items():
            if not pd.api.types.is_numeric_dtype(column):
                raise DesignError(f"the column '{name}' holds no numbers; leave it out.")
        return cls(outcomes.to_numpy(dtype=float), tuple(str(name) for name in outcomes.columns))

    def pick(self, *outcomes: str, time: float | None = None) -> Slices:
        """Return some of the outcomes, or all; at one time, if it is given.

        Raises
        ------
        DesignError
            There is no such outcome or time.
        """
        chosen = outcomes or self.outcomes
        for name in chosen:
            if name not in self.outcomes:
                raise DesignError(no_outcome(name, "these slices", self.outcomes))
        place = [self.outcomes.index(name) for name in chosen]
        values = self.values.reshape(len(self.values), *self.shape)[:, place]
        times = self.times
        if time is not None:
            values, times = values[:, :, place_of(self.times, time)], None
        return Slices(
            np.asfortranarray(values.reshape(len(values), -1)), tuple(chosen), times,
            tuple(self.labels[n] for n in place), tuple(self.units[n] for n in place),
            self.time_unit,
        )  # fmt: skip

    def behind(self, more: Slices) -> Slices:
        """Return the runs of these slices, and behind them those of others of the same kind."""
        if (self.outcomes, self.shape) != (more.outcomes, more.shape):
            raise DesignError("the runs to be added have other outcomes or times.")
        values = np.asfortranarray(np.concatenate([self.values, more.values]))
        return Slices(values, self.outcomes, self.times, self.labels, self.units, self.time_unit)


def no_outcome(name: str, where: str, known: Sequence[str]) -> str:
    """Say that there is no such outcome, and which is near or which there are."""
    there = nearest(name, known) or f"; there {'is' if len(known) == 1 else 'are'} " + ", ".join(
        [f"'{each}'" for each in known[:_NAMED]] + ["…"] * (len(known) > _NAMED)
    )
    return f"'{name}' is no outcome of {where}{there}."


def place_of(times: NDArray[np.float64] | None, time: float) -> int:
    """Return where a time stands among others.

    Raises
    ------
    DesignError
        It is none of them.
    """
    if times is None:
        raise DesignError(f"these outcomes are one number a run, so none is of time {time:g}.")
    if not np.isclose(times, time).any():
        raise DesignError(
            f"there are {len(times)} times from {times[0]:g} to {times[-1]:g}, but {time:g} is "
            "none of them."
        )
    return int(np.argmin(np.abs(times - time)))


def _check_run(model: Model, design: DesignMatrix) -> None:
    """Refuse what is no model and what is no design, before it is asked for what it lacks."""
    if not isinstance(model, Model):
        raise DesignError(f"a {type(model).__name__} cannot be run; give a model: load(…).")
    if not isinstance(design, DesignMatrix):
        raise DesignError(
            f"a {type(design).__name__} is no design; make one with saltelli(…), sample(…), …"
        )


def run_outcomes(
    model: Model,
    design: DesignMatrix,
    outcomes: Sequence[str] | str | None = None,
    *,
    first: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Slices:
    """Run a design and keep the outcomes of the spec, one number a run each.

    Parameters
    ----------
    model, design, first, workers, progress
        As in :func:`run_slices`.
    outcomes : sequence of str, str, or None
        Identifiers in the spec, or a single one; ``None`` takes all.

    Raises
    ------
    DesignError
        A name is no outcome of the spec, or what is given is no model or no design.
    """
    _check_run(model, design)
    known = model.spec.outcomes
    chosen = (
        [outcomes] if isinstance(outcomes, str) else list(known if outcomes is None else outcomes)
    )
    for name in chosen:
        if name not in known:
            raise DesignError(no_outcome(name, "sandbox.toml", tuple(known)))
    spec = {name: known[name] for name in chosen}
    rows = slice(first, len(design))
    table = model.outcomes(
        design.inputs_of(rows), spec, save_step=model.spec.model.save_step, workers=workers,
        progress=progress,
    )  # fmt: skip
    return Slices(
        table[list(spec)].to_numpy(dtype=float), tuple(spec),
        labels=tuple(outcome.label for outcome in spec.values()),
        units=tuple(outcome.unit for outcome in spec.values()),
    )  # fmt: skip


def run_slices(
    model: Model,
    design: DesignMatrix,
    quantities: Mapping[str, str] | Sequence[str] | str | None = None,
    *,
    first: int = 0,
    save_step: float | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Slices:
    """Run a design and keep what is followed over time, not the trajectories it is made of.

    Memory is 8 bytes a run and slice, and some 200 MB for the runs under way.

    Parameters
    ----------
    model : Model
        To be run.
    design : DesignMatrix
        Inputs.
    quantities : mapping, sequence of str, str, or None
        Name -> expression over variables, or names of variables, each of which is followed in all
        of its elements, or a single one; ``None`` takes what the outcomes of the spec are reduced
        from.
    first : int
        First row of the design to be run; the runs before it are those of a smaller design.
    save_step : float or None
        Between two times [time unit]; ``None`` takes that of the spec.
    workers : int or None
        Number of threads; ``None`` takes one for each processor.
    progress : callable or None
        Called with the numbers of runs done and in all.

    Raises
    ------
    RunError
        A name is no variable of the model.
    """
    followed = _quantities(model, quantities)
    _check_run(model, design)
    step = model.spec.model.save_step if save_step is None and quantities is None else save_step
    outputs = _outputs(model, followed)
    times = model.time_grid(save_step=step).saved_times
    cells = sum(len(model.graph.elements(model.graph[name])) for name in outputs)
    chunk = max(64, _MOST_NUMBERS // (len(times) * max(1, cells)))
    total = len(design) - first
    values = np.empty((0, total))
    columns: list[_Column] = []
    for start in range(0, total, chunk):
        stop = min(start + chunk, total)
        runs = model.batch(
            design.inputs_of(slice(first + start, first + stop)), outputs, save_step=step,
            workers=workers, progress=_shifted(progress, start, total),
        )  # fmt: skip
        columns = [column for each in followed for column in _columns(each, runs, model)]
        if not len(values):
            values = np.empty((len(columns) * len(times), total))
        for number, column in enumerate(columns):
            values[number * len(times) : (number + 1) * len(times), start:stop] = column.values
        values[:, start:stop][:, runs["failed"].values.astype(bool)] = np.nan
    time_unit = model.graph["TIME STEP"].unit if "TIME STEP" in model.graph else ""
    return Slices(
        values.T, tuple(column.name for column in columns), times,
        tuple(column.label for column in columns), tuple(column.unit for column in columns),
        time_unit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Quantity:
    """What is followed over time: a variable, or an expression over variables."""

    name: str
    text: str
    label: str
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """One element of a quantity; ``values`` have the shape (times, runs)."""

    name: str
    label: str
    unit: str
    values: NDArray[np.float64]


def _quantities(
    model: Model, given: Mapping[str, str] | Sequence[str] | str | None
) -> tuple[_Quantity, ...]:
    if given is None:
        return _of_spec(model.spec)
    if isinstance(given, str):
        given = [given]
    if not given:
        raise DesignError("there is nothing to follow over time; name a variable.")
    texts = given if isinstance(given, Mapping) else dict(zip(given, given, strict=True))
    graph = model.graph
    expressions = [text for text in texts.values() if text not in graph]
    faults = [
        Fault(f"{message}.", variable=text)
        for text in expressions
        for message in wrong_expression(text, graph, by_element=True)
    ]
    if faults:
        raise RunError(faults)
    output_variables(graph, [text for text in texts.values() if text in graph])
    return tuple(
        _Quantity(name, text, name, graph[text].unit if text in graph else "")
        for name, text in texts.items()
    )


def _of_spec(spec: Spec) -> tuple[_Quantity, ...]:
    """Return what the outcomes are reduced from; several may read the same at different times."""
    found: dict[str, _Quantity] = {}
    for name, outcome in spec.outcomes.items():
        unit = "" if outcome.has_own_unit else outcome.unit
        quantity = _Quantity(name, outcome.text, outcome.quantity or outcome.label, unit)
        found.setdefault(outcome.text, quantity)
    if not found:
        raise DesignError("there is no outcome to analyse; list one in sandbox.toml.")
    return tuple(found.values())


def _outputs(model: Model, followed: Sequence[_Quantity]) -> tuple[str, ...]:
    """Return the variables that must be kept; the model says which it does not have."""
    names = [each.text for each in followed if each.text in model.graph]
    texts = [each.text for each in followed if each.text not in model.graph]
    return tuple(dict.fromkeys([*names, *variables_in(texts, model.graph)]))


def _columns(quantity: _Quantity, runs: xr.Dataset, model: Model) -> Iterator[_Column]:
    if quantity.text in model.graph:
        array = runs[model.graph[quantity.text].name]
    else:
        array = evaluate(quantity.text, runs, model.graph)
    own = [str(dim) for dim in array.dims if dim not in ("run", "time")]
    array = array.transpose(*own, "time", "run")
    for place in np.ndindex(*(array.sizes[dim] for dim in own)):
        elements = [str(array[dim].values[n]) for dim, n in zip(own, place, strict=True)]
        suffix = f"[{','.join(elements)}]" if elements else ""
        label = f"{quantity.label}, {', '.join(elements)}" if elements else quantity.label
        yield _Column(quantity.name + suffix, label, quantity.unit, array.values[place])


def _shifted(progress: Progress | None, done: int, total: int) -> Progress | None:
    """Return a progress that counts the runs before."""
    return None if progress is None else lambda more, _: progress(done + more, total)
