"""What ``checks.toml`` may claim: under a condition, something must follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.graph import TIME, ModelGraph
from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, Unary, children
from pysd_runner.model.tokens import ParseError
from pysd_runner.names import key, nearest
from pysd_runner.spec.base import Finite, Frozen, Positive, contradiction
from pysd_runner.spec.measured import MEASURE_FUNCTIONS, wrong_function, wrong_reference
from pysd_runner.spec.named import Misfit, check_value
from pysd_runner.spec.schema import Spec

TIME_FUNCTIONS = {
    "start": 1, "final": 1, "at": 2, "mean": 1, "highest": 1, "lowest": 1, "integral": 1,
}  # fmt: skip
"""What makes one number of a trajectory, over the window of a check."""

RUN_FUNCTIONS = {"base": 1, "in": 2}
"""What reads another run: the base case, or that of another check."""

CLAIM_FUNCTIONS = MEASURE_FUNCTIONS | TIME_FUNCTIONS | RUN_FUNCTIONS
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
LOGICAL = frozenset({":AND:", ":OR:"})
ALL_STOCKS = "stocks"


class RealityCheck(Frozen):
    """A condition, and what must follow from it.

    The condition is put together from all that is given: first the scenario, then the policy,
    levers, shocks, cut loops, single constants, and equations.

    Parameters
    ----------
    label : str
        What it claims, as a sentence for the scorecard.
    scenario, policy : str or None
        Names in ``sandbox.toml``.
    levers : dict
        Lever -> value; also beyond its bounds, since a condition may be extreme.
    shocks : dict
        Shock -> depth; its other parts are as in the base case.
    cut : tuple of str
        Loops whose switch is set to 0.
    settings : dict
        Constant of the model -> value.
    equations : tuple of str
        Equations that replace those of the model, as ``"market[industry] = 0"``.
    start, end : float or None
        The window of time in which something must follow; ``from`` and ``to`` in the file.
    final_time : float or None
        Where the run ends, if not where the model's does.
    method : {"euler", "rk4"}
        Of integration.
    then : tuple of str
        Comparisons in Vensim's syntax that must hold at every time of the window, for every
        element of a range that they leave open. ``FINAL(x)``, ``START(x)``, ``AT(x, t)``,
        ``MEAN(x)``, ``HIGHEST(x)``, ``LOWEST(x)`` and ``INTEGRAL(x)`` make one number of a
        trajectory; ``BASE(x)`` is x in the base case, and ``IN(x, name)`` in another check's run.
    never_negative : tuple of str
        Variables that must not fall below zero; ``"stocks"`` means all stocks.
    tolerance : float
        By how much ``=``, ``<=``, ``>=`` and ``never_negative`` may be missed, relative to the
        largest magnitude that the two sides reach in this run and in the base case.
    """

    label: Annotated[str, Field(min_length=1, max_length=90)]
    scenario: str | None = None
    policy: str | None = None
    levers: dict[str, Finite] = Field(default_factory=dict)
    shocks: dict[str, Finite] = Field(default_factory=dict)
    cut: tuple[str, ...] = ()
    settings: dict[str, Finite] = Field(default_factory=dict)
    equations: tuple[str, ...] = ()
    start: Annotated[Finite | None, Field(alias="from")] = None
    end: Annotated[Finite | None, Field(alias="to")] = None
    final_time: Finite | None = None
    method: Literal["euler", "rk4"] = "euler"
    then: tuple[str, ...] = ()
    never_negative: tuple[str, ...] = ()
    tolerance: Annotated[Positive, Field(le=0.1)] = 1e-6

    @model_validator(mode="after")
    def _claims(self) -> RealityCheck:
        if not self.then and not self.never_negative:
            raise contradiction("claims nothing; give 'then' or 'never_negative'", "then")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise contradiction("'to' is not later than 'from'", "to")
        return self


def against_model(
    check: RealityCheck, place: tuple[str, ...], graph: ModelGraph, known: Iterable[str]
) -> Iterator[Misfit]:
    """Yield what does not fit the model.

    Parameters
    ----------
    known : iterable of str
        Identifiers of all checks.
    """
    for name, value in check.settings.items():
        yield from check_value((*place, "settings"), name, value, graph)
    names = tuple(known)
    for claim in check.then:
        for message in wrong_claim(claim, graph, names):
            yield (*place, "then"), f"in '{claim}': {message}"
    for name in check.never_negative:
        if name != ALL_STOCKS and name not in graph:
            yield (
                (*place, "never_negative"),
                f"'{name}' is not a variable of the model{graph.nearest(name)}",
            )


def against_spec(check: RealityCheck, place: tuple[str, ...], spec: Spec) -> Iterator[Misfit]:
    """Yield what names nothing in ``sandbox.toml``."""
    wanted: dict[str, tuple[str, Iterable[str], Iterable[str]]] = {
        "scenario": ("scenario", [check.scenario] if check.scenario else [], spec.scenarios),
        "policy": ("policy", [check.policy] if check.policy else [], spec.policies),
        "levers": ("lever", check.levers, spec.levers),
        "shocks": ("shock", check.shocks, spec.shocks),
        "cut": ("loop", check.cut, spec.loops),
    }
    for part, (what, names, known) in wanted.items():
        for name in names:
            if name not in known:
                yield (
                    (*place, part),
                    f"'{name}' is not a {what} of sandbox.toml{nearest(name, known)}",
                )


# -- claims -------------------------------------------------------------------------------------


def wrong_claim(text: str, graph: ModelGraph, known: tuple[str, ...]) -> Iterator[str]:
    """Yield why a text is no comparison of things that a run has."""
    try:
        node = parse_expression(text)
    except ParseError as error:
        yield error.message
        return
    yield from _wrong_logic(node, graph, known)


def _wrong_logic(node: Expression, graph: ModelGraph, known: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, Unary) and node.operator == ":NOT:":
        yield from _wrong_logic(node.operand, graph, known)
    elif isinstance(node, Binary) and node.operator in LOGICAL:
        yield from _wrong_logic(node.left, graph, known)
        yield from _wrong_logic(node.right, graph, known)
    elif isinstance(node, Binary) and node.operator in COMPARISONS:
        yield from _wrong_value(node.left, graph, known)
        yield from _wrong_value(node.right, graph, known)
    else:
        yield "compares nothing; write two sides with =, <>, <, <=, > or >= between them"


def _wrong_value(node: Expression, graph: ModelGraph, known: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, Reference):
        yield from () if key(node.name) == TIME else wrong_reference(node, graph)
        return
    if isinstance(node, Call):
        yield from wrong_function(node, CLAIM_FUNCTIONS)
        if key(node.function) == "in" and len(node.arguments) == 2:
            yield from _wrong_run(node.arguments[1], known)
            yield from _wrong_value(node.arguments[0], graph, known)
            return
    elif isinstance(node, Binary) and node.operator in COMPARISONS | LOGICAL:
        yield f"has {node.operator} inside a side of a comparison"
    elif not isinstance(node, Binary | Unary | Number):
        yield "holds something that is no number"
    for below in children(node):
        yield from _wrong_value(below, graph, known)


def _wrong_run(node: Expression, known: tuple[str, ...]) -> Iterator[str]:
    name = node.name if isinstance(node, Reference) else ""
    if name not in known:
        yield f"'{name}' is not a check{nearest(name, known)}"
