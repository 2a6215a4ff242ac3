"""Which feedback loop carries the outcome, when, and in the worst futures."""

from __future__ import annotations

import pandas as pd

from sensitivity.plots.dots import dots
from sensitivity.plots.loops import dominance_areas, effect_maps
from sensitivity.plots.numbers import per_cent
from sensitivity.stress.loops import Dominance
from sensitivity.stress.quantities import quantities_of, quantity_of
from sensitivity.stress.sections.section import Picture, Section, picture, time_label
from sensitivity.stress.sections.words import Row, percent
from sensitivity.stress.struck import Loops, Struck
from sensitivity.stress.tables import Grid

_OFTEN = 0.05
"""Share of the futures at some time in which a loop must dominate to be worth an area."""


def loops_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` for a model without loops that can be cut."""
    if struck.loops is None:
        return None
    found = struck.loops
    quantity = quantity_of(struck.ensemble.spec, struck.outcome)
    views = _views(struck, found)
    said = [_sentence(struck, title, view, worst) for title, (view, worst) in views.items()]
    said += _broken(struck, found)
    paragraphs = (
        "Each loop that the model can cut was cut in every future, all else equal. The effect of a "
        f"loop is what {quantity.label} owes to it: its value less that without the loop, as a "
        "share of the larger of both. A loop dominates a future at a time if its effect is the "
        "largest.",
    )
    notes = (
        "Effects do not add up: loops work through each other, and with one cut the others run "
        "differently. A cut fixes what the loop carries at its reference value, so it also removes "
        "what the loop would have done in a calm world.",
    )
    figures = [_map(struck, views, quantity.label), *_areas(struck, views, quantity.label),
               _ends(struck, found, quantity.label)]  # fmt: skip
    return Section(
        "Which feedback loop carries the outcome", "loops", paragraphs, tuple(said),
        figures=tuple(figures), notes=notes, tables=(_table(struck, found),),
        essence=(_essence(struck, list(views.items())[-2:]),), short="Loops",
    )  # fmt: skip


def _views(struck: Struck, found: Loops) -> dict[str, tuple[Dominance, bool]]:
    calm = {
        "No shock, all futures": (found.calm, False),
        "No shock, worst tenth": (found.calm, True),
    }
    if found.struck is None or struck.shocks is None:
        return calm
    label = struck.shocks.standard.label
    return {
        **calm,
        f"{label}, all futures": (found.struck, False),
        f"{label}, worst tenth": (found.struck, True),
    }


def name_of(struck: Struck, loop: str) -> str:
    """Return how figures call a loop."""
    return f"{loop} {struck.ensemble.spec.loops[loop].label}"


def _sentence(struck: Struck, title: str, view: Dominance, worst: bool) -> str:
    quantity = quantity_of(struck.ensemble.spec, struck.outcome)
    shares = view.dominant(quantity.name, worst=worst).iloc[-1].drop("none")
    if not float(shares.max()) > 0:
        return f"{title}: no loop changes {quantity.label} by the end of the run."
    loop = str(shares.idxmax())
    effect = view.at_end(quantity.name, worst=worst).loc[[loop]].to_dict("records")[0]
    kind = struck.ensemble.spec.loops[loop].kind
    way = "raises" if effect["median"] > 0 else "lowers"
    return (
        f"{title}: at the end of the run the {kind} loop {name_of(struck, loop)} has the largest "
        f"effect in {percent(float(shares[loop]))} of the futures; it {way} {quantity.label} by "
        f"{percent(abs(effect['median']))} in the median future {_ends_of(effect)}."
    )


def _ends_of(effect: Row) -> str:
    """Return the interval of an effect, without its sign where that is told before."""
    low, high = effect["low"], effect["high"]
    if high < 0:
        low, high = -high, -low
    return f"(95% interval {per_cent(low)} to {per_cent(high)})"


def _essence(struck: Struck, views: list[tuple[str, tuple[Dominance, bool]]]) -> str:
    """Say in one sentence what carries all futures, and what the worst."""
    quantity = quantity_of(struck.ensemble.spec, struck.outcome)
    first = []
    for _, (view, worst) in views:
        shares = view.dominant(quantity.name, worst=worst).iloc[-1].drop("none")
        loop, share = str(shares.idxmax()), float(shares.max())
        effect = view.at_end(quantity.name, worst=worst)["median"][loop]
        first.append((loop, share, float(effect)))
    (every, share, _), (worst_loop, worst_share, effect) = first
    if share == 0 and worst_share == 0:
        return f"No loop that can be cut changes {quantity.label} by the end of the run."
    under = views[0][0].removesuffix(", all futures")
    way = "raises" if effect > 0 else "lowers"
    return (
        f"{under}: {name_of(struck, every)} is the loop with the largest effect on "
        f"{quantity.label} in {percent(share)} of the futures; in the worst tenth it is "
        f"{name_of(struck, worst_loop)}, in {percent(worst_share)} of them, and {way} it by "
        f"{percent(abs(effect))} in the median."
    )


def _broken(struck: Struck, found: Loops) -> list[str]:
    counts: dict[str, int] = {}
    for view in (found.calm, found.struck):
        for loop, count in (view.failed if view is not None else {}).items():
            counts[loop] = counts.get(loop, 0) + count
    return [
        f"With {name_of(struck, loop)} cut, {count} runs have no values; they are left out of what "
        "is said of it."
        for loop, count in counts.items()
        if count
    ]


def _map(struck: Struck, views: dict[str, tuple[Dominance, bool]], label: str) -> Picture:
    name = quantity_of(struck.ensemble.spec, struck.outcome).name
    shown = {t: v for t, v in views.items() if t != "No shock, worst tenth" or len(views) == 2}
    panels = {t: view.over_time(name, worst=worst) for t, (view, worst) in shown.items()}
    labels = {loop: name_of(struck, loop) for loop in struck.ensemble.spec.loops}
    return picture(
        effect_maps(panels, labels, note=time_label(struck.ensemble.trial.model)),
        f"Effect of each loop on {label} over time",
        f"What {label} owes to each loop over time, in the median future: blue, it is higher with "
        f"the loop; orange, lower. Worst tenth: the futures in which {label} is worst at the end.",
    )


def _areas(struck: Struck, views: dict[str, tuple[Dominance, bool]], label: str) -> list[Picture]:
    """Draw which loop has the largest effect, unless it is always the same."""
    name = quantity_of(struck.ensemble.spec, struck.outcome).name
    panels = {title: view.dominant(name, worst=worst) for title, (view, worst) in views.items()}
    largest = pd.concat([table.drop(columns="none") for table in panels.values()]).max()
    if (largest > _OFTEN).sum() < 2:
        return []
    labels = {loop: name_of(struck, loop) for loop in struck.ensemble.spec.loops}
    return [picture(
        dominance_areas(panels, labels, note=time_label(struck.ensemble.trial.model)),
        f"Share of the futures in which each loop dominates {label}",
        f"Share of the futures in which each loop has the largest effect on {label}, over time.",
    )]  # fmt: skip


def _ends(struck: Struck, found: Loops, label: str) -> Picture:
    name = quantity_of(struck.ensemble.spec, struck.outcome).name
    view = found.struck or found.calm
    series = {
        "all futures": _estimates(view.at_end(name)),
        "worst tenth": _estimates(view.at_end(name, worst=True)),
    }
    loops = list(struck.ensemble.spec.loops)
    title = struck.shocks.standard.label if found.struck and struck.shocks else "No shock"
    return picture(
        dots({title: series}, rows=loops, labels={each: name_of(struck, each) for each in loops},
             axis=f"effect on {label} at the end, share of the larger value",
             shares=True),
        f"What {label} owes to each loop at the end of the run",
        f"What {label} owes to each loop at the end of the run: median over futures, and its 95% "
        "interval. Left of the line the loop lowers it.",
    )  # fmt: skip


def _estimates(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={"median": "estimate"})[["estimate", "low", "high"]]


def _table(struck: Struck, found: Loops) -> Grid:
    """Return the effects of all loops on all quantities."""
    view = found.struck or found.calm
    header = ("Quantity", "Loop", "Kind", "Median effect", "10th to 90th percentile",
              "Median, worst tenth")  # fmt: skip
    rows = []
    for quantity in quantities_of(struck.ensemble.spec):
        every = view.at_end(quantity.name).to_dict("index")
        worst = view.at_end(quantity.name, worst=True).to_dict("index")
        for loop, each in struck.ensemble.spec.loops.items():
            row = every[loop]
            rows.append((
                quantity.label, name_of(struck, loop), each.kind,
                f"{row['median']:.1%} ({row['low']:.1%} to {row['high']:.1%})",
                f"{row['from']:.1%} to {row['to']:.1%}", f"{worst[loop]['median']:.1%}",
            ))  # fmt: skip
    return Grid("Effects at the end of the run", header, tuple(rows), (3, 4, 5))
