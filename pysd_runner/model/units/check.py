"""Whether the equations of a model balance in their units. None is exempt."""

from __future__ import annotations

import re
from functools import cached_property

from pysd_runner.errors import Fault
from pysd_runner.model.graph import CONTROL, Definition, ModelGraph, Variable, is_integral
from pysd_runner.model.syntax import Call, Expression, Reference, walk
from pysd_runner.model.units.infer import Inference
from pysd_runner.model.units.registry import Registry, Unit
from pysd_runner.model.units.text import UnitTextError
from pysd_runner.model.units.words import PURE_NUMBER

_INSIDE = re.compile(r'"#[^"#]*>([^">#]*)#"')
"""How a variable inside a macro is named."""


class UnitCheck:
    """The units of a model.

    Every variable has the unit that the file declares. A number in an equation is a pure number,
    as in Vensim, with three exceptions: zero has any unit; a bare number that is an initial value
    has the unit needed there; and an equation of numbers alone has the unit of its variable. A
    lookup gives its declared unit, and all its calls must agree on what they look up.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    """

    def __init__(self, graph: ModelGraph) -> None:
        self.graph = graph
        self.registry = Registry(graph.source.settings)
        self._faults: list[Fault] = []
        # Units inside a macro are written in terms of its parameters; they follow from its use.
        self.declared = {v.key: None if v.is_internal else self._declared(v) for v in graph}
        self.time = next(
            (unit for name in CONTROL if (unit := self.declared.get(name)) is not None), None
        )
        self._inference = Inference(graph, self.registry, self.declared, self.time)
        self._infer_inside_macros()

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """All that does not balance, in the order of the file; variables without a unit pass."""
        before = len(self._faults)
        for variable in self.graph:
            if variable.is_internal:
                self._check_inside(variable)
        told = {fault.variable for fault in self._faults[before:]}
        for variable in self.graph:
            if not variable.is_internal and variable.name not in told:
                self._check_variable(variable)
        return tuple(sorted(self._faults, key=lambda fault: fault.line or 0))

    def of(self, expression: Expression) -> tuple[Unit | None, list[str]]:
        """Return the unit of an expression over the variables, and what does not balance in it."""
        self._inference.found = []
        unit = self._inference.measure(expression).unit
        return unit, self._inference.found

    # -- declarations -------------------------------------------------------------------------

    def _declared(self, variable: Variable) -> Unit | None:
        first: Unit | None = None
        for definition in variable.definitions:
            text = definition.entry.unit
            if not text:
                continue
            try:
                unit = self.registry.read(text)
            except UnitTextError as error:
                self._fault(variable, definition, f"its unit '{text}' {error}")
                continue
            if first is not None and not self.registry.same(unit, first):
                self._fault(
                    variable, definition,
                    f"is declared in {self.registry.show(unit)} here, but in "
                    f"{self.registry.show(first)} before; use one unit",
                )  # fmt: skip
            first = unit if first is None else first
        return first

    def _fault(self, variable: Variable, definition: Definition, message: str) -> None:
        path, line = self.graph.source.path, definition.entry.line
        self._faults.append(Fault(f"{message}.", path, line, variable.name))

    # -- macros -------------------------------------------------------------------------------

    def _infer_inside_macros(self) -> None:
        """Let units spread from the arguments of a call through the macro's variables."""
        waiting = [variable for variable in self.graph if variable.is_internal]
        while waiting:
            known = len(waiting)
            for variable in waiting:
                for definition in variable.definitions:
                    if definition.body is not None and not _numbers_only(definition.body):
                        self.declared[variable.key] = self._inference.measure(definition.body).unit
            waiting = [variable for variable in waiting if self.declared[variable.key] is None]
            if len(waiting) == known:
                return

    def _check_inside(self, variable: Variable) -> None:
        """Report what does not balance inside a macro under the name of what calls it."""
        caller, macro, *_, name = variable.name.strip("#").split(">")
        for definition in variable.definitions:
            if definition.body is None:
                continue
            self._inference.found, self._inference.owner = [], variable.name
            self._inference.measure(definition.body, self.declared[variable.key])
            for message in dict.fromkeys(self._inference.found):
                path, line = self.graph.source.path, definition.entry.line
                told = _INSIDE.sub(lambda found: found[1], message)
                where = f"in the macro {macro} that it calls, at '{name}': {told}."
                self._faults.append(Fault(where, path, line, caller))

    # -- equations ----------------------------------------------------------------------------

    def _check_variable(self, variable: Variable) -> None:
        declared = self.declared[variable.key]
        if variable.key in CONTROL:
            self._check_clock(variable, declared)
        for definition in variable.definitions:
            if definition.body is not None and not _numbers_only(definition.body):
                self._check_definition(variable, definition, definition.body, declared)

    def _check_clock(self, variable: Variable, declared: Unit | None) -> None:
        if declared is None or self.time is None or self.registry.same(declared, self.time):
            return
        self._fault(
            variable, variable.definitions[0],
            f"is in {self.registry.show(declared)}, but the model's time is in "
            f"{self.registry.show(self.time)}; use one unit",
        )  # fmt: skip

    def _check_definition(
        self, variable: Variable, definition: Definition, body: Expression, declared: Unit | None
    ) -> None:
        inference = self._inference
        inference.found, inference.owner = [], variable.name
        given = inference.measure(body, declared)
        for message in dict.fromkeys(inference.found):
            self._fault(variable, definition, message)
        if inference.found or given.unit is None or declared is None:
            return
        if self.registry.same(given.unit, declared):
            return
        words = inference.words
        if is_integral(body) and self.time is not None:
            rate, wanted = words.show(given.unit / self.time), words.show(declared / self.time)
            message = f"its rate is in {rate}, but a stock in {words.show(declared)} changes by "
            message += f"{wanted}"
        else:
            gives, has = words.show(given.unit), words.show(declared)
            gives = "a pure number" if gives == PURE_NUMBER else gives
            has = "without a unit" if has == PURE_NUMBER else f"in {has}"
            message = f"its equation gives {gives}, but it is declared {has}"
        self._fault(variable, definition, message + words.remedy(given, declared))


def _numbers_only(body: Expression) -> bool:
    """Tell whether a body is numbers, or a table of them: they take the unit of the variable."""
    return not any(isinstance(node, Reference | Call) for node in walk(body))
