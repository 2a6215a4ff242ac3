"""CART: a tree of yes-or-no questions that sorts the cases of interest from the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sensitivity.discovery.box import Box, Score, score
from sensitivity.discovery.cases import Cases, Floats

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

_FOLDS = 5
"""Of the cross-validation that says how large the tree may be."""

_LEAVES = (2, 3, 4, 6, 8, 12, 16)
"""Sizes of tree that are tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A classification tree, written as the boxes of its leaves.

    Parameters
    ----------
    leaves : tuple of Box
        They fill the input space; the leaf with the highest density first.
    scores : tuple of Score
        One for each leaf.
    accuracy : float
        Share of runs told rightly in cross-validation.
    guessing : float
        Share told rightly by always guessing the commoner kind.
    """

    leaves: tuple[Box, ...]
    scores: tuple[Score, ...] = field(repr=False)
    accuracy: float
    guessing: float


def grow(cases: Cases, *, seed: int = 0) -> Tree:
    """Grow a tree as large as cross-validation bears, by one standard error.

    Parameters
    ----------
    cases : Cases
        What to look at.
    seed : int
        Of the folds.

    References
    ----------
    .. [1] Breiman, L., Friedman, J. H., Olshen, R. A. and Stone, C. J. (1984). Classification
       and Regression Trees. Wadsworth: section 3.4.3, the rule of one standard error.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier

    table, questions = _columns(cases)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    least = max(5, len(cases) // 100)

    def tree(leaves: int) -> Any:
        return DecisionTreeClassifier(
            max_leaf_nodes=leaves, min_samples_leaf=least, random_state=seed
        )

    told = np.array([cross_val_score(tree(n), table, cases.interest, cv=folds) for n in _LEAVES])
    best = int(told.mean(axis=1).argmax())
    error = told[best].std(ddof=1) / np.sqrt(_FOLDS)
    simplest = int(np.argmax(told.mean(axis=1) >= told[best].mean() - error))
    grown = tree(_LEAVES[simplest]).fit(table, cases.interest)
    leaves = [(score(box, cases), box) for box in _leaves(grown, questions, cases)]
    leaves.sort(key=lambda leaf: -leaf[0].density)
    return Tree(
        tuple(box for _, box in leaves), tuple(each for each, _ in leaves),
        float(told[simplest].mean()), max(cases.density, 1 - cases.density),
    )  # fmt: skip


def _columns(cases: Cases) -> tuple[Floats, list[tuple[str, str]]]:
    """Return numbers for the tree, and what each column asks: a factor, and a category of it."""
    parts: list[Floats] = []
    questions: list[tuple[str, str]] = []
    for column, name in enumerate(cases.names):
        codes = cases.codes[:, column]
        for code, category in enumerate(cases.categories.get(name, ())):
            parts.append((codes == code).astype(float))
            questions.append((name, category))
        if name not in cases.categories:
            parts.append(codes)
            questions.append((name, ""))
    return np.column_stack(parts), questions


def _leaves(
    grown: DecisionTreeClassifier, questions: list[tuple[str, str]], cases: Cases
) -> Iterator[Box]:
    """Yield the box of each leaf, from the root down."""
    tree = grown.tree_
    open_nodes = [(0, Box())]
    while open_nodes:
        node, box = open_nodes.pop()
        if tree.children_left[node] < 0:
            yield box
            continue
        name, category = questions[tree.feature[node]]
        at = float(tree.threshold[node])
        left, right = _split(box, name, category, at, cases)
        open_nodes += [(tree.children_right[node], right), (tree.children_left[node], left)]


def _split(box: Box, name: str, category: str, at: float, cases: Cases) -> tuple[Box, Box]:
    """Return the halves of a box at a question: below a limit or above; not a category, or it."""
    if not category:
        low, high = box.ranges.get(name, (-np.inf, np.inf))
        return (
            Box({**box.ranges, name: (low, min(high, at))}, box.among),
            Box({**box.ranges, name: (max(low, at), high)}, box.among),
        )
    inside = box.among.get(name, frozenset(cases.categories[name]))
    return (
        Box(box.ranges, {**box.among, name: inside - {category}}),
        Box(box.ranges, {**box.among, name: inside & {category}}),
    )
