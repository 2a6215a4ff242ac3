"""Subscript ranges: what their elements are, and which element a subscript means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from pysd_runner.names import key, nearest

Binding = Mapping[str, str]
"""Element that each range of a left side stands for, both as keys of names."""


@dataclass(frozen=True, slots=True)
class Range:
    """A subscript range.

    Parameters
    ----------
    name : str
        As the file spells it.
    elements : tuple of str
        Its elements, ranges of ranges dissolved.
    mapped : dict
        For each range (by key) that this one maps to: element key -> element keys of the target.
    keys : tuple of str
        Keys of the elements; they follow from them.
    places : dict
        Place of each key among them, counted from 0.
    """

    name: str
    elements: tuple[str, ...]
    mapped: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    keys: tuple[str, ...] = field(init=False, repr=False, compare=False)
    places: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = tuple(map(key, self.elements))
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "places", {each: place for place, each in enumerate(keys)})


class SubscriptFault(Exception):
    """A subscript has no meaning where it stands; the message says why."""


class Ranges:
    """All the ranges of a model."""

    def __init__(self, ranges: Mapping[str, Range]) -> None:
        self.by_key = dict(ranges)
        self.element_owner: dict[str, str] = {}
        self.whole: dict[str, str] = {}
        for range_key, each in self.by_key.items():
            for element in each.keys:
                self.element_owner.setdefault(element, range_key)

    def __contains__(self, name: str) -> bool:
        return key(name) in self.by_key

    def __getitem__(self, name: str) -> Range:
        return self.by_key[key(name)]

    def __iter__(self) -> Iterator[Range]:
        return iter(self.by_key.values())

    def is_element(self, name: str) -> bool:
        """Tell whether ``name`` is an element of some range."""
        return key(name) in self.element_owner

    def elements_of(self, subscript: str) -> tuple[str, ...]:
        """Return the element keys that a subscript stands for: one, or those of a range."""
        name = key(subscript.rstrip("!"))
        if name in self.by_key:
            return self.by_key[name].keys
        if name in self.element_owner:
            return (name,)
        known = [each.name for each in self] + list(self.element_owner)
        raise SubscriptFault(
            f"'{subscript.rstrip('!')}' is neither a subscript range nor an element of one"
            f"{nearest(subscript, known)}"
        )

    def number(self, subscript: str, element: str) -> int:
        """Return the number of an element where a subscript stands in place of a number.

        It is counted from 1 in the largest range that holds all of the subscript, so that a
        subrange gives an element the number that its whole range gives it; of equally large
        ranges the first by name counts.
        """
        name = key(subscript)
        if name not in self.whole:
            members = set(self.elements_of(subscript))
            holding = [k for k, each in self.by_key.items() if members <= set(each.keys)]
            self.whole[name] = min(holding, key=lambda k: (-len(self.by_key[k].keys), k))
        return 1 + self.by_key[self.whole[name]].places[element]

    def tuples(self, subscripts: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Yield every element tuple that ``subscripts`` cover, the last one running fastest."""
        return product(*(self.elements_of(subscript) for subscript in subscripts))

    def bindings(self, subscripts: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Binding]]:
        """Yield each element tuple of a left side with what its ranges stand for."""
        names = [key(subscript) for subscript in subscripts]
        for elements in self.tuples(subscripts):
            yield elements, dict(zip(names, elements, strict=True))

    def covered(
        self, subscripts: Sequence[str], exceptions: Sequence[Sequence[str]]
    ) -> list[tuple[str, ...]]:
        """Return the element tuples of a left side without those that ``:EXCEPT:`` names."""
        excluded = {cell for exception in exceptions for cell in self.tuples(exception)}
        return [cell for cell in self.tuples(subscripts) if cell not in excluded]

    def resolve(self, subscript: str, binding: Binding) -> tuple[str, ...]:
        """Return the element keys that a subscript of a right side stands for.

        One element, unless the subscript ends in ``!``.

        Raises
        ------
        SubscriptFault
            The range is not on the left side and is not mapped from one that is.
        """
        name = key(subscript.rstrip("!"))
        if subscript.endswith("!") or name not in self.by_key:
            return self.elements_of(subscript)
        if name in binding:
            return (binding[name],)
        if f"{name}!" in binding:
            raise SubscriptFault(
                f"the range '{subscript}' is summed over here, but stands without '!' and is not "
                "among the subscripts on the left side; mark it or take another range"
            )
        members = set(self.by_key[name].keys)
        for bound, element in binding.items():
            source = self.by_key.get(bound)
            if source is None:
                continue
            if name in source.mapped:
                return _only(source.mapped[name].get(element, ()), element, name)
            if element in members and set(source.keys) == members:
                return (element,)
            if bound in self.by_key[name].mapped:
                backward = self.by_key[name].mapped[bound]
                found = tuple(e for e, targets in backward.items() if element in targets)
                return _only(found, element, name)
        raise SubscriptFault(
            f"the range '{subscript}' is not among the subscripts on the left side; add it "
            f"there, or sum over it with SUM(…[{subscript}!])"
        )

    def dimension(self, subscripts: Sequence[str]) -> str:
        """Return the key of the smallest range that holds all these subscripts."""
        covered = {element for each in subscripts for element in self.elements_of(each)}
        if len({key(each) for each in subscripts}) == 1 and subscripts[0] in self:
            return key(subscripts[0])
        fitting = [k for k, each in self.by_key.items() if covered <= set(each.keys)]
        if not fitting:
            raise SubscriptFault(
                f"no subscript range holds all of {', '.join(sorted(covered))}; "
                "define one that does"
            )
        return min(fitting, key=lambda k: len(self.by_key[k].elements))


def _only(found: tuple[str, ...], element: str, target: str) -> tuple[str, ...]:
    """Return the elements to which one is mapped, of which there must be some."""
    if not found:
        raise SubscriptFault(
            f"the element '{element}' is mapped to none of '{target}'; complete the mapping"
        )
    return found
