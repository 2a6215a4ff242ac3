"""Stocks that cannot be drained below zero: what leaves them is limited to what is there.

The flows of a non-negative stock are settled one after the other: first its inflows, then its
outflows, each in the order of the file, but a flow that depends on another one after that one.
What would drain the stock is at most what it held when the step began, over the time step, and
what the flows settled before have brought and taken. The limited flow is the flow: it is what
arrives at the other end, so nothing is lost. A flow in both directions that runs backwards out of
a stock is limited alike. At the start of a run, where initial values are computed, nothing is
limited.

References
----------
.. [1] OASIS (2015). XMILE Version 1.0, section 4.2: the order of a stock's outflows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pysd_runner.model.dependencies import needs
from pysd_runner.model.syntax import Binary, Call, Expression, Number, Unary
from pysd_runner.model.xmile.assemble import Assembly, Item
from pysd_runner.model.xmile.flatten import Instance
from pysd_runner.model.xmile.functions import STEP
from pysd_runner.model.xmile.scope import MeaningFault, Scope
from pysd_runner.model.xmile.tree import Name
from pysd_runner.names import key


def limit_drains(assembly: Assembly) -> None:
    """Limit the flows of non-negative stocks; the items of the assembly are changed."""
    drains = _Drains(assembly)
    for instance in {**assembly.flat.instances}.values():
        text = instance.text
        if (
            text.tag == "stock"
            and text.non_negative
            and text.conveyor is None
            and key(instance.name) not in assembly.faulty
        ):
            try:
                drains.stock(instance)
            except MeaningFault as fault:
                assembly.fault(str(fault), instance, text.line)


class _Drains:
    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.items: dict[str, list[Item]] = {}
        for item in assembly.items:
            self.items.setdefault(key(item.instance.name), []).append(item)
        self.needs = {
            name: {
                need.key
                for item in items
                if item.statement.body is not None
                for need in needs(item.statement.body, "now", lambda _: False)
            }
            for name, items in self.items.items()
        }

    def depends(self, name: str, on: Iterable[str]) -> bool:
        """Tell whether a variable needs one of others at the same time."""
        wanted, waiting, seen = set(on), [name], {name}
        while waiting:
            for need in self.needs.get(waiting.pop(), ()):
                if need in wanted:
                    return True
                if need not in seen:
                    seen.add(need)
                    waiting.append(need)
        return False

    def stock(self, stock: Instance) -> None:
        """Settle the flows of one stock, one after the other."""
        into, out = self.flows(stock, "inflows"), self.flows(stock, "outflows")
        settled: list[tuple[str, str]] = []
        for flow in self.in_order([*into, *(each for each in out if each not in into)]):
            if flow in into and flow in out:
                continue  # what leaves comes back at once
            sign = "+" if flow in into else "-"
            if flow in out or not self.is_one_way(flow):
                self.limit(flow, stock, settled, sign)
            settled.append((flow, sign))

    def flows(self, stock: Instance, which: str) -> list[str]:
        """Return the keys of the flows of a stock; each must be a variable by itself."""
        found: list[str] = []
        for piece in getattr(stock.text, which):
            scope = self.assembly_scope(stock)
            name = self.assembly.flow_named(piece, scope)
            if name is None or name in self.assembly.faulty:
                raise MeaningFault(f"has the flow '{piece.text}', which is no variable by itself, "
                                   "though the stock is non-negative; give it a name")  # fmt: skip
            if tuple(map(key, self.assembly.flat.instances[name].text.dimensions)) != tuple(
                map(key, stock.text.dimensions)
            ):
                raise MeaningFault(f"has the flow '{piece.text}', which runs over other dimensions "
                                   "than the non-negative stock; give them the same")  # fmt: skip
            found.append(name)
        return list(dict.fromkeys(found))

    def assembly_scope(self, stock: Instance) -> Scope:
        return self.items[key(stock.name)][0].scope

    def is_one_way(self, flow: str) -> bool:
        text = self.assembly.flat.instances[flow].text
        return text.tag == "flow" and text.non_negative

    def in_order(self, flows: Sequence[str]) -> list[str]:
        """Return flows in the order given, but each after those that it depends on."""
        waiting, found = list(flows), []
        while waiting:
            free = [f for f in waiting if not self.depends(f, {*waiting} - {f})]
            found.append(free[0] if free else waiting[0])
            waiting.remove(found[-1])
        return found

    def limit(
        self, flow: str, stock: Instance, settled: Sequence[tuple[str, str]], sign: str
    ) -> None:
        """Limit a flow to what a stock holds after others; ``sign`` tells which way it runs."""
        for item in self.items.get(flow, []):
            raw = item.statement.body
            if raw is None or item.statement.kind != "equation":
                continue
            held = Call("XMILE HELD", (self.value(key(stock.name), item),))
            left: Expression = Binary("/", held, STEP)
            for other, way in settled:
                left = Binary(way, left, self.value(other, item))
            left = Call("MAX", (left, Number(0.0)))
            if sign == "-":
                limited = Call("MIN", (raw, left))
            else:
                limited = Call("MAX", (raw, Unary("-", left)))
            item.statement = replace(item.statement, body=_at_start(limited, raw))
        self.needs[flow] = {*self.needs.get(flow, ()), *(other for other, _ in settled)}

    def value(self, name: str, item: Item) -> Expression:
        """Return a variable of the same dimensions, for the element of an equation."""
        instance = self.assembly.flat.instances[name]
        return self.assembly.translator.reference(name, Name(instance.name), item.scope)


def _at_start(limited: Call, raw: Expression) -> Expression:
    """Return the limited flow during a run, and the flow as it is written at its start."""
    if isinstance(raw, Call) and raw.function == "ACTIVE INITIAL":
        now, start = raw.arguments
        inner = replace(limited, arguments=(now, limited.arguments[1]))
        return Call("ACTIVE INITIAL", (inner, start))
    return Call("ACTIVE INITIAL", (limited, raw))
