"""XMILE files for tests, and what two other readers compute from them."""

from __future__ import annotations

import html
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FRAME = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
       xmlns:isee="http://iseesystems.com/XMILE">
<header><vendor>tests</vendor><product version="1">tests</product></header>
<sim_specs method="{method}" time_units="Months">
<start>{start}</start><stop>{stop}</stop><dt>{dt}</dt>
</sim_specs>
{top}
<model>
<variables>
{variables}
</variables>
</model>
{bottom}
</xmile>
"""
REGIONS = '<dimensions><dim name="R"><elem name="A"/><elem name="B"/><elem name="C"/></dim>' \
    '<dim name="P"><elem name="x"/><elem name="y"/></dim></dimensions>'  # fmt: skip


def xmile(
    variables: str, top: str = "", bottom: str = "", *,
    start: float = 0, stop: float = 10, dt: float = 0.25, method: str = "Euler",
) -> str:  # fmt: skip
    """Return a file; ``name = equation`` on a line of its own is an auxiliary.

    ``name[D1,D2] = equation`` is one with dimensions. All other lines are taken as they are.
    """
    lines = [_line(line) for line in variables.splitlines()]
    return _FRAME.format(variables="\n".join(lines), top=top, bottom=bottom, start=start,
                         stop=stop, dt=dt, method=method)  # fmt: skip


def _line(line: str) -> str:
    match = re.fullmatch(r"\s*([^<>=\[]+?)(?:\[([^\]]*)\])?\s*=\s*(.*)", line)
    if match is None or line.strip().startswith("<"):
        return line
    name, dims, equation = match.groups()
    text = f"<eqn>{html.escape(equation, quote=False)}</eqn>"
    listed = "".join(f'<dim name="{each}"/>' for each in (dims or "").split(",") if each)
    holder = f"<dimensions>{listed}</dimensions>" if listed else ""
    return f'<aux name="{html.escape(name)}">{text}{holder}</aux>'


def stock(name: str, start: str, into: str = "", out: str = "", extra: str = "") -> str:
    """Return a stock; flows are named with commas between them."""
    flows = "".join(f"<inflow>{each}</inflow>" for each in into.split(",") if each)
    flows += "".join(f"<outflow>{each}</outflow>" for each in out.split(",") if each)
    return f'<stock name="{name}"><eqn>{start}</eqn>{flows}{extra}</stock>'


def flow(name: str, equation: str, extra: str = "") -> str:
    """Return a flow."""
    return f'<flow name="{name}"><eqn>{html.escape(equation, quote=False)}</eqn>{extra}</flow>'


def by_pysd(path: Path) -> dict[str, Floats]:
    """Return what PySD computes from a file: name of a variable -> shape (saves, ...)."""
    import pysd
    from pysd.builders.python.python_model_builder import ModelBuilder
    from pysd.translators.xmile.xmile_file import XmileFile

    from pysd_runner.run.reference.translate import EVERY_DIGIT, with_floats

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        file = XmileFile(path)
        file.parse()
        model = file.get_abstract_model()
        for section in model.sections:
            for element in section.elements:
                for component in element.components:
                    component.ast = with_floats(component.ast)
        with np.printoptions(**EVERY_DIGIT):
            built = ModelBuilder(model).build_model()
        loaded = pysd.load(built)
        frame = loaded.run(flatten_output=False)
    return {str(name): _stacked(frame[name].to_numpy()) for name in frame.columns}


def _stacked(column: Any) -> Floats:
    return np.stack([np.asarray(getattr(cell, "values", cell), dtype=float) for cell in column])


def by_simlin(path: Path) -> dict[str, Floats]:
    """Return what Simlin computes from a file: name of a scalar or element -> shape (saves,)."""
    import simlin

    frame = simlin.load(str(path)).run().results
    return {str(name): frame[name].to_numpy(dtype=float) for name in frame.columns}
