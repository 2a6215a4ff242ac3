"""How the base case ended, and why it broke where it did."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pysd_runner.check.finding import Finding
from pysd_runner.errors import Fault
from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.model.syntax import Binary, Reference, walk
from pysd_runner.run.status import Ending

_PLACE = re.compile(r"in '(?P<cell>[^'\[]+)(?P<elements>\[[^']*\])?'")


def run_ended(graph: ModelGraph, status: str) -> Finding:
    """Return whether the base case came to its end; if not, the line at which it broke.

    Parameters
    ----------
    status : str
        How the run ended, as :class:`~pysd_runner.run.status.RunStatus` writes it.
    """
    label = "Base case runs to its end, within its limits"
    found = _PLACE.search(status)
    if found is None or found["cell"] not in graph:
        return Finding(label, status == Ending.OK.value, status)
    variable = graph[found["cell"]]
    if status.startswith(Ending.NON_FINITE.value):
        zero = next(_zero_divisors(graph, variable), "")
        why = (
            f"divides by '{zero}', which is 0; give it another value or divide with ZIDZ"
            if zero
            else "is no finite number; look for a division by zero, a root or power of a negative "
            "number, or growth without bounds"
        )
    else:
        low, high = variable.limits
        why = (
            f"leaves the limits [{'' if low is None else f'{low:g}'}, "
            f"{'' if high is None else f'{high:g}'}] of its unit; mend the equation or the limits"
        )
    fault = Fault(f"{why}.", graph.source.path, variable.line, variable.name)
    return Finding(label, False, status, (fault,))


def _zero_divisors(graph: ModelGraph, variable: Variable) -> Iterator[str]:
    """Yield the constants that an equation divides by and that are zero."""
    for definition in variable.definitions:
        for node in walk(definition.body) if definition.body is not None else ():
            if isinstance(node, Binary) and node.operator == "/":
                for part in walk(node.right):
                    name = part.name if isinstance(part, Reference) else ""
                    if name in graph and constant_value(graph, name) == 0:
                        yield graph[name].name
