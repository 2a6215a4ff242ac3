"""Figures as drawings inside a page: text that can be searched, no file beside it, no network."""

from __future__ import annotations

import html
import io
import multiprocessing
import pickle
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Self, TypeAlias

import matplotlib as mpl
from matplotlib.figure import Figure

from pysd_runner.run.processes import end_with_parent, workers_deaf_to_ctrl_c
from sensitivity.plots.style import style
from sensitivity.plots.typeface import FAMILY, font_faces

CSS = (
    f"svg.figure text {{ font-family: '{FAMILY}', sans-serif; }}\n"
    "svg.figure * { stroke-linejoin: round; stroke-linecap: butt; }"
)
"""Style that all drawings share."""

Drawings: TypeAlias = Mapping[Figure, str]
"""Figure -> SVG element."""

_FEW = 8
"""Figures that are drawn sooner than processes start."""

_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_LENGTHS = re.compile(r'(?<= )(d|x|y|width|height|viewBox)="([^"]*)"')
_UNTURNED = re.compile(r' transform="rotate\(-?0 [^"]*\)"')
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?:href="|url\()#([^")]+)')
_TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")


def drawing(figure: Figure, title: str, number: int = 0) -> str:
    """Return a figure as an SVG element.

    Parameters
    ----------
    figure : Figure
        To draw.
    title : str
        Read out instead of the figure.
    number : int
        Different for each figure of a page, so that what one refers to is not in another.
    """
    file = io.BytesIO()
    with style(), mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": f"figure {number}"}):
        # No date: equal figures give equal bytes.
        figure.savefig(file, format="svg", metadata={"Date": None})
    return _compact(file.getvalue().decode("utf-8"), title)


class Drawer:
    """Draws figures as SVG elements, in other processes while the next figures are made.

    Use it in a ``with`` statement. Few figures are drawn in this process, and at the end.

    Parameters
    ----------
    workers : int
        Number of processes; with more than one, the main script must be importable.
    """

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._asked: list[tuple[Figure, str, int]] = []
        self._waiting: list[Future[str] | None] = []
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def add(self, figure: Figure, title: str) -> None:
        """Ask for a figure, with the title that is read out instead of it."""
        self._asked.append((figure, title, len(self._asked)))
        if self._workers < 2 or len(self._asked) < _FEW:
            return
        if self._pool is None:
            spawning = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, spawning, _start)
        with workers_deaf_to_ctrl_c():
            for one in self._asked[len(self._waiting) :]:
                self._waiting.append(_sent(self._pool, *one))

    def drawn(self) -> Drawings:
        """Return the element of each figure asked for; waits for those that are not done."""
        waiting = [*self._waiting, *[None] * (len(self._asked) - len(self._waiting))]
        return {
            one[0]: _received(found) or drawing(*one)
            for one, found in zip(self._asked, waiting, strict=True)
        }


def _sent(pool: ProcessPoolExecutor, figure: Figure, title: str, number: int) -> Future[str] | None:
    packed = _packed(figure)
    try:
        return None if packed is None else pool.submit(_unpacked_drawing, packed, title, number)
    except BrokenProcessPool:
        return None


def _received(found: Future[str] | None) -> str:
    try:
        return "" if found is None else found.result()
    except BrokenProcessPool:  # for want of memory, perhaps; one after the other takes less
        return ""


def _packed(figure: Figure) -> bytes | None:
    """Return a figure as bytes for another process, or ``None`` if it has to be drawn here.

    The executor would pack it in a thread of its own, and wait for ever if no figure can be.
    """
    try:
        return pickle.dumps(figure)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


def _unpacked_drawing(packed: bytes, title: str, number: int) -> str:
    return drawing(pickle.loads(packed), title, number)


def faces_for(drawn: Sequence[str]) -> str:
    """Return the CSS of the letters that drawings are written with."""
    return font_faces(html.unescape(text) for one in drawn for text in _TEXT.findall(one))


def _compact(svg: str, title: str) -> str:
    """Return what a page needs of an SVG file: a hundredth of a point is fine enough for lengths.

    Names of parts are dropped, but for those that the drawing refers to.
    """
    body = svg[svg.index("<defs>") :]
    body = body.replace(f"font-family: '{FAMILY}'; ", "").replace("xlink:href", "href")
    body = re.sub(r"<style.*?</style>", "", body, count=1, flags=re.DOTALL)
    body = _UNTURNED.sub("", re.sub(r">\s+<", "><", body))
    body = _LENGTHS.sub(lambda match: f'{match[1]}="{_rounded(match[2])}"', body)
    used = set(_USED.findall(body))
    body = _ID.sub(lambda match: match[0] if match[1] in used else "", body)
    frame = re.search(r'viewBox="[^"]*"', svg)
    assert frame is not None  # matplotlib writes one
    name = html.escape(title)
    opening = f'<svg class="figure" role="img" aria-label="{name}" {frame[0]}'
    return f'{opening} xmlns="http://www.w3.org/2000/svg">{body.strip()}'


def _rounded(lengths: str) -> str:
    """Return a path, or one number, with two digits after the point."""
    short = _NUMBER.sub(lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), lengths)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", " ".join(short.split()))


def _start() -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
