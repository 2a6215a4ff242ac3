"""What a result must carry so that somebody else can make it again."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("policy-sandbox", "pysd", "numpy", "scipy", "xarray", "SALib", "matplotlib")


@dataclass(frozen=True, slots=True)
class Record:
    """Where a result comes from.

    Parameters
    ----------
    command : str
        Makes the result again.
    seed : int
        Of designs and intervals.
    started : str
        Local date and time.
    versions : dict
        Package -> version, with Python and the platform.
    """

    command: str
    seed: int
    started: str
    versions: dict[str, str]

    def as_dict(self) -> dict[str, object]:
        """Return the record for a JSON file."""
        return asdict(self)


def versions() -> dict[str, str]:
    """Return the versions of what computed a result."""
    found = {"Python": platform.python_version(), "platform": platform.platform(terse=True)}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
