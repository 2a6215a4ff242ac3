"""What runs a design: a function of it, with a progress bar where somebody watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from sensitivity.design import DesignMatrix
from sensitivity.slices import Slices


class Runner(Protocol):
    """Runs the rows of a design from a first one on."""

    def __call__(self, design: DesignMatrix, *, first: int = 0) -> Slices:
        """Return the outcomes of the rows from ``first`` on."""
        ...


def check_runner(run: Runner) -> None:
    """Refuse what cannot run a design.

    Raises
    ------
    DesignError
        With the remedy.
    """
    if not callable(run):
        raise DesignError(
            f"a {type(run).__name__} does not run designs; give watched(run_outcomes, model)."
        )


def watched(run: Callable[..., Slices], model: Model, *given: Any, **options: Any) -> Runner:
    """Bind a model to a function that runs designs, and show how far it is.

    Parameters
    ----------
    run : callable
        :func:`sensitivity.run_outcomes` or :func:`sensitivity.run_slices`.
    model : Model
        To be run.
    *given, **options
        Further arguments of ``run``.

    Returns
    -------
    callable
        Takes a design: ``watched(run_outcomes, model)(design)``. The bar is drawn in a notebook
        and in a terminal, nowhere else, and goes when the runs are done.
    """

    def call(design: DesignMatrix, *, first: int = 0) -> Slices:
        """Run the rows of a design from a first one on."""
        console = Console()
        seen = console.is_terminal or console.is_jupyter
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                   TextColumn("runs, left"), TimeRemainingColumn())  # fmt: skip
        with Progress(*columns, console=console, transient=True, disable=not seen) as bar:
            task = bar.add_task(model.name, total=len(design) - first)
            return run(
                model, design, *given, first=first, **options,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip

    return call
