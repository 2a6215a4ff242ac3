"""What all tables of a spec share: they are frozen, know their keys, and give their evidence."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Label = Annotated[str, Field(min_length=1, max_length=40)]
Code = Annotated[str, Field(max_length=6)]
"""A short name for figures and tables: ``L1``, ``S12``."""


class Frozen(BaseModel):
    """A table of a file that people write: it does not change, and knows all of its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def contradiction(what: str, key: str = "") -> PydanticCustomError:
    """Return what to raise when keys of a table do not fit together; ``key`` gives the line."""
    return PydanticCustomError("contradiction", "{what}", {"what": what, "key": key})


class Evidence(Frozen):
    """A table whose numbers have a source, or are assumed for a reason."""

    source: str | None = None
    assumption: str | None = None

    @model_validator(mode="after")
    def _one_reason(self) -> Evidence:
        if (self.source is None) == (self.assumption is None):
            raise contradiction(
                "give exactly one of 'source' (a key) and 'assumption' (a reason)", "source"
            )
        return self


def setting(variable: str, element: str | None) -> str:
    """Return the name under which a run sets a constant: ``"rate"`` or ``"rate[SHA]"``."""
    return f"{variable}[{element}]" if element else variable


def in_order(bounds: tuple[float, float]) -> None:
    """Refuse bounds that do not span a range."""
    low, high = bounds
    if low >= high:
        raise contradiction(
            f"the bounds [{low:g}, {high:g}] are inverted; write the lower first", "bounds"
        )
