"""What one does by hand before vectorising: numbers for constants, nothing too often.

A constant that no run changes becomes a number, and what numbers decide is computed: the side of
IF THEN ELSE that a switch leaves, a product with one. What does not change over time is taken out
of the equations of a step.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace

from benchmarks.c.equations import Equation, Equations, Stock, moves
from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, Unary

_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "^": operator.pow,
}  # fmt: skip
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
    "<>": operator.ne,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}
_NEUTRAL = {"*": 1.0, "/": 1.0, "^": 1.0, "-": 0.0}
"""Right operands that change nothing."""


def simplified(equations: Equations) -> Equations:
    """Return equations that give the same numbers with less work at each step."""
    numbers: dict[str, Number] = {}
    fixed: list[Equation] = []
    for name, body in equations.fixed:
        found = folded(body, numbers)
        if isinstance(found, Number):
            numbers[name] = found
        else:
            fixed.append((name, found))
    hoist = _Hoist(equations, numbers, fixed)
    stocks = tuple(
        Stock(stock.name, folded(stock.initial, numbers), hoist(stock.change))
        for stock in equations.stocks
    )
    step: list[Equation] = []
    for name, body in equations.step:
        found = hoist(body)
        step.append((name, found))
        if isinstance(found, Number):
            numbers[name] = found
    start = tuple((name, folded(body, numbers)) for name, body in equations.start)
    outputs = [name for name in equations.outputs if name in numbers]
    fixed += [(name, numbers[name]) for name in outputs]
    return replace(equations, fixed=tuple(fixed), start=start, step=tuple(step), stocks=stocks)


def folded(node: Expression, numbers: Mapping[str, Number]) -> Expression:
    """Return an expression with numbers for what they decide."""
    if isinstance(node, Reference):
        return numbers.get(node.name, node)
    if isinstance(node, Unary):
        operand = folded(node.operand, numbers)
        if isinstance(operand, Number) and node.operator in "+-":
            return Number(-operand.value if node.operator == "-" else operand.value)
        return Unary(node.operator, operand)
    if isinstance(node, Binary):
        return _binary(node.operator, folded(node.left, numbers), folded(node.right, numbers))
    if isinstance(node, Call):
        arguments = tuple(folded(each, numbers) for each in node.arguments)
        return _call(Call(node.function, arguments, node.subscripts))
    return node


def _binary(name: str, left: Expression, right: Expression) -> Expression:
    """Return two operands joined, or what they are if numbers decide that."""
    if isinstance(left, Number) and isinstance(right, Number):
        found = _of_numbers(name, left.value, right.value)
        return Binary(name, left, right) if found is None else Number(found)
    if right == Number(_NEUTRAL.get(name, math.nan)):
        return left
    return right if name == "*" and left == Number(1.0) else Binary(name, left, right)


def _call(node: Call) -> Expression:
    """Return a call, or what it is if numbers decide that."""
    name = node.function.lower()
    if name == "if then else":
        truth = _truth(node.arguments[0])
        return node if truth is None else node.arguments[1 if truth else 2]
    values = [each.value for each in node.arguments if isinstance(each, Number)]
    if name in _FUNCTIONS and len(values) == len(node.arguments):
        return Number(float(_FUNCTIONS[name](*values)))
    return node


def _truth(node: Expression) -> bool | None:
    """Return whether a condition holds, or None if that is not known before the run."""
    if isinstance(node, Unary) and node.operator == ":NOT:":
        inner = _truth(node.operand)
        return None if inner is None else not inner
    if not isinstance(node, Binary):
        return None
    if node.operator in (":AND:", ":OR:"):
        sides = [_truth(node.left), _truth(node.right)]
        decisive = node.operator == ":OR:"
        return decisive if decisive in sides else None if None in sides else not decisive
    if isinstance(node.left, Number) and isinstance(node.right, Number):
        return _COMPARISONS[node.operator](node.left.value, node.right.value)
    return None


def _of_numbers(name: str, left: float, right: float) -> float | None:
    """Return what an operator makes of two numbers, if that can be told before the run."""
    if name not in _OPERATIONS or (name == "/" and not right):
        return None
    return _OPERATIONS[name](left, right)


class _Hoist:
    """Takes out of expressions what does not change over time."""

    def __init__(
        self, equations: Equations, numbers: Mapping[str, Number], fixed: list[Equation]
    ) -> None:
        self.numbers = numbers
        self.fixed = fixed
        self.changing = {name for name, _ in (*equations.step, *equations.start)}
        self.changing |= {stock.name for stock in equations.stocks}
        self.names: dict[Expression, str] = {}

    def __call__(self, body: Expression) -> Expression:
        """Return an expression over what changes, numbers and names of what does not."""
        return self._rest(folded(body, self.numbers))

    def _rest(self, node: Expression) -> Expression:
        if isinstance(node, Number | Reference):
            return node
        if not moves(node, self.changing):
            if node not in self.names:
                self.names[node] = f"fixed {len(self.names)}"
                self.fixed.append((self.names[node], node))
            return Reference(self.names[node])
        if isinstance(node, Unary):
            return Unary(node.operator, self._rest(node.operand))
        if isinstance(node, Binary):
            return Binary(node.operator, self._rest(node.left), self._rest(node.right))
        if isinstance(node, Call):
            return Call(node.function, tuple(map(self._rest, node.arguments)), node.subscripts)
        return node
