"""The import contracts of pyproject.toml hold, and each one fails when it is violated."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of both packages and of the contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("pysd_runner", "sensitivity"):
        shutil.copytree(ROOT / package, tmp_path / package)
    return tmp_path


def lint(folder: Path) -> str:
    """Return what import-linter says of the packages in ``folder``."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def test_every_contract_is_kept(copy: Path) -> None:
    assert " 0 broken" in lint(copy)


def test_every_contract_can_be_broken(copy: Path) -> None:
    violations = {
        "pysd_runner/model/order.py": "import pysd_runner.run.batch",
        "pysd_runner/names.py": "import sensitivity.sobol",
        "pysd_runner/spec/read.py": "import pysd",
        "pysd_runner/run/batch.py": "import llvmlite.binding",
        "pysd_runner/model/edit.py": "import pint",
        "sensitivity/sampling.py": "import sensitivity.plots.style",
        "sensitivity/stress/study.py": "from SALib.sample import morris",
        "sensitivity/stress/findings.py": "import matplotlib.pyplot",
        "sensitivity/stress/tables.py": "import sklearn.tree",
    }
    for name, line in violations.items():
        with (copy / name).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    report = lint(copy)
    assert f"Contracts: 0 kept, {len(contracts)} broken." in report


def test_a_module_without_a_layer_is_reported(copy: Path) -> None:
    (copy / "pysd_runner" / "helpers.py").touch()
    assert "1 broken" in lint(copy)
