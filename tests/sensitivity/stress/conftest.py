"""The small city, loaded and compiled once for all tests of the stress test."""

from __future__ import annotations

import pytest

from pysd_runner import Model
from tests.sensitivity.stress.small_city import small_city


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return the city as it is; a test that changes its files writes one of its own."""
    return small_city(tmp_path_factory.mktemp("city"))
