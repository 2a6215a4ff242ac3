"""Cases whose box is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sensitivity.discovery import Cases


def corner(runs: int = 2000, factors: int = 6, noise: float = 0.0, seed: int = 0) -> Cases:
    """Return cases of interest where x0 > 0.6, x1 < 0.5 and the kind is a, b or c of four."""
    rng = np.random.default_rng(seed)
    inputs = pd.DataFrame(rng.random((runs, factors)), columns=[f"x{i}" for i in range(factors)])
    inputs["kind"] = rng.choice(list("abcd"), runs)
    inside = (inputs["x0"] > 0.6) & (inputs["x1"] < 0.5) & (inputs["kind"] != "d")
    return Cases(inputs, inside.to_numpy() ^ (rng.random(runs) < noise))
