"""The numbers behind the figures, as files beside the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sensitivity.stress.struck import Struck

_COMPRESSED: Any = {"method": "gzip", "mtime": 1}
"""With a fixed time inside, so that equal tables give equal bytes."""


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
        table.to_csv(folder / f"{name}_{title}.csv.gz", index=False, compression=_COMPRESSED)
    for title, table in _short(struck).items():
        table.to_csv(folder / f"{name}_{title}.csv", index=False)


def _long(struck: Struck) -> dict[str, pd.DataFrame]:
    ensemble = struck.ensemble
    found = {"stress_runs": ensemble.runs}
    if len(ensemble.triangles):
        found["triangles"] = ensemble.triangles
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
    if struck.choice is not None:
        for outcome, robust in struck.choice.robust.items():
            found[f"robustness_{outcome}"] = robust.table
            found[f"rank_agreement_{outcome}"] = robust.tau.reset_index(names="metric")
    if struck.weakness is not None:
        found["peeling"] = struck.weakness.found.trajectory.table
        found["box_in_halves"] = struck.weakness.found.again.reset_index()
    if struck.loops is not None:
        view = struck.loops.struck or struck.loops.calm
        for quantity in view.quantities:
            found[f"loops_{quantity}"] = view.at_end(quantity).reset_index()
    return found
