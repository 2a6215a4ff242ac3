"""Stock, flow, auxiliary, constant, lookup or data: what kind of variable each is."""

from __future__ import annotations

from collections.abc import Iterator

from pysd_runner.model.drafts import Draft, Drafts
from pysd_runner.model.graph import CONTROL, Variable, VariableKind, is_integral
from pysd_runner.model.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Unary,
    references,
)
from pysd_runner.model.uses import name_of
from pysd_runner.names import key


def classified(drafts: Drafts) -> dict[str, Variable]:
    """Return the variables, by key, in the order of the file."""
    flows = _flows(drafts)
    return {name: _variable(drafts, draft, flows) for name, draft in drafts.by_key.items()}


def _variable(drafts: Drafts, draft: Draft, flows: frozenset[str]) -> Variable:
    first = draft.definitions[0]
    entry = next((each.entry for each in draft.definitions if each.entry.unit), first.entry)
    comment = next((each.entry.comment for each in draft.definitions if each.entry.comment), "")
    return Variable(
        draft.name, _kind(draft, flows), entry.unit, entry.limits[:2], comment,
        first.entry.group, first.entry.line, draft.dimensions, draft.definitions,
        tuple(_used(drafts, draft).values()),
    )  # fmt: skip


def _used(drafts: Drafts, draft: Draft) -> dict[str, str]:
    """Return the variables that the equations of one use: key -> name."""
    found: dict[str, str] = {}
    for definition in draft.definitions:
        for node in references(definition.body) if definition.body is not None else ():
            if isinstance(node, Call) and not drafts.is_variable(node.function):
                continue
            used = key(name_of(node))
            if used in drafts:
                found.setdefault(used, drafts[used].name)
    return found


def _flows(drafts: Drafts) -> frozenset[str]:
    """Return the variables that stand as a signed term of their own in a stock's rate."""
    bodies = (each.body for draft in drafts for each in draft.definitions)
    rates = (b.arguments[0] for b in bodies if isinstance(b, Call) and is_integral(b))
    terms = (term for rate in rates for _, term in additive_terms(rate))
    return frozenset(key(term.name) for term in terms if isinstance(term, Reference))


def _kind(draft: Draft, flows: frozenset[str]) -> VariableKind:
    name = key(draft.name)
    kinds = {definition.statement.kind for definition in draft.definitions}
    bodies = [definition.body for definition in draft.definitions]
    if name in CONTROL:
        return "control"
    if "lookup" in kinds or any(_read_from_file(body, "lookups") for body in bodies):
        return "lookup"
    if "data" in kinds or any(_read_from_file(body, "data") for body in bodies):
        return "data"
    if any(is_integral(body) for body in bodies):
        return "stock"
    if all(body is not None and _is_literal(body) for body in bodies):
        return "constant"
    return "flow" if name in flows else "auxiliary"


def additive_terms(node: Expression, sign: int = 1) -> Iterator[tuple[int, Expression]]:
    """Yield the signed terms of a sum: ``a - (b + SUM(c[i!]))`` gives ``+a``, ``-b``, ``-SUM``."""
    stack = [(sign, node)]
    while stack:
        sign, node = stack.pop()
        if isinstance(node, Binary) and node.operator in "+-":
            stack.append((sign if node.operator == "+" else -sign, node.right))
            stack.append((sign, node.left))
        elif isinstance(node, Unary) and node.operator == "-":
            stack.append((-sign, node.operand))
        else:
            yield sign, node


def _is_literal(node: Expression) -> bool:
    """Tell whether an expression is a number, an array of numbers, or constants from a file."""
    if isinstance(node, Unary):
        return node.operator == "-" and _is_literal(node.operand)
    return isinstance(node, Number | Array) or _read_from_file(node, "constants")


def _read_from_file(node: Expression | None, what: str) -> bool:
    if not isinstance(node, Call):
        return False
    name = key(node.function)
    return name.startswith("get ") and name.endswith(what)
