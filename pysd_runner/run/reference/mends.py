"""PySD mended while it runs: its lookups, its smooths, its warnings."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pysd.py_backend.lookups import HardcodedLookups
from pysd.py_backend.statefuls import Smooth

_PYSD_INITIALIZE = HardcodedLookups.initialize


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back PySD's warnings: what matters of them is reported as a status."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def fast_lookups() -> Iterator[None]:
    """Let scalar lookups be read by ``numpy.interp``, some 100 times faster than PySD's way."""

    def initialize(self: Any) -> None:
        _PYSD_INITIALIZE(self)
        if self.is_float and self.interp == "interpolate":
            x = np.asarray(self.data["lookup_dim"].values, dtype=float)
            y = np.asarray(self.data.values, dtype=float)
            self._call = _reader(x, y)

    HardcodedLookups.initialize = initialize
    try:
        yield
    finally:
        HardcodedLookups.initialize = _PYSD_INITIALIZE


@contextlib.contextmanager
def whole_orders() -> Iterator[None]:
    """Let the order of a smooth be a whole number, though every other number is a float."""
    original = Smooth.initialize

    def initialize(self: Any, init_val: Any = None) -> None:
        order = self.order_func
        self.order_func = lambda: int(order())
        original(self, init_val)
        self.order_func = order

    Smooth.initialize = initialize
    try:
        yield
    finally:
        Smooth.initialize = original


def _reader(x: NDArray[np.float64], y: NDArray[np.float64]) -> Any:
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]

    def call(data: Any, at: Any, final_subs: Mapping[str, Any] | None = None) -> Any:
        if isinstance(at, xr.DataArray):
            return xr.DataArray(np.interp(at.values, x, y), at.coords, at.dims)
        return float(np.interp(at, x, y))

    return call
