"""Levers and uncertainties analysed apart, then together, and what is whose in the variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pysd_runner.errors import DesignError
from sensitivity.dependence import Dependence, groups_of
from sensitivity.factors import Factor
from sensitivity.index_table import IndexTable
from sensitivity.points import SCRAMBLES
from sensitivity.runner import Runner, check_runner
from sensitivity.sampling import saltelli
from sensitivity.sobol import sobol

LEVERS, UNCERTAINTIES = "levers", "uncertainties"


@dataclass(frozen=True, slots=True, eq=False)
class Apart:
    """Sobol indices of levers and uncertainties.

    Parameters
    ----------
    levers : IndexTable
        With every uncertainty at its base: what the city moves if the world is as expected.
    uncertainties : IndexTable
        With every lever at its base: what the city does not decide, if it changes nothing.
    together : IndexTable
        Of all factors at once; a lever's total index is what it moves in worlds of all kinds.
    shared : IndexTable
        Of the two groups. By the law of total variance their first-order indices are the shares
        of Var(E[y | levers]) and Var(E[y | uncertainties]); what is left of one, the index SI
        of either, is what levers do in some worlds and not in others.
    """

    levers: IndexTable = field(repr=False)
    uncertainties: IndexTable = field(repr=False)
    together: IndexTable = field(repr=False)
    shared: IndexTable = field(repr=False)

    def of(self, outcome: str) -> str:
        """Say what is whose in the variance of an outcome.

        Raises
        ------
        DesignError
            There is no such outcome, or it has times.
        """
        rows = self.shared.of(outcome, "S1")
        if rows["estimate"].isna().any():
            (reason,) = self.shared.dataset["reason"].sel(outcome=[outcome]).values.tolist()
            return f"{outcome}: {reason}."
        parts = [
            f"{name} {rows['estimate'][name]:.0%} ± {rows['half_width'][name]:.0%}"
            for name in (LEVERS, UNCERTAINTIES)
        ]
        both = self.shared.of(outcome, "SI").loc[LEVERS]
        return (
            f"{outcome}, shares of the variance: {parts[0]}, {parts[1]}, both only together "
            f"{both['estimate']:.0%} ± {both['half_width']:.0%}."
        )


def apart(
    run: Runner,
    factors: Sequence[Factor],
    n_base: int,
    *,
    seed: int = 0,
    scrambles: int = SCRAMBLES,
    dependences: Sequence[Dependence] = (),
    confidence: float = 0.95,
) -> Apart:
    """Analyse levers alone, uncertainties alone, and all together.

    Mixed at once, a lever looks small wherever the world is uncertain enough, which says nothing
    of what it can do; so each kind is also moved alone, the other at its base.

    Parameters
    ----------
    run : callable
        Takes a design: ``watched(run_outcomes, model)``.
    factors : sequence of Factor
        At least two levers and two uncertainties.
    n_base : int
        Base sample of each of the four designs, a power of two: for k levers and m uncertainties
        N (4 (k + m) + 12) runs in all.
    seed, scrambles
        As in :func:`sensitivity.saltelli`.
    dependences : sequence of Dependence
        Between levers, or between uncertainties; such factors are one group.
    confidence : float
        Level of the intervals.

    Raises
    ------
    DesignError
        There are too few levers or uncertainties, or a dependence joins both kinds.

    References
    ----------
    .. [1] Saltelli, A. et al. (2008). Global sensitivity analysis. The primer. Wiley, section 1.2:
       the law of total variance.
    """
    check_runner(run)
    kinds = {
        LEVERS: [factor for factor in factors if factor.is_lever],
        UNCERTAINTIES: [factor for factor in factors if not factor.is_lever],
    }
    for kind, some in kinds.items():
        if len(some) < 2:
            raise DesignError(f"an analysis apart takes two {kind} or more, not {len(some)}.")

    def indices(some: Sequence[Factor], groups: dict[str, list[str]] | None = None) -> IndexTable:
        """Run a design of some factors, those that depend on each other in one group."""
        names = {factor.name for factor in some}
        joined = [each for each in dependences if names.issuperset(each.names)]
        if groups is None:
            groups = {name: list(members) for name, members in groups_of(joined).items()}
        design = saltelli(some, n_base, second_order=True, seed=seed, scrambles=scrambles,
                          groups=groups, dependences=joined)  # fmt: skip
        return sobol(design, run(design), confidence=confidence)

    both = {kind: [factor.name for factor in some] for kind, some in kinds.items()}
    for dependence in dependences:
        if not any(set(names).issuperset(dependence.names) for names in both.values()):
            raise DesignError(f"'{dependence.names[0]}' depends on a factor of the other kind, or "
                              "on one that is not varied.")  # fmt: skip
    return Apart(
        indices(kinds[LEVERS]), indices(kinds[UNCERTAINTIES]), indices(factors),
        indices(factors, both),
    )  # fmt: skip
