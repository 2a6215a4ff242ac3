"""The reference engine: PySD, with its traps closed.

Every run loads the translated model anew, because values that are given to one run of a PySD
model stay for the next. The time step is given to the integrator, never set as a variable.
Literals are translated as floats, because an integer initial value makes PySD's smooths integer.
Tables keep all their digits. What reaches PySD's translator has been parsed here before: it holds
no comments, no units and only names and numbers that this package has read itself.
"""

from __future__ import annotations

import ast
import contextlib
import shutil
import sys
import tempfile
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pysd
import xarray as xr
from numpy.typing import NDArray
from pysd.builders.python import python_model_builder
from pysd.builders.python.namespace import NamespaceManager
from pysd.builders.python.python_model_builder import ModelBuilder
from pysd.py_backend.lookups import HardcodedLookups
from pysd.py_backend.statefuls import Smooth
from pysd.translators.vensim.vensim_element import Element
from pysd.translators.vensim.vensim_file import VensimFile

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.names import key
from pysd_runner.run.inputs import Setting
from pysd_runner.run.safe_text import MODULE, safe_text
from pysd_runner.run.status import Ending, RunStatus
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.run.trajectories import find_non_finite
from pysd_runner.run.vensim_form import in_vensims_functions
from pysd_runner.run.written_out import (
    as_written,
    gather,
    scalar_outputs,
    scalar_settings,
    written_out,
)

_PYSD_FAILURES = (
    ArithmeticError, AttributeError, ImportError, IndexError, KeyError, NameError,
    NotImplementedError, OSError, RecursionError, SyntaxError, TypeError, ValueError,
)  # fmt: skip

# PySD writes tables through numpy's printing, which the caller may have changed.
_EVERY_DIGIT: dict[str, Any] = {
    "precision": 17, "floatmode": "unique", "threshold": sys.maxsize, "suppress": False,
    "sign": "-", "nanstr": "nan", "infstr": "inf", "linewidth": 75, "legacy": False,
}  # fmt: skip
_PYSD_INITIALIZE = HardcodedLookups.initialize
# PySD keeps variables from taking the names it uses itself, but forgets this one.
NamespaceManager._reserved_words.add("component")


@dataclass(frozen=True, slots=True)
class Trajectory:
    r"""The saved values of one run.

    Parameters
    ----------
    values : dict
        Key of variable -> ndarray, shape (saves, \*elements).
    status : RunStatus
        How the run ended; after a failure all values are NaN.
    """

    values: dict[str, NDArray[np.float64]]
    status: RunStatus


@dataclass(frozen=True, slots=True)
class Translation:
    """A model that PySD has translated; other processes may run it too.

    Parameters
    ----------
    graph : ModelGraph
        The model as its user knows it.
    scalar : ModelGraph
        The model as it was translated: ``graph``, or its scalar twin.
    path : pathlib.Path
        The Python file that PySD wrote.
    """

    graph: ModelGraph
    scalar: ModelGraph
    path: Path

    def run(
        self, settings: Sequence[Setting], grid: TimeGrid, outputs: Sequence[Variable]
    ) -> Trajectory:
        """Integrate one run.

        Parameters
        ----------
        settings : sequence of Setting
            Values of constants; they hold for this run only.
        grid : TimeGrid
            Time step and save step.
        outputs : sequence of Variable
            What to keep.
        """
        if self.scalar is self.graph:
            return run_translated(self.graph, self.path, settings, grid, outputs)
        found = run_translated(
            self.scalar,
            self.path,
            scalar_settings(self.graph, settings),
            grid,
            scalar_outputs(self.graph, self.scalar, outputs),
        )
        saves = len(grid.saved_times)
        status = as_written(self.graph, found.status, tuple(self.graph))
        return Trajectory(gather(self.graph, outputs, found.values, saves), status)


class ReferenceEngine:
    """A model translated by PySD, ready to be run any number of times.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    keep_subscripts : bool
        Whether PySD is to compute the subscripts with xarray, which takes up to a hundred times
        as long, rather than the scalar twin of the model.
    progress : callable or None
        Called with the numbers of equations translated and in all.

    Raises
    ------
    RunError
        PySD's translator refuses the model.
    """

    def __init__(
        self,
        graph: ModelGraph,
        *,
        keep_subscripts: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        folder = tempfile.mkdtemp(prefix="policy-sandbox-")
        self._cleanup = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        plain = in_vensims_functions(graph)
        scalar = plain if keep_subscripts else written_out(plain)
        self.graph = graph
        self.translation = Translation(graph, scalar, _translate(scalar, Path(folder), progress))

    def run(
        self, settings: Sequence[Setting], grid: TimeGrid, outputs: Sequence[Variable]
    ) -> Trajectory:
        """Integrate one run, as :meth:`Translation.run`."""
        return self.translation.run(settings, grid, outputs)


def run_translated(
    graph: ModelGraph,
    translated: Path,
    settings: Sequence[Setting],
    grid: TimeGrid,
    outputs: Sequence[Variable],
) -> Trajectory:
    """Integrate one run of a model that :class:`ReferenceEngine` has translated."""
    times = grid.saved_times
    # A stock that breaks may leave finite outputs behind, so every stock is looked at.
    watched = list({v.key: v for v in (*outputs, *graph.of_kind("stock"))}.values())
    try:
        with _quiet(), fast_lookups(), _whole_orders():
            model = pysd.load(str(translated))
            names = {key(name): python for name, python in model.namespace.items()}
            frame = model.run(
                params=_parameters(model, graph, settings, names),
                return_columns=[names[variable.key] for variable in watched],
                final_time=grid.final_time,
                time_step=grid.time_step,
                saveper=grid.save_step,
                flatten_output=False,
            )
    except _PYSD_FAILURES as error:
        said = str(error).strip() or "no message"
        status = RunStatus(
            Ending.FAILED, message=f"PySD stopped with {type(error).__name__} ({said})"
        )
        return Trajectory(_all_nan(graph, outputs, len(times)), status)
    if len(frame) != len(times):
        raise RunError(
            f"PySD saved {len(frame)} of {len(times)} rows, because its clock drifts; use a time "
            "step that is a power of two, such as 0.0625."
        )
    values = {
        variable.key: _column(graph, variable, frame[names[variable.key]].to_numpy())
        for variable in watched
    }
    status = find_non_finite(watched, times, values)
    return Trajectory({variable.key: values[variable.key] for variable in outputs}, status)


# -- translation ------------------------------------------------------------------------------


def _translate(
    graph: ModelGraph, folder: Path, progress: Callable[[int, int], None] | None
) -> Path:
    path = folder / f"{MODULE}.mdl"
    path.write_text(safe_text(graph), encoding="utf-8")
    file = VensimFile(path)
    try:
        with _quiet(), _counted(len(graph.source.entries), progress):
            file.parse()
            model = file.get_abstract_model()
            for section in model.sections:
                for element in section.elements:
                    for component in element.components:
                        component.ast = _with_floats(component.ast)
            with np.printoptions(**_EVERY_DIGIT), _unformatted():
                return _with_real_powers(Path(ModelBuilder(model).build_model()))
    except Exception as error:
        raise RunError(
            Fault(
                f"PySD's translator refuses this model ({type(error).__name__}: "
                f"{' '.join(str(error).split())[:200]}).",
                graph.source.path,
            )
        ) from None


def _with_floats(node: Any) -> Any:
    """Return PySD's syntax tree with every integer literal made a float, orders of delays kept."""
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return float(node)
    if isinstance(node, np.ndarray) and node.dtype.kind in "iu":
        return node.astype(float)
    if isinstance(node, tuple):
        return tuple(_with_floats(each) for each in node)
    if isinstance(node, list):
        return [_with_floats(each) for each in node]
    if is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            if field.name not in ("order", "size", "subscripts"):
                setattr(node, field.name, _with_floats(getattr(node, field.name)))
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


# -- one run ----------------------------------------------------------------------------------


def _parameters(
    model: Any, graph: ModelGraph, settings: Sequence[Setting], names: Mapping[str, str]
) -> dict[str, float | xr.DataArray]:
    """Return PySD's ``params``; a value for one element is put into a copy of the whole array."""
    params: dict[str, float | xr.DataArray] = {}
    for setting in settings:
        variable = graph[setting.variable]
        name = names[variable.key]
        if not setting.elements:
            params[name] = setting.value
            continue
        if name not in params:
            params[name] = model[name].copy().astype(float)
        array = params[name]
        assert isinstance(array, xr.DataArray)
        place = tuple(
            graph.ranges[dimension].keys.index(element)
            for dimension, element in zip(variable.dimensions, setting.elements, strict=True)
        )
        array.values[place] = setting.value
    return params


def _column(graph: ModelGraph, variable: Variable, cells: NDArray[Any]) -> NDArray[np.float64]:
    shape = graph.shape(variable)
    rows = [_real(cell.values if isinstance(cell, xr.DataArray) else cell) for cell in cells]
    return np.stack([np.broadcast_to(row, shape) for row in rows]) if shape else np.array(rows)


def _real(value: Any) -> NDArray[np.float64]:
    """Return floats; complex numbers, which Python's ``**`` makes of roots, become NaN."""
    array = np.asarray(value)
    if array.dtype.kind in "cO":
        array = np.where(
            np.imag(array.astype(complex)) == 0, np.real(array.astype(complex)), np.nan
        )
    return array.astype(float)


def _all_nan(
    graph: ModelGraph, outputs: Sequence[Variable], saves: int
) -> dict[str, NDArray[np.float64]]:
    return {variable.key: np.full((saves, *graph.shape(variable)), np.nan) for variable in outputs}


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


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back PySD's warnings: what matters of them is reported as a status."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def fast_lookups() -> Iterator[None]:
    """Let scalar lookups be read by ``numpy.interp``, some 100 times faster than PySD's way."""

    def initialize(self: Any) -> None:
        _PYSD_INITIALIZE(self)
        if self.is_float and self.interp == "interpolate":
            x = np.asarray(self.data["lookup_dim"].values, dtype=float)
            y = np.asarray(self.data.values, dtype=float)
            self._call = _reader(x, y)

    HardcodedLookups.initialize = initialize
    try:
        yield
    finally:
        HardcodedLookups.initialize = _PYSD_INITIALIZE


@contextlib.contextmanager
def _whole_orders() -> Iterator[None]:
    """Let the order of a smooth be a whole number, though every other number is a float."""
    original = Smooth.initialize

    def initialize(self: Any, init_val: Any = None) -> None:
        order = self.order_func
        self.order_func = lambda: int(order())
        original(self, init_val)
        self.order_func = order

    Smooth.initialize = initialize
    try:
        yield
    finally:
        Smooth.initialize = original


def _reader(x: NDArray[np.float64], y: NDArray[np.float64]) -> Any:
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]

    def call(data: Any, at: Any, final_subs: Mapping[str, Any] | None = None) -> Any:
        if isinstance(at, xr.DataArray):
            return xr.DataArray(np.interp(at.values, x, y), at.coords, at.dims)
        return float(np.interp(at, x, y))

    return call
