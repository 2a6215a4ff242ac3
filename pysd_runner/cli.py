"""``sandbox check``, ``compare``, ``watch``, ``run``, ``layout``: what needs no sensitivity."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
import xarray as xr
from rich.progress import Progress

from pysd_runner.api import Model, load
from pysd_runner.check.committed import committed
from pysd_runner.check.difference import difference
from pysd_runner.check.difference_page import difference_page
from pysd_runner.check.page import page
from pysd_runner.check.recorded import deviations, recorded_series
from pysd_runner.check.scorecard import Scorecard, as_json, check_model
from pysd_runner.check.watch import saves
from pysd_runner.errors import RunError, SandboxError
from pysd_runner.model.graph import ModelGraph
from pysd_runner.names import identifier, key
from pysd_runner.run.compiled import upstream
from pysd_runner.run.diagnosis import gaps
from pysd_runner.run.inputs import read_columns
from pysd_runner.run.outcomes import outcome_variables
from pysd_runner.run.table import flatten
from pysd_runner.run.trajectories import output_variables
from pysd_runner.run_page import deviant, deviations_page, outcomes_page, variables_page
from pysd_runner.screen import console, progress_bar, show, tell
from pysd_runner.sketch.draw import draw
from pysd_runner.sketch.files import read_sketched, write_sketched
from pysd_runner.sketch.update import update
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
    with progress_bar() as bar:
        bar.add_task("checking", total=None)
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
    with progress_bar() as bar:
        bar.add_task("comparing", total=None)
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
    saved = saves(loaded.folder)  # from now on: checking takes seconds, in which somebody may save
    start = (loaded, check_model(loaded, quick=True))
    failing = sum(not finding.passed for finding in start[1].findings)
    tell(f"watching {loaded.folder}: edit and save; {failing or 'no'} checks fail now", "bold")
    with suppress(KeyboardInterrupt):
        for changed in saved:
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
        list[str] | None,
        typer.Option(help="A variable to show, or to write with --out, which writes all if none."),
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
    wanted = output or _wanted(loaded, compared=bool(series) and out is None)
    measured = outcome_variables(spec.outcomes, loaded.graph) if spec else ()
    step = save_step if save_step is not None else (spec.model.save_step if spec else None)
    # What is mistyped is refused here, before the seconds that translating takes.
    read_columns(loaded.graph, settings)
    kept = _with_stocks(loaded.graph, [*wanted, *measured, *(each.name for each in series)])
    grid = loaded.time_grid(final_time, time_step, step)
    with progress_bar() as bar:
        if engine is Engine.PYSD:
            _translate(loaded, bar)
        task = bar.add_task("running", total=2 if settings else 1)
        options: dict[str, Any] = {"final_time": final_time, "time_step": time_step,
                                   "save_step": step, "engine": engine.value,
                                   "method": method.value if method else None}  # fmt: skip
        trajectories = loaded.run(settings, kept, **options)
        bar.advance(task)
        base = loaded.run({}, measured, **options) if settings and measured else trajectories
    if trajectories.attrs["failed"]:
        _tell_gaps(loaded, trajectories, measured)
    if spec is not None:
        show(outcomes_page(loaded.graph, spec, trajectories, base, grid))
    if out is not None:
        _write(trajectories[[loaded.graph[name].name for name in wanted]], out)
        tell(f"wrote {out}")
    elif output:
        show(variables_page(loaded.graph, trajectories, output))
    elif spec is None and not series:
        tell(f"ran to {grid.final_time:g}: {len(wanted)} variables that change; name some with "
             "--output, or write them with --out")  # fmt: skip
    if series:
        found = deviations(loaded, trajectories, series)
        show(deviations_page(found))
        if len(deviant(found)):
            raise typer.Exit(_FAULTS)


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


def _wanted(model: Model, compared: bool) -> list[str]:
    """Return what changes over time; nothing if only what is recorded can be computed."""
    if compared and not model.compiles:
        return []
    return [v.name for v in model.graph.of_kind("stock", "flow", "auxiliary")]


def _with_stocks(graph: ModelGraph, names: Sequence[str]) -> list[str]:
    """Return the variables and the stocks that they depend on, whose end tells how a run ended."""
    kept = output_variables(graph, names)
    stocks = [each for each in upstream(graph, kept, ()) if each.kind == "stock"]
    return list(dict.fromkeys(each.name for each in (*kept, *stocks)))


def _translate(model: Model, bar: Progress) -> None:
    task = bar.add_task("translating", total=len(model.graph.source.entries))
    model.translate(lambda done, total: bar.update(task, completed=done, total=total))


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


def _write(dataset: xr.Dataset, path: Path) -> None:
    if path.suffix == ".nc":
        write_whole(path, dataset.to_netcdf)
    else:
        write_whole(path, flatten(dataset).to_csv)
