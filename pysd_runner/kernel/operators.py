"""Operators between two values: arithmetic, comparison and logic."""

from __future__ import annotations

from pysd_runner.kernel.ir import Builder

_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}
_COMPARISON = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_MISSING = -(2.0**109)


def joined(build: Builder, operator: str, left: int, right: int) -> int:
    """Return the node of an operator between two nodes, numbers or masks."""
    if operator in (":AND:", ":OR:"):
        join = build.both if operator == ":AND:" else build.either
        return join(build.mask(left), build.mask(right))
    left, right = build.number(left), build.number(right)
    if operator in _COMPARISON and (build.is_missing(left) or build.is_missing(right)):
        left, right = _present(build, left), _present(build, right)
    if operator in _COMPARISON:
        return build.compare(_COMPARISON[operator], left, right)
    return int(getattr(build, _ARITHMETIC[operator])(left, right))


def _present(build: Builder, node: int) -> int:
    """Return a value to compare with :NA:, which in Vensim is a number below all others."""
    missing = build.compare("ne", node, node)
    return build.select(missing, build.const(_MISSING), node)
