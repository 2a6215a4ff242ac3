"""From the XML tree to the records of a file; every fault is kept, not the first only."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.xmile.document import (
    Dimension,
    Document,
    Macro,
    MethodName,
    ModelText,
    Module,
    SimSpecs,
    VariableText,
)
from pysd_runner.model.xmile.pieces import (
    BARE_NUMBER,
    NotReadError,
    flag,
    folded,
    is_foreign,
    is_true,
    name_of,
    number,
    piece,
)
from pysd_runner.model.xmile.variables import TAGS, Defaults, read_variable
from pysd_runner.model.xmile.xml import Element
from pysd_runner.names import key

MAX_ELEMENTS = 10_000
_MOST_DIGITS = 18
"""Of the size of a dimension."""
_METHODS: dict[str, MethodName] = {
    "euler": "euler", "rk1": "euler", "cycle": "euler", "cycle time": "euler",
    "cycle-time": "euler", "rk2": "rk2", "rk4": "rk4", "rk45": "rk4",
    "runge-kutta 2": "rk2", "runge-kutta 4": "rk4",
}  # fmt: skip


def read_document(root: Element, path: Path, faults: list[Fault]) -> Document:
    """Return the records of a file.

    Parameters
    ----------
    root : Element
        Its outermost element.
    path : pathlib.Path
        The file, for messages.
    faults : list of Fault
        Takes what is wrong with single variables.

    Raises
    ------
    ModelError
        It is no XMILE file, or has no times.
    """
    return _Reader(path, faults).document(root)


class _Reader:
    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path = path
        self.faults = faults
        self.whole: Element | None = None

    def fault(self, message: str, line: int, name: str | None = None) -> None:
        self.faults.append(Fault(message, self.path, line, name))

    def stop(self, message: str, line: int) -> ModelError:
        return ModelError(Fault(message, self.path, line))

    # -- the file -----------------------------------------------------------------------------

    def document(self, root: Element) -> Document:
        if root.tag != "xmile":
            raise self.stop(f"is no XMILE file: its outermost element is <{root.tag}>.", root.line)
        models = list(root.all("model"))
        if not models:
            raise self.stop("holds no <model>; save it again with its model.", root.line)
        defaults = _behavior(root, Defaults())
        dimensions = self.dimensions(root)
        for model in models:
            dimensions.update(self.dimensions(model))
        models.sort(key=lambda each: bool(each.attributes.get("name")))  # the whole has none
        self.whole = specs = root.first("sim_specs") or models[0].first("sim_specs")
        texts = tuple(self.model(each, defaults) for each in models)
        if specs is None:
            raise self.stop("has no <sim_specs>, so nothing tells when a run starts, ends and how "
                            "it steps; add them.", root.line)  # fmt: skip
        macros = [self.macro(each, defaults) for each in root.all("macro")]
        found = tuple(macro for macro in macros if macro is not None)
        return Document(self.specs(specs), tuple(dimensions.values()), texts, found)

    def specs(self, element: Element, otherwise: Element | None = None) -> SimSpecs:
        """Return the times that an element gives; what it leaves out is that of another one."""

        def holder(tag: str) -> Element:
            return element if otherwise is None or element.first(tag) else otherwise

        try:
            start, stop, step = (self.time(holder(tag), tag) for tag in ("start", "stop", "dt"))
        except NotReadError as wrong:
            raise self.stop(wrong.message, wrong.line) from None
        dt = holder("dt").first("dt")
        if dt is not None and is_true(dt.attributes.get("reciprocal")):
            step = 1.0 / step if step else math.inf
        whole = {} if otherwise is None else otherwise.attributes
        name = {**whole, **element.attributes}.get("method", "Euler").strip()
        # a list names methods to fall back to
        known = [each for part in name.split(",") if (each := part.strip().lower()) in _METHODS]
        if not known:
            raise self.stop(f"is integrated by the method '{name}', which is not known; choose "
                            "Euler, RK2 or RK4.", element.line)  # fmt: skip
        saves = [element.words(tag) for tag in ("savestep", "save_step")]
        saves += [element.attributes.get(tag, "") for tag in ("save_interval", "savper")]
        save = next((float(text) for text in saves if BARE_NUMBER.fullmatch(text)), 0.0)
        unit = element.attributes.get("time_units", "")
        return SimSpecs(start, stop, step, max(save, step), _METHODS[known[0]], unit, element.line)

    def time(self, element: Element, tag: str) -> float:
        child = element.first(tag)
        if child is None:
            if tag == "dt":
                return 1.0  # the standard's default
            raise NotReadError(f"has no <{tag}> in its <sim_specs>; add it.", element.line)
        return number(child.text, child.line, f"<{tag}>")

    def dimensions(self, parent: Element) -> dict[str, Dimension]:
        found: dict[str, Dimension] = {}
        for group in parent.all("dimensions"):
            for dim in group.all("dim"):
                name = name_of(dim)
                elements = [name_of(each) for each in dim.all("elem")]
                size = dim.attributes.get("size", "")
                count = int(size) if size.isdecimal() and len(size) < _MOST_DIGITS else 0
                if not elements and count <= MAX_ELEMENTS:
                    elements = [str(number + 1) for number in range(count)]
                if not elements or len({key(each) for each in elements}) < len(elements):
                    self.fault("is a dimension without elements, with one twice, or with more than "
                               f"{MAX_ELEMENTS}; correct its <elem> or its size.", dim.line,
                               name)  # fmt: skip
                elif key(name) in found:
                    self.fault("is a dimension that is defined twice; remove one.", dim.line, name)
                else:
                    mapped = tuple(folded(each.text) for each in dim.all("maps_to"))
                    mapped += tuple(
                        folded(each.attributes.get("target", ""))
                        for each in dim.all("mapping")
                        if not each.children
                    )
                    found[key(name)] = Dimension(name, tuple(elements), dim.line, mapped)
        for dimension in found.values():
            if clash := next((e for e in dimension.elements if key(e) in found), None):
                self.fault(f"has the element '{clash}', which is the name of a dimension too; "
                           "rename one.", dimension.line, dimension.name)  # fmt: skip
        return found

    # -- models -------------------------------------------------------------------------------

    def model(self, element: Element, defaults: Defaults) -> ModelText:
        name = name_of(element)
        defaults = _behavior(element, defaults)
        if element.attributes.get("resource") or element.attributes.get("run"):
            self.fault("is a module kept in another file; save it inside this one.", element.line,
                       name)  # fmt: skip
        times = element.first("sim_specs")
        if name and times is not None and self.whole is not times:
            self.fault("has times of its own, which is not supported; let it run with the whole "
                       "model.", times.line, name)  # fmt: skip
        holders = list(element.all("variables"))
        bare = list(element.all(*TAGS, "module"))  # STELLA 10 wrote no <variables> around them
        if not holders and not bare:
            raise self.stop("has a <model> without <variables>, so it holds no equation; open it "
                            "in a later Stella and save it as .stmx.", element.line)  # fmt: skip
        groups = self.groups(element, holders)
        variables: list[VariableText] = []
        modules: list[Module] = []
        for child in (*bare, *(each for holder in holders for each in holder.children)):
            if child.tag in TAGS:
                read = self.variable(child, defaults)
                if read is not None:
                    group = groups.get(key(read.name), name)
                    variables.append(replace(read, group=group))
            elif child.tag == "module":
                modules.append(self.module(child))
            elif child.tag not in ("group", "alias", "dimension") and not is_foreign(child):
                self.fault(f"is a <{child.tag}>, which is not supported; replace it by stocks, "
                           "flows and auxiliaries.", child.line, name_of(child))  # fmt: skip
        return ModelText(name, tuple(variables), tuple(modules), element.line)

    def groups(self, element: Element, holders: list[Element]) -> dict[str, str]:
        found: dict[str, str] = {}
        for holder in (element, *holders):
            for group in holder.all("group"):
                for entity in group.all("entity", "var"):
                    found[key(name_of(entity))] = name_of(group)
        return found

    def module(self, element: Element) -> Module:
        name = name_of(element)
        if element.attributes.get("resource"):
            self.fault("is a module kept in another file; save it inside this one.", element.line,
                       name)  # fmt: skip
        joined = [
            (each.attributes.get("to", ""), each.attributes.get("from", ""))
            for each in element.children
            if each.tag in ("connect", "connect2") and each.attributes.get("to")
        ]
        model = element.attributes.get("model_name", "") or name
        return Module(name, folded(model), tuple(dict.fromkeys(joined)), element.line)

    def macro(self, element: Element, defaults: Defaults) -> Macro | None:
        name = name_of(element)
        equation = element.first("eqn")
        if equation is None or not self.has_the_same_times(element.first("sim_specs")):
            self.fault("is a macro without an equation, or with times of its own; neither is "
                       "supported.", element.line, name)  # fmt: skip
            return None
        parms = [
            (folded(each.text), each.attributes.get("default", "")) for each in element.all("parm")
        ]
        holders = [*element.all("variables"), element]
        found = [
            self.variable(child, defaults)
            for holder in holders
            for child in holder.children
            if child.tag in TAGS
        ]
        variables = tuple(each for each in found if each is not None)
        return Macro(name, tuple(parms), piece(equation), variables, element.line)

    def has_the_same_times(self, own: Element | None) -> bool:
        """Tell whether times written inside a macro are none, or those of the whole model."""
        if own is None or self.whole is None:
            return own is None
        try:
            inside, outside = self.specs(own, self.whole), self.specs(self.whole)
        except ModelError:
            return False
        return replace(inside, save=0.0, unit="", line=0) == replace(
            outside, save=0.0, unit="", line=0
        )

    # -- variables ----------------------------------------------------------------------------

    def variable(self, element: Element, defaults: Defaults) -> VariableText | None:
        name = name_of(element)
        try:
            return read_variable(element, name, defaults)
        except NotReadError as wrong:
            self.fault(wrong.message, wrong.line, name)
            return None


def _behavior(element: Element, before: Defaults) -> Defaults:
    behavior = element.first("behavior")
    if behavior is None:
        return before
    everywhere = behavior.first("non_negative")
    stock, flow = (
        flag(everywhere, old) if (own := behavior.first(tag)) is None
        else flag(own.first("non_negative"), flag(everywhere, old))
        for tag, old in (("stock", before.stock), ("flow", before.flow))
    )  # fmt: skip
    return Defaults(stock, flow)
