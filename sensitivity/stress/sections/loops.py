"""Which feedback loop carries the outcome, when, and in the worst futures."""

from __future__ import annotations

from functools import partial

import pandas as pd

from sensitivity.plots.dots import dots
from sensitivity.plots.loops import effect_maps
from sensitivity.plots.numbers import per_cent
from sensitivity.stress.carried import Carried
from sensitivity.stress.loops import MOVES, Dominance
from sensitivity.stress.quantities import quantities_of, quantity_of
from sensitivity.stress.sections.section import Picture, Section, listed, picture, time_label
from sensitivity.stress.sections.words import Row, percent, signed_share
from sensitivity.stress.struck import Loops, Struck
from sensitivity.stress.tables import Grid
from sensitivity.stress.trial import policy_label

_MOST = 3

_APART = 0.01
"""Difference of effects below which the worst futures are like the others."""

_TOLD = 0.05
"""Share of the effect of a policy that a loop must carry to be named."""


def loops_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` for a model without loops that can be cut."""
    if struck.loops is None:
        return None
    found = struck.loops
    quantity = quantity_of(struck.ensemble.spec, struck.outcome)
    views = _views(struck, found)
    largest = [_largest(struck, title, view) for title, view in views.items()]
    turning = _turning(struck, *list(views.items())[-1])
    policy = [] if found.carried is None else _of_policy(struck, found.carried)
    paragraphs = (
        "Each loop that the model can cut was cut in every future, all else equal. The effect of a "
        f"loop is what {quantity.label} owes to it: its value less that without the loop, as a "
        "share of the larger of both.",
    )
    notes = (
        "Effects do not add up: loops work through each other, and with one cut the others run "
        "differently. A cut fixes what the loop carries at its reference value, so it also removes "
        "what the loop would have done in a calm world. A loop that always works (the wear of what "
        "is there) has a large effect in all futures alike: what tells more is where an effect "
        "differs between futures, and what a policy owes to it.",
    )
    carried = [] if found.carried is None else [_carried(struck, found.carried)]
    figures = [*carried, _map(struck, views, quantity.label), _ends(struck, found, quantity.label)]
    return Section(
        "Which feedback loop carries the outcome", "loops", paragraphs,
        (*policy, *turning, *largest, *_broken(struck, found)),
        figures=tuple(figures), notes=notes, tables=(_table(struck, found),),
        essence=(*policy[:1], *(turning or largest[-1:])), short="Loops",
    )  # fmt: skip


def _views(struck: Struck, found: Loops) -> dict[str, Dominance]:
    views = {"No shock": found.calm}
    if found.struck is not None and struck.shocks is not None:
        views[struck.shocks.standard.label] = found.struck
    return views


def name_of(struck: Struck, loop: str) -> str:
    """Return how figures call a loop."""
    return f"{loop} {struck.ensemble.spec.loops[loop].label}"


def _way(effect: float, what: str = "it") -> str:
    """Return what a loop does, in words: lowers it by 76%."""
    return f"{'raises' if effect > 0 else 'lowers'} {what} by {percent(abs(effect))}"


def _largest(struck: Struck, title: str, view: Dominance) -> str:
    """Say which loops have the largest effects at the end, and how often the first one does."""
    quantity = quantity_of(struck.ensemble.spec, struck.outcome)
    effects = view.at_end(quantity.name)["median"].dropna()
    order = effects[effects.abs().sort_values(ascending=False).index]
    shown = order[order.abs() > MOVES].head(_MOST)
    if shown.empty:
        return f"{title}: no loop changes {quantity.label} by the end of the run."
    parts = [f"{name_of(struck, str(loop))} ({_way(float(each))})" for loop, each in shown.items()]
    first = str(shown.index[0])
    share = float(view.dominant(quantity.name).iloc[-1][first])
    return (
        f"{title}: the largest effects on {quantity.label} at the end of the run, in the median "
        f"future: {listed(parts)}. The first of them is the largest in {percent(share)} of the "
        "futures."
    )


def _turning(struck: Struck, title: str, view: Dominance) -> list[str]:
    """Say of which loop the effect in the worst tenth differs most from that in all futures."""
    quantity = quantity_of(struck.ensemble.spec, struck.outcome)
    every, worst = (view.at_end(quantity.name, worst=each) for each in (False, True))
    apart = (worst["low"] > every["high"]) | (worst["high"] < every["low"])
    away = (worst["median"] - every["median"]).abs()[apart].sort_values(ascending=False)
    away = away[away > _APART]
    if away.empty:
        return []
    loop = str(away.index[0])
    usual, bad = float(every["median"][loop]), worst.loc[[loop]].to_dict("records")[0]
    kind = struck.ensemble.spec.loops[loop].kind
    return [
        f"{title}: the loop whose effect differs most in the worst tenth of the futures is the "
        f"{kind} loop {name_of(struck, loop)}. It {_way(usual, quantity.label)} in the "
        f"median of all futures, and {_way(float(bad['median']))} in that of the worst tenth "
        f"{ends_of(bad)}."
    ]


def _of_policy(struck: Struck, found: Carried) -> list[str]:
    """Say what the largest policy owes to loops, and what holds it back."""
    spec = struck.ensemble.spec
    label = spec.outcomes[found.outcome].label
    start = (
        f"'{policy_label(spec, found.policy)}' changes {label} by {signed_share(found.gain)}, "
        "without a shock."
    )
    said = []
    turn = 1 if found.gain >= 0 else -1
    for word, side in (("less", 1), ("more", -1)):
        sure = found.table[
            ((found.table["low"] > 0) if side * turn > 0 else (found.table["high"] < 0))
            & (found.table["estimate"].abs() > _TOLD * abs(found.gain))
        ]
        order = sure["estimate"].abs().sort_values(ascending=False).index[:_MOST]
        parts = [
            f"{name_of(struck, str(loop))} (then {signed_share(float(sure['without'][loop]))})"
            for loop in order
        ]
        if parts:
            said.append(f"It would do {word} without {listed(parts)}.")
    if not said:
        said.append("Cutting a loop changes that by less than a twentieth, or not surely.")
    return [" ".join([start, *said])]


def ends_of(effect: Row) -> str:
    """Return the interval of an effect, without its sign where that is told before."""
    low, high = effect["low"], effect["high"]
    if high < 0:
        low, high = -high, -low
    digits = 0 if high - low >= 0.01 else 1  # no interval from 21% to 21%
    return f"(95% interval {per_cent(low, digits=digits)} to {per_cent(high, digits=digits)})"


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


def _carried(struck: Struck, found: Carried) -> Picture:
    spec = struck.ensemble.spec
    label, policy = spec.outcomes[found.outcome].label, policy_label(spec, found.policy)
    size = found.table["estimate"].abs().sort_values(ascending=False)
    rows = [str(loop) for loop in size.index]
    gain = signed_share(found.gain)
    return picture(
        dots({"What the loop adds to the effect of the policy": {"": found.table}}, rows=rows,
             labels={each: name_of(struck, each) for each in rows},
             axis=f"points of {label}; the whole effect is {gain}", shares=True),
        f"What {policy} owes to each loop",
        f"By how much the effect of '{policy}' on {label} shrinks if the loop is cut, for the base "
        "policy too; left of the line it grows. Lines: 95% intervals, from resampled futures.",
    )  # fmt: skip


def _map(struck: Struck, views: dict[str, Dominance], label: str) -> Picture:
    name = quantity_of(struck.ensemble.spec, struck.outcome).name
    title, last = list(views.items())[-1]
    panels = {f"{each}, all futures": view.over_time(name) for each, view in views.items()}
    panels[f"{title}, worst tenth"] = last.over_time(name, worst=True)
    labels = {loop: name_of(struck, loop) for loop in struck.ensemble.spec.loops}
    return picture(
        effect_maps(panels, labels, note=time_label(struck.ensemble.trial.model)),
        f"Effect of each loop on {label} over time",
        f"What {label} owes to each loop over time, in the median future: blue, it is higher with "
        f"the loop; orange, lower. Worst tenth: the futures in which {label} is worst at the end.",
    )


def _ends(struck: Struck, found: Loops, label: str) -> Picture:
    name = quantity_of(struck.ensemble.spec, struck.outcome).name
    view = found.struck or found.calm
    series = {
        "all futures": _estimates(view.at_end(name)),
        "worst tenth": _estimates(view.at_end(name, worst=True)),
    }
    size = pd.concat([table["estimate"].abs() for table in series.values()], axis=1).max(axis=1)
    loops = [str(loop) for loop in size.sort_values(ascending=False).index]
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
    written = partial(per_cent, digits=1)
    rows = []
    for quantity in quantities_of(struck.ensemble.spec):
        every = view.at_end(quantity.name).to_dict("index")
        worst = view.at_end(quantity.name, worst=True).to_dict("index")
        for loop, each in struck.ensemble.spec.loops.items():
            row = every[loop]
            rows.append((
                quantity.label, name_of(struck, loop), each.kind,
                f"{written(row['median'])} ({written(row['low'])} to {written(row['high'])})",
                f"{written(row['from'])} to {written(row['to'])}",
                written(worst[loop]["median"]),
            ))  # fmt: skip
    return Grid("Effects at the end of the run", header, tuple(rows), (3, 4, 5))
