"""Whether units balance: in the equations, and in what a spec measures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pysd_runner.errors import Fault
from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.units.check import UnitCheck
from pysd_runner.model.units.text import UnitTextError
from pysd_runner.spec.schema import History, Outcome, Spec
from pysd_runner.spec.toml import line_of, read_toml


def unit_faults(check: UnitCheck, spec: Spec | None, path: Path) -> tuple[Fault, ...]:
    """Return every fault of units: those of the model file, then those of its spec.

    Parameters
    ----------
    check : UnitCheck
        The units of the model.
    spec : Spec or None
        Its outcomes and history, if there are any.
    path : pathlib.Path
        The file of the spec.
    """
    if spec is None:
        return check.faults
    text, _ = read_toml(path)
    found = list(check.faults)
    for table in ("outcomes", "history"):
        for name, measured in getattr(spec, table).items():
            for part, message in _misfits(check, measured):
                place = (table, name, part)
                found.append(Fault(f"{message}.", path, line_of(text, place), ".".join(place)))
    return tuple(found)


def _misfits(check: UnitCheck, measured: Outcome | History) -> Iterator[tuple[str, str]]:
    unit, wrong = check.of(parse_expression(measured.text))
    for message in wrong:
        yield "expression", message
    if wrong or unit is None:
        return
    if isinstance(measured, Outcome) and measured.has_own_unit:
        if check.time is None:
            return
        unit = unit * check.time if measured.reduction == "integral" else check.time
    try:
        said = check.registry.read(measured.unit)
    except UnitTextError as error:
        yield "unit", f"'{measured.unit}' {error}"
        return
    if not check.registry.same(unit, said):
        yield (
            "unit",
            f"is '{measured.unit}', but what it measures is in {check.registry.show(unit)}",
        )
