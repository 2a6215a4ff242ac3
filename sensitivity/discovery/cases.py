"""The runs that a search looks at, and which of them are of interest."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError

Floats: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]

FEWEST = 20
"""Cases of interest below which a box says more about luck than about the model."""


@dataclass(frozen=True, eq=False)
class Cases:
    """Runs by their inputs, with a mark on those of interest.

    Parameters
    ----------
    inputs : pandas.DataFrame, shape (runs, factors)
        A column of numbers is continuous; a column of any other type is categorical.
    interest : ndarray of bool, shape (runs,)
        Which runs are looked for: those that failed, or fell below a threshold.
    fewest : int
        Cases of interest that there must be.

    Raises
    ------
    DesignError
        Inputs are missing, the lengths differ, or no box can be told from such cases.
    """

    inputs: pd.DataFrame = field(repr=False)
    interest: Truths = field(repr=False)
    fewest: int = FEWEST

    def __post_init__(self) -> None:
        runs, hits = len(self.inputs), int(np.sum(self.interest))
        if self.interest.shape != (runs,):
            raise DesignError(
                f"there are inputs of {runs} runs, but {self.interest.size} marks of interest; "
                "give one for each run."
            )
        broken = [str(name) for name in self.inputs if self.inputs[name].isna().any()]
        if broken:
            raise DesignError(f"the input '{broken[0]}' is missing in some runs; give it in all.")
        if hits < self.fewest:
            raise DesignError(
                f"{hits} of {runs} runs are of interest; a box needs at least {self.fewest}, so "
                "draw more runs or choose a milder threshold."
            )
        if hits == runs:
            raise DesignError(
                f"all {runs} runs are of interest, so no part of the input space stands out; "
                "choose a stricter threshold."
            )

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the factors."""
        return tuple(map(str, self.inputs.columns))

    @property
    def density(self) -> float:
        """Share of the runs that are of interest."""
        return float(self.interest.mean())

    @cached_property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """Factor -> its categories, of the categorical factors."""
        return {
            str(name): tuple(sorted(map(str, self.inputs[name].unique())))
            for name in self.inputs
            if not pd.api.types.is_numeric_dtype(self.inputs[name])
        }

    @cached_property
    def codes(self) -> Floats:
        """Inputs as numbers, shape (runs, factors); a category is its place in the list."""
        columns = [
            self._coded(name) if name in self.categories else self.inputs[name].to_numpy(float)
            for name in self.names
        ]
        return np.column_stack(columns)

    def _coded(self, name: str) -> Floats:
        written = self.inputs[name].astype(str).to_numpy(str)
        return np.searchsorted(self.categories[name], written).astype(float)

    def some(self, rows: NDArray[np.int64]) -> Cases:
        """Return the cases of some rows, however few of them are of interest."""
        inputs = self.inputs.iloc[rows].reset_index(drop=True)
        return Cases(inputs, self.interest[rows], fewest=1)
