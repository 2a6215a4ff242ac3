"""A table of sensitivity indices with their intervals, over outcomes, times and factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from sensitivity.design import DesignMatrix, Group
from sensitivity.slices import Slices, no_outcome, place_of

Floats: TypeAlias = NDArray[np.float64]
PARTS = ("", "_low", "_high")
"""Endings of the variables that hold an index and the ends of its interval."""


@dataclass(frozen=True, slots=True)
class Index:
    """One kind of index, estimated for every slice.

    Parameters
    ----------
    estimate, low, high : ndarray, shape (factors or pairs, slices)
        And the ends of the interval.
    of_pairs : bool
        Whether there is one for each pair of factors.
    """

    estimate: Floats
    low: Floats
    high: Floats
    of_pairs: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class IndexTable:
    """Sensitivity indices.

    Parameters
    ----------
    dataset : xarray.Dataset
        For each kind of index, such as ``S1``, three variables ``S1``, ``S1_low`` and ``S1_high``
        over ``outcome``, ``time`` if there are times, and ``factor`` or ``pair``; an index that
        cannot be estimated is NaN, and the coordinate ``reason`` says why. ``attrs`` hold
        ``n_base``, ``runs``, ``confidence`` and what else is to be known.
    """

    dataset: xr.Dataset = field(repr=False)

    def __repr__(self) -> str:
        kinds = ", ".join(self.kinds)
        return (f"<IndexTable: {kinds} of {len(self.outcomes)} outcomes and {len(self.labels)} "
                f"factors, N = {self.n_base}; look at .table or .of(outcome, index)>")  # fmt: skip

    @property
    def n_base(self) -> int:
        """Base sample of the design."""
        return int(self.dataset.attrs["n_base"])

    @property
    def confidence(self) -> float:
        """Level of the intervals."""
        return float(self.dataset.attrs["confidence"])

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of index, such as ``S1``."""
        return tuple(
            str(name)
            for name, values in self.dataset.data_vars.items()
            if f"{name}_low" in self.dataset.data_vars and values.dims[-1] in ("factor", "pair")
        )

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return tuple(str(name) for name in self.dataset["outcome"].values)

    @property
    def analysed(self) -> tuple[str, ...]:
        """Names of the outcomes that have indices, at some time at least."""
        reasons = self.dataset["reason"].values.reshape(len(self.outcomes), -1)
        return tuple(name for name, some in zip(self.outcomes, reasons, strict=True)
                     if not all(some))  # fmt: skip

    @property
    def labels(self) -> Mapping[str, str]:
        """Identifier of a factor or group -> label for figures."""
        names, labels = self.dataset["factor"].values, self.dataset["label"].values
        return {str(n): str(label) for n, label in zip(names, labels, strict=True)}

    @property
    def table(self) -> pd.DataFrame:
        """All indices, one row each.

        Columns ``outcome``, ``time`` if there are times, ``index``, ``factor``, ``with_factor``
        (of a pair, else ``""``), ``estimate``, ``half_width`` (half of the interval), ``low`` and
        ``high``.
        """
        return self._rows(self.kinds)

    def _rows(self, kinds: Sequence[str]) -> pd.DataFrame:
        """Return the rows of some kinds of index."""
        dims = [dim for dim in ("outcome", "time") if dim in self.dataset.dims]
        shape = [self.dataset.sizes[dim] for dim in dims]
        places = [
            self.dataset[dim].values[grid.ravel()]
            for dim, grid in zip(dims, np.indices(shape), strict=True)
        ]
        frames = [self._frame(kind, dims, places) for kind in kinds]
        order = np.concatenate([frame.pop("slice").to_numpy() for frame in frames])
        return (
            pd.concat(frames, ignore_index=True)
            .iloc[np.argsort(order, kind="stable")]
            .reset_index(drop=True)
        )

    def _frame(self, kind: str, dims: list[str], places: list[NDArray[np.generic]]) -> pd.DataFrame:
        """Return the rows of one kind of index; the column ``slice`` numbers outcome and time."""
        first = self.dataset[kind]
        last = str(first.dims[-1])
        names = {"factor": ("factor",), "pair": ("first", "second")}[last]
        count, slices = first.sizes[last], first.size // first.sizes[last]
        columns: dict[str, object] = {"slice": np.repeat(np.arange(slices), count)}
        columns |= {dim: np.repeat(p, count) for dim, p in zip(dims, places, strict=True)}
        columns["index"] = kind
        columns["factor"] = np.tile(self.dataset[names[0]].values, slices)
        columns["with_factor"] = np.tile(self.dataset[names[1]].values, slices) if names[1:] else ""
        parts = [self.dataset[kind + part].values.ravel() for part in PARTS]
        columns |= {"estimate": parts[0], "half_width": (parts[2] - parts[1]) / 2}
        return pd.DataFrame(columns | {"low": parts[1], "high": parts[2]})

    def pick(self, *outcomes: str, time: float | None = None) -> IndexTable:
        """Return the indices of some outcomes, or of all; at one time, if it is given.

        Raises
        ------
        DesignError
            There is no such outcome or time.
        """
        some = self.dataset
        for name in outcomes:
            if name not in self.outcomes:
                raise DesignError(no_outcome(name, "this table", self.outcomes))
        if outcomes:
            some = some.sel(outcome=list(outcomes))
        if time is not None:
            times = some["time"].values if "time" in some.dims else None
            some = some.isel(time=place_of(times, time), drop=True)
        return IndexTable(some)

    def of(self, outcome: str, index: str, time: float | None = None) -> pd.DataFrame:
        """Return the rows of one index of one outcome, indexed by factor.

        Parameters
        ----------
        outcome, index : str
            For instance ``"value added"`` and ``"ST"``.
        time : float or None
            One of the times, where there are several.

        Raises
        ------
        DesignError
            There is no such outcome, index or time.
        """
        if index not in self.kinds:
            raise DesignError(f"'{index}' is no index of this table{nearest(index, self.kinds)}.")
        if time is None and "time" in self.dataset.dims:
            times = self.dataset["time"].values
            raise DesignError(
                f"the indices stand at {len(times)} times from {times[0]:g} to {times[-1]:g}; "
                "name one of them."
            )
        return self.pick(outcome, time=time)._rows([index]).set_index("factor")

    def to_csv(self) -> str:
        """Return the table as text; equal designs, outcomes and seeds give equal bytes."""
        return self.table.to_csv(index=False, float_format="%.12g", lineterminator="\n")


def pairs_of(groups: Sequence[Group]) -> list[tuple[Group, Group]]:
    """Return the pairs of groups in the order of second-order indices."""
    return list(combinations(groups, 2))


def index_table(
    design: DesignMatrix,
    slices: Slices,
    kinds: Mapping[str, Index],
    reasons: Sequence[str],
    **attrs: object,
) -> IndexTable:
    """Assemble a table.

    Parameters
    ----------
    design : DesignMatrix
        Whose groups the indices belong to.
    slices : Slices
        What was analysed.
    kinds : mapping
        Name of the index -> estimates.
    reasons : sequence of str
        For each slice, why there are no indices, or ``""``.
    **attrs
        What else is to be known, such as ``confidence``.
    """
    pairs = pairs_of(design.groups)
    coords: dict[str, object] = {
        "outcome": ("outcome", list(slices.outcomes)),
        "outcome_label": ("outcome", list(slices.labels)),
        "unit": ("outcome", list(slices.units)),
        "factor": ("factor", [each.name for each in design.groups]),
        "label": ("factor", [each.label for each in design.groups]),
        "reason": (slices.dims, np.array(reasons, dtype=object).reshape(slices.shape)),
    }
    if slices.times is not None:
        coords["time"] = ("time", slices.times, {"unit": slices.time_unit})
    variables: dict[str, tuple[tuple[str, ...], Floats]] = {}
    for name, index in kinds.items():
        dims = (*slices.dims, "pair" if index.of_pairs else "factor")
        for part, values in zip(PARTS, (index.estimate, index.low, index.high), strict=True):
            variables[name + part] = (dims, values.T.reshape(*slices.shape, -1))
        if index.of_pairs:
            coords["pair"] = ("pair", [f"{a.name} × {b.name}" for a, b in pairs])
            coords["first"] = ("pair", [a.name for a, _ in pairs])
            coords["second"] = ("pair", [b.name for _, b in pairs])
    known = {"n_base": design.n_base, "runs": len(design), "seed": design.seed, **attrs}
    return IndexTable(xr.Dataset(variables, coords=coords, attrs=known))
