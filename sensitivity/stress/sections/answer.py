"""What the policies come to, in plain words: the answer to the question of the model."""

from __future__ import annotations

from sensitivity.plots.dots import dots
from sensitivity.plots.numbers import MINUS, per_cent
from sensitivity.stress.futures import CALM
from sensitivity.stress.portfolios import MEAN, TAIL, Portfolios
from sensitivity.stress.sections.section import Picture, Section, picture
from sensitivity.stress.sections.words import Row
from sensitivity.stress.struck import Struck
from sensitivity.stress.tables import Grid
from sensitivity.stress.trial import policy_label


def answer_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` where there is no policy to compare."""
    found = struck.portfolios
    if found is None:
        return None
    said = tuple(_answer(struck, found))
    spec = struck.ensemble.spec
    return Section(
        "What each policy brings and costs", "answer",
        ("Each policy with the breakers that it has, against the base policy in the same draws of "
         "the uncertainties.",),
        said, figures=(_figure(struck, found),),
        notes=("The policies are those of the model's sandbox.toml; other mixes are not ruled "
               "out. A small change is not a small certainty: the intervals tell how sure the mean "
               "is over these futures, not how far one future is from another.",),
        tables=(_table(struck, found),), essence=said, short=spec.model.title.split(":")[0],
    )  # fmt: skip


def _answer(struck: Struck, found: Portfolios) -> list[str]:
    spec = struck.ensemble.spec
    main, tail = found.of(found.outcome), found.of(found.outcome, TAIL)
    turn = 1 if spec.outcomes[found.outcome].direction == "maximise" else -1
    best, firm = (str((turn * each["estimate"]).idxmax()) for each in (main, tail))
    better = turn * float(main["estimate"][best]) > 0
    said = (
        f"Of {len(main)} policies held against the base policy, "
        f"{'the one that brings most is' if better else 'none improves it; least harm does'} "
        f"{_brings(struck, found, best)}, on average over the futures without a shock."
    )
    effect = found.worst_side_effect(best)
    if better and effect is not None:
        worse = spec.outcomes[effect["outcome"]].label
        said += f" What it makes worse most: {worse} {_with_interval(effect)}."
    row = found.change(firm, found.outcome, TAIL)
    when = "" if found.stress == CALM else f"If {struck.ensemble.label(found.stress)} strikes, "
    return [
        said,
        *_by_price(struck, found, turn),
        f"{when}'{policy_label(spec, firm)}' stands best in the worst tenth of the "
        f"futures: {spec.outcomes[found.outcome].label} {_with_interval(row)} against the base "
        "policy.",
    ]


def _brings(struck: Struck, found: Portfolios, policy: str) -> str:
    """Say what a policy changes, and for what money."""
    spec = struck.ensemble.spec
    said = (
        f"'{policy_label(spec, policy)}': {spec.outcomes[found.outcome].label} "
        f"{_with_interval(found.change(policy, found.outcome))}"
    )
    if not found.cost:
        return said
    cost = found.change(policy, found.cost)
    return f"{said}, for {spec.outcomes[found.cost].label} {_with_interval(cost)}"


def _by_price(struck: Struck, found: Portfolios, turn: int) -> list[str]:
    """Say which policy brings most for its money, and which cost more and bring nothing."""
    if not found.cost:
        return []
    main, cost = found.of(found.outcome), found.of(found.cost)
    gain = turn * main["estimate"][cost["low"] > 0]
    said = []
    if (gain > 0).any():
        best = str((gain / cost["estimate"][gain.index]).idxmax())
        said.append(f"Best for its money is {_brings(struck, found, best)}.")
    said += [
        f"More money for nothing is {_brings(struck, found, str(name))}."
        for name in gain.index[gain <= 0]
    ]
    return said


def _signed(share: float) -> str:
    digits = 0 if abs(share) >= 0.1 else 1
    return f"{share:+.{digits}%}".replace("-", MINUS)


def _with_interval(row: Row) -> str:
    low, high = _signed(float(row["low"])), _signed(float(row["high"]))
    return f"{_signed(float(row['estimate']))} (95% interval {low} to {high})"


def _figure(struck: Struck, found: Portfolios) -> Picture:
    spec = struck.ensemble.spec
    first, stress = spec.outcomes[found.outcome], struck.ensemble.label(found.stress)
    shown = {
        f"{first.label}, mean without a shock": found.of(found.outcome),
        f"{first.label}, worst tenth under {stress}": found.of(found.outcome, TAIL),
    }
    if found.cost:
        shown[f"{spec.outcomes[found.cost].label}, mean without a shock"] = found.of(found.cost)
    rows = list(found.of(found.outcome).index)
    return picture(
        dots({title: {"": table} for title, table in shown.items()}, rows=rows,
             labels={name: policy_label(spec, name) for name in rows},
             axis="change against the base policy", formatted=per_cent),
        f"What each policy changes in {first.label} and costs",
        "Change of the mean over the futures, and of the mean of their worst tenth, against the "
        "base policy in the same futures. Lines: 95% intervals, often shorter than the mark.",
    )  # fmt: skip


def _table(struck: Struck, found: Portfolios) -> Grid:
    spec = struck.ensemble.spec
    rows = tuple(
        (policy_label(spec, row["policy"]), spec.outcomes[row["outcome"]].label,
         "less" if spec.outcomes[row["outcome"]].direction == "minimise" else "more",
         _signed(row["estimate"]), f"{_signed(row['low'])} to {_signed(row['high'])}")
        for row in found.table[found.table["measure"] == MEAN].to_dict("records")
    )  # fmt: skip
    header = ("Policy", "Outcome", "Better", "Change", "95% interval")
    return Grid("Mean change of every outcome, by policy", header, rows, (3, 4))
