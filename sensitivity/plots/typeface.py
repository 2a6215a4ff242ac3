"""The typeface of the figures, as much of it as a page needs, to travel with the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "DejaVu Sans"
"""What matplotlib measures text with, so that labels end where they were laid out to end."""

_FILES = {400: "DejaVuSans.ttf", 700: "DejaVuSans-Bold.ttf"}
"""Weight -> file among matplotlib's own."""


def font_faces(texts: Iterable[str]) -> str:
    """Return CSS that brings the letters of some texts, in plain and in bold."""
    letters = "".join(sorted(set("".join(texts))))
    return "\n".join(
        f"@font-face {{ font-family: '{FAMILY}'; font-weight: {weight}; "
        f"src: url(data:font/woff;base64,{_subset(name, letters)}) format('woff'); }}"
        for weight, name in _FILES.items()
    )


@cache
def _subset(name: str, letters: str) -> str:
    """Return a font file with some letters only, in base64."""
    options = subset.Options(hinting=False, layout_features=["kern"], notdef_outline=True)
    options.drop_tables += ["FFTM"]  # the editor's time stamp
    # The date of a changed font would make equal pages differ.
    font = TTFont(Path(mpl.get_data_path(), "fonts", "ttf", name), recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    font.flavor = "woff"
    file = io.BytesIO()
    font.save(file)
    return base64.b64encode(file.getvalue()).decode("ascii")
