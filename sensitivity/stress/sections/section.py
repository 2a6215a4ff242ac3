"""What a section of the report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from pysd_runner.api import Model
from sensitivity.stress.tables import Grid


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with the words that belong to it."""

    figure: Figure
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Fold:
    """A part of a section that opens when it is asked for.

    Parameters
    ----------
    heading : str
        What is inside.
    findings, figures, tables
        As of a section.
    """

    heading: str
    findings: tuple[str, ...] = ()
    figures: tuple[Picture, ...] = ()
    tables: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report.

    Parameters
    ----------
    heading, anchor : str
        Its title, and its name in addresses.
    paragraphs : tuple of str
        What it looks at, and how.
    findings : tuple of str
        What it found, in whole sentences.
    warning : str
        What the reader must know first, or ``""``.
    figures : tuple of Picture
        Drawn in this order.
    notes : tuple of str
        Below the figures: what they do not say.
    folds : tuple of Fold
        More of the same, folded away.
    tables : tuple of Grid
        The numbers; each is folded away.
    essence : tuple of str
        Those of the findings that also stand at the top of the report.
    short : str
        What the section is about, in a word or two, beside its essence.
    leads : tuple of Section
        Sections whose essence stands here.
    """

    heading: str
    anchor: str
    paragraphs: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    warning: str = ""
    figures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = ()
    tables: tuple[Grid, ...] = ()
    essence: tuple[str, ...] = ()
    short: str = ""
    leads: tuple[Section, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All figures, also those that are folded away."""
        return (*self.figures, *(each for fold in self.folds for each in fold.figures))


def picture(figure: Figure, alt: str, caption: str) -> Picture:
    """Return a figure as it stands in the page."""
    return Picture(figure, alt, caption)


def time_label(model: Model) -> str:
    """Return the label of a time axis."""
    unit = time_unit(model)
    return f"time [{unit}]" if unit else "time"


def time_unit(model: Model) -> str:
    """Return the model's unit of time, or ``""``."""
    return model.graph["TIME STEP"].unit if "TIME STEP" in model.graph else ""


def listed(parts: Sequence[str]) -> str:
    """Return parts as people list them: a, b and c; or a; b, c; and d, if a part has a comma."""
    if len(parts) < 2:
        return parts[0]
    comma, last = ("; ", "; and ") if any(", " in part for part in parts) else (", ", " and ")
    return last.join([comma.join(parts[:-1]), parts[-1]])
