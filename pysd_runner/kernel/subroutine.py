"""Nodes written into a function of their own, where a loop is needed that the nodes do not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pysd_runner.kernel.ir import Builder, Node
from pysd_runner.kernel.text import Text

Write = Callable[[Text, Node, list[str]], str]
"""Writes a node that is no leaf into a text, and returns the name of its value."""


def write_nodes(build: Builder, inputs: Mapping[int, str], text: Text, write: Write) -> list[str]:
    """Write all nodes of a builder.

    Parameters
    ----------
    build : Builder
        Leaves are literals and inputs only.
    inputs : mapping
        Name of the value of each input.
    text : Text
        Where to write.
    write : callable
        Writes what is no leaf.

    Returns
    -------
    list of str
        Name of the value of each node.
    """
    names: list[str] = []
    for node in build.nodes:
        if node.op == "input":
            names.append(inputs[int(node.literal or 0)])
        elif node.op == "const":
            names.append(text.splat(float(node.literal or 0.0)))
        elif node.op in ("true", "false"):
            names.append(text.truth(node.op == "true"))
        else:
            names.append(write(text, node, [names[arg] for arg in node.args]))
    return names
