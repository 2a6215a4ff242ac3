"""Modules dissolved: every variable of every use of a model, and what a name means where.

A variable ``births`` of the module ``hares`` is called ``hares.births``. An input of a module that
is joined to something outside takes its value from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pysd_runner.errors import Fault
from pysd_runner.model.xmile.document import Document, ModelText, Module, Part, Piece, VariableText
from pysd_runner.names import clean, key

MAX_MODULES = 1000
_PLAIN = re.compile(r"[^\W\d][\w$]*(?: [\w$]+)*")
Prefix = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """One variable of one use of a model.

    Parameters
    ----------
    name : str
        With the names of the modules that it stands in.
    prefix : tuple of str
        Names of these modules.
    text : VariableText
        What the file says of it.
    """

    name: str
    prefix: Prefix
    text: VariableText


@dataclass(frozen=True, slots=True)
class Flat:
    """All variables of a file.

    Parameters
    ----------
    instances : mapping of str to Instance
        By key of name, in the order of the file.
    dimensions : mapping of str to tuple of str
        Key of a dimension -> its elements.
    """

    instances: Mapping[str, Instance] = field(repr=False)
    dimensions: Mapping[str, tuple[str, ...]] = field(repr=False)

    def resolve(self, path: str, prefix: Prefix) -> str | None:
        """Return the key of the variable that a name means inside some modules, or ``None``."""
        parts = split_path(path)
        if not parts[0]:  # from the outermost model; some tools mean the one around a module
            return self._known(parts[1:]) or self._known([*prefix, *parts[1:]])
        if (found := self._known([*prefix, *parts])) is not None:
            return found
        if len(parts) < 2:  # only qualified names reach outside
            return None
        outer = ([*prefix[:-n], *parts] for n in range(1, len(prefix) + 1))
        return next((found for names in outer if (found := self._known(names)) is not None), None)

    def _known(self, names: list[str]) -> str | None:
        name = key(".".join(names))
        return name if name in self.instances else None


def split_path(path: str) -> list[str]:
    """Return the names between the dots of a path; the first is empty if it begins with one."""
    parts: list[str] = [""]
    quoted = False
    for character in path:
        if character == "." and not quoted:
            parts.append("")
            continue
        quoted ^= character == '"'
        parts[-1] += character
    return [clean(part.replace("\\n", " ")) for part in parts]


def flatten(document: Document) -> tuple[Flat, list[Fault]]:
    """Return the variables of a file and what is wrong with its modules."""
    walker = _Walker(document)
    walker.model(document.models[0], (), ())
    dimensions = {key(each.name): each.elements for each in document.dimensions}
    return Flat(walker.instances, dimensions), walker.faults


class _Walker:
    def __init__(self, document: Document) -> None:
        self.models = {key(each.name): each for each in document.models[1:]}
        self.instances: dict[str, Instance] = {}
        self.faults: list[Fault] = []
        self.count = 0

    def fault(self, message: str, line: int, name: str) -> None:
        self.faults.append(Fault(message, None, line, name))

    def model(self, model: ModelText, prefix: Prefix, above: Prefix) -> None:
        for variable in model.variables:
            name = ".".join([*prefix, variable.name])
            if first := self.instances.get(key(name)):
                self.fault(f"is defined again; the first definition is on line {first.text.line}. "
                           "Remove one.", variable.line, name)  # fmt: skip
            else:
                self.instances[key(name)] = Instance(name, prefix, variable)
        for module in model.modules:
            self.module(module, prefix, above)

    def module(self, module: Module, prefix: Prefix, above: Prefix) -> None:
        name = ".".join([*prefix, module.name])
        model = self.models.get(key(module.model))
        self.count += 1
        if model is None:
            self.fault(f"is a module of the model '{module.model}', which this file does not hold; "
                       "save it inside this file.", module.line, name)  # fmt: skip
        elif key(module.model) in above or self.count > MAX_MODULES:
            self.fault(f"is a module inside itself, or one of over {MAX_MODULES}; remove it.",
                       module.line, name)  # fmt: skip
        else:
            self.model(model, (*prefix, module.name), (*above, key(module.model)))
            for connection in module.connections:
                self.connect(module, prefix, connection)

    def connect(self, module: Module, prefix: Prefix, connection: tuple[str, str]) -> None:
        to, source = connection
        parts = split_path(to)
        inside = [*prefix, *(parts if parts[0] else parts[1:])]
        if len(inside) == len(prefix) + 1 or key(inside[len(prefix)]) != key(module.name):
            inside.insert(len(prefix), module.name)
        target = self.instances.get(key(".".join(inside)))
        if target is None and not parts[0]:  # an input of the model around, joined from here
            target = self.instances.get(key(".".join([*prefix, *parts[1:]])))
        if target is None or not source:
            return  # a join of what is no variable, or of nothing, has no meaning
        path = ".".join(map(spelled, split_path(source)))
        part = Part(None, Piece(path, module.line))
        text = replace(
            target.text, tag="aux", parts=(part,), inflows=(), outflows=(), non_negative=False
        )
        self.instances[key(target.name)] = replace(target, prefix=prefix, text=text)


def spelled(name: str) -> str:
    """Return one name as an equation must spell it: with underscores, or in quotes."""
    if not name or _PLAIN.fullmatch(name):
        return name.replace(" ", "_")
    escaped = name.replace('"', '\\"')
    return f'"{escaped}"'
