"""The installed command: ``sandbox check``, ``run`` and ``stress``."""

from __future__ import annotations

import io
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from pysd_runner.api import load
from pysd_runner.cli import ModelPath, app
from pysd_runner.errors import SandboxError
from pysd_runner.screen import messages, progress_bar, tell
from sensitivity.stress.choices import DRAWS, Method

_USAGE = 2
_STOPPED = 130
"""What typer exits with after Ctrl-C."""


@app.command()
def stress(
    model: ModelPath,
    n_base: Annotated[
        int, typer.Option("-n", max=2**20, help="Base sample N, a power of two.")
    ] = 1024,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal results.")] = 0,
    method: Annotated[
        Method,
        typer.Option(help="sobol, screen (levers one at a time), or auto: by the work it takes."),
    ] = Method.AUTO,
    second_order: Annotated[
        bool,
        typer.Option(
            "--second-order/--first-order",
            help="Also pairs of factors, which takes twice the runs.",
        ),
    ] = True,
    futures: Annotated[
        int,
        typer.Option(
            min=0,
            max=2**16,
            help="Futures of shocks, policies, breakers and loops, a power of two; 0: none.",
        ),
    ] = DRAWS,
    out: Annotated[Path, typer.Option(help="Folder for results.")] = Path("results"),
) -> None:
    """Stress-test the levers of a model and write a report."""
    # Figures and PySD take seconds to import, which the other commands do without.
    from sensitivity.stress.findings import findings
    from sensitivity.stress.record import Record, commit, inputs_of, versions
    from sensitivity.stress.report import prepare, write_report
    from sensitivity.stress.stress_test import stress_test

    loaded = load(model)
    started = datetime.now()
    folder = out / loaded.name / started.strftime("%Y-%m-%dT%H-%M-%S")
    prepare(folder)
    command = shlex.join(
        ["sandbox", "stress", str(model), "-n", str(n_base), "--seed", str(seed),
         "--method", method.value, "--second-order" if second_order else "--first-order",
         "--futures", str(futures)]
    )  # fmt: skip
    record = Record(command, seed, started.strftime("%Y-%m-%d %H:%M"), versions(), n_base,
                    commit(), inputs_of(loaded))  # fmt: skip
    with progress_bar() as bar:

        def announce(what: str, runs: int) -> Callable[[int, int], None]:
            task = bar.add_task(what, total=runs)
            return lambda done, total: bar.update(task, completed=done, total=total)

        test = stress_test(
            loaded, n_base, seed=seed, method=method, second_order=second_order, draws=futures,
            announce=announce,
        )  # fmt: skip
    page = write_report(test, record, folder, workers=os.cpu_count() or 1)
    for each in (test, *test.components):
        title = each.model.spec.model.title
        tell(f"\n{title}", "bold")
        if each.refusal:
            tell(each.refusal)
        for finding in findings(each):
            tell(f"· {finding}")
    tell(f"\nreport: {page}")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _refuse(faults: Iterable[object]) -> NoReturn:
    for fault in faults:
        messages.print(f"error: {fault}", style="red", highlight=False, markup=False,
                       soft_wrap=True)  # fmt: skip
    sys.exit(_USAGE)


def main() -> None:
    """Run the command; a refusal is one sentence and exit status 2, never a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # '…' in a code page that has none
    try:
        app()
    except SandboxError as error:
        _refuse(error.faults)
    except OSError as error:
        sys.stdout = io.StringIO()  # what is still to be printed would fail again
        place = f"'{error.filename}'" if error.filename else "what is printed"
        _refuse([f"{place} cannot be read or written ({error.strerror})."])
    except SystemExit as ended:
        if ended.code == _STOPPED:
            messages.print("stopped; no file is left half written.", style="red")
        raise


if __name__ == "__main__":
    main()
