"""Functions of arrays: what they run over, and what they are in the shared syntax."""

from __future__ import annotations

from collections.abc import Iterator

from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, children
from pysd_runner.model.xmile.functions import REDUCTIONS
from pysd_runner.model.xmile.scope import MeaningFault


def marked_by(body: Expression, function: str) -> tuple[str, ...]:
    """Return the ranges that a reduction runs over; all its arrays must agree on them."""
    lists = {
        tuple(s for s in ref.subscripts if s.endswith("!")) for ref in _outer_references(body)
    } - {()}
    longest = max(lists, key=len, default=())
    for each in lists:
        ordered = [mark for mark in longest if mark in each]
        if list(each) != ordered or (each != longest and any("(" in mark for mark in longest)):
            raise MeaningFault(f"{function.upper()} runs over arrays of different shapes; give "
                               "them the same dimensions", function)  # fmt: skip
    return longest


def reduced(name: str, body: Expression, count: float, is_array: bool) -> Expression:
    """Return SUM, MEAN, … of an array of so many elements, or of a number."""
    if name == "size":
        return Number(count)
    if not is_array:
        return Number(0.0) if name == "stddev" else body
    if name in REDUCTIONS:
        return Call(REDUCTIONS[name], (body,))
    mean = Binary("/", Call("SUM", (body,)), Number(count))
    if name == "mean":
        return mean
    squared = Binary("^", Binary("-", body, mean), Number(2.0))
    return Call("SQRT", (Binary("/", Call("SUM", (squared,)), Number(count)),))


def _outer_references(node: Expression) -> Iterator[Reference]:
    """Yield the references of an expression, but not those inside reductions of their own."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Reference):
            yield current
        elif not (isinstance(current, Call) and current.function in REDUCTIONS.values()):
            stack += children(current)
