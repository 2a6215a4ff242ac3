"""Which method of integration a model asks for."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Integration: TypeAlias = Literal["euler", "rk2", "rk4", "difference"]

# Vensim chooses between a fixed and its own step in the methods of Runge and Kutta
_OF_VENSIM: dict[str, Integration] = {
    "0": "euler", "1": "rk4", "2": "difference", "3": "rk2", "4": "rk2", "5": "rk4",
}  # fmt: skip
_LINE = re.compile(r"^15:[^,\n]*,[^,\n]*,[^,\n]*,\s*(?P<method>\d+)", re.MULTILINE)


def of_settings(settings: str) -> Integration:
    """Return the method that the settings at the end of a Vensim file name; Euler's if none.

    Parameters
    ----------
    settings : str
        With a line such as ``15:0,0,0,5,0,0``, whose fourth number is the method.
    """
    found = _LINE.search(settings)
    return _OF_VENSIM.get(found["method"], "euler") if found else "euler"
