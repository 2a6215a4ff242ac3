"""What each lever does by itself: what it brings, how surely, and for what money."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from pysd_runner.spec.schema import Outcome, Spec
from sensitivity.alone import ENDS, Alone
from sensitivity.plots.dots import dots
from sensitivity.plots.numbers import quantity, readable, span
from sensitivity.stress.sections.section import Picture, Section, listed, picture
from sensitivity.stress.sections.words import Row, interval, percent, share_within, signed, within
from sensitivity.stress.struck import Struck
from sensitivity.stress.tables import Grid

_MOST = 3
_DEAR = 0.01
"""Share of the outlay that a lever must cost, to be said to bring much for its money."""

_SMALL = 0.001
"""Share of the outcome below which a change is said to be none."""


def levers_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` for a model without levers."""
    found = struck.alone
    if found is None:
        return None
    said = tuple(_findings(struck, found))
    return Section(
        "What each lever does alone", "levers",
        (f"Each lever is moved to its lower and to its upper bound, all others at their base, in "
         f"{found.futures} futures without a shock. All else that is not known differs between "
         "futures, and is the same for all levers.",),
        said, figures=(_figure(struck, found),),
        notes=("Bounds are not equally far for all levers, so the order of levers is that of "
               "their ranges too. What levers do only together is not seen here.",)
        if len(struck.ensemble.spec.levers) > 1 else (),
        tables=(_table(struck, found),), essence=said[:2], short="Levers",
    )  # fmt: skip


def _findings(struck: Struck, found: Alone) -> list[str]:
    spec, outcome = struck.ensemble.spec, struck.ensemble.spec.outcomes[struck.outcome]
    best = _best(found, struck.outcome, outcome)
    base = abs(float(best["base"].iloc[0]))
    sure = best[(best["worst"] > 0) & (best["gain"] > _SMALL * base)]
    said = []
    if sure.empty:
        said.append(f"No lever alone surely makes {outcome.label} better by a thousandth.")
    else:
        parts = [_one(spec, row, outcome) for row in sure.head(_MOST).to_dict("records")]
        start = f"Levers that improve {outcome.label} most, each alone"
        if len(sure) == 1:
            start = f"One lever alone surely improves {outcome.label}"
        said.append(f"{start}: {listed(parts)}.")
        said += _for_the_money(struck, found, sure)
    ends = pd.concat([found.of(struck.outcome, end)["estimate"].abs() for end in ENDS], axis=1)
    idle = [spec.levers[name].label for name in best["lever"]
            if ends.loc[name].max() <= _SMALL * base]  # fmt: skip
    if idle:
        said.append(f"{listed(idle)}: less than a thousandth of {outcome.label}, at either bound.")
    said += _double_edged(spec, found, struck.outcome, outcome)
    return said


def _best(found: Alone, name: str, outcome: Outcome) -> pd.DataFrame:
    """Return the better end of each lever, the largest gain first."""
    turn = -1 if outcome.direction == "minimise" else 1
    both = pd.concat([found.of(name, end).reset_index() for end in ENDS], ignore_index=True)
    both["gain"] = turn * both["estimate"]
    both["worst"] = both["low"] if turn > 0 else -both["high"]
    both["helps"] = both["raises"] if turn > 0 else both["lowers"]
    order = both.sort_values("gain", ascending=False, kind="stable")
    return order.drop_duplicates("lever").reset_index(drop=True)


def _one(spec: Spec, row: Row, outcome: Outcome) -> str:
    lever = spec.levers[str(row["lever"])]
    base = abs(float(row["base"]))
    if base:
        change = _shares(row)
    else:
        ends = within(float(row["low"]), float(row["high"]), outcome.unit)
        change = f"{signed(float(row['estimate']), outcome.unit)} {ends}"
    often = "" if row["helps"] > 1 - 1e-9 else f", in {percent(float(row['helps']))} of the futures"
    way = "" if row["end"] == "high" else " lowered"
    return f"{lever.label}{way} {change}{often}"


def _for_the_money(struck: Struck, found: Alone, sure: pd.DataFrame) -> list[str]:
    """Say which levers bring most for each unit of money, and which even save some."""
    spec = struck.ensemble.spec
    if not struck.cost:
        return []
    outcome, money = spec.outcomes[struck.outcome], spec.outcomes[struck.cost]
    costs = pd.concat([found.of(struck.cost, end) for end in ENDS]).set_index("end", append=True)
    own = costs.loc[pd.MultiIndex.from_frame(sure[["lever", "end"]])]
    priced = sure.assign(cost=own["estimate"].to_numpy(), least=own["low"].to_numpy())
    spent = abs(float(costs["base"].iloc[0]))
    paid = priced[(priced["least"] > 0) & (priced["cost"] >= _DEAR * spent)]
    if paid.empty:
        return []
    paid = paid.assign(rate=paid["gain"] / paid["cost"]).sort_values("rate", ascending=False)
    amount, unit = _amount(float(paid["rate"].iloc[0]), money.unit)
    deals = [
        (spec.levers[str(row["lever"])].label, quantity(amount * float(row["rate"]), outcome.unit),
         quantity(float(row["cost"]), money.unit))
        for row in paid.head(_MOST).to_dict("records")
    ]  # fmt: skip
    if len(deals) == 1:
        lever, gain, cost = deals[0]
        return [f"{lever} brings {gain} of {outcome.label} for each {unit}; it costs {cost}."]
    some = f"Of those that cost a hundredth of {money.label} or more, these" if spent else "These"
    parts = [f"{lever} ({gain}; it costs {cost})" for lever, gain, cost in deals]
    return [f"{some} bring most of {outcome.label} for each {unit}: {listed(parts)}."]


def _amount(rate: float, unit: str) -> tuple[float, str]:
    """Return for how much money a gain is told, and that in words: enough to buy some."""
    if unit.startswith("MCNY"):
        return 1e3, f"bn {unit.removeprefix('M')}"
    thousands = max(0, math.ceil(-math.log10(rate) / 3 - 1e-9)) if rate > 0 else 0
    amount = 1e3**thousands
    return amount, f"{readable(amount) + ' ' if thousands else ''}{unit or 'unit'}"


def _double_edged(spec: Spec, found: Alone, name: str, outcome: Outcome) -> list[str]:
    """Name the levers that make the outcome worse at their upper bound."""
    turn = -1 if outcome.direction == "minimise" else 1
    rows = found.of(name, "high")
    base = np.abs(rows["base"])
    surely = rows["high"] < 0 if turn > 0 else rows["low"] > 0
    harm = rows[surely & (np.abs(rows["estimate"]) > _SMALL * base)]
    harm = harm.assign(size=np.abs(harm["estimate"])).sort_values("size", ascending=False)
    if harm.empty:
        return []
    parts = [
        f"{spec.levers[str(lever)].label} {_shares(row)}"
        for lever, row in zip(harm.index, harm.to_dict("records"), strict=True)
    ][:_MOST]
    which = "their upper bounds these make" if len(parts) > 1 else "its upper bound this makes"
    return [f"At {which} {outcome.label} worse: {listed(parts)}."]


def _shares(row: Row) -> str:
    base = abs(float(row["base"])) or 1.0
    return share_within(*(float(row[each]) / base for each in ("estimate", "low", "high")))


def _figure(struck: Struck, found: Alone) -> Picture:
    spec = struck.ensemble.spec
    names = [name for name in (struck.outcome, struck.cost) if name]
    best = _best(found, struck.outcome, spec.outcomes[struck.outcome])
    panels = {
        spec.outcomes[name].label: {
            "at the upper bound": _relative(found.of(name, "high")),
            "at the lower bound": _relative(found.of(name, "low")),
        }
        for name in names
    }
    labels = {name: f"{lever.label}, {span(*lever.bounds, lever.unit)}"
              for name, lever in spec.levers.items()}  # fmt: skip
    return picture(
        dots(panels, rows=list(best["lever"]), labels=labels,
             axis="share of the mean of the base policy", shares=True, one_line=True),
        f"What each lever alone changes in {spec.outcomes[struck.outcome].label}, and its cost",
        "Each lever at its bounds, all others at their base; the lever that can improve the "
        f"outcome most stands first. Lines: {found.intervals}",
    )  # fmt: skip


def _relative(rows: pd.DataFrame) -> pd.DataFrame:
    base = np.abs(rows["base"]).replace(0, 1.0)
    return rows[["estimate", "low", "high"]].div(base, axis=0)


def _table(struck: Struck, found: Alone) -> Grid:
    spec = struck.ensemble.spec
    names = [name for name in (struck.outcome, struck.cost) if name]
    rows = []
    for row in found.table[found.table["outcome"].isin(names)].to_dict("records"):
        outcome, lever = spec.outcomes[str(row["outcome"])], spec.levers[str(row["lever"])]
        named = {"x": row["estimate"], "x_low": row["low"], "x_high": row["high"]}
        rows.append((outcome.label, lever.label, quantity(float(row["value"]), lever.unit),
                     interval(named, "x"), percent(float(row["raises"]))))  # fmt: skip
    header = ("Outcome", "Lever", "At", "Change (95% interval)", "Rises in")
    return Grid("Effect and cost, lever by lever", header, tuple(rows), (2, 3, 4))
