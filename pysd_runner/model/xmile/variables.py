"""One variable of an XMILE file: its equations, tables, limits, and what makes it a conveyor."""

from __future__ import annotations

from dataclasses import dataclass

from pysd_runner.model.syntax import Outside, Table
from pysd_runner.model.xmile.document import Conveyor, Part, Piece, VariableTag, VariableText
from pysd_runner.model.xmile.pieces import (
    BARE_NUMBER,
    NotReadError,
    flag,
    folded,
    is_blank,
    is_foreign,
    is_true,
    name_of,
    number,
    piece,
)
from pysd_runner.model.xmile.xml import Element

TAGS: dict[str, VariableTag] = {"stock": "stock", "flow": "flow", "aux": "aux", "gf": "gf"}
_REFUSED = {
    "queue": "is a queue", "oven": "is an oven", "overflow": "is the overflow of a queue",
    "leak_integers": "is a leakage of whole numbers",
    "multiplier": "is a flow with a unit multiplier",
}  # fmt: skip
_CONVEYOR_OPTIONS = ("discrete", "batch_integrity", "one_at_a_time", "exponential_leak")


@dataclass(frozen=True, slots=True)
class Defaults:
    """Whether stocks and flows are non-negative unless they say otherwise."""

    stock: bool = False
    flow: bool = False


def read_variable(element: Element, name: str, defaults: Defaults) -> VariableText:
    """Return the record of a variable, without its group.

    Parameters
    ----------
    element : Element
        A stock, flow, auxiliary or graphical function.
    name : str
        Its name.
    defaults : Defaults
        What the model says of all stocks and flows.

    Raises
    ------
    NotReadError
        Something of it is wrong or not supported.
    """
    if not name:
        raise NotReadError(f"is a <{element.tag}> without a name; name it.", element.line)
    for child in element.children:
        if child.tag in _REFUSED and not is_foreign(child):
            raise NotReadError(f"{_REFUSED[child.tag]}, which is not supported; replace it by "
                               "stocks and flows.", child.line)  # fmt: skip
    tag = TAGS[element.tag]
    dims = [d for each in element.all("dimensions") for d in each.all("dim")]
    by_default = defaults.stock if tag == "stock" else defaults.flow and tag == "flow"
    return VariableText(
        tag, name, element.line, _parts(element, len(dims)), tuple(map(name_of, dims)),
        element.words("units"), element.words("doc"), "", _limits(element),
        tuple(map(piece, element.all("inflow"))), tuple(map(piece, element.all("outflow"))),
        flag(element.first("non_negative"), by_default), _conveyor(element),
        _leak(element),
    )  # fmt: skip


def _parts(element: Element, dimensions: int) -> tuple[Part, ...]:
    if element.tag == "gf":
        return (Part(None, None, None, _graph(element)),)
    graph = element.first("gf")
    table = None if graph is None else _graph(graph)
    equations = list(element.all("eqn"))
    start = element.first("init_eqn")
    parts: list[Part] = []
    if len(equations) > 1 and dimensions != 1:
        raise NotReadError("has several <eqn>; put each into an <element>.", equations[1].line)
    if len(equations) > 1:
        # one for each element of its only dimension, in their order
        parts += [Part((f"{n + 1}",), piece(e), None, table) for n, e in enumerate(equations)]
        return tuple(parts)
    equation = piece(equations[0]) if equations and not is_blank(equations[0]) else None
    for each in element.all("element"):
        parts.append(_element_part(each, start, table, equation))
    if equation is not None or table is not None:
        whole = Part(None, equation, None if start is None else piece(start), table)
        parts.append(whole)
    if not parts and not _may_be_empty(element):
        raise NotReadError("has no equation; give it one.", element.line)
    return tuple(parts)


def _may_be_empty(element: Element) -> bool:
    """Tell whether a conveyor, or the module around it, gives a variable its values."""
    return element.tag == "flow" or element.attributes.get("access", "").lower() == "input"


def _element_part(
    element: Element, start: Element | None, whole: Table | None, common: Piece | None
) -> Part:
    """Return the part of an element; what it leaves out is that of the whole variable."""
    subscripts = tuple(folded(s) for s in element.attributes.get("subscript", "").split(","))
    equation, graph = element.first("eqn"), element.first("gf")
    own_start = element.first("init_eqn") or start
    table = whole if graph is None else _graph(graph)
    own = common if equation is None or is_blank(equation) else piece(equation)
    if own is None and table is None:
        raise NotReadError(f"has no equation for [{','.join(subscripts)}]; give it one.",
                           element.line)  # fmt: skip
    return Part(subscripts, own, None if own_start is None else piece(own_start), table)


def _graph(element: Element) -> Table:
    ys = _points(element, "ypts")
    if not ys:
        raise NotReadError("has a graphical function without <ypts>; give it points.",
                           element.line)  # fmt: skip
    xs = _points(element, "xpts")
    if not xs:
        low, high = _scale(element)
        steps = max(len(ys) - 1, 1)
        xs = [low + (high - low) * n / steps for n in range(len(ys))]
    if len(xs) != len(ys):
        raise NotReadError(f"has a graphical function with {len(xs)} x and {len(ys)} y; give "
                           "each point both.", element.line)  # fmt: skip
    pairs = sorted(zip(xs, ys, strict=True), key=lambda pair: pair[0])
    outside: Outside = "hold"
    old = "discrete" if is_true(element.attributes.get("discrete")) else "continuous"
    kind = element.attributes.get("type", old).strip().lower()
    if kind not in ("continuous", "extrapolate", "discrete"):
        raise NotReadError(f"has a graphical function of the type '{kind}', which is not "
                           "known.", element.line)  # fmt: skip
    if kind == "extrapolate":
        outside = "extend"
    return Table(tuple(x for x, _ in pairs), tuple(y for _, y in pairs), outside,
                 "previous" if kind == "discrete" else "linear")  # fmt: skip


def _points(element: Element, tag: str) -> list[float]:
    child = element.first(tag)
    if child is None or not child.text.strip():
        return []
    separator = child.attributes.get("sep", ",")
    # a tab that separates has become a blank in the attribute
    parts = child.text.strip().split(separator.strip() or None)
    texts = [text for text in parts if text.strip()]
    if separator == "," and len(texts) == 1:
        texts = child.text.split()
    return [number(text, child.line, f"<{tag}>") for text in texts]


def _scale(element: Element) -> tuple[float, float]:
    scale = element.first("xscale")
    if scale is None:
        raise NotReadError("has a graphical function without <xscale> or <xpts>; give it x.",
                           element.line)  # fmt: skip
    low, high = (
        number(scale.attributes.get(end, ""), scale.line, f"'{end}' of <xscale>")
        for end in ("min", "max")
    )
    return low, high


def _limits(element: Element) -> tuple[float | None, float | None, float | None]:
    range_ = element.first("range")
    if range_ is None:
        return (None, None, None)
    ends = [range_.attributes.get(end, "") for end in ("min", "max")]
    low, high = (float(e) if BARE_NUMBER.fullmatch(e.strip()) else None for e in ends)
    if low is not None and high is not None and low >= high:
        return (None, None, None)  # what Stella writes where no range was given
    return (low, high, None)


def _leak(element: Element) -> Piece | None:
    leak = element.first("leak")
    if leak is None:
        return None
    zone = {**element.attributes, **leak.attributes}  # the standard writes it at the flow
    everywhere = _is_number(zone.get("leak_start", "0"), 0.0)
    everywhere &= _is_number(zone.get("leak_end", "1"), 1.0)
    if not everywhere or leak.children or any(element.all("leak_start", "leak_end")):
        raise NotReadError("is a leakage in a part of a conveyor, which is not supported; let "
                           "it leak everywhere.", leak.line)  # fmt: skip
    holder = leak if leak.text.strip() else element.first("eqn")
    return Piece("", leak.line) if holder is None else piece(holder)


def _is_number(text: str, wanted: float) -> bool:
    """Tell whether an attribute is a bare number of that value."""
    return bool(BARE_NUMBER.fullmatch(text.strip())) and float(text) == wanted


def _conveyor(element: Element) -> Conveyor | None:
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
    return Conveyor(piece(length))


def _is_unlimited(element: Element | None) -> bool:
    return element is not None and element.text.strip().lower() in ("inf", "infinity")
