"""``sandbox check``, ``compare``, ``watch``, ``run``, ``layout``: what needs no sensitivity."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
import xarray as xr
from rich.markup import escape
from rich.progress import (
    Progress,
)
from rich.table import Table

from pysd_runner.api import Model, load
from pysd_runner.check.committed import committed
from pysd_runner.check.difference import difference
from pysd_runner.check.difference_page import difference_page
from pysd_runner.check.page import page
from pysd_runner.check.recorded import deviations, recorded_series
from pysd_runner.check.scorecard import Scorecard, as_json, check_model
from pysd_runner.check.watch import saves
from pysd_runner.errors import RunError, SandboxError
from pysd_runner.names import identifier, key
from pysd_runner.run.compiled import upstream
from pysd_runner.run.diagnosis import gaps
from pysd_runner.run.inputs import read_columns
from pysd_runner.run.outcomes import beyond_run, five_digits, outcome_variables, outcomes_of_run
from pysd_runner.run.table import flatten
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.run.trajectories import output_variables
from pysd_runner.screen import console, progress_bar, show, tell
from pysd_runner.sketch.draw import draw
from pysd_runner.sketch.files import read_sketched, write_sketched
from pysd_runner.sketch.update import update
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.settings import collect_settings
from pysd_runner.whole_file import write_whole


class Engine(StrEnum):
    """What computes the runs."""

    AUTO = "auto"
    KERNEL = "kernel"
    PYSD = "pysd"


class Method(StrEnum):
    """How stocks are integrated."""

    EULER = "euler"
    RK2 = "rk2"
    RK4 = "rk4"


app = typer.Typer(
    name="sandbox",
    help="A policy sandbox: check, run and stress-test stock-and-flow models. Start with "
    "`sandbox check models/rd_investment`. Exit status 2 says that something is wrong.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_FAULTS = 2
"""Exit status if something is wrong with a model."""

RECORDED_TOLERANCE = 1e-4
"""Share of the largest number of a recorded series; programs record five or six digits."""

_MOST_SHOWN = 20
_MOST_NAMED = 5

ModelPath = Annotated[
    Path, typer.Argument(help="A Vensim .mdl or XMILE file, or a folder with one.")
]


@app.command()
def check(
    model: ModelPath,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False,
) -> None:
    """Check a model: units, evidence, books, reality checks, breakers, history, integration."""
    loaded = load(model)
    scorecard = check_model(loaded)
    if json_:
        typer.echo(json.dumps(as_json(scorecard), indent=1, allow_nan=False))
    else:
        show(page(loaded, scorecard))
    if not scorecard.passed:
        raise typer.Exit(_FAULTS)


@app.command()
def compare(
    model: ModelPath,
    before: Annotated[
        Path | None,
        typer.Option(help="A file or folder; what was last committed with git if none is named."),
    ] = None,
) -> None:
    """Show what an edit did: equations changed, outcomes moved, checks broken."""
    now = _checked(model)
    if before is not None:
        was = _checked(before)
    else:
        with committed(model) as earlier:
            was = _checked(earlier)
    found = difference(was, now)
    show(difference_page(found))
    if found.broken:
        raise typer.Exit(_FAULTS)


@app.command()
def watch(model: ModelPath) -> None:
    """Compare a model with what it is now, each time one of its files is saved; Ctrl-C ends it."""
    loaded = load(model)
    start = (loaded, check_model(loaded, quick=True))
    failing = sum(not finding.passed for finding in start[1].findings)
    tell(f"watching {loaded.folder}: edit and save; {failing or 'no'} checks fail now", "bold")
    for changed in saves(loaded.folder):
        console.rule(f"{datetime.now():%H:%M:%S}  {', '.join(path.name for path in changed)}")
        try:
            show(difference_page(difference(start, _checked(model))))
        except SandboxError as error:
            for fault in error.faults:
                tell(f"{fault}", "red")


def _checked(path: Path) -> tuple[Model, Scorecard]:
    model = load(path)
    return model, check_model(model, quick=True)


@app.command()
def run(
    model: ModelPath,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help='A lever, an uncertainty or a constant: "grant_rate=0.1".'),
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="A scenario of sandbox.toml.")] = None,
    policy: Annotated[str | None, typer.Option(help="A policy of sandbox.toml.")] = None,
    output: Annotated[
        list[str] | None, typer.Option(help="A variable to keep; all that change if none is named.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the trajectories: .nc or .csv.")
    ] = None,
    recorded: Annotated[
        Path | None,
        typer.Option(
            help="Output of the same run by another program (.tab, .csv, .dat): show "
            "where this run differs from it."
        ),
    ] = None,
    final_time: Annotated[float | None, typer.Option(help="Time at which the run ends.")] = None,
    time_step: Annotated[
        float | None, typer.Option(help="Step of the integration, in the model's unit of time.")
    ] = None,
    save_step: Annotated[float | None, typer.Option(help="Interval of the saved values.")] = None,
    engine: Annotated[
        Engine, typer.Option(help="Compiled, or PySD as a reference; auto compiles if it can.")
    ] = Engine.AUTO,
    method: Annotated[
        Method | None, typer.Option(help="Method of integration; the model's own if none.")
    ] = None,
) -> None:
    """Run a model once and show its outcomes beside the base case."""
    loaded = load(model)
    spec = loaded.spec if (loaded.folder / "sandbox.toml").exists() else None
    if out is not None and out.suffix not in (".nc", ".csv"):
        raise RunError(f"'{out}' should end in .nc (NetCDF) or .csv.")
    settings = collect_settings(loaded.graph, spec, scenario, policy, set_ or [])
    series = recorded_series(loaded, recorded) if recorded is not None else []
    wanted = list(output or [v.name for v in loaded.graph.of_kind("stock", "flow", "auxiliary")])
    also = dict.fromkeys(loaded.graph[each.name].name for each in series)
    measured = outcome_variables(spec.outcomes, loaded.graph) if spec else ()
    kept = [*{**dict.fromkeys([*wanted, *measured]), **also}]
    step = save_step if save_step is not None else (spec.model.save_step if spec else None)
    # What is mistyped is refused here, before the seconds that translating takes.
    read_columns(loaded.graph, settings)
    stocks = [
        each.name for each in upstream(loaded.graph, output_variables(loaded.graph, kept), ())
        if each.kind == "stock"
    ]  # fmt: skip
    grid = loaded.time_grid(final_time, time_step, step)
    with progress_bar() as bar:
        if engine is Engine.PYSD:
            _translate(loaded, bar)
        task = bar.add_task("running", total=2 if settings else 1)
        options: dict[str, Any] = {"final_time": final_time, "time_step": time_step,
                                   "save_step": step, "engine": engine.value,
                                   "method": method.value if method else None}  # fmt: skip
        trajectories = loaded.run(settings, [*dict.fromkeys([*kept, *stocks])], **options)
        bar.advance(task)
        base = loaded.run({}, measured, **options) if settings and measured else trajectories
    if trajectories.attrs["failed"]:
        _tell_gaps(loaded, trajectories, measured)
    if spec is not None:
        _print_outcomes(loaded, spec, trajectories, base, grid)
    if out is not None:
        _write(trajectories[[loaded.graph[name].name for name in wanted]], out)
        tell(f"wrote {out}")
    elif spec is None and not series:
        end = float(trajectories["time"].values[-1])
        tell(f"ran to {end:g}: {len(wanted)} variables that change; write them with --out")
    if series:
        _print_deviations(deviations(loaded, trajectories, series))


@app.command()
def layout(
    model: ModelPath,
    again: Annotated[
        bool, typer.Option("--again", help="Lay everything out anew, whatever stands there.")
    ] = False,
    pictures: Annotated[
        Path | None, typer.Option(help="A folder for a picture (SVG) of each view.")
    ] = None,
) -> None:
    """Give every variable a place on a view, and write the diagrams into the model file.

    What has a place keeps it, and the equations stay as they are.
    """
    loaded = load(model)
    file = read_sketched(loaded.graph.source.path)
    with progress_bar() as bar:
        task = bar.add_task("laying out", total=None)
        before = () if again else file.views
        views = update(
            before, loaded.graph, lambda done, all_: bar.update(task, completed=done, total=all_)
        )
    if write_sketched(file, views):
        tell(f"wrote {len(views)} view{'s' * (len(views) > 1)} into {file.path}")
    else:
        tell(f"every variable has its place; {file.path} stays as it is")
    if pictures is not None:
        kinds = {variable.name: variable.kind for variable in loaded.graph}
        for view in views:
            picture = pictures / f"{identifier(view.title)}.svg"
            write_whole(picture, partial(Path.write_text, data=draw(view, kinds)))
        tell(f"drew them into {pictures}")


def _translate(model: Model, bar: Progress) -> None:
    task = bar.add_task("translating", total=len(model.graph.source.entries))
    model.translate(lambda done, total: bar.update(task, completed=done, total=total))


# -- printing ---------------------------------------------------------------------------------


def _tell_gaps(model: Model, run: xr.Dataset, measured: Sequence[str]) -> None:
    """Name what has no value, where stocks and outcomes have theirs; refuse the run otherwise."""
    found = gaps(model.graph, run)
    needed = {key(name) for name in measured}
    if not found or any(name in needed or model.graph[name].kind == "stock" for name in found):
        raise RunError(f"the run ended {run.attrs['status']}; nothing was written.")
    first = sorted(found.values(), key=lambda each: each.time or 0.0)
    shown = ", ".join(f"'{each.variable}' at {each.time:g}" for each in first[:_MOST_NAMED])
    more = f", and {len(first) - _MOST_NAMED} more" if len(first) > _MOST_NAMED else ""
    tell(f"no finite value at some times: {shown}{more}; every stock has its values", "yellow")


def _print_outcomes(
    model: Model, spec: Spec, changed: xr.Dataset, base: xr.Dataset, grid: TimeGrid
) -> None:
    beyond = {name: beyond_run(outcome, grid) for name, outcome in spec.outcomes.items()}
    inside = {name: each for name, each in spec.outcomes.items() if not beyond[name]}

    now, before = (outcomes_of_run(inside, each, model.graph) for each in (changed, base))
    table = pd.DataFrame({
        "outcome": [each.label for each in inside.values()],
        "base case": [five_digits(before[name]) for name in inside],
        "this run": [five_digits(now[name]) for name in inside],
        "change": [_change(before[name], now[name]) for name in inside],
        "unit": [each.unit for each in inside.values()],
    })  # fmt: skip
    if changed is base:
        table = table.drop(columns=["this run", "change"])
    if len(table):
        console.print(_frame(table, f"Outcomes of a run to {grid.final_time:g}"))
    missing = [f"{spec.outcomes[name].label} ({why})" for name, why in beyond.items() if why]
    if missing:
        tell(f"not computed, because the run ends at {grid.final_time:g}: {', '.join(missing)}")


def _change(before: float, now: float) -> str:
    return f"{(now - before) / abs(before):+.2%}" if before else ""


def _print_deviations(table: pd.DataFrame) -> None:
    """Print what differs from the recorded output, or how near all of it is."""
    wrong = table[table["deviation"] > RECORDED_TOLERANCE]
    if wrong.empty:
        worst = table.iloc[0]
        tell(f"as recorded: {len(table)} series agree; the farthest, {worst['variable']}, is "
             f"{worst['deviation']:.1e} of its largest number away")  # fmt: skip
        return
    shown = wrong.head(_MOST_SHOWN)
    rows = [
        (row.variable, f"{row.time:g}", f"{row.run:.8g}", f"{row.recorded:.8g}",
         f"{row.deviation:.2%}")
        for row in shown.itertuples()
    ]  # fmt: skip
    title = f"{len(wrong)} of {len(table)} recorded series differ by more than "
    title += f"{RECORDED_TOLERANCE:.2%} of their largest number"
    columns = ["variable", "time", "this run", "recorded", "deviation"]
    console.print(_frame(pd.DataFrame(rows, columns=columns), title))
    if len(wrong) > len(shown):
        tell(f"and {len(wrong) - len(shown)} more")
    raise typer.Exit(_FAULTS)


def _frame(frame: pd.DataFrame, title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[column])
        first = column == frame.columns[0]
        table.add_column(
            str(column), justify="right" if numeric else "left", overflow="fold", no_wrap=first
        )
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(str(cell)) for cell in row))
    return table


def _write(dataset: xr.Dataset, path: Path) -> None:
    if path.suffix == ".nc":
        write_whole(path, dataset.to_netcdf)
    else:
        write_whole(path, flatten(dataset).to_csv)
