"""Expressions as C."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pysd_runner.model.graph import TIME
from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, Table, Unary

_OPERATORS = {"=": "==", "<>": "!=", ":AND:": "&", ":OR:": "|"}
_FUNCTIONS: dict[str, str] = {
    "abs": "ABS({0})",
    "sqrt": "SQRT({0})",
    "min": "MIN({0}, {1})",
    "max": "MAX({0}, {1})",
    "if then else": "SELECT({0}, {1}, {2})",
    "zidz": "SELECT(ABS({1}) < {small}, {zero}, {0} / {1})",
    "xidz": "SELECT(ABS({1}) < {small}, {2}, {0} / {1})",
    "step": "SELECT({t} + {half} > {1}, {0}, {zero})",
    "ramp": "SELECT({t} + {small} > {1}, {0} * (MIN({2}, {t}) - {1}), {zero})",
    "modulo": "SELECT({1} < {small}, {zero}, {0} - {1} * TRUNC({0} / {1}))",
    "active initial": "({0})",
}


_POWERS = {"exp": "EXP", "ln": "LOG", "power": "POW"}


class Writer:
    """Writes expressions.

    Parameters
    ----------
    reference : callable
        Returns the C of a variable's value.
    tables : mapping
        Name of a lookup -> its points.
    lookup : callable
        Returns the C of a lookup's value, from its name, points and argument.
    function : callable
        Returns the C of ``EXP``, ``LOG`` or ``POW``, from its name and arguments.
    time_step : float
        In the model's time unit.
    """

    def __init__(
        self,
        reference: Callable[[str], str],
        tables: Mapping[str, Table],
        lookup: Callable[[str, Table, str], str],
        function: Callable[[str, Sequence[str]], str],
        time_step: float,
    ) -> None:
        self.reference = reference
        self.tables = tables
        self.lookup = lookup
        self.function = function
        self.time_step = time_step

    def __call__(self, node: Expression) -> str:
        """Return an expression as C.

        Raises
        ------
        NotImplementedError
            It uses a function that is not known here.
        """
        if isinstance(node, Number):
            return number(node.value)
        if isinstance(node, Reference):
            return "t" if node.name == TIME else self.reference(node.name)
        if isinstance(node, Unary):
            operator = "NOT" if node.operator == ":NOT:" else node.operator
            return f"({operator}({self(node.operand)}))"
        if isinstance(node, Binary):
            left, right = self(node.left), self(node.right)
            if node.operator == "^":
                return self.power(left, right, node.right)
            return f"({left} {_OPERATORS.get(node.operator, node.operator)} {right})"
        if isinstance(node, Call) and node.function in self.tables:
            argument = self(node.arguments[0])
            return self.lookup(node.function, self.tables[node.function], argument)
        if isinstance(node, Call):
            return self.call(node)
        raise NotImplementedError(type(node).__name__)

    def power(self, base: str, exponent: str, node: Expression) -> str:
        """Return a power; squares and roots without a general power."""
        special = {2.0: f"({base} * {base})", 0.5: f"SQRT({base})", 1.0: base}
        plain = special.get(node.value) if isinstance(node, Number) else None
        return plain or self.function("POW", [base, exponent])

    def call(self, node: Call) -> str:
        """Return a function of numbers."""
        name = node.function.lower()
        if name not in _FUNCTIONS and name not in _POWERS:
            raise NotImplementedError(node.function.upper())
        arguments = [self(each) for each in node.arguments]
        if name in _POWERS:
            return self.function(_POWERS[name], arguments)
        if name == "ramp" and len(arguments) == 2:
            arguments.append("t")
        return _FUNCTIONS[name].format(
            *arguments, t="t", half=number(self.time_step / 2), small=number(1e-6),
            zero=number(0.0),
        )  # fmt: skip


class Identifiers:
    """C identifiers, each variable its own."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """Return the identifier of a variable."""
        if name not in self._known:
            plain = re.sub(r"\W+", "_", name).strip("_") or "v"
            plain = plain if plain[0].isalpha() else f"v_{plain}"
            taken = set(self._known.values())
            self._known[name] = plain if plain not in taken else f"{plain}_{len(taken)}"
        return self._known[name]


def number(value: float) -> str:
    """Return a literal with all its digits."""
    return f"C({float(value)!r})"
