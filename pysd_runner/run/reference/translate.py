"""PySD's translation of a model: literals as floats, tables with all digits, real powers.

What reaches the translator has been parsed here before: it holds no comments, no units and only
names and numbers that this package has read itself.
"""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pysd.builders.python import python_model_builder
from pysd.builders.python.namespace import NamespaceManager
from pysd.builders.python.python_model_builder import ModelBuilder
from pysd.translators.vensim.vensim_element import Element
from pysd.translators.vensim.vensim_file import VensimFile

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.graph import ModelGraph
from pysd_runner.run.reference.mends import quiet
from pysd_runner.run.safe_text import MODULE, safe_text

# PySD writes tables through numpy's printing, which the caller may have changed.
EVERY_DIGIT: dict[str, Any] = {
    "precision": 17, "floatmode": "unique", "threshold": sys.maxsize, "suppress": False,
    "sign": "-", "nanstr": "nan", "infstr": "inf", "linewidth": 75, "legacy": False,
}  # fmt: skip
# PySD keeps variables from taking the names it uses itself, but forgets this one.
NamespaceManager._reserved_words.add("component")


def translate(graph: ModelGraph, folder: Path, progress: Callable[[int, int], None] | None) -> Path:
    """Have PySD translate a model, and return the Python file that it wrote.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    folder : Path
        Where the files go.
    progress : callable or None
        Called with the numbers of equations translated and in all.

    Raises
    ------
    RunError
        PySD's translator refuses the model.
    """
    path = folder / f"{MODULE}.mdl"
    path.write_text(safe_text(graph), encoding="utf-8")
    file = VensimFile(path)
    try:
        with quiet(), _counted(len(graph.source.entries), progress):
            file.parse()
            model = file.get_abstract_model()
            for section in model.sections:
                for element in section.elements:
                    for component in element.components:
                        component.ast = with_floats(component.ast)
            with np.printoptions(**EVERY_DIGIT), _unformatted():
                return _with_real_powers(Path(ModelBuilder(model).build_model()))
    except Exception as error:
        raise RunError(
            Fault(
                f"PySD's translator refuses this model ({type(error).__name__}: "
                f"{' '.join(str(error).split())[:200]}).",
                graph.source.path,
            )
        ) from None


def with_floats(node: Any) -> Any:
    """Return PySD's syntax tree with every integer literal made a float, orders of delays kept.

    An integer initial value would make PySD's smooths integer.
    """
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return float(node)
    if isinstance(node, np.ndarray) and node.dtype.kind in "iu":
        return node.astype(float)
    if isinstance(node, tuple):
        return tuple(with_floats(each) for each in node)
    if isinstance(node, list):
        return [with_floats(each) for each in node]
    if is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            if field.name not in ("order", "size", "subscripts"):
                setattr(node, field.name, with_floats(getattr(node, field.name)))
    return node


class _RealPowers(ast.NodeTransformer):
    """Replaces ``a ** b`` by ``np.power(a, b)``, which is NaN where Python turns complex."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Replace one operation and those inside it."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        power = ast.parse("np.power", mode="eval").body
        return ast.copy_location(ast.Call(power, [node.left, node.right], []), node)


def _with_real_powers(path: Path) -> Path:
    tree = _RealPowers().visit(ast.parse(path.read_text(encoding="utf-8")))
    tree.body.insert(0, ast.parse("import numpy as np").body[0])
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
    return path


@contextlib.contextmanager
def _unformatted() -> Iterator[None]:
    """Spare the time, half of the translation, in which PySD lays its Python out for readers."""
    black = python_model_builder.black
    original = black.format_file_contents
    black.format_file_contents = lambda text, **_: text
    try:
        yield
    finally:
        black.format_file_contents = original


@contextlib.contextmanager
def _counted(total: int, progress: Callable[[int, int], None] | None) -> Iterator[None]:
    """Tell the progress of PySD's translator, which parses one element after the other."""
    if progress is None:
        yield
        return
    original, done = Element.parse, 0

    def parse(self: Any) -> Any:
        nonlocal done
        found = original(self)
        done += 1
        progress(min(done, total), total)
        return found

    Element.parse = parse
    try:
        yield
    finally:
        Element.parse = original
