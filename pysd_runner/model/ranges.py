"""The subscript ranges of a model, built from the statements that define them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pysd_runner.errors import Fault
from pysd_runner.model.cursor import MAX_NESTING
from pysd_runner.model.statement import Statement
from pysd_runner.model.subscripts import Range, Ranges, SubscriptFault
from pysd_runner.names import apart, key, nearest


def collect_ranges(statements: Sequence[tuple[Statement, int]]) -> tuple[Ranges, list[Fault]]:
    """Build the ranges of a model.

    Parameters
    ----------
    statements : sequence of (Statement, int)
        Range statements with the lines on which they stand.

    Returns
    -------
    Ranges, list of Fault
        What could be built, and what is wrong with the rest.
    """
    return _Collector(statements).collect()


class _Collector:
    def __init__(self, statements: Sequence[tuple[Statement, int]]) -> None:
        self.faults: list[Fault] = []
        self.defined: dict[str, tuple[Statement, int]] = {}
        self.elements: dict[str, tuple[str, ...]] = {}
        for statement, line in statements:
            first = self.defined.setdefault(key(statement.name), (statement, line))
            if first[0] is not statement:
                self.fault(
                    f"is defined again; the first definition is on line {first[1]}. Remove one.",
                    statement,
                    line,
                )

    def fault(self, message: str, statement: Statement, line: int) -> None:
        self.faults.append(Fault(message, None, line, statement.name))

    def collect(self) -> tuple[Ranges, list[Fault]]:
        for name, (statement, line) in self.defined.items():
            try:
                self.dissolve(name, ())
            except SubscriptFault as fault:
                self.fault(f"{fault}.", statement, line)
                self.elements[name] = statement.elements
        ranges = {
            name: Range(apart(statement.name), self.elements[name], self.mapped(name))
            for name, (statement, _) in self.defined.items()
        }
        return Ranges(ranges), self.faults

    def dissolve(self, name: str, above: tuple[str, ...]) -> tuple[str, ...]:
        """Return the elements of a range; ranges among them are replaced by their elements."""
        if name in self.elements:
            return self.elements[name]
        if name in above:
            raise SubscriptFault(f"is defined by itself: {' -> '.join((*above, name))}")
        if len(above) > MAX_NESTING:
            raise SubscriptFault(f"is made of ranges nested more than {MAX_NESTING} deep; name "
                                 "its elements")  # fmt: skip
        statement, _ = self.defined[name]
        if statement.copy_of:
            if key(statement.copy_of) not in self.defined:
                raise SubscriptFault(
                    f"is a copy of '{statement.copy_of}', which is not defined"
                    f"{nearest(statement.copy_of, self.defined)}"
                )
            found = list(self.dissolve(key(statement.copy_of), (*above, name)))
        else:
            found = []
            for element in statement.elements:
                inner = key(element) in self.defined and key(element) != name
                found += self.dissolve(key(element), (*above, name)) if inner else (element,)
        self.elements[name] = tuple(dict.fromkeys(found))
        return self.elements[name]

    def mapped(self, name: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Return what each element of a range is mapped to, by target range."""
        statement, line = self.defined[name]
        own = self.elements[name]
        found: dict[str, Mapping[str, tuple[str, ...]]] = {}
        for mapping in statement.mappings:
            target = key(mapping.target)
            targets = mapping.elements or self.elements.get(target, ())
            if target not in self.defined or len(targets) != len(own):
                self.fault(
                    f"maps to '{mapping.target}', which is not a range of the same number of "
                    "elements; correct the mapping.",
                    statement,
                    line,
                )
                continue
            found[target] = {
                key(element): self.keys_of(to) for element, to in zip(own, targets, strict=True)
            }
            known = set(map(key, self.elements[target]))
            if strange := {to for each in found[target].values() for to in each} - known:
                self.fault(f"maps to '{min(strange)}', which is no element of '{mapping.target}'; "
                           "correct the mapping.", statement, line)  # fmt: skip
        return found

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Return the keys of a range's elements, or that of a single element."""
        return tuple(key(each) for each in self.elements.get(key(name), (name,)))
