"""An XMILE file as the source of a graph: entries whose meaning is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.entries import Entry, SourceFile, read_bytes
from pysd_runner.model.statement import Statement
from pysd_runner.model.syntax import Number, write
from pysd_runner.model.xmile.assemble import CONTROLS, Assembly, Item
from pysd_runner.model.xmile.document import Document
from pysd_runner.model.xmile.drain import limit_drains
from pysd_runner.model.xmile.read import read_document
from pysd_runner.model.xmile.xml import read_xml

SUFFIXES = (".xmile", ".stmx", ".itmx", ".xml")


@dataclass(frozen=True, slots=True)
class XmileSource(SourceFile):
    """An XMILE file, read.

    Parameters
    ----------
    document : Document
        Its records, from which an edited file is made.
    """

    document: Document | None = field(default=None, repr=False)


def read_xmile(path: Path) -> XmileSource:
    """Read an XMILE file.

    Raises
    ------
    ModelError
        The file is missing, is no XMILE, or holds no model.
    """
    faults: list[Fault] = []
    document = read_document(read_xml(read_bytes(path), path), path, faults)
    return source_of(document, path, faults)


def source_of(document: Document, path: Path, faults: list[Fault]) -> XmileSource:
    """Return the source that the records of a file make.

    Parameters
    ----------
    document : Document
        The records.
    path : pathlib.Path
        Where they were read from.
    faults : list of Fault
        What is wrong with what could not be recorded.
    """
    assembly = Assembly(document)
    assembly.run()
    if not assembly.items and not assembly.faults and not faults:
        raise ModelError(Fault("is a model without variables; nothing can be run.", path))
    if not assembly.faults:
        limit_drains(assembly)
    entries = [
        *_controls(assembly),
        *_ranges(assembly),
        *(_entry(assembly, item) for item in assembly.items),
    ]
    found = [*faults, *(replace(fault, path=path) for fault in assembly.faults)]
    return XmileSource(
        path, tuple(entries), method=document.specs.method, faults=tuple(found), document=document
    )


def _controls(assembly: Assembly) -> list[Entry]:
    specs = assembly.document.specs
    values = (specs.start, specs.stop, specs.step, specs.save)
    found: list[Entry] = []
    for name, value in zip(CONTROLS, values, strict=True):
        own = assembly.flat.instances.get(name)
        given = (
            None
            if own is None or own.text.parts[0].equation is None
            else _number(own.text.parts[0].equation.text)
        )
        if given is not None and name == "saveper" and specs.save == specs.step:
            value = max(given, specs.step)  # noqa: PLW2901
        elif own is not None and given is not None and given != value:
            assembly.fault(f"is {given:g}, but <sim_specs> says {value:g}; give both the same",
                           own, own.text.line)  # fmt: skip
        statement = Statement("equation", name.upper(), body=Number(value))
        comment = "From <sim_specs> of the file."
        found.append(
            Entry(
                write(Number(value)), specs.line, specs.unit, comment=comment, statement=statement
            )
        )
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _ranges(assembly: Assembly) -> list[Entry]:
    found = [
        Entry("", each.line, statement=Statement("range", each.name, elements=each.elements))
        for each in assembly.document.dimensions
    ]
    found += [
        Entry("", 0, statement=Statement("range", name, elements=elements))
        for name, elements in assembly.dimensions.made.items()
    ]
    return found


def _entry(assembly: Assembly, item: Item) -> Entry:
    text = item.instance.text
    piece = item.part.equation
    return Entry(
        shown(item), piece.line if piece else text.line, text.unit, text.limits, text.comment,
        text.group, statement=item.statement,
    )  # fmt: skip


def shown(item: Item) -> str:
    """Return an equation as people read it: as it stands in the file, with what belongs to it."""
    text, part = item.instance.text, item.part
    equation = part.equation.text if part.equation else ""
    if part.graph is not None:
        points = zip(part.graph.x, part.graph.y, strict=True)
        equation = f"GRAPH({equation}) {', '.join(f'({x:g}, {y:g})' for x, y in points)}"
    if text.tag != "stock":
        return equation
    flows = " + ".join(piece.text for piece in text.inflows)
    flows += "".join(f" - {piece.text}" for piece in text.outflows)
    return f"INTEG({flows.strip() or '0'}, {equation})"
