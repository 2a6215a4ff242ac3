"""The sketch section inside its file: taken out, put back; not a byte of the equations moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.entries import encoding_of
from pysd_runner.sketch.elements import View
from pysd_runner.sketch.read import MARK, lines_without_view, read_views
from pysd_runner.sketch.write import FOOTER, write_views
from pysd_runner.whole_file import write_whole

_MARK = MARK.encode()
_SETTINGS = b"///---\\\\\\"
_ENDING = ":L<%^E!@\n"


@dataclass(frozen=True, slots=True)
class Sketched:
    """A model file, in three parts.

    Parameters
    ----------
    path : pathlib.Path
        Where it is.
    equations : bytes
        Everything before the sketch.
    views : tuple of View
        What it draws.
    ending : bytes
        What stands behind the views: lines that belong to none, and the settings.
    encoding, newline : str
        Of the file.
    """

    path: Path
    equations: bytes
    views: tuple[View, ...]
    ending: bytes
    encoding: str
    newline: str


def read_sketched(path: Path) -> Sketched:
    """Read a Vensim model file.

    Raises
    ------
    ModelError
        It cannot be read, or is no ``.mdl`` file.
    """
    if path.suffix.lower() != ".mdl":
        raise ModelError(Fault("holds no sketch; diagrams are laid out in .mdl files only.", path))
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelError(Fault(f"cannot be read ({error.strerror}).", path)) from None
    encoding = encoding_of(raw)
    newline = next((end for end in ("\r\n", "\n", "\r") if end.encode() in raw), "\n")
    equations, mark, rest = raw.partition(_MARK)
    sketch, settings, ending = rest.partition(_SETTINGS)
    text = (mark + sketch).decode(encoding).replace(newline, "\n")
    stray = lines_without_view(text).replace("\n", newline).encode(encoding)
    return Sketched(path, equations, read_views(text), stray + settings + ending, encoding, newline)


def write_sketched(file: Sketched, views: tuple[View, ...]) -> bool:
    """Write other views into a file: beside it first, then in its place.

    Returns
    -------
    bool
        Whether anything changed; if not, the file is left alone.

    Raises
    ------
    RunError
        The file cannot be written.
    """
    if views == file.views:
        return False
    ending = file.ending
    if _SETTINGS not in ending:
        ending += (FOOTER + _ENDING).replace("\n", file.newline).encode(file.encoding)
    equations = file.equations
    if not equations.endswith(b"\n"):
        equations += file.newline.encode()
    text = write_views(views).replace("\n", file.newline)
    content = equations + text.encode(file.encoding) + ending
    write_whole(file.path, partial(Path.write_bytes, data=content))
    return True
