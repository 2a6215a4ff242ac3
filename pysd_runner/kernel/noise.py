"""RANDOM functions: a stream of its own for each run, variable, element and place.

A draw is one operation of the intermediate language, ``draw:`` with the name of a distribution
behind it. Its operands are the seed of the run, the number of the step, two halves of the number
of the stream, the seed that the equation states, the limits, shift and stretch, and the
parameters. It becomes a function with a loop that draws until every run has accepted a value.
"""

from __future__ import annotations

import hashlib

from pysd_runner.kernel import philox
from pysd_runner.kernel.distributions import DISTRIBUTIONS
from pysd_runner.kernel.ir import Builder
from pysd_runner.kernel.lowering import Lowering, Rule, Scope
from pysd_runner.kernel.program import Cell
from pysd_runner.kernel.subroutine import Write, write_nodes
from pysd_runner.kernel.text import Text
from pysd_runner.model.syntax import Call, Number, walk
from pysd_runner.names import key

SEED: Cell = ("#seed", ())
"""Input: the seed of all streams of a run."""
DRAW = "draw:"

_FIXED = 9
_TRIES = 2**12
"""Tries after which a value is no number: the limits leave out nearly all of the distribution."""


def _drawn(name: str, order: tuple[int | None, ...]) -> Rule:
    """Return the rule of a RANDOM function.

    Parameters
    ----------
    name : str
        Of the distribution.
    order : tuple of int or None
        Which arguments are: own seed, minimum, maximum, shift, stretch, and the parameters;
        ``None``: there is none.
    """
    standard = (0.0, float("-inf"), float("inf"), 0.0, 1.0)

    def rule(lower: Lowering, node: Call, scope: Scope) -> int:
        build = lower.build
        given = [
            build.const(standard[place]) if argument is None
            else lower.number(node.arguments[argument], scope)
            for place, argument in enumerate(order)
        ]  # fmt: skip
        if name == "uniform":  # its limits are its parameters
            given += given[1:3] if node.arguments else [build.const(0.0), build.const(1.0)]
        tick = build.tick() if scope.moment == "step" else build.const(0.0)
        place = _stream(lower, node, scope)
        return build.operation(
            f"{DRAW}{name}", _seed(lower), tick, *map(build.const, place), *given
        )

    return rule


def _seed(lower: Lowering) -> int:
    if SEED in lower.inputs:
        return lower.build.input(lower.inputs[SEED])
    if ("noise seed", ()) in lower.equations:
        return lower.cell(("noise seed", ()), "start")
    return lower.build.const(0.0)


def _stream(lower: Lowering, node: Call, scope: Scope) -> tuple[float, float]:
    """Return the two halves of the number of a stream.

    It depends on the variable, the element and the place in the equation, and on nothing else, so
    that the noise of a variable stays what it was when others are changed.
    """
    calls = [n for n in walk(scope.definition.body or Number(0.0)) if is_random(n)]
    place = next((number for number, call in enumerate(calls) if call is node), len(calls))
    binding = sorted(item for item in scope.binding.items() if item[0].endswith("!"))
    named = repr((scope.cell, binding, place)).encode()
    digest = hashlib.blake2b(named, digest_size=8).digest()
    return (
        float(int.from_bytes(digest[:4], "little")),
        float(int.from_bytes(digest[4:], "little")),
    )


def is_random(node: object) -> bool:
    """Tell whether an expression is the call of a RANDOM function."""
    return isinstance(node, Call) and key(node.function) in RANDOM


def function(name: str, op: str, width: int, write: Write) -> str:
    """Return the LLVM text of a function that draws from one distribution.

    Parameters
    ----------
    name : str
        Of the function.
    op : str
        ``draw:`` and the distribution.
    width : int
        Runs computed together.
    write : callable
        Writes a node that is no leaf into a text and returns the name of its value.
    """
    text = Text(width)
    distribution = DISTRIBUTIONS[op.removeprefix(DRAW)]
    count = _FIXED + distribution.parameters
    operands = ", ".join(f"{text.f} %a{n}" for n in range(count))
    text.lines += [
        f"define internal {text.f} @{name}({operands}) nounwind readnone {{",
        "entry:",
    ]
    seed, tick, low, high, own = (philox.as_word(text, f"%a{n}") for n in range(5))
    text.lines += [
        "  br label %draw",
        "draw:",
        "  %try = phi i64 [0, %entry], [%next, %draw]",
        f"  %held = phi {text.f} [{text.splat(float('nan'))}, %entry], [%kept, %draw]",
        f"  %done = phi {text.m} [{text.truth(False)}, %entry], [%now, %draw]",
    ]
    drawn: list[str] = []
    for pair in range((distribution.draws + 1) // 2):
        number = text.new(f"add i64 {text.new('mul i64 %try, 4')}, {pair}")
        turn = text.broadcast(number, "i64")
        drawn += philox.draw(text, [tick, own, low, high], [seed, turn])
    value, accepted = _candidate(text, distribution.draws, count, drawn, op, write)
    text.lines += [
        f"  %fresh = select {text.m} {accepted}, {text.f} {value}, {text.f} %held",
        f"  %kept = select {text.m} %done, {text.f} %held, {text.f} %fresh",
        f"  %now = or {text.m} %done, {accepted}",
        "  %next = add i64 %try, 1",
        f"  %some = icmp slt i64 %next, {_TRIES}",
        f"  %left = xor {text.m} %now, {text.truth(True)}",
        f"  %bits = bitcast {text.m} %left to i{width}",
        f"  %waits = icmp ne i{width} %bits, 0",
        "  %again = and i1 %some, %waits",
        "  br i1 %again, label %draw, label %drawn",
        "drawn:",
        f"  ret {text.f} %kept",
        "}",
    ]
    return "\n".join(text.lines)


def _candidate(
    text: Text, draws: int, count: int, drawn: list[str], op: str, write: Write
) -> tuple[str, str]:
    """Write one try; return the names of the value and of whether it is accepted."""
    build = Builder()
    u = [build.input(count + n) for n in range(draws)]
    parameters = [build.input(n) for n in range(_FIXED, count)]
    minimum, maximum, shift, stretch = (build.input(n) for n in range(5, _FIXED))
    value, accepted = DISTRIBUTIONS[op.removeprefix(DRAW)].rule(build, u, parameters)
    value = build.add(shift, build.mul(stretch, value))
    inside = build.both(build.compare("ge", value, minimum), build.compare("le", value, maximum))
    accepted = build.both(accepted, inside)
    inputs = {n: f"%a{n}" for n in range(count)} | dict(enumerate(drawn, start=count))
    names = write_nodes(build, inputs, text, write)
    return names[value], names[accepted]


RANDOM: dict[str, Rule] = {
    "random 0 1": _drawn("uniform", (None, None, None, None, None)),
    "random uniform": _drawn("uniform", (2, 0, 1, None, None)),
    "random normal": _drawn("normal", (4, 0, 1, 2, 3)),
    "random exponential": _drawn("exponential", (4, 0, 1, 2, 3)),
    "random triangular": _drawn("triangular", (5, 0, 1, None, None, 2, 3, 4)),
    "random weibull": _drawn("weibull", (5, 0, 1, 3, 4, 2)),
    "random gamma": _drawn("gamma", (5, 0, 1, 3, 4, 2)),
    "random beta": _drawn("beta", (6, 0, 1, 4, 5, 2, 3)),
    "random poisson": _drawn("poisson", (5, 0, 1, 3, 4, 2)),
}
