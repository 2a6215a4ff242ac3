"""Runs EMA Workbench; called in its own environment with a folder that holds ``task.json``."""

# mypy: ignore-errors
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")

from ema_workbench import (  # noqa: E402
    MultiprocessingEvaluator,
    RealParameter,
    Scenario,
    TimeSeriesOutcome,
)
from ema_workbench.connectors.pysd_connector import PysdModel  # noqa: E402


def main(folder: Path) -> None:
    """Run the rows of the task to each final time; write what was found and the seconds."""
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    names = {name: f"x{number}" for number, name in enumerate([*task["inputs"], "FINAL TIME"])}
    model = PysdModel("model", mdl_file=str(folder / task["model"]))
    model.uncertainties = [
        RealParameter(short, -1e9, 1e9, variable_name=[name]) for name, short in names.items()
    ]
    model.outcomes = [
        TimeSeriesOutcome(f"y{number}", variable_name=name)
        for number, name in enumerate(task["outputs"])
    ]

    def scenarios(final_time: float) -> list:
        rows = [[*row, final_time] for row in task["rows"]]
        return [
            Scenario(f"s{n}", **dict(zip(names.values(), row, strict=True)))
            for n, row in enumerate(rows)
        ]

    seconds = []
    with MultiprocessingEvaluator(model, n_processes=len(task["rows"])) as evaluator:
        # first so that all processes have loaded the model
        for final_time in (task["final times"][0], *task["final times"]):
            start = time.perf_counter()
            _, found = evaluator.perform_experiments(scenarios(final_time))
            seconds.append(time.perf_counter() - start)
    columns = {name: found[f"y{number}"] for number, name in enumerate(task["outputs"])}
    np.savez(folder / "found.npz", **columns)
    (folder / "seconds").write_text(json.dumps(seconds[1:]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
