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
    """Run the rows of the task in each model; write what was found last and the seconds."""
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    names = {name: f"x{number}" for number, name in enumerate(task["inputs"])}
    scenarios = [
        Scenario(f"s{number}", **dict(zip(names.values(), row, strict=True)))
        for number, row in enumerate(task["rows"])
    ]
    seconds = []
    for file in task["models"]:
        model = PysdModel("model", mdl_file=str(folder / file))
        model.uncertainties = [
            RealParameter(short, -1e9, 1e9, variable_name=[name]) for name, short in names.items()
        ]
        model.outcomes = [
            TimeSeriesOutcome(f"y{number}", variable_name=name)
            for number, name in enumerate(task["outputs"])
        ]
        with MultiprocessingEvaluator(model, n_processes=len(scenarios)) as evaluator:
            evaluator.perform_experiments(scenarios)  # loads the model
            start = time.perf_counter()
            _, found = evaluator.perform_experiments(scenarios)
            seconds.append(time.perf_counter() - start)
    columns = {name: found[f"y{number}"] for number, name in enumerate(task["outputs"])}
    np.savez(folder / "found.npz", **columns)
    (folder / "seconds").write_text(json.dumps(seconds))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
