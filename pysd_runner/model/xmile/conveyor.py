"""Conveyors: stocks whose contents travel for a transit time, and may leak on the way.

What comes in leaves a transit time later, less what has leaked. A leakage takes its fraction of
what came in, the same part of it in each time step of the journey. What a conveyor holds at the
start lies on it as if it had always been filled at the same rate.

References
----------
.. [1] OASIS (2015). XMILE Version 1.0, section 4.2.1.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from pysd_runner.model.syntax import Binary, Call, Expression, Number
from pysd_runner.model.xmile.flatten import Instance
from pysd_runner.model.xmile.scope import MeaningFault, Scope
from pysd_runner.names import key

if TYPE_CHECKING:
    from pysd_runner.model.xmile.assemble import Assembly


class Conveyors:
    """The conveyors of a file, and the flows that drain them.

    Parameters
    ----------
    assembly : Assembly
        Which translates the file.
    """

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.stocks: dict[str, Instance] = {}
        self.leaks: dict[str, list[str]] = {}

    def __contains__(self, flow: str) -> bool:
        """Tell whether a flow, by key, drains a conveyor."""
        return flow in self.stocks

    def collect(self) -> None:
        """Find the conveyors and their flows."""
        instances = self.assembly.flat.instances
        for stock in instances.values():
            if stock.text.conveyor is not None:
                self.conveyor(stock)
        for name, instance in instances.items():
            if instance.text.leak is not None and name not in self:
                self.assembly.fault("is a leakage of no conveyor; give it an equation", instance,
                                    instance.text.line)  # fmt: skip

    def conveyor(self, stock: Instance) -> None:
        """Keep the flows that drain one conveyor: one at its end, all others leakages."""
        assembly, text = self.assembly, stock.text
        scope = Scope(stock.prefix, assembly.place(stock), key(stock.name))
        found = [assembly.flow_named(piece, scope) for piece in text.outflows]
        flows = [name for name in found if name is not None]
        leaks = [name for name in flows if assembly.flat.instances[name].text.leak is not None]
        alike = all(
            [*map(key, assembly.flat.instances[name].text.dimensions)]
            == [*map(key, text.dimensions)]
            for name in flows
        )
        ends = len(found) - len(leaks)
        if ends != 1 or len(flows) < len(found) or not alike or len(text.parts) != 1:
            assembly.fault("is a conveyor that has not one outflow of its own dimensions besides "
                           "leakages, or several equations; that is not supported", stock,
                           text.line)  # fmt: skip
            return
        self.leaks[key(stock.name)] = leaks
        self.stocks.update(dict.fromkeys(flows, stock))

    def body(self, flow: str, scope: Scope) -> Expression:
        """Return what drains a conveyor, at its end or through a leakage."""
        assembly, stock = self.assembly, self.stocks[flow]
        text = stock.text
        assert text.conveyor is not None
        leaks = self.leaks[key(stock.name)]
        fractions = {name: self.fraction(name, scope) for name in leaks}
        zero: Expression = Number(0.0)
        whole = reduce(lambda a, b: b if a == zero else Binary("+", a, b), fractions.values(), zero)
        inflow = assembly.rate(replace(stock, text=replace(text, outflows=())), scope)
        time = assembly.expression(text.conveyor.length, scope)
        content = assembly.body(text.parts[0], scope)
        if flow in fractions:
            return Call("XMILE LEAK", (inflow, time, content, whole, fractions[flow]))
        return Call("XMILE CONVEYOR", (inflow, time, content, whole))

    def fraction(self, leak: str, scope: Scope) -> Expression:
        """Return which part of what comes in leaks away."""
        instance = self.assembly.flat.instances[leak]
        piece = instance.text.leak
        if piece is None or not piece.text:
            raise MeaningFault(f"needs the fraction that '{instance.name}' leaks; give it one")
        return self.assembly.expression(piece, scope)
