"""Whether an element of a variable has one equation, or several, or none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pysd_runner.model.graph import Definition
from pysd_runner.model.subscripts import Ranges, SubscriptFault
from pysd_runner.model.syntax import Array, Reference, references
from pysd_runner.names import key

MAX_ELEMENTS = 1_000_000


def doubles(definitions: Sequence[Definition]) -> Iterator[tuple[str, Definition]]:
    """Yield what is wrong with definitions that have the same left side."""
    first: dict[tuple[str, ...], Definition] = {}
    for definition in definitions:
        subscripts = tuple(key(subscript) for subscript in definition.subscripts)
        other = first.setdefault(subscripts, definition)
        if other is not definition:
            yield (
                f"is defined again; the first definition is on line {other.entry.line}. "
                "Remove one.",
                definition,
            )


def overlaps(
    definitions: Sequence[Definition], dimensions: Sequence[str], ranges: Ranges
) -> Iterator[tuple[str, Definition]]:
    """Yield what is wrong with definitions that define an element twice."""
    if math.prod(len(ranges[name].elements) for name in dimensions) > MAX_ELEMENTS:
        yield f"has more than {MAX_ELEMENTS} elements; use smaller ranges.", definitions[0]
        return
    found: dict[tuple[str, ...], int] = {}
    for definition in definitions:
        try:
            cells = ranges.covered(definition.subscripts, definition.statement.exceptions)
        except SubscriptFault as fault:
            yield f"{fault}.", definition
            return
        twice = next((cell for cell in cells if cell in found), None)
        if twice is not None:
            yield (
                f"is defined again for [{','.join(twice)}]; the first definition is on line "
                f"{found[twice]}. Remove one, or use :EXCEPT:.",
                definition,
            )
            return
        found.update(dict.fromkeys(cells, definition.entry.line))


def ambiguous(
    definitions: Sequence[Definition], ranges: Ranges
) -> Iterator[tuple[str, Definition]]:
    """Yield what is wrong with equations whose left side has a range twice and which read it."""
    for definition in definitions:
        left = [key(subscript) for subscript in definition.subscripts if subscript in ranges]
        twice = next((name for name in left if left.count(name) > 1), None)
        if twice is None or definition.body is None:
            continue
        for node in references(definition.body):
            used = [*node.subscripts, node.name if isinstance(node, Reference) else ""]
            if any(s in ranges and (key(s) == twice or key(s) not in left) for s in used):
                name = ranges[twice].name
                yield (
                    f"has the range '{name}' twice on its left side, so that '{name}' on the "
                    "right could be either; define a second range of the same elements.",
                    definition,
                )
                break


def miscounted(
    definitions: Sequence[Definition], ranges: Ranges
) -> Iterator[tuple[str, Definition]]:
    """Yield what is wrong with lists of numbers that are longer or shorter than the left side."""
    for definition in definitions:
        if isinstance(definition.body, Array):
            given = sum(map(len, definition.body.rows))
            wanted = math.prod(len(ranges.elements_of(s)) for s in definition.subscripts)
            # 2,5 is two numbers
            remedy = "write decimals with a point" if wanted == 1 else "correct the list"
            if given != wanted:
                yield (
                    f"gives {given} numbers for {wanted} element{'s' * (wanted != 1)}; {remedy}.",
                    definition,
                )


def gaps(
    definitions: Sequence[Definition], dimensions: Sequence[str], ranges: Ranges
) -> frozenset[tuple[str, ...]]:
    """Return the elements without an equation; Vensim wants one only for what is used."""
    missing = set(ranges.tuples(dimensions))
    for definition in definitions:
        missing -= set(ranges.covered(definition.subscripts, definition.statement.exceptions))
    return frozenset(missing)
