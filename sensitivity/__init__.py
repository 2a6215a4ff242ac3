"""From trajectories to findings: designs, sensitivity indices, stress tests, reports."""

from sensitivity.sampling import DesignMatrix, Factor, factors_of, one_at_a_time, saltelli
from sensitivity.screening import tornado
from sensitivity.sobol import IndexTable, sobol

__all__ = [
    "DesignMatrix",
    "Factor",
    "IndexTable",
    "factors_of",
    "one_at_a_time",
    "saltelli",
    "sobol",
    "tornado",
]
