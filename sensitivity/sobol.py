"""Sobol indices of a Saltelli design, with confidence intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from SALib.analyze import sobol as salib_sobol

from pysd_runner.errors import DesignError
from sensitivity.sampling import DesignMatrix

FEWEST = 64
"""Below this base sample the intervals say more about luck than about the model."""


@dataclass(frozen=True, slots=True, eq=False)
class IndexTable:
    """Sensitivity indices.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``outcome``, ``index`` (``S1``, ``ST`` or ``S2``), ``factor``, ``with_factor``
        (of a pair, else ``""``), ``estimate`` and ``half_width`` of the confidence interval
        (shares of the variance, dimensionless).
    n_base : int
        Base sample of the design.
    confidence : float
        Level of the intervals.
    labels : dict
        Identifier of factor -> label for figures.
    """

    table: pd.DataFrame = field(repr=False)
    n_base: int
    confidence: float
    labels: Mapping[str, str] = field(repr=False, default_factory=dict)

    def of(self, outcome: str, index: str) -> pd.DataFrame:
        """Return the rows of one index of one outcome, indexed by factor."""
        rows = self.table[(self.table["outcome"] == outcome) & (self.table["index"] == index)]
        return rows.set_index("factor")

    def to_csv(self) -> str:
        """Return the table as text; equal designs, outcomes and seeds give equal bytes."""
        return self.table.to_csv(index=False, float_format="%.12g", lineterminator="\n")


def sobol(
    design: DesignMatrix,
    outcomes: pd.DataFrame,
    *,
    resamples: int = 200,
    confidence: float = 0.95,
    seed: int = 0,
) -> IndexTable:
    """Estimate first-order and total Sobol indices; second-order if the design allows.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``saltelli``.
    outcomes : pandas.DataFrame, shape (runs, outcomes)
        One column for each outcome; a run that failed has NaN.
    resamples : int
        Bootstrap resamples for the intervals.
    confidence : float
        Level of the intervals, between 0 and 1.
    seed : int
        Of the bootstrap; 0 is a seed like any other.

    Raises
    ------
    DesignError
        The design has another scheme or another number of rows, a run failed, or an outcome
        does not vary.

    References
    ----------
    .. [1] Saltelli et al. (2010), Comput. Phys. Commun. 181, 259–270: estimators (b) of S1 and
       (f) of ST in table 2.
    """
    _refuse_unfit(design, outcomes)
    problem = {
        "num_vars": len(design.factors),
        "names": list(design.names),
        "bounds": [[0.0, 1.0]] * len(design.factors),
    }
    rows: list[tuple[str, str, str, str, float, float]] = []
    for outcome in outcomes.columns:
        found = salib_sobol.analyze(
            problem,
            outcomes[outcome].to_numpy(dtype=float),
            calc_second_order=design.second_order,
            num_resamples=resamples,
            conf_level=confidence,
            # A generator, not an integer: SALib takes the seed 0 for no seed.
            seed=np.random.default_rng(seed),
        )
        for index in ("S1", "ST"):
            for position, factor in enumerate(design.names):
                rows.append((str(outcome), index, factor, "", float(found[index][position]),
                             float(found[f"{index}_conf"][position])))  # fmt: skip
        if design.second_order:
            rows += _pairs(str(outcome), design.names, found["S2"], found["S2_conf"])
    table = pd.DataFrame(
        rows, columns=["outcome", "index", "factor", "with_factor", "estimate", "half_width"]
    )
    labels = {factor.name: factor.label for factor in design.factors}
    return IndexTable(table, design.n_base, confidence, labels)


def _pairs(
    outcome: str, names: tuple[str, ...], estimate: NDArray[np.float64], half: NDArray[np.float64]
) -> list[tuple[str, str, str, str, float, float]]:
    return [
        (outcome, "S2", names[i], names[j], float(estimate[i, j]), float(half[i, j]))
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]


def constant(outcome: pd.Series) -> bool:
    """Tell whether an outcome is the same in all runs, to rounding."""
    values = outcome.to_numpy(dtype=float)
    return bool(np.ptp(values) <= 1e-12 * max(1e-300, float(np.max(np.abs(values)))))


def _refuse_unfit(design: DesignMatrix, outcomes: pd.DataFrame) -> None:
    if design.scheme != "saltelli":
        raise DesignError(
            f"Sobol indices need a Saltelli design, and this one is '{design.scheme}'; "
            "make one with saltelli(…)."
        )
    if len(outcomes) != len(design):
        raise DesignError(
            f"the design has {len(design)} runs, but there are outcomes of {len(outcomes)}; "
            "analyse the outcomes of this very design."
        )
    if outcomes.shape[1] == 0:
        raise DesignError("there is no outcome to analyse; list one in sandbox.toml.")
    broken = ~np.isfinite(outcomes.to_numpy(dtype=float))
    if broken.any():
        runs = int(broken.any(axis=1).sum())
        raise DesignError(
            f"{runs} of {len(design)} runs failed or gave no finite outcome (first: run "
            f"{int(np.argmax(broken.any(axis=1)))}); a Sobol index of an incomplete design would "
            "be wrong, so narrow the bounds until every run ends well."
        )
    for outcome in outcomes.columns:
        if constant(outcomes[outcome]):
            raise DesignError(
                f"the outcome '{outcome}' is the same in all {len(design)} runs; it depends on "
                "none of these factors, so leave it out or vary others."
            )
