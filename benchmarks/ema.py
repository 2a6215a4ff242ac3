"""EMA Workbench's PySD connector on two processes, in a virtual environment of its own.

EMA Workbench needs a package under the GPL, so it is no dependency of this project; the
environment is made below ``results/bench`` when the benchmark is run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np

from benchmarks.cases import Case, Floats
from benchmarks.contestant import Contestant, NotHere
from benchmarks.engines import Beginning

PROCESSES = 2
ENVIRONMENT = Path(__file__).parents[1] / "results" / "bench" / "ema-workbench"
_PACKAGES = ("ema_workbench>=2.5,<3", "pysd>=3.14.3,<3.15")


def ema_workbench(case: Case) -> Contestant:
    """Return EMA Workbench; it keeps outputs without subscripts only.

    Raises
    ------
    NotHere
        The environment cannot be made, or nothing asked for is without subscripts.
    """
    kept = tuple(n for n, (_, elements) in enumerate(case.output_cells) if not elements)
    names = [name for name in case.outputs if not case.model.graph[name].dimensions]
    if not kept:
        raise NotHere("its connector keeps scalars only")
    python = environment()
    beginning = Beginning.of(case)
    folder = Path(tempfile.mkdtemp())
    models = {"short.mdl": beginning.final_times[0], "longer.mdl": beginning.final_times[1]}
    for name, final_time in models.items():
        (folder / name).write_text(_ending_at(final_time, case.path), encoding="utf-8")
    task = {
        "models": list(models), "inputs": list(case.bounds), "outputs": names,
        "rows": case.design(PROCESSES).tolist(),
    }  # fmt: skip
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")

    def call() -> None:
        script = Path(__file__).with_name("ema_run.py")
        done = subprocess.run(
            [python, str(script), str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotHere(f"EMA Workbench stops: {done.stderr.strip().splitlines()[-1]}")

    def trajectories() -> Floats:
        with np.load(folder / "found.npz") as found:
            return np.stack([found[name] for name in names], axis=-1)

    def seconds() -> float:
        return beginning.scaled(*json.loads((folder / "seconds").read_text()))

    return Contestant(
        "EMA Workbench on PySD", PROCESSES, call, trajectories, PROCESSES, seconds, kept,
        beginning.note, once=True,
    )  # fmt: skip


def _ending_at(final_time: float, path: Path) -> str:
    """Return a model that ends earlier; the connector has no other way to say so."""
    text = path.read_text(encoding="utf-8")
    ending, found = re.subn(r"(?m)^(FINAL TIME\s*=\s*)[^~|]+", rf"\g<1>{final_time!r}\n\t", text)
    assert found == 1
    return ending


def environment() -> str:
    """Return the Python of the environment, made if it is not there.

    Raises
    ------
    NotHere
        The packages cannot be fetched.
    """
    python = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin") / "python"
    ready = ENVIRONMENT / "ready"
    if not ready.exists():
        print(f"making an environment for EMA Workbench in {ENVIRONMENT}", file=sys.stderr)
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", *_PACKAGES]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotHere("EMA Workbench could not be installed")
        ready.touch()
    return str(python)
