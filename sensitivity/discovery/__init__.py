"""Scenario discovery: in which part of the input space the runs of interest lie."""

from sensitivity.discovery.box import Box, Score, quasi_p_values, score
from sensitivity.discovery.cases import Cases
from sensitivity.discovery.find import Discovery, discover
from sensitivity.discovery.prim import Trajectory, peel
from sensitivity.discovery.resampling import reproducibility
from sensitivity.discovery.tree import Tree, grow

__all__ = [
    "Box",
    "Cases",
    "Discovery",
    "Score",
    "Trajectory",
    "Tree",
    "discover",
    "grow",
    "peel",
    "quasi_p_values",
    "reproducibility",
    "score",
]
