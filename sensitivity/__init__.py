"""From trajectories to findings: designs, sensitivity indices, stress tests, reports."""

from sensitivity.alone import alone
from sensitivity.apart import apart
from sensitivity.coalitions import Futures, subsets, walks
from sensitivity.contribution import contributions
from sensitivity.convergence import converge
from sensitivity.cramer_von_mises import cramer_von_mises
from sensitivity.dependence import Correlated, Shares, dependences_of
from sensitivity.design import DesignMatrix
from sensitivity.elementary_effects import elementary_effects, lost, screen
from sensitivity.equal_cost import equal_cost
from sensitivity.factors import Factor, factors_of
from sensitivity.index_table import IndexTable
from sensitivity.pawn import pawn
from sensitivity.runner import watched
from sensitivity.sampling import (
    extend,
    one_at_a_time,
    permutations,
    radial,
    saltelli,
    sample,
)
from sensitivity.screening import tornado
from sensitivity.shapley_effects import shapley_effects
from sensitivity.slices import Slices, run_outcomes, run_slices
from sensitivity.sobol import sobol

__all__ = [
    "Correlated",
    "DesignMatrix",
    "Factor",
    "Futures",
    "IndexTable",
    "Shares",
    "Slices",
    "alone",
    "apart",
    "contributions",
    "converge",
    "cramer_von_mises",
    "dependences_of",
    "elementary_effects",
    "equal_cost",
    "extend",
    "factors_of",
    "lost",
    "one_at_a_time",
    "pawn",
    "permutations",
    "radial",
    "run_outcomes",
    "run_slices",
    "saltelli",
    "sample",
    "screen",
    "shapley_effects",
    "sobol",
    "subsets",
    "tornado",
    "walks",
    "watched",
]
