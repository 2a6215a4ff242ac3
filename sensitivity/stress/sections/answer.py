"""What the policies come to, in plain words: the answer to the question of the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pysd_runner.spec.schema import Spec
from sensitivity.plots.dots import dots
from sensitivity.stress.futures import CALM
from sensitivity.stress.portfolios import MEAN, TAIL, Portfolios
from sensitivity.stress.sections.section import Picture, Section, listed, picture
from sensitivity.stress.sections.words import Row, share_within, signed, within
from sensitivity.stress.struck import Struck
from sensitivity.stress.tables import Grid
from sensitivity.stress.trial import policy_label


def answer_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` where there is no policy to compare."""
    found = struck.portfolios
    if found is None:
        return None
    said = tuple(_answer(struck, found))
    breakers = " with the breakers that it has," if struck.ensemble.spec.breakers else ""
    return Section(
        "What each policy brings and costs", "answer",
        (f"Each policy{breakers} against the base policy in the same draws of the uncertainties.",),
        said, figures=(_figure(struck, found),),
        notes=("The policies are those of the model's sandbox.toml; other mixes are not ruled "
               "out. A small change is not a small certainty: the intervals tell how sure the mean "
               "is over these futures, not how far one future is from another.",),
        tables=(_table(struck, found),), essence=said, short="Policies",
    )  # fmt: skip


def _answer(struck: Struck, found: Portfolios) -> list[str]:
    spec = struck.ensemble.spec
    main, tail = found.of(found.outcome), found.of(found.outcome, TAIL)
    turn = 1 if spec.outcomes[found.outcome].direction == "maximise" else -1
    label = spec.outcomes[found.outcome].label
    best = str((turn * main["estimate"]).idxmax())
    said = _first(struck, main, turn, label, found.rivals)
    if found.cost:
        price = _amount(spec, found.change(best, found.cost))
        said += f" Its price: {spec.outcomes[found.cost].label} {price}."
    effect = found.worst_side_effect(best)
    if turn * float(main["estimate"][best]) > 0 and effect is not None:
        worse = spec.outcomes[effect["outcome"]].label
        said += f" Its worst side effect: {worse} {_change(spec, effect)}."
    where = "without a shock"
    if found.stress != CALM:
        where = f"in which {struck.ensemble.label(found.stress)} strikes"
    firm = str((turn * tail["estimate"]).idxmax())
    stands = f"changes {label}:" if len(tail) == 1 else f"stands best: {label}"
    return [
        said,
        *_by_price(struck, found, turn),
        f"In the worst tenth of the futures {where}, {_named(struck, firm)} {stands} "
        f"{_change(spec, found.change(firm, found.outcome, TAIL))} against the base policy."
        f"{_as_much(struck, found.tail_rivals)}",
    ]


def _first(struck: Struck, main: pd.DataFrame, turn: int, label: str, rivals: Sequence[str]) -> str:
    """Say which policy improves the outcome most, if any surely does, and which may do as much."""
    ends = np.sort(turn * main[["low", "high"]].to_numpy(), axis=1)
    gain = turn * main["estimate"]
    best = str(gain.idxmax())
    low = pd.Series(ends[:, 0], index=main.index)
    change = _amount(struck.ensemble.spec, main.loc[best].to_dict())
    over = "against the base policy, on average over the futures without a shock"
    if len(main) == 1:
        return f"{_named(struck, best)} changes {label}: {change} {over}."
    count = f"Of {len(main)} policies,"
    if gain[best] <= 0:
        said = f"{count} none improves {label}; {_named(struck, best)} harms it least"
    elif low[best] <= 0:
        said = f"{count} none surely improves {label}; {_named(struck, best)} comes nearest"
    else:
        said = f"{count} {_named(struck, best)} improves {label} most"
    return f"{said}: {change} {over}.{_as_much(struck, rivals)}"


def _as_much(struck: Struck, rivals: Sequence[str]) -> str:
    """Say which policies may do as much as the one that was named, if any may."""
    if not rivals:
        return ""
    names = listed([_named(struck, name) for name in rivals])
    return f" {names} may do as much: in the same futures no difference is sure."


def _named(struck: Struck, policy: str) -> str:
    return f"'{policy_label(struck.ensemble.spec, policy)}'"


def _by_price(struck: Struck, found: Portfolios, turn: int) -> list[str]:
    """Say which policy brings most for its money, and which cost more and bring nothing."""
    if not found.cost:
        return []
    main, cost = found.of(found.outcome), found.of(found.cost)
    label = struck.ensemble.spec.outcomes[found.outcome].label
    gain = turn * main["estimate"][cost["low"] > 0]
    said = []
    if (gain > 0).any() and len(main) > 1:
        best = str((gain / cost["estimate"][gain.index]).idxmax())
        rivals = [name for name in found.as_thrifty.get(best, ()) if gain.get(name, 0.0) > 0]
        said.append(f"{_named(struck, best)} does most for its money: {_deal(struck, found, best)}"
                    f"{_as_much(struck, rivals)}")  # fmt: skip
    said += [
        f"{_named(struck, str(name))} costs more and does not improve {label}: "
        f"{_deal(struck, found, str(name))}"
        for name in gain.index[gain <= 0]
    ]
    return said


def _deal(struck: Struck, found: Portfolios, policy: str) -> str:
    """Say what a policy changes, and for what money."""
    outcomes = struck.ensemble.spec.outcomes
    gain, cost = (
        f"{outcomes[name].label} {_amount(struck.ensemble.spec, found.change(policy, name))}"
        for name in (found.outcome, found.cost)
    )
    return f"{gain} for {cost}."


def _change(spec: Spec, row: Row) -> str:
    """Return a change with its interval: a share, or an amount where the base policy has none."""
    estimate, low, high = (float(row[each]) for each in ("estimate", "low", "high"))
    if row["share"]:
        return share_within(estimate, low, high)
    unit = spec.outcomes[row["outcome"]].unit
    return f"{signed(estimate, unit)} {within(low, high, unit)}"


def _amount(spec: Spec, row: Row) -> str:
    """Return a change as an amount, and as a share with its interval."""
    said = _change(spec, row)
    unit = spec.outcomes[row["outcome"]].unit
    return f"{signed(float(row['amount']), unit)} or {said}" if row["share"] else said


def _figure(struck: Struck, found: Portfolios) -> Picture:
    spec = struck.ensemble.spec
    first, stress = spec.outcomes[found.outcome], struck.ensemble.label(found.stress)
    shown = {
        f"{first.label}, no shock": found.of(found.outcome),
        f"{first.label}, worst tenth under {stress}": found.of(found.outcome, TAIL),
    }
    if found.cost and found.of(found.cost)["share"].all():
        shown[f"{spec.outcomes[found.cost].label}, no shock"] = found.of(found.cost)
    rows = list(found.of(found.outcome).index)
    return picture(
        dots({title: {"": table} for title, table in shown.items()}, rows=rows,
             labels={name: policy_label(spec, name) for name in rows},
             axis="change against the base policy", shares=True, columns=3, alike=2),
        f"What each policy changes in {first.label} and costs",
        "Change of the mean over the futures, and of the mean of their worst tenth, against the "
        "base policy in the same futures. Lines: 95% intervals, often shorter than the mark.",
    )  # fmt: skip


def _table(struck: Struck, found: Portfolios) -> Grid:
    spec = struck.ensemble.spec
    rows = tuple(
        (policy_label(spec, row["policy"]), spec.outcomes[row["outcome"]].label,
         "less" if spec.outcomes[row["outcome"]].direction == "minimise" else "more",
         _change(spec, row))
        for row in found.table[found.table["measure"] == MEAN].to_dict("records")
    )  # fmt: skip
    header = ("Policy", "Outcome", "Better", "Change (95% interval)")
    return Grid("Mean change of every outcome, by policy", header, rows, (3,))
