"""What can be said of a model file without a run: documentation, units, evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log2

from pysd_runner.api import Model
from pysd_runner.check.evidence import Evidence, evidence_faults, evidence_of
from pysd_runner.check.finding import Finding
from pysd_runner.check.latches import unlisted
from pysd_runner.check.namespace import namespace_faults
from pysd_runner.check.units import unit_faults
from pysd_runner.errors import Fault
from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph, is_integral
from pysd_runner.model.syntax import Call, Number
from pysd_runner.model.units.check import UnitCheck
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.series import read_sources

SPEC = "sandbox.toml"
_SOURCES = "data/sources.csv"
_FINEST = 2**20
"""Parts of a unit of time that a time step may consist of."""


def text_findings(model: Model, spec: Spec | None) -> Iterator[Finding]:
    """Yield what reading shows: one finding for each thing that is looked at."""
    graph = model.graph
    own = [variable for variable in graph if not variable.is_internal]
    for what in ("unit", "comment"):
        lacking = [
            Fault(f"has no {what}; add one.", graph.source.path, variable.line, variable.name)
            for variable in own
            if not getattr(variable, what)
        ]
        yield counted(f"Every variable has a {what}", lacking, f"{len(own)} variables")
    equations = sum(len(variable.definitions) for variable in graph)
    wrong = unit_faults(UnitCheck(graph), spec, model.folder / SPEC)
    yield counted("Units of every equation balance", wrong, f"{equations} equations")
    constants = graph.of_kind("constant")
    if spec is not None or any(evidence_of(v.comment) is not Evidence.NONE for v in constants):
        table = model.folder / (spec.model.sources if spec is not None else _SOURCES)
        missing = evidence_faults(graph, read_sources(table))
        what = f"{len(constants)} constants"
        yield counted("Every constant has a source or an assumption", missing, what)
    for label, faults in (
        ("No variable is named like a subscript", list(namespace_faults(graph))),
        ("Every stock has a flow", list(_unmoved(graph))),
        ("The time step is a binary fraction", list(_drifting(graph))),
    ):
        if faults:
            yield counted(label, faults, "")
    if spec is not None:
        strangers = list(unlisted(graph, spec.breakers))
        if strangers or spec.breakers:
            what = f"{len(spec.breakers)} breakers"
            yield counted("Every state machine is a breaker of the spec", strangers, what)


def _unmoved(graph: ModelGraph) -> Iterator[Fault]:
    """Yield the stocks whose rate is a number: their flow was forgotten, or they are constants."""
    message = "is a stock without a flow; write its flows into INTEG, or make it a constant."
    for stock in graph.of_kind("stock"):
        for definition in stock.definitions:
            body = definition.body if is_integral(definition.body) else None
            if isinstance(body, Call) and isinstance(body.arguments[0], Number):
                yield Fault(message, graph.source.path, definition.entry.line, stock.name)


def _drifting(graph: ModelGraph) -> Iterator[Fault]:
    """Yield the time step if it is no sum of few powers of two: in Vensim the clock would drift."""
    step = constant_value(graph, "TIME STEP") if "TIME STEP" in graph else None
    if step and (step * _FINEST) % 1 != 0:
        message = (
            f"is {step:g}, which a computer cannot hold exactly, so that times drift; take "
            f"{2.0 ** round(log2(step)):g}."
        )
        yield Fault(message, graph.source.path, graph["TIME STEP"].line, "TIME STEP")


def counted(label: str, faults: Sequence[Fault], otherwise: str) -> Finding:
    """Return a finding that holds if there are no faults."""
    some = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}" if faults else otherwise
    return Finding(label, not faults, some, tuple(faults))
