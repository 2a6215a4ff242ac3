"""The unit of an expression, from those of the variables in it, and where it does not balance."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from pysd_runner.model.functions import function_named
from pysd_runner.model.graph import TIME, ModelGraph
from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, Unary
from pysd_runner.model.units.registry import Registry, Unit
from pysd_runner.model.units.signatures import Signature, Slot, signatures
from pysd_runner.model.units.text import Powers
from pysd_runner.model.units.words import ANYTHING, Measure, Words, short
from pysd_runner.names import key

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
JOINING = frozenset({"+", "-", "COMPARISON"})


_TABLE_READERS = frozenset({
    "LOOKUP AREA", "LOOKUP BACKWARD", "LOOKUP EXTRAPOLATE", "LOOKUP FORWARD", "LOOKUP INVERT",
    "LOOKUP SLOPE", "TABXL",
})  # fmt: skip
_BY_WIDTH = {"LOOKUP AREA": 1, "LOOKUP SLOPE": -1}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
Pair: TypeAlias = tuple[Slot, Expression, Measure]
"""What a function asks of an argument, the argument, and what it is."""


class Inference:
    """Finds the units of expressions of one model and collects what does not balance.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    registry : Registry
        Its units.
    declared : mapping of str to Unit or None
        Unit by key of variable; ``None`` where the file gives none that can be read.
    time : Unit or None
        Unit of time.
    """

    def __init__(
        self,
        graph: ModelGraph,
        registry: Registry,
        declared: Mapping[str, Unit | None],
        time: Unit | None,
    ) -> None:
        self.graph = graph
        self.registry = registry
        self.words = Words(registry, time)
        self.declared = declared
        self.time = time
        self.found: list[str] = []
        self.looked_up: dict[str, tuple[Unit, str]] = {}
        self.owner = ""

    def measure(self, node: Expression, wanted: Unit | None = None) -> Measure:
        """Return the unit of an expression; what does not balance inside goes to ``found``.

        Parameters
        ----------
        wanted : Unit or None
            The unit that is needed where it stands, to tell which of two terms is the odd one.
        """
        if isinstance(node, Number):
            fits_all = node.value == 0 or node.value != node.value
            return ANYTHING if fits_all else Measure(self.registry.pure, node.value)
        if isinstance(node, Reference):
            return self._reference(node)
        if isinstance(node, Unary):
            return self._unary(node, wanted)
        if isinstance(node, Binary):
            return self._binary(node, wanted)
        return self._call(node, wanted) if isinstance(node, Call) else ANYTHING

    # -- nodes --------------------------------------------------------------------------------

    def _reference(self, node: Reference) -> Measure:
        name = key(node.name)
        if name == TIME:
            return Measure(self.time)
        if name in self.declared:
            return Measure(self.declared[name])
        return Measure(self.registry.pure)  # the position of an element in its range

    def _unary(self, node: Unary, wanted: Unit | None) -> Measure:
        if node.operator == ":NOT:":
            return self._apply(":NOT:", (node.operand,), wanted)
        return replace(self.measure(node.operand, wanted), number=number_of(node))

    def _binary(self, node: Binary, wanted: Unit | None) -> Measure:
        if node.operator == "^":
            return self._power(node.left, node.right)
        if node.operator in COMPARISONS:
            return self._apply("COMPARISON", (node.left, node.right), None)
        found = self._apply(node.operator, (node.left, node.right), wanted)
        return replace(found, number=number_of(node))

    def _call(self, node: Call, wanted: Unit | None) -> Measure:
        if key(node.function) in self.declared and function_named(node.function) is None:
            return self._lookup(node.function, node.arguments[0], node)
        function = function_named(node.function)
        name = function.name if function else ""
        if name in _TABLE_READERS:
            return self._table(name, node.arguments[0], node.arguments[1], node)
        if name == "POWER":
            return self._power(*node.arguments)
        if name == "PROD":
            return self._product(node.arguments[0])
        if name in signatures():
            return self._apply(name, node.arguments, wanted)
        for argument in node.arguments:  # of macros, and of functions that give any unit
            self.measure(argument)
        return ANYTHING

    def _table(self, name: str, table: Expression, x: Expression, node: Call) -> Measure:
        """Functions that read a lookup which their first argument names."""
        if not (isinstance(table, Reference) and key(table.name) in self.declared):
            self.measure(x)
            return ANYTHING
        if name == "LOOKUP INVERT":
            self.measure(x)
            return Measure(self.looked_up.get(key(table.name), (None, ""))[0])
        height, width = self._lookup(table.name, x, node), self.measure(x)
        if height.unit is None or width.unit is None or name not in _BY_WIDTH:
            return ANYTHING if name in _BY_WIDTH else height
        return Measure(height.unit * width.unit ** _BY_WIDTH[name])

    def _lookup(self, name: str, x: Expression, node: Call) -> Measure:
        """All calls of a lookup must agree on the unit of its x axis, which no file states."""
        unit = self.measure(x).unit
        if unit is not None:
            first, owner = self.looked_up.setdefault(key(name), (unit, self.owner))
            if not self.registry.same(unit, first):
                self.found.append(
                    f"'{short(node)}' looks up {self.words.show(unit)}, but '{owner}' looks up "
                    f"{self.words.show(first)} in the same lookup; divide both by a reference value"
                )
        return Measure(self.declared[key(name)])

    def _power(self, base: Expression, exponent: Expression) -> Measure:
        below, above = self.measure(base), self.measure(exponent)
        if above.unit is not None and not self.registry.is_pure(above.unit):
            self.found.append(
                f"the exponent {self.words.measured(exponent, above)} should be a pure number; "
                "divide it by a reference value"
            )
            return ANYTHING
        if below.unit is None or self.registry.is_pure(below.unit):
            return below
        if above.number is None:
            self.found.append(
                f"{self.words.measured(base, below)} is raised to a power that is no plain number; "
                "divide it by a reference value first"
            )
            return ANYTHING
        return Measure(below.unit**above.number)

    def _product(self, argument: Expression) -> Measure:
        inner = self.measure(argument)
        if inner.unit is None or self.registry.is_pure(inner.unit):
            return inner
        self.found.append(
            f"PROD multiplies {self.words.measured(argument, inner)} as often as there are "
            "elements; divide it by a reference value first"
        )
        return ANYTHING

    # -- signatures ---------------------------------------------------------------------------

    def _apply(self, name: str, arguments: tuple[Expression, ...], wanted: Unit | None) -> Measure:
        """Solve a signature for its letters, and report the arguments that do not fit."""
        signature = signatures()[name]
        letters = self._letters(wanted, signature)
        inside = letters.get("x") if signature.gives == {"x": Fraction(1)} else None
        measures = [self.measure(each, inside) for each in arguments]
        pairs = list(zip(signature.slots, arguments, measures, strict=False))
        for letter in ("x", "y"):
            found = self._solve(letter, pairs, letters)
            if found is not None:
                letters[letter] = found
        for index, slot in enumerate(signature.slots[: len(pairs)]):
            needed = None if slot.unit is None else self._value(slot.unit, letters)
            if needed is not None:
                self._check_slot(name, index, pairs, needed)
        gives = None if signature.gives is None else self._value(signature.gives, letters)
        return Measure(gives)

    def _letters(self, wanted: Unit | None, signature: Signature) -> dict[str, Unit]:
        letters = {} if self.time is None else {"time": self.time}
        if wanted is not None and signature.gives == {"x": Fraction(1)}:
            letters["x"] = wanted
        return letters

    def _solve(
        self,
        letter: str,
        pairs: list[Pair],
        letters: dict[str, Unit],
    ) -> Unit | None:
        """Return what a letter stands for: what its arguments agree on.

        If they do not agree, it is the unit that is wanted if one of them has it, and else that
        of the first which is no plain number.
        """
        known = {name: unit for name, unit in letters.items() if name != letter}
        votes: list[tuple[Unit, bool]] = []
        for slot, _, given in pairs:
            if given.unit is None or not slot.unit or letter not in slot.unit:
                continue
            if slot.takes_numbers and given.number is not None:
                continue
            rest = {name: power for name, power in slot.unit.items() if name != letter}
            factor = self._value(rest, known)
            if factor is not None:
                vote = (given.unit / factor) ** float(1 / slot.unit[letter])
                votes.append((vote, given.number is None))
        if not votes:
            return letters.get(letter)
        wanted = letters.get(letter)
        if wanted is not None and any(self.registry.same(vote, wanted) for vote, _ in votes):
            return wanted
        return next((vote for vote, is_named in votes if is_named), votes[0][0])

    def _value(self, powers: Powers, letters: Mapping[str, Unit]) -> Unit | None:
        unit = self.registry.pure
        for name, power in powers.items():
            if name not in letters:
                return None
            unit = unit * letters[name] ** float(power)
        return unit

    def _check_slot(self, name: str, index: int, pairs: list[Pair], needed: Unit) -> None:
        slot, argument, given = pairs[index]
        if given.unit is None or (slot.takes_numbers and given.number is not None):
            return
        if self.registry.same(given.unit, needed):
            return
        if name in JOINING and len(pairs) == 2:
            sentence = self.words.joining(name, *((each, of) for _, each, of in pairs))
        else:
            sentence = self.words.argument(name, slot.role, argument, given, needed)
        self.found.append(sentence + self.words.remedy(given, needed))


def number_of(node: Expression) -> float | None:
    """Return the value of an expression of plain numbers, such as ``-1 / 3``."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Unary):
        inner = number_of(node.operand)
        return -inner if inner is not None and node.operator == "-" else None
    if not isinstance(node, Binary) or node.operator not in _ARITHMETIC:
        return None
    left, right = number_of(node.left), number_of(node.right)
    if left is None or right is None or (node.operator == "/" and right == 0):
        return None
    return _ARITHMETIC[node.operator](left, right)
