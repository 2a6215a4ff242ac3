"""How much room a name needs: broken over lines as Vensim breaks it, between words."""

from __future__ import annotations

LETTER = 5.7
"""Mean width of a letter of ten points [pixels]."""

LINE = 12
"""Height of a line [pixels]."""

WIDEST = 18
"""Letters on a line."""

IN_BOX = 14
"""Letters on a line inside the frame of a stock."""


def lines_of(name: str, widest: int = WIDEST) -> list[str]:
    """Return a name on lines of at most so many letters; a longer word stands alone."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + 1 + len(word) <= widest:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def extent(name: str, widest: int = WIDEST) -> tuple[int, int]:
    """Return half the width and half the height of a name [pixels]."""
    lines = lines_of(name, widest)
    return round(max(map(len, lines)) * LETTER / 2) + 3, len(lines) * LINE // 2 + 2
