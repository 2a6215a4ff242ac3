"""Figures as text inside a page: no file beside it, no network."""

from __future__ import annotations

import base64
import io

from matplotlib.figure import Figure

from sensitivity.plots.style import style


def data_uri(figure: Figure) -> str:
    """Return a figure as an SVG data address for the ``src`` of an image."""
    buffer = io.BytesIO()
    with style():
        # No date: equal figures give equal bytes.
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
