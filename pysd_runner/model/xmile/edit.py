"""Change equations of an XMILE model in memory, in XMILE's own syntax."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.xmile.document import ModelText, Part, Piece, VariableText
from pysd_runner.model.xmile.flatten import split_path
from pysd_runner.model.xmile.source import XmileSource, source_of
from pysd_runner.names import key

_LEFT = re.compile(
    r"""\s*(?P<name>"(?:\\.|[^"\\])*"|[^=\[\]"]+?)\s*(?:\[(?P<subscripts>[^\]]*)\])?\s*=""",
    re.VERBOSE,
)


def edited(source: XmileSource, equation: str) -> XmileSource:
    """Return the source with one equation replaced, or added if its variable is new.

    Parameters
    ----------
    source : XmileSource
        The file; it is not changed.
    equation : str
        For instance ``"birth_rate = 0.5 * TIME"`` or ``"price[North] = 3"``; of a stock it is the
        initial value.

    Raises
    ------
    ModelError
        It is no equation, or the left side is not one of the file's.
    """
    match = _LEFT.match(equation)
    if match is None or not equation[match.end() :].strip():
        raise ModelError(
            Fault("is no equation; write it as 'name = expression'.", None, None, equation)
        )
    assert source.document is not None
    path = split_path(match["name"].strip())
    subscripts = tuple(s.strip() for s in (match["subscripts"] or "").split(",") if s.strip())
    piece = Piece(equation[match.end() :].strip(), source.document.specs.line)
    models = list(source.document.models)
    for number, model in enumerate(models):
        if key(model.name) in _names_of(source, path[:-1], number):
            models[number] = _changed(model, path[-1], subscripts, piece)
            break
    else:
        raise ModelError(
            Fault("is in no module of the model; correct its name.", None, None, match["name"])
        )
    return source_of(replace(source.document, models=tuple(models)), source.path, [])


def _names_of(source: XmileSource, modules: Sequence[str], number: int) -> set[str]:
    """Return the key of the model that some modules lead to; the first model has no module."""
    assert source.document is not None
    models = source.document.models
    if not modules:
        return {key(models[0].name)} if number == 0 else set()
    model: ModelText = models[0]
    for name in modules:
        found = next((m for m in model.modules if key(m.name) == key(name)), None)
        inner = next((m for m in models[1:] if found and key(m.name) == key(found.model)), None)
        if inner is None:
            return set()
        model = inner
    return {key(model.name)} if models[number] is model else set()


def _changed(model: ModelText, name: str, subscripts: tuple[str, ...], piece: Piece) -> ModelText:
    variables = list(model.variables)
    for number, variable in enumerate(variables):
        if key(variable.name) == key(name):
            variables[number] = _with_part(variable, subscripts, piece)
            return replace(model, variables=tuple(variables))
    if subscripts:
        raise ModelError(
            Fault("is new, and runs over dimensions; only one without can be added.", None, None,
                  name)
        )  # fmt: skip
    added = VariableText("aux", name, piece.line, (Part(None, piece),))
    return replace(model, variables=(*variables, added))


def _with_part(variable: VariableText, subscripts: tuple[str, ...], piece: Piece) -> VariableText:
    """Return a variable with another equation for all its elements, or for one."""
    wanted = tuple(map(key, subscripts))
    dimensions = tuple(map(key, variable.dimensions))
    first = variable.parts[0]
    piece = replace(piece, line=first.equation.line if first.equation else variable.line)
    if wanted in ((), dimensions):
        whole = replace(first, subscripts=None, equation=piece, start=None)
        return replace(variable, parts=(whole,))
    if len(wanted) != len(dimensions):
        shown = f"[{','.join(variable.dimensions)}]" if dimensions else ""
        raise ModelError(
            Fault(f"is {variable.name}{shown} in the model; write the left side like that.", None,
                  None, variable.name)
        )  # fmt: skip
    parts = [
        each for each in variable.parts
        if each.subscripts is None or tuple(map(key, each.subscripts)) != wanted
    ]  # fmt: skip
    own = next((p for p in variable.parts if p not in parts), first)
    part = Part(subscripts, piece, None, own.graph)
    return replace(variable, parts=(part, *parts))
