"""From the XML tree to the records of a file; every fault is kept, not the first only."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.syntax import Outside, Table
from pysd_runner.model.xmile.document import (
    Conveyor,
    Dimension,
    Document,
    Macro,
    MethodName,
    ModelText,
    Module,
    Part,
    Piece,
    SimSpecs,
    VariableTag,
    VariableText,
)
from pysd_runner.model.xmile.xml import Element
from pysd_runner.names import clean, key

MAX_ELEMENTS = 10_000
_METHODS: dict[str, MethodName] = {
    "euler": "euler", "rk1": "euler", "cycle": "euler", "cycle time": "euler", "rk2": "rk2",
    "rk4": "rk4",
    "rk45": "rk4", "runge-kutta 2": "rk2", "runge-kutta 4": "rk4",
}  # fmt: skip
_TAGS: dict[str, VariableTag] = {"stock": "stock", "flow": "flow", "aux": "aux", "gf": "gf"}
_REFUSED = {
    "queue": "is a queue", "oven": "is an oven", "overflow": "is the overflow of a queue",
    "leak_integers": "is a leakage of whole numbers",
    "multiplier": "is a flow with a unit multiplier",
}  # fmt: skip
_CONVEYOR_OPTIONS = ("discrete", "batch_integrity", "one_at_a_time", "exponential_leak")
_BARE_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class NotReadError(Exception):
    """Something in an element cannot be read; the message says what and the remedy."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


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


@dataclass(frozen=True, slots=True)
class _Defaults:
    """Whether stocks and flows are non-negative unless they say otherwise."""

    stock: bool = False
    flow: bool = False


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
        defaults = _behavior(root, _Defaults())
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
        if dt is not None and _is_true(dt.attributes.get("reciprocal")):
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
        save = next((float(text) for text in saves if _BARE_NUMBER.fullmatch(text)), 0.0)
        unit = element.attributes.get("time_units", "")
        return SimSpecs(start, stop, step, max(save, step), _METHODS[known[0]], unit, element.line)

    def time(self, element: Element, tag: str) -> float:
        child = element.first(tag)
        if child is None:
            if tag == "dt":
                return 1.0  # the standard's default
            raise NotReadError(f"has no <{tag}> in its <sim_specs>; add it.", element.line)
        return self.number(child.text, child.line, f"<{tag}>")

    def number(self, text: str, line: int, what: str) -> float:
        if not _BARE_NUMBER.fullmatch(text.strip()):
            shown = " ".join(text.split())[:40]
            raise NotReadError(f"holds '{shown}' where {what} needs a number; correct it.", line)
        return float(text)

    def dimensions(self, parent: Element) -> dict[str, Dimension]:
        found: dict[str, Dimension] = {}
        for group in parent.all("dimensions"):
            for dim in group.all("dim"):
                name = _name(dim)
                elements = [_name(each) for each in dim.all("elem")]
                size = dim.attributes.get("size", "")
                if not elements and size.isdigit() and 0 < int(size) <= MAX_ELEMENTS:
                    elements = [str(number + 1) for number in range(int(size))]
                if not elements or len({key(each) for each in elements}) < len(elements):
                    self.fault("is a dimension without elements, with one twice, or with more than "
                               f"{MAX_ELEMENTS}; correct its <elem> or its size.", dim.line,
                               name)  # fmt: skip
                elif key(name) in found:
                    self.fault("is a dimension that is defined twice; remove one.", dim.line, name)
                else:
                    mapped = tuple(_folded(each.text) for each in dim.all("maps_to"))
                    mapped += tuple(
                        _folded(each.attributes.get("target", ""))
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

    def model(self, element: Element, defaults: _Defaults) -> ModelText:
        name = _name(element)
        defaults = _behavior(element, defaults)
        if element.attributes.get("resource") or element.attributes.get("run"):
            self.fault("is a module kept in another file; save it inside this one.", element.line,
                       name)  # fmt: skip
        times = element.first("sim_specs")
        if name and times is not None and self.whole is not times:
            self.fault("has times of its own, which is not supported; let it run with the whole "
                       "model.", times.line, name)  # fmt: skip
        holders = list(element.all("variables"))
        bare = list(element.all(*_TAGS, "module"))  # STELLA 10 wrote no <variables> around them
        if not holders and not bare:
            raise self.stop("has a <model> without <variables>, so it holds no equation; open it "
                            "in a later Stella and save it as .stmx.", element.line)  # fmt: skip
        groups = self.groups(element, holders)
        variables: list[VariableText] = []
        modules: list[Module] = []
        for child in (*bare, *(each for holder in holders for each in holder.children)):
            if child.tag in _TAGS:
                read = self.variable(child, defaults)
                if read is not None:
                    group = groups.get(key(read.name), name)
                    variables.append(replace(read, group=group))
            elif child.tag == "module":
                modules.append(self.module(child))
            elif child.tag not in ("group", "alias", "dimension") and not _is_foreign(child):
                self.fault(f"is a <{child.tag}>, which is not supported; replace it by stocks, "
                           "flows and auxiliaries.", child.line, _name(child))  # fmt: skip
        return ModelText(name, tuple(variables), tuple(modules), element.line)

    def groups(self, element: Element, holders: list[Element]) -> dict[str, str]:
        found: dict[str, str] = {}
        for holder in (element, *holders):
            for group in holder.all("group"):
                for entity in group.all("entity", "var"):
                    found[key(_name(entity))] = _name(group)
        return found

    def module(self, element: Element) -> Module:
        name = _name(element)
        if element.attributes.get("resource"):
            self.fault("is a module kept in another file; save it inside this one.", element.line,
                       name)  # fmt: skip
        joined = [
            (each.attributes.get("to", ""), each.attributes.get("from", ""))
            for each in element.children
            if each.tag in ("connect", "connect2") and each.attributes.get("to")
        ]
        model = element.attributes.get("model_name", "") or name
        return Module(name, _folded(model), tuple(dict.fromkeys(joined)), element.line)

    def macro(self, element: Element, defaults: _Defaults) -> Macro | None:
        name = _name(element)
        equation = element.first("eqn")
        if equation is None or not self.has_the_same_times(element.first("sim_specs")):
            self.fault("is a macro without an equation, or with times of its own; neither is "
                       "supported.", element.line, name)  # fmt: skip
            return None
        parms = [
            (_folded(each.text), each.attributes.get("default", "")) for each in element.all("parm")
        ]
        holders = [*element.all("variables"), element]
        found = [
            self.variable(child, defaults)
            for holder in holders
            for child in holder.children
            if child.tag in _TAGS
        ]
        variables = tuple(each for each in found if each is not None)
        return Macro(name, tuple(parms), _piece(equation), variables, element.line)

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

    def variable(self, element: Element, defaults: _Defaults) -> VariableText | None:
        name = _name(element)
        try:
            return self.whole_variable(element, name, defaults)
        except NotReadError as wrong:
            self.fault(wrong.message, wrong.line, name)
            return None

    def whole_variable(self, element: Element, name: str, defaults: _Defaults) -> VariableText:
        if not name:
            raise NotReadError(f"is a <{element.tag}> without a name; name it.", element.line)
        for child in element.children:
            if child.tag in _REFUSED and not _is_foreign(child):
                raise NotReadError(f"{_REFUSED[child.tag]}, which is not supported; replace it by "
                                   "stocks and flows.", child.line)  # fmt: skip
        tag = _TAGS[element.tag]
        dims = [d for each in element.all("dimensions") for d in each.all("dim")]
        by_default = defaults.stock if tag == "stock" else defaults.flow and tag == "flow"
        return VariableText(
            tag, name, element.line, self.parts(element, len(dims)), tuple(map(_name, dims)),
            element.words("units"), element.words("doc"), "", self.limits(element),
            tuple(map(_piece, element.all("inflow"))), tuple(map(_piece, element.all("outflow"))),
            _flag(element.first("non_negative"), by_default), self.conveyor(element),
            self.leak(element),
        )  # fmt: skip

    def parts(self, element: Element, dimensions: int) -> tuple[Part, ...]:
        if element.tag == "gf":
            return (Part(None, None, None, self.graph(element)),)
        graph = element.first("gf")
        table = None if graph is None else self.graph(graph)
        equations = list(element.all("eqn"))
        start = element.first("init_eqn")
        parts: list[Part] = []
        if len(equations) > 1 and dimensions != 1:
            raise NotReadError("has several <eqn>; put each into an <element>.", equations[1].line)
        if len(equations) > 1:
            # one for each element of its only dimension, in their order
            parts += [Part((f"{n + 1}",), _piece(e), None, table) for n, e in enumerate(equations)]
            return tuple(parts)
        equation = _piece(equations[0]) if equations and equations[0].text.strip() else None
        for each in element.all("element"):
            parts.append(self.element_part(each, start, table, equation))
        if equation is not None or table is not None:
            whole = Part(None, equation, None if start is None else _piece(start), table)
            parts.append(whole)
        if not parts and element.tag != "flow":  # what leaves a conveyor needs none
            raise NotReadError("has no equation; give it one.", element.line)
        return tuple(parts)

    def element_part(
        self, element: Element, start: Element | None, whole: Table | None, common: Piece | None
    ) -> Part:
        """Return the part of an element; what it leaves out is that of the whole variable."""
        subscripts = tuple(_folded(s) for s in element.attributes.get("subscript", "").split(","))
        equation, graph = element.first("eqn"), element.first("gf")
        own_start = element.first("init_eqn") or start
        table = whole if graph is None else self.graph(graph)
        piece = common if equation is None or not equation.text.strip() else _piece(equation)
        if piece is None and table is None:
            raise NotReadError(f"has no equation for [{','.join(subscripts)}]; give it one.",
                               element.line)  # fmt: skip
        return Part(subscripts, piece, None if own_start is None else _piece(own_start), table)

    def graph(self, element: Element) -> Table:
        ys = self.points(element, "ypts")
        if not ys:
            raise NotReadError("has a graphical function without <ypts>; give it points.",
                               element.line)  # fmt: skip
        xs = self.points(element, "xpts")
        if not xs:
            low, high = self.scale(element)
            steps = max(len(ys) - 1, 1)
            xs = [low + (high - low) * n / steps for n in range(len(ys))]
        if len(xs) != len(ys):
            raise NotReadError(f"has a graphical function with {len(xs)} x and {len(ys)} y; give "
                               "each point both.", element.line)  # fmt: skip
        pairs = sorted(zip(xs, ys, strict=True), key=lambda pair: pair[0])
        outside: Outside = "hold"
        old = "discrete" if _is_true(element.attributes.get("discrete")) else "continuous"
        kind = element.attributes.get("type", old).strip().lower()
        if kind not in ("continuous", "extrapolate", "discrete"):
            raise NotReadError(f"has a graphical function of the type '{kind}', which is not "
                               "known.", element.line)  # fmt: skip
        if kind == "extrapolate":
            outside = "extend"
        return Table(tuple(x for x, _ in pairs), tuple(y for _, y in pairs), outside,
                     "previous" if kind == "discrete" else "linear")  # fmt: skip

    def points(self, element: Element, tag: str) -> list[float]:
        child = element.first(tag)
        if child is None or not child.text.strip():
            return []
        separator = child.attributes.get("sep", ",")
        texts = [text for text in child.text.strip().split(separator) if text.strip()]
        if separator == "," and len(texts) == 1:
            texts = child.text.split()
        return [self.number(text, child.line, f"<{tag}>") for text in texts]

    def scale(self, element: Element) -> tuple[float, float]:
        scale = element.first("xscale")
        if scale is None:
            raise NotReadError("has a graphical function without <xscale> or <xpts>; give it x.",
                               element.line)  # fmt: skip
        low, high = (
            self.number(scale.attributes.get(end, ""), scale.line, f"'{end}' of <xscale>")
            for end in ("min", "max")
        )
        return low, high

    def limits(self, element: Element) -> tuple[float | None, float | None, float | None]:
        range_ = element.first("range")
        if range_ is None:
            return (None, None, None)
        ends = [range_.attributes.get(end, "") for end in ("min", "max")]
        low, high = (float(e) if _BARE_NUMBER.fullmatch(e.strip()) else None for e in ends)
        if low is not None and high is not None and low >= high:
            return (None, None, None)  # what Stella writes where no range was given
        return (low, high, None)

    def leak(self, element: Element) -> Piece | None:
        leak = element.first("leak")
        if leak is None:
            return None
        if leak.attributes or leak.children or any(element.all("leak_start", "leak_end")):
            raise NotReadError("is a leakage in a part of a conveyor, which is not supported; let "
                               "it leak everywhere.", leak.line)  # fmt: skip
        holder = leak if leak.text.strip() else element.first("eqn")
        return Piece("", leak.line) if holder is None else _piece(holder)

    def conveyor(self, element: Element) -> Conveyor | None:
        conveyor = element.first("conveyor")
        if conveyor is None:
            return None
        length = conveyor.first("len")
        if length is None or not length.text.strip():
            raise NotReadError("is a conveyor without a transit time <len>; give it one.",
                               conveyor.line)  # fmt: skip
        asked = [each.tag for each in conveyor.children if each.tag not in ("len", "doc")]
        asked += [
            name for name, value in conveyor.attributes.items()
            if name in _CONVEYOR_OPTIONS and value.lower() == "true"
        ]  # fmt: skip
        asked = [each for each in asked if not _is_unlimited(conveyor.first(each))]
        if asked:
            raise NotReadError(f"is a conveyor with '{asked[0]}', which is not supported; only its "
                               "transit time is.", conveyor.line)  # fmt: skip
        return Conveyor(_piece(length))


def _is_true(text: str | None) -> bool:
    return text is not None and text.strip().lower() == "true"


def _is_unlimited(element: Element | None) -> bool:
    return element is not None and element.text.strip().lower() in ("inf", "infinity")


def _behavior(element: Element, before: _Defaults) -> _Defaults:
    behavior = element.first("behavior")
    if behavior is None:
        return before
    everywhere = behavior.first("non_negative")
    stock, flow = (
        _flag(everywhere, old) if (own := behavior.first(tag)) is None
        else _flag(own.first("non_negative"), _flag(everywhere, old))
        for tag, old in (("stock", before.stock), ("flow", before.flow))
    )  # fmt: skip
    return _Defaults(stock, flow)


def _flag(element: Element | None, otherwise: bool) -> bool:
    if element is None:
        return otherwise
    return "false" not in element.text.lower()


def _is_foreign(element: Element) -> bool:
    """Tell whether an element is a vendor's own, such as ``isee:…``."""
    own = ("xmile/ns", "systemdynamics.org")
    return bool(element.namespace) and not any(each in element.namespace.lower() for each in own)


def _name(element: Element) -> str:
    return _folded(element.attributes.get("name", ""))


def _folded(text: str) -> str:
    """Return a name with single blanks; Stella spells a line break in it as a backslash and n."""
    return clean(clean(text.replace("\\n", " ").replace("\\r", " "))).replace('\\"', '"')


def _piece(element: Element) -> Piece:
    return Piece(element.text.strip(), element.text_line)
