"""From trajectories to findings: designs, sensitivity indices, stress tests, reports."""

from sensitivity.dependence import Correlated, Shares
from sensitivity.design import DesignMatrix
from sensitivity.factors import Factor, factors_of
from sensitivity.index_table import IndexTable
from sensitivity.sampling import (
    extend,
    one_at_a_time,
    permutations,
    radial,
    saltelli,
    sample,
)
from sensitivity.screening import tornado
from sensitivity.slices import Slices, run_slices
from sensitivity.sobol import sobol

__all__ = [
    "Correlated",
    "DesignMatrix",
    "Factor",
    "IndexTable",
    "Shares",
    "Slices",
    "extend",
    "factors_of",
    "one_at_a_time",
    "permutations",
    "radial",
    "run_slices",
    "saltelli",
    "sample",
    "sobol",
    "tornado",
]
