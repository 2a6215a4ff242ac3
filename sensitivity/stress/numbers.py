"""The numbers behind the figures, as files beside the page."""

from __future__ import annotations

import csv
import gzip
import io
import math
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from pysd_runner.names import identifier
from sensitivity.index_table import IndexTable
from sensitivity.stress.deciding import Deciding
from sensitivity.stress.struck import Struck
from sensitivity.stress.study import Study

_MOST_WITH_INPUTS = 5000
"""Runs of a design that are written with their inputs; of a larger one the outcomes are, and its
inputs can be laid out again from its seed."""


def write_runs(study: Study, folder: Path) -> None:
    """Write the runs of a design, one row each."""
    name = f"{study.model.name}_{identifier(study.design.scheme)}_runs.csv"
    table = study.outcomes.reset_index(drop=True).assign(status=list(study.statuses))
    if len(table) <= _MOST_WITH_INPUTS:
        inputs = pd.DataFrame(study.design.values, columns=list(study.design.names))
        pd.concat([inputs, table], axis=1).to_csv(folder / name, index_label="run")
    else:
        _write_packed(table.rename_axis("run").reset_index(), folder / f"{name}.gz")


def write_deciding(found: Deciding, folder: Path, name: str) -> None:
    """Write the Sobol indices: of outcomes, over time without pairs, of levers and unknowns."""
    tables = {
        "sobol": found.indices,
        "levers_and_unknowns": found.apart,
        "shapley_effects": found.effects,
    }
    for title, table in tables.items():
        if table is not None:
            (folder / f"{name}_{title}.csv").write_text(table.to_csv(), "utf-8")
    if found.over_time is not None:
        alone = IndexTable(found.over_time.dataset.drop_dims("pair", errors="ignore"))
        _write_packed(alone.table, folder / f"{name}_sobol_over_time.csv.gz", "%.6g")


def write_struck(struck: Struck, folder: Path, name: str) -> None:
    """Write the tables of shocks, breakers, policies, weaknesses and loops.

    Parameters
    ----------
    folder : pathlib.Path
        Exists.
    name : str
        How the names of the files begin.
    """
    for title, table in _long(struck).items():
        _write_packed(table, folder / f"{name}_{title}.csv.gz")
    for title, table in _short(struck).items():
        table.to_csv(folder / f"{name}_{title}.csv", index=False)


def _long(struck: Struck) -> dict[str, pd.DataFrame]:
    ensemble = struck.ensemble
    found = {"stress_runs": ensemble.runs}
    if struck.shocks is not None:
        own = ensemble.triangles["quantity"] == struck.shocks.quantity.name
        found["triangles"] = ensemble.triangles[own]
    if len(ensemble.trips):
        found["trips"] = ensemble.trips
    return found


def _short(struck: Struck) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = {}
    if struck.shocks is not None:
        found["resilience"] = struck.shocks.resilience
        found |= {f"tails_{outcome}": table for outcome, table in struck.shocks.tails.items()}
    if struck.breakers is not None:
        found["breaker_rates"] = struck.breakers.rates
        found["breaker_cost"] = struck.breakers.cost
        found["breakers_alone"] = struck.breakers.alone
        found["breaker_frontier"] = struck.breakers.frontier
    if struck.weakness is not None:
        found["peeling"] = struck.weakness.found.trajectory.table
        found["box_in_halves"] = struck.weakness.found.again.reset_index()
    if struck.loops is not None:
        view = struck.loops.struck or struck.loops.calm
        for quantity in view.quantities:
            found[f"loops_{quantity}"] = view.at_end(quantity).reset_index()
        if struck.loops.carried is not None:
            found["loops_of_a_policy"] = struck.loops.carried.table.reset_index()
    return found | _of_policies(struck)


def _of_policies(struck: Struck) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = {}
    if struck.portfolios is not None:
        found["policies"] = struck.portfolios.table
    if struck.choice is not None:
        for outcome, robust in struck.choice.robust.items():
            found[f"robustness_{outcome}"] = robust.table
            found[f"rank_agreement_{outcome}"] = robust.tau.reset_index(names="metric")
    if struck.together is not None:
        found["contributions"] = struck.together.groups.table
        if struck.together.levers is not None:
            found["contributions_of_levers"] = struck.together.levers.table
    if struck.alone is not None:
        found["levers_alone"] = struck.alone.table
    if struck.bundled is not None:
        found |= {f"bundle_{name}": one.table for name, one in struck.bundled.found.items()}
    return found


def _write_packed(table: pd.DataFrame, path: Path, form: str = "%.12g") -> None:
    """Write a large table, in a fraction of the time that pandas takes for its floats."""
    columns = [_texts(column.to_numpy(), form) for _, column in table.items()]
    # With a fixed time inside, so that equal tables give equal bytes.
    with (
        gzip.GzipFile(path, "wb", compresslevel=1, mtime=1) as packed,
        io.TextIOWrapper(packed, "utf-8", newline="") as text,
    ):
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*columns, strict=True))


def _texts(values: NDArray[Any], form: str) -> list[str]:
    """Return values as texts, empty where there is no number."""
    if values.dtype.kind != "f":
        return [str(value) for value in values]
    return ["" if math.isnan(value) else form % value for value in values.tolist()]
