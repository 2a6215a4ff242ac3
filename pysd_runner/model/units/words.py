"""What is said of units that do not balance, and what would mend it."""

from __future__ import annotations

from dataclasses import dataclass

from pysd_runner.model.syntax import Expression, write
from pysd_runner.model.units.registry import Registry, Unit

PURE_NUMBER = "no unit"
_LONGEST = 44


@dataclass(frozen=True, slots=True)
class Measure:
    """What is known of the unit of an expression.

    Parameters
    ----------
    unit : Unit or None
        ``None`` fits everything: zero, missing values, and what has no unit in the file.
    number : float or None
        Its value, where the expression is made of numbers only.
    """

    unit: Unit | None
    number: float | None = None


ANYTHING = Measure(None)


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences about the units of one model.

    Parameters
    ----------
    registry : Registry
        Its units.
    time : Unit or None
        Unit of time.
    """

    registry: Registry
    time: Unit | None

    def show(self, unit: Unit | None) -> str:
        """Return a unit in plain words."""
        if unit is None or self.registry.is_pure(unit):
            return PURE_NUMBER
        return self.registry.show(unit)

    def measured(self, node: Expression, given: Measure) -> str:
        """Return an expression with its unit."""
        what = f"the number {given.number:g}" if given.number is not None else f"'{short(node)}'"
        unit = self.show(given.unit)
        return f"{what} ({unit})" if unit == PURE_NUMBER else f"{what} in {unit}"

    def joining(
        self, name: str, left: tuple[Expression, Measure], right: tuple[Expression, Measure]
    ) -> str:
        """Say that two sides which should be of one unit are not."""
        first, second = self.measured(*left), self.measured(*right)
        if name == "-":
            return f"subtracts {second} from {first}"
        return f"adds {first} and {second}" if name == "+" else f"compares {first} with {second}"

    def argument(
        self, function: str, role: str, node: Expression, given: Measure, needed: Unit
    ) -> str:
        """Say that an argument has another unit than the function asks for."""
        wanted = "have no unit" if self.registry.is_pure(needed) else f"be in {self.show(needed)}"
        return f"the {role} of {function}, {self.measured(node, given)}, should {wanted}"

    def remedy(self, given: Measure, needed: Unit) -> str:
        """Return what would mend a difference, as the end of a sentence."""
        assert given.unit is not None
        registry = self.registry
        ratio = needed / given.unit
        if given.number is not None:
            named = registry.show(needed)
            return f"; give the number {given.number:g} a constant of its own in {named}"
        misspelt = registry.misspelt(given.unit, needed)
        if misspelt:
            return misspelt
        size = registry.size(given.unit, needed)
        if size is not None:
            if size < 1:
                return f"; divide by a constant of {1 / size:g} {registry.show(ratio**-1)}"
            return f"; multiply by a constant of {size:g} {registry.show(ratio)}"
        if self.time is not None and registry.same(ratio, self.time):
            return f"; multiply by a time in {registry.show(self.time)}"
        if self.time is not None and registry.same(ratio, self.time**-1):
            return f"; divide by a time in {registry.show(self.time)}"
        if registry.is_pure(needed):
            return f"; divide by a reference value in {registry.show(given.unit)}"
        return f"; a factor in {registry.show(ratio)} is missing"


def short(node: Expression) -> str:
    """Return an expression as text, cut where it is long."""
    text = write(node)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2].rstrip()} …"
