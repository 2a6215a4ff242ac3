"""Where an XMILE equation stands, and what is said if something in it has no meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pysd_runner.model.syntax import Expression
from pysd_runner.model.xmile.arrays import Place
from pysd_runner.model.xmile.flatten import Prefix


class MeaningFault(Exception):
    """An equation can be parsed, but something in it has no meaning; the message says what."""

    def __init__(self, message: str, about: str = "") -> None:
        super().__init__(message)
        self.about = about


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an equation stands.

    Parameters
    ----------
    prefix : tuple of str
        Modules around it.
    place : Place
        Dimensions and element of its left side.
    owner : str
        Key of the variable that it defines, which ``SELF`` means.
    given : mapping of str to Expression
        Values of the parameters of a macro, by key.
    local : mapping of str to str
        Variables of a macro, by key -> key of the variable that stands for it.
    macros : tuple of str
        Macros in whose equations it stands.
    """

    prefix: Prefix
    place: Place
    owner: str
    given: Mapping[str, Expression] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)
    macros: tuple[str, ...] = ()
