"""Where the base policy fails: a box, how it was found, and what a tree says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sensitivity.discovery import Box, Discovery, Tree
from sensitivity.plots.box import box_figure, written
from sensitivity.plots.numbers import readable
from sensitivity.stress.futures import CALM
from sensitivity.stress.sections.section import Section, listed, picture
from sensitivity.stress.sections.words import percent
from sensitivity.stress.struck import Struck
from sensitivity.stress.tables import Grid
from sensitivity.stress.weakness import Weakness, labels_of


def weakness_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` where no box could be told."""
    if struck.weakness is None:
        return None
    found = struck.weakness
    labels = labels_of(struck.ensemble.trial.model, found.stress)
    under = "without a shock" if found.stress.name == CALM else f"under {found.stress.label}"
    said = _findings(found, labels, under)
    brakes = " with all breakers on" if struck.ensemble.spec.breakers else ""
    paragraphs = (
        f"The base policy{brakes} was run in {len(found.found.cases):,} futures {under}. Cases of "
        f"interest: {found.interest}, {percent(found.found.cases.density)} of them.",
    )
    notes = (
        "PRIM peels away thin slices that hold few cases; of the boxes on the way, the one with "
        "the best compromise of coverage and density and at most four factors was taken, limits "
        "that may be luck (quasi-p-value above 5%) were dropped, and slices given back that do not "
        "lower the density. Blue lines below the bars: where the limits lie when random halves of "
        "the runs are searched. A box describes these runs; it does not prove a cause.",
    )
    limits = len(found.found.box.restricted)
    which = "the two factors that limit the box most" if limits > 1 else "what limits the box"
    more = "; other limits do not show here" if limits > 2 else ""
    figure = picture(
        box_figure(found.found, labels, found.interest),
        "Peeling trajectory, the two most restrictive factors, and the limits of the box",
        f"Left: boxes on the way, each a point. Right: the futures by {which}"
        f"{more}. Below: what the box takes of the range of each factor.",
    )
    return Section(
        "Where the base policy fails", "weakness", paragraphs, tuple(said), figures=(figure,),
        notes=notes, tables=(limits_table(found.found, labels), tree_table(found.tree, labels)),
        essence=tuple(said[:1]), short="Weak spot",
    )  # fmt: skip


def described(box: Box, found: Discovery, labels: Mapping[str, str]) -> str:
    """Return the limits of a box in words."""
    parts = [
        _range(labels.get(name, name), limits, found.cases.inputs[name].to_numpy(float))
        for name, limits in box.ranges.items()
    ]
    parts += [
        f"{labels.get(name, name)} is {' or '.join(sorted(kinds))}"
        for name, kinds in box.among.items()
    ]
    return listed(parts) if parts else "anywhere"


def _range(label: str, limits: tuple[float, float], values: np.ndarray) -> str:
    span = (float(values.min()), float(values.max()))
    low, high = (written(each, span) if np.isfinite(each) else "" for each in limits)
    if low and high:
        return f"{label} is between {low} and {high}"
    return f"{label} is above {low}" if low else f"{label} is below {high}"


def _findings(found: Weakness, labels: Mapping[str, str], under: str) -> list[str]:
    box, score = found.found, found.found.score
    if not box.box.restricted:
        return [
            f"No box describes where the base policy fails {under}: the cases lie all over the "
            "space of what was drawn."
        ]
    again = [
        f"{labels.get(name, name)} in {float(box.again['frequency'].get(name, 0)):.0%}"
        for name in box.box.restricted
    ]
    return [
        f"The base policy fails {under} ({found.interest}) mostly where "
        f"{described(box.box, box, labels)}: there it fails in {percent(score.density)} of "
        f"{score.runs:,} futures, against {percent(box.cases.density)} of all, and "
        f"{percent(score.coverage)} of all failures lie there.",
        f"When random halves of the runs are searched, the same factors are limited: "
        f"{listed(again)} of the halves.",
        f"A classification tree tells failures from others in {found.tree.accuracy:.0%} of the "
        f"futures in cross-validation; always guessing the commoner kind is right in "
        f"{found.tree.guessing:.0%}.",
    ]


def limits_table(found: Discovery, labels: Mapping[str, str]) -> Grid:
    """Return the limits of a box with how far they are to be trusted."""
    header = ("Factor", "Limit", "Quasi-p-value", "Limited in halves", "Lower limit in halves",
              "Upper limit in halves")  # fmt: skip
    rows = []
    for name in found.box.restricted:
        values = found.cases.inputs[name]
        span = (0.0, 1.0)
        if name in found.box.ranges:
            numbers = values.to_numpy(float)
            span = (float(numbers.min()), float(numbers.max()))
        one = Box(
            {k: v for k, v in found.box.ranges.items() if k == name},
            {k: v for k, v in found.box.among.items() if k == name},
        )
        ends = [_ends(found, name, side, span) for side in ("low", "high")]
        often = float(found.again["frequency"].get(name, 0.0))
        luck = readable(float(f"{found.quasi_p[name]:.1g}"))
        rows.append((labels.get(name, name), described(one, found, labels), luck, f"{often:.0%}",
                     *ends))  # fmt: skip
    return Grid("Limits of the box", header, tuple(rows), (2, 3, 4, 5))


def _ends(found: Discovery, name: str, side: str, span: tuple[float, float]) -> str:
    if name not in found.again.index:
        return "–"
    start, stop = found.again.loc[[name], [f"{side}_from", f"{side}_to"]].to_numpy(float)[0]
    return "–" if np.isnan(start) else f"{written(start, span)} to {written(stop, span)}"


def tree_table(tree: Tree, labels: Mapping[str, str]) -> Grid:
    """Return the leaves of a tree as boxes, the densest first."""
    header = ("Leaf", "Runs", "Density", "Coverage")
    rows = tuple(
        (
            "; ".join(
                [_range(labels.get(n, n), limits, np.array([0.0, 1.0]))
                 for n, limits in leaf.ranges.items()]
                + [f"{labels.get(n, n)} is {' or '.join(sorted(k))}" for n, k in leaf.among.items()]
            ) or "all runs",
            f"{score.runs:,}", percent(score.density), percent(score.coverage),
        )
        for leaf, score in zip(tree.leaves, tree.scores, strict=True)
    )  # fmt: skip
    return Grid("Leaves of the classification tree", header, rows, (1, 2, 3))
