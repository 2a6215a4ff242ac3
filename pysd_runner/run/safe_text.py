"""The text that PySD's translator gets to see.

PySD evaluates parts of a model file as Python and copies names, units and comments into the module
it writes. So it is given the equations alone, parsed here before; and nothing in quotes that it
could read differently than this package does.
"""

from __future__ import annotations

import re

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.entries import Entry
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.tokens import Token, tokens
from pysd_runner.names import clean, identifier
from pysd_runner.run.literal_entries import literal_entries

MODULE = "model"
_UNSAFE = re.compile(r"[\"'\\|~{}\x00-\x1f]|:\s*(?:END OF )?MACRO", re.IGNORECASE)
_MACRO_HEADER = re.compile(r"[\w ]+\([\w ,:]*\)")
_QUOTED_OR_COMMENT = re.compile(r'("(?:\\.|\\\n|[^"\\\n])*")|\{[^}]*\}')
_FILES = ("GET DIRECT ", "GET XLS ")


def safe_text(graph: ModelGraph) -> str:
    """Return the equations of a model as a Vensim file without comments and units.

    Raises
    ------
    RunError
        With every entry that PySD's translator cannot be trusted with.
    """
    entries = literal_entries(graph)
    faults = [fault for entry in entries for fault in _faults(graph, entry)]
    if faults:
        raise RunError(faults)
    lines = ["{UTF-8}"]
    macro = ""
    for entry in entries:
        if entry.macro != macro:
            lines += [":END OF MACRO:"] if macro else []
            lines += [f":MACRO: {entry.macro}"] if entry.macro else []
            macro = entry.macro
        if not _is_reality_check(entry):
            text = _QUOTED_OR_COMMENT.sub(lambda found: found[1] or " ", entry.text)
            lines.append(f"{text}\n\t~\n\t~\n\t|\n")
    return "\n".join(lines + [":END OF MACRO:"] * bool(macro)) + "\n"


def _faults(graph: ModelGraph, entry: Entry) -> list[Fault]:
    found: list[Fault] = []

    def refuse(message: str, offset: int, name: str) -> None:
        line = entry.line + entry.text.count("\n", 0, offset)
        found.append(Fault(message, graph.source.path, line, name))

    if entry.macro and not _MACRO_HEADER.fullmatch(entry.macro):
        refuse("is no plain macro name with plain parameters; rename them.", 0, entry.macro)
    if identifier(entry.macro.partition("(")[0]) == MODULE:
        refuse("is a macro with the name under which the model is translated; rename it.", 0,
               MODULE)  # fmt: skip
    for token in tokens(entry.text):
        if token.kind in ("quoted", "literal", "name") and _UNSAFE.search(_inner(token)):
            refuse("holds a quote, backslash, bar, tilde or brace, with which PySD's translator "
                   "cannot be trusted; rename it.", token.offset, _inner(token))  # fmt: skip
        if token.kind == "name" and " ".join(token.text.upper().split()).startswith(_FILES):
            refuse("reads a file where only numbers may stand; write them into the model.",
                   token.offset, token.text)  # fmt: skip
    return found


def _inner(token: Token) -> str:
    return token.text[1:-1] if token.kind == "literal" else clean(token.text)


def _is_reality_check(entry: Entry) -> bool:
    first, *rest = tokens(entry.text)
    marks = (":TEST INPUT:", ":THE CONDITION:")
    return first.kind == "keyword" or any(t.text.upper() in marks for t in rest)
