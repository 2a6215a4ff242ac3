"""What an equation uses and cannot: undefined names, wrong arguments, wrong subscripts."""

from __future__ import annotations

from collections.abc import Iterator

from pysd_runner.model.dependencies import Need
from pysd_runner.model.drafts import Draft, Drafts
from pysd_runner.model.functions import FUNCTIONS, Function, function_named, is_unsupported
from pysd_runner.model.graph import TIME, Definition
from pysd_runner.model.subscripts import SubscriptFault
from pysd_runner.model.syntax import Call, Expression, Reference, references
from pysd_runner.names import full_width, key, nearest

_MOST = 20
"""Faults of an equation that are told; to look for the line of each takes a look at all of it."""


def wrong_uses(drafts: Drafts, draft: Draft) -> Iterator[tuple[str, Definition, str]]:
    """Yield what is wrong in the equations of a variable, with the equation and the name used.

    Each fault of an equation once, and no more than ``_MOST`` of them.

    Parameters
    ----------
    drafts : Drafts
        All variables.
    draft : Draft
        The one whose equations are looked at.
    """
    for definition in draft.definitions:
        if definition.body is None:  # data, whose values may be given later
            continue
        counted = _counted(definition.body)
        told: set[str] = set()
        for node in references(definition.body):
            if len(told) == _MOST:
                break
            if id(node) in counted:
                continue
            if isinstance(node, Reference):
                message = _wrong_reference(drafts, node, definition)
            else:
                message = _wrong_call(drafts, node, definition)
            if message and message not in told:
                told.add(message)
                yield message, definition, name_of(node)


def name_of(node: Expression) -> str:
    """Return the variable or function that a node names, or ``""``."""
    if isinstance(node, Reference):
        return node.name
    return node.function if isinstance(node, Call) else ""


def _counted(node: Expression) -> set[int]:
    """Return which nodes name a range whose elements are counted, with ELMCOUNT."""
    calls = (each for each in references(node) if isinstance(each, Call))
    return {id(a) for call in calls if key(call.function) == "elmcount" for a in call.arguments}


def _wrong_reference(drafts: Drafts, node: Reference, definition: Definition) -> str:
    name = key(node.name)
    if name == TIME:
        return ""
    if name not in drafts:
        if not node.subscripts and (name in drafts.ranges or drafts.ranges.is_element(node.name)):
            return _unbound(drafts, node.name, definition)
        if name in drafts.ranges and [key(s) for s in node.subscripts] == [f"{name}!"]:
            return ""
        return "" if name in drafts.faulty else _undefined(drafts, node.name)
    return _wrong_subscripts(drafts, node.name, node.subscripts, definition)


def _unbound(drafts: Drafts, subscript: str, definition: Definition) -> str:
    """Say that a range used as a number has no element here, or ``""``."""
    if key(definition.statement.name) in drafts.faulty:
        return ""
    _, binding = next(drafts.ranges.bindings(definition.subscripts), ((), {}))
    try:
        drafts.ranges.resolve(subscript, binding)
    except SubscriptFault as fault:
        return str(fault)
    return ""


def _wrong_call(drafts: Drafts, node: Call, definition: Definition) -> str:
    count = len(node.arguments)
    if drafts.is_variable(node.function):
        kinds = {each.statement.kind for each in drafts[key(node.function)].definitions}
        if not kinds & {"lookup", "data"} and key(node.function) not in drafts.faulty:
            return f"calls '{node.function}', which is no lookup; write an operator before '('"
        if count != 1:
            return f"the lookup '{node.function}' takes one argument, not {count}"
        return _wrong_subscripts(drafts, node.function, node.subscripts, definition)
    if key(node.function) in drafts.faulty:
        return ""
    function = function_named(node.function)
    if function is None and is_unsupported(node.function):
        return ""  # refused if it is needed for a run
    if function is None:
        return _undefined(drafts, node.function, "function or lookup ")
    return _wrong_arguments(drafts, node, function)


def _wrong_arguments(drafts: Drafts, node: Call, function: Function) -> str:
    count = len(node.arguments)
    if not function.least <= count <= function.most:
        expected = (
            f"{function.least}"
            if function.least == function.most
            else f"{function.least} to {function.most}"
        )
        plural = "s" if function.most != 1 else ""
        return f"{function.name} takes {expected} argument{plural}, not {count}"
    counted = node.arguments[0] if function.name == "ELMCOUNT" else None
    if isinstance(counted, Reference) and counted.name not in drafts.ranges:
        return f"ELMCOUNT takes a subscript range, and '{counted.name}' is none"
    return ""


def _undefined(drafts: Drafts, name: str, what: str = "") -> str:
    if wide := full_width(name):
        return f"uses the {what}'{name}', which is not defined{wide}"
    hint = nearest(name, [draft.name for draft in drafts])
    if what:
        hint = hint or nearest(name, FUNCTIONS)
        return f"uses the {what}'{name}', which is not defined{hint}"
    return f"uses '{name}', which is not defined{hint}"


def _wrong_subscripts(
    drafts: Drafts, name: str, subscripts: tuple[str, ...], definition: Definition
) -> str:
    draft, ranges = drafts[key(name)], drafts.ranges
    if {key(name), key(definition.statement.name)} & drafts.faulty:
        return ""  # what is wrong with them is reported where they are defined
    if len(subscripts) != len(draft.dimensions):
        if not draft.dimensions:
            return f"'{name}' has no subscripts, but is used with [{','.join(subscripts)}]"
        return f"'{name}' is used without its subscripts [{','.join(draft.dimensions)}]"
    _, binding = next(ranges.bindings(definition.subscripts), ((), {}))
    for subscript, dimension in zip(subscripts, draft.dimensions, strict=True):
        try:
            found = ranges.resolve(subscript, binding)
        except SubscriptFault as fault:
            return str(fault)
        strange = [element for element in found if element not in ranges[dimension].keys]
        if strange:
            return (
                f"'{name}' runs over {dimension}, which has no element '{strange[0]}'"
                f"{nearest(strange[0], ranges[dimension].elements)}"
            )
    return _missing_cell(drafts, name, subscripts, definition)


def _missing_cell(
    drafts: Drafts, name: str, subscripts: tuple[str, ...], definition: Definition
) -> str:
    """Say which element an equation uses that has no equation itself, or ``""``."""
    missing = drafts.gaps.get(key(name))
    if not missing:
        return ""
    for _, binding in drafts.bindings(definition):
        for _, cell in drafts.cells_needed(Need(name, subscripts), binding):
            if cell in missing:
                return f"uses '{name}[{','.join(cell)}]', which has no equation; add one"
    return ""
